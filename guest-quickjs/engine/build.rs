//! Tells the linker what the engine module looks like from outside.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    if std::env::var("CARGO_CFG_TARGET_ARCH").is_ok_and(|arch| arch == "wasm32") {
        for argument in [
            // the memory belongs to the plugin, the table to the engine
            "--import-memory",
            "--export-table",
            "--export=__stack_pointer",
            // the shadow stack; of this JavaScript may use what `stack.rs` of the runtime says
            "-zstack-size=524288",
            "--stack-first",
        ] {
            println!("cargo::rustc-link-arg-cdylib={argument}");
        }
    }
}
