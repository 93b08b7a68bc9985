//! Resources: defined in one language and used in the other, and in the same.
//!
//! `resources/resources.wit` has a provider, which defines resources, and a consumer, whose functions
//! try all that can be done with them and say what came of it. Both are there in JavaScript and in
//! Rust, and each pair has to give the same results, under our host and under plain wasmtime.

use crate::dynamic::Dynamic;
use crate::{app, plugin, text};
use outwit::{ComposedExports, LinkMode, Plugin, PluginConfig, compose};
use outwit_tests::{js, js_text, rust};

const WIT: &str = "types/resources/wit";
pub const TRIALS: &str = "test:resources/trials@0.1.0";

/// The functions of `trials`, and what each has to say.
pub const EXPECTED: &[(&str, &str)] = &[
    ("construct-and-call", "[40, 42, 42]"),
    ("construct-too-large", "\"1001 is above 1000\""),
    ("add-too-much", "\"too much, still 999\""),
    ("statics", "[5, 6]"),
    ("borrow-own-kind", "[false, true, false]"),
    ("absorb-another", "3"),
    ("sum-of-borrows", "22"),
    ("echo-everything", "[1, 1, 1, 1, 2]"),
    ("sealed", "[7, 7]"),
    ("across-interfaces", "[11, 12]"),
    ("wait-for-methods", "[3, 5, 15]"),
    ("left-over", "0"),
];

fn providers() -> [Plugin; 2] {
    [
        plugin(
            "provider",
            &js("types/resources/provider.js", WIT, "provider"),
        ),
        plugin("provider", &rust("types/resources/rust-provider")),
    ]
}

fn consumers() -> [Plugin; 2] {
    [
        plugin("front", &js("types/resources/consumer.js", WIT, "consumer")),
        plugin("front", &rust("types/resources/rust-consumer")),
    ]
}

/// What the book shows works.
#[tokio::test]
async fn the_counters_of_the_book_count() {
    let page = include_str!("../../docs/javascript.md");
    let block = |language: &str, part: &str| {
        let start = format!("```{language}\n");
        let mut blocks = page.split(&start).skip(1);
        let block = blocks.find_map(|rest| {
            let block = rest.split("```").next()?;
            block.contains(part).then(|| block.to_owned())
        });
        block.unwrap_or_else(|| panic!("the book has no block with {part}"))
    };
    let wit = block("wit", "package demo:count");
    let build = |world: &str, js: &str| {
        // the first world of a text is the one that is built
        let (wit, _) = wit.split_once("world uses").unwrap();
        js_text(&block("js", js), &format!("{wit}{world}")).unwrap()
    };
    let uses = "world uses { import counters; export count: func() -> u32; }";
    let plugins = [
        plugin("front", &build(uses, "new Counter(1)")),
        plugin(
            "counters",
            &build("world defines { export counters; }", "class Counter"),
        ),
    ];
    let app = app(LinkMode::Fused, plugins);
    let got = app.call("front", None, "count", &[]).await.unwrap();
    assert_eq!(text(&got), ["42"]);
}

/// Every consumer with every provider.
fn pairs() -> impl Iterator<Item = (Plugin, Plugin)> {
    consumers()
        .into_iter()
        .flat_map(|consumer| providers().map(|provider| (consumer.clone(), provider)))
}

/// The consumer and the provider in JavaScript, composed.
pub async fn composed_javascript() -> Dynamic {
    let [consumer, _] = consumers();
    let [provider, _] = providers();
    let plugins = [consumer, provider].map(|plugin| (plugin, PluginConfig::new()));
    let composed = compose(&plugins, &ComposedExports::Of("front".into())).unwrap();
    Dynamic::start(&composed, |_| {}).await
}

#[tokio::test]
async fn every_consumer_gets_along_with_every_provider() {
    for (consumer, provider) in pairs() {
        let pair = format!("{} with {}", consumer.language(), provider.language());
        for mode in [LinkMode::Trampoline, LinkMode::Fused] {
            let app = app(mode, [consumer.clone(), provider.clone()]);
            for (function, expected) in EXPECTED {
                let got = app
                    .call("front", None, function, &[])
                    .await
                    .unwrap_or_else(|error| panic!("{pair}, {mode:?}: {function}: {error}"));
                assert_eq!(text(&got), [*expected], "{pair}, {mode:?}: {function}");
            }
            for health in app.health() {
                let left = (health.proxies, health.resources, health.streams);
                assert_eq!(left, (0, 0, 0), "{pair}, {mode:?}: {}", health.plugin);
            }
        }
    }
}

#[tokio::test]
async fn plain_wasmtime_gives_the_same_results() {
    for (consumer, provider) in pairs() {
        let pair = format!("{} with {}", consumer.language(), provider.language());
        let plugins = [consumer, provider].map(|plugin| (plugin, PluginConfig::new()));
        let composed = compose(&plugins, &ComposedExports::Of("front".into())).unwrap();
        let mut component = Dynamic::start(&composed, |_| {}).await;
        for (function, expected) in EXPECTED {
            let got = component
                .call(Some(TRIALS), function, &[])
                .await
                .unwrap_or_else(|error| panic!("{pair}: {function}: {error:?}"));
            assert_eq!(text(&got), [*expected], "{pair}: {function}");
        }
    }
}
