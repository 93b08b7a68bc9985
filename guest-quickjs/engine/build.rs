//! Tells the linker what the engine module looks like from outside.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    if std::env::var("CARGO_CFG_TARGET_ARCH").is_ok_and(|arch| arch == "wasm32") {
        for argument in [
            // the memory belongs to the plugin, the table to the engine
            "--import-memory",
            "--export-table",
            "--export=__stack_pointer",
            // the shadow stack; see `STACK_SIZE` in the runtime for how it is divided
            "-zstack-size=1048576",
            "--stack-first",
        ] {
            println!("cargo::rustc-link-arg-cdylib={argument}");
        }
    }
}
