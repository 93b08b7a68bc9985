//! What is debugged, and its calls.

use super::agent::Agents;
use super::places::Places;
use super::session::{Event, Session};
use crate::grants::Grants;
use crate::target::Target;
use anyhow::{Context, Result, bail};
use outwit::console::{Level, Sink};
use outwit::{App, Host, Manifest};
use outwit_quickjs::source_map::SourceMaps;
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::sync::mpsc;

/// What a launch request may say; `editors/vscode/package.json` describes the same.
pub const OPTIONS: [&str; 7] = [
    "calls",
    "grants",
    "limits",
    "plugin",
    "program",
    "sources",
    "stopOnEntry",
];

/// What is to be debugged, as far as the command line says.
#[derive(Clone)]
pub struct Launch {
    pub target: Option<PathBuf>,
    /// Of an app.
    pub plugin: Option<String>,
    pub sources: Vec<PathBuf>,
    pub calls: Vec<String>,
    pub grants: Grants,
    /// Whether it runs without a debugger.
    pub is_run_only: bool,
}

/// The components that are debugged.
#[derive(Default)]
pub struct Loaded {
    /// By plugin. A single component has whatever name.
    components: BTreeMap<String, Vec<u8>>,
    single: Option<Vec<u8>>,
    folders: Vec<PathBuf>,
    /// Those that were instantiated, in the order in which that happened first.
    met: Vec<(String, usize)>,
}

impl Loaded {
    /// Where an instance's functions come from; none if its plugin is not debugged.
    pub fn places(&mut self, plugin: &str, component: usize, functions: &Value) -> Option<Places> {
        let bytes = self.components.get(plugin).or(self.single.as_ref())?;
        let bytes = outwit_quickjs::debug::component(bytes, component)?;
        let places = Places::new(SourceMaps::of(bytes), functions, &self.folders);
        let is_it = |met: &(String, usize)| met.0 == plugin && met.1 == component;
        let number = match self.met.iter().position(is_it) {
            Some(number) => number,
            None => {
                self.met.push((plugin.to_owned(), component));
                self.met.len() - 1
            }
        };
        Some(places.numbered(number))
    }
}

impl Session {
    /// Takes what the launch request says, where the command line says nothing.
    pub fn prepare(&mut self, arguments: &Value) -> Result<()> {
        let request = Requested(arguments);
        let mut launch = self.launch.clone();
        let program = request.text("program")?;
        launch.target = launch.target.or(program.map(PathBuf::from));
        let plugin = request.text("plugin")?;
        launch.plugin = launch.plugin.or(plugin);
        let calls = request.texts("calls")?;
        if launch.calls.is_empty() {
            launch.calls = calls;
        }
        let sources = request.texts("sources")?;
        launch
            .sources
            .extend(sources.into_iter().map(PathBuf::from));
        let (grants, limits) = (request.texts("grants")?, request.texts("limits")?);
        launch.grants = launch.grants.with(grants, limits);
        launch.is_run_only = request.flag("noDebug")?;
        if request.flag("stopOnEntry")? {
            self.pauses = Some("entry");
        }
        let target = launch.target.clone().context(
            "nothing says what to debug: name a component on the command line, or as `program` in the launch request",
        )?;
        let mut loaded = Loaded {
            folders: launch.sources.clone(),
            ..Loaded::default()
        };
        loaded.folders.push(std::env::current_dir()?);
        let parent = |path: &PathBuf| path.parent().map(PathBuf::from);
        loaded.folders.extend(parent(&target));
        let read = |path: &PathBuf| {
            std::fs::read(path).with_context(|| format!("cannot read {}", path.display()))
        };
        match Target::of(&target)? {
            Target::App(manifest) => {
                let manifest = Manifest::load(manifest)?;
                let names: Vec<_> = manifest.plugins().map(|entry| entry.name()).collect();
                if let Some(plugin) = &launch.plugin
                    && !names.contains(&plugin.as_str())
                {
                    let names = names.join(", ");
                    bail!("the app has no plugin `{plugin}`; its plugins are {names}");
                }
                for entry in manifest.plugins() {
                    let is_meant = |plugin: &String| plugin == entry.name();
                    if launch.plugin.as_ref().is_none_or(is_meant) {
                        let path = entry.path().to_owned();
                        loaded.folders.extend(parent(&path));
                        let bytes = read(&path)?;
                        loaded.components.insert(entry.name().to_owned(), bytes);
                    }
                }
            }
            _ => loaded.single = Some(read(&Target::component(&target)?)?),
        }
        let mut all = loaded.components.values().chain(&loaded.single);
        if all.all(|component| SourceMaps::of(component).is_empty()) {
            let text = "there is no source map, so no breakpoint can be set: what was written in JavaScript has to be built without --no-source-map\n";
            self.print("important", text);
        }
        self.loaded = loaded;
        self.launch = launch;
        Ok(())
    }

    /// Loads what is to be debugged, and makes the calls.
    pub fn start(&mut self) {
        let launch = self.launch.clone();
        let events = self.sender.clone();
        let console = Arc::new(Console {
            events: events.clone(),
            pending: self.printed.clone(),
        });
        let mut host = Host::system().with_console(console);
        if !launch.is_run_only {
            let agents = Agents::new(events.clone(), self.wanted.clone());
            host = host.with_debugger(Arc::new(agents));
        }
        self.running = Some(tokio::spawn(async move {
            let outcome = calls(launch, host, &events).await;
            let outcome = outcome.map_err(|error| format!("{error:#}"));
            // nobody listens any more if this fails
            let _ = events.send(Event::Ended(outcome));
        }));
    }
}

