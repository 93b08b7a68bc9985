//! Plugins that go wrong while they run, in an app and alone.

use super::Page;
use crate::folder::Folder;

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
        page.show(
            &what,
            &[&["call", "wrong.wasm", call], &grants[..]].concat(),
        );
    }
    page.check();
}
