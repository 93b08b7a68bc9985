//! A policy that denies a function of cryptography, key-value stores, locks or messages: the plugin sees the interface's error.

use outwit::policy::{Call, Decision, OnDenial, Policy, operations};
use outwit::{App, Capability, Grants, Host, Plugin, PluginConfig, Val};
use outwit_tests::{engine, rust};
use std::sync::{Arc, Mutex};

/// Denies one function, and notes whether it was asked about it.
struct Without {
    interface: &'static str,
    function: &'static str,
    asked: Arc<Mutex<bool>>,
}

#[outwit::async_trait]
impl Policy for Without {
    fn decide_now(&self, call: &Call<'_>) -> Option<Decision> {
        if (call.interface, call.function) == (self.interface, self.function) {
            *self.asked.lock().expect("no panic") = true;
            return Some(Decision::deny("denied by the test"));
        }
        Some(Decision::Allow)
    }

    async fn decide(&self, _: &Call<'_>) -> Decision {
        unreachable!("decided at once")
    }
}

fn grants() -> Grants {
    let messages = outwit::messaging::Grant::default()
        .send("*")
        .receive("*")
        .connect("*")
        .accept("*");
    Grants::none()
        .with_keyvalue(outwit::keyvalue::Grant::default())
        .with_locks(outwit::locks::Grant::default())
        .with_messaging(messages)
        .with_subtle(outwit::subtle::Grant::default())
}

#[tokio::test]
async fn each_function_that_is_denied_is_the_error_of_its_interface() {
    let bytes = rust("../guest-rust/plugins/vault");
    let mut tested = 0;
    for operation in operations() {
        let is_here = matches!(
            operation.capability,
            Capability::Subtle | Capability::Keyvalue | Capability::Locks | Capability::Messaging
        );
        if !is_here || matches!(operation.on_denial, OnDenial::NotAsked(_)) {
            continue;
        }
        assert_eq!(operation.on_denial, OnDenial::Error("not-allowed"));
        let asked = Arc::new(Mutex::new(false));
        let policy = Without {
            interface: operation.interface,
            function: operation.function,
            asked: asked.clone(),
        };
        let hub = Arc::new(outwit::messaging::Hub::default());
        let host = Host::system()
            .with_policy(Arc::new(policy))
            .with_messaging(hub.clone());
        let plugin = Plugin::from_bytes(&engine(), "vault", bytes.as_slice());
        let app = App::builder(&engine()).host(host).plugin(
            plugin.expect("it is a component"),
            PluginConfig::new().grants(grants()),
        );
        let app = app.build().expect("it loads");
        let name = format!("{}.{}", operation.interface, operation.function);
        let answer = async {
            let arguments = [Val::String(name.clone())];
            let results = app.call("vault", None, "attempt", &arguments).await;
            let results = results.unwrap_or_else(|error| panic!("{name}: {error}"));
            results[0].to_wave().expect("every value has a text")
        };
        // Somebody is there on the other side of a connection.
        let other = async {
            let (port, _) = tokio::join!(hub.accept("here"), hub.connect("there"));
            port.post(*b"hello").expect("there is room");
            std::future::pending::<()>().await;
        };
        let answer = tokio::select! {
            answer = answer => answer,
            () = other => unreachable!("it waits"),
        };
        assert!(answer.contains("NotAllowed"), "{name}: {answer}");
        assert!(*asked.lock().expect("no panic"), "{name}");
        tested += 1;
    }
    assert!(tested > 25, "{tested}");
}
