//! Plugins that call one function of the host.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use wit_component::{ComponentEncoder, StringEncoding, embed_component_metadata};
use wit_parser::abi::{AbiVariant, WasmType};
use wit_parser::{
    Function, FunctionKind, Handle, Param, Resolve, SizeAlign, Type, TypeDefKind, TypeId,
};

use crate::Functions;

/// How a plugin comes to a handle of a resource: the functions to call, each with its interface, where
/// its result is, and whether it takes the handle before. The last result is the handle.
fn way_to(resource: &str) -> &'static [(&'static str, &'static str, Where)] {
    const FOLDER: (&str, &str, Where) = (
        "wasi:filesystem/preopens",
        "get-directories",
        Where::FirstOfList,
    );
    match resource {
        "descriptor" => &[FOLDER],
        "directory-entry-stream" => &[
            FOLDER,
            (
                "wasi:filesystem/types",
                "[method]descriptor.read-directory",
                Where::Payload,
            ),
        ],
        "input-stream" => &[("wasi:cli/stdin", "get-stdin", Where::Returned)],
        "output-stream" => &[("wasi:cli/stdout", "get-stdout", Where::Returned)],
        "connection" => &[("outwit:websocket/client", "connect", Where::Payload)],
        "key" => &[("outwit:subtle/keys", "generate", Where::Inside)],
        "bucket" => &[("outwit:keyvalue/store", "open", Where::Payload)],
        "channel" => &[("outwit:messaging/broadcast", "open", Where::Payload)],
        "port" => &[("outwit:messaging/ports", "connect", Where::Payload)],
        "outgoing-request" => &[
            ("wasi:http/types", "[constructor]fields", Where::Returned),
            (
                "wasi:http/types",
                "[constructor]outgoing-request",
                Where::Returned,
            ),
            (
                "wasi:http/types",
                "[method]outgoing-request.set-authority",
                Where::AsBefore,
            ),
        ],
        other => panic!("say in `way_to` how a plugin comes to a `{other}`"),
    }
}

/// The flat arguments of a function that are not zero, for those that look at them before they ask: `GET`, two URLs, a host
/// and a name that everything is granted for, and keys for HMAC.
fn not_zero(interface: &str, function: &str) -> &'static [(usize, u32)] {
    const NAME: &[(usize, u32)] = &[(0, 328), (1, 4)];
    match (interface, function) {
        ("outwit:fetch/client", "send") => &[(0, 256), (1, 3), (2, 272), (3, 21)],
        ("outwit:websocket/client", "connect") => &[(0, 304), (1, 19)],
        ("wasi:http/types", "[method]outgoing-request.set-authority") => {
            &[(1, 1), (2, 280), (3, 12)]
        }
        ("outwit:subtle/keys", "generate") => &[(0, HMAC), (9, 12)],
        // with zero it is another key
        ("outwit:subtle/keys", "derive-bits") => &[(0, HKDF)],
        ("outwit:messaging/broadcast" | "outwit:keyvalue/store", "open")
        | ("outwit:keyvalue/store", "remove")
        | ("outwit:messaging/ports", "connect" | "accept")
        | ("outwit:locks/manager", "request") => NAME,
        _ => &[],
    }
}

/// As [`not_zero`], for functions with so many parameters that they are in memory: the bytes of the first parameters.
fn first_bytes(function: &str) -> &'static [(usize, u32)] {
    match function {
        "derive-key" => &[(0, HKDF)],
        _ => &[],
    }
}

/// The case `hmac` of `key-algorithm`, and `hkdf` of `derivation`.
const HMAC: u32 = 2;
const HKDF: u32 = 1;

#[derive(Clone, Copy)]
enum Where {
    Returned,
    /// At the start of the list that was returned.
    FirstOfList,
    /// In the `ok` of a result.
    Payload,
    /// In a variant in the `ok` of a result.
    Inside,
    /// The handle that was passed is used on.
    AsBefore,
}

