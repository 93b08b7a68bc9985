//! The table of proxies against a plain map: a key never means another entry, and nothing is lost.

#![no_main]

use arbitrary::Arbitrary;
use libfuzzer_sys::fuzz_target;
use outwit::fuzzing::{Slab, SlabKey};

#[derive(Arbitrary, Debug)]
enum Step {
    Insert,
    /// By a key that was given out once.
    Remove(u8),
    Get(u8),
    /// By a place, as a plugin's handle has it.
    RemoveAt(u32),
    GetAt(u32),
}

fuzz_target!(|steps: Vec<Step>| {
    let mut slab = Slab::default();
    // Every key that was ever given out, and whether its entry is still there.
    let mut keys: Vec<(SlabKey, bool)> = Vec::new();
    for step in steps {
        let pick = |keys: &Vec<(SlabKey, bool)>, at: u8| {
            (!keys.is_empty()).then(|| usize::from(at) % keys.len())
        };
        match step {
            Step::Insert => {
                let key = slab.insert(keys.len()).expect("there is room");
                assert!(keys.iter().all(|(other, _)| *other != key));
                keys.push((key, true));
            }
            Step::Remove(at) => {
                let Some(at) = pick(&keys, at) else { continue };
                let (key, there) = keys[at];
                assert_eq!(slab.remove(key), there.then_some(at));
                keys[at].1 = false;
            }
            Step::Get(at) => {
                let Some(at) = pick(&keys, at) else { continue };
                let (key, there) = keys[at];
                assert_eq!(slab.get(key).copied(), there.then_some(at));
            }
            Step::RemoveAt(at) => {
                let expected = keys.iter().position(|(key, there)| *there && key.at == at);
                assert_eq!(slab.remove_at(at), expected);
                if let Some(expected) = expected {
                    keys[expected].1 = false;
                }
            }
            Step::GetAt(at) => {
                let expected = keys.iter().position(|(key, there)| *there && key.at == at);
                assert_eq!(slab.get_at(at).copied(), expected);
            }
        }
        assert_eq!(slab.len(), keys.iter().filter(|(_, there)| *there).count());
    }
});
