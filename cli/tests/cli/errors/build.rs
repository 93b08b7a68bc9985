//! `outwit build`, `new` and `types`.

use super::Page;
use crate::folder::{FMT_JS, FMT_WIT, Folder, fmt};

/// Builds `plugin` against `w.wit`.
fn build(plugin: &str) -> [&str; 6] {
    ["build", plugin, "--wit", "w.wit", "-o", "out.wasm"]
}

#[test]
fn javascript() {
    let folder = Folder::with(&[("w.wit", FMT_WIT), ("plugin.js", FMT_JS)]);
    let mut page = Page::new("build-javascript", &folder);
    let modules = [
        (
            "a mistake of syntax",
            "a.js",
            "export const fmt = {\n    greet(name { return name; },\n};\n",
        ),
        (
            "a mistake of syntax in TypeScript",
            "a.ts",
            "export const fmt: { = 1;\n",
        ),
        (
            "a tag that is not closed",
            "a.tsx",
            "export function page() {\n    return <ul><li>one</ul>;\n}\n",
        ),
        (
            "JSX without a package that makes elements",
            "b.jsx",
            "export const page = () => <ul><li>one</li></ul>;\n",
        ),
        (
            "TypeScript in a .js file",
            "b.js",
            "export const greet = (name: string) => name;\n",
        ),
        (
            "a package that is not installed",
            "c.ts",
            "import { marked } from 'marked';\nexport const fmt = { greet: marked, add() {} };\n",
        ),
        (
            "a file that is not there",
            "d.ts",
            "import { render } from './rendr.js';\nexport const fmt = { greet: render, add() {} };\n",
        ),
        (
            "a name that the other module does not export",
            "e.ts",
            "import { rendr } from './render.js';\nexport const fmt = { greet: rendr, add() {} };\n",
        ),
        (
            "a module of Node.js",
            "f.ts",
            "import { readFileSync } from 'node:fs';\nexport const fmt = { greet: readFileSync, add() {} };\n",
        ),
        (
            "a module of Node.js without the prefix",
            "g.ts",
            "import path from 'path';\nexport const fmt = { greet: path.basename, add() {} };\n",
        ),
        (
            "a package that needs a module of Node.js",
            "h.ts",
            "import { secret } from 'hidden';\nexport const fmt = { greet: secret, add() {} };\n",
        ),
        (
            "require of a module of Node.js",
            "i.cjs",
            "const http = require('http');\nexports.fmt = { greet: http.get, add() {} };\n",
        ),
        (
            "an interface that the world does not import",
            "j.ts",
            "import { write } from 'outwit:console/log';\nexport const fmt = { greet: write, add() {} };\n",
        ),
        (
            "an interface that no world has",
            "k.ts",
            "import { write } from 'demo:g/fmtt';\nexport const fmt = { greet: write, add() {} };\n",
        ),
        (
            "no export at all",
            "l.ts",
            "const fmt = { greet() {}, add() {} };\n",
        ),
        (
            "a default export instead of a named one",
            "m.ts",
            "export default { fmt: { greet() {}, add() {} } };\n",
        ),
        (
            "an export with another case",
            "n.ts",
            "export const Fmt = { greet() {}, add() {} };\n",
        ),
        (
            "a function with another name",
            "o.ts",
            "export const fmt = { greeet() {}, add() {} };\n",
        ),
        (
            "functions exported beside the interface",
            "p.ts",
            "export function greet() {}\nexport function add() {}\n",
        ),
        (
            "an exported function that is not one",
            "q.ts",
            "export const fmt = { greet: 'hello', add() {} };\n",
        ),
        (
            "code that throws while the plugin is built",
            "r.ts",
            "const settings: any = undefined;\nconst name = settings.name;\nexport const fmt = { greet: () => name, add() {} };\n",
        ),
        (
            "a global that is not there",
            "s.ts",
            "const dir = __dirname;\nexport const fmt = { greet: () => dir, add() {} };\n",
        ),
        (
            "a variable of Node.js",
            "t.ts",
            "const key = process.argv[2];\nexport const fmt = { greet: () => key, add() {} };\n",
        ),
        (
            "waiting for nothing",
            "u.ts",
            "await new Promise(() => {});\nexport const fmt = { greet() {}, add() {} };\n",
        ),
        (
            "too much memory",
            "v.ts",
            "const all: string[] = [];\nfor (;;) all.push('x'.repeat(1 << 20) + all.length);\n",
        ),
        (
            "no end to a recursion",
            "w.ts",
            "function down(): number { return 1 + down(); }\ndown();\n",
        ),
        (
            "modules that import each other in a circle too early",
            "x.ts",
            "import { b } from './y.js';\nexport const a = b + 1;\nexport const fmt = { greet: () => a, add() {} };\n",
        ),
        (
            "JSON that is none",
            "z.ts",
            "import data from './data.json';\nexport const fmt = { greet: () => data, add() {} };\n",
        ),
    ];
    folder.write(
        "render.ts",
        "export const render = (text: string) => text;\n",
    );
    folder.write(
        "y.ts",
        "import { a } from './x.js';\nexport const b = a + 1;\n",
    );
    folder.write("data.json", "{ \"a\": 1, }\n");
    folder.write(
        "node_modules/hidden/package.json",
        "{ \"name\": \"hidden\", \"main\": \"index.js\" }",
    );
    folder.write(
        "node_modules/hidden/index.js",
        "const crypto = require('crypto');\nexports.secret = () => crypto.randomBytes(8);\n",
    );
    for (what, name, source) in modules {
        folder.write(name, source);
        page.show(what, &build(name));
    }
    folder.write("latin1.js", b"// caf\xe9\n");
    page.show("a file that is not UTF-8", &build("latin1.js"));
    folder.write("noise.js", [0x9f, 0, 7, 0xff].repeat(100));
    page.show("a file that is no text", &build("noise.js"));
    page.check();
}

