//! What a plugin was granted.

mod capability;
mod check;

use crate::{
    console, crypto, fetch, keyvalue, locks, messaging, performance, storage, subtle, timers, wasi,
    websocket,
};

pub use capability::Capability;
pub(crate) use check::{asked_for, check, is_of_host, is_reserved, is_reserved_name, link};

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
