//! Debuggers: what stops plugins in JavaScript, looks into them, and lets them go on.
//!
//! A host with a [`Debugger`] gives each of its plugins one import more, by which the plugin's engine tells what happened and asks what
//! to do (see `outwit_quickjs::debug`). No plugin gets it otherwise, and none needs a grant for it: it is the application that
//! debugs. What is told and asked is between the two of them; the command `outwit` has such a debugger.

use std::sync::Arc;

use async_trait::async_trait;
use outwit_quickjs::debug::{COMPONENTS, IMPORT, exchange_of};
use wasmtime::StoreContextMut;
use wasmtime::component::Linker;

use crate::engine::Engine;
use crate::error::{Error, Result};
use crate::host::Host;
use crate::plugin::Plugin;
use crate::state::State;

pub use outwit_quickjs::debug::WAKE;

/// What a debugger answers.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Answer {
    /// For the plugin's engine.
    pub text: String,
    /// Whether the plugin stays stopped: the engine has something to do for the debugger, and will ask again. Neither its computing
    /// time nor the duration of the call counts meanwhile.
    pub stopped: bool,
}

/// Who tells a debugger something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Teller<'a> {
    /// The plugin.
    pub plugin: &'a str,
    /// Its instance, as [`Debugger::begin`] numbered it.
    pub instance: u64,
    /// 0 for the plugin itself; in one that was composed of others, the number of the component inside
    /// (see `outwit_quickjs::debug::component`).
    pub component: usize,
}

/// A debugger of plugins. While a host has one, plugins that a manifest fuses have stores of their own: what they do is the same.
#[async_trait]
pub trait Debugger: Send + Sync + 'static {
    /// An instance of `plugin` has come into being: gives the number that it is known by.
    fn begin(&self, plugin: &str) -> u64 {
        let _ = plugin;
        0
    }

    /// The instance of this number is no more.
    fn end(&self, instance: u64) {
        let _ = instance;
    }

    /// Takes what an instance tells; it goes on when this has answered.
    async fn exchange(&self, teller: &Teller<'_>, message: String) -> Answer;

    /// An instance of `plugin` has computed for one more [tick](crate::EngineBuilder::tick), and is now in these WebAssembly
    /// functions, youngest first. Called for each tick if [`Debugger::samples`].
    fn sample(&self, plugin: &str, frames: &[String]) {
        let _ = (plugin, frames);
    }

    /// Whether it wants samples.
    fn samples(&self) -> bool {
        false
    }
}

/// What an instance has of its debugger.
#[derive(Default)]
pub(crate) struct Debugging {
    pub(crate) debugger: Option<Arc<dyn Debugger>>,
    /// Its number, once it has told something.
    instance: Option<u64>,
    /// The computing time at which it stopped, in ticks.
    stopped_at: Option<u64>,
}

impl Debugging {
    pub(crate) fn new(host: &Host) -> Debugging {
        Debugging {
            debugger: host.debugger.clone(),
            instance: None,
            stopped_at: None,
        }
    }
}

impl Drop for Debugging {
    fn drop(&mut self) {
        if let (Some(debugger), Some(instance)) = (&self.debugger, self.instance) {
            debugger.end(instance);
        }
    }
}

/// The plugin as it is loaded where there is a debugger: all of those in JavaScript whose engine knows debuggers can be debugged.
pub(crate) fn prepare(plugin: Plugin, host: &Host) -> Result<Plugin> {
    if host.debugger.is_none() {
        return Ok(plugin);
    }
    match outwit_quickjs::debug::instrument(plugin.bytes()) {
        Some(bytes) => {
            let engine: Engine = plugin.engine().clone();
            Plugin::unlimited(&engine, plugin.name().to_string(), bytes)
        }
        None => Ok(plugin),
    }
}

/// Whether an import is the debugger's.
pub(crate) fn is_import(name: &str, host: &Host) -> bool {
    name == IMPORT && host.debugger.is_some()
}

/// Links the debugger, if there is one.
pub(crate) fn link(linker: &mut Linker<State>, host: &Host) -> Result<()> {
    if host.debugger.is_none() {
        return Ok(());
    }
    let define = |linker: &mut Linker<State>| {
        let mut instance = linker.instance(IMPORT)?;
        for component in 0..COMPONENTS {
            instance.func_wrap_async(
                &exchange_of(component),
                move |mut store: StoreContextMut<'_, State>, (message,): (String,)| {
                    Box::new(async move { Ok((exchange(&mut store, component, message).await,)) })
                },
            )?;
        }
        Ok(())
    };
    define(linker).map_err(|e: wasmtime::Error| Error::Engine {
        message: format!("cannot define the debugger's interface: {e:#}"),
    })
}

async fn exchange(
    store: &mut StoreContextMut<'_, State>,
    component: usize,
    message: String,
) -> String {
    let state = store.data_mut();
    let Some(debugger) = state.debugging.debugger.clone() else {
        return String::new();
    };
    let plugin = state.meter.plugin().clone();
    let begin = || debugger.begin(&plugin);
    let instance = *state.debugging.instance.get_or_insert_with(begin);
    let teller = Teller {
        plugin: &plugin,
        instance,
        component,
    };
    // what the engine computed for the debugger does not count
    if let Some(ticks) = state.debugging.stopped_at {
        state.meter.set_cpu_ticks(ticks);
    }
    let gate = state.gate.clone();
    let answer = {
        let _open = gate.open();
        debugger.exchange(&teller, message).await
    };
    let state = store.data_mut();
    let ticks = state.meter.cpu_ticks();
    state.debugging.stopped_at = match answer.stopped {
        true => Some(state.debugging.stopped_at.unwrap_or(ticks)),
        false => None,
    };
    answer.text
}
