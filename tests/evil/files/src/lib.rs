//! Does with files what plugins should not do: it has `/box`, where it may write, `/ro`, where it may read, and
//! wants what lies beside them. What an attack tells is empty if nothing was got.
#![allow(missing_docs, reason = "a test plugin")]

#[allow(missing_docs)]
mod bindings {
    outwit_guest::wit_bindgen::generate!({
        path: "wit",
        generate_all,
        runtime_path: "outwit_guest::wit_bindgen::rt",
    });
}

use bindings::wasi::filesystem::preopens::get_directories;
use bindings::wasi::filesystem::types::{
    Descriptor, DescriptorFlags, ErrorCode, NewTimestamp, OpenFlags, PathFlags,
};
use std::sync::atomic::{AtomicU32, Ordering};

struct Plugin;
bindings::export!(Plugin with_types_in bindings);

static COUNT: AtomicU32 = AtomicU32::new(0);

const READ: DescriptorFlags = DescriptorFlags::READ;
const WRITE: DescriptorFlags = DescriptorFlags::WRITE;
/// Of a file that is there.
fn as_it_is() -> OpenFlags {
    OpenFlags::empty()
}

/// The folder of this name.
fn folder(name: &str) -> Descriptor {
    let found = get_directories().into_iter().find(|(_, n)| n == name);
    found.unwrap_or_else(|| panic!("there is no {name}")).0
}

/// What a file says, whether links are followed or not.
fn read(folder: &Descriptor, path: &str) -> Result<String, ErrorCode> {
    let mut last = ErrorCode::NoEntry;
    for follow in [PathFlags::empty(), PathFlags::SYMLINK_FOLLOW] {
        match folder.open_at(follow, path, as_it_is(), READ) {
            Ok(file) => {
                if let Ok((bytes, _)) = file.read(1000, 0) {
                    return Ok(String::from_utf8_lossy(&bytes).into_owned());
                }
            }
            Err(error) => last = error,
        }
    }
    Err(last)
}

fn write(folder: &Descriptor, path: &str, how: OpenFlags) -> Result<(), ErrorCode> {
    let follow = PathFlags::SYMLINK_FOLLOW;
    let file = folder.open_at(follow, path, how, READ | WRITE)?;
    file.write(b"changed", 0).map(drop)
}

/// Tells of all that was got.
fn got(attempts: impl IntoIterator<Item = (String, bool)>) -> String {
    let got = attempts.into_iter().filter(|(_, got)| *got);
    got.map(|(what, _)| what).collect::<Vec<_>>().join(", ")
}

/// Tries to read and to write at paths below `/box`.
fn reach(paths: &[&str]) -> String {
    let folder = folder("/box");
    got(paths.iter().flat_map(|path| {
        [
            (format!("read {path}"), read(&folder, path).is_ok()),
            (
                format!("wrote {path}"),
                write(&folder, path, as_it_is()).is_ok(),
            ),
            (
                format!("truncated {path}"),
                write(&folder, path, OpenFlags::TRUNCATE).is_ok(),
            ),
            (
                format!("listed {path}"),
                folder
                    .open_at(PathFlags::SYMLINK_FOLLOW, path, OpenFlags::DIRECTORY, READ)
                    .and_then(|folder| folder.read_directory())
                    .is_ok(),
            ),
        ]
    }))
}

fn many_files() -> Descriptor {
    let sub = folder("/box").open_at(PathFlags::empty(), "sub", OpenFlags::DIRECTORY, READ);
    sub.expect("it is there")
}

fn list(folder: &Descriptor) -> String {
    match folder.read_directory() {
        Ok(entries) => {
            let mut count = 0;
            while let Ok(Some(_)) = entries.read_directory_entry() {
                count += 1;
            }
            format!("{count} entries")
        }
        Err(error) => error.name().to_string(),
    }
}

