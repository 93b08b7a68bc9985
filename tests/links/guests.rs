//! Plugins for the tests of links: a shelf, which defines boxes, and plugins that use them.

use outwit::{App, AppBuilder, Plugin, PluginConfig};
use outwit_tests::{engine, js_text};

/// The interfaces of all of them.
const WIT: &str = "
    package test:links@0.2.1;

    interface boxes {
        resource box {
            constructor(label: string);
            label: func() -> string;
            rename: func(label: string);
            later: async func() -> string;
            twin: static func(label: string) -> tuple<box, box>;
        }
        open: func(it: box) -> string;
        pass: func(it: box) -> box;
        alive: func() -> u32;
        crash: func();
        numbers: async func(n: u32) -> stream<u32>;
        slow: async func() -> string;
        held: async func() -> string;
        release: async func() -> u32;
        promise: async func() -> future<u32>;
        bytes: func(n: u32) -> list<u8>;
    }

    interface store {
        use boxes.{box};
        put: func(it: box);
        take: func() -> option<box>;
        look: func(it: borrow<box>) -> string;
        shelve: func(them: list<box>) -> list<string>;
    }

    interface usage {
        make: func(label: string) -> string;
        keep: func(label: string) -> u32;
        kept: func(at: u32) -> string;
        drop: func();
        count: func() -> u32;
        run: async func(what: string) -> string;
    }

    world shelf { export boxes; }
    world storage { import boxes; export store; }
    world user { import boxes; export usage; }
    world visitor { import boxes; import store; export usage; }
";

