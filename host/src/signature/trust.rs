//! Whose signatures count.

use std::path::Path;

use super::SignatureProblem;
use super::file::{Signatures, SignedBy, Subject, digest_text};
use super::key::PublicKey;
use super::time::Timestamp;
use sha2::{Digest as _, Sha256};

/// A key whose signatures count, or counted once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrustedKey {
    name: String,
    key: PublicKey,
    expires: Option<Timestamp>,
    revoked: bool,
}

impl TrustedKey {
    /// Trusts a key. The name is for messages.
    #[must_use]
    pub fn new(name: impl Into<String>, key: PublicKey) -> TrustedKey {
        TrustedKey {
            name: name.into(),
            key,
            expires: None,
            revoked: false,
        }
    }

    /// From that time on its signatures do not count, whenever they say they were made: who has got
    /// hold of an old key can write any time.
    #[must_use]
    pub fn expires(mut self, expires: Timestamp) -> TrustedKey {
        self.expires = Some(expires);
        self
    }

    /// Its signatures do not count. Unlike leaving the key out this says so in the error, and holds
    /// against another entry for the same key.
    #[must_use]
    pub fn revoked(mut self) -> TrustedKey {
        self.revoked = true;
        self
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The key.
    #[must_use]
    pub fn key(&self) -> &PublicKey {
        &self.key
    }
}

/// The keys whose signatures count. With none at all, nothing is accepted.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Trust {
    keys: Vec<TrustedKey>,
}

impl Trust {
    /// Nobody.
    #[must_use]
    pub fn nobody() -> Trust {
        Trust::default()
    }

    /// And this key.
    #[must_use]
    pub fn and(mut self, key: TrustedKey) -> Trust {
        self.keys.push(key);
        self
    }

    /// The keys.
    pub fn keys(&self) -> impl Iterator<Item = &TrustedKey> {
        self.keys.iter()
    }

    /// Finds a signature of `bytes` that counts at the time `now`.
    ///
    /// # Errors
    ///
    /// Why there is none. Of several signatures one has to count; the problem is that of the one
    /// that came nearest.
    pub fn check<'a>(
        &self,
        subject: Subject,
        bytes: &[u8],
        signatures: &'a Signatures,
        now: Timestamp,
    ) -> Result<&'a SignedBy, SignatureProblem> {
        if signatures.subject() != subject {
            return Err(SignatureProblem::Malformed {
                message: "it is for a file of another kind".to_string(),
            });
        }
        if !signatures.are_for(subject, bytes) {
            return Err(SignatureProblem::OtherContent {
                signed: signatures.digest(),
                found: digest_text(&Sha256::digest(bytes).into()),
            });
        }
        let mut problem = None;
        for signature in signatures.signatures() {
            match self.check_one(signatures, signature, now) {
                Some(Ok(())) => return Ok(signature),
                Some(Err(e)) => problem = Some(e),
                None => {}
            }
        }
        Err(problem.unwrap_or_else(|| SignatureProblem::Untrusted {
            keys: signatures.signatures().map(|s| *s.key()).collect(),
        }))
    }

    /// Whether a signature counts; none if its key is not known.
    fn check_one(
        &self,
        signatures: &Signatures,
        signature: &SignedBy,
        now: Timestamp,
    ) -> Option<Result<(), SignatureProblem>> {
        let known = || self.keys.iter().filter(|k| k.key == *signature.key());
        let name = known().next()?.name.clone();
        if known().any(|k| k.revoked) {
            return Some(Err(SignatureProblem::Revoked { name }));
        }
        if let Some(expires) = known().filter_map(|k| k.expires).min()
            && expires <= now
        {
            return Some(Err(SignatureProblem::Expired { name, expires }));
        }
        if !signatures.is_genuine(signature) {
            return Some(Err(SignatureProblem::Forged { name }));
        }
        Some(Ok(()))
    }

    /// Reads the signature file of what was read from `path`, and checks it.
    pub(crate) fn check_file(
        &self,
        subject: Subject,
        bytes: &[u8],
        signature: &Path,
        now: Timestamp,
    ) -> Result<SignedBy, SignatureProblem> {
        let text = match read(signature) {
            Ok(text) => text,
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => {
                return Err(SignatureProblem::Unsigned {
                    path: signature.to_path_buf(),
                });
            }
            Err(e) => {
                return Err(SignatureProblem::Malformed {
                    message: e.to_string(),
                });
            }
        };
        let signatures =
            Signatures::parse(&text).map_err(|message| SignatureProblem::Malformed { message })?;
        self.check(subject, bytes, &signatures, now).cloned()
    }
}

/// The text of a file that should be small.
#[allow(clippy::disallowed_methods)] // it belongs to a plugin's file
fn read(path: &Path) -> std::io::Result<String> {
    use std::io::Read as _;
    let mut text = String::new();
    std::fs::File::open(path)?
        .take(1 << 20)
        .read_to_string(&mut text)?;
    Ok(text)
}
