//! `outwit call`: calls one function of an app or a component, with values in WAVE syntax.

use crate::grants::Grants;
use crate::run::Loaded;
use crate::wave::Call;
use anyhow::Result;
use outwit::{App, Val};
use std::path::PathBuf;
use std::process::ExitCode;

/// Call a function of an app or a component
///
/// CALL is the function's name and its arguments in WAVE syntax. Its interface stands in front of the
/// name where more than one exports it, and in an app the plugin in front of that.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  outwit call hello.wasm 'greet(\"world\")'
  outwit call hello.wasm 'demo:g/fmt.greet(\"world\")'
  outwit call outwit.toml 'theme:demo:site/layout.page({title: \"Home\", body: \"\"})'")]
pub struct Args {
    /// An app's outwit.toml or its folder, or a component
    target: PathBuf,
    /// [PLUGIN:][INTERFACE.]FUNCTION(ARGUMENTS)
    call: String,
    #[command(flatten)]
    grants: Grants,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub fn run(args: &Args) -> Result<ExitCode> {
    let Loaded { app, single } = crate::run::app(&args.target, &args.grants, &[])?;
    let results = crate::run::block_on(call(&app, single, &args.call))?;
    if args.json {
        let results: Vec<_> = results.iter().map(crate::json::value).collect();
        return crate::out(&format!(
            "{:#}\n",
            serde_json::json!({ "results": results })
        ));
    }
    crate::out(&wave(&results)?)
}

/// Makes a call that is written in WAVE. `single` says that the app is a single component that has no name.
pub async fn call(app: &App, single: bool, text: &str) -> Result<Vec<Val>> {
    let call = Call::parse(text)?;
    let (plugin, function) = call.find(app, single)?;
    let params = call.params(&function)?;
    let (interface, name) = (function.interface(), function.name());
    let called = app.call(&plugin, interface, name, &params).await;
    called.map_err(|error| crate::run::explain(error, single))
}

/// Results in WAVE, a line each.
pub fn wave(results: &[Val]) -> Result<String> {
    let mut text = String::new();
    for value in results {
        text.push_str(&value.to_wave().map_err(anyhow::Error::from)?);
        text.push('\n');
    }
    Ok(text)
}
