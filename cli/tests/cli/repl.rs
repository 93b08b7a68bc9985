//! `outwit repl`: lines come through a pipe, and once through a terminal.

use crate::folder::{Folder, fmt, texts, tools};
use crate::session::Session;

#[test]
fn lines_are_evaluated_one_after_the_other() {
    let folder = Folder::new();
    let mut repl = Session::start(&folder, &["repl"]);
    for (line, printed) in [
        ("1 + 1", "2"),
        ("'text'", "\"text\""),
        ("{ a: [1, 2], b: 'x' }", "{ a: [ 1, 2 ], b: 'x' }"),
        ("let x = 20; const f = (y) => x + y; f(1)", "21"),
        ("f(_)", "41"),
        (
            "const later = await new Promise((done) => setTimeout(done, 1, 'now'))\nlater",
            "\"now\"",
        ),
        ("const { p, q } = await { p: 1, q: 2 };\np + q", "3"),
        ("(await Promise.resolve([1])).length", "1"),
        ("function twice(x) { return 2 * x }\ntwice(4)", "8"),
        (
            "class A { #x = 1; get() { return this.#x } }\nnew A().get()",
            "1",
        ),
        // A line that is not complete goes on in the next.
        (
            "[1, 2,\n 3].map((x) => {\n  return `${x}(`;\n}).join()",
            "\"1(,2(,3(\"",
        ),
        ("console.log('a', 1)", "a 1"),
        ("typeof fetch", "\"undefined\""),
    ] {
        repl.types(line);
        repl.prints(printed);
    }
    repl.types("null.x");
    repl.says("TypeError: cannot read property 'x' of null");
    repl.types("let = = 1");
    repl.says("SyntaxError: ");
    repl.types("throw { code: 1 }");
    repl.says("uncaught { code: 1 }");
    repl.types("x");
    repl.prints("20");
}

#[test]
fn the_exports_of_a_plugin_are_at_hand() {
    let folder = Folder::new();
    folder.component("fmt.wasm", fmt());
    let mut repl = Session::start(&folder, &["repl", "fmt.wasm", "--outside"]);
    repl.types("fmt.greet('you')");
    repl.prints("\"Hello, you!\"");
    repl.types("[1, 2].map((x) => fmt.add({ x, y: 10 }))");
    repl.prints("[ 11, 12 ]");
    drop(repl);

    folder.component("tools.wasm", tools());
    let mut repl = Session::start(
        &folder,
        &[
            "repl",
            "tools.wasm",
            "--outside",
            "--grant",
            "console,timers",
        ],
    );
    repl.types("greet('x' + 1)");
    repl.prints("\"x1\"");
    repl.types("print()");
    repl.prints("[tools] hello");
    // A plugin that fails takes the session's instance along, and no more.
    repl.types("spin()");
    repl.says("the session ended, and its variables with it");
    repl.types("greet('again')");
    repl.prints("\"again\"");
}

#[test]
fn an_app_and_one_of_its_plugins() {
    let folder = Folder::new();
    folder.component("fmt.wasm", fmt());
    folder.component("tools.wasm", tools());
    folder.write(
        "outwit.toml",
        "[app]\nname = 'x'\n[plugins.fmt]\npath = 'fmt.wasm'\n[plugins.repl]\npath = 'tools.wasm'\ngrant = { console = true, timers = true }\n",
    );
    folder.fails(
        &["repl", "."],
        "choose a plugin with --plugin: the app has fmt, repl",
    );
    folder.fails(
        &["repl", ".", "--plugin", "x"],
        "there is no plugin `x`; the app has fmt, repl",
    );
    for args in [
        &["repl", ".", "--plugin", "repl"][..],
        &["repl", ".", "--plugin", "repl", "--outside"],
    ] {
        let mut repl = Session::start(&folder, args);
        repl.types("greet('y')");
        repl.prints("\"y\"");
    }
}

const SCOPE_WIT: &str = "package demo:scope;

interface counter { next: func() -> u32; }
world plugin { include outwit:console/imports@0.1.0; include outwit:timers/imports@0.1.0; export counter; }
";

