//! Small values kept between runs: `outwit:storage`.
//!
//! ```no_run
//! use outwit_guest::storage::LocalStorage;
//!
//! LocalStorage.set("visits", "1")?;
//! let visits: Option<String> = LocalStorage.get("visits")?;
//! for key in LocalStorage.keys()? {
//!     LocalStorage.remove(&key)?;
//! }
//! # Ok::<(), outwit_guest::storage::Error>(())
//! ```

mod bindings {
    #![allow(missing_docs, clippy::all)]
    wit_bindgen::generate!({
        path: "wit/deps/outwit-storage.wit",
        world: "outwit:storage/imports@0.1.0",
        generate_all,
    });
}

use bindings::outwit::storage::local_storage;
pub use local_storage::Error;

/// The storage area of this plugin. Other plugins cannot see it.
///
/// Every method fails with [`Error::NotAllowed`] where the plugin may not use its area, and with
/// [`Error::Other`] where the host has trouble; nothing is changed then.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LocalStorage;

impl LocalStorage {
    /// The number of keys.
    ///
    /// # Errors
    /// See [`LocalStorage`].
    pub fn len(self) -> Result<u32, Error> {
        local_storage::length()
    }

    /// Whether there is no key.
    ///
    /// # Errors
    /// See [`LocalStorage`].
    pub fn is_empty(self) -> Result<bool, Error> {
        Ok(self.len()? == 0)
    }

    /// All keys, in an order that stays the same as long as no key is added or removed.
    ///
    /// # Errors
    /// See [`LocalStorage`].
    pub fn keys(self) -> Result<Vec<String>, Error> {
        let mut keys = Vec::new();
        for index in 0..self.len()? {
            keys.extend(local_storage::key(index)?);
        }
        Ok(keys)
    }

    /// The value of `key`, if there is one.
    ///
    /// # Errors
    /// See [`LocalStorage`].
    pub fn get(self, key: &str) -> Result<Option<String>, Error> {
        local_storage::get_item(key)
    }

    /// Sets `key` to `value`. Once this returns, the value survives the end of the host's process.
    ///
    /// # Errors
    /// [`Error::QuotaExceeded`] if the area has no room for it; else see [`LocalStorage`].
    pub fn set(self, key: &str, value: &str) -> Result<(), Error> {
        local_storage::set_item(key, value)
    }

    /// Removes `key`, if it is there.
    ///
    /// # Errors
    /// See [`LocalStorage`].
    pub fn remove(self, key: &str) -> Result<(), Error> {
        local_storage::remove_item(key)
    }

    /// Removes every key of this plugin.
    ///
    /// # Errors
    /// See [`LocalStorage`].
    pub fn clear(self) -> Result<(), Error> {
        local_storage::clear()
    }
}
