//! Locks that the instances of a plugin share: `outwit:locks`.
//!
//! ```no_run
//! use outwit_guest::locks::{self, Error, Mode};
//!
//! async fn alone() -> Result<(), Error> {
//!     let lock = locks::lock("the report", Mode::Exclusive).await?;
//!     // ... no other instance is here ...
//!     drop(lock);
//!     match locks::try_lock("the report", Mode::Shared).await? {
//!         Some(_lock) => { /* ... */ }
//!         None => { /* somebody else has it */ }
//!     }
//!     Ok(())
//! }
//! ```

mod bindings {
    #![allow(missing_docs, clippy::all)]
    wit_bindgen::generate!({
        path: "wit/deps/outwit-locks.wit",
        world: "outwit:locks/imports@0.1.0",
        generate_all,
    });
}

pub use bindings::outwit::locks::manager::*;

/// Waits for a lock. Dropping the future takes the request back; dropping the lock releases it.
///
/// # Errors
/// See [`Error`].
pub async fn lock(name: &str, mode: Mode) -> Result<Lock, Error> {
    request(name.to_string(), mode, Patience::Wait)
        .await?
        .ok_or_else(|| Error::Other("the host gave no lock".to_string()))
}

/// Takes a lock if it can be had at once.
///
/// # Errors
/// See [`Error`].
pub async fn try_lock(name: &str, mode: Mode) -> Result<Option<Lock>, Error> {
    request(name.to_string(), mode, Patience::IfAvailable).await
}
