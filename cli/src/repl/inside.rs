//! Lines in the scope of a plugin's modules: an agent in the plugin's engine evaluates them, where a debugger would be.

use super::{Lines, explain_end};
use anyhow::{Context, Result, anyhow, bail};
use outwit::debug::{Answer, Debugger, Teller, WAKE};
use outwit::{App, Engine, Host, Manifest, async_trait};
use outwit_js::Line;
use outwit_quickjs::source_map::SourceMaps;
use serde_json::{Value, json};
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::runtime::Runtime;

/// How long to wait before asking again whether what a line waits for has come.
const PAUSE: Duration = Duration::from_millis(2);
/// Frames of a stack that are ours and not the plugin's.
const OURS: [&str; 3] = ["<line>", "<agent>", "at evalIn (native)"];

pub struct Inside {
    runtime: Runtime,
    app: App,
    plugin: String,
    /// Whether the app is a single component.
    single: bool,
    agent: Arc<Agent>,
    maps: SourceMaps,
    modules: Vec<String>,
    /// The module in whose scope lines are evaluated.
    module: Mutex<String>,
}

impl Inside {
    /// Starts a plugin, if it is one whose engine lets an agent in.
    pub fn start(
        engine: &Engine,
        console: impl outwit::console::Sink,
        manifest: &Manifest,
        plugin: &str,
        single: bool,
    ) -> Result<Option<Inside>> {
        let runtime = super::runtime()?;
        let agent = Arc::new(Agent::default());
        let host = Host::system()
            .with_console(Arc::new(console))
            .with_debugger(agent.clone());
        let builder = App::builder(engine).host(host);
        let app = builder.manifest(manifest)?.build();
        let app = app.map_err(|error| match single {
            true => crate::run::explain_single(error, Path::new(plugin)),
            false => error.into(),
        })?;
        let bytes = app.plugin(plugin).map(|p| p.bytes().to_vec());
        let mut session = Inside {
            runtime,
            app,
            plugin: plugin.to_owned(),
            single,
            agent,
            maps: SourceMaps::of(&bytes.unwrap_or_default()),
            modules: Vec::new(),
            module: Mutex::default(),
        };
        let functions = session.app.functions(plugin)?;
        if !functions.iter().any(|function| function.name() == WAKE) {
            return Ok(None);
        }
        let modules = match session.ask("modules", json!({})) {
            Err(_) if !lock(&session.agent.0).is_there => return Ok(None),
            modules => modules?,
        };
        session.modules = strings(&modules);
        // The first that was loaded is the one that imports all others.
        let main = session.modules.first().cloned();
        *lock(&session.module) =
            main.context("none of the plugin's modules has a scope to evaluate lines in")?;
        Ok(Some(session))
    }

    fn module(&self) -> String {
        lock(&self.module).clone()
    }

    /// Has the agent do something. Ctrl+C gives it up, and the instance with it.
    fn ask(&self, command: &str, details: Value) -> Result<Value> {
        self.runtime.block_on(async {
            tokio::select! {
                // Listened for before anything is evaluated.
                biased;
                _ = tokio::signal::ctrl_c() => Err(explain_end(anyhow!("given up"))),
                answer = self.exchange(command, details) => answer,
            }
        })
    }

    /// Evaluates a line. Ctrl+C while it waits ends the waiting, and nothing else.
    fn ask_for_line(&self, details: Value) -> Result<Value> {
        let mut answer = self.ask("evaluate", details)?;
        while answer["waits"] == true {
            let given_up = self.runtime.block_on(async {
                tokio::select! {
                    biased;
                    _ = tokio::signal::ctrl_c() => true,
                    () = tokio::time::sleep(PAUSE) => false,
                }
            });
            if given_up {
                bail!("given up: what the line waits for goes on");
            }
            answer = self.ask("goOn", json!({}))?;
        }
        Ok(answer)
    }

    async fn exchange(&self, command: &str, details: Value) -> Result<Value> {
        self.agent.expect(json!({ command: details }));
        let ended = self.app.call(&self.plugin, None, WAKE, &[]).await;
        ended.map_err(|error| explain_end(crate::run::explain(error, self.single)))?;
        let mut answer = self.agent.answer()?;
        match answer.get("error").and_then(Value::as_str) {
            Some(error) => bail!("{error}"),
            None => Ok(answer["value"].take()),
        }
    }

    /// Shows something that was thrown, with its place in the sources.
    fn complain(&self, thrown: &Value, what: &str) {
        let stack = thrown["stack"].as_str().unwrap_or_default();
        let frames: Vec<&str> = stack
            .lines()
            .filter(|line| !line.trim().is_empty() && !OURS.iter().any(|ours| line.contains(ours)))
            .collect();
        let stack = self.maps.stack(&frames.join("\n"));
        let mut text = format!("{what}{}", thrown["message"].as_str().unwrap_or_default());
        for part in [&stack.text, &stack.frame] {
            if !part.is_empty() {
                text.push('\n');
                text.push_str(part);
            }
        }
        crate::style::write(&format!("{}\n", outwit::console::visible(&text)));
    }
}

impl Lines for Inside {
    fn greeting(&self) -> String {
        let module = self.module();
        format!("evaluates in {module}; .help lists commands, Ctrl+D ends it")
    }

