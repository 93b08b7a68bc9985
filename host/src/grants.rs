//! What a plugin was granted, and the one list of all that can be.

use std::fmt;

use wasmtime::component::{HasSelf, Linker};

use crate::bindings::outwit;
use crate::error::{Error, MissingGrant, Result};
use crate::host::Host;
use crate::interface::InterfaceName;
use crate::plugin::Plugin;
use crate::shape::{Extern, ExternKind};
use crate::state::State;
use crate::{
    console, crypto, fetch, keyvalue, locks, messaging, performance, storage, subtle, timers, wasi,
    websocket,
};

/// What a plugin was granted. By default nothing: each field is a capability, absent unless set.
///
/// In a manifest these are the keys of `[plugins.NAME.grant]`. A grant the plugin does not import
/// has no effect.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Grants {
    /// Printing: `outwit:console`.
    pub console: Option<console::Grant>,
    /// Reading a clock: `outwit:performance`.
    pub performance: Option<performance::Grant>,
    /// Randomness: `outwit:crypto`.
    pub crypto: Option<crypto::Grant>,
    /// Waiting: `outwit:timers`.
    pub timers: Option<timers::Grant>,
    /// Keeping values: `outwit:storage`.
    pub storage: Option<storage::Grant>,
    /// Sending HTTP requests: `outwit:fetch` and `wasi:http`.
    pub fetch: Option<fetch::Grant>,
    /// Opening WebSockets: `outwit:websocket`.
    pub websocket: Option<websocket::Grant>,
    /// Cryptography with keys: `outwit:subtle`.
    pub subtle: Option<subtle::Grant>,
    /// Keeping values in buckets: `outwit:keyvalue`.
    pub keyvalue: Option<keyvalue::Grant>,
    /// Locks that instances share: `outwit:locks`.
    pub locks: Option<locks::Grant>,
    /// Messages: `outwit:messaging`.
    pub messaging: Option<messaging::Grant>,
    /// Standard streams, arguments and variables: `wasi:cli`.
    pub cli: Option<wasi::cli::Grant>,
    /// Files in some folders: `wasi:filesystem`.
    pub filesystem: Option<wasi::filesystem::Grant>,
    /// The clocks of WASI: `wasi:clocks`.
    pub clocks: Option<wasi::clocks::Grant>,
    /// The randomness of WASI: `wasi:random`.
    pub random: Option<wasi::random::Grant>,
}

impl Grants {
    /// Nothing at all.
    #[must_use]
    pub fn none() -> Grants {
        Grants::default()
    }

    /// Grants printing.
    #[must_use]
    pub fn with_console(mut self) -> Grants {
        self.console = Some(console::Grant::default());
        self
    }

    /// Grants reading a clock.
    #[must_use]
    pub fn with_performance(mut self) -> Grants {
        self.performance = Some(performance::Grant::default());
        self
    }

    /// Grants randomness.
    #[must_use]
    pub fn with_crypto(mut self) -> Grants {
        self.crypto = Some(crypto::Grant::default());
        self
    }

    /// Grants waiting for time to pass.
    #[must_use]
    pub fn with_timers(mut self) -> Grants {
        self.timers = Some(timers::Grant::default());
        self
    }

    /// Grants a storage area.
    #[must_use]
    pub fn with_storage(mut self, grant: storage::Grant) -> Grants {
        self.storage = Some(grant);
        self
    }

    /// Grants HTTP requests to some origins.
    #[must_use]
    pub fn with_fetch(mut self, grant: fetch::Grant) -> Grants {
        self.fetch = Some(grant);
        self
    }

    /// Grants WebSockets to some origins.
    #[must_use]
    pub fn with_websocket(mut self, grant: websocket::Grant) -> Grants {
        self.websocket = Some(grant);
        self
    }

    /// Grants `outwit:subtle`.
    #[must_use]
    pub fn with_subtle(mut self, grant: subtle::Grant) -> Grants {
        self.subtle = Some(grant);
        self
    }

    /// Grants `outwit:keyvalue`.
    #[must_use]
    pub fn with_keyvalue(mut self, grant: keyvalue::Grant) -> Grants {
        self.keyvalue = Some(grant);
        self
    }

    /// Grants `outwit:locks`.
    #[must_use]
    pub fn with_locks(mut self, grant: locks::Grant) -> Grants {
        self.locks = Some(grant);
        self
    }

    /// Grants `outwit:messaging`.
    #[must_use]
    pub fn with_messaging(mut self, grant: messaging::Grant) -> Grants {
        self.messaging = Some(grant);
        self
    }

