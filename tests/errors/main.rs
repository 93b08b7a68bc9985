//! What a JavaScript author gets told, and what arrives at the other side.

use outwit::{App, Error, Plugin, PluginConfig, Val};
use outwit_tests::{engine, js_text};

const SHOP: &str = "
    package test:errors;
    interface shop {
        record item { name: string, price: u32 }
        record order { items: list<item>, note: option<string> }
        variant trouble { sold-out(string), closed }
        buy: func(customer: string, order: order) -> result<u64, trouble>;
        small: func(n: u8, s: s8, c: char);
        pick: func(kind: sort, set: bits);
        variant sort { none, some-text(string), number(f32) }
        flags bits { a, b }
        count: func() -> u32;
        fail: func(how: string) -> result<_, string>;
    }
    interface customer {
        tell: func(code: string) -> string;
        give: func(what: string) -> u8;
        fail: func(how: string) -> result<u32, string>;
        fail-plainly: func(how: string) -> u32;
        fail-later: async func(how: string) -> u32;
    }
    world shop-plugin { export shop; }
    world customer-plugin { import shop; export customer; }
";

const SHOP_JS: &str = "
    let calls = 0;
    export const shop = {
        buy(customer, order) {
            calls++;
            if (order.items.length === 0) throw new ComponentError({ tag: 'closed' });
            if (order.note === 'gone') throw { tag: 'sold-out', val: order.items[0].name };
            return order.items.reduce((sum, item) => sum + BigInt(item.price), 0n);
        },
        small() { calls++; },
        pick() { calls++; },
        count: () => calls,
        fail(how) { throw how; },
    };
";

const CUSTOMER_JS: &str = "
    import * as shop from 'test:errors/shop';
    const later = () => new Promise(() => {});
    const attempt = (f) => {
        try { return `returned ${f()}`; }
        catch (e) { return `${e.name}: ${e.message} ${JSON.stringify(e.payload) ?? ''}`.trim(); }
    };
    export const customer = {
        tell: (code) => attempt(() => new Function('shop', `return ${code}`)(shop)),
        give: (what) => new Function(`return ${what}`)(),
        fail(how) {
            if (how === 'error') throw new Error('boom');
            if (how === 'string') throw 'plain';
            if (how === 'payload') throw Object.assign(new Error('x'), { payload: 'inside' });
            if (how === 'wrong') throw 7;
            return 1;
        },
        failPlainly(how) {
            if (how === 'error') { const deep = () => { throw new TypeError('deep'); }; deep(); }
            if (how === 'promise') return later();
            if (how === 'settled') return Promise.resolve(5);
            if (how === 'unhandled') Promise.reject(new Error('nobody looks'));
            if (how === 'microtask') queueMicrotask(() => { throw new Error('in a microtask'); });
            return 2;
        },
        async failLater(how) {
            await null;
            if (how === 'error') throw new RangeError('late');
            return 3;
        },
    };
";

/// TypeScript whose lines are others once it is JavaScript.
const THROWER_TS: &str = "\
interface Order {
    name: string;
    count?: number;
}

type Orders = Order[];

function first(orders: Orders): Order {
    if (orders.length === 0) {
        throw new RangeError('no orders');
    }
    return orders[0]!;
}

export const thrower = {
    sync(): void {
        const orders: Orders = [];
        first(orders);
    },
    async later(): Promise<void> {
        await null;
        first([] as Orders);
    },
    forgotten(): void {
        (async () => first([] as Orders))();
    },
    say(): void {
        console.error(new Error('shown'));
        console.trace('here');
    },
};
";

const THROWER: &str = "
    package test:thrower;
    interface thrower { sync: func(); later: async func(); forgotten: func(); say: func(); }
    world plugin { include outwit:console/imports@0.1.0; export thrower; }
";

/// Builds the module with `build`, calls the function, and gives its error and what was printed.
async fn thrown(
    function: &str,
    build: impl FnOnce(outwit_js::Build) -> outwit_js::Build,
) -> (Option<Error>, String) {
    thrown_by(THROWER_TS, function, build).await
}

