//! Every function of the host, and what a plugin sees when it is denied.
//!
//! The functions come from `wit/`; one that `outwit::policy::operations` does not list, or that cannot
//! be denied here, fails a test. For each, a plugin is generated that calls it under a policy which
//! denies it and nothing else.

#![allow(clippy::disallowed_methods)] // tests use files

mod caller;
mod tripwire;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use outwit::async_trait;
use outwit::audit::{Outcome, Record, Sink, Unrecorded};
use outwit::policy::{Call, Decision, OnDenial, Operation, Policy, operations};
use outwit::{Capability, Engine, Error, Grants, Host, Instance, Manifest, Plugin};
use outwit::{fetch, messaging, wasi};
use wit_parser::{Function, InterfaceId, Resolve};

use caller::{caller, cases, handles_of};
use tripwire::{Connections, Tripwire};

fn wit() -> PathBuf {
    outwit_tests::root().join("../wit")
}

fn resolve() -> Resolve {
    let mut resolve = Resolve {
        all_features: true,
        ..Resolve::default()
    };
    resolve.push_dir(wit()).expect("the packages of `wit/`");
    resolve
}

/// The functions of every interface the host has, by interface (without its version) and name.
fn functions(resolve: &Resolve) -> BTreeMap<(String, String), (InterfaceId, Function)> {
    let mut offered: BTreeSet<String> = ["error", "poll", "streams"]
        .map(|name| format!("wasi:io/{name}"))
        .into();
    for (package, interfaces) in Capability::ALL.into_iter().flat_map(Capability::packages) {
        for interface in interfaces {
            offered.insert(format!("{package}/{interface}"));
        }
    }
    let mut functions = BTreeMap::new();
    for (id, interface) in resolve.interfaces.iter() {
        let (Some(name), Some(package)) = (&interface.name, interface.package) else {
            continue;
        };
        let package = &resolve.packages[package].name;
        let full = format!("{}:{}/{name}", package.namespace, package.name);
        if offered.remove(&full) {
            for (name, function) in &interface.functions {
                functions.insert((full.clone(), name.clone()), (id, function.clone()));
            }
        }
    }
    assert!(offered.is_empty(), "without a WIT: {offered:?}");
    functions
}

#[test]
fn every_function_has_an_entry() {
    let resolve = resolve();
    let there: BTreeSet<_> = functions(&resolve).into_keys().collect();
    let listed: Vec<_> = operations()
        .map(|o| (o.interface.to_string(), o.function.to_string()))
        .collect();
    let entries: BTreeSet<_> = listed.iter().cloned().collect();
    assert_eq!(entries.len(), listed.len(), "an entry is there twice");
    let missing: Vec<_> = there.difference(&entries).collect();
    assert!(
        missing.is_empty(),
        "functions without an entry in operations.rs: {missing:?}"
    );
    let superfluous: Vec<_> = entries.difference(&there).collect();
    assert!(
        superfluous.is_empty(),
        "entries without a function: {superfluous:?}"
    );
    for operation in operations() {
        let package = operation.interface.split('/').next().unwrap();
        assert!(
            package == "wasi:io" || operation.capability.packages().any(|(p, _)| p == package),
            "{operation:?}"
        );
    }
}

/// Denies one operation, and notes what it was asked about.
struct Without {
    interface: &'static str,
    function: &'static str,
    asked: AtomicU64,
}

#[async_trait]
impl Policy for Without {
    fn decide_now(&self, call: &Call<'_>) -> Option<Decision> {
        if (call.interface, call.function) == (self.interface, self.function) {
            self.asked.fetch_add(1, Ordering::Relaxed);
            return Some(Decision::deny("denied by the test"));
        }
        Some(Decision::Allow)
    }

    async fn decide(&self, _: &Call<'_>) -> Decision {
        unreachable!("decided at once")
    }
}

/// What was denied, by function.
#[derive(Default)]
struct Denials(Mutex<Vec<String>>);