    /// Grants `wasi:cli`.
    #[must_use]
    pub fn with_cli(mut self, grant: wasi::cli::Grant) -> Grants {
        self.cli = Some(grant);
        self
    }

    /// Grants folders.
    #[must_use]
    pub fn with_filesystem(mut self, grant: wasi::filesystem::Grant) -> Grants {
        self.filesystem = Some(grant);
        self
    }

    /// Grants the clocks of WASI.
    #[must_use]
    pub fn with_clocks(mut self) -> Grants {
        self.clocks = Some(wasi::clocks::Grant::default());
        self
    }

    /// Grants the randomness of WASI.
    #[must_use]
    pub fn with_random(mut self) -> Grants {
        self.random = Some(wasi::random::Grant::default());
        self
    }

    /// Whether a capability is granted.
    #[must_use]
    pub fn has(&self, capability: Capability) -> bool {
        match capability {
            Capability::Console => self.console.is_some(),
            Capability::Performance => self.performance.is_some(),
            Capability::Crypto => self.crypto.is_some(),
            Capability::Timers => self.timers.is_some(),
            Capability::Storage => self.storage.is_some(),
            Capability::Fetch => self.fetch.is_some(),
            Capability::WebSocket => self.websocket.is_some(),
            Capability::Subtle => self.subtle.is_some(),
            Capability::Keyvalue => self.keyvalue.is_some(),
            Capability::Locks => self.locks.is_some(),
            Capability::Messaging => self.messaging.is_some(),
            Capability::Cli => self.cli.is_some(),
            Capability::Filesystem => self.filesystem.is_some(),
            Capability::Clocks => self.clocks.is_some(),
            Capability::Random => self.random.is_some(),
        }
    }

    /// Whether both grant the same of a capability.
    pub(crate) fn same(&self, other: &Grants, capability: Capability) -> bool {
        match capability {
            Capability::Console => self.console == other.console,
            Capability::Performance => self.performance == other.performance,
            Capability::Crypto => self.crypto == other.crypto,
            Capability::Timers => self.timers == other.timers,
            Capability::Storage => self.storage == other.storage,
            Capability::Fetch => self.fetch == other.fetch,
            Capability::WebSocket => self.websocket == other.websocket,
            Capability::Subtle => self.subtle == other.subtle,
            Capability::Keyvalue => self.keyvalue == other.keyvalue,
            Capability::Locks => self.locks == other.locks,
            Capability::Messaging => self.messaging == other.messaging,
            Capability::Cli => self.cli == other.cli,
            Capability::Filesystem => self.filesystem == other.filesystem,
            Capability::Clocks => self.clocks == other.clocks,
            Capability::Random => self.random == other.random,
        }
    }

