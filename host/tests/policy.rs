//! What a policy decides takes effect, before anything happens, and is recorded.

#![allow(clippy::disallowed_methods)] // tests use files

mod common;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use common::guest::{CLOCK, CONSOLE, ENTROPY, GET_ITEM, SET_ITEM};
use common::{engine, plugin};
use outwit::audit::{Record, Sink, Unrecorded};
use outwit::console::Capture;
use outwit::policy::{Answer, Call, Decision, Policy, Question, Target, Trial};
use outwit::{App, Capability, Engine, Error, Grants, Host, PluginConfig, storage};

/// Records as text.
#[derive(Default)]
struct Log(Mutex<Vec<String>>);

impl Sink for Log {
    fn record(&self, record: &Record<'_>) -> Result<(), Unrecorded> {
        let Record {
            sequence,
            call,
            outcome,
            by,
            reason,
            ..
        } = record;
        self.0.lock().unwrap().push(
            format!(
                "{sequence} {} {call} {} by {} {reason}",
                call.plugin,
                outcome.name(),
                by.name()
            )
            .trim_end()
            .to_string(),
        );
        Ok(())
    }
}

impl Log {
    fn take(&self) -> Vec<String> {
        std::mem::take(&mut self.0.lock().unwrap())
    }
}

/// Denies one function.
struct Without(&'static str);

#[async_trait]
impl Policy for Without {
    fn decide_now(&self, call: &Call<'_>) -> Option<Decision> {
        Some(if call.function == self.0 {
            Decision::deny("not today")
        } else {
            Decision::Allow
        })
    }

    async fn decide(&self, _: &Call<'_>) -> Decision {
        unreachable!("decided at once")
    }
}

/// Keeps the answers of its questions for the test to give.
#[derive(Default)]
struct Asking(Mutex<Vec<(String, Answer)>>);

#[async_trait]
impl Policy for Asking {
    async fn decide(&self, call: &Call<'_>) -> Decision {
        let (question, answer) = Question::new(Duration::from_millis(200));
        self.0.lock().unwrap().push((call.to_string(), answer));
        Decision::Ask(question)
    }
}

impl Asking {
    fn next(&self) -> Option<(String, Answer)> {
        self.0.lock().unwrap().pop()
    }
}

fn app(engine: &Engine, wat: &str, host: Host) -> App {
    let grants = Grants::none()
        .with_console()
        .with_performance()
        .with_crypto()
        .with_storage(storage::Grant::default());
    App::builder(engine)
        .host(host)
        .plugin(
            plugin(engine, "guest", wat),
            PluginConfig::new().grants(grants),
        )
        .build()
        .unwrap()
}

#[tokio::test]
async fn a_denial_is_the_error_of_the_interface_and_nothing_happens() {
    let engine = engine();
    let log = Arc::new(Log::default());
    let host = Host::system()
        .with_policy(Arc::new(Without("set-item")))
        .with_audit(log.clone());
    let set = app(&engine, &SET_ITEM.wat(), host);
    // 2 is `not-allowed`.
    let (outcome,): (u32,) = set.call_typed("guest", None, "run", ()).await.unwrap();
    assert_eq!(outcome, 2);
    assert_eq!(
        log.take(),
        ["1 guest outwit:storage/local-storage.set-item hello denied by policy not today"]
    );
    // From the next operation on it may.
    set.policy().set(Arc::new(Without("nothing")));
    let (outcome,): (u32,) = set.call_typed("guest", None, "run", ()).await.unwrap();
    assert_eq!(outcome, 0);
    assert_eq!(
        log.take(),
        ["2 guest outwit:storage/local-storage.set-item hello allowed by policy"]
    );
}

#[tokio::test]
async fn an_interface_without_errors_ends_the_call_or_stays_silent() {
    let engine = engine();
    let host = Host::system().with_policy(Arc::new(Without("now")));
    let clock = app(&engine, &CLOCK.wat(), host);
    let error = clock.call("guest", None, "run", &[]).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "plugin `guest` was denied `outwit:performance/clock.now`: not today"
    );
    assert!(matches!(error, Error::Denied { .. }));
    // The next call finds a new instance.
    clock.policy().set(Arc::new(Without("nothing")));
    clock.call("guest", None, "run", &[]).await.unwrap();

    let capture = Arc::new(Capture::default());
    let host = Host::system()
        .with_console(capture.clone())
        .with_policy(Arc::new(Without("write")));
    let console = app(&engine, &CONSOLE.wat(), host);
    console.call("guest", None, "run", &[]).await.unwrap();
    assert!(capture.take().is_empty());
}