    fn evaluate(&self, line: &str) -> Result<bool> {
        let line = match Line::parse(line) {
            Ok(line) => line,
            Err(error) => {
                let frame = error
                    .frame
                    .map_or(String::new(), |frame| format!("\n{frame}"));
                crate::style::write(&format!("{}{frame}\n", error.message));
                return Ok(false);
            }
        };
        let details = json!({
            "module": self.module(),
            "line": line.text,
            "declared": line.names,
            "waits": line.waits,
        });
        let answer = self.ask_for_line(details)?;
        let mut went_well = true;
        if let Some(shown) = answer["shown"].as_str() {
            crate::out(&format!("{}\n", outwit::console::visible(shown)))?;
        }
        if !answer["failed"].is_null() {
            self.complain(&answer["failed"], "");
            went_well = false;
        }
        for other in answer["others"].as_array().into_iter().flatten() {
            self.complain(other, "nobody handles this: ");
            went_well = false;
        }
        Ok(went_well)
    }

    fn complete(&self, before: &str) -> Vec<String> {
        let is_part = |c: char| c.is_alphanumeric() || c == '_' || c == '$' || c == '.';
        let start = before.trim_end_matches(is_part).len();
        let path: Vec<&str> = before.get(start..).unwrap_or_default().split('.').collect();
        let details = json!({ "module": self.module(), "path": path });
        // No completion is no reason to disturb who types.
        let found = self.ask("complete", details).unwrap_or_default();
        strings(&found)
    }

    fn commands(&self) -> &'static [(&'static str, &'static str)] {
        &[
            (
                ".call CALL",
                "call an export as another plugin does, in WAVE: .call greet(\"you\")",
            ),
            (".exports", "list the exports"),
            (
                ".module [NAME]",
                "evaluate in another module, or list the modules",
            ),
            (".names", "list what the module declares and imports"),
        ]
    }

    fn command(&self, name: &str, rest: &str) -> Result<bool> {
        match name {
            "call" => {
                let call = crate::call::call(&self.app, self.single, rest);
                let results = self.runtime.block_on(call)?;
                crate::out(&crate::call::wave(&results)?)?;
            }
            "exports" => {
                let functions = match self.app.plugin(&self.plugin) {
                    Some(plugin) => plugin.functions()?,
                    None => Vec::new(),
                };
                for function in functions.iter().filter(|f| f.name() != WAKE) {
                    crate::out(&format!(
                        "{}: {}\n",
                        function.full_name(),
                        function.signature()
                    ))?;
                }
            }
            "module" if rest.is_empty() => {
                let current = self.module();
                for module in &self.modules {
                    let mark = if *module == current { "*" } else { " " };
                    crate::out(&format!("{mark} {module}\n"))?;
                }
            }
            "module" => match self.modules.iter().find(|module| *module == rest) {
                Some(module) => lock(&self.module).clone_from(module),
                None => bail!("there is no module `{rest}`; .module lists them"),
            },
            "names" => {
                let names = self.ask("names", json!({ "module": self.module() }))?;
                crate::out(&format!("{}\n", strings(&names).join(" ")))?;
            }
            _ => return Ok(false),
        }
        Ok(true)
    }
}

fn strings(value: &Value) -> Vec<String> {
    let values = value.as_array().into_iter().flatten();
    values
        .filter_map(|v| Some(v.as_str()?.to_owned()))
        .collect()
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The way to the agent: what it is to do next, and what came of it.
#[derive(Default)]
struct Agent(Mutex<Exchange>);

#[derive(Default)]
struct Exchange {
    /// Whether an engine has asked for it.
    is_there: bool,
    command: Option<Value>,
    answer: Option<Value>,
    /// What the engine said when the agent could not start.
    trouble: Option<String>,
}

impl Agent {
    fn expect(&self, command: Value) {
        let mut exchange = lock(&self.0);
        exchange.command = Some(command);
        exchange.answer = None;
    }

    fn answer(&self) -> Result<Value> {
        let mut exchange = lock(&self.0);
        match (exchange.answer.take(), exchange.trouble.take()) {
            (Some(answer), _) => Ok(answer),
            (None, Some(trouble)) => bail!("the plugin's engine cannot evaluate lines: {trouble}"),
            (None, None) => bail!("the plugin's engine does not answer"),
        }
    }
}

#[async_trait]
impl Debugger for Agent {
    async fn exchange(&self, teller: &Teller<'_>, message: String) -> Answer {
        if teller.component > 0 {
            return Answer::default();
        }
        // What is evaluated takes as long as somebody is willing to watch it.
        let stopped = |text: String| Answer {
            text,
            stopped: true,
        };
        if message == "attach" {
            lock(&self.0).is_there = true;
            // The engine wants a NUL behind it.
            return Answer {
                text: format!("{}\0", include_str!("agent.js")),
                stopped: false,
            };
        }
        let told: Value = serde_json::from_str(&message).unwrap_or_default();
        match told["t"].as_str() {
            // Another plugin of the app has nothing to do, for only one is asked to.
            Some("idle") => {
                let command = lock(&self.0).command.take();
                stopped(command.map_or(String::new(), |command| command.to_string()))
            }
            Some("answer") => {
                lock(&self.0).answer = Some(told);
                Answer::default()
            }
            _ => {
                lock(&self.0).trouble = Some(message);
                Answer::default()
            }
        }
    }
}
