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
    let mut repl = Session::start(&folder, &["repl", "fmt.wasm"]);
    repl.types("fmt.greet('you')");
    repl.prints("\"Hello, you!\"");
    repl.types("[1, 2].map((x) => fmt.add({ x, y: 10 }))");
    repl.prints("[ 11, 12 ]");
    drop(repl);

    folder.component("tools.wasm", tools());
    let mut repl = Session::start(
        &folder,
        &["repl", "tools.wasm", "--grant", "console,timers"],
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
    let mut repl = Session::start(&folder, &["repl", ".", "--plugin", "repl"]);
    repl.types("greet('y')");
    repl.prints("\"y\"");
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
