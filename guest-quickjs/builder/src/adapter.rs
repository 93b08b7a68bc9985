//! Generates the core module that stands between a world's functions and the engine.
//!
//! One thunk for each exported function stores its core parameters in the engine's argument area and
//! calls the engine; one function, `dispatch`, does the reverse for everything the engine calls.
//! Both know nothing of types: a value is the 8-byte slot it lies in.
//!
//! The same list of imports and exports makes two modules. The *front* has no code; the component
//! encoder reads the world off it. The *adapter* takes its place afterwards.

use crate::world::{World, WorldFunction, WorldResource};
use crate::{Error, imports};
use outwit_descriptor::{DISPATCH_DONE, DISPATCH_UNAVAILABLE};
use std::borrow::Cow;
use wasm_encoder::{
    BlockType, CodeSection, ConstExpr, ElementSection, Elements, EntityType, ExportKind,
    ExportSection, Function, FunctionSection, ImportSection, InstructionSink, MemArg,
    MemorySection, MemoryType, Module, TableType, TypeSection, ValType,
};
use wit_parser::abi::WasmType;
use wit_parser::{LiftLowerAbi, ManglingAndAbi, WasmExport, WasmExportKind};

/// Where the adapter finds the engine's exports.
pub const ENGINE: &str = "engine";
/// Where the adapter finds the memory.
pub const MEMORY: &str = "env";

pub const ABI: ManglingAndAbi = ManglingAndAbi::Legacy(LiftLowerAbi::AsyncCallback);

/// What the adapter of one world imports and exports.
pub struct Adapter {
    imports: Vec<Import>,
    exports: Vec<Export>,
}

/// A function that the engine can call, by its dispatch number.
pub struct Import {
    pub module: String,
    pub name: String,
    pub dispatch: u32,
    pub signature: Signature,
}

/// A function that the component lifts, or that belongs to one.
struct Export {
    name: String,
    number: u32,
    kind: ExportedAs,
    signature: Signature,
}

#[derive(Clone, Copy)]
enum ExportedAs {
    /// Calls the engine. The result is loaded from its slot, unless it is a pointer to the result.
    Call {
        result_is_pointer: bool,
    },
    PostReturn,
    Start,
    Callback,
    /// Ends a resource.
    Destructor,
}

#[derive(Clone, PartialEq, Eq)]
pub struct Signature {
    params: Vec<ValType>,
    results: Vec<ValType>,
}

/// What the adapter needs to know of the engine.
pub struct EngineLayout {
    /// The address of the argument area.
    pub args: u32,
    /// The table slot of `dispatch`.
    pub dispatch_slot: u32,
    /// The table the engine exports.
    pub table: TableType,
}

impl Adapter {
    /// `mentioned` tells whether the plugin's JavaScript mentions an interface, given without its
    /// version. One that it does not mention, and that is in the world for its types alone, is imported
    /// without its functions.
    pub fn new(world: &World, mentioned: impl Fn(&str) -> bool) -> Result<Self, Error> {
        let imported = world.imports.iter().filter(|import| {
            let key = import.interface.as_ref();
            let name = key.map(|key| world.resolve.name_world_key(key));
            let name = name.as_deref().and_then(|name| name.split('@').next());
            // an object can come from a function of another interface
            let of_resource = import.function.kind.resource().is_some();
            !import.maybe_for_types || of_resource || name.is_none_or(&mentioned)
        });
        let mut imports = imports::of(world, &imported.collect::<Vec<_>>());
        let mut exports = Vec::new();
        for (number, export) in world.exports.iter().enumerate() {
            let number = u32::try_from(number)
                .map_err(|_| Error::Wit("the world exports too many functions".into()))?;
            if export.function.kind.is_async() {
                imports.push(imports::task_return(world, export));
            }
            exported(world, export, number, &mut exports);
        }
        exports.extend(
            world
                .resources
                .iter()
                .filter_map(|resource| destructor(world, resource)),
        );
        Ok(Self { imports, exports })
    }

    /// The module the component encoder sees: the right imports and exports, and no code.
    pub fn front(&self) -> Module {
        let mut m = Parts::default();
        for import in &self.imports {
            m.import(&import.module, &import.name, &import.signature);
        }
        for export in &self.exports {
            let index = m.function(&export.signature, &unreachable());
            m.exports.export(&export.name, ExportKind::Func, index);
        }
        let realloc = Signature::new(&[ValType::I32; 4], &[ValType::I32]);
        let index = m.function(&realloc, &unreachable());
        m.exports.export("cabi_realloc", ExportKind::Func, index);
        m.exports.export("memory", ExportKind::Memory, 0);
        let mut memories = MemorySection::new();
        memories.memory(memory_type(0));
        m.finish(Some(&memories), None)
    }

