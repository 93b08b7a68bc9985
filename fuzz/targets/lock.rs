//! Whatever text stands in `outwit.lock`, and that a lock that was written is read again.

#![no_main]

use libfuzzer_sys::fuzz_target;
use outwit::{Error, Lock};

fuzz_target!(|text: &str| {
    // What is not a number is not equal to itself either.
    if text.contains("nan") {
        return;
    }
    match Lock::parse(text, "outwit.lock") {
        Ok(lock) => {
            let again = Lock::parse(&lock.to_text(), "outwit.lock").expect("it was written by us");
            assert_eq!(lock, again);
            lock.check_equals(&again).expect("they are the same");
            lock.check_successor_of(&again).expect("nothing is older");
        }
        Err(Error::Manifest { .. }) => {}
        Err(other) => panic!("{other:?}"),
    }
});
