//! Calls of a JavaScript plugin that their caller gives up.
//!
//! A plugin in Rust calls `slow` and drops the calls; what `slow` waits for is the host's. The three are one component, in plain
//! wasmtime.

use crate::plain::{Plain, State};
use outwit::{App, ComposedExports, Grants, Host, LinkMode, Plugin, PluginConfig};
use outwit_tests::{engine, js, js_text, rust};
use tokio::task::yield_now;
use wasmtime::component::{Accessor, TypedFunc};

async fn plain() -> Plain {
    let plugin = |name: &str, bytes: &[u8]| {
        let plugin = Plugin::from_bytes(&engine(), name, bytes).unwrap();
        (plugin, PluginConfig::new())
    };
    let slow = js("types/channels/slow.js", "types/channels/wit", "slows");
    let plugins = [
        plugin("hasty", &rust("types/channels/rust-hasty")),
        plugin("slow", &slow),
    ];
    let exports = ComposedExports::Of("hasty".into());
    Plain::load(&outwit::compose(&plugins, &exports).unwrap()).await
}

/// What is noted when a call of this kind is given up. Everything it waited for is given up, too.
async fn give_up(how: &str) -> Vec<String> {
    let mut plain = plain().await;
    let (notes,) = plain
        .call("hasty", "give-up", (how.to_owned(),))
        .await
        .unwrap_or_else(|error| panic!("{how}: {error:#}"));
    let gate = std::mem::take(&mut plain.store.data_mut().gate);
    assert!(gate.iter().all(|(_, passed)| passed.is_closed()), "{how}");
    notes
}

const ABORTED: &str =
    "AbortError: the call of `wait` of test:channels/slow@0.1.0 was cancelled, true";

#[tokio::test]
async fn what_a_call_waits_for_is_rejected() {
    assert_eq!(
        give_up("import").await,
        [format!("pass: {ABORTED}"), "pass has ended".into()]
    );
    let many = give_up("many").await;
    for n in 1..=3 {
        assert!(many.contains(&format!("pass {n}: {ABORTED}")), "{many:?}");
    }
    assert_eq!(many.len(), 6);
}

#[tokio::test]
async fn what_is_begun_while_cleaning_up_is_rejected_at_once() {
    assert_eq!(
        give_up("cleanup").await,
        [
            format!("second pass: {ABORTED}"),
            "second pass has ended".into()
        ]
    );
}

#[tokio::test]
async fn what_a_cancelled_call_returns_or_throws_is_of_no_interest() {
    assert_eq!(give_up("swallow").await.len(), 2);
    assert_eq!(give_up("derived").await.len(), 4);
    assert_eq!(give_up("error").await, ["about to throw"]);
    assert!(give_up("nothing").await.is_empty());
}

#[tokio::test]
async fn streams_of_a_cancelled_call_end() {
    let mut notes = give_up("stream").await;
    notes.sort();
    assert_eq!(
        notes,
        [
            "bytes have ended".to_owned(),
            "take has ended".into(),
            format!("take: {ABORTED}"),
        ]
    );
}

/// Lets through the calls of the gate that are still wanted.
async fn open_gate(accessor: &Accessor<State>) {
    loop {
        yield_now().await;
        let opened = accessor.with(|mut access| {
            let gate = std::mem::take(&mut access.data_mut().gate);
            gate.into_iter()
                .filter(|(_, passed)| !passed.is_closed())
                .filter_map(|(_, passed)| passed.send(()).ok())
                .count()
        });
        if opened > 0 {
            return;
        }
    }
}

/// Other calls of the same instance go on.
#[tokio::test]
async fn one_call_is_cancelled_and_another_is_not() {
    let mut plain = plain().await;
    let function: TypedFunc<(String, String), (String,)> = plain.function("hasty", "give-up-one");
    let run = plain.store.run_concurrent(async |accessor| {
        let params = ("nothing".to_owned(), "import".to_owned());
        let call = function.call_concurrent(accessor, params);
        // both have begun, and the first is given up, before anything is let through
        let gate = async {
            for _ in 0..50 {
                yield_now().await;
            }
            open_gate(accessor).await;
        };
        tokio::join!(call, gate).0.unwrap().0
    });
    assert_eq!(run.await.unwrap(), "passed 1");
}

/// What a call begins is its own, also where its code goes on because another call settled what it waited for.
#[tokio::test]
async fn what_a_call_begins_is_its_own_in_whichever_step() {
    let mut plain = plain().await;
    let function: TypedFunc<(String, String), (String,)> = plain.function("hasty", "give-up-one");
    let run = plain.store.run_concurrent(async |accessor| {
        let params = ("held".to_owned(), "release".to_owned());
        let call = function.call_concurrent(accessor, params);
        let gate = async {
            for _ in 0..50 {
                yield_now().await;
            }
            let mut calls = accessor.with(|mut access| {
                let gate = access.data_mut().gate.iter();
                gate.map(|(n, passed)| (*n, passed.is_closed()))
                    .collect::<Vec<_>>()
            });
            calls.sort();
            assert_eq!(calls, [(1, true), (2, false)]);
            open_gate(accessor).await;
        };
        tokio::join!(call, gate).0.unwrap().0
    });
    assert_eq!(run.await.unwrap(), "passed 2");
}

/// The timers of a call that is given up end with it; those of others do not. Under Outwit's host.
#[tokio::test]
async fn timers_of_a_cancelled_call_end() {
    let wit = "
        package test:channels@0.1.0;
        interface slow {
            wait: async func(how: string) -> string;
            notes: async func() -> list<string>;
        }
        world slows {
            include outwit:timers/imports@0.1.0;
            export slow;
        }
    ";
    let slow = js_text(include_str!("channels/slow-timers.js"), wit).unwrap();
    let plugin = |name: &str, bytes: &[u8]| Plugin::from_bytes(&engine(), name, bytes).unwrap();
    let grants = Grants::none().with_timers();
    let app = App::builder(&engine())
        .host(Host::system())
        .link_mode(LinkMode::Fused)
        .plugin(
            plugin("hasty", &rust("types/channels/rust-hasty")),
            PluginConfig::new(),
        )
        .plugin(plugin("slow", &slow), PluginConfig::new().grants(grants))
        .build()
        .unwrap();
    let interface = Some("test:channels/hasty@0.1.0");
    let params = ("never".to_owned(), "soon".to_owned());
    let call = app.call_typed("hasty", interface, "give-up-one", params);
    let (notes,): (String,) = call.await.unwrap();
    assert_eq!(notes, "soon came to its end");
}

/// Calls that are given up leave nothing behind: no memory, no handles.
#[tokio::test]
async fn cancelled_calls_leave_nothing_behind() {
    let mut plain = plain().await;
    let function: TypedFunc<(String, u32), ()> = plain.function("hasty", "give-up-often");
    for how in ["quiet", "quiet-stream", "nothing"] {
        let mut marks = vec![];
        for times in [2000u32, 20_000] {
            let run = plain.store.run_concurrent(async |accessor| {
                let params = (how.to_owned(), times);
                function.call_concurrent(accessor, params).await.unwrap();
                for _ in 0..10 {
                    yield_now().await;
                }
            });
            run.await.unwrap();
            plain.store.data_mut().gate.clear();
            let handles = plain.store.concurrent_state_table_size();
            marks.push((plain.store.data().memory, handles));
        }
        assert_eq!(marks[0], marks[1], "{how}");
    }
}
