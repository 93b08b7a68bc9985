//! The author's first minutes: from an empty folder to a passing test, each command with its seconds.

use anyhow::{Context, Result, bail};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

/// Walks with the command `outwit` that this workspace has built, or another one.
pub fn walk(outwit: Option<&str>) -> Result<()> {
    let outwit = match outwit {
        Some(path) => PathBuf::from(path),
        None => crate::shell::target().join("debug/outwit"),
    };
    let outwit = outwit.canonicalize().with_context(|| {
        format!(
            "there is no {}: build it with `cargo build`, or name another",
            outwit.display()
        )
    })?;
    let folder = std::env::temp_dir().join(format!("outwit-walk-{}", std::process::id()));
    std::fs::create_dir(&folder).context("cannot make a folder")?;
    let walked = ["ts", "js", "rust"]
        .into_iter()
        .try_for_each(|lang| language(&outwit, &folder, lang));
    std::fs::remove_dir_all(&folder).context("cannot remove the folder of the walk")?;
    walked
}

/// The way to a tested plugin in a language. Nothing that an earlier walk has built is used.
fn language(outwit: &Path, folder: &Path, lang: &str) -> Result<()> {
    let name = format!("walk-{lang}");
    let plugin = folder.join(&name);
    let steps: [(&Path, &[&str]); 5] = [
        (folder, &["new", &name, "--lang", lang]),
        (&plugin, &["test"]),
        (&plugin, &["test"]),
        (&plugin, &["build", "outwit.toml"]),
        (&plugin, &["call", "outwit.toml", "greet(\"you\")"]),
    ];
    println!("{lang}");
    let mut total = Duration::ZERO;
    for (folder_of_step, args) in steps {
        let started = Instant::now();
        let output = Command::new(outwit)
            .args(args)
            .current_dir(folder_of_step)
            .env("OUTWIT_CACHE", folder.join("cache").join(lang))
            .output()
            .context("cannot start outwit")?;
        let took = started.elapsed();
        if !output.status.success() {
            bail!(
                "outwit {} failed:\n{}{}",
                args.join(" "),
                String::from_utf8_lossy(&output.stdout),
                String::from_utf8_lossy(&output.stderr)
            );
        }
        total += took;
        println!("  {:>7.2} s  outwit {}", took.as_secs_f64(), args.join(" "));
    }
    println!("  {:>7.2} s  in all", total.as_secs_f64());
    Ok(())
}