/// A component with `run`, which calls the function with arguments that are all zero, and returns 0,
/// or, if the result of the function is an error, 1 plus the number of its case.
pub fn caller(resolve: &Resolve, interface: &str, function: &Function, all: &Functions) -> Vec<u8> {
    let mut resolve = resolve.clone();
    let mut used: BTreeSet<String> = [interface.to_string()].into();
    let mut core_imports = String::new();
    let mut declared: BTreeMap<(String, String), usize> = BTreeMap::new();
    let mut declare = |resolve: &Resolve, interface: &str, function: &Function| {
        let key = (interface.to_string(), function.name.clone());
        let next = declared.len();
        let number = *declared.entry(key).or_insert(next);
        if number == next {
            let signature = resolve.wasm_signature(AbiVariant::GuestImport, function);
            let types = |types: &[WasmType]| {
                types
                    .iter()
                    .fold(String::new(), |t, ty| t + " " + core(*ty))
            };
            writeln!(
                core_imports,
                r#"(import "{}" "{}" (func $f{number} (param{}) (result{})))"#,
                versioned(resolve, interface),
                function.name,
                types(&signature.params),
                types(&signature.results),
            )
            .unwrap();
        }
        number
    };

    // Handles first.
    let mut body = String::new();
    let mut locals = 0;
    let mut handles = Vec::new();
    for param in &function.params {
        let Some(resource) = resource_of(&resolve, &param.ty) else {
            continue;
        };
        let mut handle = String::new();
        for (interface, name, place) in way_to(&resource) {
            let (_, step) = &all[&(interface.to_string(), name.to_string())];
            used.insert(interface.to_string());
            let number = declare(&resolve, interface, step);
            // A function that leads to a handle may take more than a handle.
            if handle.is_empty() {
                let zeros = step.params.iter().flat_map(|p| flatten(&resolve, step, p));
                let zeros: Vec<_> = zeros.map(|ty| format!("({}.const 0)", core(ty))).collect();
                handle = with_given(zeros, interface, &step.name).join(" ");
            }
            if let Where::AsBefore = place {
                let flat = step.params.iter().flat_map(|p| flatten(&resolve, step, p));
                let zeros: Vec<_> = flat.map(|ty| format!("({}.const 0)", core(ty))).collect();
                let mut arguments = with_given(zeros, interface, &step.name);
                arguments[0] = handle.clone();
                writeln!(body, "(drop (call $f{number} {}))", arguments.join(" ")).unwrap();
                continue;
            }
            let call = match place {
                Where::Returned => format!("(call $f{number} {handle})"),
                Where::FirstOfList => format!(
                    "(block (result i32) (call $f{number} {handle} (i32.const 512)) (i32.load (i32.load (i32.const 512))))"
                ),
                Where::AsBefore => unreachable!("it was called"),
                Where::Payload | Where::Inside => {
                    let (offset, _) = error_of(&resolve, step).expect("it gives a result");
                    let offset = match place {
                        Where::Inside => offset + 4,
                        _ => offset,
                    };
                    format!(
                        "(block (result i32) (call $f{number} {handle} (i32.const 512)) (i32.load (i32.const {})))",
                        512 + offset
                    )
                }
            };
            writeln!(body, "(local.set $h{locals} {call})").unwrap();
            handle = format!("(local.get $h{locals})");
            locals += 1;
        }
        handles.push(handle);
    }

    // The call, with its result at 1024.
    let number = declare(&resolve, interface, function);
    let signature = resolve.wasm_signature(AbiVariant::GuestImport, function);
    let mut handles = handles.into_iter();
    let mut arguments = Vec::new();
    if signature.indirect_params {
        // They are in memory, at 2048.
        let mut sizes = SizeAlign::default();
        sizes.fill(&resolve);
        let types = function.params.iter().map(|param| &param.ty);
        for (offset, ty) in sizes.field_offsets(types) {
            if resource_of(&resolve, ty).is_some() {
                let (at, handle) = (2048 + offset.size_wasm32(), handles.next().unwrap());
                writeln!(body, "(i32.store (i32.const {at}) {handle})").unwrap();
            }
        }
        for (at, value) in first_bytes(&function.name) {
            let at = 2048 + at;
            writeln!(body, "(i32.store8 (i32.const {at}) (i32.const {value}))").unwrap();
        }
        arguments.push("(i32.const 2048)".to_string());
    } else {
        for param in &function.params {
            if resource_of(&resolve, &param.ty).is_some() {
                arguments.extend(handles.next());
                continue;
            }
            let flat = flatten(&resolve, function, param);
            arguments.extend(flat.iter().map(|ty| format!("({}.const 0)", core(*ty))));
        }
        arguments = with_given(arguments, interface, &function.name);
    }
    if signature.retptr {
        arguments.push("(i32.const 1024)".to_string());
    }
    let call = format!("(call $f{number} {})", arguments.join(" "));
    let code = match error_of(&resolve, function) {
        // The result has one flat value: its discriminant.
        Some(_) if !signature.retptr => format!("(local.set $code {call})"),
        Some((offset, size)) => {
            let load = match size {
                0 => "(i32.const 0)".to_string(),
                1 => format!("(i32.load8_u (i32.const {}))", 1024 + offset),
                2 => format!("(i32.load16_u (i32.const {}))", 1024 + offset),
                _ => format!("(i32.load (i32.const {}))", 1024 + offset),
            };
            format!(
                "{call} (if (i32.load8_u (i32.const 1024)) (then (local.set $code (i32.add (i32.const 1) {load}))))"
            )
        }
        None => format!("{call} {}", "(drop) ".repeat(signature.results.len())),
    };
    let locals: String = (0..locals).map(|n| format!("(local $h{n} i32)")).collect();
    let module = format!(
        r#"(module
            {core_imports}
            (import "[export]$root" "[task-return]run" (func $return (param i32)))
            (memory (export "memory") 2)
            (data (i32.const 256) "GET")
            (data (i32.const 272) "https://host.example/")
            (data (i32.const 304) "wss://host.example/")
            (data (i32.const 328) "name")
            (global $next (mut i32) (i32.const 65536))
            (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32)
                (local $at i32)
                (local.set $at (i32.and (i32.add (global.get $next) (i32.const 15)) (i32.const -16)))
                (global.set $next (i32.add (local.get $at) (local.get 3)))
                (local.get $at))
            (func (export "[async-lift]run") (result i32) (local $code i32) {locals}
                {body}
                {code}
                (call $return (local.get $code))
                (i32.const 0))
            (func (export "[callback][async-lift]run") (param i32 i32 i32) (result i32) unreachable))"#
    );
    let mut world = "package test:matrix;\nworld caller {\n".to_string();
    for interface in &used {
        writeln!(world, "import {};", versioned(&resolve, interface)).unwrap();
    }
    world.push_str("export run: async func() -> u32;\n}\n");
    let package = resolve.push_str("matrix.wit", &world).expect("the world");
    let world = resolve
        .select_world(&[package], Some("caller"))
        .expect("the world");
    let mut module = wat::parse_str(&module).unwrap_or_else(|e| panic!("{e}\n{module}"));
    embed_component_metadata(&mut module, &resolve, world, StringEncoding::UTF8).expect("metadata");
    ComponentEncoder::default()
        .validate(true)
        .module(&module)
        .and_then(|mut encoder| encoder.encode())
        .unwrap_or_else(|e| panic!("{}: {e:#}", function.name))
}