    /// The module that runs.
    pub fn module(&self, engine: &EngineLayout) -> Module {
        use ValType::I32;
        let mut m = Parts::default();
        m.imports
            .import(MEMORY, "memory", EntityType::Memory(memory_type(1)));
        m.imports.import(
            ENGINE,
            "__indirect_function_table",
            EntityType::Table(engine.table),
        );
        let realloc = m.import(ENGINE, "cabi_realloc", &Signature::new(&[I32; 4], &[I32]));
        let call = m.import(ENGINE, "outwit_call", &Signature::new(&[I32; 2], &[I32]));
        let post = m.import(ENGINE, "outwit_post_return", &Signature::new(&[I32], &[]));
        let start = m.import(ENGINE, "outwit_start", &Signature::new(&[I32; 2], &[I32]));
        let callback = m.import(
            ENGINE,
            "outwit_callback",
            &Signature::new(&[I32; 3], &[I32]),
        );
        let imports: Vec<(u32, &Import)> = self
            .imports
            .iter()
            .map(|i| (m.import(&i.module, &i.name, &i.signature), i))
            .collect();

        let dispatch = m.function(
            &Signature::new(&[I32; 3], &[I32]),
            &dispatch_function(&imports),
        );
        for export in &self.exports {
            let mut body = Function::new([]);
            let mut code = body.instructions();
            match export.kind {
                ExportedAs::Call { result_is_pointer } => {
                    store_params(&mut code, &export.signature, engine.args);
                    code.i32_const(export.number as i32)
                        .i32_const(engine.args as i32)
                        .call(call);
                    match export.signature.results.first() {
                        Some(_) if result_is_pointer => {}
                        Some(ty) => load(&mut code, *ty, 0),
                        None => drop(code.drop()),
                    }
                }
                ExportedAs::PostReturn => drop(code.i32_const(export.number as i32).call(post)),
                ExportedAs::Start => {
                    store_params(&mut code, &export.signature, engine.args);
                    code.i32_const(export.number as i32)
                        .i32_const(engine.args as i32)
                        .call(start);
                }
                ExportedAs::Callback => {
                    code.local_get(0).local_get(1).local_get(2).call(callback);
                }
                // The engine's own function takes its place: it has to exist before the adapter does.
                ExportedAs::Destructor => continue,
            }
            code.end();
            let index = m.function(&export.signature, &body);
            m.exports.export(&export.name, ExportKind::Func, index);
        }
        m.exports.export("cabi_realloc", ExportKind::Func, realloc);
        m.exports.export("memory", ExportKind::Memory, 0);

        let mut elements = ElementSection::new();
        elements.active(
            None,
            &ConstExpr::i32_const(engine.dispatch_slot as i32),
            Elements::Functions(Cow::Borrowed(&[dispatch])),
        );
        m.finish(None, Some(&elements))
    }
}

/// `dispatch(number, arguments, results) -> status`: one arm for each import.
fn dispatch_function(imports: &[(u32, &Import)]) -> Function {
    let mut body = Function::new([]);
    let mut code = body.instructions();
    // Dispatch numbers are dense from FIRST_IMPORT on; arms are the blocks' ends, in import order.
    let arms = imports.len() as u32;
    let last = imports.iter().map(|(_, i)| i.dispatch).max().unwrap_or(0);
    let targets: Vec<u32> = (0..=last)
        .map(|number| {
            imports
                .iter()
                .position(|(_, i)| i.dispatch == number)
                .map_or(arms, |position| position as u32)
        })
        .collect();
    code.block(BlockType::Empty);
    for _ in 0..arms {
        code.block(BlockType::Empty);
    }
    code.local_get(0).br_table(targets, arms);
    for (index, import) in imports {
        code.end();
        let result = import.signature.results.first();
        if result.is_some() {
            code.local_get(2);
        }
        for (slot, ty) in import.signature.params.iter().enumerate() {
            code.local_get(1);
            load(&mut code, *ty, slot as u64 * 8);
        }
        code.call(*index);
        if let Some(ty) = result {
            store(&mut code, *ty, 0);
        }
        code.i32_const(DISPATCH_DONE as i32).return_();
    }
    code.end().i32_const(DISPATCH_UNAVAILABLE as i32).end();
    body
}

fn store_params(code: &mut InstructionSink<'_>, signature: &Signature, args: u32) {
    for (slot, ty) in signature.params.iter().enumerate() {
        code.i32_const(args as i32).local_get(slot as u32);
        store(code, *ty, slot as u64 * 8);
    }
}

fn slot(offset: u64) -> MemArg {
    MemArg {
        offset,
        align: 2,
        memory_index: 0,
    }
}

fn load(code: &mut InstructionSink<'_>, ty: ValType, offset: u64) {
    match ty {
        ValType::I64 => code.i64_load(slot(offset)),
        ValType::F32 => code.f32_load(slot(offset)),
        ValType::F64 => code.f64_load(slot(offset)),
        _ => code.i32_load(slot(offset)),
    };
}

