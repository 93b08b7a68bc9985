//! Lists what the engine may call of a world: its imports, and the canonical built-ins they need.

use crate::adapter::{ABI, Import, Signature};
use crate::world::{Channel, World, WorldFunction, WorldResource};
use outwit_descriptor::{channel, intrinsic};
use wasm_encoder::ValType::{self, I32, I64};
use wit_parser::{FutureIntrinsic, ResourceIntrinsic, StreamIntrinsic, WasmImport};

/// Everything but the `task.return` of each asynchronous export. `imported` are the world's functions
/// that are really imported.
pub fn of(world: &World, imported: &[&WorldFunction]) -> Vec<Import> {
    let mut imports = Vec::new();
    if world.is_async() {
        imports.extend(builtins());
    }
    if let Some(export) = world.exports.iter().find(|e| e.function.kind.is_async()) {
        imports.extend(wake_stream(world, export));
    }
    imports.extend(imported.iter().map(|import| function(world, import)));
    for resource in &world.resources {
        imports.extend(resource_builtins(world, resource));
    }
    for channel in &world.channels {
        let of = |import: &&WorldFunction| {
            import.interface == channel.interface && import.function.name == channel.function.name
        };
        if channel.exported || imported.iter().any(of) {
            imports.extend(channel_builtins(world, channel));
        }
    }
    imports
}

/// The canonical built-ins that a world with asynchronous functions needs.
fn builtins() -> Vec<Import> {
    let root = |dispatch, name: &str, params: &[ValType], results: &[ValType]| Import {
        module: "$root".into(),
        name: name.into(),
        dispatch,
        signature: Signature::new(params, results),
    };
    vec![
        root(
            intrinsic::WAITABLE_SET_NEW,
            "[waitable-set-new]",
            &[],
            &[I32],
        ),
        root(
            intrinsic::WAITABLE_SET_DROP,
            "[waitable-set-drop]",
            &[I32],
            &[],
        ),
        root(
            intrinsic::WAITABLE_JOIN,
            "[waitable-join]",
            &[I32, I32],
            &[],
        ),
        root(intrinsic::SUBTASK_DROP, "[subtask-drop]", &[I32], &[]),
        root(
            intrinsic::SUBTASK_CANCEL,
            "[subtask-cancel]",
            &[I32],
            &[I32],
        ),
        root(intrinsic::CONTEXT_GET, "[context-get-0]", &[], &[I32]),
        root(intrinsic::CONTEXT_SET, "[context-set-0]", &[I32], &[]),
        Import {
            module: "[export]$root".into(),
            name: "[task-cancel]".into(),
            dispatch: intrinsic::TASK_CANCEL,
            signature: Signature::new(&[], &[]),
        },
        root(
            intrinsic::WAITABLE_SET_POLL,
            "[waitable-set-poll]",
            &[I32, I32],
            &[I32],
        ),
    ]
}

/// The built-ins of a stream without elements. Their names want a function to belong to; any
/// asynchronous export will do.
fn wake_stream(world: &World, export: &WorldFunction) -> Vec<Import> {
    let import = |dispatch, intrinsic, async_, params: &[ValType], results: &[ValType]| {
        let (module, name) = world.resolve.wasm_import_name(
            ABI,
            WasmImport::StreamIntrinsic {
                interface: export.interface.as_ref(),
                func: &export.function,
                ty: None,
                intrinsic,
                exported: true,
                async_,
            },
        );
        Import {
            module,
            name,
            dispatch,
            signature: Signature::new(params, results),
        }
    };
    vec![
        import(
            intrinsic::WAKE_NEW,
            StreamIntrinsic::New,
            false,
            &[],
            &[I64],
        ),
        import(
            intrinsic::WAKE_READ,
            StreamIntrinsic::Read,
            true,
            &[I32; 3],
            &[I32],
        ),
        import(
            intrinsic::WAKE_WRITE,
            StreamIntrinsic::Write,
            true,
            &[I32; 3],
            &[I32],
        ),
        import(
            intrinsic::WAKE_DROP_READABLE,
            StreamIntrinsic::DropReadable,
            false,
            &[I32],
            &[],
        ),
        import(
            intrinsic::WAKE_DROP_WRITABLE,
            StreamIntrinsic::DropWritable,
            false,
            &[I32],
            &[],
        ),
    ]
}

