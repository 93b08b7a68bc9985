//! A web API comes into being when it is first used.

use crate::harness::run;

#[tokio::test]
async fn a_global_that_is_mentioned_is_a_plain_property() {
    let body = r#"
        const { value, ...rest } = Object.getOwnPropertyDescriptor(globalThis, "performance");
        const { writable, enumerable, configurable } = Object.getOwnPropertyDescriptor(globalThis, "Performance");
        return JSON.stringify([Object.keys(rest), writable, enumerable, configurable]);
    "#;
    let shown = run(&["performance"], body).await;
    assert_eq!(
        shown,
        r#"[["get","set","enumerable","configurable"],true,false,true]"#
    );
}

#[tokio::test]
async fn a_global_that_is_only_computed_is_there_when_it_is_touched() {
    let body = r#"
        const name = ["set", "Timeout"].join("");
        const before = typeof Object.getOwnPropertyDescriptor(globalThis, name).get;
        const found = globalThis[name];
        const { value, enumerable } = Object.getOwnPropertyDescriptor(globalThis, name);
        return JSON.stringify([before, typeof found, value === found, enumerable, name in globalThis]);
    "#;
    let shown = run(&["timers"], body).await;
    assert_eq!(shown, r#"["function","function",true,true,true]"#);
}

#[tokio::test]
async fn a_global_that_the_plugin_replaces_is_the_plugins() {
    let body = r#"
        const [one, other] = ["set", "clear"].map((verb) => `${verb}Timeout`);
        globalThis[one] = 1;
        const touched = typeof globalThis[other];
        return JSON.stringify([globalThis[one], touched]);
    "#;
    assert_eq!(run(&["timers"], body).await, r#"[1,"function"]"#);
}

#[tokio::test]
async fn without_its_import_there_is_no_global() {
    let body = r#"return JSON.stringify(["crypto", "setTimeout", "console"].map((name) => name in globalThis));"#;
    assert_eq!(run(&[], body).await, "[false,false,false]");
}
