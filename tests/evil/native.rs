//! Attacks in compiled code.

use crate::arena::{
    Arena, Attack, EVIL, Expected, alone, beside_others, evil, hasty, limits, native, resident,
};
use outwit::{Error, LimitKind, Val};

const UNREACHABLE: &str = "wasm `unreachable` instruction executed";

const ATTACKS: &[Attack] = &[
    Attack {
        how: "panic",
        expected: Expected::Trap(UNREACHABLE),
    },
    Attack {
        how: "abort",
        expected: Expected::Trap(UNREACHABLE),
    },
    Attack {
        how: "divide",
        expected: Expected::Trap(UNREACHABLE),
    },
    Attack {
        how: "index",
        expected: Expected::Trap(UNREACHABLE),
    },
    // Memory begins with the stack of what has an address; below it is nothing.
    Attack {
        how: "recurse with data",
        expected: Expected::Trap("out of bounds memory access"),
    },
    Attack {
        how: "wild pointer",
        expected: Expected::Trap("out of bounds memory access"),
    },
];

#[tokio::test]
async fn traps_are_typed() {
    let _guard = beside_others().await;
    let mut arena = Arena::new(&native(), limits());
    for attack in ATTACKS {
        arena.attack("attack", attack).await;
    }
}

/// To load it, to say what it exports and to link it takes no code of it, so none that does not end.
#[tokio::test]
async fn nothing_of_a_plugin_runs_before_it_is_called() {
    let _guard = beside_others().await;
    let spinning = r#"(component
        (core module $m (func $spin (loop (br 0))) (start $spin) (func (export "f")))
        (core instance $i (instantiate $m))
        (func (export "describe") (canon lift (core func $i "f"))))"#;
    let plugin = evil(&wat::parse_str(spinning).expect("it is a component"));
    let arena = Arena::new(&plugin, hasty());
    let functions = arena.app.functions(EVIL).expect("it is there");
    assert_eq!(functions.len(), 1);
    assert!(arena.app.plugin(EVIL).is_some_and(|p| !p.is_command()));
    let metrics = &arena.app.metrics().plugins[EVIL];
    assert_eq!((metrics.started, metrics.live), (0, 0));
    let called = arena.app.call(EVIL, None, "describe", &[]).await;
    let is_limit = matches!(
        called,
        Err(Error::Limit {
            limit: LimitKind::Cpu,
            ..
        })
    );
    assert!(is_limit, "{called:?}");
}

#[tokio::test]
async fn an_endless_loop_is_interrupted() {
    let _guard = beside_others().await;
    let mut arena = Arena::new(&native(), hasty());
    let attack = Attack {
        how: "loop",
        expected: Expected::Limit(LimitKind::Cpu),
    };
    arena.attack("attack", &attack).await;
}

#[tokio::test]
async fn recursion_meets_the_end_of_the_stack() {
    let _guard = beside_others().await;
    let mut arena = Arena::new(&native(), limits());
    let attack = Attack {
        how: "recurse",
        expected: Expected::Limit(LimitKind::Stack),
    };
    arena.attack("attack", &attack).await;
}

#[tokio::test]
async fn memory_ends_and_is_given_back() {
    let _guard = alone().await;
    let mut arena = Arena::new(&native(), limits());
    let grow = |how| Attack {
        how,
        expected: Expected::Limit(LimitKind::Memory),
    };
    arena.attack("attack", &grow("grow")).await;
    let before = resident();
    for how in ["grow", "leak", "grow", "leak"] {
        arena.attack("attack", &grow(how)).await;
    }
    if let Some((before, after)) = before.zip(resident()) {
        assert!(
            after < before + (32 << 20),
            "{before} bytes before, {after} after"
        );
    }
}

/// The host takes what it has room for, and no more.
#[tokio::test]
async fn a_huge_result_is_refused() {
    let _guard = alone().await;
    let mut arena = Arena::new(&native(), limits());
    let bytes = async |arena: &mut Arena, length| arena.call("bytes", &[Val::U32(length)]).await;
    let small = bytes(&mut arena, 1 << 20)
        .await
        .expect("a megabyte is fine");
    assert!(matches!(small.as_slice(), [Val::List(bytes)] if bytes.len() == 1 << 20));
    drop(small);
    let before = resident();
    let error = bytes(&mut arena, 48 << 20)
        .await
        .expect_err("it is too much");
    assert!(
        matches!(&error, Error::Limit { plugin, limit: LimitKind::HostCallBytes, .. } if plugin == "evil"),
        "{error:?}"
    );
    arena.ask_neighbour().await;
    assert_eq!(arena.count().await, 1);
    if let Some((before, after)) = before.zip(resident()) {
        assert!(
            after < before + (64 << 20),
            "{before} bytes before, {after} after"
        );
    }
}
