//! Lines in a sandbox of their own, built for the session, which is linked to the plugin: calls cross the same boundary as those of any
//! plugin.

use super::{Console, Lines, NAME, PATIENCE, explain_end, world};
use crate::grants::Grants;
use anyhow::{Result, anyhow};
use outwit::{App, Engine, Host, Manifest, Val};
use std::path::Path;
use std::sync::Arc;
use tokio::runtime::Runtime;

/// The app with the plugin of the session in it.
pub struct Outside {
    runtime: Runtime,
    app: App,
    name: String,
    greeting: String,
}

impl Outside {
    /// Builds the sandbox in `folder` and starts it, with the plugin of this manifest if there is one.
    pub fn start(
        engine: &Engine,
        grants: &Grants,
        folder: &Path,
        provider: Option<(&Manifest, &str)>,
    ) -> Result<Outside> {
        let runtime = super::runtime()?;
        let host = Host::system().with_console(Arc::new(Console));
        let mut builder = App::builder(engine).host(host);
        let mut bytes = None;
        let mut taken = Vec::new();
        if let Some((manifest, provider)) = provider {
            builder = builder.manifest(manifest)?;
            bytes = Some(manifest.open(engine, provider)?.bytes().to_vec());
            taken.extend(manifest.plugins().map(|p| p.name().to_owned()));
        }
        let name = crate::grants::name_of(Path::new(NAME), |name| taken.iter().any(|t| t == name));
        let component = folder.join("repl.wasm");
        let grants = grants.for_session(PATIENCE);
        let session = grants.manifest(&name, &component, &[])?;
        let granted = session.plugins().next().map(outwit::Entry::grants).cloned();
        let granted = granted.unwrap_or_default();
        let names = world::build(folder, bytes.as_deref(), |c| granted.has(c))?;
        let app = builder.manifest(&session)?.build()?;
        let globals: Vec<&str> = names
            .interfaces
            .keys()
            .chain(names.functions.keys())
            .map(String::as_str)
            .collect();
        Ok(Outside {
            runtime,
            app,
            name,
            greeting: match globals.is_empty() {
                true => String::from("evaluates JavaScript; Ctrl+D ends it"),
                false => format!("has {}; Ctrl+D ends it", globals.join(", ")),
            },
        })
    }
}

impl Lines for Outside {
    fn greeting(&self) -> String {
        self.greeting.clone()
    }

    fn evaluate(&self, line: &str) -> Result<bool> {
        let args = [Val::String(line.to_owned())];
        let outcome = self.runtime.block_on(async {
            tokio::select! {
                // Listened for before anything is evaluated.
                biased;
                _ = tokio::signal::ctrl_c() => None,
                outcome = self.app.call(&self.name, None, "evaluate", &args) => Some(outcome),
            }
        });
        match outcome {
            Some(Ok(values)) => Ok(values == [Val::Bool(true)]),
            Some(Err(error)) => Err(explain_end(crate::run::explain(error, true))),
            None => Err(explain_end(anyhow!("given up"))),
        }
    }

    fn complete(&self, before: &str) -> Vec<String> {
        let args = [Val::String(before.to_owned())];
        let called = self.app.call(&self.name, None, "complete", &args);
        // No completion is no reason to disturb who types.
        let values = self.runtime.block_on(called).unwrap_or_default();
        let Some(Val::List(names)) = values.into_iter().next() else {
            return Vec::new();
        };
        let texts = names.into_iter().filter_map(|name| match name {
            Val::String(name) => Some(name),
            _ => None,
        });
        texts.collect()
    }
}
