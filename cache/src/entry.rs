//! The format of an entry: a header that says what it is for, a code of authenticity, and the code.
//!
//! | bytes | what |
//! |---|---|
//! | 8 | `OUTWITC1` |
//! | 1 | component or module |
//! | 32 | digest of what was compiled |
//! | 32 | digest of the compiler's settings |
//! | 8 | length of the code |
//! | 32 | HMAC-SHA-256 of all the above and the code, with the key of this user |
//! | | the code |

use std::fmt;

use hmac_13::{Hmac, KeyInit as _, Mac as _};
use sha2_11::Sha256;

use super::Key;

/// Entries beyond this are not read.
pub(super) const MAX: u64 = 1 << 30;

const MAGIC: &[u8; 8] = b"OUTWITC1";
const ABOUT: usize = 8 + 1 + 32 + 32 + 8;
const HEADER: usize = ABOUT + 32;

/// The key of this user.
pub(super) struct Secret(pub(super) [u8; 32]);

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret")
    }
}

impl Secret {
    fn mac(&self, about: &[u8], code: &[u8]) -> Hmac<Sha256> {
        let mut mac = hmac(&self.0);
        mac.update(about);
        mac.update(code);
        mac
    }
}

/// HMAC-SHA-256 with this key.
#[must_use]
pub fn hmac(key: &[u8; 32]) -> Hmac<Sha256> {
    // A key shorter than a block is padded with zeros: this is `new_from_slice` without its error.
    let mut block = [0; 64];
    for (to, from) in block.iter_mut().zip(key) {
        *to = *from;
    }
    Hmac::new(&block.into())
}

/// What is wrong with an entry.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Flaw {
    #[error("it is not an entry, or not a whole one")]
    Form,
    #[error("it is for something else")]
    Other,
    #[error("it was changed, or not made by this user")]
    Forged,
}

fn about(key: &Key, length: usize) -> Vec<u8> {
    let mut about = Vec::with_capacity(HEADER);
    about.extend_from_slice(MAGIC);
    about.push(key.kind.byte());
    about.extend_from_slice(&key.content);
    about.extend_from_slice(&key.engine);
    about.extend_from_slice(&(length as u64).to_le_bytes());
    about
}

/// What stands in front of the code.
pub(super) fn seal(code: &[u8], key: &Key, secret: &Secret) -> Vec<u8> {
    let mut header = about(key, code.len());
    let mac = secret.mac(&header, code).finalize().into_bytes();
    header.extend_from_slice(&mac);
    header
}

/// The code of an entry, if it is the one for this key and was sealed with this secret.
pub(super) fn open(mut entry: Vec<u8>, key: &Key, secret: &Secret) -> Result<Vec<u8>, Flaw> {
    let (header, code) = entry.split_at_checked(HEADER).ok_or(Flaw::Form)?;
    let (found, mac) = header.split_at_checked(ABOUT).ok_or(Flaw::Form)?;
    if !found.starts_with(MAGIC) || !found.ends_with(&(code.len() as u64).to_le_bytes()) {
        return Err(Flaw::Form);
    }
    if found != about(key, code.len()) {
        return Err(Flaw::Other);
    }
    secret
        .mac(found, code)
        .verify_slice(mac)
        .map_err(|_| Flaw::Forged)?;
    entry.drain(..HEADER);
    Ok(entry)
}

#[cfg(test)]
mod tests {
    use super::super::Kind;
    use super::*;

    fn key(content: u8, engine: u8) -> Key {
        Key {
            kind: Kind::Component,
            content: [content; 32],
            engine: [engine; 32],
        }
    }

    #[test]
    fn only_what_was_sealed_is_opened() {
        let (secret, key_1) = (Secret([7; 32]), key(1, 1));
        let mut entry = seal(b"code", &key_1, &secret);
        entry.extend_from_slice(b"code");
        assert_eq!(open(entry.clone(), &key_1, &secret).unwrap(), b"code");
        for other in [key(2, 1), key(1, 2)] {
            assert_eq!(open(entry.clone(), &other, &secret), Err(Flaw::Other));
        }
        let module = Key {
            kind: Kind::Module,
            ..key(1, 1)
        };
        assert_eq!(open(entry.clone(), &module, &secret), Err(Flaw::Other));
        let stranger = Secret([8; 32]);
        assert_eq!(open(entry.clone(), &key_1, &stranger), Err(Flaw::Forged));
        for at in 0..entry.len() {
            for bit in 0..8 {
                let mut flipped = entry.clone();
                flipped[at] ^= 1 << bit;
                assert!(open(flipped, &key_1, &secret).is_err(), "{at}");
            }
            assert!(open(entry[..at].to_vec(), &key_1, &secret).is_err(), "{at}");
        }
        entry.push(0);
        assert_eq!(open(entry, &key_1, &secret), Err(Flaw::Form));
    }
}
