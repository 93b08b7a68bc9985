//! The cache of compiled code: what is in it is used if it is genuine, and otherwise made again.

#![allow(clippy::disallowed_methods)] // tests use files and clocks
#![cfg(unix)] // where files have owners and numbers

mod common;

use common::{greeter, plugin};
use outwit::{Engine, Instance, Val};
use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};

struct Cache(tempfile::TempDir);

impl Cache {
    fn new() -> Cache {
        Cache(tempfile::tempdir().unwrap())
    }

    fn folder(&self) -> PathBuf {
        self.0.path().join("code")
    }

    /// A new engine, as a new process would have it.
    fn engine(&self) -> Engine {
        let engine = Engine::builder().cache_directory(self.folder());
        engine.build().unwrap()
    }

    fn entries(&self) -> Vec<PathBuf> {
        entries(&self.folder())
    }
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    let Ok(items) = fs::read_dir(folder) else {
        return Vec::new();
    };
    let mut entries: Vec<_> = items
        .map(|item| item.unwrap().path())
        .filter(|path| path.extension().is_some_and(|e| e == "code"))
        .collect();
    entries.sort();
    entries
}

/// What is in the folder beside entries and the key.
fn rest(folder: &Path) -> Vec<String> {
    let items = fs::read_dir(folder).unwrap();
    items
        .map(|item| item.unwrap().file_name().into_string().unwrap())
        .filter(|name| name != "key" && !name.ends_with(".code"))
        .collect()
}

/// Which file it is: another one after it was written again.
fn file(path: &Path) -> (u64, i64, i64) {
    let metadata = fs::symlink_metadata(path).unwrap();
    (metadata.ino(), metadata.mtime(), metadata.mtime_nsec())
}

/// Loads a plugin that greets, and has it greet.
fn greet(engine: &Engine, prefix: &str) {
    let plugin = plugin(engine, "fmt", &greeter(prefix));
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    let result = runtime.unwrap().block_on(async {
        let mut instance = Instance::builder(&plugin).start().await.unwrap();
        let args = [Val::String("Ada".into())];
        instance.call(None, "greet", &args).await.unwrap()
    });
    assert_eq!(result, [Val::String(format!("{prefix}Ada"))]);
}

/// What is there is good: it is not written again.
#[track_caller]
fn is_used(cache: &Cache, prefix: &str) {
    let files = || -> Vec<_> { cache.entries().iter().map(|e| file(e)).collect() };
    let before = files();
    greet(&cache.engine(), prefix);
    assert_eq!(files(), before);
}

#[test]
fn code_is_kept_and_used() {
    let cache = Cache::new();
    greet(&cache.engine(), "Hi, ");
    let entries = cache.entries();
    let [entry] = entries.as_slice() else {
        panic!("{entries:?}");
    };
    let before = file(entry);
    let engine = cache.engine();
    greet(&engine, "Hi, ");
    assert_eq!(file(entry), before);
    assert_eq!(engine.cache_directory(), Some(cache.folder().as_path()));
    assert_eq!(engine.cache_problem(), None);
    assert_eq!(rest(&cache.folder()), [""; 0]);
    // Nobody else reads or writes any of it.
    for path in [&cache.folder(), entry, &cache.folder().join("key")] {
        let mode = fs::metadata(path).unwrap().permissions().mode();
        assert_eq!(mode & 0o077, 0, "{}", path.display());
    }
    // Other code, other entry.
    greet(&engine, "Hello, ");
    assert_eq!(cache.entries().len(), 2);
}

#[test]
fn code_need_not_be_kept() {
    let engine = Engine::builder().no_cache().build().unwrap();
    greet(&engine, "Hi, ");
    assert_eq!(engine.cache_directory(), None);
    assert_eq!(engine.cache_problem(), None);
}

#[test]
fn what_was_damaged_is_made_again() {
    let cache = Cache::new();
    greet(&cache.engine(), "Hi, ");
    let [entry] = &cache.entries()[..] else {
        panic!();
    };
    let good = fs::read(entry).unwrap();
    let mut damaged: Vec<Vec<u8>> = Vec::new();
    // Each part of the header, and places in the code.
    for at in [
        0,
        8,
        9,
        41,
        73,
        81,
        113,
        114,
        good.len() / 2,
        good.len() - 1,
    ] {
        let mut flipped = good.clone();
        flipped[at] ^= 0x10;
        damaged.push(flipped);
    }
    for length in [0, 1, 80, 112, 113, good.len() / 2, good.len() - 1] {
        damaged.push(good[..length].to_vec());
    }
    damaged.push([good.as_slice(), b"more"].concat());
    damaged.push(vec![0; good.len()]);
    for bytes in damaged {
        fs::write(entry, &bytes).unwrap();
        greet(&cache.engine(), "Hi, ");
        assert!(fs::read(entry).unwrap() != bytes, "it was not made again");
        is_used(&cache, "Hi, ");
    }
}

