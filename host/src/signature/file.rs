//! The signature file: beside what is signed, with `.sig` at the end of its name.

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::key::{PublicKey, SecretKey};
use super::time::Timestamp;
use crate::text::{hex, unhex};

/// What is signed. A signature for one is none for the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Subject {
    /// The bytes of a component.
    Component,
    /// The text of a manifest.
    Manifest,
}

/// The signatures of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signatures {
    subject: Subject,
    digest: [u8; 32],
    signatures: Vec<SignedBy>,
}

/// One signature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedBy {
    key: PublicKey,
    signed: Timestamp,
    value: [u8; 64],
}

impl SignedBy {
    /// The key that says it made it.
    #[must_use]
    pub fn key(&self) -> &PublicKey {
        &self.key
    }

    /// When it says it was made.
    #[must_use]
    pub fn signed(&self) -> Timestamp {
        self.signed
    }
}

/// A digest as it is written.
pub(crate) fn digest_text(digest: &[u8; 32]) -> String {
    format!("sha256:{}", hex(digest))
}

/// What is signed: not the bytes themselves, but a statement about them that can be nothing else.
fn statement(subject: Subject, digest: &[u8; 32], signed: Timestamp) -> String {
    let subject = match subject {
        Subject::Component => "component",
        Subject::Manifest => "manifest",
    };
    format!(
        "outwit signature 1\n{subject}\n{}\n{signed}\n",
        digest_text(digest)
    )
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    version: u32,
    subject: Subject,
    digest: String,
    #[serde(default)]
    signature: Vec<Item>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Item {
    key: String,
    signed: String,
    value: String,
}

impl Signatures {
    /// No signature yet of these bytes.
    #[must_use]
    pub fn of(subject: Subject, bytes: &[u8]) -> Signatures {
        Signatures {
            subject,
            digest: Sha256::digest(bytes).into(),
            signatures: Vec::new(),
        }
    }

    /// Signs; replaces an earlier signature by the same key.
    pub fn sign(&mut self, key: &SecretKey, signed: Timestamp) {
        let value = key.sign(statement(self.subject, &self.digest, signed).as_bytes());
        let key = key.public();
        self.signatures.retain(|s| s.key != key);
        self.signatures.push(SignedBy { key, signed, value });
    }

    /// Who has signed, or says so.
    pub fn signatures(&self) -> impl Iterator<Item = &SignedBy> {
        self.signatures.iter()
    }

    /// Whether they are for these bytes.
    #[must_use]
    pub fn are_for(&self, subject: Subject, bytes: &[u8]) -> bool {
        *self
            == Signatures {
                signatures: self.signatures.clone(),
                ..Signatures::of(subject, bytes)
            }
    }

    /// The digest of what was signed, `sha256:…`.
    #[must_use]
    pub fn digest(&self) -> String {
        digest_text(&self.digest)
    }

    pub(super) fn subject(&self) -> Subject {
        self.subject
    }

    /// Whether a signature was made with the key it names.
    pub(super) fn is_genuine(&self, signature: &SignedBy) -> bool {
        let statement = statement(self.subject, &self.digest, signature.signed);
        let key = &signature.key;
        key.verifies(statement.as_bytes(), &signature.value)
    }

    /// The text of a signature file.
    #[must_use]
    pub fn to_text(&self) -> String {
        let file = File {
            version: 1,
            subject: self.subject,
            digest: self.digest(),
            signature: self
                .signatures
                .iter()
                .map(|s| Item {
                    key: s.key.to_string(),
                    signed: s.signed.to_string(),
                    value: hex(&s.value),
                })
                .collect(),
        };
        // Nothing of the kind a table cannot hold is in there.
        toml::to_string(&file).unwrap_or_default()
    }

    /// Reads the text of a signature file.
    ///
    /// # Errors
    ///
    /// What is wrong with it, in words.
    pub fn parse(text: &str) -> Result<Signatures, String> {
        let file: File = toml::from_str(text).map_err(|e| e.message().to_string())?;
        let File {
            version,
            subject,
            digest,
            signature,
        } = file;
        if version != 1 {
            return Err(format!("it is of version {version}, not 1"));
        }
        let digest = digest.strip_prefix("sha256:").and_then(unhex::<32>);
        let digest = digest.ok_or("its digest is not one")?;
        let mut signatures = Vec::new();
        for item in signature {
            signatures.push(SignedBy {
                key: item.key.parse().map_err(|_| "a key in it is not one")?,
                signed: item.signed.parse().map_err(|_| "a time in it is not one")?,
                value: unhex(&item.value).ok_or("a signature in it is not one")?,
            });
        }
        Ok(Signatures {
            subject,
            digest,
            signatures,
        })
    }
}
