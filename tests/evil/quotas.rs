//! Plugins that take as much as they get.

use crate::arena::{Arena, Attack, EVIL, Expected, beside_others, evil, hasty, impatient, limits};
use outwit::{
    App, Grants, Host, LimitKind, Limits, PluginConfig, Val, console::Capture, console::Level,
    storage,
};
use outwit_tests::{engine, js};
use std::sync::{Arc, LazyLock};

fn armed(limits: Limits) -> (Arena, Arc<Capture>) {
    static BYTES: LazyLock<Vec<u8>> =
        LazyLock::new(|| js("evil/armed.js", "evil/armed.wit", "armed"));
    let said = Arc::new(Capture::default());
    let host = Host::system().with_console(said.clone());
    let grants = Grants::none()
        .with_console()
        .with_crypto()
        .with_storage(storage::Grant::default())
        .with_timers();
    let config = PluginConfig::new().limits(limits).grants(grants);
    let app = App::builder(&engine()).host(host);
    (Arena::of(app.plugin(evil(&BYTES), config)), said)
}

/// Attacks that go well, and are told about.
async fn told(arena: &mut Arena, how: &str) -> String {
    let result = arena.call("attack", &[Val::String(how.into())]).await;
    let values = result.unwrap_or_else(|error| panic!("{how}: {error}"));
    match values.as_slice() {
        [Val::String(text)] => text.clone(),
        other => panic!("{how}: {other:?}"),
    }
}

#[tokio::test]
async fn output_is_cut_and_the_plugin_goes_on() {
    let _guard = beside_others().await;
    let (mut arena, said) = armed(limits());
    for (how, most) in [("flood", 70), ("flood of nothing", 65_537)] {
        assert_eq!(told(&mut arena, how).await, "printed");
        let messages = said.take();
        let (last, rest) = messages.split_last().expect("it said something");
        assert_eq!(last.level, Level::Warn);
        assert_eq!(
            last.message,
            "output of this call ends here: over 65536 bytes"
        );
        assert!(rest.iter().all(|entry| entry.plugin == EVIL));
        assert!(rest.iter().map(|entry| entry.message.len()).sum::<usize>() <= 65_536);
        assert!(messages.len() <= most, "{how}: {}", messages.len());
        // Each call has its own.
        assert_eq!(told(&mut arena, "print").await, "printed");
        assert_eq!(said.take().len(), 1);
    }
    arena.ask_neighbour().await;
    assert_eq!(arena.count().await, 1);
}

#[tokio::test]
async fn storage_is_full_at_its_quota() {
    let _guard = beside_others().await;
    let (mut arena, _) = armed(limits());
    let one = told(&mut arena, "store one").await;
    assert_eq!(one, "QuotaExceededError, null");
    // 5 MiB of ten kilobytes each, and their keys.
    let many = told(&mut arena, "store").await;
    assert_eq!(many, "QuotaExceededError, true, 523 kept");
    arena.ask_neighbour().await;
}

#[tokio::test]
async fn randomness_comes_in_portions() {
    let _guard = beside_others().await;
    let (mut arena, _) = armed(limits());
    let told = told(&mut arena, "random bytes").await;
    assert_eq!(told, "QuotaExceededError,QuotaExceededError");
    arena.ask_neighbour().await;
}

#[tokio::test]
async fn what_calls_the_host_forever_is_ended_by_the_clock() {
    let _guard = beside_others().await;
    let (mut arena, _) = armed(impatient());
    for how in [
        "random for ever",
        "intervals",
        "interval that never ends",
        "timeouts that set timeouts",
        "wait",
    ] {
        let attack = Attack {
            how,
            expected: Expected::Limit(LimitKind::Wall),
        };
        arena.attack("attack", &attack).await;
    }
}

#[tokio::test]
async fn calling_the_host_is_no_way_around_the_computing_time() {
    let _guard = beside_others().await;
    let (mut arena, _) = armed(hasty());
    let attack = Attack {
        how: "random for ever",
        expected: Expected::Limit(LimitKind::Cpu),
    };
    arena.attack("attack", &attack).await;
}

#[tokio::test]
async fn what_a_timer_throws_ends_the_call() {
    let _guard = beside_others().await;
    let (mut arena, _) = armed(limits());
    let attack = Attack {
        how: "throw in a timer",
        expected: Expected::Exception("Error: from a timer"),
    };
    arena.attack("attack", &attack).await;
}
