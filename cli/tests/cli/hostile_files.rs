//! Files that are broken, and broken on purpose, in every command that reads one: one clear error, no panic.

use crate::folder::{Folder, fmt, repository, texts};

/// Every command that reads a file, with the place where its name goes.
const COMMANDS: &[&[&str]] = &[
    &["build", "FILE", "--strip", "-o", "out.wasm"],
    &["call", "FILE", "f()"],
    &["compose", "fmt.wasm", "FILE", "-o", "out.wasm"],
    &["inspect", "FILE"],
    &["inspect", "FILE", "--wit"],
    &["profile", "FILE", "f()"],
    &["publish", "FILE", "127.0.0.1:1/fmt:1"],
    &["run", "FILE"],
    &["verify", "fmt.wasm", "--signature", "FILE", "--key", KEY],
];
const MANIFESTS: &[&[&str]] = &[
    &["build", "FILE"],
    &["call", "FILE", "f()"],
    &["lock", "FILE"],
    &["policy", "explain", "FILE", "a"],
    &["pull", "FILE"],
    &["verify", "FILE"],
];
const KEY: &str = "ed25519:d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a";

/// Runs the command; it fails, and says why once.
fn refused(folder: &Folder, command: &[&str], file: &str) {
    let args: Vec<&str> = command
        .iter()
        .map(|arg| if *arg == "FILE" { file } else { arg })
        .collect();
    let output = folder.outwit(&args);
    let (stdout, stderr) = texts(&output);
    // A signal has no code.
    assert_eq!(output.status.code(), Some(1), "{args:?}: {stderr}");
    assert_eq!(stdout, "", "{args:?}");
    assert!(stderr.starts_with("error: "), "{args:?}: {stderr}");
    assert_eq!(stderr.matches("error: ").count(), 1, "{args:?}: {stderr}");
    assert!(stderr.len() < 4000, "{args:?}: {} bytes", stderr.len());
    assert!(!stderr.contains("panicked"), "{args:?}: {stderr}");
}

/// Numbers that look random and are the same each time.
struct Noise(u64);

impl Noise {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn bytes(&mut self, count: usize) -> Vec<u8> {
        (0..count).map(|_| self.next() as u8).collect()
    }
}

#[test]
fn components() {
    let folder = Folder::new();
    folder.component("fmt.wasm", fmt());
    let mut noise = Noise(0x9e37_79b9_7f4a_7c15);
    let mut files: Vec<Vec<u8>> = vec![
        vec![0],
        b"\0asm".to_vec(),
        b"\0asm\x0d\0\x01\0\xff".to_vec(),
        noise.bytes(5000),
    ];
    for _ in 0..6 {
        let cut = 9 + noise.next() as usize % (fmt().len() - 10);
        files.push(fmt()[..cut].to_vec());
    }
    // Behind the header, where it has to make sense.
    for _ in 0..6 {
        let mut broken = fmt().to_vec();
        let at = 8 + noise.next() as usize % 400;
        broken.splice(at..at + 8, noise.bytes(8));
        files.push(broken);
    }
    for (number, bytes) in files.iter().enumerate() {
        let name = format!("{number}.wasm");
        folder.write(&name, bytes);
        for command in COMMANDS {
            // Half a component still is one to those that only look at its beginning.
            if matches!(command[0], "publish") && bytes.starts_with(b"\0asm\x0d") {
                continue;
            }
            if command.contains(&"--strip") && bytes.len() > 400 {
                continue;
            }
            refused(&folder, command, &name);
        }
    }
}

/// What the fuzz targets begin with.
#[test]
fn seeds() {
    let folder = Folder::new();
    folder.component("fmt.wasm", fmt());
    let seeds = repository().join("fuzz/seeds");
    let of = |kind: &str| -> Vec<Vec<u8>> {
        let entries = std::fs::read_dir(seeds.join(kind)).expect("a folder");
        let mut paths: Vec<_> = entries
            .map(|entry| entry.expect("an entry").path())
            .collect();
        paths.sort();
        paths
            .iter()
            .map(|path| std::fs::read(path).expect("a file"))
            .collect()
    };
    for (number, text) in of("manifest").into_iter().enumerate() {
        // Cut off, so that none is good by chance.
        let name = format!("{number}.toml");
        let text = [&text[..text.len() / 2], b"\n[\"\xff"].concat();
        folder.write(&name, text);
        for command in MANIFESTS {
            refused(&folder, command, &name);
        }
    }
    folder.write(
        "outwit.toml",
        "[app]\nname = 'x'\n[plugins.fmt]\npath = 'fmt.wasm'\n",
    );
    for text in of("lock") {
        folder.write("outwit.lock", [&text[..text.len() / 2], b"\n["].concat());
        refused(&folder, &["call", "FILE", "greet(\"x\")"], ".");
        refused(&folder, &["lock", "FILE", "--check"], ".");
    }
    for (number, text) in of("signature").into_iter().enumerate() {
        let name = format!("{number}.sig");
        folder.write(&name, text);
        let verify = ["verify", "fmt.wasm", "--signature", "FILE", "--key", KEY];
        refused(&folder, &verify, &name);
    }
    for call in of("wave") {
        let call = String::from_utf8_lossy(&call).replace('\0', "");
        // That would be an option.
        let call = call.trim_start_matches('-');
        refused(&folder, &["call", "fmt.wasm", call], "");
    }
}

/// A file that says it is larger than any memory.
#[test]
fn sizes() {
    let folder = Folder::new();
    folder.component("fmt.wasm", fmt());
    let file = std::fs::File::create(folder.path("huge.wasm")).expect("a file");
    std::io::Write::write_all(&mut &file, b"\0asm\x0d\0\x01\0").expect("a file");
    if file.set_len(1 << 40).is_err() {
        eprintln!("SKIPPED: the file system has no holes in files");
        return;
    }
    for command in [
        &["call", "FILE", "f()"][..],
        &["run", "FILE"],
        &["inspect", "FILE"],
        &["compose", "fmt.wasm", "FILE", "-o", "out.wasm"],
        &["profile", "FILE", "f()"],
        &["build", "FILE", "--strip", "-o", "out.wasm"],
        &["publish", "FILE", "127.0.0.1:1/fmt:1"],
    ] {
        refused(&folder, command, "huge.wasm");
    }
}
