//! What a snapshot must not freeze: time and chance are those of the instance, not those of the build.

use outwit::{Grants, Host, Instance, Plugin, performance::FixedClock};
use outwit_tests::{engine, js_text};
use std::sync::Arc;

const SOURCE: &str = "
    const built = { random: Math.random(), date: Date.now() };
    let calls = 0;
    export const state = {
        random: () => [Math.random(), Math.random()],
        uuid: () => crypto.randomUUID(),
        origin: () => performance.timeOrigin,
        date: () => Date.now(),
        built: () => [built.random, built.date],
        count: () => ++calls,
    };
";

const WIT: &str = "
    package test:snapshot;
    interface state {
        random: func() -> tuple<f64, f64>;
        uuid: func() -> string;
        origin: func() -> f64;
        date: func() -> f64;
        built: func() -> tuple<f64, f64>;
        count: func() -> u32;
    }
    world snapshot {
        include outwit:crypto/imports@0.1.0;
        include outwit:performance/imports@0.1.0;
        export state;
    }
";

async fn start(plugin: &Plugin, host: Host) -> Instance {
    let grants = Grants::none().with_crypto().with_performance();
    Instance::builder(plugin)
        .grants(grants)
        .host(host)
        .start()
        .await
        .unwrap()
}

async fn get<R: outwit::Results>(instance: &mut Instance, function: &str) -> R {
    instance
        .call_typed::<(), R>(None, function, ())
        .await
        .unwrap()
}

fn plugin() -> Plugin {
    Plugin::from_bytes(&engine(), "snapshot", js_text(SOURCE, WIT).unwrap()).unwrap()
}

#[tokio::test]
async fn two_instances_differ_in_chance() {
    let plugin = plugin();
    let mut one = start(&plugin, Host::system()).await;
    let mut two = start(&plugin, Host::system()).await;
    let ((a, b),) = get::<((f64, f64),)>(&mut one, "random").await;
    let ((c, d),) = get::<((f64, f64),)>(&mut two, "random").await;
    assert_ne!(a, b);
    assert_ne!((a, b), (c, d));
    let (one,) = get::<(String,)>(&mut one, "uuid").await;
    let (two,) = get::<(String,)>(&mut two, "uuid").await;
    assert_ne!(one, two);
}

/// What the module drew while it was built is in the snapshot, and the same everywhere; what it draws
/// later does not continue that sequence.
#[tokio::test]
async fn what_was_drawn_while_building_tells_nothing() {
    let plugin = plugin();
    let mut one = start(&plugin, Host::system()).await;
    let mut two = start(&plugin, Host::system()).await;
    let ((random, date),) = get::<((f64, f64),)>(&mut one, "built").await;
    assert_eq!(
        get::<((f64, f64),)>(&mut two, "built").await,
        ((random, date),)
    );
    assert_eq!(date, 0.0, "a build has no clock");
    let ((first, _),) = get::<((f64, f64),)>(&mut one, "random").await;
    assert_ne!(first, random);
}

#[tokio::test]
async fn time_is_that_of_the_instance() {
    let plugin = plugin();
    let mut system = start(&plugin, Host::system()).await;
    let now = std::time::SystemTime::UNIX_EPOCH
        .elapsed()
        .unwrap()
        .as_secs_f64()
        * 1e3;
    let (origin,) = get::<(f64,)>(&mut system, "origin").await;
    let (date,) = get::<(f64,)>(&mut system, "date").await;
    // Within the hour: the clock of the machine may be set while the test runs.
    assert!(
        (origin - now).abs() < 3.6e6 && (date - now).abs() < 3.6e6,
        "{origin} {date} {now}"
    );

    let fixed = Host::none()
        .with_clock(Arc::new(FixedClock::default()))
        .with_entropy(Arc::new(outwit::crypto::SystemEntropy));
    let mut fixed = start(&plugin, fixed).await;
    assert_ne!(get::<(f64,)>(&mut fixed, "origin").await, (origin,));
}

/// Instances share the snapshot and nothing else.
#[tokio::test]
async fn state_is_that_of_the_instance() {
    let plugin = plugin();
    let mut one = start(&plugin, Host::system()).await;
    let mut two = start(&plugin, Host::system()).await;
    assert_eq!(get::<(u32,)>(&mut one, "count").await, (1,));
    assert_eq!(get::<(u32,)>(&mut one, "count").await, (2,));
    assert_eq!(get::<(u32,)>(&mut two, "count").await, (1,));
}

/// A world that names no source of chance has none: its plugins are functions of their input.
#[tokio::test]
async fn without_imports_nothing_differs() {
    let source = "export const random = () => Math.random();";
    let wit = "package test:pure; world pure { export random: func() -> f64; }";
    let plugin = Plugin::from_bytes(&engine(), "pure", js_text(source, wit).unwrap()).unwrap();
    assert!(plugin.imports().is_empty());
    let mut values = Vec::new();
    for _ in 0..2 {
        let mut instance = Instance::builder(&plugin).start().await.unwrap();
        values.push(get::<(f64,)>(&mut instance, "random").await);
    }
    assert_eq!(values[0], values[1]);
}

#[test]
fn what_was_freed_while_it_was_built_is_not_in_the_component() {
    let source = r#"
        const parts = [];
        for (let i = 0; i < 1000; i++) parts.push(`temporary-${i}`, { name: `temporary-${i}-${"x".repeat(i)}` });
        const length = parts.map((part) => part.name ?? part).join("").length;
        parts.length = 0;
        export const run = () => length;
    "#;
    let wit = "package test:freed;\nworld freed { export run: func() -> u32; }";
    let component = js_text(source, wit).unwrap();
    let left = |text: &str| {
        component
            .windows(text.len())
            .filter(|window| *window == text.as_bytes())
            .count()
    };
    // those of the source itself, which functions show, and one that some cache of the engine may hold
    assert!(
        left("temporary-") <= 4,
        "{} temporary strings are still there",
        left("temporary-")
    );
}
