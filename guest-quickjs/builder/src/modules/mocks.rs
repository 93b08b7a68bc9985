//! Modules that a file of tests replaces: `vi.mock('./prices', factory)`, and `vi.hoisted`.
//!
//! Both are to happen before what the file imports is evaluated, although they stand below. So they are taken out of the file and put into a module
//! of their own, which the file imports first. A module that is mocked is evaluated only if somebody asks for the actual one; everybody else
//! imports a module with the same exports, whose values come from the factory.

use oxc::allocator::Allocator;
use oxc::ast::ast::{Argument, CallExpression, Expression, Statement};
use oxc::ast_visit::{Visit, walk};
use oxc::parser::Parser;
use oxc::span::{GetSpan, SourceType, Span};
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};

/// The names that the object with `mock` and `hoisted` has.
const OBJECTS: [&str; 2] = ["vi", "vitest"];

/// A file of tests, in two parts.
#[derive(Debug, Default)]
pub struct Hoisted {
    /// What comes first, with the places it had.
    pub first: String,
    /// The others, with the places they had but for the first line.
    pub rest: String,
    /// What is mocked, by specifier.
    pub mocked: BTreeSet<String>,
    /// What else is spoken of: the actual module of.
    pub mentioned: BTreeSet<String>,
}

/// Takes a file of tests apart. None if nothing in it comes first. The first part is to be imported as `module`.
pub fn hoist(text: &str, module: &str) -> Option<Hoisted> {
    if !OBJECTS
        .iter()
        .any(|name| text.contains(&format!("{name}.mock(")))
        && !OBJECTS
            .iter()
            .any(|name| text.contains(&format!("{name}.hoisted(")))
    {
        return None;
    }
    let allocator = Allocator::default();
    let parsed = Parser::new(&allocator, text, SourceType::mjs()).parse();
    let program = parsed.program;
    let mut mentions = Mentions::default();
    mentions.visit_program(&program);
    let mut spans = Vec::new();
    let mut imports = Vec::new();
    let mut names = Vec::new();
    let mut mocked = BTreeSet::new();
    let mut unmocked = BTreeSet::new();
    let mut literals = Vec::new();
    for statement in &program.body {
        match statement {
            Statement::ImportDeclaration(it)
                if matches!(it.source.value.as_str(), "vitest" | "outwit:test") =>
            {
                imports.push(it.span);
            }
            Statement::ExpressionStatement(it) => {
                let Some((method, call)) = call_of(&it.expression) else {
                    continue;
                };
                match (method, specifier(call)) {
                    ("mock", Some(specifier)) => {
                        mocked.insert(specifier);
                    }
                    ("unmock", Some(specifier)) => {
                        unmocked.insert(specifier);
                    }
                    ("hoisted", _) => {}
                    _ => continue,
                }
                if let Some(Argument::ImportExpression(it)) = call.arguments.first() {
                    literals.push((it.span, it.source.span()));
                }
                spans.push(it.span);
            }
            Statement::VariableDeclaration(it) => {
                let is_hoisted = it.declarations.iter().any(|declarator| {
                    let call = declarator.init.as_ref().and_then(call_of);
                    call.is_some_and(|(method, _)| method == "hoisted")
                });
                if is_hoisted {
                    spans.push(it.span);
                    for declarator in &it.declarations {
                        let bound = declarator.id.get_binding_identifiers();
                        names.extend(bound.iter().map(|identifier| identifier.name.to_string()));
                    }
                }
            }
            _ => {}
        }
    }
    if spans.is_empty() {
        return None;
    }
    mocked.retain(|specifier| !unmocked.contains(specifier));
    let list = names.join(", ");
    let kept: Vec<Span> = imports.iter().chain(&spans).copied().collect();
    let mut first = only(text, &kept);
    for (whole, literal) in literals {
        // `import('./a')`, which TypeScript sees the types of, stands for './a'
        let inside = text.get(range(literal)).unwrap_or_default();
        let width = range(whole).len();
        first.replace_range(range(whole), &format!("{inside:width$}"));
    }
    first.push_str(&format!("\nexport {{ {list} }};\n"));
    let rest = format!(
        "import {{ {list} }} from {};{}",
        json!(module),
        without(text, &spans)
    );
    Some(Hoisted {
        first,
        rest,
        mocked,
        mentioned: mentions.0,
    })
}

/// The text of a module that stands in for another, with these exports.
pub fn module(name: &str, exports: &BTreeSet<String>) -> String {
    let mut text = format!(
        "import {{ mocked }} from \"outwit:test.mocks.js\";\nconst it = await mocked({});\n",
        json!(name)
    );
    for (index, export) in exports.iter().enumerate() {
        let export = json!(export);
        text.push_str(&format!(
            "const e{index} = it[{export}];\nexport {{ e{index} as {export} }};\n"
        ));
    }
    text
}

/// Tells the mocks what modules are called.
pub fn registration(names: &BTreeMap<String, String>) -> String {
    format!(
        "import {{ registry }} from \"outwit:test.mocks.js\";\nregistry.name({});\n",
        json!(names)
    )
}

/// Loads modules as they are, and tells the mocks of them. `prefix` goes before their names.
pub fn actuals<'a>(prefix: &str, names: impl Iterator<Item = &'a String>) -> String {
    let mut text =
        String::from("\nimport { registry as __registry } from \"outwit:test.mocks.js\";\n");
    for (index, name) in names.enumerate() {
        let [name, actual] = [json!(name), json!(format!("{prefix}{name}"))];
        text.push_str(&format!(
            "import * as __actual{index} from {actual};\n__registry.loaded({name}, __actual{index});\n"
        ));
    }
    text
}

