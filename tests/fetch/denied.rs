//! What a plugin may not do has no effect: no name is looked up, nobody is connected to.

use std::sync::Arc;

use hyper::Response;
use outwit::fetch::Grant;

use crate::harness::{Setup, call};
use crate::server::{Names, Server, full, network};

const ASK: &str = "return failure(get(arg));";

#[tokio::test]
async fn a_plugin_without_the_grant_does_not_load() {
    let setup = Setup {
        grant: None,
        ..Setup::default()
    };
    let error = setup.start(ASK).await.unwrap_err().to_string();
    assert!(error.contains("fetch = [\"https://HOST\"]"), "{error}");
}

#[tokio::test]
async fn origins_methods_and_addresses_that_are_not_granted() {
    let server = Server::http(|_| async { Response::new(full("hi")) }).await;
    let port = server.port();
    let names = Arc::new(
        Names::default()
            .with("granted.test", &["127.0.0.1"])
            .with("other.test", &["127.0.0.1"]),
    );
    let run = |grant: Grant, body: &'static str, url: String| {
        let setup = Setup {
            network: network(&names, &[]),
            grant: Some(grant),
            ..Setup::default()
        };
        setup.run(body, url)
    };
    let granted = format!("http://granted.test:{port}");
    let grant = || Grant::to([&granted]).unwrap();
    let private = || grant().with_private(["127.0.0.1".parse().unwrap()]);
    let url = |host: &str| format!("http://{host}:{port}/");
    for other in [
        url("other.test"),
        url("127.0.0.1"),
        "http://granted.test/".to_string(),
        format!("https://granted.test:{port}/"),
        url("granted.test.other.test"),
        url("granted.test."),
    ] {
        assert_eq!(
            run(private(), ASK, other.clone()).await,
            "not-allowed(origin)",
            "{other}"
        );
    }
    let post = "return failure(send({ method: 'POST', url: arg, headers: [] }));";
    let only_get = private().with_methods(["GET"]);
    assert_eq!(
        run(only_get.clone(), post, url("granted.test")).await,
        "not-allowed(method)"
    );
    assert_eq!((names.asked().len(), server.connections()), (0, 0));

    // The name is looked up to find that its address is not allowed, and that is all.
    assert_eq!(
        run(grant(), ASK, url("granted.test")).await,
        "not-allowed(address)"
    );
    assert_eq!((names.asked().len(), server.connections()), (1, 0));
    assert_eq!(run(only_get, ASK, url("granted.test")).await, "no error");
    assert_eq!((names.asked().len(), server.connections()), (2, 1));
}

#[tokio::test]
async fn spellings_of_addresses_of_this_machine() {
    let names = Arc::new(Names::default());
    let setup = Setup {
        network: network(&names, &[]),
        grant: Some(Grant::to(["http://*:*", "https://*:*"]).unwrap()),
        ..Setup::default()
    };
    let mut instance = setup.start(ASK).await.unwrap();
    for host in [
        "127.1",
        "0177.0.0.1",
        "2130706433",
        "0x7f000001",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "[::127.0.0.1]",
        "[64:ff9b::7f00:1]",
        "[2002:7f00:1::]",
        "0.0.0.0",
        "0",
        "169.254.169.254",
        "100.100.100.200",
        "[fd00:ec2::254]",
        "192.0.0.192",
        "10.0.0.1",
        "[fe80::1]",
        "１２７.0.0.1",
    ] {
        let said = call(&mut instance, format!("http://{host}/")).await;
        assert_eq!(said, "not-allowed(address)", "{host}");
    }
    let zone = call(&mut instance, "http://[fe80::1%25lo]/").await;
    assert!(zone.starts_with("invalid-url("), "{zone}");
    assert!(names.asked().is_empty());
}

#[tokio::test]
async fn names_that_lead_to_addresses_of_this_machine() {
    let server = Server::http(|_| async { Response::new(full("hi")) }).await;
    let port = server.port();
    let names = Names::default()
        .with(
            "private.test",
            &["10.0.0.1", "127.0.0.1", "::1", "::ffff:127.0.0.1"],
        )
        .with("mixed.test", &["127.0.0.2", "127.0.0.1"])
        // first what is granted, then what is not
        .then("rebound.test", &["127.0.0.1"])
        .then("rebound.test", &["127.0.0.2"]);
    let names = Arc::new(names);
    let setup = |private: &str| Setup {
        network: network(&names, &[]),
        grant: Some(
            Grant::to(["http://*:*"])
                .unwrap()
                .with_private([private.parse().unwrap()]),
        ),
        ..Setup::default()
    };
    let url = |host: &str| format!("http://{host}:{port}/");
    let said = setup("192.168.0.0/16").run(ASK, url("private.test")).await;
    assert_eq!(
        (said.as_str(), server.connections()),
        ("not-allowed(address)", 0)
    );
    let said = setup("127.0.0.1").run(ASK, url("mixed.test")).await;
    assert_eq!((said.as_str(), server.connections()), ("no error", 1));

    // The address that was checked is the one that is connected to: the name is asked once for a connection.
    let close = "const { body } = await get(arg); await text(body); return 'fine';";
    let mut instance = setup("127.0.0.1").start(close).await.unwrap();
    assert_eq!(call(&mut instance, url("rebound.test")).await, "fine");
    let asked = |name: &str| names.asked().iter().filter(|n| *n == name).count();
    assert_eq!((asked("rebound.test"), server.connections()), (1, 2));
    let said = setup("127.0.0.1").run(ASK, url("rebound.test")).await;
    assert_eq!(
        (said.as_str(), asked("rebound.test"), server.connections()),
        ("not-allowed(address)", 2, 2)
    );
}

#[tokio::test]
async fn the_policy_has_the_last_word() {
    use outwit::policy::{Call, Decision, Policy};
    struct NoSecrets;
    #[outwit::async_trait]
    impl Policy for NoSecrets {
        async fn decide(&self, call: &Call<'_>) -> Decision {
            let text = call.to_string();
            assert!(!text.contains("token"), "{text}");
            if text.contains("/secret") {
                Decision::deny("secrets stay secret")
            } else {
                Decision::Allow
            }
        }
    }
    let server = Server::http(|_| async { Response::new(full("hi")) }).await;
    let setup = Setup {
        host: outwit::Host::system().with_policy(Arc::new(NoSecrets)),
        ..Setup::default()
    };
    let mut instance = setup.start(ASK).await.unwrap();
    assert_eq!(
        call(&mut instance, server.url("/secret?token=1")).await,
        "not-allowed(policy)"
    );
    assert_eq!(server.connections(), 0);
    assert_eq!(
        call(&mut instance, server.url("/open?token=1")).await,
        "no error"
    );
    assert_eq!(server.connections(), 1);
}

#[tokio::test]
async fn proxies_of_the_environment_are_not_asked() {
    // SAFETY: no other test of this program reads these variables, and the host does not at all.
    unsafe {
        std::env::set_var("HTTP_PROXY", "http://127.0.0.1:9");
        std::env::set_var("http_proxy", "http://127.0.0.1:9");
        std::env::set_var("ALL_PROXY", "http://127.0.0.1:9");
    }
    let server = Server::http(|_| async { Response::new(full("hi")) }).await;
    assert_eq!(Setup::default().run(ASK, server.url("/")).await, "no error");
}
