//! Many calls in one instance of a JavaScript plugin, each with its own waits, in plain wasmtime.

use crate::plain::{Plain, State};
use std::collections::BTreeMap;
use tokio::task::yield_now;
use wasmtime::component::{Accessor, TypedFunc};

/// Lets through a call of the gate, chosen by a number that is like chance; says whether there was one.
fn let_one_through(accessor: &Accessor<State>, chance: &mut u32) -> bool {
    *chance = chance.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
    let chosen = *chance >> 8;
    accessor.with(|mut access| {
        let gate = &mut access.data_mut().gate;
        if gate.is_empty() {
            return false;
        }
        let (_, passed) = gate.swap_remove(chosen as usize % gate.len());
        passed.send(()).is_ok()
    })
}

/// A thousand calls wait for three things each, which happen in any order.
#[tokio::test]
async fn waits_of_many_calls_are_mixed() {
    let mut plain = Plain::new("local", "locals").await;
    let function: TypedFunc<(u32,), (u32,)> = plain.function("local", "pass-thrice");
    let run = plain.store.run_concurrent(async |accessor| {
        let mut calls = vec![];
        for n in 0..1000 {
            let call = function.call_concurrent(accessor, (n,));
            calls.push(async move { (n, call.await.unwrap().0) });
        }
        let calls = async {
            let mut results = BTreeMap::new();
            for (n, sum) in futures_join(calls).await {
                results.insert(n, sum);
            }
            results
        };
        let gate = async {
            let (mut chance, mut passed) = (7, 0);
            while passed < 3000 {
                yield_now().await;
                passed += u32::from(let_one_through(accessor, &mut chance));
            }
        };
        tokio::join!(calls, gate).0
    });
    let results = run.await.unwrap();
    assert_eq!(results.len(), 1000);
    assert!(results.iter().all(|(n, sum)| *sum == 3 * n));
}

/// All of them at once.
async fn futures_join<F: Future>(futures: Vec<F>) -> Vec<F::Output> {
    let mut futures: Vec<_> = futures
        .into_iter()
        .map(|future| (Box::pin(future), None))
        .collect();
    std::future::poll_fn(|context| {
        let mut is_ready = true;
        for (future, done) in &mut futures {
            if done.is_none() {
                match future.as_mut().poll(context) {
                    std::task::Poll::Ready(value) => *done = Some(value),
                    std::task::Poll::Pending => is_ready = false,
                }
            }
        }
        match is_ready {
            true => std::task::Poll::Ready(()),
            false => std::task::Poll::Pending,
        }
    })
    .await;
    futures.into_iter().filter_map(|(_, done)| done).collect()
}

/// What one call does can be what another waits for: the result is that of the other.
#[tokio::test]
async fn one_call_wakes_others() {
    let mut plain = Plain::new("local", "locals").await;
    let wait: TypedFunc<(String,), (String,)> = plain.function("local", "wait");
    let notify: TypedFunc<(String,), (u32,)> = plain.function("local", "notify");
    let notify_later: TypedFunc<(String,), (u32,)> = plain.function("local", "notify-later");
    let run = plain.store.run_concurrent(async |accessor| {
        let waits = ["a", "b", "a"].map(|name| {
            let call = wait.call_concurrent(accessor, (name.to_owned(),));
            async move { call.await.unwrap().0 }
        });
        let waits = futures_join(waits.into_iter().collect());
        let notify = async {
            for _ in 0..10 {
                yield_now().await;
            }
            // from a synchronous call, and from an asynchronous one that waited itself
            let (count,) = notify
                .call_concurrent(accessor, ("a".to_owned(),))
                .await
                .unwrap();
            assert_eq!(count, 2);
            let later = notify_later.call_concurrent(accessor, ("b".to_owned(),));
            let gate = async {
                while !let_one_through(accessor, &mut 0) {
                    yield_now().await;
                }
            };
            assert_eq!(tokio::join!(later, gate).0.unwrap().0, 1);
        };
        tokio::join!(waits, notify).0
    });
    assert_eq!(
        run.await.unwrap(),
        ["a was notified", "b was notified", "a was notified"]
    );
}

/// Calls wait for the same promise; each goes on by itself, and answers its own caller.
#[tokio::test]
async fn a_promise_that_many_calls_wait_for() {
    let mut plain = Plain::new("local", "locals").await;
    let share: TypedFunc<(String,), (String,)> = plain.function("local", "share");
    let run = plain.store.run_concurrent(async |accessor| {
        let calls = (0..20).map(|n| {
            let call = share.call_concurrent(accessor, (format!("call {n}"),));
            async move { call.await.unwrap().0 }
        });
        let calls = futures_join(calls.collect());
        let gate = async {
            let (mut chance, mut passed) = (3, 0);
            while passed < 21 {
                yield_now().await;
                passed += u32::from(let_one_through(accessor, &mut chance));
            }
        };
        tokio::join!(calls, gate).0
    });
    let expected: Vec<String> = (0..20).map(|n| format!("call {n} {n} 8")).collect();
    assert_eq!(run.await.unwrap(), expected);
}
