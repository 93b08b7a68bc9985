//! What the black-box tests share: building plugins once, and apps out of them.
//!
//! Tests go through the public interfaces of `outwit`, `outwit-js` and the `outwit` command, as users do.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock, Mutex, OnceLock};
use std::time::Duration;

/// The folder of the tests.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Where built plugins and compiled code are kept between runs.
fn scratch() -> PathBuf {
    let folder = root().join("../target/outwit-tests");
    std::fs::create_dir_all(&folder).expect("the target folder is writable");
    folder.canonicalize().expect("the folder was just made")
}

/// The folder of compiled code.
pub fn cache() -> PathBuf {
    scratch().join("code")
}

/// The engine of this test program. Compiled code is kept between runs: most of what tests compile is
/// the same JavaScript engine over and over.
pub fn engine() -> outwit::Engine {
    static ENGINE: LazyLock<outwit::Engine> = LazyLock::new(|| {
        // Tests compile many at a time, on machines that do other things as well.
        let compiler = outwit::Compiler::in_process().time(Duration::from_secs(120));
        outwit::Engine::builder()
            .cache_directory(cache())
            .compiler(compiler)
            .build()
            .expect("the engine starts")
    });
    ENGINE.clone()
}

/// Builds a JavaScript plugin: a module and a WIT path below [`root`], and a world.
pub fn js(module: &str, wit: &str, world: &str) -> Vec<u8> {
    outwit_js::Build::new(root().join(module), root().join(wit))
        .world(world)
        .cache(cache())
        .run()
        .unwrap_or_else(|error| panic!("cannot build {module}: {error}"))
}

/// Builds a JavaScript plugin from texts.
///
/// # Errors
/// Whatever the builder has to say.
pub fn js_text(source: &str, wit: &str) -> Result<Vec<u8>, outwit_js::Error> {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let module = folder.path().join("plugin.js");
    let world = folder.path().join("world.wit");
    std::fs::write(&module, source).expect("the folder is writable");
    std::fs::write(&world, wit).expect("the folder is writable");
    outwit_js::Build::new(module, world).cache(cache()).run()
}

/// Builds a Rust plugin, given by its folder below [`root`], once for this test program.
pub fn rust(folder: &str) -> Arc<Vec<u8>> {
    type Slot = Arc<OnceLock<Arc<Vec<u8>>>>;
    static BUILT: LazyLock<Mutex<HashMap<String, Slot>>> = LazyLock::new(Mutex::default);
    let slot = BUILT
        .lock()
        .expect("no test panics here")
        .entry(folder.to_owned())
        .or_default()
        .clone();
    slot.get_or_init(|| {
        let out = scratch().join(format!("{}.wasm", folder.replace(['/', '.'], "-")));
        outwit_cli::build_rust::build_crate(&root().join(folder), &out)
            .unwrap_or_else(|error| panic!("cannot build {folder}: {error:#}"));
        Arc::new(std::fs::read(&out).expect("the component was just written"))
    })
    .clone()
}

/// Compiles the examples of the book.
#[cfg(doctest)]
#[doc = include_str!("../../docs/embedding.md")]
pub struct Book;