impl Sink for Denials {
    fn record(&self, record: &Record<'_>) -> Result<(), Unrecorded> {
        if record.outcome == Outcome::Denied {
            let function = format!("{}.{}", record.call.interface, record.call.function);
            self.0.lock().unwrap().push(function);
        }
        Ok(())
    }
}

/// Grants everything, with the lines errors tell to add.
fn everything(folder: &Path) -> Grants {
    let mut text =
        "[app]\nname = \"x\"\n[plugins.x]\npath = \"x\"\n[plugins.x.grant]\n".to_string();
    for capability in Capability::ALL {
        let line = capability.manifest_line().replace("\"read\"", "\"write\"");
        writeln!(
            text,
            "{}",
            line.replace("FOLDER", folder.to_str().unwrap())
                .replace("HOST", "host.example")
        )
        .unwrap();
    }
    let manifest = Manifest::parse(&text, "x").unwrap_or_else(|e| panic!("{e}\n{text}"));
    let entry = manifest.plugins().next().unwrap();
    let mut grants = entry.grants().clone();
    grants.cli = Some(wasi::cli::Grant::terminal());
    let messages = messaging::Grant::default().send("*").receive("*");
    grants.messaging = Some(messages.connect("*").accept("*"));
    grants
}

/// The files of a folder with what is in them and when they were changed.
fn contents(folder: &Path) -> Vec<String> {
    let mut files: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| {
            let entry = entry.unwrap();
            let (meta, path) = (entry.metadata().unwrap(), entry.path());
            let text = std::fs::read(&path).unwrap_or_default();
            format!("{path:?} {text:?} {:?}", meta.modified().unwrap())
        })
        .collect();
    files.sort();
    files
}

type Functions = BTreeMap<(String, String), (InterfaceId, Function)>;

/// Calls the function while it is denied.
async fn denied(engine: &Engine, resolve: &Resolve, all: &Functions, operation: &Operation) {
    let name = format!("{}.{}", operation.interface, operation.function);
    let (_, function) = &all[&(
        operation.interface.to_string(),
        operation.function.to_string(),
    )];
    let component = caller(resolve, operation.interface, function, all);
    let plugin =
        Plugin::from_bytes(engine, "guest", component).unwrap_or_else(|e| panic!("{name}: {e}"));
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("file"), "text").unwrap();
    let (wire, captured) = (Tripwire::default(), wasi::cli::Captured::default());
    let connections = Connections {
        wire: wire.clone(),
        opened: Arc::default(),
    };
    // Somebody is at the other end of each connection, and hears what is posted.
    let (hub, heard) = (Arc::new(messaging::Hub::default()), Tripwire::default());
    let channel = hub.channel("name");
    let listener = tokio::spawn({
        let (hub, heard) = (hub.clone(), heard.clone());
        async move {
            let port = hub.accept("name").await;
            tokio::select! {
                _ = port.receive() => heard.touch(),
                _ = channel.receive() => heard.touch(),
            }
        }
    });
    let denials = Arc::new(Denials::default());
    let policy = Arc::new(Without {
        interface: operation.interface,
        function: operation.function,
        asked: AtomicU64::new(0),
    });
    let host = Host::system()
        .with_console(Arc::new(wire.clone()))
        .with_clock(Arc::new(wire.clone()))
        .with_entropy(Arc::new(wire.clone()))
        .with_scheduler(Arc::new(wire.clone()))
        .with_storage(Arc::new(wire.clone()))
        .with_cli(Arc::new(captured.clone()))
        .with_fetch(Arc::new(fetch::HttpClient::over(
            fetch::Network::default().with_resolver(Arc::new(wire.clone())),
        )))
        .with_websocket(Arc::new(connections.clone()))
        .with_keyvalue(Arc::new(wire.clone()))
        .with_messaging(hub)
        .with_policy(policy.clone())
        .with_audit(denials.clone());
    let mut instance = Instance::builder(&plugin)
        .grants(everything(folder.path()))
        .host(host)
        .start()
        .await
        .unwrap_or_else(|e| panic!("{name}: {e}"));
    let (touched, files) = (wire.0.load(Ordering::Relaxed), contents(folder.path()));
    let outcome = instance.call_typed::<(), (u32,)>(None, "run", ()).await;
    let asked = policy.asked.load(Ordering::Relaxed);
    assert_eq!(asked, 1, "{name}: asked; {outcome:?}");
    let recorded = denials.0.lock().unwrap().join(", ");
    assert_eq!(recorded, name, "recorded");
    listener.abort();
    let of_a_key = handles_of(resolve, function).any(|name| name == "key");
    if !of_a_key {
        // Making the key was one.
        assert_eq!(wire.0.load(Ordering::Relaxed), touched, "{name}: an effect");
    }
    assert_eq!(heard.0.load(Ordering::Relaxed), 0, "{name}: an effect");
    assert_eq!(contents(folder.path()), files, "{name}: an effect");
    let opens = handles_of(resolve, function).any(|name| name == "connection");
    let opened = connections.opened.load(Ordering::Relaxed);
    assert_eq!(opened, u64::from(opens), "{name}: an effect");
    assert_eq!(
        captured.stdout_text() + &captured.stderr_text(),
        "",
        "{name}: an effect"
    );
    match operation.on_denial {
        OnDenial::Error(case) => {
            let cases = cases(resolve, function);
            let at = cases.iter().position(|c| c == case);
            let at = at.unwrap_or_else(|| panic!("{name}: `{case}` is none of {cases:?}"));
            let (code,) = outcome.unwrap_or_else(|e| panic!("{name}: {e}"));
            assert_eq!(code as usize, 1 + at, "{name}: {cases:?}");
        }
        OnDenial::Nothing | OnDenial::Empty => {
            let (code,) = outcome.unwrap_or_else(|e| panic!("{name}: {e}"));
            assert_eq!(code, 0, "{name}");
        }
        OnDenial::Ends => {
            let error = outcome.unwrap_err();
            assert!(
                matches!(&error, Error::Denied { operation, .. } if *operation == name),
                "{name}: {error}"
            );
        }
        other => panic!("{name}: {other:?}"),
    }
}

