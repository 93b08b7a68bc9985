//! `BroadcastChannel` and `PluginPort` between plugins, and between plugins and the application.

use std::sync::{Arc, LazyLock};
use std::time::Duration;

use outwit::messaging::{Failure, Grant, Hub, Value, View, from_value, to_value};
use outwit::{App, Error, Grants, Host, Limits, Plugin, PluginConfig};
use outwit_tests::{engine, js_text};

const WIT: &str = "package test:messaging; world talker {
    include outwit:messaging/imports@0.1.0;
    export run: async func(what: string, argument: string) -> string;
}";

fn everything() -> Grant {
    let grant = Grant::default().send("*").receive("*");
    grant.connect("*").accept("*")
}

/// An app of plugins that are the same and were granted this, by their names.
fn app(plugins: &[(&str, Grant)]) -> (App, Arc<Hub>) {
    static BYTES: LazyLock<Vec<u8>> =
        LazyLock::new(|| js_text(include_str!("plugin.js"), WIT).expect("it builds"));
    let hub = Arc::new(Hub::default());
    let host = Host::system().with_messaging(hub.clone());
    let mut app = App::builder(&engine()).host(host);
    // What is tested is what comes out, not how fast.
    let mut limits = Limits::default();
    limits.cpu = Duration::from_secs(5);
    limits.wall = Duration::from_secs(60);
    for (name, grant) in plugins {
        let plugin = Plugin::from_bytes(&engine(), *name, BYTES.as_slice()).expect("it loads");
        let grants = Grants::none().with_messaging(grant.clone());
        let config = PluginConfig::new().grants(grants).limits(limits.clone());
        app = app.plugin(plugin, config);
    }
    (app.build().expect("it is an app"), hub)
}

async fn call(app: &App, plugin: &str, what: &str) -> String {
    call_with(app, plugin, what, "").await
}

async fn call_with(app: &App, plugin: &str, what: &str, argument: &str) -> String {
    let arguments = (what.to_string(), argument.to_string());
    let called = app.call_typed(plugin, None, "run", arguments).await;
    let (said,): (String,) = called.unwrap_or_else(|error| panic!("{plugin} {what}: {error}"));
    said
}

#[tokio::test]
async fn everything_that_can_be_cloned_goes_from_plugin_to_plugin() {
    let (app, _) = app(&[("ann", everything()), ("bob", everything())]);
    let (told, heard) = tokio::join!(call(&app, "ann", "tell"), call(&app, "bob", "hear"));
    assert_eq!((told.as_str(), heard.as_str()), ("true bob", "ann"));
    let refused = call(&app, "ann", "refused").await;
    let expected = ["DOMException DataCloneError"; 10].join(",");
    assert_eq!(refused, expected);
}

/// Everything that Rust has a form for.
fn values() -> Vec<Value> {
    vec![
        Value::Undefined,
        Value::Null,
        true.into(),
        (-0.0).into(),
        1.5.into(),
        Value::BigInt("-1180591620717411303424".to_string()),
        "žluť 🐎".into(),
        Value::Array(vec![1.into(), Value::Undefined, "x".into()]),
        Value::object([("a", 1.into()), ("b", Value::object([("c", Value::Null)]))]),
        Value::Map(vec![(Value::Array(vec![]), 1.into())]),
        Value::Set(vec![1.into(), "a".into()]),
        Value::Date(1e12),
        Value::RegExp {
            source: "a+(b)".to_string(),
            flags: "giu".to_string(),
        },
        Value::Error {
            name: "RangeError".to_string(),
            message: Some("out of it".to_string()),
            stack: Some("at home".to_string()),
            cause: Some(Box::new("why".into())),
        },
        Value::Buffer(vec![1, 2, 3]),
        Value::View {
            kind: View::Uint16Array,
            bytes: vec![1, 0, 2, 0],
        },
        Value::View {
            kind: View::DataView,
            bytes: vec![9],
        },
    ]
}

#[tokio::test]
async fn values_of_the_application_come_back_as_they_were() {
    let (app, hub) = app(&[("ann", everything())]);
    let talk = async {
        let port = hub.connect("echo").await;
        for value in values() {
            port.post(value.to_bytes().unwrap()).unwrap();
            let answer = port.receive().await.unwrap();
            assert_eq!(answer.sender.as_deref(), Some("ann"));
            assert_eq!(answer.value().unwrap(), value);
        }
        // Bytes that are no value are an event of their own.
        port.post(*b"nonsense").unwrap();
        let answer = port.receive().await.unwrap().value().unwrap();
        assert_eq!(answer.as_str(), Some("not a value"));
        values().len()
    };
    let (count, said) = tokio::join!(talk, call(&app, "ann", "echo"));
    assert_eq!(said, count.to_string());
}

