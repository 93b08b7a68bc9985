//! `outwit test --watch`.

use super::{Args, once, project};
use crate::watch::{How, Watch};
use anyhow::{Context, Result};
use std::collections::BTreeSet;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::SystemTime;

/// Runs the tests again and again, until somebody ends it.
pub fn run(args: &Args) -> Result<ExitCode> {
    let folder = project::folder_of(&args.path)?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .context("cannot start the asynchronous runtime")?;
    let mut watch = Watch::new(How::default())?;
    let mut only: Option<BTreeSet<PathBuf>> = None;
    loop {
        let started = SystemTime::now();
        if let Err(error) = once(args, only.as_ref()) {
            crate::style::complain(&error);
        }
        let mut files = BTreeSet::new();
        project::sources(&folder, &mut files);
        watch.add(&files, started);
        eprintln!("waiting for changes; Ctrl-C ends it");
        let changed = runtime.block_on(async {
            loop {
                let changes = watch.changed().await;
                // There may be new files, and others may have gone.
                let mut after = BTreeSet::new();
                project::sources(&folder, &mut after);
                let of_plugin = |path: &PathBuf| files.contains(path) || after.contains(path);
                let changes: BTreeSet<PathBuf> = changes.into_iter().filter(of_plugin).collect();
                if !changes.is_empty() {
                    return changes;
                }
            }
        });
        let is_tests = changed
            .iter()
            .all(|path| project::is_test(path) && path.is_file());
        only = is_tests.then_some(changed);
    }
}
