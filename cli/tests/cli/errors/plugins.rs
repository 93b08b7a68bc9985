//! Plugins that go wrong while they run, in an app and alone.

use super::Page;
use crate::folder::{Folder, repository};

const WIT: &str = "package demo:wrong@0.1.0;

interface wrong {
    record order { id: u32, items: list<string> }
    throws: func();
    throws-text: func();
    throws-nothing: func();
    throws-object: func();
    throws-cause: func();
    throws-many: func();
    throws-own: func();
    throws-hostile: func();
    throws-dom: func();
    rejects: async func();
    rejects-later: async func();
    nobody-waits: async func();
    waits: async func();
    sync-waits: func() -> u32;
    loops: func();
    recurses: func();
    eats: func();
    wrong-type: func() -> u32;
    wrong-field: func() -> order;
    missing-field: func() -> order;
    not-utf8: func(text: string) -> string;
    fails: func() -> result<u32, string>;
    fails-otherwise: func() -> result<u32, order>;
    denied: func();
}

world w {
    include outwit:timers/imports@0.1.0;
    include outwit:storage/imports@0.1.0;
    export wrong;
}
";

const TS: &str = "class OrderError extends Error {
    constructor(message: string) { super(message); this.name = 'OrderError'; }
}

function load(id: number): never {
    throw new OrderError(`there is no order ${id}`);
}

const hostile = new Proxy({}, {
    get() { throw new Error('do not look'); },
    ownKeys() { throw new Error('do not look'); },
});

async function later() {
    await Promise.resolve();
    load(7);
}

export const wrong = {
    throws() { load(7); },
    throwsText() { throw 'a text'; },
    throwsNothing() { throw undefined; },
    throwsObject() { throw { code: 7, why: 'no order' }; },
    throwsCause() {
        try { load(7); } catch (cause) { throw new Error('cannot sync', { cause }); }
    },
    throwsMany() {
        throw new AggregateError([new RangeError('one'), new TypeError('two')], 'all went wrong');
    },
    throwsOwn() { load(8); },
    throwsHostile() { throw hostile; },
    throwsDom() { structuredClone(() => {}); },
    async rejects() { await later(); },
    rejectsLater: () => new Promise((_, reject) => setTimeout(() => reject(new Error('too late')), 1)),
    async nobodyWaits() {
        void later();
        await new Promise((done) => setTimeout(done, 1));
    },
    async waits() { await new Promise(() => {}); },
    syncWaits() { return new Promise(() => {}); },
    loops() { for (;;); },
    recurses(): number { return 1 + wrong.recurses(); },
    eats() {
        const all = [];
        for (;;) all.push(new Uint8Array(1 << 20));
    },
    wrongType: () => 'one',
    wrongField: () => ({ id: 1, items: ['a', 2] }),
    missingField: () => ({ id: 1 }),
    notUtf8: (text: string) => text + '\\ud800',
    fails() { throw new Error('not today'); },
    failsOtherwise() { throw new Error('not today'); },
    denied() { localStorage.setItem('a', 'x'.repeat(1 << 23)); },
};
";

#[test]
fn javascript_that_goes_wrong() {
    let folder = Folder::with(&[("wit/w.wit", WIT), ("plugin.ts", TS)]);
    folder.prints(&["build", "plugin.ts", "-o", "wrong.wasm"]);
    let mut page = Page::new("plugins", &folder);
    for call in [
        "throws()",
        "throws-text()",
        "throws-nothing()",
        "throws-object()",
        "throws-cause()",
        "throws-many()",
        "throws-own()",
        "throws-hostile()",
        "throws-dom()",
        "rejects()",
        "rejects-later()",
        "nobody-waits()",
        "waits()",
        "sync-waits()",
        "loops()",
        "recurses()",
        "eats()",
        "wrong-type()",
        "wrong-field()",
        "missing-field()",
        "fails-otherwise()",
        "denied()",
    ] {
        let what = call.trim_end_matches("()").replace('-', " ");
        let grants = ["--grant", "timers,storage"];
        let mut args = [&["call", "wrong.wasm", call], &grants[..]].concat();
        if call != "loops()" {
            // The machine may be slow.
            args.extend(["--limit", "cpu=20s,wall=1min"]);
        }
        page.show(&what, &args);
    }
    page.check();
}

/// A plugin in Rust: names of functions, what a panic said.
#[test]
fn rust_that_goes_wrong() {
    let folder = Folder::new();
    let faults = repository().join("tests/rust/faults");
    let faults = faults.to_str().expect("it is Unicode");
    folder.prints(&["build", faults, "-o", "faults.wasm"]);
    let mut page = Page::new("rust", &folder);
    for (what, call) in [
        ("a panic", "panics(\"the stock is empty\")"),
        ("an index that is too large", "reads(7)"),
        ("unwrapping nothing", "unwraps()"),
        ("a trap", "traps()"),
        ("no end to a recursion", "recurses(0)"),
    ] {
        page.show(what, &["call", "faults.wasm", call, "--limit", "cpu=5s"]);
    }
    page.check();
}

/// The application's error names both plugins, the function, and where in the one that failed.
#[test]
fn across_plugins() {
    let folder = Folder::with(&[
        (
            "wit/caller.wit",
            "package demo:caller;\n\ninterface api { go: func(); later: async func(); }\n\nworld caller { import test:faults/faults; export api; }\n",
        ),
        (
            "caller.ts",
            "import { panics } from 'test:faults/faults';\n\nfunction order() { panics('the stock is empty'); }\n\nexport const api = {\n    go() { order(); },\n    async later() { await null; order(); },\n};\n",
        ),
        (
            "outwit.toml",
            "[app]\nname = \"x\"\n[plugins.caller]\npath = \"caller.wasm\"\n[plugins.faults]\npath = \"faults.wasm\"\n",
        ),
        (
            "fmt.ts",
            "function refuse(name: string): never { throw new RangeError(`no ${name} here`); }\n\nexport const fmt = {\n    greet: (name: string) => refuse(name),\n    add() {}, sum() {}, bytes() {}, big() {},\n};\n",
        ),
        (
            "back.toml",
            "[app]\nname = \"x\"\n[plugins.caller]\npath = \"back.wasm\"\n[plugins.fmt]\npath = \"fmt.wasm\"\n",
        ),
    ]);
    folder.copy("tests/rust/faults/wit/faults.wit", "wit/deps/faults.wit");
    folder.copy("tests/bridge/fmt.wit", "bridge/fmt.wit");
    let of = |name: &str| {
        let path = repository().join(name);
        path.to_str().expect("it is Unicode").to_owned()
    };
    let (faults, caller) = (of("tests/rust/faults"), of("tests/bridge/rust-caller"));
    for args in [
        &["build", "caller.ts", "-o", "caller.wasm"][..],
        &["build", &faults, "-o", "faults.wasm"],
        &[
            "build",
            "fmt.ts",
            "--wit",
            "bridge/fmt.wit",
            "--world",
            "bench",
            "-o",
            "fmt.wasm",
        ],
        &["build", &caller, "-o", "back.wasm"],
    ] {
        folder.prints(args);
    }
    let mut page = Page::new("across", &folder);
    page.show(
        "JavaScript calls Rust, which panics",
        &["call", ".", "go()"],
    );
    page.show("and later", &["call", ".", "later()"]);
    page.show(
        "Rust calls JavaScript, which throws",
        &["call", "back.toml", "caller:greet(1)"],
    );
    page.check();
}
