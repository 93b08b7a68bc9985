//! The modules that a plugin consists of: finds what each imports, as bundlers and TypeScript do, and turns everything into modules that
//! QuickJS evaluates.
//!
//! Nothing is put together into one file: the engine evaluates the modules one by one while the plugin is built, and the snapshot holds the outcome.
//!
//! | What | Becomes |
//! |---|---|
//! | JavaScript with `import` and `export` | itself |
//! | TypeScript, JSX | JavaScript, with a map back to the source ([`compile`]) |
//! | CommonJS | a module that runs it when it is first required ([`commonjs`]) |
//! | JSON, text, bytes | a module with a default export ([`data`]) |

mod commonjs;
mod compile;
mod data;
mod functions;
mod line;
mod mocks;
mod names;
mod node;
mod position;
mod requests;
mod resolve;

use crate::snapshot::Main;
use crate::suite::{self, Entry};
use crate::{Error, Inputs, JsError, Kept, Timings, about_global};
pub use compile::Compiled;
use compile::Kind;
pub use line::Line;
use names::Names;
use outwit_descriptor::nearest;
use position::Map;
use requests::Request;
use resolve::{Failure, Found, Resolver, Way};
use std::{
    collections::{BTreeSet, HashMap},
    path::{Path, PathBuf},
    sync::Arc,
    time::Instant,
};

/// A module's name and source, ready for the engine.
#[derive(Clone, Debug)]
pub struct Source {
    pub name: String,
    pub text: String,
}

/// Finds modules, and remembers those it has found.
pub struct Loader {
    names: Names,
    resolver: Resolver,
    minify: bool,
    inputs: Inputs,
    kept: Kept,
    timings: Timings,
    /// Whether `outwit:test` is there.
    is_test: bool,
    /// The names of the modules that the tests replace.
    mocked: BTreeSet<String>,
    /// By name.
    modules: HashMap<String, Module>,
}

/// A file that has been loaded.
struct Module {
    found: Found,
    compiled: Arc<Compiled>,
    /// What the engine evaluates in place of a CommonJS file.
    wrapped: Option<String>,
    /// Whether somebody wrote it as code.
    is_code: bool,
}

/// The prefix of what the generated modules import: the name of a file, whatever it is.
const FILE: &str = "?file:";
/// The prefix of the same for a file that is CommonJS: its `__require`.
const COMMONJS: &str = "?cjs:";
/// What the name of a module ends with that is a CommonJS file's face for `import`.
const FACE: &str = "?import";
/// The prefix of what imports a module that tests replace, as it is.
const ACTUAL: &str = "?actual:";
/// What the name of a module ends with that stands in for another.
const MOCK: &str = "?mock";
/// What the name of a module ends with that has what comes first in a file of tests.
const FIRST: &str = "?first";

impl Loader {
    /// Loads the plugin whose main module is this file. Names are counted from its folder, so that a component tells nothing about
    /// the machine it was built on.
    pub fn new(main: &Path, minify: bool, inputs: Inputs) -> Self {
        let root = main.parent().unwrap_or(Path::new(""));
        let names = Names::new(root);
        Self {
            resolver: Resolver::new(),
            names,
            minify,
            inputs,
            kept: Kept::default(),
            timings: Timings::default(),
            is_test: false,
            mocked: BTreeSet::new(),
            modules: HashMap::new(),
        }
    }

    /// A loader, and the main module it has loaded.
    pub fn open(main: Main<'_>) -> Result<(Self, Source), Error> {
        let loader = |file: &Path| Self {
            kept: main.kept.clone(),
            timings: main.timings.clone(),
            ..Self::new(file, main.minify, main.inputs.clone())
        };
        match main.entry {
            Entry::File(file) => {
                let mut loader = loader(file);
                let source = loader.main(file)?;
                Ok((loader, source))
            }
            Entry::Tests(file, root) => {
                let mut loader = Self {
                    names: Names::new(root),
                    is_test: true,
                    ..loader(file)
                };
                let name = loader.main(file)?.name;
                loader.hoist(&name).map_err(Error::Js)?;
                let file = serde_json::Value::from(format!("{FILE}{name}"));
                let source = Source {
                    name: format!("{name}?tests"),
                    text: format!(
                        "import {file};\nexport {{ runner as suite }} from \"outwit:test.suite.js\";\n"
                    ),
                };
                Ok((loader, source))
            }
            Entry::Control => {
                let source = Source {
                    name: "outwit:control".into(),
                    text: suite::CONTROL.into(),
                };
                Ok((loader(Path::new("")), source))
            }
        }
    }