/// The arguments with those that are not zero.
fn with_given(mut arguments: Vec<String>, interface: &str, function: &str) -> Vec<String> {
    for (at, value) in not_zero(interface, function) {
        arguments[*at] = format!("(i32.const {value})");
    }
    arguments
}

fn versioned(resolve: &Resolve, interface: &str) -> String {
    let (package, name) = interface.split_once('/').unwrap();
    let found = resolve
        .packages
        .iter()
        .find(|(_, p)| format!("{}:{}", p.name.namespace, p.name.name) == package);
    let version = found.unwrap().1.name.version.clone().unwrap();
    format!("{package}/{name}@{version}")
}

fn core(ty: WasmType) -> &'static str {
    match ty {
        WasmType::I64 | WasmType::PointerOrI64 => "i64",
        WasmType::F32 => "f32",
        WasmType::F64 => "f64",
        WasmType::I32 | WasmType::Pointer | WasmType::Length => "i32",
    }
}

/// The flat types of a parameter.
fn flatten(resolve: &Resolve, function: &Function, param: &Param) -> Vec<WasmType> {
    // A function with this parameter alone has its flat types as parameters.
    let alone = Function {
        kind: FunctionKind::Freestanding,
        params: vec![param.clone()],
        result: None,
        ..function.clone()
    };
    let signature = resolve.wasm_signature(AbiVariant::GuestImport, &alone);
    signature.params
}

