//! `outwit call`, `run`, `profile` and `repl`: what is called, and with what.

use super::Page;
use crate::folder::{Folder, fmt, javascript, tools};

const SHAPES_WIT: &str = "package demo:shapes@0.1.0;

interface shapes {
    enum colour { red, green, dark-blue }
    flags rights { can-read, can-write }
    variant shape { circle(f64), square(f64), nothing }
    record place { file-name: string, line: u32, column: option<u32> }
    paint: func(colour: colour) -> string;
    allow: func(rights: rights) -> string;
    draw: func(shape: shape) -> string;
    go: func(place: place) -> string;
    sum: func(numbers: list<u8>) -> u32;
    letter: func(c: char) -> string;
    both: func(pair: tuple<u8, string>) -> string;
    find: func(name: string) -> result<u32, string>;
}

world w {
    export shapes;
    export hello: func();
}
";

const SHAPES_JS: &str = "const say = (value) => JSON.stringify(value);
export const shapes = {
    paint: say, allow: say, draw: say, go: say, letter: say, both: say,
    sum: (numbers) => 'many',
    find: (name) => { throw new Error(`no ${name}`); },
};
export function hello() {}
";

#[test]
fn values() {
    let folder = Folder::new();
    folder.component("shapes.wasm", &javascript(SHAPES_WIT, SHAPES_JS));
    let mut page = Page::new("call-values", &folder);
    for (what, call) in [
        ("no such function", "paintt(red)"),
        ("another case", "Hello()"),
        (
            "an interface that is not there",
            "demo:shapes/shape.paint(red)",
        ),
        (
            "the function of another interface",
            "demo:shapes/shapes.hello()",
        ),
        ("no parentheses", "hello"),
        ("nothing", ""),
        ("an enum's case in quotes", "paint(\"red\")"),
        ("a misspelt enum case", "paint(gren)"),
        ("an enum's case in camel case", "paint(darkBlue)"),
        ("a misspelt flag", "allow({can-raed})"),
        ("a flag outside of braces", "allow(can-read)"),
        ("a misspelt variant case", "draw(sqare(1.0))"),
        ("a variant's case without its value", "draw(circle)"),
        ("a value for a case without one", "draw(nothing(1))"),
        ("a variant's value of another type", "draw(circle(\"big\"))"),
        ("a misspelt field", "go({file-nam: \"a\", line: 1})"),
        ("a field in camel case", "go({fileName: \"a\", line: 1})"),
        ("a missing field", "go({file-name: \"a\"})"),
        (
            "a field of another type",
            "go({file-name: \"a\", line: \"1\"})",
        ),
        (
            "a record in JSON",
            "go({\"file-name\": \"a\", \"line\": 1})",
        ),
        ("a number that is too large", "sum([1, 256])"),
        ("a negative number", "sum([-1])"),
        ("a fraction", "sum([1.5])"),
        ("a list without brackets", "sum(1, 2)"),
        ("a text in single quotes", "find('x')"),
        ("a text without quotes", "find(x)"),
        ("a text that does not end", "find(\"x)"),
        ("two characters for one", "letter('ab')"),
        ("a tuple of another length", "both((1))"),
        ("no argument", "find()"),
        ("too many arguments", "find(\"a\", \"b\")"),
        ("a closing parenthesis too few", "find(\"a\""),
        ("something after it", "find(\"a\").length"),
        ("a result of another type", "sum([1])"),
    ] {
        page.show(what, &["call", "shapes.wasm", call]);
    }
    page.check();
}

