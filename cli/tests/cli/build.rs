//! `outwit build`.

use crate::folder::{FMT_JS, FMT_WIT, Folder, fmt, texts};

/// The arguments that build a module against `w.wit`.
fn build(module: &str) -> [&str; 6] {
    ["build", module, "--wit", "w.wit", "-o", "out.wasm"]
}

#[test]
fn a_module_is_built() {
    let folder = Folder::with(&[("plugin.js", FMT_JS), ("wit/w.wit", FMT_WIT)]);
    let args = ["build", "plugin.js", "-o", "out.wasm"];
    let output = folder.outwit(&args);
    let (stdout, stderr) = texts(&output);
    assert_eq!(output.status.code(), Some(0), "{stderr}");
    assert_eq!(stdout, "");
    assert!(stderr.starts_with("built out.wasm ("), "{stderr}");
    assert_eq!(stderr.lines().count(), 1, "{stderr}");
    let component = folder.read("out.wasm");
    wasmparser::validate(&component).expect("it is valid");
    // Where the files are makes no difference.
    assert!(component.len().abs_diff(fmt().len()) < 1000);
}

/// The sources are in the component unless they are not wanted, and go when that is said.
#[test]
fn the_source_map_can_be_left_out() {
    let wit = "package a:b; world w { export f: func(); }";
    let source = "export function f(): void {\n  throw new Error('x');\n}\n";
    let folder = Folder::with(&[("w.wit", wit), ("plugin.ts", source)]);
    folder.prints(&build("plugin.ts"));
    let error = folder.error(&["call", "out.wasm", "f()"]);
    assert!(error.contains("> 2 |   throw new Error('x');"), "{error}");
    let strip = ["build", "out.wasm", "--strip", "-o", "small.wasm"];
    folder.prints(&strip);
    folder.prints(&[&build("plugin.ts")[..], &["--no-source-map"]].concat());
    assert!(folder.read("small.wasm") == folder.read("out.wasm"));
    let error = folder.error(&["call", "small.wasm", "f()"]);
    assert!(!error.contains("> 2 |"), "{error}");
    let error = folder.error(&["build", "plugin.ts", "--strip", "-o", "no.wasm"]);
    assert_eq!(error, "plugin.ts is not a component");
}

#[test]
fn the_world_is_chosen() {
    let wit =
        "package a:b; world one { export f: func() -> u8; } world two { export g: func() -> u8; }";
    let folder = Folder::with(&[("w.wit", wit), ("p.mjs", "export const g = () => 2;")]);
    let args = ["build", "p.mjs", "--wit", "w.wit", "-o", "out.wasm"];
    let choose = [&args[..], &["--world", "two"]].concat();
    folder.prints(&choose);
    assert_eq!(folder.prints(&["call", "out.wasm", "g()"]), "2\n");
}

#[test]
fn a_crate_is_built() {
    let folder = Folder::new();
    let crate_dir = crate::folder::repository().join("examples/hello-rust");
    let crate_dir = crate_dir.to_str().expect("it is Unicode");
    folder.prints(&["build", crate_dir, "-o", "hello.wasm"]);
    let said = folder.prints(&["call", "hello.wasm", "greet(\"you\")"]);
    assert_eq!(said, "\"Hello, you! This is Rust.\"\n");
}

#[test]
fn mistakes_in_javascript_say_where() {
    let cases = [
        (
            "export const a = 1;\nlet b = = 2;\n",
            "plugin.js:2:9: SyntaxError: Unexpected token",
        ),
        ("throw new TypeError('no');", "plugin.js:1:7: TypeError: no"),
        (
            "function f() {\n  null.x;\n}\nf();\n",
            "plugin.js:2:3: TypeError: cannot read property 'x' of null",
        ),
        (
            "import './lib/broken.js';",
            "lib/broken.js:3:6: SyntaxError: Expected a semicolon or an implicit semicolon after a statement, but found none: Try inserting a semicolon here",
        ),
        (
            "import './nope.js';",
            "plugin.js:1:8: cannot find the module \"./nope.js\": there is no such file",
        ),
        (
            "import 'lodash';",
            "plugin.js:1:8: cannot find the module \"lodash\": there is no package `lodash` in a folder node_modules here or above (`npm install lodash`); a module of the plugin itself begins with ./ or ../, an import of its world looks like \"namespace:package/interface\"",
        ),
        (
            "import { x } from 'demo:g/other';",
            "plugin.js:1:19: the world does not import demo:g/other; add `import demo:g/other;` to the world",
        ),
        (
            "export const other = 1;",
            "plugin.js does not export `fmt`: the world exports demo:g/fmt@0.1.0, so the module has to say `export const fmt = { … }`, with its functions",
        ),
        (
            "export const Fmt = { greet() {}, add() {} };",
            "plugin.js does not export `fmt`: the world exports demo:g/fmt@0.1.0, so the module has to say `export const fmt = { … }`, with its functions. Is `Fmt` meant?",
        ),
        (
            "export const fmt = { greet() {}, ad() {} };",
            "plugin.js does not export `add`: the world exports `add: func(p: record) -> u32` in demo:g/fmt@0.1.0. Is `ad` meant?",
        ),
        (
            "export const fmt = { greet() {} };",
            "plugin.js does not export `add`: the world exports `add: func(p: record) -> u32` in demo:g/fmt@0.1.0",
        ),
        (
            "export const fmt = { greet() {}, add: 5 };",
            "plugin.js exports `add`, which is not a function: the world exports `add: func(p: record) -> u32` in demo:g/fmt@0.1.0",
        ),
        (
            "await new Promise(() => {});",
            "the module waits, at its top level, for something that does not happen while the plugin is built",
        ),
    ];
    let broken = ("lib/broken.js", "\n\nlet a b;\n");
    let folder = Folder::with(&[("w.wit", FMT_WIT), broken]);
    for (source, expected) in cases {
        folder.write("plugin.js", source);
        let error = folder.error(&build("plugin.js"));
        let mut lines = error.lines();
        assert_eq!(lines.next(), Some(expected));
        // the lines around the place, if there is one
        let has_place = expected.contains(".js:");
        assert_eq!(
            lines.any(|line| line.starts_with("> ")),
            has_place,
            "{error}"
        );
        assert!(!folder.path("out.wasm").exists());
    }
}