#[tokio::test]
async fn a_question_waits_for_its_answer() {
    let engine = engine();
    let log = Arc::new(Log::default());
    let asking = Arc::new(Asking::default());
    let host = Host::system()
        .with_policy(asking.clone())
        .with_audit(log.clone());
    let get = app(&engine, &GET_ITEM.wat(), host.clone());
    let random = app(&engine, &ENTROPY.wat(), host);
    let answered = async |yes: bool| {
        loop {
            if let Some((call, answer)) = asking.next() {
                assert!(answer.is_awaited());
                assert_eq!(call, "outwit:crypto/entropy.get-random-bytes 40");
                if yes {
                    answer.allow();
                } else {
                    answer.deny("no");
                }
                return;
            }
            tokio::task::yield_now().await;
        }
    };
    type Bytes = (Result<Vec<u8>, u32>,);
    for yes in [true, false] {
        let call = random.call_typed::<(), Bytes>("guest", None, "run", ());
        let (result, ()) = tokio::join!(call, answered(yes));
        assert_eq!(result.unwrap().0.is_ok(), yes);
    }
    let call = "guest outwit:crypto/entropy.get-random-bytes 40";
    assert_eq!(
        log.take(),
        [
            format!("1 {call} asked by policy"),
            format!("2 {call} allowed by answer"),
            format!("3 {call} asked by policy"),
            format!("4 {call} denied by answer no"),
        ]
    );
    // Nobody answers; and somebody throws the question away.
    type Item = (Option<String>,);
    let _: Item = get.call_typed("guest", None, "run", ()).await.unwrap();
    assert!(log.take()[1].ends_with("denied by nobody nobody answered in time"));
    let (_, answer) = asking.next().unwrap();
    assert!(!answer.is_awaited());
    let call = get.call_typed::<(), Item>("guest", None, "run", ());
    let dropped = async {
        while asking.next().is_none() {
            tokio::task::yield_now().await;
        }
    };
    let (result, ()) = tokio::join!(call, dropped);
    result.unwrap();
    assert!(log.take()[1].ends_with("denied by nobody the question was dropped"));
}

#[tokio::test]
async fn what_is_revoked_is_denied_from_the_next_operation_on() {
    let engine = engine();
    let log = Arc::new(Log::default());
    let set = app(
        &engine,
        &SET_ITEM.wat(),
        Host::system().with_audit(log.clone()),
    );
    let run = async || {
        let (outcome,): (u32,) = set.call_typed("guest", None, "run", ()).await.unwrap();
        outcome
    };
    assert_eq!(run().await, 0);
    set.policy().revoke("guest", Capability::Storage);
    assert!(set.policy().is_revoked("guest", Capability::Storage));
    assert!(!set.policy().is_revoked("other", Capability::Storage));
    assert_eq!(run().await, 2);
    set.policy().restore("guest", Capability::Storage);
    assert_eq!(run().await, 0);
    assert!(log.take()[1].ends_with("denied by revoked the capability is revoked"));
}

/// A sink that is broken.
struct Broken;

impl Sink for Broken {
    fn record(&self, _: &Record<'_>) -> Result<(), Unrecorded> {
        Err(Unrecorded)
    }
}

