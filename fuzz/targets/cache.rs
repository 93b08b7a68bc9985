//! Whatever is in a file of compiled code: it is opened only if it is exactly what was sealed.

#![no_main]

use arbitrary::Arbitrary;
use libfuzzer_sys::fuzz_target;
use outwit_cache::Kind;
use outwit_cache::fuzzing::{open, seal};

const SECRET: [u8; 32] = [7; 32];

#[derive(Arbitrary, Debug)]
struct Input<'a> {
    /// What lies there.
    bytes: &'a [u8],
    code: &'a [u8],
    content: &'a [u8],
    engine: [u8; 32],
    module: bool,
    /// What is done to a genuine entry.
    flips: Vec<(u16, u8)>,
    cut: u16,
}

fuzz_target!(|input: Input<'_>| {
    let kind = if input.module { Kind::Module } else { Kind::Component };
    let opened = |entry: Vec<u8>, secret| open(entry, kind, input.content, input.engine, secret);
    assert_eq!(opened(input.bytes.to_vec(), SECRET), None, "nobody has sealed it");
    let good = seal(kind, input.content, input.engine, SECRET, input.code);
    assert_eq!(opened(good.clone(), SECRET).as_deref(), Some(input.code));
    assert_eq!(opened(good.clone(), [8; 32]), None);
    let mut changed = good.clone();
    for (at, bits) in &input.flips {
        let at = usize::from(*at) % changed.len();
        changed[at] ^= bits;
    }
    let length = good.len() - usize::from(input.cut) % good.len();
    changed.truncate(length);
    if changed != good {
        assert_eq!(opened(changed, SECRET), None);
    }
});