fn store(code: &mut InstructionSink<'_>, ty: ValType, offset: u64) {
    match ty {
        ValType::I64 => code.i64_store(slot(offset)),
        ValType::F32 => code.f32_store(slot(offset)),
        ValType::F64 => code.f64_store(slot(offset)),
        _ => code.i32_store(slot(offset)),
    };
}

fn unreachable() -> Function {
    let mut body = Function::new([]);
    body.instructions().unreachable().end();
    body
}

fn memory_type(minimum: u64) -> MemoryType {
    MemoryType {
        minimum,
        maximum: None,
        memory64: false,
        shared: false,
        page_size_log2: None,
    }
}

fn exported(world: &World, export: &WorldFunction, number: u32, exports: &mut Vec<Export>) {
    use ValType::I32;
    let abi = ABI.for_func(&export.function);
    let signature = world
        .resolve
        .wasm_signature(abi.export_variant(), &export.function);
    let name = |kind| {
        let interface = export.interface.as_ref();
        world.resolve.wasm_export_name(
            abi,
            WasmExport::Func {
                interface,
                func: &export.function,
                kind,
            },
        )
    };
    let core = Signature::of(&signature.params, &signature.results);
    if export.function.kind.is_async() {
        exports.push(Export {
            name: name(WasmExportKind::Normal),
            number,
            kind: ExportedAs::Start,
            signature: core,
        });
        exports.push(Export {
            name: name(WasmExportKind::Callback),
            number,
            kind: ExportedAs::Callback,
            signature: Signature::new(&[I32; 3], &[I32]),
        });
    } else {
        let post_return = export.result_allocates.then(|| Export {
            name: name(WasmExportKind::PostReturn),
            number,
            kind: ExportedAs::PostReturn,
            signature: Signature::new(&core.results, &[]),
        });
        exports.push(Export {
            name: name(WasmExportKind::Normal),
            number,
            kind: ExportedAs::Call {
                result_is_pointer: signature.retptr,
            },
            signature: core,
        });
        exports.extend(post_return);
    }
}

/// The function that ends a resource which the plugin defines.
fn destructor(world: &World, resource: &WorldResource) -> Option<Export> {
    let interface = resource.interface.as_ref().filter(|_| !resource.imported)?;
    let dtor = WasmExport::ResourceDtor {
        interface,
        resource: resource.id,
    };
    Some(Export {
        name: world.resolve.wasm_export_name(ABI.sync(), dtor),
        number: 0,
        kind: ExportedAs::Destructor,
        signature: Signature::new(&[ValType::I32], &[]),
    })
}

impl Signature {
    pub fn new(params: &[ValType], results: &[ValType]) -> Self {
        Self {
            params: params.to_vec(),
            results: results.to_vec(),
        }
    }

    pub fn of(params: &[WasmType], results: &[WasmType]) -> Self {
        let map = |types: &[WasmType]| types.iter().map(|ty| core_type(*ty)).collect();
        Self {
            params: map(params),
            results: map(results),
        }
    }
}

fn core_type(ty: WasmType) -> ValType {
    match ty {
        WasmType::I32 | WasmType::Pointer | WasmType::Length => ValType::I32,
        WasmType::I64 | WasmType::PointerOrI64 => ValType::I64,
        WasmType::F32 => ValType::F32,
        WasmType::F64 => ValType::F64,
    }
}

/// A module while it is written.
#[derive(Default)]
struct Parts {
    signatures: Vec<Signature>,
    imports: ImportSection,
    functions: FunctionSection,
    exports: ExportSection,
    code: CodeSection,
    function_count: u32,
}

impl Parts {
    fn signature(&mut self, signature: &Signature) -> u32 {
        let known = self.signatures.iter().position(|s| s == signature);
        known.unwrap_or_else(|| {
            self.signatures.push(signature.clone());
            self.signatures.len() - 1
        }) as u32
    }

    /// Imports come before functions: the two share an index space.
    fn import(&mut self, module: &str, name: &str, signature: &Signature) -> u32 {
        let ty = self.signature(signature);
        self.imports.import(module, name, EntityType::Function(ty));
        self.function_count += 1;
        self.function_count - 1
    }

    fn function(&mut self, signature: &Signature, body: &Function) -> u32 {
        let ty = self.signature(signature);
        self.functions.function(ty);
        self.code.function(body);
        self.function_count += 1;
        self.function_count - 1
    }

    fn finish(self, memories: Option<&MemorySection>, elements: Option<&ElementSection>) -> Module {
        let mut types = TypeSection::new();
        for signature in &self.signatures {
            let results = signature.results.iter().copied();
            types
                .ty()
                .function(signature.params.iter().copied(), results);
        }
        let mut module = Module::new();
        module
            .section(&types)
            .section(&self.imports)
            .section(&self.functions);
        if let Some(memories) = memories {
            module.section(memories);
        }
        module.section(&self.exports);
        if let Some(elements) = elements {
            module.section(elements);
        }
        module.section(&self.code);
        module
    }
}
