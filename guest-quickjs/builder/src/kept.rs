//! What builds leave for those after them.

use crate::Error;
use crate::modules::Compiled;
use crate::snapshot::{self, Care};
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

/// What does not change from one build to the next: for tools that build whenever a file changes. Holds the engine's code, and the
/// modules as they were compiled, of which only those are compiled again that have changed. Clones share it, and builds may do so at the same time.
#[derive(Clone, Debug, Default)]
pub struct Kept(Arc<Inner>);

/// Who waits longer than this for a plugin's code to run will wait less for the next one if the engine is compiled with more care.
const SLOW: Duration = Duration::from_millis(100);
/// Who builds slow plugins this often will go on building them.
const OFTEN: u32 = 3;

#[derive(Debug, Default)]
struct Inner {
    engines: Mutex<HashMap<Option<PathBuf>, Engines>>,
    modules: Mutex<HashMap<PathBuf, Module>>,
}

/// A module that was compiled, and under which circumstances.
#[derive(Debug)]
struct Module {
    circumstances: String,
    compiled: Arc<Compiled>,
}

/// The engine, compiled in a second, and maybe with care in several.
#[derive(Debug)]
struct Engines {
    /// How often code ran for long.
    slow: u32,
    quick: Arc<snapshot::Engine>,
    careful: Option<Arc<OnceLock<Arc<snapshot::Engine>>>>,
}

impl Kept {
    /// The best engine there is so far; the first is compiled, or read from the folder, once.
    pub(crate) fn engine(&self, cache: Option<&Path>) -> Result<Arc<snapshot::Engine>, Error> {
        // Held meanwhile, so that builds that begin together wait for one.
        let mut engines = self
            .0
            .engines
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let folder = cache.map(Path::to_owned);
        if let Some(engines) = engines.get(&folder) {
            let careful = engines.careful.as_ref().and_then(|engine| engine.get());
            return Ok(careful.unwrap_or(&engines.quick).clone());
        }
        let quick = Arc::new(snapshot::Engine::new(cache, Care::Little)?);
        let engine = quick.clone();
        let engines_of_folder = Engines {
            slow: 0,
            quick,
            careful: None,
        };
        engines.insert(folder, engines_of_folder);
        Ok(engine)
    }

    /// Takes note of how long the code of a plugin ran. A tool that builds it again and again gets a faster engine as soon as that has been
    /// compiled, on a thread of its own.
    pub(crate) fn ran(&self, cache: Option<&Path>, took: Duration) {
        if took < SLOW {
            return;
        }
        let mut engines = self
            .0
            .engines
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let folder = cache.map(Path::to_owned);
        let Some(engines) = engines.get_mut(&folder) else {
            return;
        };
        engines.slow += 1;
        if engines.slow < OFTEN || engines.careful.is_some() {
            return;
        }
        let careful = engines.careful.insert(Arc::default()).clone();
        let compiling = std::thread::Builder::new().name("outwit-build-engine".into());
        // If there is no thread for it everything stays as it is.
        let _ = compiling.spawn(move || {
            if let Ok(engine) = snapshot::Engine::new(folder.as_deref(), Care::Much) {
                let _ = careful.set(Arc::new(engine));
            }
        });
    }

    /// A file as it was compiled from the same text under the same circumstances.
    pub(crate) fn module(
        &self,
        path: &Path,
        circumstances: &str,
        source: &str,
    ) -> Option<Arc<Compiled>> {
        let modules = self
            .0
            .modules
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let module = modules.get(path)?;
        let is_same = module.circumstances == circumstances && module.compiled.source == source;
        is_same.then(|| module.compiled.clone())
    }

    /// Keeps a file as it was compiled.
    pub(crate) fn keep(&self, path: &Path, circumstances: String, compiled: Arc<Compiled>) {
        let mut modules = self
            .0
            .modules
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let module = Module {
            circumstances,
            compiled,
        };
        modules.insert(path.to_owned(), module);
    }
}

/// How long the steps of a build took. Clones note into the same list.
#[derive(Clone, Debug, Default)]
pub struct Timings(Arc<Mutex<Vec<(&'static str, Duration)>>>);

impl Timings {
    /// Notes how long something takes. What is noted more than once is added up.
    pub fn take<T>(&self, step: &'static str, work: impl FnOnce() -> T) -> T {
        let started = Instant::now();
        let done = work();
        self.add(step, started.elapsed());
        done
    }

    /// Notes how long something took.
    pub fn add(&self, step: &'static str, took: Duration) {
        let mut steps = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match steps.iter_mut().find(|(name, _)| *name == step) {
            Some((_, sum)) => *sum += took,
            None => steps.push((step, took)),
        }
    }

    /// The steps, in the order in which they ended first.
    #[must_use]
    pub fn steps(&self) -> Vec<(&'static str, Duration)> {
        let steps = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        steps.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::{Kept, Timings};
    use crate::{Build, Inputs};

    #[test]
    fn what_is_kept_changes_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let write =
            |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
        write(
            "main.ts",
            "import { a } from './a';\nimport c from './c.cjs';\nexport const run = () => a + c;\n",
        );
        write("a.ts", "export const a: string = 'one';\n");
        write("c.cjs", "module.exports = 'c';\n");
        write(
            "w.wit",
            "package a:a; world w { export run: func() -> string; }",
        );
        let build = Build::new(folder.path().join("main.ts"), folder.path().join("w.wit"));
        let kept = Kept::default();
        let again = || {
            let timings = Timings::default();
            let built = build
                .run_keeping(&kept, &Inputs::default(), &timings)
                .unwrap();
            (built, timings)
        };
        let (first, timings) = again();
        assert_eq!(first, build.run().unwrap());
        let steps: Vec<_> = timings.steps().into_iter().map(|(step, _)| step).collect();
        assert_eq!(
            steps,
            [
                "world",
                "engine",
                "compile",
                "evaluate",
                "encode",
                "source map"
            ]
        );
        assert_eq!(first, again().0);
        write("a.ts", "export const a: string = 'two';\n");
        let changed = again().0;
        assert_ne!(first, changed);
        assert_eq!(changed, build.run().unwrap());
    }
}