fn function(world: &World, import: &WorldFunction) -> Import {
    let abi = ABI.for_func(&import.function);
    let signature = world
        .resolve
        .wasm_signature(abi.import_variant(), &import.function);
    let interface = import.interface.as_ref();
    let func = &import.function;
    let (module, name) = world
        .resolve
        .wasm_import_name(abi, WasmImport::Func { interface, func });
    let signature = Signature::of(&signature.params, &signature.results);
    Import {
        module,
        name,
        dispatch: import.dispatch,
        signature,
    }
}

pub fn task_return(world: &World, export: &WorldFunction) -> Import {
    let (module, name, signature) = export.function.task_return_import(
        &world.resolve,
        export.interface.as_ref(),
        ABI.mangling(),
    );
    let signature = Signature::of(&signature.params, &signature.results);
    Import {
        module,
        name,
        dispatch: export.dispatch,
        signature,
    }
}

/// What drops handles of a resource, and what makes and reads those of one that the plugin defines.
fn resource_builtins(world: &World, resource: &WorldResource) -> Vec<Import> {
    let import = |number, intrinsic, results: &[ValType]| {
        let (module, name) = world.resolve.wasm_import_name(
            ABI.sync(),
            WasmImport::ResourceIntrinsic {
                interface: resource.interface.as_ref(),
                resource: resource.id,
                intrinsic,
            },
        );
        let signature = Signature::new(&[I32], results);
        Import {
            module,
            name,
            dispatch: resource.dispatch + number,
            signature,
        }
    };
    if resource.imported {
        return vec![import(0, ResourceIntrinsic::ImportedDrop, &[])];
    }
    vec![
        import(0, ResourceIntrinsic::ExportedDrop, &[]),
        import(1, ResourceIntrinsic::ExportedNew, &[I32]),
        import(2, ResourceIntrinsic::ExportedRep, &[I32]),
    ]
}

/// The built-ins of a stream or future type.
fn channel_builtins(world: &World, of: &Channel) -> Vec<Import> {
    let name = |stream, future, async_| {
        let (interface, func, ty) = (of.interface.as_ref(), &of.function, Some(of.ty));
        let exported = of.exported;
        world.resolve.wasm_import_name(
            ABI,
            if of.is_stream {
                WasmImport::StreamIntrinsic {
                    interface,
                    func,
                    ty,
                    intrinsic: stream,
                    exported,
                    async_,
                }
            } else {
                WasmImport::FutureIntrinsic {
                    interface,
                    func,
                    ty,
                    intrinsic: future,
                    exported,
                    async_,
                }
            },
        )
    };
    let import = |number, stream, future, async_, params: &[ValType], results: &[ValType]| {
        let (module, name) = name(stream, future, async_);
        let signature = Signature::new(params, results);
        Import {
            module,
            name,
            dispatch: of.dispatch + number,
            signature,
        }
    };
    use FutureIntrinsic as F;
    use StreamIntrinsic as S;
    // A stream is read and written by the element, a future has only one.
    let transfer: &[ValType] = if of.is_stream { &[I32; 3] } else { &[I32; 2] };
    vec![
        import(channel::NEW, S::New, F::New, false, &[], &[I64]),
        import(channel::READ, S::Read, F::Read, true, transfer, &[I32]),
        import(channel::WRITE, S::Write, F::Write, true, transfer, &[I32]),
        import(
            channel::CANCEL_READ,
            S::CancelRead,
            F::CancelRead,
            false,
            &[I32],
            &[I32],
        ),
        import(
            channel::CANCEL_WRITE,
            S::CancelWrite,
            F::CancelWrite,
            false,
            &[I32],
            &[I32],
        ),
        import(
            channel::DROP_READABLE,
            S::DropReadable,
            F::DropReadable,
            false,
            &[I32],
            &[],
        ),
        import(
            channel::DROP_WRITABLE,
            S::DropWritable,
            F::DropWritable,
            false,
            &[I32],
            &[],
        ),
    ]
}
