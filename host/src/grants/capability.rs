//! The one list of all that can be granted.

use std::fmt;

use wasmtime::component::{HasSelf, Linker};

use crate::bindings::outwit;
use crate::host::Host;
use crate::interface::InterfaceName;
use crate::state::State;
use crate::wasi;

/// A group of interfaces of the host that is granted or not as a whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Capability {
    /// `outwit:console`
    Console,
    /// `outwit:performance`
    Performance,
    /// `outwit:crypto`
    Crypto,
    /// `outwit:timers`
    Timers,
    /// `outwit:storage`
    Storage,
    /// `outwit:fetch` and `wasi:http`
    Fetch,
    /// `outwit:websocket`
    WebSocket,
    /// `outwit:subtle`
    Subtle,
    /// `outwit:keyvalue`
    Keyvalue,
    /// `outwit:locks`
    Locks,
    /// `outwit:messaging`
    Messaging,
    /// `wasi:cli`
    Cli,
    /// `wasi:filesystem`
    Filesystem,
    /// `wasi:clocks`
    Clocks,
    /// `wasi:random`
    Random,
}

impl Capability {
    /// All of them.
    pub const ALL: [Capability; 15] = [
        Capability::Console,
        Capability::Performance,
        Capability::Crypto,
        Capability::Timers,
        Capability::Storage,
        Capability::Fetch,
        Capability::WebSocket,
        Capability::Subtle,
        Capability::Keyvalue,
        Capability::Locks,
        Capability::Messaging,
        Capability::Cli,
        Capability::Filesystem,
        Capability::Clocks,
        Capability::Random,
    ];

