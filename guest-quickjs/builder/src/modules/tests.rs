use super::*;
use std::fs;

/// A folder with these files.
fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    folder
}

fn loader(folder: &tempfile::TempDir, main: &str) -> (Loader, Source) {
    let path = folder.path().join(main);
    let mut loader = Loader::new(&path, false, Inputs::default());
    let source = loader.main(&path).unwrap();
    (loader, source)
}

#[test]
fn javascript_stays_as_it_is() {
    let text = "import a from './lib/a.js'; export const b = a;";
    let folder = folder(&[
        ("main.js", text),
        ("lib/a.js", "export default 1"),
        ("b.js", "export {}"),
    ]);
    let (mut loader, main) = loader(&folder, "main.js");
    assert_eq!((main.name.as_str(), main.text.as_str()), ("main.js", text));
    let a = loader.load("main.js", "./lib/a.js").unwrap();
    assert_eq!(
        (a.name.as_str(), a.text.as_str()),
        ("lib/a.js", "export default 1")
    );
    let b = loader.load("lib/a.js", "./.././b.js").unwrap();
    assert_eq!(b.name, "b.js");
}

#[test]
fn typescript_loses_its_types_and_keeps_its_places() {
    let text = "import type { T } from './t';\nimport { f, type G } from './f.js';\n\ninterface X { a: T }\nexport const run = (x: X): G => {\n  return f(x.a)!;\n};\n";
    let folder = folder(&[
        ("main.ts", text),
        (
            "f.ts",
            "export type G = 1; export const f = (x: unknown) => x as G;",
        ),
    ]);
    let (mut loader, main) = loader(&folder, "main.ts");
    assert!(
        !main.text.contains("interface") && !main.text.contains("import type"),
        "{}",
        main.text
    );
    assert_eq!(loader.load("main.ts", "./f.js").unwrap().name, "f.ts");
    let line = main
        .text
        .lines()
        .position(|line| line.contains("return"))
        .unwrap() as u32
        + 1;
    let error = JsError {
        file: Some("main.ts".into()),
        line: Some(line),
        column: Some(2),
        stack: Some(format!(
            "    at run (main.ts:{line}:2)\n    at <anonymous> (native)"
        )),
        ..JsError::default()
    };
    let original = loader.original(error);
    assert_eq!(original.line, Some(6));
    assert!(
        original
            .stack
            .unwrap()
            .starts_with("    at run (main.ts:6:")
    );
    assert!(original.frame.unwrap().contains("> 6 |   return f(x.a)!;"));
}

#[test]
fn what_is_missing_is_said_where_it_is_imported() {
    let text = "import a from './a.js';\nimport b from 'left-pad';\nimport c from 'node:fs';\nimport d from '@scope/name/deep';";
    let folder = folder(&[("main.js", text)]);
    let (mut loader, _) = loader(&folder, "main.js");
    let mut fails = |specifier: &str| loader.load("main.js", specifier).unwrap_err();
    let a = fails("./a.js");
    assert_eq!((a.line, a.column), (Some(1), Some(15)));
    assert!(a.frame.unwrap().contains("> 1 | import a"));
    let b = fails("left-pad");
    assert_eq!(b.line, Some(2));
    assert!(b.message.contains("npm install left-pad"), "{}", b.message);
    assert!(fails("node:fs").message.contains("localStorage"));
    assert!(
        fails("@scope/name/deep")
            .message
            .contains("package `@scope/name`")
    );
}

#[test]
fn syntax_errors_have_a_frame() {
    let folder = folder(&[("main.ts", "export const a: number = ;\n")]);
    let path = folder.path().join("main.ts");
    let Err(Error::Js(error)) = Loader::new(&path, false, Inputs::default()).main(&path) else {
        panic!("it was loaded");
    };
    assert_eq!(
        (error.file.as_deref(), error.line, error.column),
        (Some("main.ts"), Some(1), Some(26))
    );
    assert!(error.frame.unwrap().ends_with('^'));
}

#[test]
fn packages_are_found_as_their_manifests_say() {
    let folder = folder(&[
        (
            "src/main.js",
            "import 'esm'; import { x } from 'cjs'; import 'esm/inner'; import 'nothing';",
        ),
        (
            "node_modules/esm/package.json",
            r#"{"type":"module","exports":{".":{"node":"./node.js","browser":"./browser.js"}}}"#,
        ),
        ("node_modules/esm/browser.js", "export {}"),
        ("node_modules/cjs/package.json", r#"{"main":"lib"}"#),
        (
            "node_modules/cjs/lib/index.js",
            "exports.y = require('./other'); if (process.env.NODE_ENV !== 'production') require('./dev');",
        ),
        (
            "node_modules/cjs/lib/other.js",
            "module.exports = { z: 1 };",
        ),
    ]);
    let (mut loader, _) = loader(&folder, "src/main.js");
    assert_eq!(
        loader.load("main.js", "esm").unwrap().name,
        "node_modules/esm/browser.js"
    );
    let face = loader.load("main.js", "cjs").unwrap();
    assert_eq!(face.name, "node_modules/cjs/lib/index.js?import=x");
    assert!(
        face.text.contains("as \"x\"") && face.text.contains("as \"y\""),
        "{}",
        face.text
    );
    let body = loader
        .load(&face.name, "?cjs:node_modules/cjs/lib/index.js")
        .unwrap();
    assert!(
        body.text.contains("?cjs:node_modules/cjs/lib/other.js"),
        "{}",
        body.text
    );
    assert!(!body.text.contains("./dev"), "{}", body.text);
    let inner = loader.load("main.js", "esm/inner").unwrap_err();
    assert!(
        inner.message.contains("does not export"),
        "{}",
        inner.message
    );
}

#[test]
fn data_are_default_exports() {
    let folder = folder(&[
        (
            "main.js",
            "import a from './a.json'; import t from './t.txt'; import b from './b.bin' with { type: 'bytes' };",
        ),
        ("a.json", r#"{"a": [1, "\u2028"]}"#),
        ("t.txt", "one `two` ${three}\n"),
        ("b.bin", "\u{1}\u{2}"),
        ("bad.json", "{\n  nothing\n}"),
    ]);
    let (mut loader, _) = loader(&folder, "main.js");
    let mut load = |specifier: &str| loader.load("main.js", specifier).map(|source| source.text);
    assert!(
        load("./a.json")
            .unwrap()
            .starts_with("export default JSON.parse(")
    );
    assert_eq!(
        load("./t.txt").unwrap(),
        r#"export default "one `two` ${three}\n";"#
    );
    assert_eq!(
        load("./b.bin").unwrap(),
        "export default new Uint8Array([1,2]);"
    );
    let bad = load("./bad.json").unwrap_err();
    assert_eq!((bad.file.as_deref(), bad.line), (Some("bad.json"), Some(2)));
}