#[test]
fn files_and_worlds() {
    let folder = Folder::with(&[
        ("w.wit", FMT_WIT),
        ("plugin.ts", FMT_JS),
        ("plugin.txt", "text"),
        ("readme/readme.md", "text"),
        ("plugin.toml", "text"),
    ]);
    let mut page = Page::new("build", &folder);
    page.show("no output", &["build", "plugin.ts"]);
    page.show(
        "a misspelt option",
        &["build", "plugin.ts", "--outputs", "a"],
    );
    page.show("a file that is not there", &build("plugn.ts"));
    page.show("a file of another kind", &build("plugin.txt"));
    page.show(
        "a folder with nothing to build",
        &["build", "readme", "-o", "out.wasm"],
    );
    page.show("no WIT", &["build", "plugin.ts", "-o", "out.wasm"]);
    page.show(
        "a WIT file that is not there",
        &["build", "plugin.ts", "--wit", "v.wit", "-o", "out.wasm"],
    );
    page.show(
        "a world that is not there",
        &[&build("plugin.ts")[..], &["--world", "plugin"]].concat(),
    );
    page.show(
        "a form that is not there",
        &[&build("plugin.ts")[..], &["--cut", "small"]].concat(),
    );
    page.show(
        "a folder to write to that is not there",
        &[
            "build",
            "plugin.ts",
            "--wit",
            "w.wit",
            "-o",
            "build/out.wasm",
        ],
    );
    page.show(
        "a folder in the place of the output",
        &["build", "plugin.ts", "--wit", "w.wit", "-o", "readme"],
    );
    page.show(
        "a disk that is full",
        &["build", "plugin.ts", "--wit", "w.wit", "-o", "/dev/full"],
    );
    for (what, wit) in [
        (
            "a WIT text with a mistake of syntax",
            "package a:b;\nworld w {\n  export f: fnc();\n}\n",
        ),
        (
            "a type that is not there",
            "package a:b;\ninterface i {\n  record page { title: string }\n  f: func(p: pag);\n}\nworld w { export i; }\n",
        ),
        (
            "an interface that is not there",
            "package a:b;\ninterface greeter { }\nworld w {\n  export greter;\n}\n",
        ),
        (
            "a package that is not there",
            "package a:b;\nworld w {\n  import c:d/e@1.0.0;\n}\n",
        ),
        (
            "an Outwit package that is not there",
            "package a:b;\nworld w {\n  include outwit:consle/imports@0.1.0;\n}\n",
        ),
        (
            "an Outwit package without its version",
            "package a:b;\nworld w {\n  include outwit:console/imports;\n}\n",
        ),
        (
            "an interface in the place of a world",
            "package a:b;\nworld w {\n  include outwit:console/log@0.1.0;\n}\n",
        ),
        (
            "several worlds",
            "package a:b;\nworld one {}\nworld two {}\n",
        ),
        ("no world", "package a:b;\ninterface i {}\n"),
        ("no package", "world w {}\n"),
        ("an empty file", ""),
    ] {
        folder.write("v.wit", wit);
        page.show(
            what,
            &["build", "plugin.ts", "--wit", "v.wit", "-o", "out.wasm"],
        );
    }
    folder.write(
        "two.wit",
        "package a:b; world theme {} world theme-async {} world site {}",
    );
    page.show(
        "a misspelt world",
        &[
            "build",
            "plugin.ts",
            "--wit",
            "two.wit",
            "--world",
            "teme",
            "-o",
            "out.wasm",
        ],
    );
    page.show(
        "taking the sources out of what is no component",
        &["build", "plugin.ts", "--strip", "-o", "out.wasm"],
    );
    folder.component("fmt.wasm", fmt());
    page.show(
        "building a component",
        &["build", "fmt.wasm", "-o", "out.wasm"],
    );
    page.check();
}

