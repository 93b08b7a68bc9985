//! A line somebody types at a prompt: TypeScript, made into what can be evaluated in the scope of a module with what it declares outlasting it.

use super::compile::{Options, TypeScript, diagnose, first_error, transform};
use crate::JsError;
use oxc::allocator::Allocator;
use oxc::ast::ast::{
    ArrowFunctionExpression, AwaitExpression, BindingPattern, ForOfStatement, Function, Program,
    Statement, VariableDeclaration,
};
use oxc::ast_visit::{Visit, walk};
use oxc::parser::{Parser, ParserReturn};
use oxc::span::{GetSpan as _, SourceType};
use oxc::syntax::scope::ScopeFlags;

/// What a line is called in errors.
const NAME: &str = "<line>";

/// A line as it can be evaluated by a direct `eval`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Line {
    /// JavaScript. If it waits, its value is a promise of an array with the value of the line.
    pub text: String,
    /// What it declares. It assigns to these, so they have to be variables of the scope or globals before.
    pub names: Vec<String>,
    /// Whether it waits at its top level.
    pub waits: bool,
}

impl Line {
    /// Reads a line.
    ///
    /// # Errors
    /// What is wrong with its syntax, with a code frame.
    pub fn parse(source: &str) -> Result<Line, JsError> {
        let trimmed = source.trim();
        // An object and not a block, if it can be one.
        let source = match trimmed.starts_with('{') {
            true => format!("({trimmed}\n)"),
            false => trimmed.to_owned(),
        };
        match javascript(&source) {
            Ok(text) => rewrite(&text),
            Err(_) if trimmed.starts_with('{') => rewrite(&javascript(trimmed)?),
            Err(error) => Err(error),
        }
    }
}

/// Takes the types out.
fn javascript(source: &str) -> Result<String, JsError> {
    let allocator = Allocator::default();
    let parsed = parse(&allocator, source, SourceType::ts().with_module(true))?;
    let mut program = parsed.program;
    let options = Options {
        minify: false,
        typescript: TypeScript {
            // What looks unused may be what the line is for.
            keeps_imports: true,
            ..TypeScript::default()
        },
    };
    let (text, _, _) = transform(&allocator, &mut program, NAME, source, &options)?;
    Ok(text)
}

fn parse<'a>(
    allocator: &'a Allocator,
    source: &'a str,
    kind: SourceType,
) -> Result<ParserReturn<'a>, JsError> {
    let parsed = Parser::new(allocator, source, kind).parse();
    match first_error(&parsed.diagnostics) {
        Some(error) => Err(diagnose(NAME, source, error)),
        None => Ok(parsed),
    }
}

fn rewrite(source: &str) -> Result<Line, JsError> {
    let allocator = Allocator::default();
    let program = parse(&allocator, source, SourceType::mjs())?.program;
    let mut line = Line {
        waits: waits(&program),
        ..Line::default()
    };
    let text = |from: u32, to: u32| source.get(from as usize..to as usize).unwrap_or_default();
    // Functions are there before everything else.
    let mut functions = String::new();
    let mut rest = String::new();
    let count = program.body.len();
    for (index, statement) in program.body.iter().enumerate() {
        let span = statement.span();
        match statement {
            Statement::ImportDeclaration(_) => {
                return Err(refuse(
                    "`import` is for modules: what the plugin imports is in the scope of its modules",
                ));
            }
            Statement::ExportNamedDeclaration(_)
            | Statement::ExportDefaultDeclaration(_)
            | Statement::ExportAllDeclaration(_) => {
                return Err(refuse(
                    "`export` is for modules; a line has nothing to export",
                ));
            }
            Statement::FunctionDeclaration(function) => {
                let name = function.id.as_ref().map(|id| id.name.to_string());
                let name = name.unwrap_or_default();
                functions.push_str(&format!(
                    "void ({name} = {});\n",
                    text(span.start, span.end)
                ));
                line.names.push(name);
            }
            Statement::ClassDeclaration(class) => {
                let name = class.id.as_ref().map(|id| id.name.to_string());
                let name = name.unwrap_or_default();
                rest.push_str(&format!(
                    "void ({name} = {});\n",
                    text(span.start, span.end)
                ));
                line.names.push(name);
            }
            Statement::VariableDeclaration(declaration) => {
                names_of(declaration, &mut line.names);
                let parts = declaration.declarations.iter().map(|declarator| {
                    let span = declarator.span;
                    match declarator.init {
                        Some(_) => text(span.start, span.end).to_owned(),
                        None => format!("{} = undefined", text(span.start, span.end)),
                    }
                });
                let parts: Vec<String> = parts.collect();
                rest.push_str(&format!("void ({});\n", parts.join(", ")));
            }
            Statement::ExpressionStatement(expression) if line.waits && index + 1 == count => {
                let span = expression.expression.span();
                rest.push_str(&format!("return [{}\n];", text(span.start, span.end)));
            }
            _ => {
                rest.push_str(text(span.start, span.end));
                rest.push('\n');
            }
        }
    }
    line.text = match line.waits {
        true => format!("{functions}(async () => {{\n{rest}\n}})()"),
        false => functions + &rest,
    };
    Ok(line)
}