    /// Loads the main module.
    pub fn main(&mut self, main: &Path) -> Result<Source, Error> {
        let path = std::path::absolute(main).unwrap_or_else(|_| main.to_owned());
        let found = self.resolver.describe(path.canonicalize().unwrap_or(path));
        if let Err(source) = std::fs::metadata(main) {
            return Err(Error::Read {
                path: main.to_owned(),
                source,
            });
        }
        let name = self.load_file(&found, None).map_err(Error::Js)?;
        match self.modules.get(&name).map(|module| &module.compiled.kind) {
            Some(Kind::Module) => Ok(self.source(&name)),
            Some(Kind::CommonJs { .. }) => Err(Error::Js(JsError {
                message:
                    "a plugin is an ES module: it exports with `export`, not with `module.exports`"
                        .into(),
                file: Some(name),
                ..JsError::default()
            })),
            None => Err(anyhow::anyhow!("the main module was not kept").into()),
        }
    }

    /// Loads what the module `referrer` imports as `specifier`.
    pub fn load(&mut self, referrer: &str, specifier: &str) -> Result<Source, JsError> {
        if let Some(name) = specifier
            .strip_prefix(COMMONJS)
            .or_else(|| specifier.strip_prefix(FILE))
        {
            return Ok(self.source(name));
        }
        if let Some((name, text)) = suite::module(specifier).filter(|_| self.is_test) {
            return Ok(Source {
                name: name.to_owned(),
                text: text.to_owned(),
            });
        }
        if let Some(name) = specifier.strip_prefix(ACTUAL).filter(|_| self.is_test) {
            return Ok(self.seen_by(referrer, name, &Request::default()));
        }
        let request = self
            .modules
            .get(referrer)
            .and_then(|module| module.compiled.requests.get(specifier))
            .cloned();
        let request = request.unwrap_or_default();
        let from = self.path_of(referrer);
        let found = self
            .resolver
            .resolve(&from, specifier, Way::Import)
            .map_err(|failure| self.missing(referrer, specifier, &request, failure))?;
        let Some(found) = found else {
            return Ok(Source {
                name: format!("{specifier}?empty"),
                text: "export default {};".into(),
            });
        };
        let name = self
            .load_file(&found, request.attribute.as_deref())
            .map_err(|error| self.at(referrer, &request, error))?;
        if self.mocked.contains(&name) {
            let exports = self.exports(&name, &request, &mut BTreeSet::new());
            return Ok(Source {
                text: mocks::module(&name, &exports),
                name: format!("{name}{MOCK}"),
            });
        }
        Ok(self.seen_by(referrer, &name, &request))
    }

    /// A module that has been loaded, as `import` sees it.
    fn seen_by(&self, referrer: &str, name: &str, request: &Request) -> Source {
        match self.modules.get(name).map(|module| &module.compiled.kind) {
            Some(Kind::CommonJs { exports }) => {
                let of_node = self.is_like_node(referrer);
                commonjs::face(name, exports, request, of_node)
            }
            _ => self.source(name),
        }
    }

