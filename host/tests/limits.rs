//! Plugins that use too much, trap or hang: a typed error each, and the neighbour never notices.

#![allow(clippy::disallowed_methods)] // tests use files and clocks

mod common;

use std::sync::Arc;
use std::time::{Duration, Instant};

use common::guest::{CONSOLE, Guest};
use common::{ALLOCATOR, engine, greeter, plugin, runs};
use outwit::console::Capture;
use outwit::{Capability, Engine, Error, Host, Instance, LimitKind, Limits, Plugin, Val};

fn limits() -> Limits {
    let mut limits = Limits::default();
    limits.cpu = Duration::from_millis(20);
    limits.wall = Duration::from_secs(5);
    limits.memory = Some(4 << 20);
    limits
}

async fn start(plugin: &Plugin) -> Result<Instance, Error> {
    Instance::builder(plugin).limits(limits()).start().await
}

/// Runs `body` and gives the error, after checking that the instance has ended and a new one works.
async fn fails(engine: &Engine, body: &str) -> Error {
    let plugin = plugin(engine, "bad", &runs(body));
    let mut instance = start(&plugin).await.unwrap();
    let error = instance.call(None, "run", &[]).await.unwrap_err();
    assert!(!instance.is_alive());
    let again = instance.call(None, "run", &[]).await.unwrap_err();
    assert!(matches!(again, Error::Down { plugin, .. } if plugin == "bad"));
    let mut new = start(&plugin).await.unwrap();
    let sum: (u32,) = new.call_typed(None, "add", (1u32, 2u32)).await.unwrap();
    assert_eq!(sum, (3,));
    error
}

fn limit(error: &Error) -> LimitKind {
    match error {
        Error::Limit {
            plugin,
            limit,
            used,
            allowed,
        } => {
            assert_eq!(plugin, "bad");
            assert!(used >= allowed, "{error}");
            *limit
        }
        other => panic!("not a limit: {other:?}"),
    }
}

#[tokio::test]
async fn an_endless_loop_ends_in_time() {
    let engine = engine();
    let started = Instant::now();
    let error = fails(&engine, "(loop (br 0))").await;
    assert_eq!(limit(&error), LimitKind::Cpu);
    assert!(started.elapsed() < Duration::from_secs(3));
    assert_eq!(
        error.to_string(),
        "plugin `bad` went over its cpu limit: 21ms of 20ms allowed"
    );
}

#[tokio::test]
async fn the_wall_clock_strikes_while_the_guest_computes() {
    let engine = engine();
    let plugin = plugin(&engine, "bad", &runs("(loop (br 0))"));
    let mut limits = limits();
    limits.cpu = Duration::from_secs(60);
    limits.wall = Duration::from_millis(30);
    let mut instance = Instance::builder(&plugin)
        .limits(limits)
        .start()
        .await
        .unwrap();
    let error = instance.call(None, "run", &[]).await.unwrap_err();
    assert_eq!(limit(&error), LimitKind::Wall);
}

#[tokio::test]
async fn memory_tables_and_stack_end() {
    let engine = engine();
    let grow = "(loop (br_if 0 (i32.ne (memory.grow (i32.const 16)) (i32.const -1))))";
    assert_eq!(limit(&fails(&engine, grow).await), LimitKind::Memory);
    let grow = "(drop (table.grow $t (ref.null func) (i32.const 10000)))";
    assert_eq!(limit(&fails(&engine, grow).await), LimitKind::TableElements);
    let deep = "(drop (call $recurse (i64.const 0)))";
    assert_eq!(limit(&fails(&engine, deep).await), LimitKind::Stack);
}

#[tokio::test]
async fn traps_say_why_and_where() {
    let engine = engine();
    let error = fails(&engine, "unreachable").await;
    let Error::Trap {
        plugin,
        function,
        reason,
        backtrace,
    } = &error
    else {
        panic!("{error:?}");
    };
    assert_eq!((plugin.as_str(), function.as_str()), ("bad", "run"));
    assert_eq!(reason, "wasm `unreachable` instruction executed");
    assert!(backtrace.starts_with("at m!"), "{backtrace}");
    let error = fails(&engine, "(drop (i32.div_u (i32.const 1) (i32.const 0)))").await;
    assert!(
        error.to_string().contains("integer divide by zero"),
        "{error}"
    );
    let error = fails(&engine, "(drop (i32.load (i32.const -4)))").await;
    assert!(error.to_string().contains("out of bounds"), "{error}");
}

