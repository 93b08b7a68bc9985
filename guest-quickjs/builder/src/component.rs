//! Puts world, adapter, engine and snapshot together to a component.

use crate::adapter::Adapter;
use crate::snapshot::Snapshot;
use crate::{Error, recut, world::World};
use anyhow::Context;
use wasm_encoder::{
    ConstExpr, DataSection, ExportKind, ExportSection, MemorySection, MemoryType, Module,
};
use wasmparser::{Validator, WasmFeatures};
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
        engine: outwit_quickjs::module().to_vec(),
        adapter: adapter.module(&snapshot.layout).finish(),
    };
    let component = recut::replace_front(&front, &parts)?;
    let features =
        WasmFeatures::default() | WasmFeatures::CM_MAP | WasmFeatures::CM_FIXED_LENGTH_LISTS;
    Validator::new_with_features(features)
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

#[cfg(test)]
mod tests {
    use super::*;

    const WIT: &str = "
        package test:all@0.1.0;
        interface things {
            resource thing {
                constructor(name: string);
                name: func() -> string;
                wait: async func(by: u32) -> result<string, string>;
                make: static func() -> thing;
                absorb: func(other: thing, look: borrow<thing>);
            }
            record holder { t: thing, s: stream<u8> }
            hold: func(t: thing) -> holder;
            pipe: async func(s: stream<string>) -> stream<string>;
            pulse: func(s: stream) -> future<u32>;
            signal: async func(f: future<result<string, u8>>) -> future;
            table: func(m: map<string, u32>, l: list<u8, 4>) -> map<u32, list<string, 2>>;
        }
        interface more { use things.{thing}; take: func(t: thing); make: func() -> thing; }
        world both { import things; export things; export more; import top: func() -> stream<u8>; }
        world consumer { import things; import more; export go: async func() -> u32; }
        world lender { export more; }
    ";

    fn encoded(world: &str) -> Vec<u8> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("all.wit");
        std::fs::write(&path, WIT).unwrap();
        let world = World::load(&path, Some(world)).unwrap();
        let adapter = Adapter::new(&world, |_| true).unwrap();
        let engine = crate::snapshot::Engine::new(None, crate::snapshot::Care::Little).unwrap();
        let snapshot = engine.empty_snapshot();
        encode(&world, &adapter, &snapshot).unwrap()
    }

    #[test]
    fn every_kind_of_type_makes_a_valid_component() {
        for world in ["both", "consumer", "lender"] {
            encoded(world);
        }
    }
}
