//! A folder in which the command is run.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;

/// A temporary folder; relative paths on the command line start there.
pub struct Folder(tempfile::TempDir);

impl Folder {
    pub fn new() -> Folder {
        Folder(tempfile::tempdir().expect("a temporary folder"))
    }

    /// A folder with these files in it.
    pub fn with(files: &[(&str, &str)]) -> Folder {
        let folder = Folder::new();
        for (name, text) in files {
            folder.write(name, text);
        }
        folder
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().expect("it is in the folder")).expect("a folder");
        std::fs::write(path, content).expect("a file");
    }

    pub fn read(&self, name: &str) -> Vec<u8> {
        std::fs::read(self.path(name)).expect("a file")
    }

    /// Copies a file of the repository.
    pub fn copy(&self, from: &str, to: &str) {
        self.write(to, std::fs::read(repository().join(from)).expect("a file"));
    }

    /// Puts a component here that the tests share.
    pub fn component(&self, name: &str, bytes: &[u8]) {
        self.write(name, bytes);
    }

    pub fn outwit(&self, args: &[&str]) -> Output {
        self.outwit_with(args, &[])
    }

    /// Runs the command with some variables in its environment.
    pub fn outwit_with(&self, args: &[&str], environment: &[(&str, &str)]) -> Output {
        self.outwit_in("", args, environment)
    }

    /// Runs the command in a folder of this one.
    pub fn outwit_in(&self, folder: &str, args: &[&str], environment: &[(&str, &str)]) -> Output {
        let cache = Path::new(env!("CARGO_TARGET_TMPDIR")).join("outwit-cache");
        Command::new(env!("CARGO_BIN_EXE_outwit"))
            .args(args)
            .current_dir(self.path(folder))
            .env("OUTWIT_CACHE", cache)
            // What the user has stored is none of a test's business.
            .env("DOCKER_CONFIG", self.path("no-docker"))
            .env_remove("COLUMNS")
            .envs(environment.iter().copied())
            .output()
            .expect("the command starts")
    }

    /// What the command prints; it succeeds.
    pub fn prints(&self, args: &[&str]) -> String {
        let output = self.outwit(args);
        let (stdout, stderr) = texts(&output);
        assert_eq!(output.status.code(), Some(0), "{args:?}: {stderr}");
        stdout
    }

    /// What the command says is wrong, without the `error: ` in front; it exits with 1, has printed
    /// nothing, and says one thing only.
    pub fn error(&self, args: &[&str]) -> String {
        let output = self.outwit(args);
        let (stdout, stderr) = texts(&output);
        assert_eq!(output.status.code(), Some(1), "{args:?}: {stderr}");
        assert_eq!(stdout, "", "{args:?}");
        let error = stderr.strip_prefix("error: ");
        let error = error.unwrap_or_else(|| panic!("{args:?}: {stderr}"));
        assert!(!error.contains("error: "), "{args:?}: {stderr}");
        assert!(!error.contains("panicked"), "{args:?}: {stderr}");
        error.trim_end().to_owned()
    }

    /// Checks what the command says is wrong.
    #[track_caller]
    pub fn fails(&self, args: &[&str], expected: &str) {
        assert_eq!(self.error(args), expected, "{args:?}");
    }
}

pub fn texts(output: &Output) -> (String, String) {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).expect("it prints text");
    (text(&output.stdout), text(&output.stderr))
}

/// The folder of the repository.
pub fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

pub const FMT_WIT: &str = "package demo:g@0.1.0;

interface fmt {
    record point { x: u32, y: u32 }
    greet: func(name: string) -> string;
    add: func(p: point) -> u32;
}

world w {
    export fmt;
}
";

pub const FMT_JS: &str = "export const fmt = {
    greet(name) { return `Hello, ${name}!`; },
    add({ x, y }) { return x + y; },
};
";

/// A component in JavaScript that exports `demo:g/fmt@0.1.0` and needs nothing.
pub fn fmt() -> &'static [u8] {
    static BYTES: OnceLock<Vec<u8>> = OnceLock::new();
    BYTES.get_or_init(|| javascript(FMT_WIT, FMT_JS))
}

const TOOLS_WIT: &str = "package demo:tools@0.1.0;

world tools {
    include outwit:console/imports@0.1.0;
    include outwit:timers/imports@0.1.0;
    export print: func();
    export spin: func();
    export throws: func();
    export greet: func(name: string) -> string;
}
";

const TOOLS_JS: &str = "export function print() { console.log('hello'); }
export function spin() { while (true); }
export function throws() {
    null.x;
}
export function greet(name) { return name; }
";

/// A component in JavaScript that asks for a console and timers.
pub fn tools() -> &'static [u8] {
    static BYTES: OnceLock<Vec<u8>> = OnceLock::new();
    BYTES.get_or_init(|| javascript(TOOLS_WIT, TOOLS_JS))
}

/// What `outwit build` makes of a module and a world.
pub fn javascript(wit: &str, js: &str) -> Vec<u8> {
    let folder = Folder::with(&[("plugin.wit", wit), ("plugin.js", js)]);
    folder.prints(&[
        "build",
        "plugin.js",
        "--wit",
        "plugin.wit",
        "-o",
        "plugin.wasm",
    ]);
    folder.read("plugin.wasm")
}