#[tokio::test]
async fn without_a_record_nothing_happens() {
    let engine = engine();
    let host = Host::system().with_audit(Arc::new(Broken));
    let set = app(&engine, &SET_ITEM.wat(), host);
    let (outcome,): (u32,) = set.call_typed("guest", None, "run", ()).await.unwrap();
    assert_eq!(outcome, 2);
}

#[test]
fn targets_are_told_as_text() {
    let cases = [
        (Target::None, "none", ""),
        (Target::Key("k"), "key", "k"),
        (Target::Paths("/a", "/b"), "paths", "/a -> /b"),
        (Target::Host("example.com", 443), "host", "example.com:443"),
        (Target::Bytes(5), "bytes", "5"),
    ];
    for (target, kind, text) in cases {
        assert_eq!((target.kind(), target.to_string().as_str()), (kind, text));
    }
}

/// Notes how calls are shown, and the target as it is.
#[derive(Default)]
struct Shown(Mutex<Vec<(String, String)>>);

#[async_trait]
impl Policy for Shown {
    fn decide_now(&self, call: &Call<'_>) -> Option<Decision> {
        let shown = (call.to_string(), call.target.to_string());
        self.0.lock().unwrap().push(shown);
        Some(Decision::Allow)
    }

    async fn decide(&self, _: &Call<'_>) -> Decision {
        unreachable!("decided at once")
    }
}

/// What a plugin gives as a name is one line, all of which is seen, for whoever is asked about it.
#[tokio::test]
async fn a_question_cannot_be_forged() {
    let shown = Arc::new(Shown::default());
    let trial = Trial::new("guest", &Host::system().with_policy(shown.clone()));
    let get_item = outwit::policy::operations().find(|o| o.function == "get-item");
    let long = format!("/photos/{}.jpg", "x".repeat(100_000));
    for (attack, expected) in [
        (
            "\u{1b}[2K\u{1b}[1A\u{9b}2JAllow it?",
            "\\u{1b}[2K\\u{1b}[1A\\u{9b}2JAllow it?",
        ),
        ("x\r\nguest wants nothing", "x\\r\\nguest wants nothing"),
        ("\u{202e}gpj.exe\u{200b}", "\\u{202e}gpj.exe\\u{200b}"),
        ("a plain \u{17e}", "a plain \u{17e}"),
        (&long, "/photos/xx"),
    ] {
        let decided = trial.decide(get_item.unwrap(), Target::Key(attack));
        assert_eq!(decided.await, Ok(()));
        let (text, target) = shown.0.lock().unwrap().pop().unwrap();
        let rest = text.strip_prefix("outwit:storage/local-storage.get-item ");
        assert!(
            rest.is_some_and(|rest| rest.starts_with(expected)),
            "{text}"
        );
        assert!(text.chars().count() < 300, "{text}");
        // Whoever decides gets it as it is.
        assert_eq!(target, attack);
    }
}

