//! What a module asks for: `import`, `export … from`, `require`.

use oxc::ast::ast::{
    Argument, AssignmentTarget, CallExpression, ExportAllDeclaration, ExportFromDeclaration,
    Expression, ImportAttributeKey, ImportDeclaration, ImportDeclarationSpecifier,
    ImportExpression, ModuleExportName, ObjectPropertyKind, Program, WithClause,
};
use oxc::ast_visit::{Visit, walk};
use std::collections::{BTreeSet, HashMap};

/// One module that is asked for, by everything that asks.
#[derive(Clone, Debug, Default)]
pub struct Request {
    /// The names that are imported from it.
    pub names: BTreeSet<String>,
    /// What `with { type: … }` says.
    pub attribute: Option<String>,
    /// The specifier as the source has it, with its quotes.
    pub literal: String,
}

/// What [`collect`] finds in a program.
#[derive(Debug, Default)]
pub struct Collected {
    /// By specifier: of `import` and `export … from`.
    pub imports: HashMap<String, Request>,
    /// By specifier: of `require`.
    pub requires: HashMap<String, Request>,
    /// The names that CommonJS code gives to what it exports.
    pub exports: BTreeSet<String>,
    /// It has the look of CommonJS.
    pub is_commonjs: bool,
}

/// Collects what a program asks for.
pub fn collect(program: &Program<'_>) -> Collected {
    let mut collector = Collector(Collected::default());
    collector.visit_program(program);
    collector.0
}

struct Collector(Collected);

impl Collector {
    fn import(&mut self, specifier: &str, attributes: Option<&WithClause<'_>>) -> &mut Request {
        let request = self.0.imports.entry(specifier.to_owned()).or_default();
        request.literal = format!("\"{specifier}\"");
        let kind = attributes
            .into_iter()
            .flat_map(|clause| &clause.with_entries)
            .find(|entry| match &entry.key {
                ImportAttributeKey::Identifier(name) => name.name == "type",
                ImportAttributeKey::StringLiteral(name) => name.value == "type",
            });
        if let Some(kind) = kind {
            request.attribute = Some(kind.value.value.to_string());
        }
        request
    }
}

fn name(name: &ModuleExportName<'_>) -> String {
    name.name().to_string()
}

impl<'a> Visit<'a> for Collector {
    fn visit_import_declaration(&mut self, it: &ImportDeclaration<'a>) {
        if it.import_kind.is_type() {
            return;
        }
        let request = self.import(&it.source.value, it.with_clause.as_deref());
        for specifier in it.specifiers.iter().flatten() {
            match specifier {
                ImportDeclarationSpecifier::ImportSpecifier(specifier) => {
                    request.names.insert(name(&specifier.imported));
                }
                ImportDeclarationSpecifier::ImportDefaultSpecifier(_)
                | ImportDeclarationSpecifier::ImportNamespaceSpecifier(_) => {}
            }
        }
    }

    fn visit_export_from_declaration(&mut self, it: &ExportFromDeclaration<'a>) {
        if !it.export_kind.is_type() {
            let request = self.import(&it.source.value, it.with_clause.as_deref());
            request
                .names
                .extend(it.specifiers.iter().map(|specifier| name(&specifier.local)));
        }
    }

    fn visit_export_all_declaration(&mut self, it: &ExportAllDeclaration<'a>) {
        if !it.export_kind.is_type() {
            self.import(&it.source.value, it.with_clause.as_deref());
        }
    }

    fn visit_import_expression(&mut self, it: &ImportExpression<'a>) {
        if let Expression::StringLiteral(specifier) = &it.source {
            self.import(&specifier.value, None);
        }
        walk::walk_import_expression(self, it);
    }

    fn visit_call_expression(&mut self, it: &CallExpression<'a>) {
        if let Expression::Identifier(callee) = &it.callee
            && callee.name == "require"
            && let Some(Argument::StringLiteral(specifier)) = it.arguments.first()
        {
            self.0.is_commonjs = true;
            let request = self
                .0
                .requires
                .entry(specifier.value.to_string())
                .or_default();
            request.literal = format!("\"{}\"", specifier.value);
        }
        // Object.defineProperty(exports, "name", …), as compilers write it
        if let Some(member) = it.callee.as_member_expression()
            && member.static_property_name() == Some("defineProperty")
            && let Some(Argument::Identifier(object)) = it.arguments.first()
            && object.name == "exports"
        {
            self.0.is_commonjs = true;
            if let Some(Argument::StringLiteral(name)) = it.arguments.get(1) {
                self.0.exports.insert(name.value.to_string());
            }
        }
        walk::walk_call_expression(self, it);
    }

    fn visit_assignment_expression(&mut self, it: &oxc::ast::ast::AssignmentExpression<'a>) {
        if let Some(member) = as_member(&it.left) {
            if is_exports(&member.0) {
                self.0.is_commonjs = true;
                self.0.exports.insert(member.1);
            } else if member.0 == ["module"] && member.1 == "exports" {
                self.0.is_commonjs = true;
                if let Expression::ObjectExpression(object) = &it.right {
                    for property in &object.properties {
                        if let ObjectPropertyKind::ObjectProperty(property) = property
                            && let Some(name) = property.key.static_name()
                        {
                            self.0.exports.insert(name.into_owned());
                        }
                    }
                }
            }
        }
        walk::walk_assignment_expression(self, it);
    }

    fn visit_identifier_reference(&mut self, it: &oxc::ast::ast::IdentifierReference<'a>) {
        self.0.is_commonjs |= it.name == "exports" || it.name == "module";
    }
}

/// The names that a module seems to export: for a message, so what is overlooked does no harm.
pub fn exported(source: &str) -> BTreeSet<String> {
    const BEFORE: [&str; 9] = [
        "abstract",
        "async",
        "class",
        "const",
        "enum",
        "function",
        "function*",
        "let",
        "var",
    ];
    let is_part = |c: char| c.is_alphanumeric() || c == '_' || c == '$';
    let mut names = BTreeSet::new();
    for rest in source.split("export ").skip(1) {
        let rest = rest.trim_start();
        if let Some(list) = rest.strip_prefix('{') {
            let list = list.split('}').next().unwrap_or_default();
            let last = |item: &str| Some(item.split_whitespace().last()?.to_owned());
            names.extend(list.split(',').filter_map(last));
            continue;
        }
        let mut words = rest.split_whitespace();
        let word = words
            .find(|word| !BEFORE.contains(word))
            .unwrap_or_default();
        let end = word.find(|c| !is_part(c)).unwrap_or(word.len());
        let name = word.get(..end).unwrap_or_default();
        if !name.is_empty() && !["interface", "type", "declare", "namespace"].contains(&name) {
            names.insert(name.to_owned());
        }
    }
    names
}

/// `exports` or `module.exports`.
fn is_exports(path: &[String]) -> bool {
    path == ["exports"] || path == ["module", "exports"]
}

/// The path to the object of a member, and the member's name.
fn as_member(target: &AssignmentTarget<'_>) -> Option<(Vec<String>, String)> {
    let member = target
        .as_simple_assignment_target()?
        .as_member_expression()?;
    let name = member.static_property_name()?.to_owned();
    let object = match member.object() {
        Expression::Identifier(object) => vec![object.name.to_string()],
        Expression::StaticMemberExpression(inner) => match &inner.object {
            Expression::Identifier(object) => {
                vec![object.name.to_string(), inner.property.name.to_string()]
            }
            _ => return None,
        },
        _ => return None,
    };
    Some((object, name))
}
