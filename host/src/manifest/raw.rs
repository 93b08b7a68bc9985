//! The manifest as it is written.

use std::collections::BTreeMap;
use std::num::NonZeroU32;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde::de::IgnoredAny;
use toml::Spanned;

use super::recipe::Recipe;
use super::values::{
    Address, HttpOrigin, ListOr, Milliseconds, OnOr, Rated, Size, TextOr, TrueOr, WebSocketOrigin,
};
use crate::grants::Grants;
use crate::{
    app, console, crypto, fetch, keyvalue, limits, locks, messaging, performance, storage, subtle,
    timers, wasi, websocket,
};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Manifest {
    pub(super) app: App,
    #[serde(default)]
    pub(super) link: Link,
    pub(super) trust: Option<Trust>,
    #[serde(default)]
    pub(super) plugins: BTreeMap<Spanned<String>, Plugin>,
}

/// Where the keys of the manifest are; what they say is in [`Manifest`].
#[derive(Deserialize, Default)]
pub(super) struct Places {
    #[serde(default)]
    pub(super) plugins: BTreeMap<String, PlacesOfPlugin>,
}

#[derive(Deserialize)]
pub(super) struct PlacesOfPlugin {
    #[serde(default)]
    pub(super) grant: BTreeMap<Spanned<String>, IgnoredAny>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Trust {
    pub(super) keys: Vec<Key>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Key {
    pub(super) name: String,
    pub(super) key: Spanned<String>,
    pub(super) expires: Option<Spanned<String>>,
    #[serde(default)]
    pub(super) revoked: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct App {
    pub(super) name: String,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
pub(super) struct Link {
    #[serde(default)]
    pub(super) mode: Mode,
}

#[derive(Deserialize, Default, Clone, Copy)]
#[serde(rename_all = "lowercase")]
pub(super) enum Mode {
    #[default]
    Trampoline,
    Fused,
}

impl From<Mode> for app::LinkMode {
    fn from(mode: Mode) -> app::LinkMode {
        match mode {
            Mode::Trampoline => app::LinkMode::Trampoline,
            Mode::Fused => app::LinkMode::Fused,
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Plugin {
    pub(super) path: Spanned<PathBuf>,
    pub(super) signature: Option<PathBuf>,
    pub(super) build: Option<TextOr<Build>>,
    pub(super) from: Option<Spanned<String>>,
    #[serde(default)]
    pub(super) grant: Grant,
    #[serde(default)]
    pub(super) policy: Policy,
    #[serde(default)]
    pub(super) limits: Limits,
    #[serde(default)]
    pub(super) links: BTreeMap<Spanned<String>, Spanned<String>>,
    #[serde(default)]
    pub(super) lifecycle: Lifecycle,
}

/// How a component is built.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct Build {
    source: PathBuf,
    wit: Option<PathBuf>,
    world: Option<String>,
    #[serde(default)]
    minify: bool,
    #[serde(default)]
    cut: Cut,
    source_map: Option<bool>,
}

#[derive(Deserialize, Default, Clone, Copy)]
#[serde(rename_all = "lowercase")]
enum Cut {
    #[default]
    Standalone,
    Shared,
}

impl TextOr<Build> {
    pub(super) fn resolve(&self, folder: &Path) -> Recipe {
        match self {
            TextOr::Text(source) => Recipe::new(folder.join(source)),
            TextOr::Table(Build {
                source,
                wit,
                world,
                minify,
                cut,
                source_map,
            }) => Recipe {
                source: folder.join(source),
                wit: wit.as_ref().map(|wit| folder.join(wit)),
                world: world.clone(),
                minify: *minify,
                shared: matches!(cut, Cut::Shared),
                source_map: source_map.unwrap_or(true),
            },
        }
    }
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
pub(super) struct Policy {
    #[serde(default)]
    pub(super) deny: Vec<Spanned<String>>,
    #[serde(default)]
    pub(super) allow: Vec<Spanned<String>>,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
pub(super) struct Grant {
    #[serde(default)]
    console: bool,
    #[serde(default)]
    performance: bool,
    #[serde(default)]
    crypto: bool,
    #[serde(default)]
    timers: bool,
    #[serde(default)]
    storage: OnOr<Storage>,
    #[serde(default)]
    fetch: Option<ListOr<HttpOrigin, Fetch>>,
    #[serde(default)]
    websocket: Option<ListOr<WebSocketOrigin, WebSocket>>,
    #[serde(default)]
    subtle: OnOr<Subtle>,
    #[serde(default)]
    keyvalue: OnOr<Keyvalue>,
    #[serde(default)]
    locks: OnOr<Locks>,
    #[serde(default)]
    messaging: Option<Messaging>,
    #[serde(default)]
    cli: OnOr<Cli>,
    #[serde(default)]
    filesystem: Option<Vec<Folder>>,
    #[serde(default)]
    clocks: bool,
    #[serde(default)]
    random: bool,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
pub(super) struct Storage {
    path: Option<PathBuf>,
    quota: Option<Size>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct Fetch {
    allow: Vec<HttpOrigin>,
    methods: Option<Vec<String>>,
    #[serde(default)]
    allow_private: Vec<Address>,
    connections: Option<u32>,
    body: Option<Size>,
    headers: Option<Size>,
    connect_timeout: Option<Milliseconds>,
    idle_timeout: Option<Milliseconds>,
}

impl Fetch {
    fn resolve(&self) -> fetch::Grant {
        let Fetch {
            allow,
            methods,
            allow_private,
            connections,
            body,
            headers,
            connect_timeout,
            idle_timeout,
        } = self;
        let default = fetch::Grant::default();
        fetch::Grant {
            allow: allow.iter().map(|origin| origin.0.clone()).collect(),
            methods: methods.clone(),
            allow_private: allow_private.iter().map(|range| range.0).collect(),
            connections: connections.unwrap_or(default.connections),
            body: body.map_or(default.body, |s| s.0),
            headers: headers.map_or(default.headers, |s| u32::try_from(s.0).unwrap_or(u32::MAX)),
            connect_timeout: connect_timeout.map_or(default.connect_timeout, |d| d.0),
            idle_timeout: idle_timeout.map_or(default.idle_timeout, |d| d.0),
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct WebSocket {
    allow: Vec<WebSocketOrigin>,
    #[serde(default)]
    allow_private: Vec<Address>,
    connections: Option<u32>,
    message: Option<Size>,
    connect_timeout: Option<Milliseconds>,
}

impl WebSocket {
    fn resolve(&self) -> websocket::Grant {
        let WebSocket {
            allow,
            allow_private,
            connections,
            message,
            connect_timeout,
        } = self;
        let default = websocket::Grant::default();
        websocket::Grant {
            allow: allow.iter().map(|origin| origin.0.clone()).collect(),
            allow_private: allow_private.iter().map(|range| range.0).collect(),
            connections: connections.unwrap_or(default.connections),
            message: message.map_or(default.message, |s| s.0),
            connect_timeout: connect_timeout.map_or(default.connect_timeout, |d| d.0),
        }
    }
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
pub(super) struct Subtle {
    iterations: Option<u64>,
    memory: Option<Size>,
    modulus: Option<u32>,
    threads: Option<usize>,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
pub(super) struct Keyvalue {
    path: Option<PathBuf>,
    quota: Option<Size>,
    buckets: Option<u32>,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
pub(super) struct Locks {
    requests: Option<u32>,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
pub(super) struct Messaging {
    #[serde(default)]
    send: Vec<String>,
    #[serde(default)]
    receive: Vec<String>,
    #[serde(default)]
    connect: Vec<String>,
    #[serde(default)]
    accept: Vec<String>,
    message: Option<Size>,
    open: Option<u32>,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
pub(super) struct Cli {
    #[serde(default)]
    stdin: bool,
    #[serde(default)]
    stdout: bool,
    #[serde(default)]
    stderr: bool,
    #[serde(default)]
    args: TrueOr<Vec<String>>,
    #[serde(default)]
    env: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Folder {
    host: PathBuf,
    guest: String,
    access: Access,
}

#[derive(Deserialize, Clone, Copy)]
#[serde(rename_all = "lowercase")]
enum Access {
    Read,
    Write,
}

impl Grant {
    pub(super) fn resolve(&self, folder: &Path) -> Grants {
        let Grant {
            console,
            performance,
            crypto,
            timers,
            storage,
            fetch,
            websocket,
            subtle,
            keyvalue,
            locks,
            messaging,
            cli,
            filesystem,
            clocks,
            random,
        } = self;
        Grants {
            console: console.then(console::Grant::default),
            performance: performance.then(performance::Grant::default),
            crypto: crypto.then(crypto::Grant::default),
            timers: timers.then(timers::Grant::default),
            storage: storage.as_option().map(|Storage { path, quota }| {
                let grant = match path {
                    Some(path) => storage::Grant::at(folder.join(path)),
                    None => storage::Grant::default(),
                };
                match quota {
                    Some(Size(bytes)) => grant.with_quota(*bytes),
                    None => grant,
                }
            }),
            fetch: fetch.as_ref().map(|given| match given {
                ListOr::List(origins) => fetch::Grant {
                    allow: origins.iter().map(|origin| origin.0.clone()).collect(),
                    ..fetch::Grant::default()
                },
                ListOr::Table(options) => options.resolve(),
            }),
            websocket: websocket.as_ref().map(|given| match given {
                ListOr::List(origins) => websocket::Grant {
                    allow: origins.iter().map(|origin| origin.0.clone()).collect(),
                    ..websocket::Grant::default()
                },
                ListOr::Table(options) => options.resolve(),
            }),
            subtle: subtle.as_option().map(Subtle::resolve),
            keyvalue: keyvalue.as_option().map(|asked| asked.resolve(folder)),
            locks: locks.as_option().map(Locks::resolve),
            messaging: messaging.as_ref().map(Messaging::resolve),
            cli: cli.as_option().map(
                |Cli {
                     stdin,
                     stdout,
                     stderr,
                     args,
                     env,
                 }| wasi::cli::Grant {
                    stdin: *stdin,
                    stdout: *stdout,
                    stderr: *stderr,
                    args: match args {
                        TrueOr::No => wasi::cli::Args::None,
                        TrueOr::Yes => wasi::cli::Args::Caller,
                        TrueOr::Given(args) => wasi::cli::Args::Fixed(args.clone()),
                    },
                    env: env.clone(),
                },
            ),
            filesystem: filesystem.as_ref().map(|folders| {
                let mut grant = wasi::filesystem::Grant::default();
                for Folder {
                    host,
                    guest,
                    access,
                } in folders
                {
                    let host = folder.join(host);
                    grant = match access {
                        Access::Read => grant.read(host, guest),
                        Access::Write => grant.write(host, guest),
                    };
                }
                grant
            }),
            clocks: clocks.then(wasi::clocks::Grant::default),
            random: random.then(wasi::random::Grant::default),
        }
    }
}

impl Keyvalue {
    fn resolve(&self, folder: &Path) -> keyvalue::Grant {
        let Keyvalue {
            path,
            quota,
            buckets,
        } = self;
        let mut grant = match path {
            Some(path) => keyvalue::Grant::at(folder.join(path)),
            None => keyvalue::Grant::default(),
        };
        grant.quota = quota.map_or(grant.quota, |Size(bytes)| bytes);
        grant.buckets = buckets.unwrap_or(grant.buckets);
        grant
    }
}

impl Locks {
    fn resolve(&self) -> locks::Grant {
        let Locks { requests } = self;
        let mut grant = locks::Grant::default();
        grant.requests = requests.unwrap_or(grant.requests);
        grant
    }
}

impl Messaging {
    fn resolve(&self) -> messaging::Grant {
        let Messaging {
            send,
            receive,
            connect,
            accept,
            message,
            open,
        } = self;
        let mut grant = messaging::Grant::default();
        grant.send.clone_from(send);
        grant.receive.clone_from(receive);
        grant.connect.clone_from(connect);
        grant.accept.clone_from(accept);
        grant.message = message.map_or(grant.message, |Size(bytes)| bytes);
        grant.open = open.unwrap_or(grant.open);
        grant
    }
}

impl Subtle {
    fn resolve(&self) -> subtle::Grant {
        let Subtle {
            iterations,
            memory,
            modulus,
            threads,
        } = self;
        let mut grant = subtle::Grant::default();
        grant.iterations = iterations.unwrap_or(grant.iterations);
        grant.memory = memory.map_or(grant.memory, |Size(bytes)| bytes);
        grant.modulus = modulus.unwrap_or(grant.modulus);
        grant.threads = threads.unwrap_or(grant.threads);
        grant
    }
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct Limits {
    memory: Option<Size>,
    table_elements: Option<u64>,
    tables: Option<u64>,
    memories: Option<u64>,
    instances: Option<u64>,
    cpu: Option<Milliseconds>,
    wall: Option<Milliseconds>,
    host_call_bytes: Option<Size>,
    output: Option<Size>,
    host_calls: Option<u64>,
    #[serde(default)]
    rates: BTreeMap<Rated, u64>,
    timers: Option<u64>,
    component: Option<Size>,
    storage_key: Option<Size>,
    storage_value: Option<Size>,
    handles: Option<u64>,
}

impl Limits {
    pub(super) fn resolve(&self) -> limits::Limits {
        let Limits {
            memory,
            table_elements,
            tables,
            memories,
            instances,
            cpu,
            wall,
            host_call_bytes,
            output,
            host_calls,
            rates,
            timers,
            component,
            storage_key,
            storage_value,
            handles,
        } = self;
        let default = limits::Limits::default();
        limits::Limits {
            memory: memory.map(|s| s.0),
            table_elements: table_elements.unwrap_or(default.table_elements),
            tables: tables.unwrap_or(default.tables),
            memories: memories.unwrap_or(default.memories),
            instances: instances.unwrap_or(default.instances),
            cpu: cpu.map_or(default.cpu, |d| d.0),
            wall: wall.map_or(default.wall, |d| d.0),
            host_call_bytes: host_call_bytes.map_or(default.host_call_bytes, |s| s.0),
            output: output.map_or(default.output, |s| s.0),
            host_calls: host_calls.unwrap_or(default.host_calls),
            rates: rates.iter().map(|(c, rate)| (c.0, *rate)).collect(),
            timers: timers.unwrap_or(default.timers),
            component: component.map_or(default.component, |s| s.0),
            storage_key: storage_key.map_or(default.storage_key, |s| s.0),
            storage_value: storage_value.map_or(default.storage_value, |s| s.0),
            handles: handles.unwrap_or(default.handles),
        }
    }
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
pub(super) struct Lifecycle {
    #[serde(default)]
    instances: Instances,
    wait: Option<Milliseconds>,
    #[serde(default)]
    restart: Restart,
    backoff: Option<Backoff>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "kebab-case")]
enum Instances {
    #[default]
    One,
    PerCall(NonZeroU32),
    Pool(NonZeroU32),
}

#[derive(Deserialize, Default, Clone, Copy)]
#[serde(rename_all = "kebab-case")]
enum Restart {
    #[default]
    OnFault,
    Never,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
struct Backoff {
    free: Option<u32>,
    first: Option<Milliseconds>,
    most: Option<Milliseconds>,
}

impl Lifecycle {
    pub(super) fn resolve(&self) -> app::Lifecycle {
        let Lifecycle {
            instances,
            wait,
            restart,
            backoff,
        } = self;
        let wait = wait.as_ref().map_or(app::Instances::WAIT, |w| w.0);
        let instances = match instances {
            Instances::One => app::Instances::One,
            Instances::PerCall(size) => app::Instances::PerCall {
                size: size.get(),
                wait,
            },
            Instances::Pool(size) => app::Instances::Pool {
                size: size.get(),
                wait,
            },
        };
        let restart = match restart {
            Restart::Never => app::Restart::Never,
            Restart::OnFault => {
                let default = app::Backoff::default();
                let given = backoff.as_ref();
                let free = given.and_then(|b| b.free).unwrap_or(default.free);
                let first = given.and_then(|b| b.first.as_ref());
                let most = given.and_then(|b| b.most.as_ref());
                app::Restart::OnFault(
                    default
                        .free(free)
                        .first(first.map_or(default.first, |d| d.0))
                        .most(most.map_or(default.most, |d| d.0)),
                )
            }
        };
        app::Lifecycle::new().instances(instances).restart(restart)
    }
}