const SHELF: &str = r#"
    let alive = 0;
    let waiting = [];
    class Box {
        #label;
        constructor(label) {
            this.#label = label;
            alive += 1;
        }
        label() { return this.#label; }
        rename(label) { this.#label = label; }
        async later() { await null; return this.#label; }
        static twin(label) { return [new Box(label + " 1"), new Box(label + " 2")]; }
        [Symbol.dispose]() { alive -= 1; }
    }
    export const boxes = {
        Box,
        open(it) { const label = it.label(); it[Symbol.dispose](); return label; },
        pass: (it) => it,
        alive: () => alive,
        crash() { throw new Error("on purpose"); },
        async numbers(n) {
            return (async function* () { for (let i = 0; i < n; i++) yield i; })();
        },
        async slow() { for (;;) await null; },
        async held() { await new Promise((resolve) => waiting.push(resolve)); return "released"; },
        async release() {
            const n = waiting.length;
            for (const resolve of waiting.splice(0)) resolve();
            return n;
        },
        async promise() { return () => new Promise((resolve) => waiting.push(() => resolve(7))); },
        bytes: (n) => new Uint8Array(n),
    };
"#;

const STORAGE: &str = r#"
    const kept = [];
    export const store = {
        put(it) { kept.push(it); },
        take: () => kept.pop(),
        look: (it) => "looked at " + it.label(),
        shelve(them) {
            const labels = them.map((it) => it.label());
            kept.push(...them);
            return labels;
        },
    };
"#;

const USER: &str = r#"
    import { Box, open, pass, alive, crash, numbers, slow, held, release, promise } from "test:links/boxes";
    const kept = [];
    let calls = 0;
    const actions = {
        async sum() {
            let sum = 0;
            for await (const chunk of await numbers(1000)) for (const n of chunk) sum += n;
            return `${sum}`;
        },
        async first() {
            let seen = 0;
            reading: for await (const chunk of await numbers(1000)) {
                for (const _ of chunk) if (++seen === 3) break reading;
            }
            return `${seen}`;
        },
        async later() {
            using box = new Box("now");
            const answer = box.later();
            return await answer;
        },
        async together() {
            const both = [held(), held()];
            let released = 0;
            while (released < 2) released += await release();
            return (await Promise.all(both)).join();
        },
        async promise() { return `${await promise()}`; },
        async slow() { return await slow(); },
        async crash() { crash(); },
        async twins() {
            const [a, b] = Box.twin("t");
            const labels = [open(a), pass(b)];
            const text = `${labels[0]}, ${labels[1].label()}, ${alive()}`;
            labels[1][Symbol.dispose]();
            return text;
        },
    };
    export const usage = {
        make(label) { using box = new Box(label); return box.label(); },
        keep(label) { kept.push(new Box(label)); return kept.length - 1; },
        kept: (at) => kept[at].label(),
        drop() { for (const box of kept.splice(0)) box[Symbol.dispose](); },
        count: () => ++calls,
        run: (what) => actions[what](),
    };
"#;

const VISITOR: &str = r#"
    import { Box, alive } from "test:links/boxes";
    import { put, take, look, shelve } from "test:links/store";
    const actions = {
        async around() {
            put(new Box("given"));
            using back = take();
            return `${back.label()}, ${take()}, ${alive()}`;
        },
        async lent() {
            using box = new Box("mine");
            return `${look(box)}, ${box.label()}`;
        },
        async many() {
            const labels = shelve([new Box("a"), new Box("b")]);
            const before = alive();
            take()[Symbol.dispose]();
            take()[Symbol.dispose]();
            return `${labels.join()}, ${before}, ${alive()}`;
        },
    };
    export const usage = {
        make: () => "",
        keep: () => 0,
        kept: () => "",
        drop() {},
        count: () => 0,
        run: (what) => actions[what](),
    };
"#;

fn build(name: &str, source: &str, world: &str) -> Plugin {
    // The first world of a text is the one that is built.
    let wanted = WIT
        .lines()
        .find(|line| line.trim_start().starts_with(&format!("world {world} ")))
        .expect("there is such a world");
    let (interfaces, _) = WIT.split_once("world ").expect("there are worlds");
    let bytes = js_text(source, &format!("{interfaces}{wanted}"))
        .unwrap_or_else(|error| panic!("{name}: {error}"));
    Plugin::from_bytes(&engine(), name, bytes).expect("it is a component")
}

/// Defines boxes.
pub fn shelf() -> Plugin {
    build("shelf", SHELF, "shelf")
}

/// A shelf of another version of the interface.
pub fn shelf_of(version: &str) -> Plugin {
    let source = SHELF;
    let wit = WIT.replace("@0.2.1", &format!("@{version}"));
    let (interfaces, _) = wit.split_once("world ").expect("there are worlds");
    let bytes = js_text(
        source,
        &format!("{interfaces} world shelf {{ export boxes; }}"),
    )
    .expect("it builds");
    Plugin::from_bytes(&engine(), "shelf", bytes).expect("it is a component")
}

/// A shelf whose interface was changed.
pub fn shelf_with(from: &str, to: &str, source: impl Fn(&str) -> String) -> Plugin {
    let wit = WIT.replace(from, to);
    let (interfaces, _) = wit.split_once("world ").expect("there are worlds");
    let bytes = js_text(
        &source(SHELF),
        &format!("{interfaces} world shelf {{ export boxes; }}"),
    )
    .expect("it builds");
    Plugin::from_bytes(&engine(), "shelf", bytes).expect("it is a component")
}

/// Keeps boxes of the shelf for others.
pub fn storage() -> Plugin {
    build("storage", STORAGE, "storage")
}

/// Uses the shelf.
pub fn user(name: &str) -> Plugin {
    build(name, USER, "user")
}

/// Uses the shelf and the storage.
pub fn visitor() -> Plugin {
    build("visitor", VISITOR, "visitor")
}

/// An app of such plugins.
pub fn app(plugins: impl IntoIterator<Item = Plugin>) -> AppBuilder {
    let mut app = App::builder(&engine());
    for plugin in plugins {
        app = app.plugin(plugin, PluginConfig::new());
    }
    app
}

/// Has a user do something.
pub async fn run(app: &App, plugin: &str, what: &str) -> outwit::Result<String> {
    let (text,): (String,) = app
        .call_typed(plugin, None, "run", (what.to_string(),))
        .await?;
    Ok(text)
}

/// How a plugin is.
pub fn health(app: &App, plugin: &str) -> outwit::Health {
    let mut all = app.health().into_iter();
    all.find(|h| h.plugin == plugin)
        .expect("there is such a plugin")
}
