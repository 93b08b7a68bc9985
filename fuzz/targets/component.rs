//! Whatever bytes a plugin is: looking at them without compiling them ends, with what it imports and exports or an
//! error.

#![no_main]

use libfuzzer_sys::fuzz_target;
use outwit::{Engine, Error, Plugin};
use std::sync::LazyLock;

static ENGINE: LazyLock<Engine> =
    LazyLock::new(|| Engine::builder().no_cache().build().expect("the engine starts"));

fuzz_target!(|bytes: &[u8]| {
    match Plugin::from_bytes(&ENGINE, "plugin", bytes) {
        Ok(plugin) => {
            let _ = (plugin.imports(), plugin.exports(), plugin.capabilities());
        }
        Err(Error::NotAComponent { .. } | Error::InvalidComponent { .. }) => {}
        Err(other) => panic!("{other:?}"),
    }
});