/// The arguments of a launch request.
struct Requested<'a>(&'a Value);

impl Requested<'_> {
    fn get(&self, key: &str) -> Option<&Value> {
        debug_assert!(key == "noDebug" || OPTIONS.contains(&key));
        self.0.get(key).filter(|value| !value.is_null())
    }

    fn text(&self, key: &str) -> Result<Option<String>> {
        let text = |value: &Value| {
            let text = value.as_str().map(str::to_owned);
            text.with_context(|| format!("`{key}` has to be a text"))
        };
        self.get(key).map(text).transpose()
    }

    fn texts(&self, key: &str) -> Result<Vec<String>> {
        let Some(value) = self.get(key) else {
            return Ok(Vec::new());
        };
        let texts = value.as_array().and_then(|texts| {
            let texts = texts.iter().map(|text| text.as_str().map(str::to_owned));
            texts.collect::<Option<Vec<_>>>()
        });
        texts.with_context(|| format!("`{key}` has to be a list of texts"))
    }

    fn flag(&self, key: &str) -> Result<bool> {
        let flag = |value: &Value| {
            let flag = value.as_bool();
            flag.with_context(|| format!("`{key}` has to be true or false"))
        };
        Ok(self.get(key).map(flag).transpose()?.unwrap_or(false))
    }
}

async fn calls(launch: Launch, host: Host, events: &mpsc::UnboundedSender<Event>) -> Result<()> {
    let Launch {
        target,
        calls,
        grants,
        ..
    } = launch;
    let target = target.context("it was not launched")?;
    let load = move || crate::run::app_on(&target, &grants, &[], Some(host));
    let loaded = tokio::task::spawn_blocking(load).await??;
    let (app, single): (&App, bool) = (&loaded.app, loaded.single);
    if calls.is_empty() {
        let plugin = crate::run::command_of(app)
            .context("name a call behind `--`, or as `calls` in the launch request")?;
        let code = app.run(&plugin, &Vec::<String>::new()).await;
        code.map_err(|error| crate::run::explain(error, single))?;
    }
    for call in &calls {
        let results = crate::call::call(app, single, call).await?;
        let text = crate::call::wave(&results)?;
        // nobody listens any more if this fails
        let _ = events.send(Event::Printed("stdout", text));
    }
    Ok(())
}

/// Shows what the plugins print.
struct Console {
    events: mpsc::UnboundedSender<Event>,
    /// Bytes that the editor has not been told of yet.
    pending: Arc<AtomicUsize>,
}

/// What a plugin prints while more bytes than this wait for the editor is left out.
const MOST_PRINTED: usize = 8 << 20;

impl Sink for Console {
    fn write(&self, _: &str, level: Level, message: &str) {
        let category = match level {
            Level::Warn | Level::Error => "stderr",
            _ => "stdout",
        };
        let text = format!("{message}\n");
        let before = self.pending.fetch_add(text.len(), Ordering::Relaxed);
        if before > MOST_PRINTED {
            self.pending.fetch_sub(text.len(), Ordering::Relaxed);
            return;
        }
        // nobody listens any more if this fails
        let _ = self.events.send(Event::Console(category, text));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_extension_for_vs_code_knows_the_options() {
        // Read when it runs: the package of this crate does not have it.
        let package = concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/../editors/vscode/package.json"
        );
        let package = std::fs::read_to_string(package).expect("the extension is there");
        let package: Value = serde_json::from_str(&package).expect("it is JSON");
        let debugger = &package["contributes"]["debuggers"][0];
        let launch = &debugger["configurationAttributes"]["launch"];
        let described = launch["properties"].as_object().expect("an object");
        let mut described: Vec<&str> = described.keys().map(String::as_str).collect();
        described.sort_unstable();
        assert_eq!(described, OPTIONS);
    }

    #[test]
    fn what_is_scaffolded_says_what_is_read() {
        let template = include_str!("../new/templates/common/launch.json");
        let template: Value = serde_json::from_str(template).expect("it is JSON");
        for configuration in template["configurations"].as_array().expect("a list") {
            assert_eq!(configuration["type"], json!("outwit"));
            assert_eq!(configuration["request"], json!("launch"));
            let keys = configuration.as_object().expect("an object").keys();
            let own = ["name", "type", "request"];
            let mut unknown = keys.filter(|key| !own.contains(&key.as_str()));
            assert_eq!(unknown.find(|key| !OPTIONS.contains(&key.as_str())), None);
        }
    }

    #[test]
    fn options_have_types() {
        let arguments = json!({ "program": 3, "calls": ["a", 1], "stopOnEntry": "yes" });
        let request = Requested(&arguments);
        let error = request.text("program").unwrap_err();
        assert_eq!(error.to_string(), "`program` has to be a text");
        let error = request.texts("calls").unwrap_err();
        assert_eq!(error.to_string(), "`calls` has to be a list of texts");
        let error = request.flag("stopOnEntry").unwrap_err();
        assert_eq!(error.to_string(), "`stopOnEntry` has to be true or false");
        assert_eq!(request.text("plugin").unwrap(), None);
    }
}
