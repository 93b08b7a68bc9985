//! What is allocated stays the same, however often plugins fail, start again, are exchanged, linked, given up and
//! unloaded. Counted, not measured: see `counting.rs`.

use crate::counting::Live;
use crate::{component, guests};
use outwit::{
    App, Compiler, Engine, Error, Grants, Host, Instances, Lifecycle, Limits, Plugin, PluginConfig,
    Val,
};
use outwit_tests::{engine, js, js_text};
use std::pin::Pin;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

/// As often as everything is done before something is counted, and between the two times it is.
const ROUNDS: u32 = 64;
/// What a hash table or a queue may grow by meanwhile. One thing forgotten in each round is more.
const SLACK: Live = Live {
    allocations: ROUNDS as i64 * 3 / 4,
    bytes: ROUNDS as i64 * 48,
};

type Round = Box<dyn FnMut(u32) -> Pin<Box<dyn Future<Output = ()>>>>;

/// Something that is done over and over.
struct Scene {
    name: &'static str,
    round: Round,
}

impl Scene {
    fn new<R: Future<Output = ()> + 'static>(
        name: &'static str,
        mut round: impl FnMut(u32) -> R + 'static,
    ) -> Scene {
        Scene {
            name,
            round: Box::new(move |number| Box::pin(round(number))),
        }
    }
}