    /// Puts what comes first in a file of tests into a module of its own, and notes which modules it replaces.
    fn hoist(&mut self, test: &str) -> Result<(), JsError> {
        let first = format!("{test}{FIRST}");
        let Some(module) = self.modules.get(test) else {
            return Ok(());
        };
        let Some(hoisted) = mocks::hoist(&module.compiled.text, &format!("{FILE}{first}")) else {
            return Ok(());
        };
        let found = module.found.clone();
        let mut compiled = Compiled {
            kind: Kind::Module,
            source: module.compiled.source.clone(),
            text: String::new(),
            map: module.compiled.map.clone(),
            requests: HashMap::new(),
        };
        let requests = module.compiled.requests.clone();
        let mut names = std::collections::BTreeMap::new();
        for specifier in hoisted.mocked.union(&hoisted.mentioned) {
            let request = requests.get(specifier).cloned().unwrap_or_default();
            let resolved = self.resolver.resolve(&found.path, specifier, Way::Import);
            let target =
                resolved.map_err(|failure| self.missing(test, specifier, &request, failure))?;
            let Some(target) = target else { continue };
            let name = self.load_file(&target, request.attribute.as_deref())?;
            if hoisted.mocked.contains(specifier) {
                self.mocked.insert(name.clone());
            }
            names.insert(specifier.clone(), name);
        }
        let registration = Source {
            name: format!("{first}?names"),
            text: mocks::registration(&names),
        };
        compiled.text = format!(
            "import {};{}",
            serde_json::Value::from(format!("{FILE}{}", registration.name)),
            hoisted.first
        );
        let data = |compiled| Module {
            found: found.clone(),
            compiled: Arc::new(compiled),
            wrapped: None,
            is_code: false,
        };
        let named = data(plain(registration.text));
        let first_module = data(compiled);
        self.modules.insert(registration.name, named);
        self.modules.insert(first, first_module);
        if let Some(module) = self.modules.get_mut(test) {
            let compiled = Arc::make_mut(&mut module.compiled);
            compiled.text = hoisted.rest;
            // What a test asks for when it runs has to be there by then.
            let mentioned = hoisted.mentioned.iter();
            let mentioned = mentioned.filter_map(|specifier| names.get(specifier));
            let imports = mocks::actuals(ACTUAL, mentioned);
            compiled.text.push_str(&imports);
        }
        Ok(())
    }

    /// What a module exports, and what is imported from it here: it need not have what a test gives it.
    fn exports(
        &mut self,
        name: &str,
        request: &Request,
        seen: &mut BTreeSet<String>,
    ) -> BTreeSet<String> {
        let mut names = request.names.clone();
        let Some(module) = self.modules.get(name) else {
            return names;
        };
        if !seen.insert(name.to_owned()) {
            return names;
        }
        let path = module.found.path.clone();
        let stars = match &module.compiled.kind {
            Kind::CommonJs { exports } => {
                names.extend(exports.iter().cloned());
                names.insert("default".into());
                Vec::new()
            }
            Kind::Module => {
                let (own, stars) = mocks::exports(&module.compiled.text);
                names.extend(own);
                stars
            }
        };
        for specifier in stars {
            let Ok(Some(found)) = self.resolver.resolve(&path, &specifier, Way::Import) else {
                continue;
            };
            // What cannot be loaded is told of when the actual module is.
            if let Ok(other) = self.load_file(&found, None) {
                let mut others = self.exports(&other, &Request::default(), seen);
                others.remove("default");
                names.append(&mut others);
            }
        }
        names
    }

    /// What was loaded, for a source map: the name, the source, and the way back to it.
    pub fn sources(&self) -> Vec<(String, String, Option<Map>)> {
        let modules = self.modules.iter().filter(|(_, module)| module.is_code);
        let mut sources: Vec<_> = modules
            .map(|(name, Module { compiled, .. })| {
                (name.clone(), compiled.source.clone(), compiled.map.clone())
            })
            .collect();
        sources.sort_unstable_by(|(a, ..), (b, ..)| a.cmp(b));
        sources
    }

    /// Translates a place in a module as the engine knows it into one in the author's file.
    pub fn original(&self, error: JsError) -> JsError {
        let error = self.linking(error);
        if error.frame.is_some() {
            return error;
        }
        let mut error = position::original(error, |name| {
            let module = self.modules.get(name)?;
            Some((
                module.compiled.map.as_ref(),
                module.compiled.source.as_str(),
            ))
        });
        if error.file.is_none() {
            // What is wrong with the plugin as a whole, no exception of its code.
            for class in ["Error: ", "TypeError: "] {
                if let Some(rest) = error.message.strip_prefix(class) {
                    error.message = rest.to_owned();
                }
            }
        } else if let Some(hint) = about_global(&error.message) {
            error.message = format!("{}; {hint}", error.message);
        }
        error
    }

