//! What the fuzz target of cache entries needs beyond the interface. It is there only in builds with `--cfg fuzzing`.

use crate::entry::{self, Secret};
use crate::{Key, Kind};

/// The entry of this code.
#[must_use]
pub fn seal(
    kind: Kind,
    content: &[u8],
    engine: [u8; 32],
    secret: [u8; 32],
    code: &[u8],
) -> Vec<u8> {
    let key = Key::new(kind, content, engine);
    let mut entry = entry::seal(code, &key, &Secret(secret));
    entry.extend_from_slice(code);
    entry
}

/// The code in an entry, if it is genuine and the right one.
#[must_use]
pub fn open(
    entry: Vec<u8>,
    kind: Kind,
    content: &[u8],
    engine: [u8; 32],
    secret: [u8; 32],
) -> Option<Vec<u8>> {
    let key = Key::new(kind, content, engine);
    entry::open(entry, &key, &Secret(secret)).ok()
}
