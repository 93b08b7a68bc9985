//! `outwit dev`, and `outwit build` of apps and with `--watch`: real files, a real process, and what it says.

use crate::folder::{Folder, texts};
use crate::session::Session;

const WIT: &str = "package demo:dev@0.1.0;

interface words { say: func() -> string; }
interface counter { next: func() -> u32; greet: func() -> string; }

world talker { include outwit:console/imports@0.1.0; export words; }
world counting { import words; export counter; }
";

const APP: &str = "[app]
name = \"dev\"

[plugins.words]
path = \"build/words.wasm\"
build = { source = \"words.ts\", world = \"talker\" }
grant.console = true

[plugins.counter]
path = \"build/counter.wasm\"
build = { source = \"counter.js\", world = \"counting\", minify = true, cut = \"shared\" }
";

const WORDS: &str = "import { greeting } from './greeting';
export const words = { say(): string { console.warn('saying'); return greeting; } };
";

const COUNTER: &str = "import { say } from 'demo:dev/words';
let count = 0;
export const counter = { next: () => ++count, greet: () => `${say()} ${count}` };
";

fn app() -> Folder {
    Folder::with(&[
        ("outwit.toml", APP),
        ("wit/dev.wit", WIT),
        ("words.ts", WORDS),
        ("greeting.ts", "export const greeting: string = 'hello';\n"),
        ("counter.js", COUNTER),
    ])
}

#[test]
fn a_changed_plugin_is_exchanged_and_the_others_keep_their_state() {
    let folder = app();
    let mut dev = Session::start(&folder, &["dev"]);
    dev.says("started dev in ");
    dev.types("counter:next()");
    dev.prints("1");
    dev.types("counter:greet()");
    dev.prints("\"hello 1\"");
    dev.says("[words] warning: saying");

    // A module that a plugin imports has changed.
    folder.write("greeting.ts", "export const greeting = 'good day';\n");
    dev.says("reloaded words in ");
    dev.types("counter:greet()");
    dev.prints("\"good day 1\"");

    // One that does not compile is shown, and changes nothing.
    folder.write(
        "words.ts",
        "export const words = {\n  say() { return = 1; },\n};\n",
    );
    dev.says("error: words cannot be built");
    dev.says("  caused by: words.ts:2:18: SyntaxError: ");
    dev.says("> 2 |");
    dev.types("counter:greet()");
    dev.prints("\"good day 1\"");

    // Neither does one that what runs goes on with, once it is mended: it is what it was.
    folder.write("words.ts", WORDS);
    dev.says("built words");
    dev.types("counter:next()");
    dev.prints("2");

    // The other way of saving: a new file takes the place of the old one.
    folder.write(
        "counter.js.new",
        COUNTER.replace("let count = 0", "let count = 100"),
    );
    std::fs::rename(folder.path("counter.js.new"), folder.path("counter.js")).expect("a file");
    dev.says("reloaded counter in ");
    dev.types("counter:next()");
    dev.prints("101");
}

#[test]
fn a_plugin_that_no_longer_fits_is_refused_with_what_differs() {
    let folder = app();
    let mut dev = Session::start(&folder, &["dev", ".", "--call", "counter:greet()"]);
    dev.prints("\"hello 0\"");
    folder.write(
        "wit/dev.wit",
        WIT.replace("say: func() -> string", "say: func() -> u32"),
    );
    dev.says("error: ");
    dev.says("- demo:dev/words@0.1.0.say: func() -> string");
    dev.says("+ demo:dev/words@0.1.0.say: func() -> u32");
    dev.says("note: words goes on as it was");
    dev.types("counter:greet()");
    dev.prints("\"hello 0\"");
}

#[test]
fn the_manifest_is_watched_and_a_first_build_may_fail() {
    let folder = app();
    folder.write("greeting.ts", "export const greeting = ;\n");
    let manifest = APP.replace("grant.console = true\n", "");
    folder.write("outwit.toml", &manifest);
    let mut dev = Session::start(&folder, &["dev", "--call", "counter:greet()"]);
    dev.says("error: words cannot be built");
    dev.says("waiting for a change that mends it");
    folder.write("greeting.ts", "export const greeting = 'hello';\n");
    dev.says("[plugins.words.grant]");
    dev.says("console = true");
    dev.says("waiting for a change that mends it");
    folder.write("outwit.toml", APP);
    dev.says("outwit.toml has changed");
    dev.says("started dev in ");
    dev.prints("\"hello 0\"");
    folder.write("outwit.toml", "[app");
    dev.says("error: ");
    dev.says("what ran goes on");
    dev.types("counter:next()");
    dev.prints("1");
}

#[test]
fn colour_is_for_terminals_and_for_who_asks() {
    let folder = app();
    let mut dev = Session::start(&folder, &["dev", "--call", "words:say()"]);
    dev.says("[words] warning: saying");
    dev.prints("\"hello\"");
    assert!(!dev.ends().contains('\u{1b}'));
    let mut dev = Session::with(
        &folder,
        &["dev", "--call", "words:say()"],
        &[("CLICOLOR_FORCE", "1")],
    );
    dev.says("\u{1b}[35m[words]\u{1b}[0m \u{1b}[1m\u{1b}[33mwarning: \u{1b}[0msaying");
    drop(dev);
    let forced = [("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")];
    let mut dev = Session::with(&folder, &["dev", "--call", "words:say()"], &forced);
    dev.says("saying");
}

#[test]
fn an_app_that_is_not_built_from_anything_is_told_how() {
    let folder = app();
    folder.write(
        "outwit.toml",
        "[app]\nname = 'x'\n[plugins.a]\npath = 'a.wasm'\n",
    );
    let told = "outwit.toml does not say what its plugins are built from: add a line like `build = \"plugin.ts\"` to one";
    folder.fails(&["dev", "outwit.toml"], told);
    folder.fails(&["build", "outwit.toml"], told);
}

#[test]
fn an_app_is_built() {
    let folder = app();
    let error = folder.error(&["call", ".", "counter:next()"]);
    assert!(
        error.contains("; `outwit build` on the app builds it"),
        "{error}"
    );
    let output = folder.outwit(&["build", "."]);
    let (stdout, stderr) = texts(&output);
    assert_eq!(stdout, "");
    assert_eq!(stderr.lines().count(), 2, "{stderr}");
    assert_eq!(
        folder.prints(&["call", ".", "counter:greet()"]),
        "\"hello 0\"\n"
    );
    let json: serde_json::Value =
        serde_json::from_str(&folder.prints(&["build", ".", "--json"])).expect("it is JSON");
    assert_eq!(json["built"].as_array().map(Vec::len), Some(2));
    assert!(json["built"][0]["size"].as_u64() > Some(1000));
    folder.fails(
        &["build", ".", "-o", "x.wasm"],
        "--output, --wit, --world, --cut, --minify and --no-source-map are for a single plugin; those of an app stand in its manifest",
    );
}

#[test]
fn a_plugin_is_built_again_when_it_changes() {
    let folder = app();
    let args = [
        "build", "words.ts", "--world", "talker", "-o", "out.wasm", "--watch",
    ];
    let mut build = Session::start(&folder, &args);
    build.says("built out.wasm (");
    let say = ["call", "out.wasm", "--grant", "console", "say()"];
    assert_eq!(folder.prints(&say), "\"hello\"\n");
    folder.write("greeting.ts", "export const greeting = oh no;\n");
    build.says("error: greeting.ts:1:");
    folder.write("greeting.ts", "export const greeting = 'again';\n");
    build.says("built out.wasm (");
    assert_eq!(folder.prints(&say), "\"again\"\n");
}

/// Files that do not exist yet are waited for.
#[test]
fn a_module_that_is_missing_may_come() {
    let folder = app();
    std::fs::remove_file(folder.path("greeting.ts")).expect("a file");
    let args = [
        "build", "words.ts", "--world", "talker", "-o", "out.wasm", "--watch",
    ];
    let mut build = Session::start(&folder, &args);
    build.says("cannot find the module \"./greeting\"");
    folder.write("greeting.ts", "export const greeting = 'here';\n");
    build.says("built out.wasm (");
}
