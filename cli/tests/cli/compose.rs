//! `outwit compose`: one component that any host runs.

use crate::folder::{FMT_WIT, Folder, fmt, javascript, repository, texts, tools};
use wasmtime::component::{Component, Linker, Val};

/// The same without Outwit: what wasmtime does with a component.
struct Bare {
    store: wasmtime::Store<Vec<String>>,
    instance: wasmtime::component::Instance,
}

impl Bare {
    fn new(bytes: &[u8]) -> Bare {
        wasmparser::validate(bytes).expect("it is valid");
        let engine = wasmtime::Engine::default();
        let component = Component::new(&engine, bytes).expect("it compiles");
        let mut linker: Linker<Vec<String>> = Linker::new(&engine);
        let mut log = linker
            .instance("outwit:console/log@0.1.0")
            .expect("it is new");
        log.func_new("write", |mut store, _, args, _| {
            store.data_mut().push(format!("{args:?}"));
            Ok(())
        })
        .expect("it is new");
        let mut store = wasmtime::Store::new(&engine, Vec::new());
        let instance = linker
            .instantiate(&mut store, &component)
            .expect("it needs no more than a console");
        Bare { store, instance }
    }

    fn call(&mut self, interface: &str, function: &str, args: &[Val]) -> Val {
        let (_, interface) = self
            .instance
            .get_export(&mut self.store, None, interface)
            .expect("it exports this");
        let (_, function) = self
            .instance
            .get_export(&mut self.store, Some(&interface), function)
            .expect("it exports this");
        let function = self
            .instance
            .get_func(&mut self.store, function)
            .expect("it is a function");
        let mut results = [Val::Bool(false)];
        function
            .call(&mut self.store, args, &mut results)
            .expect("it answers");
        let [result] = results;
        result
    }
}

fn text(text: &str) -> Val {
    Val::String(text.into())
}

fn record(fields: &[(&str, Val)]) -> Val {
    let fields = fields.iter().cloned();
    Val::Record(
        fields
            .map(|(name, value)| (name.to_owned(), value))
            .collect(),
    )
}

fn field<'a>(value: &'a Val, name: &str) -> &'a Val {
    let Val::Record(fields) = value else {
        panic!("{value:?}");
    };
    let found = fields.iter().find(|(field, _)| field == name);
    found.map(|(_, value)| value).expect("it has this field")
}