/// The same for another module of that world.
async fn thrown_by(
    source: &str,
    function: &str,
    build: impl FnOnce(outwit_js::Build) -> outwit_js::Build,
) -> (Option<Error>, String) {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("world.wit"), THROWER).unwrap();
    let module = folder.path().join("thrower.ts");
    std::fs::write(&module, source).unwrap();
    let builder = outwit_js::Build::new(module, folder.path().join("world.wit"));
    let component = build(builder).run().unwrap();
    let machine = folder.path().to_str().unwrap();
    let maps = outwit_quickjs::source_map::SourceMaps::of(&component);
    assert!(maps.modules().all(|(name, _)| !name.contains(machine)));

    let printed = std::sync::Arc::new(outwit::console::Capture::default());
    let plugin = Plugin::from_bytes(&engine(), "thrower", component).unwrap();
    let mut instance = outwit::Instance::builder(&plugin)
        .grants(outwit::Grants::none().with_console())
        .host(outwit::Host::system().with_console(printed.clone()))
        .start()
        .await
        .unwrap();
    let error = instance.call(None, function, &[]).await.err();
    let printed = printed.take();
    let printed: Vec<String> = printed.into_iter().map(|entry| entry.message).collect();
    (error, printed.join("\n"))
}

/// A throw in TypeScript says where it is in TypeScript, and shows the lines.
#[tokio::test]
async fn errors_are_shown_at_their_source() {
    for (function, caller) in [
        ("sync", "at sync (thrower.ts:18:"),
        ("later", "at later (thrower.ts:22:"),
        ("forgotten", "at forgotten (thrower.ts:25:"),
    ] {
        let builds: [fn(outwit_js::Build) -> outwit_js::Build; 3] = [
            |build| build,
            |build| build.cut(outwit_js::Cut::Shared),
            |build| build.minify(true),
        ];
        for (number, build) in builds.into_iter().enumerate() {
            let (error, _) = thrown(function, build).await;
            let Some(Error::Exception { stack, frame, .. }) = &error else {
                panic!("{function}: {error:?}");
            };
            // a minifier puts functions into others
            if number < 2 {
                assert!(stack.contains(caller), "{stack}");
            }
            assert!(stack.contains("(thrower.ts:10:"), "{stack}");
            assert!(
                frame.starts_with("thrower.ts:10:")
                    && frame.contains("> 10 |         throw new RangeError('no orders');\n"),
                "{frame}"
            );
            let said = error.unwrap().to_string();
            assert!(
                said.contains("RangeError: no orders\nthrower.ts:10:"),
                "{said}"
            );
        }
    }
    let (error, printed) = thrown("say", |build| build).await;
    assert!(error.is_none(), "{error:?}");
    assert!(
        printed.contains("thrower.ts:28:") && printed.contains("thrower.ts:29:"),
        "{printed}"
    );
    let (error, _) = thrown("sync", |build| build.source_map(false)).await;
    let Some(Error::Exception { stack, frame, .. }) = &error else {
        panic!("{error:?}");
    };
    assert!(frame.is_empty(), "{frame}");
    assert!(
        stack.contains("thrower.ts:") && !stack.contains("thrower.ts:18:"),
        "{stack}"
    );
}

/// TypeScript whose functions a minifier renames.
const STOCK_TS: &str = "\
class Stock {
    private items = new Map<string, number>();

    take(name: string): number {
        const found = this.items.get(name);
        if (found === undefined) {
            throw new RangeError(`no ${name}`);
        }
        return found;
    }

    get total(): number {
        return this.take('apples') + this.take('pears');
    }
}

const countAll = (stock: Stock, names: string[]): number => {
    let sum = 0;
    for (const name of names) {
        sum += stock.take(name) * names.length;
    }
    return names.length > 99 ? countAll(stock, []) : sum;
};

async function countLater(stock: Stock, names: string[]): Promise<number> {
    await null;
    return names.length > 99 ? countLater(stock, []) : countAll(stock, names);
}

export const thrower = {
    sync(): void {
        countAll(new Stock(), ['apples']);
    },
    async later(): Promise<void> {
        await countLater(new Stock(), ['pears']);
    },
    forgotten(): void {
        void countLater(new Stock(), ['plums']);
    },
    say(): void {
        console.log(new Stock().total);
    },
};
";

/// The frames of a stack as function and line.
fn functions(stack: &str) -> Vec<String> {
    let frames = stack.lines().filter(|line| line.contains("thrower.ts"));
    let without_column = |line: &str| line.rsplit_once(':').map(|(start, _)| start.to_owned());
    frames.filter_map(without_column).collect()
}