const SCOPE: &str = "import { double, table as entries } from './lib';

interface Step { by: number }

let count: number = 0;
const step: Step = { by: 2 };
function bump(by: number): number {
  if (by > 100) throw new RangeError('too far');
  return (count += by);
}
export const counter = { next: () => double(bump(step.by)), size: () => entries.size };
";

const LIB: &str = "export const table = new Map<string, number>([['one', 1]]);
let calls = 0;
export function double(n: number): number { calls++; return 2 * n; }
";

fn scope() -> Folder {
    let folder = Folder::with(&[
        ("plugin.ts", SCOPE),
        ("lib.ts", LIB),
        ("wit/scope.wit", SCOPE_WIT),
    ]);
    folder.outwit(&["build", "plugin.ts", "-o", "plugin.wasm"]);
    folder
}

const GRANTS: [&str; 4] = ["repl", "plugin.wasm", "--grant", "console,timers"];

#[test]
fn lines_are_evaluated_in_the_scope_of_a_module() {
    let folder = scope();
    let mut repl = Session::start(&folder, &GRANTS);
    for (line, printed) in [
        // Variables, constants, functions and imports of the module, by the names they have there.
        ("count", "0"),
        ("step", "{ by: 2 }"),
        ("bump(3)", "3"),
        ("count = 40; count + 2", "42"),
        ("entries.get('one')", "1"),
        ("double(4)", "8"),
        ("counter.next()", "84"),
        // What is assigned is what the module sees, and what is called sees the same.
        ("step.by = 0", "0"),
        (".call next()", "84"),
        // TypeScript, declarations that last, and what waits.
        ("let mine: number = 5, other; mine as number", "5"),
        ("mine + 1", "6"),
        ("_", "6"),
        ("const { by, more = 7 } = step; by + more", "7"),
        ("more", "7"),
        (
            "function twice<T>(x: T): T[] { return [x, x] }\ntwice('a')",
            "[ 'a', 'a' ]",
        ),
        ("twice(1).length", "2"),
        (
            "class A { #n = 1; get() { return this.#n } }\nnew A().get()",
            "1",
        ),
        ("(await Promise.resolve([1])).length", "1"),
        (
            "await new Promise((done) => setTimeout(done, 5, 'now'))",
            "\"now\"",
        ),
        ("const later = await Promise.resolve(9)\nlater", "9"),
        ("{ a: [1], b: 'x' }", "{ a: [ 1 ], b: 'x' }"),
        (
            "[1, 2,\n 3].map((x) => {\n  return x + count;\n}).at(-1)",
            "45",
        ),
        ("console.log('a', 1)", "[plugin] a 1"),
        ("typeof fetch", "\"undefined\""),
        // Another module.
        (".module", "* plugin.ts"),
    ] {
        repl.types(line);
        repl.prints(printed);
    }
    repl.prints("  lib.ts");
    repl.types(".module lib.ts");
    repl.types("calls");
    repl.prints("3");
    repl.types(".names");
    repl.prints("calls double table");
    repl.types(".exports");
    repl.prints("demo:scope/counter.next: func() -> u32");
    repl.types(".module nothing.ts");
    repl.says("there is no module `nothing.ts`");
    repl.types(".nothing");
    repl.says("there is no command .nothing; .help lists those there are");
}

#[test]
fn what_goes_wrong_in_a_module_is_shown_where_it_is() {
    let folder = scope();
    folder.write("more.js", "let loaded = 20;\nloaded += count;\n");
    let mut repl = Session::start(&folder, &GRANTS);
    repl.types("bump(101)");
    repl.says("RangeError: too far");
    repl.says("    at bump (plugin.ts:8:");
    repl.says(">  8 |");
    repl.types("let = = 1");
    repl.says("SyntaxError: ");
    repl.says("> 1 | let = = 1");
    repl.types("step = 1");
    repl.says("TypeError: ");
    repl.types("throw { code: 1 }");
    repl.says("uncaught { code: 1 }");
    repl.types("import x from 'y'");
    repl.says("SyntaxError: `import` is for modules");
    repl.types("void Promise.reject(new Error('left'))");
    repl.says("nobody handles this: Error: left");
    repl.types("await Promise.reject(new Error('waited'))");
    repl.says("Error: waited");
    // The instance is the same all along.
    repl.types("bump(1)");
    repl.prints("1");
    repl.types(".load more.js");
    repl.prints("21");
    repl.types("loaded");
    repl.prints("21");
    repl.types(".exit");
}

