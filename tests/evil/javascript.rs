//! Attacks in JavaScript.

use crate::arena::{
    Arena, Attack, Expected, alone, beside_others, hasty, impatient, javascript, limits, resident,
};
use outwit::{App, Error, LimitKind, Plugin, PluginConfig, Val};
use outwit_tests::engine;
use std::time::Duration;

/// The line of `attacker.js` with this comment.
fn line_of(comment: &str) -> usize {
    let source = include_str!("attacker.js");
    let at = source.lines().position(|line| line.ends_with(comment));
    at.expect("there is such a line") + 1
}

const fn limit(how: &'static str, limit: LimitKind) -> Attack {
    Attack {
        how,
        expected: Expected::Limit(limit),
    }
}

const fn exception(how: &'static str, message: &'static str) -> Attack {
    Attack {
        how,
        expected: Expected::Exception(message),
    }
}

const ENDLESS: &[Attack] = &[
    limit("loop", LimitKind::Cpu),
    limit("regular expression", LimitKind::Cpu),
    limit("comparator", LimitKind::Cpu),
    limit("big number", LimitKind::Cpu),
    limit("generator", LimitKind::Cpu),
    limit("catch loop", LimitKind::Cpu),
    limit("throw and loop", LimitKind::Cpu),
];

#[tokio::test]
async fn what_computes_forever_is_interrupted() {
    let _guard = beside_others().await;
    let mut arena = Arena::new(&javascript(), hasty());
    for attack in ENDLESS {
        arena.attack("attack", attack).await;
    }
}

const ENDLESS_LATER: &[Attack] = &[
    limit("microtasks", LimitKind::Cpu),
    limit("await loop", LimitKind::Cpu),
    limit("thenable", LimitKind::Cpu),
];

#[tokio::test]
async fn promises_that_compute_forever_are_interrupted() {
    let _guard = beside_others().await;
    let mut arena = Arena::new(&javascript(), hasty());
    for attack in ENDLESS_LATER {
        arena.attack("attack-later", attack).await;
    }
}

const DEEP: &[Attack] = &[
    exception("recursion", "RangeError: Maximum call stack size exceeded"),
    exception("getter", "RangeError: Maximum call stack size exceeded"),
    exception("proxy", "RangeError: Maximum call stack size exceeded"),
    exception("to string", "RangeError: Maximum call stack size exceeded"),
    exception("deep json", "RangeError: Maximum call stack size exceeded"),
];

#[tokio::test]
async fn recursion_is_an_exception() {
    let _guard = beside_others().await;
    let mut arena = Arena::new(&javascript(), limits());
    for attack in DEEP {
        arena.attack("attack", attack).await;
    }
}

const NO_TEXT: &str = "something that has no string form was thrown";

#[tokio::test]
async fn exceptions_say_what_and_where() {
    let _guard = beside_others().await;
    let mut arena = Arena::new(&javascript(), limits());
    for (function, attack, comment) in [
        (
            "attack",
            exception("throw", "TypeError: on purpose"),
            "// here",
        ),
        (
            "attack-later",
            exception("reject", "RangeError: too late"),
            "// here too",
        ),
    ] {
        let error = arena.attack(function, &attack).await;
        let Error::Exception { stack, .. } = &error else {
            panic!("{error:?}");
        };
        let place = format!("attacker.js:{}", line_of(comment));
        assert!(stack.contains(&place), "{stack}");
    }
    for attack in [
        exception(
            "throw something else",
            "not an error (thrown as it is, not as an Error)",
        ),
        exception("throw what cannot be shown", NO_TEXT),
        exception("throw a proxy", NO_TEXT),
        exception("change the builtins", "the builtins are gone"),
    ] {
        arena.attack("attack", &attack).await;
    }
}

/// The plugin has no timers, so that is known at once. For one that has them see `quotas.rs`.
#[tokio::test]
async fn what_nothing_can_wake_is_given_up() {
    let _guard = beside_others().await;
    let mut arena = Arena::new(&javascript(), limits());
    let lost = Attack {
        how: "never",
        expected: Expected::Exception(
            "Error: the promise that `attack-later` of evil:plugin/attacks-later@0.1.0 returned can \
             never settle: nothing is left that could settle it",
        ),
    };
    arena.attack("attack-later", &lost).await;
    // A later call could settle this one, so it may take the time that calls may take.
    let mut arena = Arena::new(&javascript(), impatient());
    let held = Attack {
        how: "never, but somebody could",
        expected: Expected::Limit(LimitKind::Wall),
    };
    arena.attack("attack-later", &held).await;
}

const BOMBS: &[Attack] = &[
    limit("array", LimitKind::Memory),
    limit("string doubling", LimitKind::Memory),
    limit("array buffer", LimitKind::Memory),
    limit("fill", LimitKind::Memory),
    limit("map", LimitKind::Memory),
];

#[tokio::test]
async fn memory_ends_and_is_given_back() {
    let _guard = alone().await;
    let mut arena = Arena::new(&javascript(), limits());
    // What is kept for later use is there already.
    arena.attack("attack", &BOMBS[0]).await;
    let before = resident();
    for attack in BOMBS {
        arena.attack("attack", attack).await;
    }
    arena
        .attack("attack-later", &limit("promise flood", LimitKind::Memory))
        .await;
    if let Some((before, after)) = before.zip(resident()) {
        assert!(
            after < before + (32 << 20),
            "{before} bytes before, {after} after"
        );
    }
}

/// As in Node and browsers, it does not go unnoticed.
#[tokio::test]
async fn a_rejection_nobody_handles_ends_the_call() {
    let _guard = beside_others().await;
    let mut arena = Arena::new(&javascript(), limits());
    let attack = exception("unhandled", "Error: nobody handles this");
    arena.attack("attack-later", &attack).await;
}

/// Many at once, on fewer threads than there are attackers: the neighbour still gets its turn.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_crowd_does_not_starve_the_neighbour() {
    let _guard = beside_others().await;
    let name = |i: u32| format!("evil{i}");
    let bytes = outwit_tests::js("evil/attacker.js", "evil/wit", "attacker");
    let mut limits = limits();
    limits.cpu = Duration::from_millis(200);
    let mut app = App::builder(&engine());
    for i in 0..8 {
        let plugin = Plugin::from_bytes(&engine(), name(i), bytes.as_slice());
        let config = PluginConfig::new().limits(limits.clone());
        app = app.plugin(plugin.expect("it is a component"), config);
    }
    let mut arena = Arena::of(app);
    arena.ask_neighbour().await;
    let mut attacks = Vec::new();
    for i in 0..8 {
        let app = arena.app.clone();
        attacks.push(tokio::spawn(async move {
            let how = [Val::String("loop".into())];
            app.call(&name(i), None, "attack", &how).await
        }));
    }
    let mut answers = 0;
    while !attacks.iter().all(|attack| attack.is_finished()) {
        arena.ask_neighbour().await;
        answers += 1;
        tokio::task::yield_now().await;
    }
    for attack in attacks {
        let error = attack.await.expect("no panic").expect_err("it is endless");
        assert!(
            matches!(
                error,
                Error::Limit {
                    limit: LimitKind::Cpu,
                    ..
                }
            ),
            "{error:?}"
        );
    }
    // Each attacker lets others run once a tick.
    assert!(answers > 10, "{answers}");
}
