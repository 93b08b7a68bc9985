//! `outwit profile`: where the time of calls goes.
//!
//! The host counts the ticks in which a plugin computes. A plugin in Rust is looked at on each tick: its WebAssembly frames. One in JavaScript
//! tells its own frames, by the way that a debugger has, the next time that its engine asks.

mod flamegraph;
mod stacks;

use crate::debug::Places;
use crate::grants::Grants;
use crate::run::Loaded;
use crate::target::Target;
use anyhow::Result;
use outwit::debug::{Answer, Debugger, Teller, WAKE};
use outwit::{Host, Manifest, async_trait};
use outwit_quickjs::source_map::SourceMaps;
use serde_json::{Value, json};
use stacks::Stacks;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Show where the time of calls goes, and draw a flamegraph
///
/// Prints which functions took how long and how often they were called, and writes a flamegraph. A plugin is looked at each millisecond
/// that it computes, so what is shorter has to be called more than once: --times. Functions of plugins in Rust are known if the crate was built
/// with their names.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  outwit profile plugin.wasm 'render(\"# Hello\")' --times 1000
  outwit profile plugin.wasm 'render(\"# Hello\")' --folded > stacks.txt
  outwit profile outwit.toml 'theme:page(\"Home\")' --times 100")]
pub struct Args {
    /// An app's outwit.toml or its folder, or a component
    target: PathBuf,
    /// [PLUGIN:][INTERFACE.]FUNCTION(ARGUMENTS), as for `outwit call`
    call: String,
    /// How often to call it
    #[arg(long, default_value_t = 1, value_name = "NUMBER")]
    times: u32,
    /// Where to write the flamegraph
    #[arg(short, long, value_name = "OUT.svg", default_value = "profile.svg")]
    output: PathBuf,
    /// Print the stacks with their milliseconds, one a line, and write no flamegraph
    #[arg(long)]
    folded: bool,
    #[command(flatten)]
    grants: Grants,
}

pub fn run(args: &Args) -> Result<ExitCode> {
    let target = Target::of(&args.target)?;
    let profiler = Arc::new(Profiler {
        components: components(&target)?,
        state: Mutex::default(),
    });
    let host = Host::system().with_debugger(profiler.clone());
    let Loaded { app, single } = crate::run::app_on(&args.target, &args.grants, &[], Some(host))?;
    crate::run::block_on(async {
        for _ in 0..args.times {
            crate::call::call(&app, single, &args.call).await?;
        }
        // what was counted is told when it is asked
        for plugin in profiler.in_javascript() {
            app.call(&plugin, None, WAKE, &[]).await?;
        }
        Ok(())
    })?;
    let state = profiler.state();
    if args.folded {
        return crate::out(&state.stacks.folded());
    }
    let title = format!("{} {}", args.target.display(), args.call);
    crate::files::write(&args.output, flamegraph::draw(&state.stacks, &title))?;
    let mut text = state.table();
    let _ = writeln!(text, "\nwrote {}", args.output.display());
    crate::out(&text)
}

/// The plugins by their names; a component by itself has none that matters.
fn components(target: &Target) -> Result<BTreeMap<String, PathBuf>> {
    Ok(match target {
        Target::App(manifest) => {
            let manifest = Manifest::load(manifest)?;
            let plugins = manifest.plugins();
            plugins
                .map(|entry| (entry.name().to_owned(), entry.path().to_owned()))
                .collect()
        }
        Target::Component(path) | Target::Script(path) => {
            BTreeMap::from([(String::new(), path.clone())])
        }
    })
}

/// Collects samples and counts.
struct Profiler {
    components: BTreeMap<String, PathBuf>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// Plugins with an engine that has asked for an agent: until that is there, what they compute is its start.
    attached: BTreeSet<String>,
    stacks: Stacks,
    /// How often each function was called, by its name.
    counts: BTreeMap<String, u64>,
    scripts: BTreeMap<String, Script>,
}

/// A plugin in JavaScript.
struct Script {
    places: Places,
    /// Ticks that no sample stands for yet.
    due: u64,
}

impl Profiler {
    fn in_javascript(&self) -> Vec<String> {
        self.state().scripts.keys().cloned().collect()
    }

    /// What stands below the functions of a plugin, where there is more than one.
    fn root(&self, plugin: &str) -> Option<String> {
        (self.components.len() > 1).then(|| format!("{plugin}:"))
    }