/// Minified functions are called in stacks what their author called them.
#[tokio::test]
async fn minified_code_has_the_names_of_its_source() {
    for function in ["sync", "later", "forgotten", "say"] {
        let mut stacks = Vec::new();
        for minify in [false, true] {
            let (error, _) = thrown_by(STOCK_TS, function, |build| build.minify(minify)).await;
            let Some(Error::Exception { stack, .. }) = error else {
                panic!("{function}: {error:?}");
            };
            stacks.push(functions(&stack));
        }
        assert!(stacks[0].len() > 1, "{function}: {stacks:#?}");
        assert!(
            stacks[0][0].contains("at take (thrower.ts:7"),
            "{stacks:#?}"
        );
        assert_eq!(stacks[0], stacks[1], "{function}");
    }
    let (error, _) = thrown_by(STOCK_TS, "say", |build| build.minify(true)).await;
    let said = error.expect("it throws").to_string();
    assert!(said.contains("at get total (thrower.ts:13:"), "{said}");
    let (error, _) = thrown_by(STOCK_TS, "later", |build| build.minify(true)).await;
    let said = error.expect("it throws").to_string();
    assert!(said.contains("at async later (thrower.ts:35:"), "{said}");
}

fn app() -> App {
    let shop = js_text(SHOP_JS, &only("shop-plugin")).unwrap();
    let customer = js_text(CUSTOMER_JS, &only("customer-plugin")).unwrap();
    let plugin = |name: &str, bytes: Vec<u8>| Plugin::from_bytes(&engine(), name, bytes).unwrap();
    App::builder(&engine())
        .plugin(plugin("shop", shop), PluginConfig::new())
        .plugin(plugin("customer", customer), PluginConfig::new())
        .build()
        .unwrap()
}

/// The WIT with one of its worlds.
fn only(world: &str) -> String {
    let wanted = format!("world {world} ");
    let lines = SHOP
        .lines()
        .filter(|l| !l.trim().starts_with("world ") || l.contains(&wanted));
    lines.collect::<Vec<_>>().join("\n")
}

async fn tell(app: &App, code: &str) -> String {
    let told: (String,) = app
        .call_typed("customer", None, "tell", (code.to_string(),))
        .await
        .unwrap();
    told.0
}

async fn calls(app: &App) -> u32 {
    app.call_typed::<(), (u32,)>("shop", None, "count", ())
        .await
        .unwrap()
        .0
}

/// A value of the wrong type is a TypeError that says where in the value, and the call is not made.
#[tokio::test]
async fn wrong_arguments_name_the_place() {
    let app = app();
    let cases = [
        (
            "shop.buy(7, {items: []})",
            "argument 1 (\"customer\"): expected a string, got 7",
        ),
        (
            "shop.buy('a')",
            "argument 2 (\"order\"): expected an object (record), got undefined",
        ),
        (
            "shop.buy('a', {items: 5})",
            "argument 2 (\"order\"), field \"order.items\"",
        ),
        (
            "shop.buy('a', {items: [{name: 'x', price: 1}, {name: 'y', price: '12'}]})",
            "argument 2 (\"order\"), field \"order.items[1].price\": expected u32, got \"12\"",
        ),
        (
            "shop.buy('a', {items: [{name: 'x', price: -1}]})",
            "field \"order.items[0].price\": expected u32, got -1",
        ),
        (
            "shop.buy('a', {items: [{name: 'x', price: 2**32}]})",
            "field \"order.items[0].price\": expected u32, got 4294967296",
        ),
        (
            "shop.buy('a', {items: [{name: 'x', price: 1.5}]})",
            "field \"order.items[0].price\": expected u32, got 1.5",
        ),
        (
            "shop.buy('a', {items: [], note: 5})",
            "field \"order.note\"",
        ),
        (
            "shop.small(256, 0, 'x')",
            "argument 1 (\"n\"): expected u8, got 256",
        ),
        (
            "shop.small(0, -129, 'x')",
            "argument 2 (\"s\"): expected s8, got -129",
        ),
        (
            "shop.small(0, NaN, 'x')",
            "argument 2 (\"s\"): expected s8, got NaN",
        ),
        (
            "shop.small(0, 0, 'xy')",
            "argument 3 (\"c\"): expected a string of one character, got \"xy\"",
        ),
        (
            "shop.small(0, 0, '\\ud800')",
            "argument 3 (\"c\"): expected a string of one character",
        ),
        ("shop.pick({tag: 'other'}, {})", "argument 1 (\"kind\")"),
        (
            "shop.pick({tag: 'number', val: 'x'}, {})",
            "argument 1 (\"kind\")",
        ),
        ("shop.pick({tag: 'none'}, 5)", "argument 2 (\"set\")"),
        (
            "shop.small(5n, 0, 'x')",
            "argument 1 (\"n\"): expected u8, got 5n",
        ),
    ];
    for (code, place) in cases {
        let told = tell(&app, code).await;
        assert!(
            told.starts_with("TypeError: ") && told.contains(place),
            "{code}\n  {told}\n  {place}"
        );
    }
    assert_eq!(
        calls(&app).await,
        0,
        "an import was called with a wrong value"
    );
}

