//! Plugins that have some folders and want others.

use crate::arena::{Arena, beside_others, evil, limits};
use outwit::{App, Error, Grants, Host, LimitKind, Limits, PluginConfig, Val, audit, wasi};
use outwit_tests::engine;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Folders that a plugin gets, and what lies beside them.
pub struct Place {
    folder: tempfile::TempDir,
    racing: Arc<AtomicBool>,
}

/// Everything an attack may not change, with what it says.
const KEPT: &[(&str, &str)] = &[("secret.txt", "secret"), ("ro/file.txt", "file")];

impl Place {
    pub fn new() -> Place {
        let place = Place {
            folder: tempfile::tempdir().expect("a temporary folder"),
            racing: Arc::default(),
        };
        for folder in ["box/sub", "ro", "nested/open"] {
            fs::create_dir_all(place.path(folder)).expect("a folder");
        }
        for (name, text) in KEPT.iter().chain(&[("box/own.txt", "own")]) {
            fs::write(place.path(name), text).expect("a file");
        }
        #[cfg(unix)]
        place.links();
        place
    }

    #[cfg(unix)]
    fn links(&self) {
        use std::os::unix::fs::symlink;
        let absolute = self.path("secret.txt");
        for (at, to) in [
            ("link.txt", Path::new("../secret.txt")),
            ("absolute.txt", &absolute),
            ("up", Path::new("..")),
            ("chain.txt", Path::new("link.txt")),
            ("loop", Path::new("loop")),
        ] {
            symlink(to, self.path("box").join(at)).expect("a link");
        }
        let made = std::process::Command::new("mkfifo")
            .arg(self.path("box/pipe"))
            .status();
        assert!(made.is_ok_and(|status| status.success()));
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// An app of the attacker, with what it was given here.
    pub fn arena(&self, sink: Arc<dyn audit::Sink>) -> Arena {
        let mut limits = limits();
        limits
            .rates
            .insert(outwit::Capability::Filesystem, u64::MAX);
        self.arena_with(limits, sink)
    }

    fn arena_with(&self, limits: Limits, sink: Arc<dyn audit::Sink>) -> Arena {
        let folders = wasi::filesystem::Grant::default()
            .write(self.path("box"), "/box")
            .read(self.path("ro"), "/ro")
            .read(self.path("nested"), "/nested")
            .write(self.path("nested/open"), "/nested/open");
        let grants = Grants::none()
            .with_cli(wasi::cli::Grant::default())
            .with_clocks()
            .with_random()
            .with_filesystem(folders);
        let config = PluginConfig::new().limits(limits).grants(grants);
        let app = App::builder(&engine()).host(Host::system().with_audit(sink));
        Arena::of(app.plugin(evil(&outwit_tests::rust("evil/files")), config))
    }

    /// Swaps something for what it must not become, as fast as it can, until this is dropped: a folder for a link that
    /// leads out, a file for a pipe.
    #[cfg(unix)]
    pub fn race(&self, way: &str) {
        let folder = self.path("box");
        let (there, other) = match way {
            "race" => {
                fs::create_dir(folder.join("swap")).expect("a folder");
                fs::write(folder.join("swap/secret.txt"), "harmless").expect("a file");
                std::os::unix::fs::symlink("..", folder.join("out")).expect("a link");
                ("swap", "out")
            }
            "a pipe in the place of a file" => {
                fs::write(folder.join("swap.txt"), "harmless").expect("a file");
                ("swap.txt", "pipe")
            }
            _ => return,
        };
        let racing = self.racing.clone();
        racing.store(true, Ordering::Relaxed);
        std::thread::spawn(move || {
            // Until the folder is gone.
            let rename = |from: &str, to: &str| fs::rename(folder.join(from), folder.join(to));
            while racing.load(Ordering::Relaxed)
                && rename(there, "in")
                    .and_then(|()| rename(other, there))
                    .and_then(|()| rename(there, other))
                    .and_then(|()| rename("in", there))
                    .is_ok()
            {}
        });
    }

    #[cfg(not(unix))]
    pub fn race(&self, _: &str) {}

    /// What lies beside the folders is as it was.
    pub fn check(&self, what: &str) {
        for (name, text) in KEPT {
            let found = fs::read_to_string(self.path(name)).unwrap_or_default();
            assert_eq!(found, *text, "{what}: {name}");
        }
        let names = |folder: &str| {
            let mut names: Vec<_> = fs::read_dir(self.path(folder))
                .expect("it is there")
                .map(|entry| entry.expect("it can be read").file_name())
                .collect();
            names.sort();
            names
        };
        assert_eq!(names(""), ["box", "nested", "ro", "secret.txt"], "{what}");
        assert_eq!(names("ro"), ["file.txt"], "{what}");
        assert_eq!(names("nested"), ["open"], "{what}");
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.racing.store(false, Ordering::Relaxed);
    }
}

async fn told(arena: &mut Arena, how: &str) -> String {
    match arena.call("attack", &[Val::String(how.into())]).await {
        Ok(values) => match values.as_slice() {
            [Val::String(text)] => text.clone(),
            other => panic!("{how}: {other:?}"),
        },
        Err(error) => panic!("{how}: {error}"),
    }
}

/// A folder has no quota, so it is the calls of the host that bound what one call of a plugin writes.
#[tokio::test]
async fn what_a_call_writes_is_bounded_by_its_calls_of_the_host() {
    let _guard = beside_others().await;
    let place = Place::new();
    let mut limits = limits();
    limits.host_calls = Limits::default().host_calls;
    let mut arena = place.arena_with(limits, Arc::new(audit::Ring::new(10)));
    let way = Val::String("write without end".into());
    let error = arena.call("attack", &[way]).await;
    assert!(
        matches!(
            error,
            Err(Error::Limit {
                limit: LimitKind::HostCalls,
                ..
            })
        ),
        "{error:?}"
    );
    let written = fs::metadata(place.path("box/large.txt")).expect("it is there");
    assert!(written.len() <= 10_000 * 1024, "{}", written.len());
    arena.ask_neighbour().await;
}

/// All of a folder is read at once, so the host's memory for it has a limit.
#[tokio::test]
async fn a_folder_of_many_files_is_refused() {
    let _guard = beside_others().await;
    let place = Place::new();
    for i in 0..70_000 {
        fs::File::create(place.path(&format!("box/sub/{i}"))).expect("a file");
    }
    let mut arena = place.arena(Arc::new(audit::Ring::new(10)));
    let before = crate::arena::resident();
    assert_eq!(
        told(&mut arena, "list a folder of many files").await,
        "insufficient-memory"
    );
    // What was read before it was too much is not kept.
    if let Some((before, after)) = before.zip(crate::arena::resident()) {
        assert!(after < before + (64 << 20), "{before} bytes, then {after}");
    }
    // One that is small enough is read, and as often as one likes, if not all of it is kept.
    for i in 0..30_000 {
        fs::remove_file(place.path(&format!("box/sub/{i}"))).expect("it is there");
    }
    for (how, expected) in [
        ("list a folder of many files", "40000 entries"),
        ("list it again and again", "insufficient-memory"),
        ("list a folder of many files", "40000 entries"),
    ] {
        assert_eq!(told(&mut arena, how).await, expected);
    }
    arena.ask_neighbour().await;
}