/// Connects to `first`, and overwrites the name as soon as the call has begun.
const FICKLE: &str = r#"(component
    (import "outwit:messaging/ports@0.1.0" (instance $host
        (export "port" (type $port (sub resource)))
        (type $e (variant (case "full" u32) (case "too-long" u32) (case "too-many" u32)
            (case "not-allowed") (case "closed") (case "other" string)))
        (export "error" (type $error (eq $e)))
        (export "connect" (func async (param "name" string) (result (result (own $port) (error $error)))))))
    (core module $memory (memory (export "memory") 1)
        (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 4096)))
    (core instance $a (instantiate $memory))
    (core func $connect (canon lower (func $host "connect") async
        (memory (core memory $a "memory")) (realloc (core func $a "realloc"))))
    (core func $new (canon waitable-set.new))
    (core func $join (canon waitable.join))
    (core func $wait (canon waitable-set.wait (memory (core memory $a "memory"))))
    (core module $m
        (import "" "memory" (memory 1))
        (import "" "connect" (func $connect (param i32 i32 i32) (result i32)))
        (import "" "new" (func $new (result i32)))
        (import "" "join" (func $join (param i32 i32)))
        (import "" "wait" (func $wait (param i32 i32) (result i32)))
        (data (i32.const 16) "first")
        (data (i32.const 32) "other")
        (func (export "run") (result i32) (local $status i32) (local $set i32)
            (local.set $status (call $connect (i32.const 16) (i32.const 5) (i32.const 64)))
            (memory.copy (i32.const 16) (i32.const 32) (i32.const 5))
            (local.set $set (call $new))
            (call $join (i32.shr_u (local.get $status) (i32.const 4)) (local.get $set))
            (drop (call $wait (local.get $set) (i32.const 128)))
            ;; whether it failed
            (i32.load8_u (i32.const 64))))
    (core instance $i (instantiate $m (with "" (instance
        (export "memory" (memory $a "memory")) (export "connect" (func $connect))
        (export "new" (func $new)) (export "join" (func $join)) (export "wait" (func $wait))))))
    (func (export "run") async (result u32) (canon lift (core func $i "run"))))"#;

/// What was asked about is what is done, whatever the plugin does to its memory meanwhile.
#[tokio::test]
async fn what_is_decided_about_is_what_is_done() {
    let engine = engine();
    let (asking, log) = (Arc::new(Asking::default()), Arc::new(Log::default()));
    let hub = Arc::new(outwit::messaging::Hub::default());
    let host = Host::system()
        .with_policy(asking.clone())
        .with_audit(log.clone())
        .with_messaging(hub.clone());
    let grants = Grants::none().with_messaging(
        outwit::messaging::Grant::default()
            .connect("first")
            .connect("other"),
    );
    let app = App::builder(&engine)
        .host(host)
        .plugin(
            plugin(&engine, "guest", FICKLE),
            PluginConfig::new().grants(grants),
        )
        .build()
        .unwrap();
    let call = app.call_typed::<(), (u32,)>("guest", None, "run", ());
    let answered = async {
        let (call, answer) = loop {
            if let Some(asked) = asking.next() {
                break asked;
            }
            tokio::task::yield_now().await;
        };
        assert_eq!(call, "outwit:messaging/ports.connect first");
        answer.allow();
        hub.accept("first").await
    };
    let (failed, _port) = tokio::join!(call, answered);
    assert_eq!(failed.unwrap(), (0,));
    let call = "guest outwit:messaging/ports.connect first";
    let expected = [
        format!("1 {call} asked by policy"),
        format!("2 {call} allowed by answer"),
    ];
    assert_eq!(log.take(), expected);
}

#[tokio::test]
async fn time_in_which_somebody_is_asked_is_not_the_plugins() {
    let engine = engine();
    let asking = Arc::new(Asking::default());
    let grants = Grants::none().with_crypto();
    let mut limits = outwit::Limits::default();
    limits.wall = Duration::from_millis(20);
    let config = PluginConfig::new().grants(grants).limits(limits);
    let app = App::builder(&engine)
        .host(Host::system().with_policy(asking.clone()))
        .plugin(plugin(&engine, "guest", &ENTROPY.wat()), config)
        .build()
        .unwrap();
    let call = app.call_typed::<(), (Result<Vec<u8>, u32>,)>("guest", None, "run", ());
    let answer = async {
        let answer = loop {
            if let Some((_, answer)) = asking.next() {
                break answer;
            }
            tokio::task::yield_now().await;
        };
        tokio::time::sleep(Duration::from_millis(100)).await;
        answer.allow();
    };
    let (result, ()) = tokio::join!(call, answer);
    assert_eq!(result.unwrap().0.unwrap().len(), 40);
}

/// Exports `demo:g/log@0.1.0` with `say`, which prints.
fn printer() -> String {
    CONSOLE.wat().replace(
        r#"(func (export "run")  (canon lift (core func $i "run")"#,
        r#"(func $say (canon lift (core func $i "run")"#,
    )
}

