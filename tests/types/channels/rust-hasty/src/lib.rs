//! Calls `test:channels/slow`, and gives the calls up.
#![allow(missing_docs, reason = "a test plugin")]

wit_bindgen::generate!({ path: "../wit", world: "hurries" });

use exports::test::channels::hasty::Guest;
use std::pin::{Pin, pin};
use std::task::Poll;
use test::channels::slow;
use wit_bindgen::yield_async;

struct Plugin;
export!(Plugin);

/// Begins a call, and waits until it waits.
async fn begin<T>(mut call: Pin<&mut impl Future<Output = T>>) {
    for _ in 0..3 {
        std::future::poll_fn(|context| {
            assert!(call.as_mut().poll(context).is_pending());
            Poll::Ready(())
        })
        .await;
        yield_async().await;
    }
}

impl Guest for Plugin {
    async fn give_up(how: String) -> Vec<String> {
        {
            let mut call = pin!(slow::wait(how));
            begin(call.as_mut()).await;
        }
        slow::notes().await
    }

    // Does not ask for the notes: wasmtime 48 keeps a piece of memory for each call between components
    // that returns at once.
    async fn give_up_often(how: String, times: u32) {
        for _ in 0..times {
            let mut call = pin!(slow::wait(how.clone()));
            begin(call.as_mut()).await;
        }
    }

    async fn give_up_one(first: String, second: String) -> String {
        let mut second = pin!(slow::wait(second));
        {
            let mut first = pin!(slow::wait(first));
            begin(first.as_mut()).await;
            begin(second.as_mut()).await;
        }
        second.await
    }
}