#[tokio::test]
async fn starting_is_limited_too() {
    let engine = engine();
    let endless = r#"(component (core module $m (func $s (loop (br 0))) (start $s))
        (core instance (instantiate $m)))"#;
    let error = start(&plugin(&engine, "bad", endless)).await.unwrap_err();
    assert_eq!(limit(&error), LimitKind::Cpu);
    let large = r#"(component (core module $m (memory 65)) (core instance (instantiate $m)))"#;
    let error = start(&plugin(&engine, "bad", large)).await.unwrap_err();
    assert_eq!(limit(&error), LimitKind::Memory);
    let many = format!(
        "(component (core module $m) {})",
        "(core instance (instantiate $m))".repeat(17)
    );
    let error = start(&plugin(&engine, "bad", &many)).await.unwrap_err();
    assert_eq!(limit(&error), LimitKind::Instances);
    // Two to the power of twelve, by components that instantiate each other twice.
    let mut nested =
        "(component $c0 (core module $m) (core instance (instantiate $m)))".to_string();
    for i in 1..12 {
        let below = i - 1;
        nested += &format!(
            "(component $c{i} (alias outer 1 $c{below} (component $d))
                (instance (instantiate $d)) (instance (instantiate $d)))"
        );
    }
    let nested =
        format!("(component {nested} (instance (instantiate $c11)) (instance (instantiate $c11)))");
    let error = start(&plugin(&engine, "bad", &nested)).await.unwrap_err();
    assert!(
        matches!(
            error,
            Error::Limit {
                limit: LimitKind::Instances,
                used: 4096,
                ..
            }
        ),
        "{error}"
    );
    let tables = format!(
        "(component (core module $m {}) (core instance (instantiate $m)))",
        "(table 1 funcref)".repeat(9)
    );
    let error = start(&plugin(&engine, "bad", &tables)).await.unwrap_err();
    assert_eq!(limit(&error), LimitKind::Tables);
    let memories = format!(
        "(component (core module $m {}) (core instance (instantiate $m)))",
        "(memory 1)".repeat(5)
    );
    let error = start(&plugin(&engine, "bad", &memories)).await.unwrap_err();
    assert_eq!(limit(&error), LimitKind::Memories);
}

#[tokio::test]
async fn a_neighbour_on_the_same_thread_keeps_answering() {
    let engine = engine();
    let bad = plugin(&engine, "bad", &runs("(loop (br 0))"));
    let good = plugin(&engine, "good", &greeter("Hello, "));
    let mut bad = start(&bad).await.unwrap();
    let mut good = start(&good).await.unwrap();
    let mut answers = 0;
    let endless = bad.call(None, "run", &[]);
    tokio::pin!(endless);
    let error = loop {
        tokio::select! {
            biased;
            result = &mut endless => break result.unwrap_err(),
            result = good.call_typed::<(u32,), (u32,)>("fmt", "nothing", (1,)) => {
                assert!(matches!(result, Err(Error::UnknownFunction { .. })));
            }
        }
        let (text,): (String,) = good
            .call_typed("demo:g/fmt", "greet", ("Ada".to_string(),))
            .await
            .unwrap();
        assert_eq!(text, "Hello, Ada");
        answers += 1;
    };
    assert_eq!(limit(&error), LimitKind::Cpu);
    assert!(answers > 2, "{answers}");
}

#[tokio::test]
async fn a_dropped_call_ends_the_instance() {
    let engine = engine();
    let mut limits = limits();
    limits.cpu = Duration::from_secs(60);
    let plugin = plugin(&engine, "bad", &runs("(loop (br 0))"));
    let mut instance = Instance::builder(&plugin)
        .limits(limits)
        .start()
        .await
        .unwrap();
    let dropped = tokio::time::timeout(Duration::from_millis(10), instance.call(None, "run", &[]));
    assert!(dropped.await.is_err());
    let error = instance
        .call(None, "add", &[Val::U32(1), Val::U32(2)])
        .await
        .unwrap_err();
    assert!(matches!(error, Error::Down { .. }));
}

#[tokio::test]
async fn wrong_arguments_leave_the_instance_alive() {
    let engine = engine();
    let mut instance = start(&plugin(&engine, "bad", &runs(""))).await.unwrap();
    let cases = [
        (
            vec![Val::U32(1)],
            "it takes 2 arguments, 1 given; its type is func(a: u32, b: u32) -> u32",
        ),
        (
            vec![Val::U32(1), Val::String("2".into())],
            "argument `b`: it does not have the type u32",
        ),
    ];
    for (args, expected) in cases {
        match instance.call(None, "add", &args).await.unwrap_err() {
            Error::Arguments { message, .. } => assert_eq!(message, expected),
            other => panic!("{other}"),
        }
    }
    let error = instance
        .call_typed::<(String,), (u32,)>(None, "add", ("x".into(),))
        .await;
    assert!(matches!(error, Err(Error::Arguments { .. })));
    let result = instance
        .call(None, "add", &[Val::U32(2), Val::U32(3)])
        .await
        .unwrap();
    assert_eq!(result, [Val::U32(5)]);
}

