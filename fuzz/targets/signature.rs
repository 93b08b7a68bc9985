//! Whatever text stands in a `.sig` file: it never makes a signature that counts, and what was read is written the
//! same.

#![no_main]

use libfuzzer_sys::fuzz_target;
use outwit::{SecretKey, Signatures, Subject, Timestamp, Trust, TrustedKey};
use std::sync::LazyLock;
use std::time::SystemTime;

static KEY: LazyLock<SecretKey> = LazyLock::new(|| SecretKey::generate().expect("there is randomness"));

fuzz_target!(|text: &str| {
    let Ok(mut signatures) = Signatures::parse(text) else {
        return;
    };
    let again = Signatures::parse(&signatures.to_text()).expect("it was written by us");
    assert_eq!(signatures, again);
    // Nobody knows this key.
    let trust = Trust::nobody().and(TrustedKey::new("key", KEY.public()));
    let now = Timestamp::of(SystemTime::now());
    for subject in [Subject::Component, Subject::Manifest] {
        assert!(trust.check(subject, b"", &signatures, now).is_err());
    }
    signatures.sign(&KEY, now);
    let good = signatures.are_for(Subject::Component, b"");
    assert_eq!(trust.check(Subject::Component, b"", &signatures, now).is_ok(), good);
});