/// Imports `demo:g/log@0.1.0` and exports `run`, which calls it.
const SAYS: &str = r#"(component
    (import "demo:g/log@0.1.0" (instance $log (export "say" (func))))
    (core func $say (canon lower (func $log "say")))
    (core module $m
        (import "" "say" (func $say))
        (func (export "run") (call $say)))
    (core instance $i (instantiate $m (with "" (instance (export "say" (func $say))))))
    (func (export "run") (canon lift (core func $i "run"))))"#;

#[tokio::test]
async fn a_plugin_that_is_called_acts_with_its_own_grants() {
    let engine = engine();
    let (log, capture) = (Arc::new(Log::default()), Arc::new(Capture::default()));
    let host = Host::system()
        .with_console(capture.clone())
        .with_audit(log.clone());
    let wat = printer();
    let wat = wat.trim_end().strip_suffix(')').unwrap().to_string()
        + r#"(instance $log (export "say" (func $say))) (export "demo:g/log@0.1.0" (instance $log)))"#;
    let app = App::builder(&engine)
        .host(host)
        // It may do everything but print.
        .plugin(
            plugin(&engine, "caller", SAYS),
            PluginConfig::new().grants(Grants::none().with_crypto().with_timers()),
        )
        .plugin(
            plugin(&engine, "printer", &wat),
            PluginConfig::new().grants(Grants::none().with_console()),
        )
        .build()
        .unwrap();
    let run = async || {
        app.call("caller", None, "run", &[]).await.unwrap();
        (capture.take().len(), log.take().join("\n"))
    };
    let (printed, record) = run().await;
    assert_eq!(
        (printed, record.starts_with("1 printer ")),
        (1, true),
        "{record}"
    );
    // What is taken from the caller is not the printer's, and the other way round.
    app.policy().revoke("caller", Capability::Console);
    assert_eq!(run().await.0, 1);
    app.policy().revoke("printer", Capability::Console);
    let (printed, record) = run().await;
    assert_eq!(
        (printed, record.contains("denied by revoked")),
        (0, true),
        "{record}"
    );
}

#[tokio::test]
async fn rules_of_the_manifest_hold_whatever_the_policy_says() {
    let engine = engine();
    let folder = tempfile::tempdir().unwrap();
    let wasm = wat::parse_str(SET_ITEM.wat()).unwrap();
    std::fs::write(folder.path().join("set.wasm"), wasm).unwrap();
    let app = |rules: &str| {
        let text = format!(
            "[app]\nname = \"x\"\n[plugins.set]\npath = \"set.wasm\"\n\
            [plugins.set.grant]\nstorage = true\n[plugins.set.policy]\n{rules}\n"
        );
        let manifest = outwit::Manifest::parse(&text, folder.path().join("outwit.toml"))?;
        App::builder(&engine).manifest(&manifest)?.build()
    };
    let outcome = async |rules: &str| {
        let app = app(rules).unwrap();
        app.policy().set(Arc::new(outwit::policy::AllowGranted));
        let (outcome,): (u32,) = app.call_typed("set", None, "run", ()).await.unwrap();
        outcome
    };
    for (rules, expected) in [
        ("", 0),
        ("deny = ['storage set-item hel*']", 2),
        ("deny = ['storage set-item other']", 0),
        ("allow = ['storage * hello']", 0),
        ("allow = ['storage get-item']", 2),
        ("deny = ['storage']\nallow = ['storage']", 2),
    ] {
        assert_eq!(outcome(rules).await, expected, "{rules}");
    }
    let error = app("deny = ['storage', 'nothing']")
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("outwit.toml:8:20: `nothing` is not a rule"),
        "{error}"
    );
    let error = app("refuse = []").unwrap_err().to_string();
    assert!(error.contains("unknown field `refuse`"), "{error}");
}
