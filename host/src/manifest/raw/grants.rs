//! What a plugin is granted, as it is written.

use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::grants::Grants;
use crate::manifest::values::{
    Address, HttpOrigin, ListOr, Milliseconds, OnOr, Size, TrueOr, WebSocketOrigin,
};
use crate::{
    console, crypto, fetch, keyvalue, locks, messaging, performance, storage, subtle, timers, wasi,
    websocket,
};

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
pub(in crate::manifest) struct Grant {
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
pub(in crate::manifest) struct Storage {
    path: Option<PathBuf>,
    quota: Option<Size>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(in crate::manifest) struct Fetch {
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
pub(in crate::manifest) struct WebSocket {
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
pub(in crate::manifest) struct Subtle {
    iterations: Option<u64>,
    memory: Option<Size>,
    modulus: Option<u32>,
    threads: Option<usize>,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
pub(in crate::manifest) struct Keyvalue {
    path: Option<PathBuf>,
    quota: Option<Size>,
    buckets: Option<u32>,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
pub(in crate::manifest) struct Locks {
    requests: Option<u32>,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
pub(in crate::manifest) struct Messaging {
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
pub(in crate::manifest) struct Cli {
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
pub(in crate::manifest) struct Folder {
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
    pub(in crate::manifest) fn resolve(&self, folder: &Path) -> Grants {
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
