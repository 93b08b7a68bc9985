//! Where a module is: relative files, packages in `node_modules` with their `exports`, paths of a `tsconfig.json`.

use super::compile::TypeScript;
use oxc_resolver::{ResolveError, ResolveOptions, Resolver as Paths, TsconfigDiscovery};
use std::collections::HashMap;
use std::path::{Path, PathBuf};

/// How a module is asked for: packages answer differently.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    Import,
    Require,
}

/// A file, and what it is said to be.
#[derive(Clone, Debug)]
pub struct Found {
    pub path: PathBuf,
    /// Its name or its package says that it is an ES module.
    pub is_module: bool,
    /// Its name says that it is CommonJS.
    pub is_commonjs: bool,
    /// It belongs to a package of somebody else.
    pub is_foreign: bool,
}

/// Why there is no such module.
#[derive(Clone, Debug)]
pub enum Failure {
    /// There is none.
    NotFound,
    /// There is one, and something is wrong with it or with what leads there.
    Other(String),
}

/// Which builds of a package fit: those for hosts with web APIs and without Node.js.
const CONDITIONS: [&str; 6] = [
    "outwit",
    "workerd",
    "worker",
    "browser",
    "production",
    "module",
];
const EXTENSIONS: [&str; 9] = [
    ".ts", ".tsx", ".mts", ".js", ".jsx", ".mjs", ".cts", ".cjs", ".json",
];

pub struct Resolver {
    imports: Paths,
    requires: Paths,
    /// By folder: whether the package that its files belong to says that they are ES modules.
    module_folders: HashMap<PathBuf, bool>,
}

impl Resolver {
    pub fn new() -> Self {
        let options = |way: &str| ResolveOptions {
            condition_names: CONDITIONS
                .iter()
                .copied()
                .chain([way, "default"])
                .map(String::from)
                .collect(),
            extensions: EXTENSIONS.map(String::from).into(),
            // TypeScript's modules import each other by the names of what they become
            extension_alias: [
                (".js", &[".ts", ".tsx", ".js", ".jsx"][..]),
                (".jsx", &[".tsx", ".jsx"]),
                (".mjs", &[".mts", ".mjs"]),
                (".cjs", &[".cts", ".cjs"]),
            ]
            .map(|(from, to)| {
                (
                    from.to_owned(),
                    to.iter().map(|to| (*to).to_owned()).collect(),
                )
            })
            .into(),
            main_fields: ["browser", "module", "main"].map(String::from).into(),
            alias_fields: vec![vec!["browser".into()]],
            tsconfig: Some(TsconfigDiscovery::Auto),
            ..ResolveOptions::default()
        };
        let imports = Paths::new(options("import"));
        let requires = imports.clone_with_options(options("require"));
        Self {
            imports,
            requires,
            module_folders: HashMap::new(),
        }
    }

    /// Finds what the file `from` asks for; nothing if the package says that there it is nothing.
    pub fn resolve(
        &mut self,
        from: &Path,
        specifier: &str,
        way: Way,
    ) -> Result<Option<Found>, Failure> {
        let paths = match way {
            Way::Import => &self.imports,
            Way::Require => &self.requires,
        };
        if specifier.starts_with("node:") {
            return Err(Failure::NotFound);
        }
        match paths.resolve_file(from, specifier) {
            Ok(resolution) => Ok(Some(self.describe(resolution.into_path_buf()))),
            Err(ResolveError::Ignored(_)) => Ok(None),
            Err(ResolveError::NotFound(_) | ResolveError::MatchedAliasNotFound(..)) => {
                Err(Failure::NotFound)
            }
            Err(other) => Err(Failure::Other(explain(&other))),
        }
    }

    /// The file that an import leads to, if there is one.
    pub fn finds(&self, from: &Path, specifier: &str) -> Option<PathBuf> {
        let found = self.imports.resolve_file(from, specifier);
        found.ok().map(|found| found.into_path_buf())
    }

    /// Says what a file is.
    pub fn describe(&mut self, path: PathBuf) -> Found {
        let extension = path
            .extension()
            .and_then(|extension| extension.to_str())
            .unwrap_or_default();
        let is_commonjs = matches!(extension, "cjs" | "cts");
        let is_module = matches!(extension, "mjs" | "mts")
            || (!is_commonjs && self.is_in_module_package(&path));
        Found {
            is_foreign: path
                .components()
                .any(|part| part.as_os_str() == "node_modules"),
            is_module,
            is_commonjs,
            path,
        }
    }

    fn is_in_module_package(&mut self, path: &Path) -> bool {
        let Some(folder) = path.parent() else {
            return false;
        };
        if let Some(known) = self.module_folders.get(folder) {
            return *known;
        }
        let is_module = is_module_package(folder).unwrap_or_default();
        self.module_folders.insert(folder.to_owned(), is_module);
        is_module
    }

    /// What the `tsconfig.json` that a file belongs to says about how to compile it.
    pub fn typescript(&self, path: &Path) -> TypeScript {
        let Ok(Some(config)) = self.imports.find_tsconfig(path) else {
            return TypeScript::default();
        };
        let options = &config.compiler_options;
        TypeScript {
            jsx: options.jsx.clone(),
            jsx_factory: options.jsx_factory.clone(),
            jsx_fragment_factory: options.jsx_fragment_factory.clone(),
            jsx_import_source: options.jsx_import_source.clone(),
            decorators: options.experimental_decorators.unwrap_or_default(),
            decorator_metadata: options.emit_decorator_metadata.unwrap_or_default(),
            keeps_imports: options.verbatim_module_syntax.unwrap_or_default(),
        }
    }
}

/// Whether the package of a folder says `"type": "module"`.
fn is_module_package(folder: &Path) -> Option<bool> {
    let manifest = folder
        .ancestors()
        .map(|folder| folder.join("package.json"))
        .find(|path| path.is_file())?;
    let manifest: serde_json::Value =
        serde_json::from_slice(&std::fs::read(manifest).ok()?).ok()?;
    Some(manifest.get("type")?.as_str()? == "module")
}

/// The same without the paths of this machine.
fn explain(error: &ResolveError) -> String {
    match error {
        ResolveError::PackagePathNotExported { .. } => {
            "its package does not export this path (`exports` in its package.json)".into()
        }
        ResolveError::Json(_) => "a package.json or tsconfig.json on the way is not JSON".into(),
        ResolveError::TsconfigNotFound(_) | ResolveError::TsconfigLoadFailed { .. } => {
            "the tsconfig.json that applies extends one that cannot be read".into()
        }
        _ => "its package.json is not right".into(),
    }
}
