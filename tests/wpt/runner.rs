//! Runs tests, several at a time, each in an instance of its own.

use crate::offline::{self, Offline};
use crate::options::Options;
use crate::outcome::{Outcome, Returned};
use crate::progress::Progress;
use crate::server::{self, Server};
use crate::test::Test;
use outwit::fetch::HttpClient;
use outwit::websocket::WebSocketClient;
use outwit::{Grants, Host, Instance, Limits, Plugin, console, storage, websocket};
use outwit_tests::{engine, js_text};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

const WORLD: &str = "package test:wpt;
world wpt {
    include outwit:web/imports@0.2.0;
    export run: async func(url: string, kind: string, scripts: list<string>, files: list<tuple<string, list<u8>>>, milliseconds: f64) -> string;
}";

/// How long a test may take, by itself: usually, and if it says that it takes long.
const USUAL: Duration = Duration::from_secs(10);
const LONG: Duration = Duration::from_secs(60);

/// Runs them all. The outcomes are in the order of the tests.
pub fn run(
    root: &Path,
    tests: Vec<Test>,
    options: &Options,
    server: Option<&Server>,
) -> Vec<Outcome> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .expect("threads can be started");
    runtime.block_on(run_all(root, tests, options, server))
}

async fn run_all(
    root: &Path,
    tests: Vec<Test>,
    options: &Options,
    server: Option<&Server>,
) -> Vec<Outcome> {
    let component = js_text(include_str!("plugin.js"), WORLD)
        .unwrap_or_else(|error| panic!("cannot build the plugin of the tests: {error}"));
    let plugin = Plugin::from_bytes(&engine(), "wpt", component).expect("the plugin loads");
    let shared = Arc::new(Shared {
        root: root.to_owned(),
        plugin,
        server: server.map(|server| (server.client(), server.connector())),
        progress: Progress::new(tests.len()),
        turns: Semaphore::new(options.jobs),
        patience: options.patience,
    });
    let mut running = JoinSet::new();
    for (index, test) in tests.into_iter().enumerate() {
        let shared = shared.clone();
        running.spawn(async move {
            let _turn = shared.turns.acquire().await;
            let outcome = shared.run(&test).await;
            shared.progress.advance(&outcome.test);
            (index, outcome)
        });
    }
    let mut outcomes: Vec<(usize, Outcome)> = running.join_all().await;
    outcomes.sort_by_key(|(index, _)| *index);
    outcomes.into_iter().map(|(_, outcome)| outcome).collect()
}

struct Shared {
    root: PathBuf,
    plugin: Plugin,
    /// What reaches the server, if there is one.
    server: Option<(HttpClient, WebSocketClient)>,
    progress: Progress,
    turns: Semaphore,
    patience: u32,
}

impl Shared {
    async fn run(&self, test: &Test) -> Outcome {
        let started = Instant::now();
        let (status, message, subtests) = match self.call(test).await {
            Ok(returned) => (
                returned.status,
                returned.message.unwrap_or_default(),
                returned.tests,
            ),
            Err(message) => ("CRASH".to_owned(), message, Vec::new()),
        };
        Outcome {
            test: test.name(),
            status,
            message,
            subtests,
            milliseconds: started.elapsed().as_millis(),
        }
    }

    fn host(&self) -> Host {
        let host = Host::system().with_console(Arc::new(Silent));
        match self.server.clone() {
            None => host.with_fetch(Arc::new(Offline(self.root.clone()))),
            Some((client, connector)) => host
                .with_fetch(Arc::new(client))
                .with_websocket(Arc::new(connector)),
        }
    }

    async fn call(&self, test: &Test) -> Result<Returned, String> {
        let time = if test.is_long(&self.root) {
            LONG
        } else {
            USUAL
        } * self.patience;
        let scripts = test.scripts(&self.root)?;
        let files = test.files(&self.root, &scripts);
        let mut limits = Limits::default();
        limits.memory = Some(512 << 20);
        // the harness ends a test that only waits, and these one that computes for ever
        limits.cpu = time * 2;
        limits.wall = time * 2;
        limits.host_call_bytes = 1 << 30;
        limits.host_calls = 1 << 40;
        limits.timers = 1 << 20;
        limits.handles = 1 << 20;
        let mut instance = Instance::builder(&self.plugin)
            .grants(grants(self.server.is_some()))
            .host(self.host())
            .limits(limits)
            .start()
            .await
            .map_err(|error| error.to_string())?;
        let milliseconds = time.as_millis() as f64;
        let arguments = (
            test.url(self.server.is_some()),
            test.kind_name().to_owned(),
            scripts,
            files,
            milliseconds,
        );
        let (returned,) = instance
            .call_typed::<_, (String,)>(None, "run", arguments)
            .await
            .map_err(|error| error.to_string())?;
        serde_json::from_str(&returned).map_err(|error| error.to_string())
    }
}

/// Everything a test may need.
fn grants(has_server: bool) -> Grants {
    let (fetch, websocket) = match has_server {
        true => (server::fetch_grant(), server::websocket_grant()),
        false => (offline::grant(), websocket::Grant::default()),
    };
    Grants::none()
        .with_console()
        .with_crypto()
        .with_performance()
        .with_storage(storage::Grant::default())
        .with_fetch(fetch)
        .with_websocket(websocket)
        .with_timers()
        .with_locks(outwit::locks::Grant::default())
        .with_messaging(everything())
        .with_subtle(subtle())
        .with_keyvalue(outwit::keyvalue::Grant::default())
}

/// The tests make keys of every size, and wait for each other's.
fn subtle() -> outwit::subtle::Grant {
    let mut grant = outwit::subtle::Grant::default();
    grant.modulus = 8192;
    grant.threads = 8;
    grant
}

fn everything() -> outwit::messaging::Grant {
    outwit::messaging::Grant::default().send("*").receive("*")
}

/// Drops what tests print.
struct Silent;

impl console::Sink for Silent {
    fn write(&self, _: &str, _: console::Level, _: &str) {}
}
