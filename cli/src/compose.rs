//! `outwit compose`: several components into one.

use crate::build::human_size;
use crate::grants::name_of;
use crate::target::Target;
use anyhow::{Result, anyhow, bail};
use outwit::{ComposedExports, Extern, Plugin, PluginConfig};
use std::path::PathBuf;
use std::process::ExitCode;

/// Compose several components into one
///
/// Each component's imports are satisfied by the exports of the others; what none of them exports, the
/// composed component imports. Only what the first one exports stays exported.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  outwit compose theme.wasm markdown.wasm -o page.wasm")]
pub struct Args {
    /// The components, the one that is to be called first
    #[arg(required = true, num_args = 2..)]
    components: Vec<PathBuf>,
    /// Export what any of them exports, not only the first
    #[arg(long)]
    export_all: bool,
    /// Where to write the composed component
    #[arg(short, long, value_name = "OUT.wasm")]
    output: PathBuf,
}

pub fn run(args: &Args) -> Result<ExitCode> {
    let engine = crate::run::engine()?;
    let mut plugins: Vec<(Plugin, PluginConfig)> = Vec::new();
    for path in &args.components {
        let path = Target::component(path)?;
        let name = name_of(&path, |name| plugins.iter().any(|(p, _)| p.name() == name));
        plugins.push((
            Plugin::from_file(&engine, name, &path)
                .map_err(|error| crate::run::of_file(error, &path))?,
            PluginConfig::new(),
        ));
    }
    let exports = match plugins.first() {
        Some((first, _)) if !args.export_all => ComposedExports::Of(first.name().to_owned()),
        _ => ComposedExports::All,
    };
    if !args.export_all && !any_linked(&plugins) {
        bail!(
            "there is nothing to compose: none of the components imports what another exports; \
             --export-all puts them into one nonetheless"
        );
    }
    let composed = outwit::compose(&plugins, &exports).map_err(explain)?;
    crate::files::write(&args.output, &composed)?;
    eprintln!(
        "composed {} ({})",
        args.output.display(),
        human_size(composed.len())
    );
    Ok(ExitCode::SUCCESS)
}

/// Says what to do on the command line, where there is no manifest to change.
fn explain(error: outwit::Error) -> anyhow::Error {
    match error {
        outwit::Error::AmbiguousProvider {
            plugin,
            interface,
            candidates,
        } => anyhow!(
            "plugin `{plugin}` imports `{interface}`, which is exported by {}; compose it with one of them only",
            candidates.join(", ")
        ),
        error => error.into(),
    }
}

/// Whether any component imports what another one exports.
fn any_linked(plugins: &[(Plugin, PluginConfig)]) -> bool {
    let fits = |import: &Extern, export: &Extern| match (import.interface(), export.interface()) {
        (Some(import), Some(export)) => import.fits(&export),
        _ => import.name() == export.name(),
    };
    plugins.iter().any(|(importer, _)| {
        let others = plugins.iter().filter(|(p, _)| p.name() != importer.name());
        others.into_iter().any(|(exporter, _)| {
            let exports = exporter.exports();
            let provided = |import| exports.iter().any(|export| fits(import, export));
            importer.imports().iter().any(provided)
        })
    })
}
