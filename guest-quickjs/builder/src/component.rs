//! Puts world, adapter, engine and snapshot together to a component.

use crate::adapter::Adapter;
use crate::snapshot::Snapshot;
use crate::{Error, recut, world::World};
use anyhow::Context;
use wasm_encoder::{
    ConstExpr, DataSection, ExportKind, ExportSection, MemorySection, MemoryType, Module,
};
use wasmparser::Validator;
use wit_component::{ComponentEncoder, StringEncoding, embed_component_metadata};

pub fn encode(world: &World, adapter: &Adapter, snapshot: &Snapshot) -> Result<Vec<u8>, Error> {
    let mut front = adapter.front().finish();
    embed_component_metadata(&mut front, &world.resolve, world.id, StringEncoding::UTF8)?;
    let front = ComponentEncoder::default()
        .module(&front)
        .and_then(|encoder| encoder.validate(false).encode())
        .context("cannot encode the world")?;

    let parts = recut::Parts {
        memory: memory(snapshot).finish(),
        engine: crate::engine_module()?,
        adapter: adapter.module(&snapshot.layout).finish(),
    };
    let component = recut::replace_front(&front, &parts)?;
    Validator::new()
        .validate_all(&component)
        .context("the component is not valid")?;
    Ok(component)
}

/// The module that owns the memory, and the plugin's state with it.
fn memory(snapshot: &Snapshot) -> Module {
    let mut memories = MemorySection::new();
    memories.memory(MemoryType {
        minimum: snapshot.pages,
        maximum: None,
        memory64: false,
        shared: false,
        page_size_log2: None,
    });
    let mut exports = ExportSection::new();
    exports.export("memory", ExportKind::Memory, 0);
    let mut data = DataSection::new();
    for (at, bytes) in &snapshot.data {
        data.active(0, &ConstExpr::i32_const(*at as i32), bytes.iter().copied());
    }
    let mut module = Module::new();
    module.section(&memories).section(&exports).section(&data);
    module
}