#[tokio::test]
async fn what_plugins_post_becomes_types_and_types_what_they_hear() {
    let (app, hub) = app(&[("ann", everything())]);
    let news = hub.channel("news");
    assert_eq!(
        call(&app, "ann", "post").await,
        "DOMException InvalidStateError: The channel is closed"
    );
    let message = news.receive().await.unwrap();
    assert_eq!(message.sender.as_deref(), Some("ann"));
    let value = message.value().unwrap();
    assert_eq!(value.get("dish").and_then(Value::as_str), Some("soup"));
    let prices: Vec<f64> = from_value(value.get("prices").unwrap().clone()).unwrap();
    assert_eq!(prices, [1.0, 2.5]);

    let heard = call(&app, "ann", "describe");
    let post = async {
        // Once it has a place on the channel.
        let value = to_value(&(1, "two", [Some(3), None])).unwrap();
        let bytes = value.to_bytes().unwrap();
        loop {
            news.post(bytes.as_slice()).unwrap();
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    let heard = tokio::select! {
        heard = heard => heard,
        () = post => unreachable!("it goes on"),
    };
    assert_eq!(
        heard,
        "Array(3,0:1,1:\"two\",2:Array(2,0:3,1:null)) from \"\""
    );
}

#[tokio::test]
async fn names_that_are_not_granted_are_denied() {
    let grant = Grant::default()
        .send("out/*")
        .receive("in/*")
        .connect("there");
    let (app, hub) = app(&[("ann", grant)]);
    let heard = hub.channel("in/x");
    let denied = |name: &str| {
        format!("DOMException NotAllowedError: The plugin may not do this with \"{name}\"")
    };
    for (what, name, expected) in [
        ("open", "other", denied("other")),
        ("open", "out", denied("out")),
        ("open", "out/", "no error".to_string()),
        ("open", "in/x", "no error".to_string()),
        ("postOn", "out/x", "no error".to_string()),
        ("postOn", "in/x", denied("in/x")),
        ("connect", "here", denied("here")),
        ("accept", "there", denied("there")),
        (
            "listen",
            "out/x",
            "DOMException InvalidStateError: The channel is closed".to_string(),
        ),
    ] {
        let said = call_with(&app, "ann", what, name).await;
        assert_eq!(said, expected, "{what} {name}");
    }
    let silence = tokio::time::timeout(Duration::from_millis(10), heard.receive()).await;
    assert!(silence.is_err());
}

#[tokio::test]
async fn who_does_not_listen_is_waited_for_up_to_a_bound() {
    let (app, _) = app(&[("ann", everything()), ("bob", everything())]);
    call(&app, "bob", "idle").await;
    assert_eq!(
        call(&app, "ann", "flood").await,
        "256 QuotaExceededError QuotaExceededError: A receiver of \"slow\" has 256 messages waiting"
    );
    assert_eq!(call(&app, "bob", "catchUp").await, "256");
    assert_eq!(
        call(&app, "ann", "long").await,
        "QuotaExceededError QuotaExceededError: A message has at most 1048576 bytes"
    );
    assert_eq!(
        call(&app, "ann", "many").await,
        "64 QuotaExceededError QuotaExceededError: The plugin has 64 channels and ports already no error"
    );
}

/// What is waited for counts, so that it cannot all come at once.
#[tokio::test]
async fn connections_that_are_waited_for_count() {
    let (app, hub) = app(&[("ann", everything())]);
    let come = async {
        let mut ports = Vec::new();
        for i in 0..64 {
            ports.push(hub.connect(&format!("crowd/{i}")).await);
        }
        ports
    };
    let (said, ports) = tokio::join!(call(&app, "ann", "crowd"), come);
    assert_eq!(said, "64 36 no error");
    drop(ports);
}

#[tokio::test]
async fn connections_end_with_either_side() {
    let (app, hub) = app(&[("ann", everything()), ("bob", everything())]);
    let die = app.call_typed("bob", None, "run", ("die".to_string(), String::new()));
    let die = async {
        let died: Result<(String,), Error> = die.await;
        died.expect_err("it computes for ever")
    };
    let (said, error) = tokio::join!(call(&app, "ann", "survive"), die);
    assert!(matches!(error, Error::Limit { .. }), "{error}");
    assert_eq!(said, "DOMException InvalidStateError: The port is closed");
    // And with the application's.
    let talk = async {
        let port = hub.connect("echo").await;
        drop(port);
    };
    let ((), said) = tokio::join!(talk, call(&app, "ann", "echo"));
    assert_eq!(said, "0");
    let (port, told) = tokio::join!(hub.accept("all"), async {
        let told = call(&app, "ann", "tell");
        tokio::time::timeout(Duration::from_secs(1), told).await
    });
    assert!(told.is_err(), "it waits for an answer");
    // Its call was given up, so its end is gone.
    assert!(port.receive().await.is_ok());
    assert_eq!(port.receive().await, Err(Failure::Closed));
}

#[tokio::test]
async fn the_example_of_the_book_orders() {
    let page = include_str!("../../docs/javascript.md");
    let (_, rest) = page
        .split_once("export async function order(dish) {")
        .expect("the example");
    let (body, _) = rest.split_once("\n}\n").expect("its end");
    let source = format!("export async function order(dish) {{{body}\n}}");
    let wit = "package test:book; world guest {
        include outwit:messaging/imports@0.1.0;
        export order: async func(dish: string) -> string;
    }";
    let component = js_text(&source, wit).expect("it builds");
    let plugin = Plugin::from_bytes(&engine(), "guest", component).expect("it loads");
    let hub = Arc::new(Hub::default());
    let grants = Grants::none().with_messaging(Grant::default().connect("kitchen"));
    let app = App::builder(&engine())
        .host(Host::system().with_messaging(hub.clone()))
        .plugin(plugin, PluginConfig::new().grants(grants))
        .build()
        .expect("it is an app");
    let kitchen = async {
        let port = hub.accept("kitchen").await;
        let order = port.receive().await.unwrap().value().unwrap();
        assert_eq!(order.get("at"), Some(&Value::Date(0.0)));
        let dish = order.get("dish").and_then(Value::as_str).unwrap();
        let answer = Value::from(format!("one {dish}, hot"));
        port.post(answer.to_bytes().unwrap()).unwrap();
        port
    };
    let order = app.call_typed("guest", None, "order", ("soup".to_string(),));
    let (_port, said) = tokio::join!(kitchen, order);
    let (said,): (String,) = said.expect("it orders");
    assert_eq!(said, ": one soup, hot");
}