#[test]
fn entries_cannot_be_swapped() {
    let cache = Cache::new();
    greet(&cache.engine(), "Hi, ");
    let [first] = &cache.entries()[..] else {
        panic!();
    };
    let (first, hi) = (first.clone(), fs::read(first).unwrap());
    greet(&cache.engine(), "Hello, ");
    let second = cache.entries().into_iter().find(|e| *e != first).unwrap();
    let hello = fs::read(&second).unwrap();
    fs::write(&first, &hello).unwrap();
    fs::write(&second, &hi).unwrap();
    for (prefix, path, swapped) in [("Hi, ", first, hello), ("Hello, ", second, hi)] {
        greet(&cache.engine(), prefix);
        assert!(fs::read(&path).unwrap() != swapped);
        is_used(&cache, prefix);
    }
}

#[test]
fn entries_of_another_user_are_made_again() {
    let (ours, theirs) = (Cache::new(), Cache::new());
    greet(&ours.engine(), "Hi, ");
    greet(&theirs.engine(), "Hi, ");
    let (ours, [theirs]) = (&ours, &theirs.entries()[..]) else {
        panic!();
    };
    let entry = ours.folder().join(theirs.file_name().unwrap());
    let foreign = fs::read(theirs).unwrap();
    assert!(fs::read(&entry).unwrap() != foreign);
    fs::write(&entry, &foreign).unwrap();
    greet(&ours.engine(), "Hi, ");
    assert!(fs::read(&entry).unwrap() != foreign);
}

#[test]
fn a_link_in_place_of_an_entry_is_not_followed() {
    let cache = Cache::new();
    greet(&cache.engine(), "Hi, ");
    let [entry] = &cache.entries()[..] else {
        panic!();
    };
    let elsewhere = cache.0.path().join("elsewhere");
    fs::rename(entry, &elsewhere).unwrap();
    symlink(&elsewhere, entry).unwrap();
    let before = file(&elsewhere);
    greet(&cache.engine(), "Hi, ");
    // The link was replaced, what it led to was left alone.
    assert!(fs::symlink_metadata(entry).unwrap().is_file());
    assert_eq!(file(&elsewhere), before);
}

#[test]
fn what_is_not_a_file_is_no_entry() {
    let cache = Cache::new();
    greet(&cache.engine(), "Hi, ");
    let [entry] = &cache.entries()[..] else {
        panic!();
    };
    // Opening a pipe that nobody writes to would wait for ever.
    fs::remove_file(entry).unwrap();
    let made = std::process::Command::new("mkfifo").arg(entry).status();
    assert!(made.unwrap().success());
    greet(&cache.engine(), "Hi, ");
    assert!(fs::symlink_metadata(entry).unwrap().is_file());
    // A folder cannot be replaced; code is compiled each time.
    fs::remove_file(entry).unwrap();
    fs::create_dir(entry).unwrap();
    greet(&cache.engine(), "Hi, ");
    assert_eq!(rest(&cache.folder()), [""; 0]);
}

#[track_caller]
fn refused(cache: &Cache, why: &str) {
    let engine = cache.engine();
    greet(&engine, "Hi, ");
    assert_eq!(engine.cache_directory(), None);
    let problem = engine.cache_problem().unwrap();
    assert_eq!(problem.folder, cache.folder());
    assert_eq!(problem.message, why);
}

#[test]
fn a_folder_that_others_can_write_is_not_used() {
    let cache = Cache::new();
    fs::create_dir(cache.folder()).unwrap();
    for mode in [0o777, 0o770, 0o1777, 0o702] {
        fs::set_permissions(cache.folder(), fs::Permissions::from_mode(mode)).unwrap();
        refused(&cache, "other users can write there; `chmod go-w` it");
        assert_eq!(fs::read_dir(cache.folder()).unwrap().count(), 0);
    }
    fs::set_permissions(cache.folder(), fs::Permissions::from_mode(0o755)).unwrap();
    greet(&cache.engine(), "Hi, ");
    assert_eq!(cache.entries().len(), 1);
}