/// Runs every scene, or those whose name has `filter` in it.
pub fn run(filter: &str) -> ExitCode {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("it starts");
    let leaks = runtime.block_on(async {
        let mut leaks = 0;
        for scene in scenes().await {
            if scene.name.contains(filter) {
                leaks += u32::from(leaks_in(scene).await);
            }
        }
        leaks
    });
    if leaks == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

async fn leaks_in(Scene { name, mut round }: Scene) -> bool {
    for number in 0..ROUNDS {
        round(number).await;
    }
    let before = quiet(|_| false).await;
    for number in ROUNDS..2 * ROUNDS {
        round(number).await;
    }
    let leaks = |live: Live| {
        live.allocations > before.allocations + SLACK.allocations
            || live.bytes > before.bytes + SLACK.bytes
    };
    let after = quiet(|live| !leaks(live)).await;
    println!(
        "{name:<24}{:>9} allocations, {:>+4} after {ROUNDS} more rounds; {:>10} bytes, {:>+6}{}",
        before.allocations,
        after.allocations - before.allocations,
        before.bytes,
        after.bytes - before.bytes,
        if leaks(after) { ": a leak" } else { "" },
    );
    leaks(after)
}

/// What is allocated when nothing happens any more: the least in half a second, or what is `enough` before.
async fn quiet(enough: impl Fn(Live) -> bool) -> Live {
    let mut least = Live::now();
    for _ in 0..25 {
        tokio::time::sleep(Duration::from_millis(20)).await;
        let now = Live::now();
        least.allocations = least.allocations.min(now.allocations);
        least.bytes = least.bytes.min(now.bytes);
        if enough(least) {
            break;
        }
    }
    least
}

fn limits() -> Limits {
    let mut limits = Limits::default();
    limits.cpu = Duration::from_secs(5);
    limits.wall = Duration::from_secs(60);
    limits.memory = Some(16 << 20);
    limits
}

async fn call(app: &App, plugin: &str, function: &str, text: &str) -> outwit::Result<Vec<Val>> {
    let arguments = [Val::String(text.to_string())];
    app.call(plugin, None, function, &arguments).await
}

async fn count(app: &App, plugin: &str) {
    let counted: outwit::Result<(u32,)> = app.call_typed(plugin, None, "count", ()).await;
    counted.expect("it counts");
}

async fn scenes() -> Vec<Scene> {
    vec![
        faults(),
        endless_loops(),
        restarts(),
        pools(),
        reloads(),
        links(),
        faults_of_linked(),
        given_up(),
        apps(),
        unlike_components(),
        web(),
        strangers(),
        fetch().await,
    ]
}

fn attacker(limits: Limits) -> App {
    let bytes = js("evil/attacker.js", "evil/wit", "attacker");
    let plugin = Plugin::from_bytes(&engine(), "attacker", bytes).expect("a component");
    App::builder(&engine())
        .plugin(plugin, PluginConfig::new().limits(limits))
        .build()
        .expect("the app loads")
}

fn faults() -> Scene {
    let app = attacker(limits());
    Scene::new("faults", move |number| {
        const WAYS: &[&str] = &["throw", "recursion", "change the builtins", "throw a proxy"];
        let (app, how) = (app.clone(), WAYS[number as usize % WAYS.len()]);
        async move {
            let failed = call(&app, "attacker", "attack", how).await;
            failed.expect_err("it throws");
            let failed = call(&app, "attacker", "attack-later", "reject").await;
            failed.expect_err("it rejects");
            count(&app, "attacker").await;
        }
    })
}

fn endless_loops() -> Scene {
    let mut limits = limits();
    limits.cpu = Duration::from_millis(3);
    limits.wall = Duration::from_millis(60);
    let app = attacker(limits);
    Scene::new("limits", move |number| {
        const WAYS: &[&str] = &["loop", "regular expression", "array"];
        let (app, how) = (app.clone(), WAYS[number as usize % WAYS.len()]);
        async move {
            let failed = call(&app, "attacker", "attack", how).await;
            failed.expect_err("it goes over a limit");
            let late = ["await loop", "never"][number as usize % 2];
            let failed = call(&app, "attacker", "attack-later", late).await;
            failed.expect_err("it goes over a limit");
            // On a busy machine the start may take too long as well.
            let args: outwit::Result<(u32,)> = app.call_typed("attacker", None, "count", ()).await;
            drop(args);
            app.restart("attacker").await.expect("there is one");
        }
    })
}

fn restarts() -> Scene {
    let app = attacker(limits());
    Scene::new("restarts", move |_| {
        let app = app.clone();
        async move {
            count(&app, "attacker").await;
            app.restart("attacker").await.expect("there is one");
        }
    })
}

fn pools() -> Scene {
    let app = |instances| {
        let bytes = js("evil/attacker.js", "evil/wit", "attacker");
        let plugin = Plugin::from_bytes(&engine(), "attacker", bytes).expect("a component");
        let lifecycle = Lifecycle::new().instances(instances);
        let config = PluginConfig::new().limits(limits()).lifecycle(lifecycle);
        let app = App::builder(&engine()).plugin(plugin, config);
        app.build().expect("the app loads")
    };
    let apps = [app(Instances::per_call(4)), app(Instances::pool(4))];
    Scene::new("pools", move |_| {
        let apps = apps.clone();
        async move {
            for app in &apps {
                tokio::join!(count(app, "attacker"), count(app, "attacker"));
                let failed = call(app, "attacker", "attack", "throw").await;
                failed.expect_err("it throws");
            }
        }
    })
}

fn reloads() -> Scene {
    let user = guests::user("user");
    let shelf = guests::shelf();
    // The same interface by other code.
    let other = guests::shelf_with("crash", "crash", |source| {
        source.replace("on purpose", "for a reason")
    });
    let app = guests::app([user, shelf.clone()])
        .build()
        .expect("the app loads");
    Scene::new("reloads", move |number| {
        let (app, next) = (app.clone(), [&other, &shelf][number as usize % 2].clone());
        async move {
            guests::run(&app, "user", "sum").await.expect("it sums");
            app.reload(next).await.expect("it fits");
        }
    })
}

fn links() -> Scene {
    let plugins = [guests::user("user"), guests::shelf()];
    let app = guests::app(plugins).build().expect("the app loads");
    Scene::new("links", move |_| {
        let app = app.clone();
        async move {
            for what in ["sum", "first", "later", "together", "twins"] {
                guests::run(&app, "user", what).await.expect("it works");
            }
            call(&app, "user", "keep", "kept").await.expect("it keeps");
            let dropped = app.call("user", None, "drop", &[]).await;
            dropped.expect("it drops");
        }
    })
}

fn faults_of_linked() -> Scene {
    let plugins = [
        guests::visitor(),
        guests::storage(),
        guests::user("user"),
        guests::shelf(),
    ];
    let app = guests::app(plugins).build().expect("the app loads");
    Scene::new("faults of linked", move |number| {
        let app = app.clone();
        async move {
            for what in ["around", "lent", "many"] {
                guests::run(&app, "visitor", what).await.expect("it works");
            }
            call(&app, "user", "keep", "kept").await.expect("it keeps");
            if number.is_multiple_of(2) {
                guests::run(&app, "user", "crash")
                    .await
                    .expect_err("it crashes");
            } else {
                app.restart("shelf").await.expect("there is one");
                let stale = app.call("user", None, "kept", &[Val::U32(0)]).await;
                assert!(
                    matches!(
                        stale,
                        Err(Error::StaleResource { .. }) | Err(Error::Provider { .. })
                    ),
                    "{stale:?}"
                );
                app.restart("user").await.expect("there is one");
            }
            // Its boxes were of an instance that is gone.
            app.restart("storage").await.expect("there is one");
        }
    })
}

fn given_up() -> Scene {
    let plugins = [guests::user("user"), guests::shelf()];
    let app = guests::app(plugins).build().expect("the app loads");
    Scene::new("given up", move |_| {
        let app = app.clone();
        async move {
            for what in ["promise", "slow", "together"] {
                let call = guests::run(&app, "user", what);
                let _ = tokio::time::timeout(Duration::from_millis(2), call).await;
            }
        }
    })
}

fn apps() -> Scene {
    let plugins = [guests::visitor(), guests::storage(), guests::shelf()];
    Scene::new("apps", move |_| {
        let app = guests::app(plugins.clone()).build().expect("it loads");
        async move {
            guests::run(&app, "visitor", "many")
                .await
                .expect("it works");
            app.shutdown(Duration::from_secs(10)).await;
        }
    })
}

fn unlike_components() -> Scene {
    let engine = Engine::builder()
        .no_cache()
        .compiler(Compiler::in_process().time(Duration::from_secs(60)))
        .build()
        .expect("the engine starts");
    Scene::new("unlike components", move |number| {
        let engine = engine.clone();
        async move {
            let plugin = Plugin::from_bytes(&engine, format!("p{number}"), component(number));
            let plugin = plugin.expect("a component");
            let app = App::builder(&engine).plugin(plugin, PluginConfig::new());
            let app = app.build().expect("it loads");
            assert_eq!(app.plugins().count(), 1);
            let mut broken = component(number);
            broken.truncate(broken.len() - 7);
            let broken = Plugin::from_bytes(&engine, "p", broken);
            broken.and_then(|p| p.compile()).expect_err("it is cut off");
        }
    })
}

/// Leaves everything it began undone.
const WEB: &str = r#"
    export async function run(what) {
        console.log("begins");
        localStorage.setItem("key", what);
        localStorage.getItem("key");
        setTimeout(() => {}, 1e6);
        const interval = setInterval(() => {}, 1e6);
        navigator.locks.request(`lock ${what}`, () => new Promise(() => {}));
        navigator.locks.request(`lock ${what}`, { mode: "shared" }, () => {}).catch(() => {});
        const [one, two] = [new BroadcastChannel(what), new BroadcastChannel(what)];
        two.onmessage = () => {};
        one.postMessage({ what });
        PluginPort.accept(`never ${what}`).catch(() => {});
        const met = [PluginPort.accept(`port ${what}`), PluginPort.connect(`port ${what}`)];
        const [here, there] = await Promise.all(met);
        here.postMessage(new Map([[what, 1]]));
        await new Promise((heard) => { there.onmessage = heard; });
        const key = await crypto.subtle.generateKey({ name: "AES-GCM", length: 256 }, false, ["encrypt"]);
        await crypto.subtle.encrypt({ name: "AES-GCM", iv: new Uint8Array(12) }, key, new Uint8Array(100));
        crypto.randomUUID();
        performance.now();
        if (what.endsWith("0")) throw new Error("on purpose");
        clearInterval(interval);
    }
"#;

fn web_plugin() -> Vec<u8> {
    let apis = [
        "console",
        "crypto",
        "locks",
        "messaging",
        "performance",
        "storage",
        "subtle",
        "timers",
    ];
    let includes: String = apis
        .iter()
        .map(|api| format!("include outwit:{api}/imports@0.1.0;"))
        .collect();
    let wit = format!(
        "package test:leaks; world web {{ {includes} export run: async func(what: string); }}"
    );
    js_text(WEB, &wit).expect("it builds")
}

fn web_app(host: Host, name: String, bytes: &[u8], storage: outwit::storage::Grant) -> App {
    let plugin = Plugin::from_bytes(&engine(), name, bytes).expect("a component");
    let messaging = outwit::messaging::Grant::default().send("*").receive("*");
    let grants = Grants::none()
        .with_console()
        .with_crypto()
        .with_performance()
        .with_timers()
        .with_locks(outwit::locks::Grant::default())
        .with_subtle(outwit::subtle::Grant::default())
        .with_storage(storage)
        .with_messaging(messaging.connect("*").accept("*"));
    App::builder(&engine())
        .host(host)
        .plugin(plugin, PluginConfig::new().grants(grants).limits(limits()))
        .build()
        .expect("the app loads")
}

fn web() -> Scene {
    let printed = Arc::new(outwit::console::Capture::default());
    let host = Host::system()
        .with_console(printed.clone())
        .with_audit(Arc::new(outwit::audit::Ring::new(10)));
    let app = web_app(host, "web".to_string(), &web_plugin(), Default::default());
    Scene::new("web APIs", move |number| {
        let (app, printed) = (app.clone(), printed.clone());
        async move {
            let ran = call(&app, "web", "run", &format!("{number}")).await;
            assert_eq!(ran.is_err(), number.is_multiple_of(10), "{ran:?}");
            assert_eq!(printed.take().len(), 1);
            app.restart("web").await.expect("there is one");
        }
    })
}

/// The host stays and has never seen the plugin, as where users come and go.
fn strangers() -> Scene {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let printed = Arc::new(outwit::console::Capture::default());
    let host = Host::system().with_console(printed.clone());
    let bytes = web_plugin();
    Scene::new("strangers", move |number| {
        let file = folder.path().join(format!("{number}.redb"));
        let storage = outwit::storage::Grant::at(file);
        let name = format!("stranger-{number}");
        let app = web_app(host.clone(), name.clone(), &bytes, storage);
        let printed = printed.clone();
        async move {
            let ran = call(&app, &name, "run", &name).await;
            assert_eq!(ran.is_err(), number.is_multiple_of(10), "{ran:?}");
            assert_eq!(printed.take().len(), 1);
        }
    })
}

const FETCH: &str = r#"
    export async function run(url) {
        const response = await fetch(url, { method: "POST", body: "x".repeat(1000) });
        await response.text();
        const controller = new AbortController();
        const late = fetch(`${url}late`, { signal: controller.signal });
        controller.abort();
        await late.catch(() => {});
        // one whose answer is not read, and one that is not waited for
        await fetch(url);
        fetch(`${url}late`).catch(() => {});
    }
"#;

async fn fetch() -> Scene {
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await;
    let listener = listener.expect("a port is free");
    let address = listener.local_addr().expect("it has one");
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            tokio::spawn(async move {
                let mut buffer = [0; 4096];
                while let Ok(n @ 1..) = stream.read(&mut buffer).await {
                    if buffer[..n].starts_with(b"GET /late") {
                        std::future::pending::<()>().await;
                    }
                    let answer =
                        b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\nok";
                    if stream.write_all(answer).await.is_err() {
                        break;
                    }
                }
            });
        }
    });
    let wit = "package test:leaks; world web { include outwit:fetch/imports@0.1.0; export run: async func(url: string); }";
    let plugin = js_text(FETCH, wit).expect("it builds");
    let plugin = Plugin::from_bytes(&engine(), "web", plugin).expect("a component");
    let grant = outwit::fetch::Grant::to([format!("http://{address}")]).expect("it is one");
    let grant = grant
        .with_private(["127.0.0.1".parse().expect("an address")])
        .with_methods(["GET", "POST"]);
    let grants = Grants::none().with_fetch(grant);
    let app = App::builder(&engine())
        .plugin(plugin, PluginConfig::new().grants(grants).limits(limits()))
        .build()
        .expect("the app loads");
    Scene::new("fetch", move |_| {
        let (app, url) = (app.clone(), format!("http://{address}/"));
        async move {
            call(&app, "web", "run", &url).await.expect("it fetches");
            app.restart("web").await.expect("there is one");
        }
    })
}
