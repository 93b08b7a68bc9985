//! Watches files.

mod poll;

use anyhow::{Context, Result};
use notify::event::ModifyKind;
use notify::{Event, EventKind, RecommendedWatcher, RecursiveMode, Watcher};
use poll::Poll;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

/// A program that saves writes more than once: what comes within this time belongs together.
const BURST: Duration = Duration::from_millis(20);

/// What keeps on changing is told of after this long all the same.
const LONGEST: Duration = Duration::from_millis(500);

/// How to learn that files change.
#[derive(clap::Args, Clone, Copy, Default)]
pub struct How {
    /// Look at the files every so many milliseconds, where the file system does not tell of changes: network drives, some containers
    #[arg(long, value_name = "MS", num_args = 0..=1, default_missing_value = "500", require_equals = true,
          value_parser = clap::value_parser!(u64).range(10..))]
    poll: Option<u64>,
}

/// What a change is to a folder.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Come,
    /// Removed or renamed.
    Gone,
    Other,
    /// More has changed than could be told of.
    Everything,
}

/// Changes that belong together.
#[derive(Default)]
struct Batch {
    changed: BTreeSet<PathBuf>,
    come: BTreeSet<PathBuf>,
    gone: BTreeSet<PathBuf>,
}

/// Who tells of changes.
enum Source {
    Events(RecommendedWatcher),
    Poll(Poll),
}

/// Tells of changes to files. Their folders are what is watched, so that files may be replaced, and come into being.
pub struct Watch {
    source: Source,
    folders: BTreeSet<PathBuf>,
    /// Folders that are not there now; where they would come into being is watched.
    missing: BTreeSet<PathBuf>,
    changes: UnboundedReceiver<(Kind, Vec<PathBuf>)>,
    /// Files that changed before their folders were watched.
    missed: BTreeSet<PathBuf>,
}

impl Watch {
    pub fn new(how: How) -> Result<Watch> {
        let (sender, changes) = unbounded_channel();
        let polled = sender.clone();
        let tell = move |event: notify::Result<Event>| {
            let Ok(event) = event else { return };
            let kind = match event.kind {
                _ if event.need_rescan() => Kind::Everything,
                EventKind::Create(_) => Kind::Come,
                EventKind::Remove(_) | EventKind::Modify(ModifyKind::Name(_)) => Kind::Gone,
                EventKind::Modify(_) => Kind::Other,
                _ => return,
            };
            // Nobody listens any more when the command ends.
            let _ = sender.send((kind, event.paths));
        };
        let source = match how.poll {
            None => {
                Source::Events(notify::recommended_watcher(tell).context("cannot watch files")?)
            }
            Some(interval) => Source::Poll(Poll::start(Duration::from_millis(interval), polled)),
        };
        Ok(Watch {
            source,
            folders: BTreeSet::new(),
            missing: BTreeSet::new(),
            changes,
            missed: BTreeSet::new(),
        })
    }

    /// Watches these files too. One that has changed since is told of at once.
    pub fn add<'a>(&mut self, files: impl IntoIterator<Item = &'a PathBuf>, since: SystemTime) {
        for file in files {
            let Some(folder) = file.parent() else {
                continue;
            };
            if self.folders.contains(folder) {
                continue;
            }
            if !self.watch(folder) {
                self.wait_for(folder.to_owned());
                continue;
            }
            let changed = file.metadata().and_then(|file| file.modified());
            if changed.is_ok_and(|at| at > since) {
                self.missed.insert(file.clone());
            }
        }
    }

    fn watch(&mut self, folder: &Path) -> bool {
        if self.folders.contains(folder) {
            return true;
        }
        let watched = folder.is_dir()
            && match &mut self.source {
                Source::Events(events) => events.watch(folder, RecursiveMode::NonRecursive).is_ok(),
                Source::Poll(poll) => poll.watch(folder),
            };
        if watched {
            self.folders.insert(folder.to_owned());
            self.missing.remove(folder);
        }
        watched
    }

    /// Watches for a folder to come into being, where the last folder above it is.
    fn wait_for(&mut self, folder: PathBuf) {
        let above: Vec<PathBuf> = folder.ancestors().skip(1).map(Path::to_owned).collect();
        self.missing.insert(folder);
        for folder in above {
            if self.watch(&folder) {
                return;
            }
        }
    }

    /// Waits for changes, and gives what has changed. Of a folder that was not there everything in it has.
    pub async fn changed(&mut self) -> BTreeSet<PathBuf> {
        let mut batch = Batch {
            changed: std::mem::take(&mut self.missed),
            ..Batch::default()
        };
        if batch.changed.is_empty()
            && let Some(told) = self.changes.recv().await
        {
            self.note(told, &mut batch);
        }
        let started = Instant::now();
        while started.elapsed() < LONGEST
            && let Ok(Some(told)) = tokio::time::timeout(BURST, self.changes.recv()).await
        {
            self.note(told, &mut batch);
        }
        self.follow_folders(&mut batch);
        batch.changed
    }

    fn note(&self, (kind, paths): (Kind, Vec<PathBuf>), batch: &mut Batch) {
        match kind {
            Kind::Everything => batch.gone.extend(self.folders.iter().cloned()),
            // That something in a folder has changed is told of that.
            Kind::Other => {
                let files = paths.into_iter().filter(|p| !self.folders.contains(p));
                return batch.changed.extend(files);
            }
            Kind::Come => batch.come.extend(paths.iter().cloned()),
            // What was renamed is gone by one name and has come by another.
            Kind::Gone => {
                batch.gone.extend(paths.iter().cloned());
                batch.come.extend(paths.iter().cloned());
            }
        }
        batch.changed.extend(paths);
    }

    /// Watches folders that have come, and waits for those that have gone.
    fn follow_folders(&mut self, batch: &mut Batch) {
        for folder in &batch.gone {
            if self.folders.remove(folder) {
                // It is not watched any more, also when there is another of the name.
                match &mut self.source {
                    Source::Events(events) => drop(events.unwatch(folder)),
                    Source::Poll(poll) => poll.unwatch(folder),
                }
                self.missing.insert(folder.clone());
            }
        }
        let mut come: Vec<PathBuf> = self.missing.iter().cloned().collect();
        // What is missing in a build may be in a new folder, though hardly in a hidden one.
        come.extend(batch.come.iter().filter(|path| !is_hidden(path)).cloned());
        for folder in come {
            if folder.is_dir() && !self.folders.contains(&folder) && self.watch(&folder) {
                // What is in it came before it was watched.
                let entries = std::fs::read_dir(&folder).into_iter().flatten().flatten();
                batch.changed.extend(entries.map(|entry| entry.path()));
                batch.changed.insert(folder);
            } else if self.missing.contains(&folder) {
                self.wait_for(folder);
            }
        }
    }
}