#[test]
fn crates() {
    let folder = Folder::with(&[
        ("empty/Cargo.toml", ""),
        (
            "none/Cargo.toml",
            "[package]\nname = \"none\"\nversion = \"0.1.0\"\n[workspace]\n",
        ),
        ("none/src/lib.rs", ""),
        ("space/Cargo.toml", "[workspace]\nmembers = []\n"),
        (
            "world/Cargo.toml",
            "[package]\nname = \"world\"\nversion = \"0.1.0\"\n[workspace]\n[package.metadata.component.target]\nworld = \"nop\"\n",
        ),
        ("world/src/lib.rs", ""),
        (
            "world/wit/w.wit",
            "package a:b; world nope {} world other {}",
        ),
        (
            "plain/Cargo.toml",
            "[package]\nname = \"plain\"\nversion = \"0.1.0\"\nedition = \"2024\"\n[workspace]\n",
        ),
        ("plain/src/lib.rs", ""),
        (
            "plain/wit/w.wit",
            "package a:b; world w { export f: func(); }",
        ),
        (
            "bare/Cargo.toml",
            "[package]\nname = \"bare\"\nversion = \"0.1.0\"\nedition = \"2024\"\n[lib]\ncrate-type = [\"cdylib\"]\n[workspace]\n",
        ),
        ("bare/src/lib.rs", ""),
        (
            "bare/wit/w.wit",
            "package a:b; world w { export f: func(); }",
        ),
    ]);
    let mut page = Page::new("build-crate", &folder);
    for (what, name) in [
        ("a Cargo.toml that is empty", "empty"),
        ("a workspace", "space"),
        ("no WIT", "none"),
        ("a misspelt world", "world"),
        ("a crate that is not a cdylib", "plain"),
        ("a crate that does not export its world", "bare"),
    ] {
        page.show(what, &["build", name, "-o", "out.wasm"]);
    }
    page.show(
        "options of JavaScript",
        &["build", "bare", "--minify", "-o", "out.wasm"],
    );
    page.show_with(
        "no cargo",
        &["build", "bare", "-o", "out.wasm"],
        &[("CARGO", "/nowhere/cargo")],
    );
    page.check();
}

#[test]
fn new() {
    let folder = Folder::with(&[("full/readme.md", "text"), ("file", "text")]);
    let mut page = Page::new("new", &folder);
    page.show("no name", &["new"]);
    page.show("a folder that has files in it", &["new", "full"]);
    page.show("a file of that name", &["new", "file"]);
    page.show("a name with capitals", &["new", "MyPlugin"]);
    page.show("a name with a digit in front", &["new", "2nd"]);
    page.show(
        "a language that is not there",
        &["new", "greeter", "--lang", "python"],
    );
    page.show(
        "the name of a world that is none",
        &["new", "greeter", "--world", "My World"],
    );
    page.show("a folder that is not there", &["new", "/proc/greeter"]);
    page.check();
}

#[test]
fn types() {
    let folder = Folder::with(&[("wit/w.wit", FMT_WIT), ("bad/wit/w.wit", "package a:b")]);
    let mut page = Page::new("types", &folder);
    page.show("a folder that is not there", &["types", "nope"]);
    page.show("no WIT", &["types", "wit"]);
    page.show("a misspelt world", &["types", "--world", "ww"]);
    page.show("a mistake in the WIT", &["types", "bad"]);
    page.show("no declarations yet", &["types", "--check"]);
    folder.write("outwit.d.ts", "old");
    page.show(
        "declarations that are not up to date",
        &["types", "--check"],
    );
    page.show(
        "a folder to write to that is not there",
        &["types", "-o", "src/outwit.d.ts"],
    );
    page.check();
}