/// What a getter throws on the way is what the caller sees, and the call is not made.
#[tokio::test]
async fn errors_of_getters_and_proxies_come_through() {
    let app = app();
    let getter = "shop.buy('a', { get items() { throw new RangeError('mine'); } })";
    assert_eq!(tell(&app, getter).await, "RangeError: mine");
    let proxy = "shop.buy('a', new Proxy({}, { get() { throw new SyntaxError('trap'); } }))";
    assert_eq!(tell(&app, proxy).await, "SyntaxError: trap");
    assert_eq!(calls(&app).await, 0);
}

/// An error of a peer arrives as a ComponentError that carries it.
#[tokio::test]
async fn errors_of_peers_are_component_errors() {
    let app = app();
    let told = tell(&app, "shop.buy('a', {items: []})").await;
    assert!(
        told.starts_with("ComponentError: ") && told.ends_with("{\"tag\":\"closed\"}"),
        "{told}"
    );
    let told = tell(
        &app,
        "shop.buy('a', {items: [{name: 'tea', price: 1}], note: 'gone'})",
    )
    .await;
    assert!(
        told.ends_with("{\"tag\":\"sold-out\",\"val\":\"tea\"}"),
        "{told}"
    );
    let told = tell(
        &app,
        "shop.buy('a', {items: [{name: 'tea', price: 2**32-1}]})",
    )
    .await;
    assert_eq!(told, "returned 4294967295");
    let told = tell(&app, "shop.fail('so')").await;
    assert!(
        told.starts_with("ComponentError: ") && told.ends_with("\"so\""),
        "{told}"
    );
}

/// A throw is the error of the `result`, if it has a place there.
#[tokio::test]
async fn a_throw_is_the_error_of_the_result() {
    let app = app();
    for (how, error) in [
        ("error", "boom"),
        ("string", "plain"),
        ("payload", "inside"),
    ] {
        let how = (how.to_string(),);
        let (result,): (Result<u32, String>,) = app
            .call_typed("customer", "test:errors/customer", "fail", how)
            .await
            .unwrap();
        assert_eq!(result, Err(error.to_string()));
    }
}

async fn exception(app: &App, function: &str, how: &str) -> (String, String) {
    let args = [Val::String(how.into())];
    match app
        .call("customer", "test:errors/customer", function, &args)
        .await
    {
        Err(Error::Exception { message, stack, .. }) => (message, stack.into()),
        other => panic!("{function}({how}): {other:?}"),
    }
}

/// Everything else ends the instance and is told to the host, with the JavaScript stack.
#[tokio::test]
async fn other_errors_reach_the_host() {
    let app = app();
    let (message, stack) = exception(&app, "fail-plainly", "error").await;
    assert_eq!(message, "TypeError: deep");
    assert!(
        stack.contains("at deep (plugin.js:") && stack.contains("at failPlainly"),
        "{stack}"
    );

    for (function, how, expected) in [
        ("fail", "wrong", "7"),
        (
            "fail-plainly",
            "promise",
            "a promise that can no longer settle in a synchronous export",
        ),
        ("fail-plainly", "unhandled", "Error: nobody looks"),
        ("fail-plainly", "microtask", "Error: in a microtask"),
        ("fail-later", "error", "RangeError: late"),
    ] {
        let (message, _) = exception(&app, function, how).await;
        assert!(message.contains(expected), "{function}({how}): {message}");
    }
}

/// Each call after an error finds a new instance, and settled promises are as good as values.
#[tokio::test]
async fn the_next_call_works() {
    let app = app();
    exception(&app, "fail-plainly", "error").await;
    let settled = [Val::String("settled".into())];
    let interface = "test:errors/customer";
    let value = app
        .call("customer", interface, "fail-plainly", &settled)
        .await
        .unwrap();
    assert_eq!(value, [Val::U32(5)]);
    let value = app
        .call("customer", interface, "fail-later", &settled)
        .await
        .unwrap();
    assert_eq!(value, [Val::U32(3)]);
}

/// What an export returns is checked like an argument.
#[tokio::test]
async fn wrong_results_name_the_function() {
    let app = app();
    for what in [
        "256",
        "-1",
        "'x'",
        "undefined",
        "({})",
        "1.5",
        "5n",
        "null",
        "Symbol('s')",
    ] {
        let args = [Val::String(what.into())];
        match app.call("customer", None, "give", &args).await {
            Err(Error::Exception { message, .. }) => assert!(
                message.starts_with("TypeError: result of `give`")
                    && message.contains("expected u8"),
                "{what}: {message}"
            ),
            other => panic!("{what}: {other:?}"),
        }
    }
}