#[test]
fn javascript_and_rust_become_one() {
    let folder = Folder::new();
    let site = repository().join("examples/site");
    let path = |name: &str| site.join(name).to_str().expect("it is Unicode").to_owned();
    let (module, wit) = (path("theme/plugin.js"), path("wit"));
    let theme = ["build", &module, "--wit", &wit, "--world", "theme-plugin"];
    folder.prints(&[&theme[..], &["-o", "theme.wasm"]].concat());
    folder.prints(&["build", &path("markdown"), "-o", "markdown.wasm"]);
    let output = folder.outwit(&["compose", "theme.wasm", "markdown.wasm", "-o", "page.wasm"]);
    let (stdout, stderr) = texts(&output);
    assert_eq!(output.status.code(), Some(0), "{stderr}");
    assert_eq!(stdout, "");
    assert!(stderr.starts_with("composed page.wasm ("), "{stderr}");

    // It imports what the theme needs besides Markdown, and exports the theme.
    let wit = folder.prints(&["inspect", "page.wasm", "--wit"]);
    let of_world = |kind: &str| {
        let lines = wit
            .lines()
            .filter_map(|line| line.trim().strip_prefix(kind));
        lines.map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(of_world("import "), ["outwit:console/log@0.1.0;"]);
    assert_eq!(of_world("export "), ["demo:site/theme@0.1.0;"]);

    let mut page = Bare::new(&folder.read("page.wasm"));
    let theme = "demo:site/theme@0.1.0";
    let source = "# Soup\n\nHot & *good*.\n";
    let page_record = record(&[("path", text("soup.md")), ("source", text(source))]);
    let link = page.call(theme, "describe", std::slice::from_ref(&page_record));
    assert_eq!(field(&link, "title"), &text("Soup"));
    let info = record(&[
        ("name", text("Kitchen")),
        ("language", text("en")),
        ("pages", Val::List(vec![link])),
    ]);
    let rendered = page.call(theme, "render", &[info, page_record]);
    let Val::Result(Ok(Some(file))) = rendered else {
        panic!("{rendered:?}");
    };
    let Val::String(html) = field(&file, "text") else {
        panic!("{file:?}");
    };
    assert!(html.contains("<em>good</em>"), "{html}");
    assert!(html.contains("Soup · Kitchen"), "{html}");
}

/// What a host does not have can come from one more component: wasmtime knows no `outwit:console`.
#[test]
fn a_console_can_be_composed_in() {
    let folder = Folder::new();
    folder.component("tools.wasm", tools());
    let silent = "package demo:silent; world silent { export outwit:console/log@0.1.0; }";
    let silent = javascript(silent, "export const log = { write(level, message) {} };");
    folder.component("silent.wasm", &silent);
    let timers = "package demo:still; world still { export outwit:timers/scheduler@0.1.0; }";
    let timers = javascript(
        timers,
        "export const scheduler = { now() { return 0; }, async waitUntil(when) {} };",
    );
    folder.component("still.wasm", &timers);
    let all = ["tools.wasm", "silent.wasm", "still.wasm"];
    folder.prints(&[&["compose"], &all[..], &["-o", "all.wasm"]].concat());
    let text = folder.prints(&["inspect", "all.wasm"]);
    assert!(text.contains("  imports   nothing\n"), "{text}");
    assert_eq!(folder.prints(&["call", "all.wasm", "print()"]), "");
}

/// `front`, which shouts what `demo:g/fmt` greets.
fn front() -> Vec<u8> {
    let wit = FMT_WIT.replace(
        "export fmt;",
        "import fmt; export shout: func(name: string) -> string;",
    );
    javascript(
        &wit,
        "import { greet } from 'demo:g/fmt';
        export const shout = (name) => greet(name).toUpperCase();",
    )
}

#[test]
fn javascript_and_javascript_become_one() {
    let folder = Folder::new();
    folder.component("front.wasm", &front());
    folder.component("fmt.wasm", fmt());
    folder.prints(&["compose", "front.wasm", "fmt.wasm", "-o", "both.wasm"]);
    wasmparser::validate(&folder.read("both.wasm")).expect("it is valid");
    let said = folder.prints(&["call", "both.wasm", "shout(\"you\")"]);
    assert_eq!(said, "\"HELLO, YOU!\"\n");
    folder.fails(
        &["call", "both.wasm", "greet(\"you\")"],
        "there is no function `greet`. These are exported:\n  shout: func(name: string) -> string",
    );
    // The order says whose exports stay.
    let both = [
        "compose",
        "front.wasm",
        "fmt.wasm",
        "--export-all",
        "-o",
        "all.wasm",
    ];
    folder.prints(&both);
    let said = folder.prints(&["call", "all.wasm", "greet(\"you\")"]);
    assert_eq!(said, "\"Hello, you!\"\n");
}

#[test]
fn what_cannot_be_composed_is_explained() {
    let folder = Folder::with(&[("text.wasm", "hello")]);
    folder.component("front.wasm", &front());
    folder.component("fmt.wasm", fmt());
    folder.component("fmt2.wasm", fmt());
    let other =
        "(component (core module $m (func (export \"f\"))) (core instance $i (instantiate $m))
        (func $f (canon lift (core func $i \"f\"))) (instance $out (export \"greet\" (func $f)))
        (export \"demo:g/fmt@0.1.0\" (instance $out)))";
    folder.component(
        "other.wasm",
        &wat::parse_str(other).expect("it is a component"),
    );
    let cases: [(&[&str], &str); 5] = [
        (
            &["fmt.wasm", "fmt2.wasm"],
            "there is nothing to compose: none of the components imports what another exports; --export-all puts them into one nonetheless",
        ),
        (&["front.wasm", "nope.wasm"], "there is no file nope.wasm"),
        (
            &["front.wasm", "text.wasm"],
            "text.wasm is not a WebAssembly component: it is text. Build a script with `outwit build`, the text format with `wasm-tools parse`",
        ),
        (
            &["front.wasm", "fmt.wasm", "fmt2.wasm"],
            "plugin `front` imports `demo:g/fmt@0.1.0`, which is exported by fmt, fmt2; compose it with one of them only",
        ),
        (
            &["front.wasm", "other.wasm"],
            "cannot compose other, front: `demo:g/fmt@0.1.0` of `other` does not fit what `front` imports: instance is missing expected record export `point`",
        ),
    ];
    for (components, expected) in cases {
        let args = [&["compose"], components, &["-o", "out.wasm"]].concat();
        folder.fails(&args, expected);
        assert!(!folder.path("out.wasm").exists());
    }
    folder.fails(
        &["compose", "front.wasm", "fmt.wasm", "-o", "nope/out.wasm"],
        "cannot write nope/out.wasm: there is no folder nope; make it first",
    );
}
