//! `outwit:subtle`: cryptography with keys that stay in the host. WIT: `wit/deps/outwit-subtle.wit`.
//! Web: Web Cryptography Level 2 (W3C), Modern Algorithms and Secure Curves (WICG).
//!
//! The host does what the specification says after the normalisation of algorithms, in its order, so that
//! keys which may not be extracted stay here, and plugins in every language meet the same rules.

mod aead;
mod cipher;
mod der;
mod derive;
mod digest;
mod ec;
mod grant;
mod host;
mod jwk;
mod kem;
mod key;
mod methods;
mod ml_dsa;
mod okp;
pub(crate) mod operations;
mod rng;
mod rsa;
mod secret;
mod sign;

pub use grant::Grant;

pub(crate) use host::Subtle;
#[doc(hidden)] // only for the generated bindings
pub use key::Key;

use crate::bindings::outwit::subtle::keys as wit;
use wit::Error;

type Result<T> = std::result::Result<T, Error>;

fn unsupported<T>(message: impl Into<String>) -> Result<T> {
    Err(Error::NotSupported(message.into()))
}

fn usages<T>(message: impl Into<String>) -> Result<T> {
    Err(Error::InvalidUsages(message.into()))
}

fn access<T>(message: impl Into<String>) -> Result<T> {
    Err(Error::InvalidAccess(message.into()))
}

fn data(message: impl Into<String>) -> Error {
    Error::InvalidData(message.into())
}

fn failed(message: impl Into<String>) -> Error {
    Error::Failed(message.into())
}
