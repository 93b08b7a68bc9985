//! What plugins do can be seen: spans, numbers, traces.

mod common;

use std::fmt::Write as _;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use common::guest::{CONSOLE, SET_ITEM};
use common::{engine, plugin, runs};
use outwit::console::Capture;
use outwit::metrics::{Metrics, Outcome};
use outwit::policy::Operation;
use outwit::{App, Capability, Error, Grants, Host, LimitKind, Limits, PluginConfig, storage};
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

/// Keeps spans as text, each with what was recorded of it.
#[derive(Clone, Default)]
struct Spans(Arc<Mutex<Vec<String>>>);

struct Text<'a>(&'a mut String);

impl Visit for Text<'_> {
    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        // How long something takes is not for a test to say.
        match field.name() {
            "duration_us" => self.0.push_str(" duration_us"),
            name => write!(self.0, " {name}={value:?}").unwrap(),
        }
    }
}

impl Subscriber for Spans {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target().starts_with("outwit::")
    }

    fn new_span(&self, span: &Attributes<'_>) -> Id {
        let mut spans = self.0.lock().unwrap();
        let mut text = span.metadata().name().to_string();
        span.record(&mut Text(&mut text));
        spans.push(text);
        Id::from_u64(spans.len() as u64)
    }

    fn record(&self, span: &Id, values: &Record<'_>) {
        let mut spans = self.0.lock().unwrap();
        let at = usize::try_from(span.into_u64()).unwrap() - 1;
        values.record(&mut Text(&mut spans[at]));
    }

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        let mut text = format!("event {}", event.metadata().target());
        event.record(&mut Text(&mut text));
        self.0.lock().unwrap().push(text);
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

/// One test at a time: what a thread without a subscriber does first decides, for a moment, whether anybody is told.
static TURN: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());

fn app(wat: &str, grants: Grants, host: Host) -> App {
    let engine = engine();
    let mut limits = Limits::default();
    limits.cpu = Duration::from_millis(20);
    App::builder(&engine)
        .host(host)
        .plugin(
            plugin(&engine, "guest", wat),
            PluginConfig::new().grants(grants).limits(limits),
        )
        .build()
        .unwrap()
}

#[tokio::test]
async fn loading_starting_calling_and_operations_are_spans() {
    let _turn = TURN.lock().await;
    let spans = Spans::default();
    let _guard = tracing::subscriber::set_default(spans.clone());
    let grants = Grants::none().with_storage(storage::Grant::default());
    let set = app(&SET_ITEM.wat(), grants, Host::system());
    set.call("guest", None, "run", &[]).await.unwrap();
    set.policy().revoke("guest", Capability::Storage);
    set.call("guest", None, "run", &[]).await.unwrap();
    let seen = spans.0.lock().unwrap().clone();
    let operation = "operation plugin=\"guest\" interface=\"outwit:storage/local-storage\" function=\"set-item\"";
    let expected = [
        "load plugin=\"guest\"".to_string(),
        "instantiate plugin=\"guest\"".to_string(),
        "call plugin=\"guest\" function=\"run\" duration_us outcome=\"returned\"".to_string(),
        format!("{operation} outcome=\"allowed\" duration_us"),
        "call plugin=\"guest\" function=\"run\" duration_us outcome=\"returned\"".to_string(),
        format!("{operation} outcome=\"denied\" duration_us"),
    ];
    let ours: Vec<_> = seen
        .iter()
        .filter(|text| text.contains("\"guest\""))
        .filter(|text| !text.starts_with("event"))
        .collect();
    assert_eq!(ours, expected.iter().collect::<Vec<_>>());
}

#[tokio::test]
async fn the_end_of_an_instance_is_told_with_its_trace() {
    let _turn = TURN.lock().await;
    let spans = Spans::default();
    let _guard = tracing::subscriber::set_default(spans.clone());
    let bad = app(&runs("unreachable"), Grants::none(), Host::none());
    let error = bad.call("guest", None, "run", &[]).await.unwrap_err();
    let Error::Trap { backtrace, .. } = &error else {
        panic!("{error}");
    };
    assert!(backtrace.starts_with("at m!"), "{backtrace}");
    let seen = spans.0.lock().unwrap().join("\n");
    assert!(seen.contains("outcome=\"trap\""), "{seen}");
    assert!(seen.contains("event outwit::instance"), "{seen}");
    assert!(seen.contains("unreachable"), "{seen}");
}

#[tokio::test]
async fn plugins_are_counted() {
    let _turn = TURN.lock().await;
    let body = "(loop (br 0))";
    let bad = app(&runs(body), Grants::none(), Host::none());
    let guest = || bad.metrics().plugins["guest"].clone();
    assert_eq!(guest().started, 0);
    for _ in 0..3 {
        let args = [outwit::Val::U32(1), outwit::Val::U32(2)];
        bad.call("guest", None, "add", &args).await.unwrap();
    }
    let now = guest();
    assert_eq!((now.started, now.live), (1, 1));
    assert_eq!(now.calls(Outcome::Returned), 3);
    // One page.
    assert_eq!(now.memory, 65_536);
    let error = bad.call("guest", None, "run", &[]).await.unwrap_err();
    assert!(matches!(
        error,
        Error::Limit {
            limit: LimitKind::Cpu,
            ..
        }
    ));
    let now = guest();
    assert_eq!((now.started, now.live, now.memory), (1, 0, 0));
    assert_eq!(now.calls(Outcome::Limit), 1);
    assert_eq!(now.limits["cpu"], 1);
    assert!(now.time >= Duration::from_millis(10));
    // A call that nobody waits for.
    let call = bad.call("guest", None, "run", &[]);
    assert!(
        tokio::time::timeout(Duration::from_millis(5), call)
            .await
            .is_err()
    );
    assert_eq!(guest().calls(Outcome::Dropped), 1);
    assert_eq!(guest().live, 0);
}

/// What an exporter was told.
#[derive(Default)]
struct Exporter(Mutex<Vec<String>>);

impl Metrics for Exporter {
    fn started(&self, plugin: &str) {
        self.0.lock().unwrap().push(format!("{plugin} started"));
    }

    fn call(&self, plugin: &str, function: &str, _: Duration, outcome: Outcome) {
        let text = format!("{plugin} {function} {}", outcome.name());
        self.0.lock().unwrap().push(text);
    }

    fn operation(&self, plugin: &str, operation: &Operation, allowed: bool) {
        let text = format!("{plugin} {} {allowed}", operation.function);
        self.0.lock().unwrap().push(text);
    }
}

#[tokio::test]
async fn an_exporter_is_told() {
    let _turn = TURN.lock().await;
    let exporter = Arc::new(Exporter::default());
    let host = Host::none()
        .with_console(Arc::new(Capture::default()))
        .with_metrics(exporter.clone());
    let print = app(&CONSOLE.wat(), Grants::none().with_console(), host);
    print.call("guest", None, "run", &[]).await.unwrap();
    print.policy().revoke("guest", Capability::Console);
    print.call("guest", None, "run", &[]).await.unwrap();
    assert_eq!(
        *exporter.0.lock().unwrap(),
        [
            "guest started",
            "guest write true",
            "guest run returned",
            "guest write false",
            "guest run returned",
        ]
    );
    let guest = &print.metrics().plugins["guest"];
    assert_eq!((guest.allowed, guest.denied), (1, 1));
}
