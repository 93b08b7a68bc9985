//! The web APIs do what they say, and are there when the world imports their interface.

use crate::{Folder, WEB};
use outwit::console::{Capture, Level};
use outwit::performance::FixedClock;
use outwit::timers::{Scheduler, TokioScheduler};
use outwit::{App, Capability, Host};
use outwit_tests::js_text;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

/// The plugin `web.js` with a world that imports this.
fn component(capabilities: &[Capability]) -> Vec<u8> {
    let includes: String = capabilities
        .iter()
        .map(|c| format!("include {}/imports@0.1.0; ", c.package()))
        .collect();
    let wit = format!(
        "package test:web; world w {{ {includes} export call: async func(what: string) -> string; }}"
    );
    js_text(include_str!("web.js"), &wit).expect("it builds")
}

fn grants(capabilities: &[Capability]) -> String {
    let lines: Vec<_> = capabilities.iter().map(|c| c.manifest_line()).collect();
    format!("[plugins.plugin.grant]\n{}", lines.join("\n"))
}

fn app(host: &Host, capabilities: &[Capability]) -> App {
    let folder = Folder::new(&component(capabilities));
    let app = folder.load(host, &grants(capabilities));
    app.expect("the app loads")
}

async fn call(app: &App, what: &str) -> String {
    let called = app
        .call_typed("plugin", None, "call", (what.to_owned(),))
        .await;
    let (text,): (String,) = called.unwrap_or_else(|error| panic!("{what}: {error}"));
    text
}

#[tokio::test]
async fn a_world_without_imports_has_no_globals_but_those_of_the_language() {
    assert_eq!(call(&app(&Host::none(), &[]), "globals").await, "");
}

#[tokio::test]
async fn each_import_brings_its_globals_and_no_others() {
    for (capability, globals) in WEB {
        let app = app(&Host::system(), &[capability]);
        assert_eq!(call(&app, "globals").await, globals.join(","));
    }
}

#[tokio::test]
async fn console_prints() {
    let said = Arc::new(Capture::default());
    let host = Host::none().with_console(said.clone());
    let app = app(&host, &[Capability::Console]);
    call(&app, "print").await;
    let said: Vec<_> = said
        .take()
        .into_iter()
        .map(|entry| {
            assert_eq!(entry.plugin, "plugin");
            (entry.level, entry.message)
        })
        .collect();
    let expected = [
        (Level::Debug, "a debug message"),
        (Level::Info, "six times seven is 42 { a: [ 1, undefined ] }"),
        (Level::Info, "two\nlines"),
        (Level::Warn, "Map(1) { 'key' => 'value' }"),
        (Level::Error, "shown"),
    ];
    assert_eq!(said, expected.map(|(level, text)| (level, text.to_owned())));
}

#[tokio::test]
async fn performance_reads_the_clock_it_was_given() {
    let clock = Arc::new(FixedClock::at(Duration::from_millis(1_700_000_000_000)));
    let host = Host::none().with_clock(clock.clone());
    let app = app(&host, &[Capability::Performance]);
    let first = call(&app, "time").await;
    assert_eq!(first, "1700000000000 0 1700000000000");
    clock.advance(Duration::from_micros(1_234_500));
    let later = call(&app, "time").await;
    assert_eq!(later, "1700000000000 1234.5 1700000001234");
    // A new instance begins its time anew.
    app.restart("plugin").await.expect("it is there");
    let anew = call(&app, "time").await;
    assert_eq!(anew, "1700000001234.5 0 1700000001234");
}

#[tokio::test]
async fn crypto_is_random_in_each_instance() {
    let app = app(&Host::system(), &[Capability::Crypto]);
    let mut seen: Vec<String> = Vec::new();
    for _ in 0..3 {
        let text = call(&app, "random").await;
        let parts: Vec<_> = text.split(' ').map(str::to_owned).collect();
        let [bytes, words, uuid, number] = parts.as_slice() else {
            panic!("{text}");
        };
        assert_eq!(bytes.split(',').count(), 32);
        assert_ne!(*bytes, vec!["0"; 32].join(","));
        assert_eq!(words.split(',').count(), 2);
        let groups: Vec<_> = uuid.split('-').map(str::len).collect();
        assert_eq!(groups, [8, 4, 4, 4, 12]);
        assert_eq!(uuid.as_bytes()[14], b'4');
        let number: f64 = number.parse().expect("a number");
        assert!((0.0..1.0).contains(&number));
        for part in parts {
            assert!(!seen.contains(&part), "{part}");
            seen.push(part);
        }
        app.restart("plugin").await.expect("it is there");
    }
}

// Time passes only when everybody waits: nothing here really does.
#[tokio::test(start_paused = true)]
async fn timers_come_in_their_order_and_wait() {
    let capabilities = [Capability::Performance, Capability::Timers];
    let app = app(&Host::system(), &capabilities);
    let before = tokio::time::Instant::now();
    let text = call(&app, "timers").await;
    let (order, _) = text.split_once(' ').expect("two parts");
    assert_eq!(
        order,
        "synchronous,microtask,now,0,soon,100,late,300,tick,tick,tick"
    );
    let waited = before.elapsed();
    assert!(waited >= Duration::from_millis(450), "{waited:?}");
    assert!(waited < Duration::from_millis(600), "{waited:?}");
}

/// Counts how often somebody waits.
#[derive(Default)]
struct Counting(TokioScheduler, AtomicUsize);

#[outwit::async_trait]
impl Scheduler for Counting {
    fn now(&self) -> Duration {
        self.0.now()
    }

    async fn wait_until(&self, when: Duration) {
        self.1.fetch_add(1, Ordering::SeqCst);
        self.0.wait_until(when).await;
    }
}

#[tokio::test(start_paused = true)]
async fn timers_share_one_wait() {
    let scheduler = Arc::new(Counting::default());
    let host = Host::system().with_scheduler(scheduler.clone());
    let app = app(&host, &[Capability::Timers]);
    assert_eq!(call(&app, "together").await, "400");
    // One for each of the four times at which any of them is due.
    assert_eq!(scheduler.1.load(Ordering::SeqCst), 4);
}

#[tokio::test]
async fn storage_outlives_the_app() {
    let folder = Folder::new(&component(&[Capability::Storage]));
    let kept = "[plugins.plugin.grant]\nstorage = { path = \"data\" }";
    let load = || folder.load(&Host::system(), kept).expect("the app loads");
    let app = load();
    assert_eq!(call(&app, "write").await, "2 Ünïcode 🦀 1 null");
    app.restart("plugin").await.expect("it is there");
    assert_eq!(call(&app, "write").await, "2 Ünïcode 🦀 2 null");
    drop(app);
    let app = load();
    assert_eq!(call(&app, "read").await, "2 Ünïcode 🦀 2 null");
    assert_eq!(call(&app, "forget").await, "count 0");
    drop(app);
    assert_eq!(call(&load(), "read").await, "0 null undefined null");
    // Without a path it is the app's: it outlives the instance and nothing else.
    let brief = grants(&[Capability::Storage]);
    let load = || folder.load(&Host::system(), &brief).expect("the app loads");
    let app = load();
    assert_eq!(call(&app, "write").await, "2 Ünïcode 🦀 1 null");
    app.restart("plugin").await.expect("it is there");
    assert_eq!(call(&app, "read").await, "2 Ünïcode 🦀 1 null");
    assert_eq!(call(&load(), "read").await, "0 null undefined null");
}
