//! Whatever the JavaScript engine is told about a world: it takes it or says why not, and does not trap. The
//! description is read in this program, where the fuzzer sees the way it takes, and then by the engine itself.

#![no_main]

use libfuzzer_sys::fuzz_target;
use outwit_descriptor::World;
use std::sync::LazyLock;
use wasmtime::{
    Config, Engine, Instance, Memory, MemoryType, Module, OptLevel, Store, StoreLimits,
    StoreLimitsBuilder,
};

static MODULE: LazyLock<Module> = LazyLock::new(|| {
    let mut config = Config::new();
    config.cranelift_opt_level(OptLevel::None);
    config.max_wasm_stack(4 << 20).async_stack_size(5 << 20);
    let engine = Engine::new(&config).expect("the engine starts");
    Module::new(&engine, outwit_quickjs::linked()).expect("it is a module")
});

/// Whether the engine takes a description.
fn engine_takes(description: &[u8]) -> bool {
    let module = &*MODULE;
    let limits = StoreLimitsBuilder::new().memory_size(512 << 20).build();
    let mut store: Store<StoreLimits> = Store::new(module.engine(), limits);
    store.limiter(|limits| limits);
    let pages = module.imports().find_map(|import| import.ty().memory().map(MemoryType::minimum));
    let ty = MemoryType::new(
        u32::try_from(pages.expect("it imports a memory")).expect("it is small"),
        None,
    );
    let memory = Memory::new(&mut store, ty).expect("there is room");
    let instance = Instance::new(&mut store, module, &[memory.into()]).expect("it starts");
    let allocate = instance
        .get_typed_func::<(u32, u32, u32, u32), u32>(&mut store, "cabi_realloc")
        .expect("it allocates");
    let length = u32::try_from(description.len()).expect("it is short");
    let at = allocate
        .call(&mut store, (0, 0, 1, length))
        .expect("there is room");
    memory
        .write(&mut store, at as usize, description)
        .expect("it was allocated");
    let init = instance
        .get_typed_func::<(u32, u32), i32>(&mut store, "outwit_init")
        .expect("it is there");
    match init.call(&mut store, (at, length)) {
        Ok(status) => status == 0,
        Err(trap) => panic!("{trap:?}"),
    }
}

// Compiling the engine takes longer than any input may.
fuzz_target!(init: { LazyLock::force(&MODULE); }, |bytes: &[u8]| {
    if bytes.len() > 4096 {
        return;
    }
    match World::from_bytes(bytes) {
        Ok(world) => {
            let written = world.to_bytes().expect("there is memory");
            assert_eq!(World::from_bytes(&written).as_ref(), Ok(&world));
            let _ = engine_takes(bytes);
        }
        // The engine reads it by the same code, so now and then is enough.
        Err(_) if bytes.len() % 16 == 0 => assert!(!engine_takes(bytes)),
        Err(_) => {}
    }
});
