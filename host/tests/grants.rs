//! Each capability refused and granted, from the guest's side.

mod common;

use std::sync::Arc;
use std::time::Duration;

use common::guest::{CLOCK, CONSOLE, ENTROPY, GET_ITEM, Guest, SET_ITEM, STORAGE_TYPES};
use common::{engine, plugin, runs};
use outwit::console::{Capture, Level};
use outwit::performance::FixedClock;
use outwit::{
    App, Capability, Engine, Error, Grants, Host, Instance, LinkMode, Plugin, PluginConfig,
    storage, wasi,
};

fn start(
    plugin: &Plugin,
    grants: Grants,
    host: Host,
) -> impl Future<Output = Result<Instance, Error>> {
    Instance::builder(plugin).grants(grants).host(host).start()
}

/// Refused without the grant, and by a host that does not offer it.
async fn refused(engine: &Engine, wat: &str, capability: Capability, granted: Grants) {
    let guest = plugin(engine, "guest", wat);
    let error = start(&guest, Grants::none(), Host::system())
        .await
        .unwrap_err();
    let Error::MissingGrant(missing) = &error else {
        panic!("{error}");
    };
    assert_eq!(missing.plugin, "guest");
    assert_eq!(missing.capabilities, [capability.name()]);
    let line = format!("[plugins.guest.grant]\n{}", capability.manifest_line());
    assert_eq!(missing.lines, line);
    assert!(error.to_string().ends_with(&line), "{error}");
    assert!(granted.has(capability));
    let error = start(&guest, granted, Host::none()).await.unwrap_err();
    assert!(
        matches!(&error, Error::NotOffered { interface, .. } if interface.starts_with(capability.package())),
        "{error}"
    );
}

#[tokio::test]
async fn console() {
    let engine = engine();
    let grants = Grants::none().with_console();
    refused(&engine, &CONSOLE.wat(), Capability::Console, grants.clone()).await;
    let capture = Arc::new(Capture::default());
    let host = Host::none().with_console(capture.clone());
    let guest = plugin(&engine, "guest", &CONSOLE.wat());
    let mut instance = start(&guest, grants, host).await.unwrap();
    instance.call(None, "run", &[]).await.unwrap();
    let entries = capture.take();
    let entry = &entries[0];
    assert_eq!(
        (entry.plugin.as_str(), entry.level, entry.message.as_str()),
        ("guest", Level::Warn, "hello")
    );
}

#[tokio::test]
async fn output_is_cut_off() {
    let engine = engine();
    let flood = Guest {
        body: "(local i32) (loop (call $f (i32.const 0) (i32.const 16) (i32.const 20))
            (local.set 0 (i32.add (local.get 0) (i32.const 1)))
            (br_if 0 (i32.lt_u (local.get 0) (i32.const 100))))",
        ..CONSOLE
    };
    let guest = plugin(&engine, "guest", &flood.wat());
    let capture = Arc::new(Capture::default());
    let mut limits = outwit::Limits::default();
    limits.output = 100;
    let mut instance = Instance::builder(&guest)
        .grants(Grants::none().with_console())
        .host(Host::none().with_console(capture.clone()))
        .limits(limits)
        .start()
        .await
        .unwrap();
    // The count starts again with each call.
    for _ in 0..2 {
        instance.call(None, "run", &[]).await.unwrap();
        let entries = capture.take();
        assert_eq!(entries.len(), 6);
        assert_eq!(
            entries[5].message,
            "output of this call ends here: over 100 bytes"
        );
    }
}

#[tokio::test]
async fn performance() {
    let engine = engine();
    let grants = Grants::none().with_performance();
    refused(
        &engine,
        &CLOCK.wat(),
        Capability::Performance,
        grants.clone(),
    )
    .await;
    let clock = Arc::new(FixedClock::at(Duration::from_secs(1_000_000)));
    let host = Host::none().with_clock(clock.clone());
    let guest = plugin(&engine, "guest", &CLOCK.wat());
    let mut instance = start(&guest, grants, host).await.unwrap();
    for expected in [0.0, 2.5, 5.0] {
        let (now,): (f64,) = instance.call_typed(None, "run", ()).await.unwrap();
        assert_eq!(now, expected);
        clock.advance(Duration::from_micros(2500));
    }
}

