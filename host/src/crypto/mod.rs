//! `outwit:crypto`: randomness. WIT: `wit/deps/outwit-crypto.wit`. Web: Web Cryptography Level 2
//! (W3C).

mod backend;
mod grant;
mod host;
pub(crate) mod operations;

pub use backend::{Entropy, SystemEntropy};
pub use grant::Grant;

pub(crate) use grant::{Denied, MAX_BYTES};
pub(crate) use host::Crypto;