    /// Its key in the manifest, under `[plugins.NAME.grant]`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Capability::Console => "console",
            Capability::Performance => "performance",
            Capability::Crypto => "crypto",
            Capability::Timers => "timers",
            Capability::Storage => "storage",
            Capability::Fetch => "fetch",
            Capability::WebSocket => "websocket",
            Capability::Subtle => "subtle",
            Capability::Keyvalue => "keyvalue",
            Capability::Locks => "locks",
            Capability::Messaging => "messaging",
            Capability::Cli => "cli",
            Capability::Filesystem => "filesystem",
            Capability::Clocks => "clocks",
            Capability::Random => "random",
        }
    }

    /// The package of its interfaces.
    #[must_use]
    pub fn package(self) -> &'static str {
        match self {
            Capability::Console => "outwit:console",
            Capability::Performance => "outwit:performance",
            Capability::Crypto => "outwit:crypto",
            Capability::Timers => "outwit:timers",
            Capability::Storage => "outwit:storage",
            Capability::Fetch => "outwit:fetch",
            Capability::WebSocket => "outwit:websocket",
            Capability::Subtle => "outwit:subtle",
            Capability::Keyvalue => "outwit:keyvalue",
            Capability::Locks => "outwit:locks",
            Capability::Messaging => "outwit:messaging",
            Capability::Cli => "wasi:cli",
            Capability::Filesystem => "wasi:filesystem",
            Capability::Clocks => "wasi:clocks",
            Capability::Random => "wasi:random",
        }
    }

    /// What it lets a plugin do, for people.
    #[must_use]
    pub fn description(self) -> &'static str {
        match self {
            Capability::Console => "print messages",
            Capability::Performance => "read a clock",
            Capability::Crypto => "get random bytes",
            Capability::Timers => "wait for time to pass",
            Capability::Storage => "keep values between runs",
            Capability::Fetch => "send HTTP requests to origins named by the manifest",
            Capability::WebSocket => "open WebSockets to origins named by the manifest",
            Capability::Subtle => "make and use cryptographic keys",
            Capability::Keyvalue => "keep values in buckets between runs",
            Capability::Locks => "lock what its instances share",
            Capability::Messaging => "send and receive messages on channels named by the manifest",
            Capability::Cli => "use standard streams, arguments and environment variables",
            Capability::Filesystem => "use files in folders named by the manifest",
            Capability::Clocks => "read the machine's clocks",
            Capability::Random => "get random bytes",
        }
    }

    /// The line of a manifest that grants it with its defaults.
    #[must_use]
    pub fn manifest_line(self) -> &'static str {
        match self {
            Capability::Console => "console = true",
            Capability::Performance => "performance = true",
            Capability::Crypto => "crypto = true",
            Capability::Timers => "timers = true",
            Capability::Storage => "storage = true",
            Capability::Fetch => "fetch = [\"https://HOST\"]",
            Capability::WebSocket => "websocket = [\"wss://HOST\"]",
            Capability::Subtle => "subtle = true",
            Capability::Keyvalue => "keyvalue = true",
            Capability::Locks => "locks = true",
            Capability::Messaging => {
                "messaging = { send = [\"CHANNEL\"], receive = [\"CHANNEL\"] }"
            }
            Capability::Cli => "cli = { stdout = true, stderr = true }",
            Capability::Filesystem => {
                "filesystem = [{ host = \"FOLDER\", guest = \"/\", access = \"read\" }]"
            }
            Capability::Clocks => "clocks = true",
            Capability::Random => "random = true",
        }
    }

    /// All packages it is granted with, each with the interfaces this host has of it: requests are sent by `outwit:fetch` and by
    /// `wasi:http` alike.
    pub fn packages(self) -> impl Iterator<Item = (&'static str, &'static [&'static str])> {
        let another: Option<(_, &[_])> = match self {
            Capability::Fetch => Some(("wasi:http", &["types", "outgoing-handler"])),
            _ => None,
        };
        [(self.package(), self.interfaces())]
            .into_iter()
            .chain(another)
    }

    /// The interfaces of the package this host has.
    #[must_use]
    pub fn interfaces(self) -> &'static [&'static str] {
        match self {
            Capability::Console => &["log"],
            Capability::Performance => &["clock"],
            Capability::Crypto => &["entropy"],
            Capability::Timers => &["scheduler"],
            Capability::Storage => &["local-storage"],
            Capability::Fetch => &["client"],
            Capability::WebSocket => &["client"],
            Capability::Subtle => &["keys"],
            Capability::Keyvalue => &["store"],
            Capability::Locks => &["manager"],
            Capability::Messaging => &["broadcast", "ports", "types"],
            Capability::Cli => &[
                "environment",
                "exit",
                "stdin",
                "stdout",
                "stderr",
                "terminal-input",
                "terminal-output",
                "terminal-stdin",
                "terminal-stdout",
                "terminal-stderr",
            ],
            Capability::Filesystem => &["types", "preopens"],
            Capability::Clocks => &["wall-clock", "monotonic-clock"],
            Capability::Random => &["random", "insecure", "insecure-seed"],
        }
    }

    /// The capability an interface belongs to.
    #[must_use]
    pub fn of(interface: &InterfaceName) -> Option<Capability> {
        Capability::ALL
            .into_iter()
            .find(|c| c.interfaces_of(interface.package()).is_some())
    }

    /// What this host has of a package, if that is one of this capability's.
    pub(super) fn interfaces_of(self, package: &str) -> Option<&'static [&'static str]> {
        let found = self.packages().find(|(name, _)| *name == package);
        found.map(|(_, interfaces)| interfaces)
    }

    /// Whether the host has a backend for it.
    pub(crate) fn offered(self, host: &Host) -> bool {
        match self {
            Capability::Console => host.console.is_some(),
            Capability::Performance => host.clock.is_some(),
            Capability::Crypto => host.entropy.is_some(),
            Capability::Timers => host.scheduler.is_some(),
            Capability::Storage => host.storage.is_some(),
            Capability::Fetch => host.fetch.is_some(),
            Capability::WebSocket => host.websocket.is_some(),
            Capability::Subtle => host.entropy.is_some(),
            Capability::Keyvalue => host.keyvalue.is_some(),
            Capability::Locks => host.locks.is_some(),
            Capability::Messaging => host.messaging.is_some(),
            Capability::Cli => host.cli.is_some(),
            Capability::Filesystem => host.filesystem,
            Capability::Clocks => host.clocks,
            Capability::Random => host.random,
        }
    }

    pub(super) fn link(self, linker: &mut Linker<State>) -> wasmtime::Result<()> {
        use outwit::fetch::client as fetch_client;
        use outwit::websocket::client as websocket_client;
        use outwit::{
            console::log,
            crypto::entropy,
            keyvalue::store,
            locks::manager,
            messaging::{broadcast, ports, types},
            performance::clock,
            storage::local_storage,
            subtle::keys,
            timers::scheduler,
        };
        match self {
            Capability::Console => {
                log::add_to_linker::<_, HasSelf<_>>(linker, |s: &mut State| &mut s.console)
            }
            Capability::Performance => {
                clock::add_to_linker::<_, HasSelf<_>>(linker, |s: &mut State| &mut s.performance)
            }
            Capability::Crypto => {
                entropy::add_to_linker::<_, HasSelf<_>>(linker, |s: &mut State| &mut s.crypto)
            }
            Capability::Timers => {
                scheduler::add_to_linker::<_, HasSelf<_>>(linker, |s: &mut State| &mut s.timers)
            }
            Capability::Storage => {
                local_storage::add_to_linker::<_, HasSelf<_>>(linker, |s: &mut State| {
                    &mut s.storage
                })
            }
            Capability::Fetch => {
                fetch_client::add_to_linker::<_, HasSelf<_>>(linker, |s: &mut State| &mut s.fetch)?;
                wasi::http::link(linker)
            }
            Capability::WebSocket => {
                websocket_client::add_to_linker::<_, HasSelf<_>>(linker, |s: &mut State| {
                    &mut s.websocket
                })
            }
            Capability::Subtle => {
                keys::add_to_linker::<_, HasSelf<_>>(linker, |s: &mut State| &mut s.subtle)
            }
            Capability::Keyvalue => {
                store::add_to_linker::<_, HasSelf<_>>(linker, |s: &mut State| &mut s.keyvalue)
            }
            Capability::Locks => {
                manager::add_to_linker::<_, HasSelf<_>>(linker, |s: &mut State| &mut s.locks)
            }
            Capability::Messaging => {
                types::add_to_linker::<_, HasSelf<_>>(linker, |s: &mut State| &mut s.messaging)?;
                broadcast::add_to_linker::<_, HasSelf<_>>(linker, |s: &mut State| {
                    &mut s.messaging
                })?;
                ports::add_to_linker::<_, HasSelf<_>>(linker, |s: &mut State| &mut s.messaging)
            }
            Capability::Cli => wasi::cli::link(linker),
            Capability::Filesystem => wasi::filesystem::link(linker),
            Capability::Clocks => wasi::clocks::link(linker),
            Capability::Random => wasi::random::link(linker),
        }
    }
}

impl fmt::Display for Capability {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