fn is_hidden(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default();
    name.to_string_lossy().starts_with('.')
}

/// A path as the system tells of it: without links in its folder.
pub fn real(path: &Path) -> PathBuf {
    let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let folder = path.parent().and_then(|folder| folder.canonicalize().ok());
    match (folder, path.file_name()) {
        (Some(folder), Some(name)) => folder.join(name),
        _ => path,
    }
}

/// Whether changes concern somebody who depends on these files. Somebody whose build failed may wait for a file
/// that is not there yet, so then any in the same folders, or in folders there, does.
pub fn concerns(changes: &BTreeSet<PathBuf>, inputs: &BTreeSet<PathBuf>, failed: bool) -> bool {
    changes.iter().any(|change| {
        // The folder itself stands for what is in it.
        inputs.contains(change)
            || (change.extension().is_some_and(|e| e == "wit")
                && change.parent().is_some_and(|f| inputs.contains(f)))
            || inputs.iter().any(|input| {
                let folder = input.parent();
                folder == Some(change) || (failed && folder.is_some_and(|f| change.starts_with(f)))
            })
    })
}

#[cfg(test)]
mod tests {
    use super::{How, Watch, concerns};
    use std::collections::BTreeSet;
    use std::path::{Path, PathBuf};
    use std::time::{Duration, SystemTime};

    const EVENTS: How = How { poll: None };
    const POLLING: How = How { poll: Some(20) };

    /// Does something, and waits until that concerns who depends on `file`.
    async fn concerned(watch: &mut Watch, file: &Path, act: impl FnOnce()) {
        act();
        let inputs = BTreeSet::from([file.to_owned()]);
        let told = async { while !concerns(&watch.changed().await, &inputs, false) {} };
        let told = tokio::time::timeout(Duration::from_secs(30), told).await;
        assert!(told.is_ok(), "nobody was told");
    }

    fn folder() -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().canonicalize().expect("it is there");
        (folder, path)
    }

    #[tokio::test]
    async fn files_and_their_folders_may_go_and_come_back() {
        for how in [EVENTS, POLLING] {
            let (_keep, folder) = folder();
            let (source, file) = (folder.join("src"), folder.join("src/a.ts"));
            let write = |text: &str| std::fs::write(&file, text).expect("it can be written");
            std::fs::create_dir(&source).expect("a folder");
            write("1");
            let mut watch = Watch::new(how).expect("it watches");
            watch.add([&file], SystemTime::now() + Duration::from_secs(1));
            concerned(&mut watch, &file, || write("22")).await;
            // By another name first, as editors do.
            concerned(&mut watch, &file, || {
                std::fs::write(folder.join("src/a.ts~"), "333").expect("it can be written");
                std::fs::rename(folder.join("src/a.ts~"), &file).expect("it can be renamed");
            })
            .await;
            concerned(&mut watch, &file, || {
                std::fs::remove_dir_all(&source).expect("it can be removed");
            })
            .await;
            concerned(&mut watch, &file, || {
                std::fs::create_dir(&source).expect("a folder");
                write("4444");
            })
            .await;
            concerned(&mut watch, &file, || write("55555")).await;
        }
    }

    #[tokio::test]
    async fn folders_that_are_not_there_yet_are_waited_for() {
        let (_keep, folder) = folder();
        let file = folder.join("lib/deep/a.ts");
        let mut watch = Watch::new(EVENTS).expect("it watches");
        watch.add([&file], SystemTime::now());
        concerned(&mut watch, &file, || {
            std::fs::create_dir_all(folder.join("lib/deep")).expect("a folder");
            std::fs::write(&file, "1").expect("it can be written");
        })
        .await;
        concerned(&mut watch, &file, || {
            std::fs::write(&file, "2").expect("it can be written");
        })
        .await;
    }

    #[tokio::test]
    async fn many_changes_are_told_at_once() {
        let (_keep, folder) = folder();
        let files: BTreeSet<PathBuf> = (0..200).map(|n| folder.join(format!("{n}.ts"))).collect();
        let mut watch = Watch::new(EVENTS).expect("it watches");
        watch.add(&files, SystemTime::now());
        for file in &files {
            std::fs::write(file, "1").expect("it can be written");
        }
        let mut changed = watch.changed().await;
        while !files.is_subset(&changed) {
            changed.extend(watch.changed().await);
        }
    }
}
