//! `KeyValueStore`, `sessionStorage` and `navigator.locks`.

use crate::harness::{run, try_run};

#[tokio::test]
async fn the_example_of_the_book_counts() {
    let page = include_str!("../../docs/javascript.md");
    let (_, rest) = page
        .split_once("export async function count() {")
        .expect("the example");
    let (body, _) = rest.split_once("\n}\n").expect("its end");
    let found = run(&["keyvalue"], body).await;
    assert_eq!(found, "true 1 page/a,page/b");
}

#[tokio::test]
async fn values_are_bytes_and_keys_any_text() {
    let body = r#"
        const store = await KeyValueStore.open("../other");
        for (const key of ["", "../x", "a\0b", "ü🦀", "\ud800"]) await store.set(key, new Uint8Array([key.length]));
        const found = [];
        for await (const [key, value] of store) found.push(JSON.stringify(key), value[0]);
        found.push(await store.getText("nothing"), await KeyValueStore.names());
        const other = await KeyValueStore.open("other");
        found.push(await other.get("../x"));
        await KeyValueStore.delete("../other");
        found.push((await KeyValueStore.names()).length);
        return found.join();
    "#;
    let expected = "\"\",0,\"../x\",4,\"a\\u0000b\",3,\"ü🦀\",3,\"\u{fffd}\",1,,../other,,0";
    assert_eq!(run(&["keyvalue"], body).await, expected);
}

#[tokio::test]
async fn what_is_too_much_has_an_error_of_its_own() {
    let body = r#"
        const fails = (promise) => promise.then(() => "no error", (e) => e.constructor.name + " " + e.name);
        const store = await KeyValueStore.open("a");
        const long = "x".repeat(1 << 20);
        const found = [await fails(store.set("k".repeat(513), "")), await fails(store.set("k", long + "x")), await fails(KeyValueStore.open(""))];
        for (let i = 0; i < 4; i++) await store.set(`k${i}`, long);
        found.push(await fails(store.commit([["k0", "small"], ["k8", long], ["k9", long]])), (await store.get("k0")).length === long.length);
        for (let i = 0; i < 15; i++) await (await KeyValueStore.open(`b${i}`)).set("k", "v");
        found.push(await fails((await KeyValueStore.open("one more")).set("k", "v")));
        found.push(await fails(KeyValueStore.prototype.get.call({}, "k")));
        return found.join();
    "#;
    let quota = "QuotaExceededError QuotaExceededError";
    let expected = format!(
        "{quota},{quota},DOMException SyntaxError,{quota},true,{quota},TypeError TypeError"
    );
    assert_eq!(run(&["keyvalue"], body).await, expected);
}

#[tokio::test]
async fn without_a_grant_there_is_no_plugin() {
    for name in ["storage", "fetch"] {
        let error = try_run(&[name], "return 1;")
            .await
            .expect_err("it is not granted");
        assert!(matches!(error, outwit::Error::MissingGrant(_)), "{error}");
    }
}

#[tokio::test]
async fn locks_are_had_in_turn() {
    let body = r#"
        const { locks } = navigator;
        const order = [];
        let letGo;
        const held = locks.request("a", () => new Promise((done) => (letGo = done)));
        const next = locks.request("a", async ({ name, mode }) => order.push(name, mode));
        order.push(await locks.request("a", { ifAvailable: true }, (lock) => lock));
        const { held: has, pending } = await locks.query();
        order.push(has.length, pending.length, has[0].clientId === pending[0].clientId);
        const gone = new AbortController();
        const aborted = locks.request("a", { signal: gone.signal }, () => order.push("never")).catch((e) => order.push(e.name));
        gone.abort();
        await aborted;
        letGo("released");
        order.push(await held);
        await next;
        const robbed = locks.request("b", () => new Promise(() => {})).catch((e) => order.push(e.name));
        await locks.request("b", { steal: true }, () => order.push("stolen"));
        await robbed;
        return order.join();
    "#;
    let expected = ",1,1,true,AbortError,released,a,exclusive,stolen,AbortError";
    assert_eq!(run(&["locks"], body).await, expected);
}