#[tokio::test]
async fn the_report_of_the_js_engine_becomes_an_exception() {
    let engine = engine();
    let with = |report: &str, address: &str| {
        format!(
            r#"(component
                (core module $memory (memory (export "memory") 1)
                    (data (i32.const 65512) "{report}")
                    (data (i32.const 256) "TypeError: nöat f (a.js:1)"))
                (core instance $mem (instantiate $memory))
                (core module $m (import "env" "memory" (memory 1))
                    (global (export "outwit_trap_report") i32 (i32.const {address}))
                    (func (export "run") unreachable))
                (core instance $i (instantiate $m (with "env" (instance $mem))))
                (func (export "run") (canon lift (core func $i "run"))))"#
        )
    };
    let call = async |wat: String| {
        let plugin = plugin(&engine, "bad", &wat);
        assert_eq!(plugin.language(), outwit::Language::JavaScript);
        let mut instance = start(&plugin).await.unwrap();
        instance.call(None, "run", &[]).await.unwrap_err()
    };
    let good = r"RTWO\00\01\00\00\0e\00\00\00\0e\01\00\00\0d\00\00\00";
    match call(with(good, "65512")).await {
        Error::Exception {
            plugin,
            function,
            message,
            stack,
            ..
        } => {
            assert_eq!((plugin.as_str(), function.as_str()), ("bad", "run"));
            assert_eq!(message, "TypeError: nö");
            assert_eq!(&*stack, "at f (a.js:1)");
        }
        other => panic!("{other:?}"),
    }
    // No report, no magic, a report outside of the memory, a message outside of the memory.
    let none = r"RTWO\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00";
    let outside = r"RTWO\00\01\00\00\00\00\01\00\00\00\00\00\00\00\00\00";
    for wat in [
        with(none, "65512"),
        with("nope", "65512"),
        with(good, "-1"),
        with(good, "65530"),
        with(outside, "65512"),
    ] {
        let error = call(wat).await;
        // A length beyond the memory is cut or refused, never read.
        assert!(
            matches!(error, Error::Trap { .. } | Error::Exception { .. }),
            "{error:?}"
        );
    }
}

#[tokio::test]
async fn long_lists_pass_and_longer_ones_do_not() {
    let engine = engine();
    let bytes = |pages: u32, length: u32| {
        format!(
            r#"(component
                (core module $m (memory (export "memory") {pages})
                    (func (export "run") (result i32)
                        (i32.store (i32.const 4) (i32.const {length})) (i32.const 0)))
                (core instance $i (instantiate $m))
                (func (export "run") (result (list u8)) (canon lift (core func $i "run")
                    (memory (core memory $i "memory")))))"#
        )
    };
    let start = async |wat: &str| {
        let plugin = plugin(&engine, "bad", wat);
        Instance::builder(&plugin).start().await.unwrap()
    };
    let mut instance = start(&bytes(17, 1 << 20)).await;
    let result = instance.call(None, "run", &[]).await.unwrap();
    assert!(matches!(result.as_slice(), [Val::List(items)] if items.len() == 1 << 20));
    let (typed,): (Vec<u8>,) = instance.call_typed(None, "run", ()).await.unwrap();
    assert_eq!(typed.len(), 1 << 20);
    // The elements would take more memory of the host than they may.
    let mut instance = start(&bytes(64, 2 << 20)).await;
    let error = instance.call(None, "run", &[]).await.unwrap_err();
    assert_eq!(limit(&error), LimitKind::HostCallBytes);
    // A list that ends outside of the memory.
    let mut instance = start(&bytes(1, u32::MAX)).await;
    let error = instance.call(None, "run", &[]).await.unwrap_err();
    assert!(matches!(error, Error::Trap { .. }), "{error}");
}

/// The body of `run` that calls `$f` so many times.
fn times(count: u32, call: &str) -> String {
    format!(
        "(loop {call}
            (local.set $i (i32.add (local.get $i) (i32.const 1)))
            (br_if 0 (i32.lt_u (local.get $i) (i32.const {count}))))"
    )
}

