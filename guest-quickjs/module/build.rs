//! Looks whether the engine has been built, so that its absence is one clear line and not a missing
//! `include_bytes!` somewhere in the middle. Builds and downloads nothing.

use std::path::Path;

fn main() {
    let root = std::env::var("CARGO_MANIFEST_DIR").unwrap_or_default();
    for asset in ["engine.wasm", "script.wasm"] {
        let path = Path::new(&root).join("assets").join(asset);
        println!("cargo::rerun-if-changed={}", path.display());
        if !path.exists() {
            println!(
                "cargo::error=the JavaScript engine has not been built ({asset} is missing); run `cargo xtask guests` first"
            );
        }
    }
}