/// The resource a type is a handle of.
fn resource_of(resolve: &Resolve, ty: &Type) -> Option<String> {
    let Type::Id(id) = ty else { return None };
    match &resolve.types[*id].kind {
        TypeDefKind::Handle(Handle::Borrow(resource) | Handle::Own(resource)) => {
            let mut id: TypeId = *resource;
            while let TypeDefKind::Type(Type::Id(to)) = resolve.types[id].kind {
                id = to;
            }
            resolve.types[id].name.clone()
        }
        TypeDefKind::Type(ty) => resource_of(resolve, ty),
        _ => None,
    }
}

/// The resources a function takes handles of.
pub fn handles_of(resolve: &Resolve, function: &Function) -> impl Iterator<Item = String> {
    let params = function.params.iter();
    params.filter_map(|param| resource_of(resolve, &param.ty))
}

/// The type behind its names.
fn plain<'a>(resolve: &'a Resolve, ty: &Type) -> Option<&'a TypeDefKind> {
    let Type::Id(id) = ty else { return None };
    match &resolve.types[*id].kind {
        TypeDefKind::Type(ty) => plain(resolve, ty),
        kind => Some(kind),
    }
}

/// If the function gives a result: where the number of the error's case is, and its size in bytes.
fn error_of(resolve: &Resolve, function: &Function) -> Option<(usize, usize)> {
    let TypeDefKind::Result(result) = plain(resolve, function.result.as_ref()?)? else {
        return None;
    };
    let mut sizes = SizeAlign::default();
    sizes.fill(resolve);
    let align = |ty: &Option<Type>| ty.map_or(1, |ty| sizes.align(&ty).align_wasm32());
    let offset = align(&result.ok).max(align(&result.err));
    let tag = match result.err.as_ref().and_then(|ty| plain(resolve, ty)) {
        Some(TypeDefKind::Variant(v)) => v.cases.len(),
        Some(TypeDefKind::Enum(e)) => e.cases.len(),
        _ => return Some((offset, 0)),
    };
    Some((offset, if tag <= 256 { 1 } else { 2 }))
}

/// The names of the cases of a function's error.
pub fn cases(resolve: &Resolve, function: &Function) -> Vec<String> {
    let Some(TypeDefKind::Result(result)) =
        function.result.as_ref().and_then(|ty| plain(resolve, ty))
    else {
        return Vec::new();
    };
    match result.err.as_ref().and_then(|ty| plain(resolve, ty)) {
        Some(TypeDefKind::Variant(v)) => v.cases.iter().map(|c| c.name.clone()).collect(),
        Some(TypeDefKind::Enum(e)) => e.cases.iter().map(|c| c.name.clone()).collect(),
        _ => Vec::new(),
    }
}