#[tokio::test]
async fn crypto() {
    let engine = engine();
    let grants = Grants::none().with_crypto();
    refused(&engine, &ENTROPY.wat(), Capability::Crypto, grants.clone()).await;
    let mut seen = Vec::new();
    for _ in 0..2 {
        let guest = plugin(&engine, "guest", &ENTROPY.wat());
        let mut instance = start(&guest, grants.clone(), Host::system()).await.unwrap();
        let (bytes,): (Result<Vec<u8>, u32>,) = instance.call_typed(None, "run", ()).await.unwrap();
        seen.push(bytes.unwrap());
    }
    assert_eq!((seen[0].len(), seen[1].len()), (40, 40));
    assert_ne!(seen[0], seen[1]);
    let greedy = ENTROPY
        .wat()
        .replace("(call $f (i32.const 40)", "(call $f (i32.const -1)");
    let guest = plugin(&engine, "guest", &greedy);
    let mut instance = start(&guest, grants, Host::system()).await.unwrap();
    let (bytes,): (Result<Vec<u8>, u32>,) = instance.call_typed(None, "run", ()).await.unwrap();
    assert_eq!(bytes, Err(65_536));
}

#[tokio::test]
async fn storage_is_kept_and_bounded() {
    let engine = engine();
    let folder = tempfile::tempdir().unwrap();
    let grant = storage::Grant::at(folder.path().join("kept.redb"));
    let grants = |grant: &storage::Grant| Grants::none().with_storage(grant.clone());
    refused(
        &engine,
        &SET_ITEM.wat(),
        Capability::Storage,
        grants(&grant),
    )
    .await;
    let set = plugin(&engine, "guest", &SET_ITEM.wat());
    let get = plugin(&engine, "guest", &GET_ITEM.wat());
    let run_set = async |grant: &storage::Grant, host: &Host| {
        let mut instance = start(&set, grants(grant), host.clone()).await.unwrap();
        let (result,): (u32,) = instance.call_typed(None, "run", ()).await.unwrap();
        result
    };
    let run_get = async |grant: &storage::Grant, host: &Host| {
        let mut instance = start(&get, grants(grant), host.clone()).await.unwrap();
        let (value,): (Option<String>,) = instance.call_typed(None, "run", ()).await.unwrap();
        value
    };
    assert_eq!(run_get(&grant, &Host::system()).await, None);
    assert_eq!(run_set(&grant, &Host::system()).await, 0);
    // A new host has only what is on the disk.
    assert_eq!(
        run_get(&grant, &Host::system()).await.as_deref(),
        Some(" from")
    );
    // The area is too small: `quota-exceeded`, and nothing is written.
    let small = storage::Grant::at(folder.path().join("small.redb")).with_quota(9);
    assert_eq!(run_set(&small, &Host::system()).await, 1);
    assert_eq!(run_get(&small, &Host::system()).await, None);
    // In memory, an area lives as long as its app.
    let app = App::builder(&engine)
        .plugin(
            set.clone(),
            PluginConfig::new().grants(grants(&storage::Grant::default())),
        )
        .build()
        .unwrap();
    let (result,): (u32,) = app.call_typed("guest", None, "run", ()).await.unwrap();
    assert_eq!(result, 0);
}

/// Waits for 30 ms by a synchronous call of the asynchronous import.
const WAIT: &str = r#"(component
    (import "outwit:timers/scheduler@0.1.0" (instance $host
        (type $f f64)
        (export "instant" (type $t (eq $f)))
        (export "now" (func (result $t)))
        (export "wait-until" (func async (param "when" $t)))))
    (core func $now (canon lower (func $host "now")))
    (core func $wait (canon lower (func $host "wait-until")))
    (core func $return (canon task.return (result f64)))
    (core module $m
        (import "" "now" (func $now (result f64)))
        (import "" "wait" (func $wait (param f64)))
        (import "" "return" (func $return (param f64)))
        (func (export "run") (result i32)
            (local f64)
            (local.set 0 (call $now))
            (call $wait (f64.add (local.get 0) (f64.const 30)))
            (call $return (f64.sub (call $now) (local.get 0)))
            (i32.const 0))
        (func (export "callback") (param i32 i32 i32) (result i32) unreachable))
    (core instance $i (instantiate $m (with "" (instance
        (export "now" (func $now)) (export "wait" (func $wait)) (export "return" (func $return))))))
    (func (export "run") async (result f64)
        (canon lift (core func $i "run") async (callback (core func $i "callback")))))"#;

