//! `outwit inspect`: what a component is and what it asks for.

use crate::build::human_size;
use crate::grants::Grants;
use crate::out;
use crate::target::Target;
use anyhow::{Context, Result, bail};
use std::fmt::Write;
use std::path::PathBuf;
use std::process::ExitCode;
use wit_component::{DecodedWasm, WitPrinter};

/// Show a component's world, the capabilities it asks for, its engine, size and digest
#[derive(clap::Args)]
#[command(after_help = "Examples:
  outwit inspect theme.wasm
  outwit inspect theme.wasm --wit
  outwit inspect theme.wasm --json
  outwit inspect theme.wasm --memory --call 'page(\"a\")'")]
pub struct Args {
    /// A component
    component: PathBuf,
    /// Print the component's world as WIT, and nothing else
    #[arg(long, conflicts_with = "json")]
    wit: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
    /// Instantiate it, and show what its memory holds by kind, and nothing else
    #[arg(long, conflicts_with = "wit")]
    memory: bool,
    /// With --memory: a call, as for `outwit call`, after which to look once more
    #[arg(long, requires = "memory")]
    call: Option<String>,
    #[command(flatten)]
    grants: Grants,
}

pub fn run(args: &Args) -> Result<ExitCode> {
    let engine = crate::run::engine()?;
    let path = Target::component(&args.component)?;
    if args.memory {
        return out(&crate::memory::show(
            &path,
            &args.grants,
            args.call.as_deref(),
            args.json,
        )?);
    }
    if args.grants.any() {
        bail!("--grant, --dir and --limit are for --memory: nothing else runs the component");
    }
    let name = crate::grants::name_of(&path, |_| false);
    let plugin = outwit::Plugin::from_file(&engine, name, &path)
        .map_err(|error| crate::run::of_file(error, &path))?;
    if args.wit {
        return out(&wit(plugin.bytes())?);
    }
    let imports: Vec<(&str, Option<&str>)> = plugin
        .imports()
        .iter()
        .map(|import| (import.name(), capability_of(import)))
        .collect();
    let exports: Vec<&str> = plugin.exports().iter().map(outwit::Extern::name).collect();
    let functions: Vec<String> = plugin
        .functions()?
        .iter()
        .map(|function| format!("{}: {}", function.full_name(), function.signature()))
        .collect();
    if args.json {
        let imports: Vec<_> = imports
            .iter()
            .map(|(name, capability)| serde_json::json!({ "name": name, "capability": capability }))
            .collect();
        let json = serde_json::json!({
            "file": args.component,
            "language": plugin.language().to_string(),
            "size": plugin.bytes().len(),
            "sha256": plugin.digest(),
            "imports": imports,
            "exports": exports,
            "functions": functions,
        });
        return crate::out_json(&json);
    }

    let mut text = format!(
        "{}\n  size      {}\n  sha256    {}\n  engine    {}\n",
        path.display(),
        human_size(plugin.bytes().len()),
        plugin.digest(),
        engine_of(plugin.language())
    );
    text.push_str(if imports.is_empty() {
        "  imports   nothing\n"
    } else {
        "  imports\n"
    });
    for (name, capability) in imports {
        match capability {
            Some(capability) => writeln!(text, "    {name}  (capability: {capability})")?,
            None => writeln!(text, "    {name}")?,
        }
    }
    text.push_str(if functions.is_empty() {
        "  exports   nothing\n"
    } else {
        "  exports\n"
    });
    for function in functions {
        writeln!(text, "    {function}")?;
    }
    out(&text)
}

/// The key in a manifest that would grant an import.
fn capability_of(import: &outwit::Extern) -> Option<&'static str> {
    Some(import.capability()?.name())
}

fn engine_of(language: outwit::Language) -> &'static str {
    match language {
        outwit::Language::JavaScript => "QuickJS (a JavaScript plugin)",
        _ => "none (compiled code)",
    }
}

fn wit(component: &[u8]) -> Result<String> {
    let decoded = wit_component::decode(component).context("cannot read the component's world")?;
    let main = match &decoded {
        DecodedWasm::WitPackage(_, package) => *package,
        DecodedWasm::Component(resolve, world) => resolve.worlds[*world]
            .package
            .context("the component's world has no package")?,
    };
    let resolve = decoded.resolve();
    let dependencies: Vec<_> = resolve
        .packages
        .iter()
        .map(|(id, _)| id)
        .filter(|id| *id != main)
        .collect();
    let mut printer = WitPrinter::default();
    printer.print(resolve, main, &dependencies)?;
    Ok(printer.output.to_string())
}