fn refuse(message: &str) -> JsError {
    JsError {
        message: format!("SyntaxError: {message}"),
        ..JsError::default()
    }
}

/// The names that a declaration binds.
fn names_of(declaration: &VariableDeclaration<'_>, names: &mut Vec<String>) {
    struct Names<'n>(&'n mut Vec<String>);
    impl<'a> Visit<'a> for Names<'_> {
        fn visit_binding_identifier(&mut self, it: &oxc::ast::ast::BindingIdentifier<'a>) {
            self.0.push(it.name.to_string());
        }
        fn visit_expression(&mut self, _: &oxc::ast::ast::Expression<'a>) {
            // a default value binds nothing
        }
    }
    let mut found = Names(names);
    for declarator in &declaration.declarations {
        let pattern: &BindingPattern<'_> = &declarator.id;
        found.visit_binding_pattern(pattern);
    }
}

/// Whether there is an `await` that belongs to no function.
fn waits(program: &Program<'_>) -> bool {
    struct Finder(bool);
    impl<'a> Visit<'a> for Finder {
        fn visit_await_expression(&mut self, _: &AwaitExpression<'a>) {
            self.0 = true;
        }
        fn visit_for_of_statement(&mut self, it: &ForOfStatement<'a>) {
            self.0 |= it.r#await;
            walk::walk_for_of_statement(self, it);
        }
        fn visit_function(&mut self, _: &Function<'a>, _: ScopeFlags) {}
        fn visit_arrow_function_expression(&mut self, _: &ArrowFunctionExpression<'a>) {}
    }
    let mut finder = Finder(false);
    finder.visit_program(program);
    finder.0
}

#[cfg(test)]
mod tests {
    use super::Line;

    fn line(source: &str) -> Line {
        Line::parse(source).unwrap_or_else(|error| panic!("{source}: {}", error.message))
    }

    #[test]
    fn what_is_declared_is_assigned() {
        let parsed = line("let x: number = 1, y; const { a, b: [c = 2] } = f();");
        assert_eq!(parsed.names, ["x", "y", "a", "c"]);
        assert!(!parsed.text.contains("let") && parsed.text.contains("y = undefined"));
        let parsed = line("x(); function f<T>(a: T): T { return a }\nclass A {}");
        assert_eq!(parsed.names, ["f", "A"]);
        assert!(
            parsed.text.starts_with("void (f = function f(a)"),
            "{}",
            parsed.text
        );
    }

    #[test]
    fn what_waits_is_a_promise_of_its_value() {
        let parsed = line("const r = await f(); r.x");
        assert!(parsed.waits && parsed.text.contains("return [r.x\n];"));
        assert!(!line("async () => await f()").waits);
    }

    #[test]
    fn braces_are_an_object_where_they_can_be() {
        assert!(line("{ a: 1 }").text.starts_with('('));
        assert!(line("{ let a = 1; a }").text.starts_with('{'));
    }

    #[test]
    fn bad_syntax_has_a_frame() {
        let error = Line::parse("let = = 1").unwrap_err();
        assert!(error.frame.is_some(), "{error:?}");
        assert!(Line::parse("import a from 'a'").is_err());
    }
}
