//! From TypeScript and JSX to JavaScript that QuickJS runs.

use super::functions;
use super::position::{self, Map};
use super::requests::{self, Request};
use super::resolve::Found;
use crate::JsError;
use oxc::allocator::Allocator;
use oxc::ast::ast::Program;
use oxc::codegen::{Codegen, CodegenOptions, CommentOptions};
use oxc::diagnostics::{Diagnostics, OxcDiagnostic};
use oxc::mangler::{MangleOptions, Mangler};
use oxc::minifier::{CompressOptions, Compressor};
use oxc::parser::Parser;
use oxc::semantic::{Scoping, SemanticBuilder};
use oxc::span::SourceType;
use oxc::transformer::{JsxRuntime, TransformOptions, Transformer};
use oxc::transformer_plugins::{ReplaceGlobalDefines, ReplaceGlobalDefinesConfig};
use std::collections::{BTreeSet, HashMap};
use std::path::PathBuf;

/// A module as the engine gets it.
#[derive(Clone, Debug)]
pub struct Compiled {
    pub kind: Kind,
    /// What the author wrote.
    pub source: String,
    /// What the engine evaluates.
    pub text: String,
    /// From the text to the source; nothing where they are the same.
    pub map: Option<Map>,
    /// What it asks for, by specifier.
    pub requests: HashMap<String, Request>,
}

/// What a module is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    Module,
    CommonJs {
        /// The names it seems to export.
        exports: BTreeSet<String>,
    },
}

/// How to compile.
#[derive(Debug)]
pub struct Options {
    pub minify: bool,
    pub typescript: TypeScript,
}

/// What a `tsconfig.json` says.
#[derive(Debug, Default)]
pub struct TypeScript {
    pub jsx: Option<String>,
    pub jsx_factory: Option<String>,
    pub jsx_fragment_factory: Option<String>,
    pub jsx_import_source: Option<String>,
    pub decorators: bool,
    pub decorator_metadata: bool,
    pub keeps_imports: bool,
}

/// What packages ask to know where they run.
const DEFINES: [(&str, &str); 2] = [
    ("process.env.NODE_ENV", "\"production\""),
    ("global", "globalThis"),
];

/// Compiles a file of code.
pub fn compile(
    name: &str,
    found: &Found,
    source: String,
    options: &Options,
) -> Result<Compiled, JsError> {
    let allocator = Allocator::default();
    let source_type = source_type(found).ok_or_else(|| unknown(name))?;
    let parsed = Parser::new(&allocator, &source, source_type).parse();
    if let Some(error) = first_error(&parsed.diagnostics) {
        return Err(diagnose(name, &source, error));
    }
    let has_module_syntax = parsed.module_record.has_module_syntax;
    let mut program = parsed.program;
    // Before they are renamed.
    let functions = match options.minify {
        true => functions::of(&program, &source),
        false => Vec::new(),
    };
    let is_translated = !program.source_type.is_javascript() || has_jsx(&program) || options.minify;
    let transformed = if is_translated || DEFINES.iter().any(|(name, _)| source.contains(name)) {
        let transformed = transform(&allocator, &mut program, name, &source, options)?;
        // JavaScript is taken as it is where it can be
        Some(transformed).filter(|(_, _, has_defines)| is_translated || *has_defines)
    } else {
        None
    };
    let (text, map) = match transformed {
        Some((text, map, _)) => (text, Some(map.with_functions(functions))),
        None => (source.clone(), None),
    };
    let found_in = requests::collect(&program);
    let is_module = has_module_syntax
        || (!found.is_commonjs && (found.is_module || !(found.is_foreign || found_in.is_commonjs)));
    let (kind, requests) = if is_module {
        (Kind::Module, found_in.imports)
    } else {
        let exports = found_in.exports;
        (Kind::CommonJs { exports }, found_in.requires)
    };
    let requests = requests.into_iter().map(|(specifier, mut request)| {
        // as the author wrote it, to find it again
        if !source.contains(&request.literal) {
            request.literal = format!("'{specifier}'");
        }
        (specifier, request)
    });
    Ok(Compiled {
        kind,
        requests: requests.collect(),
        source,
        text,
        map,
    })
}

fn source_type(found: &Found) -> Option<SourceType> {
    let extension = found
        .path
        .extension()
        .and_then(|extension| extension.to_str())?;
    Some(match extension {
        "ts" => SourceType::ts(),
        "tsx" => SourceType::tsx(),
        "mts" => SourceType::ts().with_module(true),
        "cts" => SourceType::ts().with_commonjs(true),
        "mjs" => SourceType::mjs().with_jsx(true),
        "cjs" => SourceType::cjs(),
        "js" | "jsx" => SourceType::unambiguous().with_jsx(true),
        _ => return None,
    })
}

fn unknown(name: &str) -> JsError {
    JsError {
        message: "plugins are made of .js, .mjs, .cjs, .jsx, .ts, .mts, .cts, .tsx and .json files; to import another file say \
                  `with { type: \"text\" }` or `with { type: \"bytes\" }`"
            .into(),
        file: Some(name.to_owned()),
        ..JsError::default()
    }
}

