//! Every capability, from JavaScript: refused without its grant, with the line that grants it; there and
//! working with it; and not even a name of it where the world does not import it.
//!
//! What plugins in Rust do with theirs is in `tests/rust`.

mod refused;
mod web;

use outwit::{App, Capability, Host, Manifest};
use outwit_tests::engine;
use std::path::Path;

/// The folder of an app with one plugin, `plugin`.
struct Folder(tempfile::TempDir);

impl Folder {
    fn new(component: &[u8]) -> Folder {
        let folder = tempfile::tempdir().expect("a temporary folder");
        std::fs::write(folder.path().join("plugin.wasm"), component).expect("a file");
        Folder(folder)
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    /// Loads the app, with `grants` in its manifest.
    fn load(&self, host: &Host, grants: &str) -> outwit::Result<App> {
        let text = format!(
            "[app]\nname = \"test\"\n\n[plugins.plugin]\npath = \"plugin.wasm\"\n\n{grants}\n"
        );
        let manifest = Manifest::parse(&text, self.path().join("outwit.toml"))?;
        App::builder(&engine())
            .host(host.clone())
            .manifest(&manifest)?
            .build()
    }
}

/// The packages of Outwit, and the globals that each brings.
const WEB: [(Capability, &[&str]); 11] = [
    (Capability::Console, &["console"]),
    (Capability::Performance, &["performance"]),
    (Capability::Crypto, &["crypto", "Crypto"]),
    (
        Capability::Timers,
        &["setTimeout", "setInterval", "clearTimeout", "clearInterval"],
    ),
    (
        Capability::Storage,
        &["localStorage", "sessionStorage", "Storage"],
    ),
    (
        Capability::Subtle,
        &["crypto", "Crypto", "CryptoKey", "SubtleCrypto"],
    ),
    (Capability::Keyvalue, &["KeyValueStore"]),
    (Capability::Locks, &["Lock", "LockManager"]),
    (Capability::Messaging, &["BroadcastChannel", "PluginPort"]),
    (Capability::Fetch, &["fetch"]),
    (Capability::WebSocket, &["WebSocket"]),
];