fn attack(how: &str) -> String {
    match how {
        "leave" => {
            let folder = folder("/box");
            let moved = folder.rename_at("own.txt", &folder, "../own.txt").is_ok();
            let removed = folder.unlink_file_at("../secret.txt").is_ok();
            let made = folder.create_directory_at("../made").is_ok();
            let told = reach(&[
                "../secret.txt",
                "sub/../../secret.txt",
                "./../secret.txt",
                "..",
                "../..",
                "/secret.txt",
                "/etc/passwd",
                "//etc/passwd",
                "sub/../../../../../../../../../../etc/passwd",
            ]);
            got([
                (told.clone(), !told.is_empty()),
                ("moved".into(), moved),
                ("removed".into(), removed),
                ("made".into(), made),
            ])
        }
        "links that are there" => reach(&[
            "link.txt",
            "absolute.txt",
            "up/secret.txt",
            "up/box/../secret.txt",
            "chain.txt",
            "loop",
        ]),
        "links of its own" => {
            let folder = folder("/box");
            for (at, to) in [
                ("mine.txt", "../secret.txt"),
                ("mine", ".."),
                ("there", "sub/../.."),
                ("etc", "/etc"),
            ] {
                // Where that cannot be made there is nothing to follow.
                let _ = folder.symlink_at(to, at);
            }
            let told = reach(&[
                "mine.txt",
                "mine/secret.txt",
                "there/secret.txt",
                "etc/passwd",
            ]);
            for at in ["mine.txt", "mine", "there", "etc"] {
                let _ = folder.unlink_file_at(at);
            }
            told
        }
        "race" => {
            let folder = folder("/box");
            let secrets = (0..3000).filter(
                |_| matches!(read(&folder, "swap/secret.txt"), Ok(text) if text == "secret"),
            );
            let wrote = write(&folder, "swap/new.txt", OpenFlags::CREATE);
            let _ = wrote;
            match secrets.count() {
                0 => String::new(),
                n => format!("{n} times"),
            }
        }
        "links and moves between folders" => {
            let (own, ro) = (folder("/box"), folder("/ro"));
            let no = PathFlags::empty();
            let told = got([
                (
                    "linked".into(),
                    ro.link_at(no, "file.txt", &own, "linked.txt").is_ok()
                        && write(&own, "linked.txt", as_it_is()).is_ok(),
                ),
                (
                    "moved out".into(),
                    ro.rename_at("file.txt", &own, "moved.txt").is_ok(),
                ),
                (
                    "moved in".into(),
                    own.rename_at("own.txt", &ro, "moved.txt").is_ok(),
                ),
                (
                    "linked in".into(),
                    own.link_at(no, "own.txt", &ro, "own.txt").is_ok(),
                ),
            ]);
            let _ = own.unlink_file_at("linked.txt");
            told
        }
        "slashes at the end" => {
            let folder = folder("/box");
            got([
                "own.txt/",
                "own.txt/.",
                "own.txt/../own.txt",
                "link.txt/",
                "own.txt//",
            ]
            .map(|path| (path.to_string(), read(&folder, path).is_ok())))
        }
        "change what it may read" => {
            let ro = folder("/ro");
            let open = |flags| ro.open_at(PathFlags::empty(), "file.txt", as_it_is(), flags);
            let file = open(READ).expect("it may read it");
            let now = NewTimestamp::Now;
            got([
                ("opened".into(), open(WRITE).is_ok()),
                ("written".into(), file.write(b"changed", 0).is_ok()),
                (
                    "streamed".into(),
                    file.write_via_stream(0)
                        .is_ok_and(|s| s.blocking_write_and_flush(b"changed").is_ok()),
                ),
                ("appended".into(), file.append_via_stream().is_ok()),
                ("cut".into(), file.set_size(0).is_ok()),
                ("dated".into(), file.set_times(now, now).is_ok()),
                (
                    "dated by its name".into(),
                    ro.set_times_at(PathFlags::empty(), "file.txt", now, now)
                        .is_ok(),
                ),
                (
                    "truncated".into(),
                    ro.open_at(PathFlags::empty(), "file.txt", OpenFlags::TRUNCATE, READ)
                        .is_ok(),
                ),
                (
                    "created".into(),
                    ro.open_at(PathFlags::empty(), "new.txt", OpenFlags::CREATE, READ)
                        .is_ok(),
                ),
                ("made".into(), ro.create_directory_at("new").is_ok()),
                ("removed".into(), ro.unlink_file_at("file.txt").is_ok()),
                (
                    "renamed".into(),
                    ro.rename_at("file.txt", &ro, "other.txt").is_ok(),
                ),
                ("linked".into(), ro.symlink_at("file.txt", "link").is_ok()),
            ])
        }
        "files of the system" => {
            let folder = folder("/box");
            for (at, to) in [
                ("fds", "/proc/self/fd"),
                ("dev", "/dev/fd"),
                ("root", "/proc/self/root"),
            ] {
                let _ = folder.symlink_at(to, at);
            }
            let told = reach(&[
                "/proc/self/fd/0",
                "/dev/fd/0",
                "/proc/self/environ",
                "fds/0",
                "dev/0",
                "root/etc/passwd",
                "../../../../proc/self/environ",
            ]);
            for at in ["fds", "dev", "root"] {
                let _ = folder.unlink_file_at(at);
            }
            told
        }
        "names of other systems" => {
            // They are names like others here, and stay in the folder; or they are refused.
            let folder = folder("/box");
            for name in [
                "CON",
                "NUL.txt",
                "C:secret.txt",
                "..\\secret.txt",
                "\\\\?\\C:\\secret.txt",
                "own.txt:stream",
                "SECRET.TXT",
                "se\u{301}cret",
                "s\u{e9}cret",
            ] {
                let _ = write(&folder, name, OpenFlags::CREATE);
                let _ = folder.unlink_file_at(name);
            }
            String::new()
        }
        "names that are none" => {
            let folder = folder("/box");
            let long = "x".repeat(5000);
            let names = ["own.txt\0", "\0", "", "own.txt\0/../../secret.txt", &long];
            got(names.map(|name| {
                (
                    format!("{name:?}"),
                    write(&folder, name, OpenFlags::CREATE).is_ok(),
                )
            }))
        }
        "open a pipe" => {
            let folder = folder("/box");
            let opened = folder.open_at(PathFlags::empty(), "pipe", as_it_is(), READ);
            match opened {
                Ok(file) => format!(
                    "opened, {:?}",
                    file.read(10, 0).map(|(bytes, _)| bytes.len())
                ),
                Err(error) => error.name().to_string(),
            }
        }
        "a pipe in the place of a file" => {
            let folder = folder("/box");
            // Whatever is there at the moment, none of this waits.
            for _ in 0..2000 {
                let _ = read(&folder, "swap.txt");
                let _ = write(&folder, "swap.txt", as_it_is());
                let _ = write(&folder, "swap.txt", OpenFlags::TRUNCATE);
            }
            String::new()
        }
        "write without end" => {
            let file =
                folder("/box").open_at(PathFlags::empty(), "large.txt", OpenFlags::CREATE, WRITE);
            let file = file.expect("it may write");
            let mut offset = 0;
            while let Ok(written) = file.write(&[7; 1024], offset) {
                offset += written;
            }
            format!("{offset} bytes")
        }
        "open everything" => {
            let folder = folder("/box");
            let mut open = Vec::new();
            loop {
                match folder.open_at(PathFlags::empty(), "own.txt", as_it_is(), READ) {
                    Ok(file) => open.push(file),
                    Err(error) => break format!("{} files, {}", open.len(), error.name()),
                }
            }
        }
        "list a folder of many files" => list(&many_files()),
        "list it again and again" => {
            let folder = many_files();
            let mut open = Vec::new();
            loop {
                match folder.read_directory() {
                    Ok(entries) => open.push(entries),
                    Err(error) => break error.name().to_string(),
                }
            }
        }
        "a folder in a folder" => {
            // `/nested/open` may be written, and what is around it may not.
            let (outer, inner) = (folder("/nested"), folder("/nested/open"));
            let create = OpenFlags::CREATE;
            got([
                ("outside".into(), write(&outer, "x.txt", create).is_ok()),
                (
                    "by way of the outer one".into(),
                    write(&outer, "open/x.txt", create).is_ok(),
                ),
                (
                    "out of the inner one".into(),
                    write(&inner, "../x.txt", create).is_ok(),
                ),
                ("not inside".into(), write(&inner, "x.txt", create).is_err()),
            ])
        }
        other => panic!("there is no attack {other}"),
    }
}

impl bindings::Guest for Plugin {
    fn attack(how: String) -> String {
        attack(&how)
    }

    fn count() -> u32 {
        COUNT.fetch_add(1, Ordering::Relaxed) + 1
    }
}