#[tokio::test]
async fn every_function_can_be_denied() {
    let (engine, resolve) = (outwit_tests::engine(), resolve());
    let all = functions(&resolve);
    let mut tested = 0;
    for operation in operations() {
        if !matches!(operation.on_denial, OnDenial::NotAsked(_)) {
            denied(&engine, &resolve, &all, operation).await;
            tested += 1;
        }
    }
    assert!(tested > 90, "{tested}");
}

/// The page of the book that lists all this.
fn table() -> String {
    let mut text = "\
# What a plugin can be denied

Every function of the host, by the capability it is granted with. A [policy](embedding.md#policy-and-audit) is asked about each before anything happens; the last
column says what the plugin sees when it is denied. This page is generated, and a test denies each of them.

| Capability | Function | When denied |
|---|---|---|
"
    .to_string();
    for operation in operations() {
        let Operation {
            capability,
            interface,
            function,
            on_denial,
            ..
        } = operation;
        let capability = match interface.starts_with("wasi:io/") {
            true => "that of the stream",
            false => capability.name(),
        };
        let seen = match on_denial {
            OnDenial::Error(case) => format!("the error `{case}`"),
            OnDenial::Nothing => "nothing: it returns, and nothing is done".to_string(),
            OnDenial::Empty => "that there is nothing".to_string(),
            OnDenial::Ends => "the call ends with `Error::Denied`".to_string(),
            OnDenial::NotAsked(why) => format!("never asked about: {why}"),
            other => panic!("{other:?}"),
        };
        writeln!(
            text,
            "| {capability} | `{interface}` `{function}` | {seen} |"
        )
        .unwrap();
    }
    text
}

#[test]
fn the_page_of_the_book_is_current() {
    let path = wit().join("../docs/operations.md");
    let table = table();
    if std::env::var_os("OUTWIT_BLESS").is_some() {
        std::fs::write(&path, &table).unwrap();
    }
    let page = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        page == table,
        "docs/operations.md is not current; `cargo xtask bless` writes it"
    );
}