    /// Finds the place of an error about what a module imports, which the engine does not know.
    fn linking(&self, mut error: JsError) -> JsError {
        if error.file.is_some() {
            return error;
        }
        let message = error.message.clone();
        let of_engine = message
            .split_once(" imports ")
            .and_then(|(referrer, rest)| {
                let specifier = rest.split_once(", which ")?.0;
                Some((referrer.strip_prefix("TypeError: ")?, specifier))
            });
        if let Some((referrer, specifier)) = of_engine
            && let Some(module) = self.modules.get(referrer)
            && let Some(request) = module.compiled.requests.get(specifier)
        {
            let todo = message.rsplit("; ").next().unwrap_or_default();
            error.message = format!("the world does not import {specifier}; {todo}");
            return self.at(referrer, request, error);
        }
        let missing = message
            .strip_prefix("SyntaxError: Could not find export '")
            .and_then(|rest| rest.split_once("' in module '"))
            .and_then(|(name, rest)| Some((name, rest.split_once('\'')?.0)));
        let Some((name, target)) = missing else {
            return error;
        };
        let exported = self
            .modules
            .get(target)
            .map_or_else(BTreeSet::new, |module| {
                requests::exported(&module.compiled.source)
            });
        let exported: Vec<&str> = exported.iter().map(String::as_str).collect();
        let meant = match nearest(name, &exported) {
            Some(near) => format!("; is `{near}` meant?"),
            None if exported.is_empty() => "; it exports nothing".to_owned(),
            None => format!("; it exports {}", exported.join(", ")),
        };
        error.message = format!("{target} does not export `{name}`{meant}");
        let mut asking: Vec<(&String, &Module)> = self.modules.iter().collect();
        asking.sort_by_key(|(name, _)| *name);
        for (referrer, module) in asking {
            let from = self.path_of(referrer);
            let mut requests = module.compiled.requests.iter();
            let found = requests.find(|(specifier, request)| {
                let resolved = self.resolver.finds(&from, specifier);
                request.names.contains(name)
                    && resolved.is_some_and(|path| self.names.name(&path) == target)
            });
            if let Some((_, request)) = found {
                let source = module.compiled.source.as_str();
                return match position::word_before(source, name, &request.literal) {
                    Some((line, column)) => JsError {
                        file: Some(referrer.clone()),
                        line: Some(line),
                        column: Some(column),
                        frame: position::frame(source, line, column),
                        ..error
                    },
                    None => self.at(referrer, request, error),
                };
            }
        }
        error
    }

    /// The text of a module that has been loaded.
    fn source(&self, name: &str) -> Source {
        let text = self.modules.get(name).map(|module| {
            let wrapped = module.wrapped.as_ref();
            wrapped.unwrap_or(&module.compiled.text).clone()
        });
        Source {
            name: name.to_owned(),
            text: text.unwrap_or_default(),
        }
    }

    fn path_of(&self, name: &str) -> PathBuf {
        match self.modules.get(name) {
            Some(module) => module.found.path.clone(),
            None => self.names.path(name),
        }
    }

    /// Reads and compiles a file, unless that has been done, and what it requires; gives its name.
    fn load_file(&mut self, found: &Found, attribute: Option<&str>) -> Result<String, JsError> {
        let name = self.names.name(&found.path);
        if self.modules.contains_key(&name) {
            return Ok(name);
        }
        self.inputs.add(&found.path);
        let data = data::kind(&found.path, attribute);
        let is_code = data.is_none();
        let compiled = match data {
            Some(kind) => Arc::new(data::compile(&found.path, &name, kind)?),
            None => {
                let started = Instant::now();
                let compiled = self.compile(&name, found);
                self.timings.add("compile", started.elapsed());
                compiled?
            }
        };
        let is_commonjs = matches!(compiled.kind, Kind::CommonJs { .. });
        let module = Module {
            found: found.clone(),
            compiled,
            wrapped: None,
            is_code,
        };
        self.modules.insert(name.clone(), module);
        if is_commonjs {
            self.wrap(&name)?;
        }
        Ok(name)
    }