/// What a module exports by itself, and the specifiers of the modules all of whose exports it has.
pub fn exports(text: &str) -> (BTreeSet<String>, Vec<String>) {
    let allocator = Allocator::default();
    let parsed = Parser::new(&allocator, text, SourceType::mjs()).parse();
    let record = parsed.module_record;
    let mut names: BTreeSet<String> = record
        .exported_bindings
        .keys()
        .map(|name| name.to_string())
        .collect();
    let entries = record.local_export_entries.iter();
    let mut entries = entries.chain(&record.indirect_export_entries);
    if entries.any(|entry| entry.export_name.is_default()) {
        names.insert("default".into());
    }
    let stars = record.star_export_entries.iter();
    let stars = stars.filter_map(|entry| Some(entry.module_request.as_ref()?.name.to_string()));
    (names, stars.collect())
}

/// `vi.mock(…)`, maybe awaited: the method, and the call.
fn call_of<'a, 'b>(expression: &'b Expression<'a>) -> Option<(&'b str, &'b CallExpression<'a>)> {
    match expression {
        Expression::AwaitExpression(it) => call_of(&it.argument),
        Expression::CallExpression(call) => Some((method(call)?, call)),
        _ => None,
    }
}

fn method<'b>(call: &'b CallExpression<'_>) -> Option<&'b str> {
    let Expression::StaticMemberExpression(member) = &call.callee else {
        return None;
    };
    match &member.object {
        Expression::Identifier(object) if OBJECTS.contains(&object.name.as_str()) => {
            Some(member.property.name.as_str())
        }
        _ => None,
    }
}

/// The module that a call is about.
fn specifier(call: &CallExpression<'_>) -> Option<String> {
    match call.arguments.first()? {
        Argument::StringLiteral(text) => Some(text.value.to_string()),
        Argument::ImportExpression(it) => match &it.source {
            Expression::StringLiteral(text) => Some(text.value.to_string()),
            _ => None,
        },
        _ => None,
    }
}

/// The modules whose actual or replaced ones are asked for.
#[derive(Default)]
struct Mentions(BTreeSet<String>);

impl<'a> Visit<'a> for Mentions {
    fn visit_call_expression(&mut self, it: &CallExpression<'a>) {
        if matches!(method(it), Some("importActual" | "importMock")) {
            self.0.extend(specifier(it));
        }
        walk::walk_call_expression(self, it);
    }
}

fn range(span: Span) -> std::ops::Range<usize> {
    span.start as usize..span.end as usize
}

/// The text with blanks in the place of everything else.
fn only(text: &str, kept: &[Span]) -> String {
    blanked(text, |at| {
        !kept.iter().any(|span| range(*span).contains(&at))
    })
}

/// The text with blanks in the place of these.
fn without(text: &str, spans: &[Span]) -> String {
    blanked(text, |at| {
        spans.iter().any(|span| range(*span).contains(&at))
    })
}

/// Lines and columns stay what they are; only the first of several bytes of a character becomes a blank, as columns count characters.
fn blanked(text: &str, is_blank: impl Fn(usize) -> bool) -> String {
    let chars = text.char_indices();
    let blank = chars.map(|(at, c)| match c {
        '\n' => c,
        // as wide in bytes, where it can be: what is replaced afterwards is found by its place
        _ if is_blank(at) && c.is_ascii() => ' ',
        _ if is_blank(at) => match c.len_utf8() {
            2 => '\u{a0}',
            3 => '\u{3000}',
            _ => '\u{3000}',
        },
        c => c,
    });
    blank.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_comes_first_is_taken_out() {
        let text = "import { it, vi } from 'vitest';\nimport { a } from './a.js';\nconst { b, c: [d] } = vi.hoisted(() => ({}));\nvi.mock(import('./a.js'), () => ({ a: b }));\nvi.unmock('./x');\nvi.mock('./x');\nit('is', async () => { await vi.importActual('./y'); });\n";
        let hoisted = hoist(text, "first").unwrap();
        assert_eq!(Vec::from_iter(&hoisted.mocked), ["./a.js"]);
        assert_eq!(Vec::from_iter(&hoisted.mentioned), ["./y"]);
        let first: Vec<&str> = hoisted.first.lines().map(str::trim_end).collect();
        assert_eq!(first[0], "import { it, vi } from 'vitest';");
        assert_eq!(first[1], "");
        assert_eq!(first[2], "const { b, c: [d] } = vi.hoisted(() => ({}));");
        assert_eq!(first[3], "vi.mock('./a.js'        , () => ({ a: b }));");
        assert!(first.contains(&"export { b, d };"), "{first:?}");
        let rest: Vec<&str> = hoisted.rest.lines().map(str::trim_end).collect();
        assert_eq!(
            rest[0],
            "import { b, d } from \"first\";import { it, vi } from 'vitest';"
        );
        assert_eq!(rest[1], "import { a } from './a.js';");
        assert_eq!(rest[2..6], ["", "", "", ""]);
        assert!(hoist("vi.fn(); const mock = vi.mock;", "first").is_none());
        assert!(hoist("f('vi.mock()');", "first").is_none());
    }

    #[test]
    fn exports_are_known() {
        let (names, stars) = exports(
            "export const a = 1; export default 2; export { x as y } from 'z'; export * from './all'; export * as ns from 'w';",
        );
        assert_eq!(Vec::from_iter(&names), ["a", "default", "ns", "y"]);
        assert_eq!(stars, ["./all"]);
    }
}