#[tokio::test]
async fn timers_wait_and_waiting_is_free() {
    let engine = engine();
    let grants = Grants::none().with_timers();
    refused(&engine, WAIT, Capability::Timers, grants.clone()).await;
    let mut limits = outwit::Limits::default();
    limits.cpu = Duration::from_millis(10);
    let guest = plugin(&engine, "guest", WAIT);
    let mut instance = Instance::builder(&guest)
        .grants(grants.clone())
        .limits(limits.clone())
        .start()
        .await
        .unwrap();
    let (waited,): (f64,) = instance.call_typed(None, "run", ()).await.unwrap();
    assert!((30.0..2_000.0).contains(&waited), "{waited}");
    // The wall clock strikes while it waits.
    limits.wall = Duration::from_millis(5);
    let mut instance = Instance::builder(&guest)
        .grants(grants)
        .limits(limits)
        .start()
        .await
        .unwrap();
    let error = instance.call(None, "run", &[]).await.unwrap_err();
    assert!(
        matches!(
            error,
            Error::Limit {
                limit: outwit::LimitKind::Wall,
                ..
            }
        ),
        "{error}"
    );
}

/// A command that exits with this status.
fn exits(status: u32) -> String {
    format!(
        r#"(component
            (import "wasi:cli/exit@0.2.3" (instance $host
                (export "exit" (func (param "status" (result))))))
            (core func $exit (canon lower (func $host "exit")))
            (core module $m (import "" "exit" (func $exit (param i32)))
                (func (export "run") (result i32) (call $exit (i32.const {status})) unreachable))
            (core instance $i (instantiate $m (with "" (instance (export "exit" (func $exit))))))
            (func $run (result (result)) (canon lift (core func $i "run")))
            (instance $run-i (export "run" (func $run)))
            (export "wasi:cli/run@0.2.3" (instance $run-i)))"#
    )
}

#[tokio::test]
async fn commands_exit_and_the_host_goes_on() {
    let engine = engine();
    let grants = Grants::none().with_cli(wasi::cli::Grant::default());
    refused(&engine, &exits(0), Capability::Cli, grants.clone()).await;
    for status in [0, 1] {
        let command = plugin(&engine, "guest", &exits(status));
        let app = App::builder(&engine)
            .plugin(command.clone(), PluginConfig::new().grants(grants.clone()))
            .build()
            .unwrap();
        let code = app.run("guest", ["ignored"]).await.unwrap();
        assert_eq!(code, i32::try_from(status).unwrap());
        let instance = start(&command, grants.clone(), Host::system())
            .await
            .unwrap();
        assert_eq!(instance.run_command().await.unwrap(), code);
        let error = app.call("guest", None, "run", &[]).await.unwrap_err();
        assert!(
            matches!(error, Error::Exit { code: c, .. } if c == code),
            "{error}"
        );
    }
    let app = App::builder(&engine)
        .plugin(plugin(&engine, "guest", &runs("")), PluginConfig::new())
        .build()
        .unwrap();
    let error = app.run("guest", [""; 0]).await.unwrap_err();
    assert!(matches!(error, Error::UnknownFunction { .. }), "{error}");
}

#[tokio::test]
async fn wasi_groups_are_refused_and_granted() {
    let engine = engine();
    let cases = [
        (
            r#"(import "wasi:clocks/monotonic-clock@0.2.0" (instance (export "now" (func (result u64)))))"#,
            Capability::Clocks,
            Grants::none().with_clocks(),
        ),
        (
            r#"(import "wasi:random/random@0.2.6" (instance (export "get-random-u64" (func (result u64)))))"#,
            Capability::Random,
            Grants::none().with_random(),
        ),
        (
            r#"(import "wasi:filesystem/types@0.2.6" (instance (export "descriptor" (type (sub resource)))))"#,
            Capability::Filesystem,
            Grants::none().with_filesystem(wasi::filesystem::Grant::default()),
        ),
    ];
    for (import, capability, grants) in cases {
        let wat = format!("(component {import})");
        refused(&engine, &wat, capability, grants.clone()).await;
        start(&plugin(&engine, "guest", &wat), grants, Host::system())
            .await
            .unwrap();
    }
    // `wasi:io` alone has no authority.
    let io = r#"(component (import "wasi:io/poll@0.2.6" (instance (export "pollable" (type (sub resource))))))"#;
    start(&plugin(&engine, "guest", io), Grants::none(), Host::none())
        .await
        .unwrap();
    let nowhere = Grants::none()
        .with_filesystem(wasi::filesystem::Grant::default().read("/no/such/folder", "/"));
    let wat = format!(
        "(component {})",
        r#"(import "wasi:filesystem/types@0.2.6" (instance (export "descriptor" (type (sub resource)))))"#
    );
    let error = start(&plugin(&engine, "guest", &wat), nowhere, Host::system())
        .await
        .unwrap_err();
    assert!(
        matches!(
            error,
            Error::Grant {
                capability: "filesystem",
                ..
            }
        ),
        "{error}"
    );
}