    /// Reads and compiles a file of code, unless it was compiled for a build before.
    fn compile(&self, name: &str, found: &Found) -> Result<Arc<Compiled>, JsError> {
        let text = data::read_text(&found.path, name)?;
        let options = compile::Options {
            minify: self.minify,
            typescript: self.resolver.typescript(&found.path),
        };
        let circumstances = format!("{name} {found:?} {options:?}");
        if let Some(compiled) = self.kept.module(&found.path, &circumstances, &text) {
            return Ok(compiled);
        }
        let compiled = Arc::new(compile::compile(name, found, text, &options)?);
        self.kept.keep(&found.path, circumstances, compiled.clone());
        Ok(compiled)
    }

    /// Makes a module of a CommonJS file. What it requires is found now: a `require` cannot wait.
    fn wrap(&mut self, name: &str) -> Result<(), JsError> {
        let Some(module) = self.modules.get(name) else {
            return Ok(());
        };
        let mut specifiers: Vec<String> = module.compiled.requests.keys().cloned().collect();
        specifiers.sort();
        let path = module.found.path.clone();
        let mut required = Vec::new();
        for specifier in specifiers {
            let target = if outwit_descriptor::is_interface_name(&specifier) {
                commonjs::Target::Interface
            } else {
                match self.resolver.resolve(&path, &specifier, Way::Require) {
                    Ok(None) => commonjs::Target::Empty,
                    Ok(Some(found)) => {
                        let target = self.load_file(&found, None)?;
                        match self
                            .modules
                            .get(&target)
                            .map(|module| &module.compiled.kind)
                        {
                            Some(Kind::CommonJs { .. }) => commonjs::Target::CommonJs(target),
                            _ if data::kind(&found.path, None).is_some() => {
                                commonjs::Target::Data(target)
                            }
                            _ => commonjs::Target::Module(target),
                        }
                    }
                    // packages try what may not be there, and go on without
                    Err(failure) => {
                        commonjs::Target::Missing(node::explain(&path, &specifier, &failure))
                    }
                }
            };
            required.push((specifier, target));
        }
        if let Some(module) = self.modules.get_mut(name) {
            module.wrapped = Some(commonjs::wrap(name, &module.compiled.text, &required));
        }
        Ok(())
    }

    /// Whether `import` in this module sees a CommonJS file as Node.js shows it: all of it as the default export.
    fn is_like_node(&self, referrer: &str) -> bool {
        let module = self.modules.get(referrer);
        module.is_some_and(|module| module.found.is_module)
    }

    fn missing(
        &self,
        referrer: &str,
        specifier: &str,
        request: &Request,
        failure: Failure,
    ) -> JsError {
        let message = node::explain(&self.path_of(referrer), specifier, &failure);
        self.at(
            referrer,
            request,
            JsError {
                message,
                ..JsError::default()
            },
        )
    }

    /// Says that an error is where a module is imported, unless it says where it is.
    fn at(&self, referrer: &str, request: &Request, error: JsError) -> JsError {
        if error.file.is_some() {
            return error;
        }
        let source = self
            .modules
            .get(referrer)
            .map(|module| module.compiled.source.as_str());
        let place = source.and_then(|source| position::find(source, &request.literal));
        JsError {
            file: Some(referrer.to_owned()),
            line: place.map(|(line, _)| line),
            column: place.map(|(_, column)| column),
            frame: place.and_then(|(line, column)| position::frame(source?, line, column)),
            ..error
        }
    }
}

/// For a module that needs no translation.
fn plain(text: String) -> Compiled {
    Compiled {
        kind: Kind::Module,
        source: text.clone(),
        text,
        map: None::<Map>,
        requests: HashMap::new(),
    }
}

#[cfg(test)]
mod tests;
