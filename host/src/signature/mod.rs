//! Who made a component or a manifest: detached Ed25519 signatures, and the keys that are trusted.
//!
//! A signature says who vouches for these bytes and when. Which of their signed versions an app
//! wants is what its [lock file](crate::Lock) says.

mod file;
mod key;
mod time;
mod trust;

use std::path::PathBuf;

pub use file::{Signatures, SignedBy, Subject};
pub use key::{InvalidKey, PublicKey, SecretKey};
pub use time::{InvalidTime, Timestamp};
pub use trust::{Trust, TrustedKey};

/// Why a signature is not accepted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SignatureProblem {
    /// There is no signature.
    #[error(
        "it is not signed: there is no {}; `outwit sign` makes one", path.display()
    )]
    Unsigned {
        /// Where the signature should be.
        path: PathBuf,
    },
    /// The signature file has a mistake.
    #[error("its signature file cannot be read: {message}")]
    Malformed {
        /// What the mistake is.
        message: String,
    },
    /// The signature is that of something else, or what was signed was changed.
    #[error("its signature is for other bytes: for {signed}, and these are {found}")]
    OtherContent {
        /// The digest that was signed.
        signed: String,
        /// The digest of what is there.
        found: String,
    },
    /// Nobody who is trusted has signed it.
    #[error("none of the keys that signed it is trusted: {}", join(keys))]
    Untrusted {
        /// The keys that signed it.
        keys: Vec<PublicKey>,
    },
    /// The key was trusted once, and is no more.
    #[error("the key `{name}` that signed it was revoked")]
    Revoked {
        /// The name of the key.
        name: String,
    },
    /// The key is no longer valid.
    #[error("the key `{name}` that signed it has expired on {expires}")]
    Expired {
        /// The name of the key.
        name: String,
        /// Since when.
        expires: Timestamp,
    },
    /// The signature was not made with the key it names.
    #[error("its signature was not made with the key `{name}`, or was changed")]
    Forged {
        /// The name of the key.
        name: String,
    },
}

fn join(keys: &[PublicKey]) -> String {
    let keys: Vec<String> = keys.iter().map(ToString::to_string).collect();
    keys.join(", ")
}
