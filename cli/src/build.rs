//! `outwit build`: JavaScript, TypeScript or a Rust crate into a component.

use anyhow::{Context, Result, bail};
use etcetera::BaseStrategy;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;

/// Build a plugin into a component
///
/// SOURCE is the main file of a JavaScript or TypeScript plugin (an ES module), or the folder of a Rust crate. The
/// component imports and exports what its WIT world names, and nothing else. What the main file imports may be JavaScript,
/// TypeScript, JSX, JSON, text, or a package in node_modules.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  outwit build plugin.js --wit wit -o plugin.wasm
  outwit build plugin.ts --wit wit --world theme --minify -o theme.wasm
  outwit build my-crate -o my-crate.wasm
  outwit build plugin.wasm --strip -o small.wasm")]
pub struct Args {
    /// A .js, .mjs, .jsx, .ts, .mts or .tsx file, or the folder of a crate with a Cargo.toml
    source: PathBuf,
    /// The WIT file or folder of a JavaScript plugin [default: `wit` beside SOURCE]
    #[arg(long, value_name = "PATH")]
    wit: Option<PathBuf>,
    /// The world to build for, if the WIT has more than one
    #[arg(long)]
    world: Option<String>,
    /// The form of a JavaScript plugin: with the engine inside, or without, for Outwit's host only
    #[arg(long, value_name = "FORM", default_value = "standalone")]
    cut: Cut,
    /// Make JavaScript as small as can be: shorter names, nothing that never runs
    #[arg(long)]
    minify: bool,
    /// Leave the sources of a JavaScript plugin out of the component: errors then show what its code was made into
    #[arg(long)]
    no_source_map: bool,
    /// Take the sources out of SOURCE, a component that has been built
    #[arg(long, conflicts_with_all = ["wit", "world", "cut", "minify", "no_source_map"])]
    strip: bool,
    /// Where to write the component
    #[arg(short, long, value_name = "OUT.wasm")]
    output: PathBuf,
}

/// The form of a finished JavaScript plugin.
#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Cut {
    /// Runs on any component host
    Standalone,
    /// Runs on Outwit's host of the same version, and is much smaller
    Shared,
}

pub fn run(args: &Args) -> Result<ExitCode> {
    let started = Instant::now();
    let size = if args.strip {
        strip(args)?
    } else if args.source.is_dir() {
        if args.wit.is_some() || args.world.is_some() || args.minify || args.no_source_map {
            bail!(
                "--wit, --world, --minify and --no-source-map are for JavaScript plugins; a crate names its world in its own Cargo.toml"
            );
        }
        crate::build_rust::build_crate(&args.source, &args.output)?.size
    } else {
        build_js(args)?
    };
    eprintln!(
        "built {} ({}) in {:.2} s",
        args.output.display(),
        human_size(size),
        started.elapsed().as_secs_f64()
    );
    Ok(ExitCode::SUCCESS)
}

fn build_js(args: &Args) -> Result<usize> {
    const EXTENSIONS: [&str; 6] = ["js", "mjs", "jsx", "ts", "mts", "tsx"];
    let extension = args.source.extension().and_then(|e| e.to_str());
    if args.source.exists() && !extension.is_some_and(|e| EXTENSIONS.contains(&e)) {
        bail!(
            "{} is neither a .js, .mjs, .jsx, .ts, .mts or .tsx file nor the folder of a crate",
            args.source.display()
        );
    }
    let wit = match &args.wit {
        Some(wit) => wit.clone(),
        None => args.source.parent().unwrap_or(Path::new("")).join("wit"),
    };
    if !wit.exists() {
        bail!(
            "there is no WIT at {}; say where it is with --wit",
            wit.display()
        );
    }
    let mut build = outwit_js::Build::new(&args.source, wit)
        .minify(args.minify)
        .source_map(!args.no_source_map);
    if let Some(world) = &args.world {
        build = build.world(world);
    }
    build = build.cut(match args.cut {
        Cut::Standalone => outwit_js::Cut::Standalone,
        Cut::Shared => outwit_js::Cut::Shared,
    });
    if let Some(cache) = cache_folder() {
        build = build.cache(cache);
    }
    let component = build.run()?;
    std::fs::write(&args.output, &component)
        .with_context(|| format!("cannot write {}", args.output.display()))?;
    Ok(component.len())
}

/// Takes the source maps out of a component.
fn strip(args: &Args) -> Result<usize> {
    let component = std::fs::read(&args.source)
        .with_context(|| format!("cannot read {}", args.source.display()))?;
    let stripped = outwit_quickjs::source_map::strip(&component)
        .with_context(|| format!("{} is not a component", args.source.display()))?;
    std::fs::write(&args.output, &stripped)
        .with_context(|| format!("cannot write {}", args.output.display()))?;
    Ok(stripped.len())
}

/// Where compiled code is kept between runs.
///
/// `OUTWIT_CACHE` names a folder, or is empty to keep nothing; the default is the user's cache folder.
pub fn cache_folder() -> Option<PathBuf> {
    let folder = match std::env::var_os("OUTWIT_CACHE") {
        Some(folder) if folder.is_empty() => return None,
        Some(folder) => PathBuf::from(folder),
        None => etcetera::choose_base_strategy()
            .ok()?
            .cache_dir()
            .join("outwit"),
    };
    std::path::absolute(folder).ok()
}

/// A size as people say it.
pub fn human_size(bytes: usize) -> String {
    match bytes {
        0..1_000 => format!("{bytes} B"),
        1_000..1_000_000 => format!("{:.1} kB", bytes as f64 / 1e3),
        _ => format!("{:.2} MB", bytes as f64 / 1e6),
    }
}
