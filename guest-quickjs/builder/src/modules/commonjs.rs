//! CommonJS in a world of ES modules.
//!
//! A CommonJS file becomes a module whose `__require` runs the file when it is first called and gives its `exports`. It is a function declaration, so it can be called
//! before the module has been evaluated: files that require each other in a circle work as in Node.js. What is imported from such a
//! file comes from another module, its face, which calls that function and exports the names.
//!
//! The file's code runs as a script of its own, for it is not in strict mode.

use super::data::literal;
use super::requests::Request;
use super::{COMMONJS, FACE, FILE, Source};
use std::collections::BTreeSet;
use std::fmt::Write as _;

/// What a specifier in a `require` leads to; files by their names.
#[derive(Debug)]
pub enum Target {
    CommonJs(String),
    /// An ES module: required, it is its namespace.
    Module(String),
    /// A default export.
    Data(String),
    Interface,
    /// The package says that here it is nothing.
    Empty,
    /// Requiring it throws this.
    Missing(String),
}

/// Makes a module of a CommonJS file.
pub fn wrap(name: &str, code: &str, required: &[(String, Target)]) -> String {
    let mut imports = String::from("import { compile } from \"?script\";");
    let mut cases = String::new();
    for (index, (specifier, target)) in required.iter().enumerate() {
        let from = |prefix: &str, name: &str| literal(&format!("{prefix}{name}"));
        let value = match target {
            Target::CommonJs(name) => {
                let _ = write!(
                    imports,
                    "import {{ __require as r{index} }} from {};",
                    from(COMMONJS, name)
                );
                format!("return r{index}();")
            }
            Target::Module(name) => {
                let _ = write!(imports, "import * as r{index} from {};", from(FILE, name));
                format!("return r{index};")
            }
            Target::Data(name) => {
                let _ = write!(imports, "import r{index} from {};", from(FILE, name));
                format!("return r{index};")
            }
            Target::Interface => {
                let _ = write!(imports, "import * as r{index} from {};", literal(specifier));
                format!("return r{index};")
            }
            Target::Empty => "return {};".to_owned(),
            Target::Missing(message) => format!("throw missing({});", literal(message)),
        };
        let _ = write!(cases, "case {}:{value}", literal(specifier));
    }
    let folder = name.rsplit_once('/').map_or("", |(folder, _)| folder);
    let function =
        format!("(function (exports, require, module, __filename, __dirname) {{{code}\n}})");
    format!(
        "{imports}\
         var module;\
         function missing(message) {{ const error = new Error(message); error.code = \"MODULE_NOT_FOUND\"; return error; }}\
         function require(id) {{ switch (id) {{ {cases} }} \
         throw missing(`cannot load the module \"${{id}}\": modules are loaded while the plugin is built, so \\`require\\` needs a string literal`); }}\
         export function __require() {{\
         if (module === undefined) {{\
         module = {{ exports: {{}}, id: {name}, filename: {name}, loaded: false, children: [] }};\
         compile({name}, {function}).call(module.exports, module.exports, require, module, {name}, {folder});\
         module.loaded = true;\
         }} return module.exports; }}",
        name = literal(name),
        folder = literal(folder),
        function = literal(&function),
    )
}

/// Makes the module that `import` sees in place of a CommonJS file.
pub fn face(name: &str, exports: &BTreeSet<String>, request: &Request, of_node: bool) -> Source {
    let more: Vec<&str> = request
        .names
        .difference(exports)
        .map(String::as_str)
        .filter(|name| *name != "default")
        .collect();
    let kind = if of_node { "-node" } else { "" };
    let query = if more.is_empty() {
        String::new()
    } else {
        format!("={}", more.join(","))
    };
    let default = if of_node {
        "exports"
    } else {
        "exports?.__esModule ? exports.default : exports"
    };
    let mut text = format!(
        "import {{ __require }} from {};const exports = __require();export default {default};",
        literal(&format!("{COMMONJS}{name}"))
    );
    let names = exports
        .iter()
        .map(String::as_str)
        .chain(more.iter().copied());
    for (index, export) in names.filter(|name| *name != "default").enumerate() {
        let export = literal(export);
        let _ = write!(
            text,
            "const v{index} = exports?.[{export}];export {{ v{index} as {export} }};"
        );
    }
    Source {
        name: format!("{name}{FACE}{kind}{query}"),
        text,
    }
}
