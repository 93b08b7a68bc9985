//! Keys, and how they are written.

use std::fmt;
use std::str::FromStr;

use ed25519_dalek::{Signer as _, SigningKey, VerifyingKey};

use crate::text::{hex, unhex};

const PUBLIC: &str = "ed25519:";
const SECRET: &str = "ed25519-secret:";

/// What is not a key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("this is not {what}")]
pub struct InvalidKey {
    what: &'static str,
}

/// Says who made a signature. Written as `ed25519:` and 64 hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct PublicKey(VerifyingKey);

impl PublicKey {
    /// Whether `signature` was made with the secret half of this key for `message`.
    pub(super) fn verifies(&self, message: &[u8], signature: &[u8; 64]) -> bool {
        let signature = ed25519_dalek::Signature::from_bytes(signature);
        // The strict rules: one signature, one form; no keys that verify whatever one likes.
        self.0.verify_strict(message, &signature).is_ok()
    }
}

impl fmt::Display for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{PUBLIC}{}", hex(self.0.as_bytes()))
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for PublicKey {
    type Err = InvalidKey;

    fn from_str(text: &str) -> Result<PublicKey, InvalidKey> {
        let invalid = InvalidKey {
            what: "a public key: one is `ed25519:` and 64 hexadecimal digits, as `outwit key show FILE` prints it",
        };
        let bytes = text.strip_prefix(PUBLIC).and_then(unhex::<32>);
        let key = bytes.and_then(|bytes| VerifyingKey::from_bytes(&bytes).ok());
        let key = key.filter(|key| !key.is_weak());
        key.map(PublicKey).ok_or(invalid)
    }
}

/// Makes signatures. Written as a small TOML file that only its owner should be able to read.
pub struct SecretKey(SigningKey);

impl SecretKey {
    /// A new key.
    ///
    /// # Errors
    ///
    /// If the system has no randomness.
    #[allow(clippy::disallowed_methods)] // a key of a person, not of a plugin
    pub fn generate() -> std::io::Result<SecretKey> {
        let mut bytes = [0; 32];
        getrandom::fill(&mut bytes).map_err(|e| std::io::Error::other(e.to_string()))?;
        Ok(SecretKey(SigningKey::from_bytes(&bytes)))
    }

    /// The key with which its signatures are checked.
    #[must_use]
    pub fn public(&self) -> PublicKey {
        PublicKey(self.0.verifying_key())
    }

    /// The key as the text of a file.
    #[must_use]
    pub fn to_text(&self) -> String {
        format!(
            "# A secret key of Outwit. Whoever can read it can sign in your name.\n\
             secret = \"{SECRET}{}\"\npublic = \"{}\"\n",
            hex(self.0.as_bytes()),
            self.public()
        )
    }

    /// Reads the text of a key file.
    ///
    /// # Errors
    ///
    /// If it is none.
    pub fn parse(text: &str) -> Result<SecretKey, InvalidKey> {
        #[derive(serde::Deserialize)]
        #[serde(deny_unknown_fields)]
        struct File {
            secret: String,
            public: String,
        }
        let invalid = InvalidKey {
            what: "a file with a secret key, as `outwit key new` writes it",
        };
        // The mistake is not told: it would quote the secret.
        let file: File = toml::from_str(text).map_err(|_| invalid.clone())?;
        let secret = file.secret.strip_prefix(SECRET).and_then(unhex::<32>);
        let key = SecretKey(SigningKey::from_bytes(&secret.ok_or(invalid.clone())?));
        if key.public().to_string() == file.public {
            Ok(key)
        } else {
            Err(invalid)
        }
    }

    pub(super) fn sign(&self, message: &[u8]) -> [u8; 64] {
        self.0.sign(message).to_bytes()
    }
}

impl fmt::Debug for SecretKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SecretKey of {}", self.public())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_survive_being_written() {
        let key = SecretKey::generate().unwrap();
        let again = SecretKey::parse(&key.to_text()).unwrap();
        assert_eq!(again.public(), key.public());
        let public: PublicKey = key.public().to_string().parse().unwrap();
        assert_eq!(public, key.public());
        assert!(!format!("{key:?}").contains(&hex(key.0.as_bytes())));
        // A file of which the halves do not belong together was tampered with.
        let other = SecretKey::generate().unwrap().public().to_string();
        let mixed = key.to_text().replace(&public.to_string(), &other);
        assert!(SecretKey::parse(&mixed).is_err());
    }

    #[test]
    fn what_is_no_key_is_refused() {
        // The last is the neutral element, of which everything is a signature.
        let weak = format!("ed25519:01{}", "0".repeat(62));
        for text in [
            "",
            "ed25519:",
            "ed25519:00",
            "rsa:00",
            &"0".repeat(64),
            &weak,
        ] {
            assert!(text.parse::<PublicKey>().is_err(), "{text}");
        }
        for text in [
            "",
            "secret = 1",
            "secret = \"ed25519-secret:00\"\npublic = \"\"",
        ] {
            assert!(SecretKey::parse(text).is_err(), "{text}");
        }
    }
}