#[test]
fn a_link_in_place_of_the_folder_is_not_followed() {
    let cache = Cache::new();
    let elsewhere = cache.0.path().join("elsewhere");
    fs::create_dir(&elsewhere).unwrap();
    symlink(&elsewhere, cache.folder()).unwrap();
    refused(&cache, "it is a symbolic link");
    assert_eq!(fs::read_dir(&elsewhere).unwrap().count(), 0);
}

#[test]
fn a_key_that_others_know_is_not_used() {
    let cache = Cache::new();
    greet(&cache.engine(), "Hi, ");
    let key = cache.folder().join("key");
    let why = "its file `key` is not a file of this user alone; remove it, and a new one is made";
    fs::set_permissions(&key, fs::Permissions::from_mode(0o640)).unwrap();
    refused(&cache, why);
    fs::set_permissions(&key, fs::Permissions::from_mode(0o600)).unwrap();
    greet(&cache.engine(), "Hi, ");
    let good = fs::read(&key).unwrap();
    for bytes in [&[][..], &good[..31], &[good.as_slice(), b"x"].concat()] {
        fs::write(&key, bytes).unwrap();
        refused(&cache, why);
    }
    let elsewhere = cache.0.path().join("elsewhere");
    fs::write(&elsewhere, &good).unwrap();
    fs::remove_file(&key).unwrap();
    symlink(&elsewhere, &key).unwrap();
    refused(&cache, "it is a symbolic link");
    // Without a key there is a new one, and what was sealed with the old one is made again.
    fs::remove_file(&key).unwrap();
    greet(&cache.engine(), "Hi, ");
    assert_ne!(fs::read(&key).unwrap(), good);
}

#[test]
fn a_file_in_place_of_the_folder_is_told() {
    let cache = Cache::new();
    fs::write(cache.folder(), "x").unwrap();
    let engine = cache.engine();
    greet(&engine, "Hi, ");
    assert!(engine.cache_problem().is_some());
}

#[test]
fn many_at_once_share_a_folder_from_the_start() {
    let cache = Cache::new();
    std::thread::scope(|scope| {
        for i in 0..16 {
            let cache = &cache;
            scope.spawn(move || greet(&cache.engine(), ["Hi, ", "Hello, "][i % 2]));
        }
    });
    assert_eq!(cache.entries().len(), 2);
    assert_eq!(rest(&cache.folder()), [""; 0]);
    is_used(&cache, "Hi, ");
    is_used(&cache, "Hello, ");
}

#[test]
fn old_code_makes_room() {
    let cache = Cache::new();
    greet(&cache.engine(), "0");
    let size = fs::metadata(&cache.entries()[0]).unwrap().len();
    // What a process left behind that was ended while it wrote, long ago and just now.
    let old = cache.folder().join("new-0011223344556677");
    let young = cache.folder().join("new-8899aabbccddeeff");
    for path in [&old, &young] {
        fs::write(path, "half an entry").unwrap();
    }
    set_age(&old, 2 * 60 * 60);
    let small = Engine::builder()
        .cache_directory(cache.folder())
        .cache_size(4 * size)
        .build()
        .unwrap();
    let mut all = cache.entries();
    for i in 1..4 {
        for entry in &all {
            set_age(entry, (10 - i) * 60);
        }
        greet(&small, &i.to_string());
        all = cache.entries();
    }
    assert_eq!(all.len(), 4);
    let oldest = &all[1].clone();
    set_age(oldest, 24 * 60 * 60);
    greet(&small, "4");
    // Room is made for one more than is needed.
    let left = cache.entries();
    assert_eq!(left.len(), 3);
    assert!(!left.contains(oldest));
    assert_eq!(rest(&cache.folder()), ["new-8899aabbccddeeff"]);
}

#[test]
fn what_is_used_counts_as_young() {
    let cache = Cache::new();
    greet(&cache.engine(), "Hi, ");
    let entry = &cache.entries()[0];
    set_age(entry, 24 * 60 * 60);
    let before = file(entry);
    greet(&cache.engine(), "Hi, ");
    let after = file(entry);
    assert_eq!(before.0, after.0);
    assert!(before.1 < after.1);
}

fn set_age(path: &Path, seconds: u64) {
    let time = std::time::SystemTime::now() - std::time::Duration::from_secs(seconds);
    fs::File::open(path).unwrap().set_modified(time).unwrap();
}