/// Changes the program into plain JavaScript, and prints it; says whether it mentions any of [`DEFINES`].
pub fn transform<'a>(
    allocator: &'a Allocator,
    program: &mut Program<'a>,
    name: &str,
    source: &str,
    options: &Options,
) -> Result<(String, Map, bool), JsError> {
    let semantic = SemanticBuilder::new_compiler()
        .with_excess_capacity(2.0)
        .with_enum_eval(true)
        .with_check_syntax_error(true)
        .build(program);
    if let Some(error) = first_error(&semantic.diagnostics) {
        return Err(diagnose(name, source, error));
    }
    let scoping = semantic.semantic.into_scoping();
    let path = PathBuf::from(name);
    let transformed = Transformer::new(allocator, &path, &transform_options(&options.typescript))
        .build_with_scoping(scoping, program);
    if let Some(error) = first_error(&transformed.diagnostics) {
        return Err(diagnose(name, source, error));
    }
    let defines = ReplaceGlobalDefinesConfig::new(&DEFINES).map_err(|_| unknown(name))?;
    let defined = ReplaceGlobalDefines::new(allocator, defines).build(scoping_of(program), program);
    if options.minify {
        Compressor::new(allocator).build_with_scoping(
            program,
            scoping_of(program),
            CompressOptions::smallest(),
        );
    } else if defined.changed {
        Compressor::new(allocator).dead_code_elimination_with_scoping(
            program,
            scoping_of(program),
            CompressOptions::dce(),
        );
    }
    let mangled = options.minify.then(|| {
        let options = MangleOptions {
            // what is exported or global keeps its name
            top_level: Some(program.source_type.is_module()),
            ..MangleOptions::default()
        };
        Mangler::new().with_options(options).build(program)
    });
    let (scoping, privates) = mangled
        .map(|mangled| (Some(mangled.scoping), Some(mangled.class_private_mappings)))
        .unwrap_or_default();
    let printed = Codegen::new()
        .with_options(CodegenOptions {
            minify: options.minify,
            comments: CommentOptions::disabled(),
            source_map_path: Some(path),
            ..CodegenOptions::default()
        })
        .with_scoping(scoping)
        .with_private_member_mappings(privates)
        .build(program);
    let tokens = printed.map.iter().flat_map(|map| map.get_tokens());
    let map = Map::new(tokens.map(|token| {
        (
            (token.get_dst_line(), token.get_dst_col()),
            (token.get_src_line(), token.get_src_col()),
        )
    }));
    Ok((printed.code, map, defined.changed))
}

fn scoping_of(program: &Program<'_>) -> Scoping {
    SemanticBuilder::new()
        .with_enum_eval(true)
        .build(program)
        .semantic
        .into_scoping()
}

fn transform_options(typescript: &TypeScript) -> TransformOptions {
    let mut options = TransformOptions::default();
    options.typescript.only_remove_type_imports = typescript.keeps_imports;
    options.decorator.legacy = typescript.decorators;
    options.decorator.emit_decorator_metadata = typescript.decorator_metadata;
    if let Some(factory) = &typescript.jsx_factory {
        options.typescript.jsx_pragma = factory.clone().into();
        options.jsx.pragma = Some(factory.clone());
    }
    if let Some(factory) = &typescript.jsx_fragment_factory {
        options.typescript.jsx_pragma_frag = factory.clone().into();
        options.jsx.pragma_frag = Some(factory.clone());
    }
    options
        .jsx
        .import_source
        .clone_from(&typescript.jsx_import_source);
    if typescript.jsx.as_deref() == Some("react") || typescript.jsx_factory.is_some() {
        options.jsx.runtime = JsxRuntime::Classic;
    }
    options
}

/// Whether there is any JSX in the program.
fn has_jsx(program: &Program<'_>) -> bool {
    use oxc::ast_visit::Visit;
    struct Finder(bool);
    impl<'a> Visit<'a> for Finder {
        fn visit_jsx_element(&mut self, _: &oxc::ast::ast::JSXElement<'a>) {
            self.0 = true;
        }
        fn visit_jsx_fragment(&mut self, _: &oxc::ast::ast::JSXFragment<'a>) {
            self.0 = true;
        }
    }
    let mut finder = Finder(false);
    finder.visit_program(program);
    finder.0
}

pub fn first_error(diagnostics: &Diagnostics) -> Option<&OxcDiagnostic> {
    diagnostics
        .iter()
        .find(|diagnostic| diagnostic.severity == oxc::diagnostics::Severity::Error)
}

/// Says what a diagnostic says, where it is.
pub fn diagnose(name: &str, source: &str, error: &OxcDiagnostic) -> JsError {
    let place = error
        .labels
        .first()
        .and_then(|label| position::place(source, label.offset() as usize));
    let help = error
        .help
        .as_ref()
        .map_or_else(String::new, |help| format!(": {help}"));
    JsError {
        message: format!("SyntaxError: {}{help}", error.message),
        file: Some(name.to_owned()),
        line: place.map(|(line, _)| line),
        column: place.map(|(_, column)| column),
        frame: place.and_then(|(line, column)| position::frame(source, line, column)),
        ..JsError::default()
    }
}
