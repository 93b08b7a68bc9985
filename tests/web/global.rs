//! The global object as an event target, and the small functions on it.

use crate::harness::{run, try_run};

#[tokio::test]
async fn a_rejection_that_is_prevented_fails_nothing() {
    let body = r#"
        const seen = [];
        addEventListener("unhandledrejection", (event) => { event.preventDefault(); seen.push(event.type, event.reason); });
        onrejectionhandled = (event) => seen.push(event.type, event.reason);
        const promise = Promise.reject("why");
        await new Promise((resolve) => setTimeout(resolve, 1));
        promise.catch(() => {});
        await new Promise((resolve) => setTimeout(resolve, 1));
        return JSON.stringify([seen, globalThis instanceof EventTarget, typeof onrejectionhandled]);
    "#;
    assert_eq!(
        run(&["timers"], body).await,
        r#"[["unhandledrejection","why","rejectionhandled","why"],true,"function"]"#
    );
}

#[tokio::test]
async fn a_rejection_that_a_listener_only_sees_still_fails_the_call() {
    let body = r#"
        addEventListener("unhandledrejection", () => {});
        Promise.reject(new Error("nobody looks after this"));
        await undefined;
        return "";
    "#;
    let error = try_run(&[], body).await.unwrap_err();
    assert!(
        error.to_string().contains("nobody looks after this"),
        "{error}"
    );
}

#[tokio::test]
async fn errors_are_reported_to_the_global_object() {
    let body = r#"
        const seen = [];
        globalThis.onerror = (message, file, line, column, error) => { seen.push(message, typeof line, error.message); return true; };
        reportError(new Error("one"));
        queueMicrotask(() => { throw new Error("two"); });
        await undefined;
        await undefined;
        return JSON.stringify(seen);
    "#;
    assert_eq!(
        run(&[], body).await,
        r#"["Uncaught Error: one","number","one","Uncaught Error: two","number","two"]"#
    );
    let error = try_run(&[], "reportError(new Error('three')); return '';")
        .await
        .unwrap_err();
    assert!(error.to_string().contains("three"), "{error}");
}

#[tokio::test]
async fn base64_goes_both_ways() {
    let body = r#"
        const name = (run) => { try { return run(); } catch (error) { return error.name; } };
        return JSON.stringify([
            btoa("ab\u00ff"), atob(" YWL/ "), atob("YQ=="), atob("YQ"), name(() => btoa("€")), name(() => atob("a")), name(() => atob("YQ=")), btoa(""),
            navigator.userAgent, self === globalThis,
        ]);
    "#;
    assert_eq!(
        run(&[], body).await,
        r#"["YWL/","abÿ","a","a","InvalidCharacterError","InvalidCharacterError","InvalidCharacterError","","Outwit",true]"#
    );
}

#[tokio::test]
async fn a_world_without_imports_has_all_pure_interfaces_and_imports_nothing() {
    let names = [
        "AbortController",
        "AbortSignal",
        "CustomEvent",
        "DOMException",
        "ErrorEvent",
        "Event",
        "EventTarget",
        "MessageChannel",
        "MessageEvent",
        "MessagePort",
        "PromiseRejectionEvent",
        "QuotaExceededError",
        "addEventListener",
        "atob",
        "btoa",
        "navigator",
        "onerror",
        "queueMicrotask",
        "reportError",
        "self",
        "structuredClone",
    ];
    let source = format!(
        "export const run = () => {names:?}.filter((name) => globalThis[name] === undefined).join();"
    );
    let wit = "package test:web; world web { export run: func() -> string; }";
    let component = outwit_tests::js_text(&source, wit).expect("it builds");
    let plugin =
        outwit::Plugin::from_bytes(&outwit_tests::engine(), "web", component).expect("it loads");
    assert_eq!(plugin.imports(), []);
    let mut instance = outwit::Instance::builder(&plugin)
        .start()
        .await
        .expect("it starts");
    let (missing,) = instance
        .call_typed::<(), (String,)>(None, "run", ())
        .await
        .expect("it runs");
    assert_eq!(missing, "");
}

#[tokio::test]
async fn the_flag_v_forbids_only_in_classes() {
    let body = r#"
        const found = [/a-b/v, /x&&y/v, /\/!!/v, /[[a-c]--b]/v].map((regexp) => regexp.test("a-b x&&y /!! c"));
        const refused = ["[a-b-]", "[&&&]", "[(]"].map((source) => {
            try { return new RegExp(source, "v").source; } catch (error) { return error.name; }
        });
        return JSON.stringify([found, refused]);
    "#;
    assert_eq!(
        run(&[], body).await,
        r#"[[true,true,true,true],["SyntaxError","SyntaxError","SyntaxError"]]"#
    );
}

#[tokio::test]
async fn there_is_no_web_assembly_and_libraries_can_tell() {
    let body = r#"
        const hasWasm = typeof WebAssembly === "object" && typeof WebAssembly.instantiate === "function";
        return JSON.stringify([typeof WebAssembly, "WebAssembly" in globalThis, hasWasm]);
    "#;
    assert_eq!(run(&[], body).await, r#"["undefined",false,false]"#);
}

#[tokio::test]
async fn built_ins_that_are_bytecode_in_the_engine_work() {
    let body = r#"
        const name = "x";
        const list = await Array.fromAsync([1, Promise.resolve(`${name}2`)]);
        const zipped = [...Iterator.zip([[1, 2], ["a", "b"]])];
        const keyed = [...Iterator.zipKeyed({ n: [1, 2], c: ["a", "b"] })];
        return JSON.stringify([list, zipped, keyed]);
    "#;
    assert_eq!(
        run(&[], body).await,
        r#"[[1,"x2"],[[1,"a"],[2,"b"]],[{"n":1,"c":"a"},{"n":2,"c":"b"}]]"#
    );
}

#[tokio::test]
async fn what_a_plugin_does_not_mention_is_made_when_it_is_called() {
    let body = r#"
        const call = (object, name, ...given) => object[name](...given);
        const blob = new Blob(["some text"]);
        const text = async (stream) => {
            let text = "";
            const decoder = new TextDecoder();
            for await (const chunk of stream) text += decoder.decode(chunk, { ["str" + "eam"]: true });
            return text;
        };
        const source = call(blob, "str" + "eam");
        const [one, two] = call(source, "te" + "e");
        const { readable, writable } = new globalThis["Transform" + "Stream"]();
        const copied = text(readable);
        await call(one, "pipe" + "To", writable);
        const response = new Response(two);
        const copy = call(response, "clo" + "ne");
        const form = await call(new Response(new URLSearchParams("a=b")), "form" + "Data");
        const sent = await new Response(form).text();
        return JSON.stringify([
            await copied, await response.text(), await copy.text(), form.get("a"), sent.includes('name="a"'),
        ]);
    "#;
    assert_eq!(
        run(&[], body).await,
        r#"["some text","some text","some text","b",true]"#
    );
}
