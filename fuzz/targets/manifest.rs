//! Whatever text stands in `outwit.toml`: it is a manifest, or an error with its place.

#![no_main]

use libfuzzer_sys::fuzz_target;
use outwit::{Error, Manifest};

fuzz_target!(|text: &str| {
    match Manifest::parse(text, "app/outwit.toml") {
        Ok(manifest) => {
            for plugin in manifest.plugins() {
                assert!(plugin.path().starts_with("app") || plugin.path().is_absolute());
            }
        }
        Err(Error::Manifest { at, .. }) => {
            assert!(at.line >= 1 && at.line <= text.matches('\n').count() + 1);
            assert!(at.column >= 1);
        }
        Err(other) => panic!("{other:?}"),
    }
});