#[tokio::test]
async fn operations_of_a_call_are_counted() {
    let engine = engine();
    let write = "(local $i i32)".to_string()
        + &times(100, "(call $f (i32.const 2) (i32.const 16) (i32.const 0))");
    let wat = Guest {
        body: &write,
        ..CONSOLE
    }
    .wat();
    let plugin = plugin(&engine, "bad", &wat);
    let run = async |limits: Limits, calls: u32| {
        let mut instance = Instance::builder(&plugin)
            .grants(outwit::Grants::none().with_console())
            .host(Host::none().with_console(Arc::new(Capture::default())))
            .limits(limits)
            .start()
            .await
            .unwrap();
        for _ in 1..calls {
            instance.call(None, "run", &[]).await?;
        }
        instance.call(None, "run", &[]).await
    };
    let mut limits = limits();
    limits.host_calls = 100;
    // The count starts again with each call.
    run(limits.clone(), 3).await.unwrap();
    limits.host_calls = 99;
    let error = run(limits.clone(), 1).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "plugin `bad` went over its host-calls limit: 100 of 99 allowed"
    );
    assert_eq!(limit(&error), LimitKind::HostCalls);
    // A rate holds over calls; at first it lets twice as many pass.
    limits.host_calls = 10_000;
    limits.rates.insert(Capability::Console, 150);
    run(limits.clone(), 3).await.unwrap();
    let error = run(limits, 4).await.unwrap_err();
    assert_eq!(limit(&error), LimitKind::Rate);
    assert_eq!(
        error.to_string(),
        "plugin `bad` went over its rate limit: 151 a second of 150 a second allowed"
    );
}

#[tokio::test]
async fn what_is_written_to_standard_streams_is_counted() {
    let engine = engine();
    // Writes 20 bytes 10 times; what the stream says does not matter.
    let body = times(
        10,
        "(call $write (local.get $out) (i32.const 16) (i32.const 20) (i32.const 64))",
    );
    let wat = format!(
        r#"(component
            (import "wasi:io/error@0.2.6" (instance $error (export "error" (type (sub resource)))))
            (alias export $error "error" (type $err))
            (import "wasi:io/streams@0.2.6" (instance $streams
                (export "output-stream" (type $o (sub resource)))
                (alias outer 1 $err (type $e0))
                (export "error" (type $e (eq $e0)))
                (type $se (variant (case "last-operation-failed" (own $e)) (case "closed")))
                (export "stream-error" (type $stream-error (eq $se)))
                (export "[method]output-stream.blocking-write-and-flush"
                    (func (param "self" (borrow $o)) (param "contents" (list u8))
                        (result (result (error $stream-error)))))))
            (alias export $streams "output-stream" (type $stream))
            (import "wasi:cli/stdout@0.2.6" (instance $stdout
                (alias outer 1 $stream (type $s0))
                (export "output-stream" (type $s (eq $s0)))
                (export "get-stdout" (func (result (own $s))))))
            (core module $alloc {ALLOCATOR})
            (core instance $a (instantiate $alloc))
            (core func $get (canon lower (func $stdout "get-stdout")))
            (core func $write (canon lower
                (func $streams "[method]output-stream.blocking-write-and-flush")
                (memory (core memory $a "memory"))))
            (core module $m
                (import "" "memory" (memory 1))
                (import "" "get" (func $get (result i32)))
                (import "" "write" (func $write (param i32 i32 i32 i32)))
                (data (i32.const 16) "hello from the guest")
                (func (export "run") (local $out i32) (local $i i32)
                    (local.set $out (call $get))
                    {body}))
            (core instance $i (instantiate $m (with "" (instance
                (export "get" (func $get)) (export "write" (func $write))
                (export "memory" (memory $a "memory"))))))
            (func (export "run") (canon lift (core func $i "run"))))"#
    );
    let plugin = plugin(&engine, "bad", &wat);
    let captured = outwit::wasi::cli::Captured::default();
    let mut limits = limits();
    limits.output = 50;
    let mut instance = Instance::builder(&plugin)
        .grants(outwit::Grants::none().with_cli(outwit::wasi::cli::Grant::terminal()))
        .host(Host::none().with_cli(Arc::new(captured.clone())))
        .limits(limits)
        .start()
        .await
        .unwrap();
    instance.call(None, "run", &[]).await.unwrap();
    let once = "hello from the guesthello from the guest\n[output of this call ends here: over 50 bytes]\n";
    assert_eq!(captured.stdout_text(), once);
    instance.call(None, "run", &[]).await.unwrap();
    assert_eq!(captured.stdout_text(), once.repeat(2));
}
