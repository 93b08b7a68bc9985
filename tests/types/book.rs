//! What the book shows of streams and futures works.

use crate::plain::{Plain, collect};
use outwit_tests::js_text;
use wasmtime::component::{StreamReader, TypedFunc};

const PAGE: &str = include_str!("../../docs/javascript.md");

/// The block of JavaScript with this function, with a world for it.
async fn plugin(function: &str, ty: &str) -> Plain {
    let mut blocks = PAGE.split("```js\n").skip(1);
    let block = blocks
        .find(|block| block.contains(function))
        .and_then(|block| block.split("```").next());
    let source = block.unwrap_or_else(|| panic!("the book does not show {function}"));
    let wit = format!(
        "package test:channels@0.1.0; interface api {{ {ty} }} world apis {{ export api; }}"
    );
    Plain::load(&js_text(source, &wit).unwrap()).await
}

#[tokio::test]
async fn streams_that_arrive() {
    let mut plain = plugin(
        "count(bytes)",
        "count: async func(bytes: stream<u8>) -> u32;",
    )
    .await;
    let stream = StreamReader::<u8>::new(&mut plain.store, vec![7; 100_000]).unwrap();
    let (count,): (u32,) = plain.call("api", "count", (stream,)).await.unwrap();
    assert_eq!(count, 100_000);
}

#[tokio::test]
async fn streams_that_leave() {
    let mut plain = plugin("count(n)", "count: async func(n: u32) -> stream<u32>;").await;
    let function: TypedFunc<(u32,), (StreamReader<u32>,)> = plain.function("api", "count");
    let run = plain.store.run_concurrent(async |accessor| {
        let (stream,) = function.call_concurrent(accessor, (5,)).await.unwrap();
        let all = accessor.with(|store| collect(store, stream, usize::MAX));
        all.await.unwrap()
    });
    assert_eq!(run.await.unwrap(), [0, 1, 2, 3, 4]);
}

#[tokio::test]
async fn futures_that_leave() {
    let mut plain = plugin(
        "double(value)",
        "double: async func(value: future<u32>) -> future<u32>;",
    )
    .await;
    crate::futures::doubles(&mut plain).await;
}