#[tokio::test]
async fn what_the_host_lacks_is_named() {
    let engine = engine();
    let everything = Grants::none()
        .with_console()
        .with_performance()
        .with_cli(wasi::cli::Grant::terminal())
        .with_clocks();
    for (interface, why) in [
        ("wasi:sockets/tcp@0.2.6", "it offers outwit:console, "),
        (
            "wasi:http/incoming-handler@0.2.6",
            "it offers wasi:http/types, wasi:http/outgoing-handler",
        ),
        ("outwit:nothing/client@0.1.0", "it offers outwit:console, "),
        (
            "outwit:console/log@0.2.0",
            "it offers outwit:console/log@0.1.0, which is not compatible",
        ),
        ("outwit:console/nope@0.1.0", "it offers outwit:console/log"),
        (
            "wasi:cli/stdout@0.3.0",
            "it offers wasi:cli/stdout@0.2.6, which is not compatible",
        ),
    ] {
        let wat = format!(r#"(component (import "{interface}" (instance (export "f" (func)))))"#);
        let error = start(
            &plugin(&engine, "guest", &wat),
            everything.clone(),
            Host::system(),
        )
        .await
        .unwrap_err();
        match &error {
            Error::NotOffered {
                interface: i,
                reason,
                ..
            } => {
                assert_eq!(i, interface);
                assert!(reason.starts_with(why), "{reason}");
            }
            other => panic!("{other}"),
        }
    }
    // A function the interface does not have.
    let wat =
        r#"(component (import "outwit:performance/clock@0.1.0" (instance (export "f" (func)))))"#;
    let error = start(&plugin(&engine, "guest", wat), everything, Host::system())
        .await
        .unwrap_err();
    assert!(error.to_string().contains("`f`"), "{error}");
}

#[tokio::test]
async fn fused_plugins_do_not_share_authority() {
    let engine = engine();
    // Both import the console; the one that is linked to the other imports it, too.
    let provider = CONSOLE
        .wat()
        .replace(r#"(func (export "run")  (canon"#, r#"(func $run (canon"#);
    let provider = format!(
        "{} (instance $out (export \"run\" (func $run))) (export \"demo:g/prints@0.1.0\" (instance $out)))",
        provider.strip_suffix(')').unwrap()
    );
    let caller = CONSOLE.wat();
    let caller = format!(
        "{} (import \"demo:g/prints@0.1.0\" (instance (export \"run\" (func)))))",
        caller.strip_suffix(')').unwrap()
    );
    let build = |mode, a: Grants, b: Grants, wats: [&str; 2]| {
        App::builder(&engine)
            .link_mode(mode)
            .plugin(plugin(&engine, "a", wats[0]), PluginConfig::new().grants(a))
            .plugin(plugin(&engine, "b", wats[1]), PluginConfig::new().grants(b))
            .build()
    };
    let console = Grants::none().with_console();
    let wats = [caller.as_str(), provider.as_str()];
    build(LinkMode::Fused, console.clone(), console.clone(), wats).unwrap();
    for mode in [LinkMode::Fused, LinkMode::Trampoline] {
        let error = build(mode, console.clone(), Grants::none(), wats).unwrap_err();
        assert!(
            matches!(&error, Error::MissingGrant(m) if m.plugin == "b"),
            "{error}"
        );
    }
    // Grants that differ, and storage, which is each plugin's own.
    let with_storage = |wat: &str| {
        wat
        .replace("outwit:console/log@0.1.0", "outwit:storage/local-storage@0.1.0")
        .replace(r#"(type $l (enum "debug" "info" "warn" "error"))"#, STORAGE_TYPES)
        .replace(r#"(export "level" (type $level (eq $l)))"#, "")
        .replace(r#"(export "write" (func (param "level" $level) (param "message" string)))"#, r#"(export "remove-item" (func (param "key" string) (result (result (error $error)))))"#)
        .replace(r#"$host "write""#, r#"$host "remove-item""#)
        .replace("(call $f (i32.const 2) (i32.const 16) (i32.const 5))", "(call $f (i32.const 16) (i32.const 5) (i32.const 64))")
    };
    let (caller, provider) = (with_storage(&caller), with_storage(&provider));
    let wats = [caller.as_str(), provider.as_str()];
    let storage = |quota| Grants::none().with_storage(storage::Grant::default().with_quota(quota));
    for (a, b, expected) in [
        (storage(1), storage(2), "their grants differ"),
        (storage(1), storage(1), "each has a storage area of its own"),
    ] {
        build(LinkMode::Trampoline, a.clone(), b.clone(), wats).unwrap();
        match build(LinkMode::Fused, a, b, wats).unwrap_err() {
            Error::FusedAuthority {
                capability, reason, ..
            } => {
                assert_eq!((capability, reason), ("storage", expected));
            }
            other => panic!("{other}"),
        }
    }
}