    /// Takes over one capability of another plugin.
    pub(crate) fn adopt(&mut self, other: &Grants, capability: Capability) {
        match capability {
            Capability::Console => self.console.clone_from(&other.console),
            Capability::Performance => self.performance.clone_from(&other.performance),
            Capability::Crypto => self.crypto.clone_from(&other.crypto),
            Capability::Timers => self.timers.clone_from(&other.timers),
            Capability::Storage => self.storage.clone_from(&other.storage),
            Capability::Fetch => self.fetch.clone_from(&other.fetch),
            Capability::WebSocket => self.websocket.clone_from(&other.websocket),
            Capability::Subtle => self.subtle.clone_from(&other.subtle),
            Capability::Keyvalue => self.keyvalue.clone_from(&other.keyvalue),
            Capability::Locks => self.locks.clone_from(&other.locks),
            Capability::Messaging => self.messaging.clone_from(&other.messaging),
            Capability::Cli => self.cli.clone_from(&other.cli),
            Capability::Filesystem => self.filesystem.clone_from(&other.filesystem),
            Capability::Clocks => self.clocks.clone_from(&other.clocks),
            Capability::Random => self.random.clone_from(&other.random),
        }
    }
}

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
    fn interfaces_of(self, package: &str) -> Option<&'static [&'static str]> {
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

    fn link(self, linker: &mut Linker<State>) -> wasmtime::Result<()> {
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

const WASI_VERSION: &str = "0.2.6";

/// The version of a package this host has; any compatible one fits.
fn version(interface: &InterfaceName) -> &'static str {
    match interface.namespace() {
        "wasi" => WASI_VERSION,
        _ => "0.1.0",
    }
}

/// Whether an import is the host's to provide.
pub(crate) fn is_reserved(item: &Extern) -> bool {
    item.interface()
        .is_some_and(|i| matches!(i.namespace(), "outwit" | "wasi"))
}

/// Whether an export is an interface that the host has for plugins.
pub(crate) fn is_of_host(item: &Extern) -> bool {
    item.interface().is_some_and(|i| {
        let interfaces = Capability::of(&i).and_then(|c| c.interfaces_of(i.package()));
        interfaces.is_some_and(|interfaces| interfaces.contains(&i.interface()))
    })
}

/// The capabilities a plugin asks for, in the order of [`Capability::ALL`].
pub(crate) fn asked_for(plugin: &Plugin) -> Vec<Capability> {
    Capability::ALL
        .into_iter()
        .filter(|capability| {
            let mut imports = plugin.imports().iter();
            imports.any(|item| item.capability() == Some(*capability))
        })
        .collect()
}

/// Checks that all the plugin imports of the host was granted and is offered.
pub(crate) fn check(plugin: &Plugin, grants: &Grants, host: &Host) -> Result<()> {
    let mut missing: Vec<(String, Capability)> = Vec::new();
    let not_offered = |interface: &InterfaceName, reason: String| Error::NotOffered {
        plugin: plugin.name().to_string(),
        interface: interface.to_string(),
        reason,
    };
    for item in plugin.imports() {
        let Some(interface) = item.interface() else {
            continue;
        };
        if !is_reserved(item) || item.kind() != ExternKind::Interface {
            continue;
        }
        if crate::debug::is_import(item.name(), host) {
            continue;
        }
        if interface.package() == "wasi:io" {
            check_offered(&interface, &["error", "poll", "streams"], WASI_VERSION)
                .map_err(|reason| not_offered(&interface, reason))?;
            continue;
        }
        let Some(capability) = Capability::of(&interface) else {
            let packages = Capability::ALL.into_iter().flat_map(Capability::packages);
            let packages: Vec<_> = packages.map(|(package, _)| package).collect();
            let reason = format!("it offers {} and wasi:io", packages.join(", "));
            return Err(not_offered(&interface, reason));
        };
        let interfaces = capability.interfaces_of(interface.package());
        check_offered(
            &interface,
            interfaces.unwrap_or_default(),
            version(&interface),
        )
        .map_err(|reason| not_offered(&interface, reason))?;
        if item.capability().is_none() {
            continue;
        }
        if !capability.offered(host) {
            let reason = format!("the application has no backend for `{capability}`");
            return Err(not_offered(&interface, reason));
        }
        if !grants.has(capability) {
            missing.push((item.name().to_string(), capability));
        }
    }
    if missing.is_empty() {
        Ok(())
    } else {
        Err(missing_grant(plugin.name(), missing))
    }
}

/// Links what the plugin imports of the host. Everything else it imports stays open.
pub(crate) fn link(linker: &mut Linker<State>, plugin: &Plugin) -> Result<()> {
    link_all(linker, &asked_for(plugin)).map_err(|e| Error::Engine {
        message: format!("cannot define the host's interfaces: {e:#}"),
    })
}

fn link_all(linker: &mut Linker<State>, capabilities: &[Capability]) -> wasmtime::Result<()> {
    wasi::io::link(linker)?;
    capabilities.iter().try_for_each(|c| c.link(linker))
}

fn check_offered(interface: &InterfaceName, offered: &[&str], version: &str) -> Result<(), String> {
    let package = interface.package();
    if !offered.contains(&interface.interface()) {
        let names: Vec<_> = offered.iter().map(|i| format!("{package}/{i}")).collect();
        return Err(format!("it offers {}", names.join(", ")));
    }
    let here = format!("{package}/{}@{version}", interface.interface());
    match here.parse::<InterfaceName>() {
        Ok(here) if here.fits(interface) => Ok(()),
        _ => Err(format!("it offers {here}, which is not compatible")),
    }
}

fn missing_grant(plugin: &str, missing: Vec<(String, Capability)>) -> Error {
    let mut capabilities: Vec<Capability> = missing.iter().map(|(_, c)| *c).collect();
    capabilities.sort_unstable();
    capabilities.dedup();
    let mut lines = format!("[plugins.{plugin}.grant]");
    for capability in &capabilities {
        lines.push('\n');
        lines.push_str(capability.manifest_line());
    }
    Error::MissingGrant(Box::new(MissingGrant {
        plugin: plugin.to_string(),
        interfaces: missing
            .into_iter()
            .map(|(interface, _)| interface)
            .collect(),
        capabilities: capabilities.into_iter().map(Capability::name).collect(),
        lines,
    }))
}