    fn source_maps(&self, plugin: &str) -> SourceMaps {
        let file = self
            .components
            .get(plugin)
            .or_else(|| self.components.get(""));
        // It was read to be loaded.
        let component = file.and_then(|file| std::fs::read(file).ok());
        SourceMaps::of(&component.unwrap_or_default())
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Debugger for Profiler {
    async fn exchange(&self, teller: &Teller<'_>, message: String) -> Answer {
        if teller.component > 0 {
            return Answer::default();
        }
        let plugin = teller.plugin;
        let answer = |text: String| Answer {
            text,
            stopped: true,
        };
        let mut state = self.state();
        match message.as_str() {
            "attach" => {
                state.attached.insert(plugin.to_owned());
                return answer(format!("{}\0", crate::debug::AGENT));
            }
            "poll"
                if state
                    .scripts
                    .get(plugin)
                    .is_none_or(|script| script.due == 0) =>
            {
                return Answer::default();
            }
            "poll" => return answer("poll".into()),
            _ => {}
        }
        let message: Value = serde_json::from_str(&message).unwrap_or_default();
        match message["t"].as_str() {
            Some("hello") => {
                let places = Places::new(self.source_maps(plugin), &message["functions"], &[]);
                let all: Vec<_> = (0..places.functions.len()).map(|f| (f, 0)).collect();
                let script = Script { places, due: 0 };
                state.scripts.insert(plugin.to_owned(), script);
                answer(json!({ "counts": all, "polls": true }).to_string())
            }
            Some("poll") => answer(json!({ "frames": 0 }).to_string()),
            Some("idle") => answer(json!({ "counts": 0 }).to_string()),
            Some("answer") => {
                state.take(plugin, self.root(plugin), &message["value"]);
                Answer {
                    text: json!({ "go": 0 }).to_string(),
                    stopped: false,
                }
            }
            _ => Answer::default(),
        }
    }

    fn sample(&self, plugin: &str, frames: &[String]) {
        let mut state = self.state();
        if let Some(script) = state.scripts.get_mut(plugin) {
            script.due += 1;
        } else if !state.attached.contains(plugin) {
            let frames = frames.iter().rev().cloned();
            let stack = self.root(plugin).into_iter().chain(frames).collect();
            state.stacks.add(stack, 1);
        }
    }

    fn samples(&self) -> bool {
        true
    }
}

impl State {
    /// Takes what the agent answered: frames, or counts.
    fn take(&mut self, plugin: &str, root: Option<String>, value: &Value) {
        let Some(Script { places, due }) = self.scripts.get_mut(plugin) else {
            return;
        };
        let entries = value.as_array().map_or(&[][..], Vec::as_slice);
        if entries.iter().any(Value::is_number) {
            let counts = entries
                .iter()
                .map(|count| count.as_u64().unwrap_or_default());
            let named = places
                .functions
                .iter()
                .map(|function| places.title(function));
            for (name, count) in named.zip(counts).filter(|(_, count)| *count > 0) {
                *self.counts.entry(name).or_default() += count;
            }
            return;
        }
        let frames = entries.iter().rev().filter_map(|frame| {
            if frame["waits"] == json!(true) {
                return None;
            }
            let index = frame["f"]
                .as_u64()
                .and_then(|index| usize::try_from(index).ok());
            let known = index.and_then(|index| places.functions.get(index));
            let name = frame["name"].as_str().unwrap_or_default();
            match (known, frame["file"].as_str()) {
                (Some(function), _) => Some(places.title(function)),
                (None, Some(file)) if name.is_empty() => Some(file.to_owned()),
                (None, Some(file)) => Some(format!("{name} ({file})")),
                (None, None) if name.is_empty() => None,
                (None, None) => Some(format!("{name} (native)")),
            }
        });
        let stack = root.into_iter().chain(frames).collect();
        self.stacks.add(stack, std::mem::take(due));
    }

    fn table(&self) -> String {
        const MOST: usize = 30;
        let mut rows = self.stacks.functions();
        for (name, count) in &self.counts {
            rows.entry(name.clone()).or_default().calls = *count;
        }
        let mut rows: Vec<_> = rows.into_iter().collect();
        rows.sort_by(|(a_name, a), (b_name, b)| {
            let key = |row: &stacks::Row| (row.own, row.total, row.calls);
            key(b).cmp(&key(a)).then_with(|| a_name.cmp(b_name))
        });
        let mut text = String::from("   self ms  total ms      calls  function\n");
        for (name, row) in rows.iter().take(MOST) {
            let calls = match row.calls {
                0 => String::from("-"),
                calls => calls.to_string(),
            };
            let _ = writeln!(text, "{:>10}{:>10}{calls:>11}  {name}", row.own, row.total);
        }
        if rows.len() > MOST {
            let _ = writeln!(text, "… and {} more", rows.len() - MOST);
        }
        text
    }
}