#[test]
fn targets() {
    let folder = Folder::with(&[
        ("script.js", "1"),
        ("text.wasm", "hello"),
        ("text.wat", "(component)"),
        ("empty.wasm", ""),
        ("full/readme.md", "text"),
    ]);
    folder.component("fmt.wasm", fmt());
    folder.component("tools.wasm", tools());
    folder.write("module.wasm", b"\0asm\x01\0\0\0");
    folder.write("cut.wasm", &fmt()[..fmt().len() / 2]);
    folder.write("noise.wasm", [0x9f; 100]);
    folder.write("later.wasm", b"\0asm\x0e\0\x01\0");
    let imports = "(component (import \"demo:x/y@0.1.0\" (instance (export \"f\" (func)))))";
    folder.write("imports.wasm", wat::parse_str(imports).expect("it is one"));
    let wasi = "(component (import \"wasi:sockets/tcp@0.2.0\" (instance (export \"f\" (func)))))";
    folder.write("wasi.wasm", wat::parse_str(wasi).expect("it is one"));
    let mut page = Page::new("call", &folder);
    for (what, file) in [
        ("a file that is not there", "fmtt.wasm"),
        ("a text", "text.wasm"),
        ("the text format", "text.wat"),
        ("an empty file", "empty.wasm"),
        ("a core module", "module.wasm"),
        ("half a component", "cut.wasm"),
        ("noise", "noise.wasm"),
        ("a component of a later format", "later.wasm"),
        ("a script", "script.js"),
        ("a folder without a manifest", "full"),
        ("an import that nobody has", "imports.wasm"),
        ("an interface of WASI that is not offered", "wasi.wasm"),
        ("grants that are missing", "tools.wasm"),
    ] {
        page.show(what, &["call", file, "greet(\"x\")"]);
    }
    for (what, option, value) in [
        ("a misspelt capability", "--grant", "consol"),
        ("a capability that is not there", "--grant", "everything"),
        ("a folder by --grant", "--grant", "filesystem"),
        ("a capability that needs an origin", "--grant", "fetch"),
        ("an origin that is none", "--grant", "fetch=example com"),
        (
            "an origin for a capability that has none",
            "--grant",
            "timers=a",
        ),
        ("a folder without its name for the plugin", "--dir", "full"),
        ("a folder that is not there", "--dir", "nope::/in"),
        ("a limit without a value", "--limit", "cpu"),
        ("a misspelt limit", "--limit", "memry=1GiB"),
        ("a time that is none", "--limit", "cpu=soon"),
        ("a size that is none", "--limit", "memory=much"),
    ] {
        page.show(what, &["call", "fmt.wasm", "greet(\"x\")", option, value]);
    }
    page.show("no call", &["call", "fmt.wasm"]);
    page.check();
}

#[test]
fn run() {
    let folder = Folder::with(&[
        (
            "throws.js",
            "function f() {\n  throw new Error('no');\n}\nf();\n",
        ),
        ("syntax.js", "let a = ;\n"),
        (
            "rejects.js",
            "async function f() { throw new RangeError('late'); }\nawait f();\n",
        ),
        (
            "unhandled.js",
            "Promise.reject(new Error('nobody waits'));\n",
        ),
        ("text.js", "throw 'text';\n"),
        ("waits.js", "await new Promise(() => {});\n"),
        ("imports.js", "import fs from 'node:fs';\n"),
        ("fetches.js", "await fetch('https://example.com');\n"),
        ("recurses.js", "const f = () => f() + 1;\nf();\n"),
        ("plugin.ts", "const a: number = 1;\n"),
    ]);
    folder.component("fmt.wasm", fmt());
    folder.component("tools.wasm", tools());
    let mut page = Page::new("run", &folder);
    for (what, file) in [
        ("a file that is not there", "nope.js"),
        ("a component without a command", "fmt.wasm"),
        ("a component that lacks grants", "tools.wasm"),
        ("a mistake of syntax", "syntax.js"),
        ("a script that throws", "throws.js"),
        ("a promise that is rejected", "rejects.js"),
        ("a rejection that nobody handles", "unhandled.js"),
        ("a text that is thrown", "text.js"),
        ("waiting for nothing", "waits.js"),
        ("an import of a script", "imports.js"),
        ("a web API that a script has not", "fetches.js"),
        ("no end to a recursion", "recurses.js"),
        ("TypeScript", "plugin.ts"),
    ] {
        page.show(what, &["run", file]);
    }
    page.show("--json for a script", &["run", "text.js", "--json"]);
    page.show("no target", &["run"]);
    page.check();
}

#[test]
fn profile_and_repl() {
    let folder = Folder::new();
    folder.component("fmt.wasm", fmt());
    folder.component("tools.wasm", tools());
    folder.write("module.wasm", b"\0asm\x01\0\0\0");
    let mut page = Page::new("profile", &folder);
    page.show("a file that is not there", &["profile", "nope.wasm", "f()"]);
    page.show("a core module", &["profile", "module.wasm", "f()"]);
    page.show(
        "a misspelt function",
        &["profile", "fmt.wasm", "gret(\"x\")"],
    );
    page.show("another type", &["profile", "fmt.wasm", "greet(1)"]);
    page.show(
        "grants that are missing",
        &["profile", "tools.wasm", "print()"],
    );
    page.show(
        "a call that fails",
        &[
            "profile",
            "tools.wasm",
            "throws()",
            "--grant",
            "console,timers",
            "--folded",
        ],
    );
    page.show(
        "a number that is none",
        &["profile", "fmt.wasm", "greet(\"x\")", "--times", "often"],
    );
    page.show(
        "a folder to write to that is not there",
        &[
            "profile",
            "fmt.wasm",
            "greet(\"x\")",
            "-o",
            "nope/profile.svg",
        ],
    );
    page.check();
    let mut page = Page::new("repl", &folder);
    page.show("a file that is not there", &["repl", "nope.wasm"]);
    page.show("a core module", &["repl", "module.wasm"]);
    page.show(
        "grants that are missing",
        &["repl", "tools.wasm", "--grant", "consol"],
    );
    page.show("an app that is not there", &["repl", "nope"]);
    page.check();
}