#[test]
fn a_module_cannot_call_the_host_while_it_is_built() {
    let wit = "package a:b; world w { include outwit:console/imports@0.1.0; export f: func(); }";
    let source = "console.log('early');\nexport function f() {}";
    let folder = Folder::with(&[("w.wit", wit), ("plugin.js", source)]);
    let error = folder.error(&build("plugin.js"));
    assert!(error.starts_with("plugin.js:1:"), "{error}");
    assert!(
        error.contains(
            "cannot be called while the plugin is built; call it from an exported function\n> 1 | console.log('early');"
        ),
        "{error}"
    );
}

#[test]
fn mistakes_in_wit_say_where() {
    let cases = [
        (
            "package a:b;\nworld w {\n  export f: fnc();\n}\n",
            "w.wit:3:16: expected ';', found '('",
        ),
        (
            "package a:b;\nworld w {\n  export f: func(a: nope);\n}\n",
            "w.wit:3:21: name `nope` does not exist",
        ),
        (
            "package a:b;\nworld w {\n  import c:d/e@1.0.0;\n}\n",
            "w.wit:3:10: there is no package `c:d@1.0.0`: put its WIT into the folder `deps` in the WIT folder",
        ),
        (
            "package a:b@0.1.0;\nworld w {\n  import a:b/e;\n}\n",
            "w.wit:3:10: there is no package `a:b`, only `a:b@0.1.0`",
        ),
        (
            "package a:b;\nworld one {}\nworld two {}\n",
            "the package `a:b` has more than one world; choose one of one, two",
        ),
        (
            "package a:b;\ninterface i {}\n",
            "the package `a:b` has no world",
        ),
        (
            "world w {}\n",
            "no WIT file begins with a package, as in `package demo:hello@0.1.0;`",
        ),
    ];
    let folder = Folder::with(&[("plugin.js", "")]);
    for (wit, expected) in cases {
        folder.write("w.wit", wit);
        let error = folder.error(&build("plugin.js"));
        let mut lines = error.lines();
        assert_eq!(lines.next(), Some(expected));
        // the lines around the place, if there is one
        let has_place = expected.starts_with("w.wit:");
        assert_eq!(
            lines.any(|line| line.starts_with("> ")),
            has_place,
            "{error}"
        );
    }
    folder.write("w.wit", FMT_WIT);
    let unknown = [&build("plugin.js")[..], &["--world", "nope"]].concat();
    folder.fails(
        &unknown,
        "the package `demo:g@0.1.0` has no world `nope`; it has w",
    );
    std::fs::create_dir(folder.path("empty")).expect("a folder");
    folder.fails(
        &["build", "plugin.js", "--wit", "empty", "-o", "out.wasm"],
        "there is no .wit file with a `package` line in empty",
    );
}

#[test]
fn missing_and_wrong_files_are_named() {
    let folder = Folder::with(&[
        ("plugin.js", FMT_JS),
        ("w.wit", FMT_WIT),
        ("plugin.txt", "text"),
        ("folder/readme.md", "text"),
    ]);
    folder.write("latin1.js", b"// caf\xe9");
    let cases: [(&[&str], &str); 8] = [
        (&build("nope.js"), "there is no file nope.js"),
        (
            &["build", "plugin.js", "--wit", "nope", "-o", "out.wasm"],
            "there is no WIT at nope: write the plugin's world there, or say with --wit where it is",
        ),
        (
            &["build", "plugin.js", "-o", "out.wasm"],
            "there is no WIT at wit: write the plugin's world there, or say with --wit where it is",
        ),
        (
            &build("plugin.txt"),
            "plugin.txt is neither a .js, .mjs, .jsx, .ts, .mts or .tsx file nor the folder of a crate",
        ),
        (
            &build("latin1.js"),
            "latin1.js:1:7: this file is not UTF-8 text; save it as UTF-8",
        ),
        (
            &["build", "folder", "-o", "out.wasm"],
            "folder has no Cargo.toml and no outwit.toml, so it is neither a crate nor an app; of a plugin in JavaScript, name the main file",
        ),
        (
            &["build", "folder", "--world", "w", "-o", "out.wasm"],
            "--wit, --world, --minify and --no-source-map are for JavaScript plugins; a crate names its world in its own Cargo.toml",
        ),
        (
            &[
                "build",
                "plugin.js",
                "--wit",
                "w.wit",
                "-o",
                "nope/out.wasm",
            ],
            "cannot write nope/out.wasm: there is no folder nope; make it first",
        ),
    ];
    for (args, expected) in cases {
        folder.fails(args, expected);
    }
}
