//! Components that lie to the host about their values, or loop where nobody expects code.

use crate::arena::{Arena, Attack, Expected, beside_others, evil, hasty};
use outwit::{Error, LimitKind, Val};

/// A component with `attack: func(how: string) -> T` and `count`, whose parts can be bad.
struct Liar {
    /// What it does.
    name: &'static str,
    /// The type of the result.
    result: &'static str,
    /// The body of the allocator, which the host calls to hand over a string.
    realloc: &'static str,
    /// The body of the function.
    attack: &'static str,
    /// What is called when the host has read the result.
    post: &'static str,
}

const HONEST: Liar = Liar {
    name: "",
    result: "string",
    realloc: "(i32.const 1024)",
    // A string of two letters: its address and length are at 8.
    attack: "(i32.store (i32.const 8) (i32.const 64)) (i32.store (i32.const 12) (i32.const 2)) (i32.const 8)",
    post: "",
};

impl Liar {
    fn component(&self) -> Vec<u8> {
        let Liar {
            name: _,
            result,
            realloc,
            attack,
            post,
        } = self;
        let wat = format!(
            r#"(component
                (import "wasi:io/poll@0.2.6" (instance $poll
                    (export "pollable" (type $p (sub resource)))
                    (export "poll" (func (param "in" (list (borrow $p))) (result (list u32))))))
                (alias export $poll "pollable" (type $pollable))
                (core func $drop (canon resource.drop $pollable))
                (core module $m
                    (import "host" "drop" (func $drop (param i32)))
                    (memory (export "memory") 1)
                    (data (i32.const 64) "ok\ff\fe")
                    (global $calls (mut i32) (i32.const 0))
                    (func (export "realloc") (param i32 i32 i32 i32) (result i32) {realloc})
                    (func (export "attack") (param i32 i32) (result i32) {attack})
                    (func (export "post") (param i32) {post})
                    (func (export "count") (result i32)
                        (global.set $calls (i32.add (global.get $calls) (i32.const 1)))
                        (global.get $calls)))
                (core instance $host (export "drop" (func $drop)))
                (core instance $i (instantiate $m (with "host" (instance $host))))
                (func (export "attack") (param "how" string) (result {result})
                    (canon lift (core func $i "attack") (memory (core memory $i "memory"))
                        (realloc (core func $i "realloc")) (post-return (core func $i "post"))))
                (func (export "count") (result u32) (canon lift (core func $i "count"))))"#
        );
        wat::parse_str(&wat).unwrap_or_else(|error| panic!("{}: {error}", self.name))
    }
}

const LOOP: &str = "(loop (br 0)) unreachable";

const ENDLESS: &[Liar] = &[
    Liar {
        name: "loops in its allocator",
        realloc: LOOP,
        ..HONEST
    },
    Liar {
        name: "loops when it should clean up",
        post: LOOP,
        ..HONEST
    },
];

const LIARS: &[Liar] = &[
    Liar {
        name: "traps in its allocator",
        realloc: "unreachable",
        ..HONEST
    },
    Liar {
        name: "allocates outside of its memory",
        realloc: "(i32.const -8)",
        ..HONEST
    },
    Liar {
        name: "traps when it should clean up",
        post: "unreachable",
        ..HONEST
    },
    Liar {
        name: "drops a handle it never had",
        attack: "(call $drop (i32.const 1)) (i32.const 8)",
        ..HONEST
    },
    Liar {
        name: "drops a handle nobody could have",
        attack: "(call $drop (i32.const -1)) (i32.const 8)",
        ..HONEST
    },
    Liar {
        name: "returns text that is not UTF-8",
        attack: "(i32.store (i32.const 8) (i32.const 66)) (i32.store (i32.const 12) (i32.const 2)) (i32.const 8)",
        ..HONEST
    },
    Liar {
        name: "returns a string that ends outside of its memory",
        attack: "(i32.store (i32.const 8) (i32.const 64)) (i32.store (i32.const 12) (i32.const 65536)) (i32.const 8)",
        ..HONEST
    },
    Liar {
        name: "returns a string of four gigabytes",
        attack: "(i32.store (i32.const 8) (i32.const 0)) (i32.store (i32.const 12) (i32.const -1)) (i32.const 8)",
        ..HONEST
    },
    Liar {
        name: "returns an address outside of its memory",
        attack: "(i32.const -4)",
        ..HONEST
    },
    Liar {
        name: "returns an address that is not aligned",
        attack: "(i32.const 9)",
        ..HONEST
    },
    Liar {
        name: "returns half a surrogate pair as a character",
        result: "char",
        attack: "(i32.const 0xd800)",
        ..HONEST
    },
    Liar {
        name: "returns a character beyond Unicode",
        result: "char",
        attack: "(i32.const 0x110000)",
        ..HONEST
    },
    Liar {
        name: "returns a case that the variant does not have",
        result: "(option u8)",
        attack: "(i32.store8 (i32.const 8) (i32.const 2)) (i32.const 8)",
        ..HONEST
    },
    Liar {
        name: "returns a list of four billion strings",
        result: "(list string)",
        attack: "(i32.store (i32.const 8) (i32.const 0)) (i32.store (i32.const 12) (i32.const -1)) (i32.const 8)",
        ..HONEST
    },
    Liar {
        name: "returns a long list of the same long string",
        result: "(list string)",
        // Whatever lies there is taken for addresses and lengths: first make all of it the same.
        attack: "(local i32)
            (loop
                (i32.store (local.get 2) (i32.const 0))
                (i32.store offset=4 (local.get 2) (i32.const 60000))
                (local.set 2 (i32.add (local.get 2) (i32.const 8)))
                (br_if 0 (i32.lt_u (local.get 2) (i32.const 65528))))
            (i32.store (i32.const 65528) (i32.const 0))
            (i32.store (i32.const 65532) (i32.const 8191))
            (i32.const 65528)",
        ..HONEST
    },
];

#[tokio::test]
async fn the_honest_one_gets_through() {
    let _guard = beside_others().await;
    let mut arena = Arena::new(&evil(&HONEST.component()), hasty());
    let answer = arena.call("attack", &[Val::String("x".into())]).await;
    let answer = answer.expect("it does nothing wrong");
    assert_eq!(answer, [Val::String("ok".into())]);
}

#[tokio::test]
async fn a_lie_is_a_trap() {
    let _guard = beside_others().await;
    for liar in LIARS {
        let mut arena = Arena::new(&evil(&liar.component()), hasty());
        assert_eq!(arena.count().await, 1);
        arena.ask_neighbour().await;
        let error = arena.call("attack", &[Val::String("x".into())]).await;
        match error {
            Err(Error::Trap {
                plugin, function, ..
            }) => assert_eq!((plugin.as_str(), function.as_str()), ("evil", "attack")),
            other => panic!("{}: {other:?}", liar.name),
        }
        arena.ask_neighbour().await;
        assert_eq!(arena.count().await, 1, "{}", liar.name);
    }
}

#[tokio::test]
async fn no_code_of_a_plugin_runs_without_end() {
    let _guard = beside_others().await;
    for liar in ENDLESS {
        let mut arena = Arena::new(&evil(&liar.component()), hasty());
        let attack = Attack {
            how: liar.name,
            expected: Expected::Limit(LimitKind::Cpu),
        };
        arena.attack("attack", &attack).await;
    }
}
