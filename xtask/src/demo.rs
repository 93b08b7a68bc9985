//! Renders this repository's documentation with examples/site.

use crate::{
    guests::{guest_environment, guests},
    setup::{Tools, setup},
    shell::{cargo, command, root, run, step, target},
};
use anyhow::{Context, Result};
use std::{
    env, fs,
    path::{Path, PathBuf},
    time::Instant,
};

/// The Markdown at the root of the repository that goes into the site, besides `docs/`.
const PAGES: &[&str] = &[
    "README.md",
    "ARCHITECTURE.md",
    "CONTRIBUTING.md",
    "CHANGELOG.md",
];

/// Set-up, build, run, and say where to look.
pub fn demo() -> Result<()> {
    let tools = step("set-up", setup)?;
    guests(&tools)?;
    step("the outwit command", || {
        run(cargo().args(["build", "--package", "outwit-cli"]))
    })?;
    let app = target().join("site");
    stage(&app)?;
    build_plugins(&app, &tools)?;
    let manifest = app.join("outwit.toml");
    let start = Instant::now();
    step("the site", || {
        run(command(outwit()).arg("run").arg(&manifest))
    })?;
    let seconds = start.elapsed().as_secs_f64();
    let public = app.join("public");
    let pages = count_pages(&public)?;
    println!(
        "\n{pages} pages in {seconds:.1} s, by three plugins: site (Rust) -> theme (JavaScript) -> markdown (Rust)"
    );
    println!("look at    {}", public.join("index.html").display());
    println!("the app is {}", manifest.display());
    println!(
        "try also   {} inspect {}",
        outwit().display(),
        app.join("build/theme.wasm").display()
    );
    Ok(())
}

fn outwit() -> PathBuf {
    let name = format!("outwit{}", env::consts::EXE_SUFFIX);
    target().join("debug").join(name)
}

/// A copy of the app with our documentation as its content, so that what the plugins may read is that
/// and nothing else.
fn stage(app: &Path) -> Result<()> {
    let (content, public) = (app.join("content"), app.join("public"));
    for folder in [&content, &public] {
        if folder.exists() {
            fs::remove_dir_all(folder)?;
        }
        fs::create_dir_all(folder)?;
    }
    fs::create_dir_all(app.join("build"))?;
    for manifest in ["outwit.toml", "outwit.fused.toml"] {
        copy(
            &root().join("examples/site").join(manifest),
            &app.join(manifest),
        )?;
    }
    for page in PAGES {
        copy(&root().join(page), &content.join(page))?;
    }
    copy_folder(&root().join("docs"), &content.join("docs"))
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    fs::copy(from, to)
        .with_context(|| format!("cannot copy {} to {}", from.display(), to.display()))?;
    Ok(())
}

fn copy_folder(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy_folder(&entry.path(), &target)?;
        } else {
            copy(&entry.path(), &target)?;
        }
    }
    Ok(())
}

fn build_plugins(app: &Path, tools: &Tools) -> Result<()> {
    let example = root().join("examples/site");
    let path = tools.path()?;
    let build = |name: &str, source: &Path, options: &[&str]| {
        let out = app.join("build").join(format!("{name}.wasm"));
        let mut build = command(outwit());
        build.arg("build").arg(source).args(options);
        build.arg("-o").arg(out).env("PATH", &path);
        run(guest_environment(&mut build, tools)?)
    };
    step("plugin markdown (Rust)", || {
        build("markdown", &example.join("markdown"), &[])
    })?;
    step("plugin theme (JavaScript)", || {
        let wit = example.join("wit");
        let wit = wit.to_str().context("the path here is not Unicode")?;
        let source = example.join("theme/plugin.js");
        build("theme", &source, &["--wit", wit, "--world", "theme-plugin"])
    })?;
    step("plugin site (Rust, WASI)", || {
        build("site", &example.join("site"), &[])
    })
}

fn count_pages(folder: &Path) -> Result<usize> {
    let mut pages = 0;
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            pages += count_pages(&path)?;
        } else if path
            .extension()
            .is_some_and(|extension| extension == "html")
        {
            pages += 1;
        }
    }
    Ok(pages)
}