/// What a program pipes in ends with an exit code.
#[test]
fn a_line_that_throws_is_a_failure_of_the_whole() {
    let folder = Folder::with(&[("good", "let a = 1\na\n"), ("bad", "throw 1\n2\n")]);
    let run = |input: &str| {
        let input = std::fs::File::open(folder.path(input)).expect("a file");
        std::process::Command::new(env!("CARGO_BIN_EXE_outwit"))
            .arg("repl")
            .stdin(input)
            .output()
            .expect("it starts")
    };
    let good = run("good");
    assert_eq!(texts(&good).0, "1\n");
    assert_eq!(good.status.code(), Some(0), "{}", texts(&good).1);
    let bad = run("bad");
    assert_eq!(texts(&bad).0, "2\n");
    assert_eq!(bad.status.code(), Some(1));
}

/// On a terminal: a prompt, completion by Tab, a history that the next session has.
#[cfg(target_os = "linux")]
#[test]
fn a_terminal_has_completion_and_history() {
    let version = std::process::Command::new("script")
        .arg("--version")
        .output();
    if version.is_err() {
        eprintln!("SKIPPED: there is no `script` to make a terminal with");
        return;
    }
    let folder = Folder::new();
    let data = folder.path("data");
    let session = |input: &[&str]| {
        use std::io::Write;
        let command = format!("{} repl", env!("CARGO_BIN_EXE_outwit"));
        let mut child = std::process::Command::new("script")
            .args(["-qec", &command, "/dev/null"])
            .env("XDG_DATA_HOME", &data)
            .env("TERM", "xterm")
            .stdin(std::process::Stdio::piped())
            .stdout(std::process::Stdio::piped())
            .spawn()
            .expect("it starts");
        let mut stdin = child.stdin.take().expect("a pipe");
        let mut stdout = child.stdout.take().expect("a pipe");
        let (sender, coming) = std::sync::mpsc::channel();
        std::thread::spawn(move || {
            let mut some = [0; 4096];
            while let Ok(length @ 1..) = std::io::Read::read(&mut stdout, &mut some) {
                if sender.send(some[..length].to_vec()).is_err() {
                    break;
                }
            }
        });
        let mut text = String::new();
        // Each prompt switches a mode of the terminal on; what is typed before is not for it.
        let mut wait = |prompts: usize| {
            while text.matches("\x1b[?2004h").count() < prompts {
                let more = coming.recv_timeout(std::time::Duration::from_secs(60));
                let more = more.unwrap_or_else(|_| panic!("no prompt {prompts}: {text:?}"));
                text.push_str(&String::from_utf8_lossy(&more));
            }
            text.clone()
        };
        for (index, piece) in input.iter().enumerate() {
            wait(index + 1);
            stdin.write_all(piece.as_bytes()).expect("it listens");
        }
        let text = wait(input.len() + 1);
        // Ctrl+D.
        stdin.write_all(b"\x04").expect("it listens");
        child.wait().expect("it ends");
        text
    };
    let text = session(&["const unusual = 6\r", "unus\t * 7\r"]);
    assert!(text.contains("42"), "{text:?}");
    let history = std::fs::read_to_string(folder.path("data/outwit/repl-history"));
    let history = history.unwrap_or_else(|error| panic!("{error}: {text:?}"));
    assert!(history.contains("unusual * 7"), "{history}");
    // The arrow up, twice.
    let text = session(&["\x1b[A\x1b[A + 1\r"]);
    assert!(!text.contains("error"), "{text:?}");
}
