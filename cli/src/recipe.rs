//! Builds what a recipe says, and knows which files it was made of.

use crate::progress::Progress;
use anyhow::{Result, bail};
use outwit::Recipe;
use outwit_js::{Inputs, Kept, Timings};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// A build that has ended, well or not.
pub struct Outcome {
    pub result: Result<Built>,
    /// The files it depends on, as far as they are known.
    pub inputs: BTreeSet<PathBuf>,
}

/// A component that was built.
pub struct Built {
    pub size: usize,
    pub took: Duration,
    /// How long each step of it took.
    pub timings: Timings,
}

/// What to show while these are built. Cargo says itself what it does.
pub fn progress<'a>(recipes: impl Iterator<Item = &'a Recipe>) -> Option<Progress> {
    let sources = recipes.filter(|recipe| !recipe.source.is_dir());
    let sources: Vec<String> = sources.map(|r| r.source.display().to_string()).collect();
    (!sources.is_empty()).then(|| Progress::start(format!("building {}", sources.join(", "))))
}

/// Makes the folder of a component that a manifest names, where nobody could have made it by hand yet.
pub fn make_folder(output: &Path) {
    if let Some(folder) = output.parent().filter(|f| !f.as_os_str().is_empty()) {
        // If this fails, so does writing into it, with a message that says where.
        let _ = std::fs::create_dir_all(folder);
    }
}

const EXTENSIONS: [&str; 6] = ["js", "mjs", "jsx", "ts", "mts", "tsx"];

/// Builds a component and writes it to `output`. What earlier builds have left is in `kept`.
pub fn build(recipe: &Recipe, output: &Path, kept: &Kept) -> Outcome {
    let inputs = Inputs::default();
    let timings = Timings::default();
    let started = Instant::now();
    let result = build_noting(recipe, output, kept, &inputs, &timings).map(|size| Built {
        size,
        took: started.elapsed(),
        timings,
    });
    Outcome {
        result,
        inputs: inputs.take(),
    }
}

fn build_noting(
    recipe: &Recipe,
    output: &Path,
    kept: &Kept,
    inputs: &Inputs,
    timings: &Timings,
) -> Result<usize> {
    let Recipe { source, .. } = recipe;
    if source.is_dir() {
        // Here cargo says what it does.
        let build = || crate::build_rust::build_crate_noting(source, output, inputs);
        return Ok(timings.take("cargo", build)?.size);
    }
    let component = build_js(recipe, kept, inputs, timings)?;
    timings.take("write", || crate::files::replace(output, &component))?;
    Ok(component.len())
}

/// Says what has to be where WIT is not.
pub fn no_wit(wit: &Path) -> anyhow::Error {
    anyhow::anyhow!(
        "there is no WIT at {}: write the plugin's world there, or say with --wit where it is",
        wit.display()
    )
}

fn build_js(recipe: &Recipe, kept: &Kept, inputs: &Inputs, timings: &Timings) -> Result<Vec<u8>> {
    let Recipe { source, .. } = recipe;
    inputs.add(source);
    let extension = source.extension().and_then(|e| e.to_str());
    if !source.exists() {
        return Err(crate::files::missing(source));
    }
    if !extension.is_some_and(|e| EXTENSIONS.contains(&e)) {
        let hint = match extension {
            Some("wasm") => "; it is built already",
            Some("cjs" | "cts") => "; a plugin is an ES module, which may import such files",
            _ => "",
        };
        bail!(
            "{} is neither a .js, .mjs, .jsx, .ts, .mts or .tsx file nor the folder of a crate{hint}",
            source.display()
        );
    }
    let wit = match &recipe.wit {
        Some(wit) => wit.clone(),
        None => source.parent().unwrap_or(Path::new("")).join("wit"),
    };
    if !wit.exists() {
        return Err(no_wit(&wit));
    }
    let mut build = outwit_js::Build::new(source, wit)
        .minify(recipe.minify)
        .source_map(recipe.source_map);
    if let Some(world) = &recipe.world {
        build = build.world(world);
    }
    build = build.cut(match recipe.shared {
        false => outwit_js::Cut::Standalone,
        true => outwit_js::Cut::Shared,
    });
    if let Some(cache) = crate::build::cache_folder() {
        build = build.cache(cache.join("code"));
    }
    Ok(build
        .run_keeping(kept, inputs, timings)
        .map_err(|error| from_here(error, source))?)
}

/// Modules are named by their paths from the main module; errors by those from here, so that they can be opened.
fn from_here(error: outwit_js::Error, main: &Path) -> outwit_js::Error {
    let outwit_js::Error::Js(mut error) = error else {
        return error;
    };
    if let (Some(folder), Some(file)) = (main.parent(), &error.file) {
        let path = folder.join(file);
        // A package may be in a folder above.
        if path.exists() {
            error.file = Some(path.display().to_string());
        }
    }
    outwit_js::Error::Js(error)
}

/// The steps of something, as people read it: `world 2 ms, evaluate 31 ms`.
pub fn steps(timings: &Timings) -> String {
    let steps = timings.steps().into_iter().map(|(step, took)| {
        let took = took.as_secs_f64() * 1e3;
        format!("{step} {took:.1} ms")
    });
    steps.collect::<Vec<_>>().join(", ")
}
