//! Every function of the host, and what a plugin sees when it is denied.
//!
//! The functions come from `wit/`; one that `outwit::policy::operations` does not list, or that cannot
//! be denied here, fails a test. For each, a plugin is generated that calls it under a policy which
//! denies it and nothing else.

#![allow(clippy::disallowed_methods)] // tests use files

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use outwit::async_trait;
use outwit::audit::{Outcome, Record, Sink, Unrecorded};
use outwit::policy::{Call, Decision, OnDenial, Operation, Policy, operations};
use outwit::storage::{Allowed, Area, Failure, Storage};
use outwit::{
    Capability, Engine, Error, Grants, Host, Instance, Manifest, Plugin, console, crypto,
};
use outwit::{fetch, keyvalue, messaging, performance, storage, timers, wasi, websocket};
use wit_component::{ComponentEncoder, StringEncoding, embed_component_metadata};
use wit_parser::abi::{AbiVariant, WasmType};
use wit_parser::{
    Function, FunctionKind, Handle, InterfaceId, Param, Resolve, SizeAlign, Type, TypeDefKind,
    TypeId,
};

fn wit() -> PathBuf {
    outwit_tests::root().join("../wit")
}

fn resolve() -> Resolve {
    let mut resolve = Resolve {
        all_features: true,
        ..Resolve::default()
    };
    resolve.push_dir(wit()).expect("the packages of `wit/`");
    resolve
}

/// The functions of every interface the host has, by interface (without its version) and name.
fn functions(resolve: &Resolve) -> BTreeMap<(String, String), (InterfaceId, Function)> {
    let mut offered: BTreeSet<String> = ["error", "poll", "streams"]
        .map(|name| format!("wasi:io/{name}"))
        .into();
    for (package, interfaces) in Capability::ALL.into_iter().flat_map(Capability::packages) {
        for interface in interfaces {
            offered.insert(format!("{package}/{interface}"));
        }
    }
    let mut functions = BTreeMap::new();
    for (id, interface) in resolve.interfaces.iter() {
        let (Some(name), Some(package)) = (&interface.name, interface.package) else {
            continue;
        };
        let package = &resolve.packages[package].name;
        let full = format!("{}:{}/{name}", package.namespace, package.name);
        if offered.remove(&full) {
            for (name, function) in &interface.functions {
                functions.insert((full.clone(), name.clone()), (id, function.clone()));
            }
        }
    }
    assert!(offered.is_empty(), "without a WIT: {offered:?}");
    functions
}

#[test]
fn every_function_has_an_entry() {
    let resolve = resolve();
    let there: BTreeSet<_> = functions(&resolve).into_keys().collect();
    let listed: Vec<_> = operations()
        .map(|o| (o.interface.to_string(), o.function.to_string()))
        .collect();
    let entries: BTreeSet<_> = listed.iter().cloned().collect();
    assert_eq!(entries.len(), listed.len(), "an entry is there twice");
    let missing: Vec<_> = there.difference(&entries).collect();
    assert!(
        missing.is_empty(),
        "functions without an entry in operations.rs: {missing:?}"
    );
    let superfluous: Vec<_> = entries.difference(&there).collect();
    assert!(
        superfluous.is_empty(),
        "entries without a function: {superfluous:?}"
    );
    for operation in operations() {
        let package = operation.interface.split('/').next().unwrap();
        assert!(
            package == "wasi:io" || operation.capability.packages().any(|(p, _)| p == package),
            "{operation:?}"
        );
    }
}

/// Denies one operation, and notes what it was asked about.
struct Without {
    interface: &'static str,
    function: &'static str,
    asked: AtomicU64,
}

#[async_trait]
impl Policy for Without {
    fn decide_now(&self, call: &Call<'_>) -> Option<Decision> {
        if (call.interface, call.function) == (self.interface, self.function) {
            self.asked.fetch_add(1, Ordering::Relaxed);
            return Some(Decision::deny("denied by the test"));
        }
        Some(Decision::Allow)
    }

    async fn decide(&self, _: &Call<'_>) -> Decision {
        unreachable!("decided at once")
    }
}

/// What was denied, by function.
#[derive(Default)]
struct Denials(Mutex<Vec<String>>);

impl Sink for Denials {
    fn record(&self, record: &Record<'_>) -> Result<(), Unrecorded> {
        if record.outcome == Outcome::Denied {
            let function = format!("{}.{}", record.call.interface, record.call.function);
            self.0.lock().unwrap().push(function);
        }
        Ok(())
    }
}

/// Backends that count whoever uses them.
#[derive(Clone, Default)]
struct Tripwire(Arc<AtomicU64>);

impl Tripwire {
    fn touch(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

impl console::Sink for Tripwire {
    fn write(&self, _: &str, _: console::Level, _: &str) {
        self.touch();
    }
}

impl performance::Clock for Tripwire {
    fn monotonic(&self) -> Duration {
        self.touch();
        Duration::ZERO
    }

    fn wall(&self) -> Duration {
        self.touch();
        Duration::ZERO
    }
}

impl crypto::Entropy for Tripwire {
    fn fill(&self, _: &mut [u8]) -> std::io::Result<()> {
        self.touch();
        Ok(())
    }
}

#[async_trait]
impl timers::Scheduler for Tripwire {
    fn now(&self) -> Duration {
        self.touch();
        Duration::ZERO
    }

    async fn wait_until(&self, _: Duration) {
        self.touch();
    }
}

impl Storage for Tripwire {
    fn open(&self, _: &str, _: &storage::Grant) -> Result<Arc<dyn Area>, Failure> {
        Ok(Arc::new(self.clone()))
    }
}

#[async_trait]
impl Area for Tripwire {
    async fn length(&self, _: Allowed) -> Result<u32, Failure> {
        self.touch();
        Ok(0)
    }

    async fn key(&self, _: Allowed, _: u32) -> Result<Option<String>, Failure> {
        self.touch();
        Ok(None)
    }

    async fn get(&self, _: Allowed, _: String) -> Result<Option<String>, Failure> {
        self.touch();
        Ok(None)
    }

    async fn set(&self, _: Allowed, _: String, _: String) -> Result<(), Failure> {
        self.touch();
        Ok(())
    }

    async fn remove(&self, _: Allowed, _: String) -> Result<(), Failure> {
        self.touch();
        Ok(())
    }

    async fn clear(&self, _: Allowed) -> Result<(), Failure> {
        self.touch();
        Ok(())
    }
}

impl keyvalue::KeyValue for Tripwire {
    fn open(
        &self,
        _: &str,
        _: &keyvalue::Grant,
    ) -> Result<Arc<dyn keyvalue::Buckets>, keyvalue::Failure> {
        Ok(Arc::new(self.clone()))
    }
}

#[async_trait]
impl keyvalue::Buckets for Tripwire {
    async fn get(
        &self,
        _: keyvalue::Allowed,
        _: String,
        _: String,
    ) -> Result<Option<Vec<u8>>, keyvalue::Failure> {
        self.touch();
        Ok(None)
    }

    async fn keys(
        &self,
        _: keyvalue::Allowed,
        _: String,
        _: keyvalue::Range,
    ) -> Result<Vec<String>, keyvalue::Failure> {
        self.touch();
        Ok(Vec::new())
    }

    async fn entries(
        &self,
        _: keyvalue::Allowed,
        _: String,
        _: keyvalue::Range,
    ) -> Result<Vec<(String, Vec<u8>)>, keyvalue::Failure> {
        self.touch();
        Ok(Vec::new())
    }

    async fn commit(
        &self,
        _: keyvalue::Allowed,
        _: String,
        _: Vec<keyvalue::Expectation>,
        _: Vec<keyvalue::Change>,
    ) -> Result<bool, keyvalue::Failure> {
        self.touch();
        Ok(true)
    }

    async fn buckets(&self, _: keyvalue::Allowed) -> Result<Vec<String>, keyvalue::Failure> {
        self.touch();
        Ok(Vec::new())
    }

    async fn remove(&self, _: keyvalue::Allowed, _: String) -> Result<(), keyvalue::Failure> {
        self.touch();
        Ok(())
    }
}

/// Names are not even looked up.
#[async_trait]
impl fetch::Resolver for Tripwire {
    async fn resolve(&self, _: &str) -> std::io::Result<Vec<IpAddr>> {
        self.touch();
        Ok(Vec::new())
    }
}

/// Connections of which only the opening is no effect by itself: it is what leads to the others.
#[derive(Clone)]
struct Connections {
    wire: Tripwire,
    opened: Arc<AtomicU64>,
}

impl websocket::Connector for Connections {
    fn open(&self, _: &str, _: &websocket::Grant) -> Arc<dyn websocket::Session> {
        Arc::new(self.clone())
    }
}

#[async_trait]
impl websocket::Session for Connections {
    async fn connect(
        &self,
        _: fetch::Allowed,
        _: &[String],
    ) -> Result<Arc<dyn websocket::Socket>, websocket::Failure> {
        self.opened.fetch_add(1, Ordering::Relaxed);
        Ok(Arc::new(self.clone()))
    }
}

#[async_trait]
impl websocket::Socket for Connections {
    fn protocol(&self) -> &str {
        ""
    }

    async fn send(&self, _: websocket::Message) -> Result<(), websocket::Failure> {
        self.wire.touch();
        Ok(())
    }

    async fn receive(&self) -> Result<websocket::Event, websocket::Failure> {
        self.wire.touch();
        Ok(websocket::Event::Closed(websocket::Closing::default()))
    }

    async fn close(&self, _: websocket::Closing) -> Result<(), websocket::Failure> {
        self.wire.touch();
        Ok(())
    }
}

/// Grants everything, with the lines errors tell to add.
fn everything(folder: &Path) -> Grants {
    let mut text =
        "[app]\nname = \"x\"\n[plugins.x]\npath = \"x\"\n[plugins.x.grant]\n".to_string();
    for capability in Capability::ALL {
        let line = capability.manifest_line().replace("\"read\"", "\"write\"");
        writeln!(
            text,
            "{}",
            line.replace("FOLDER", folder.to_str().unwrap())
                .replace("HOST", "host.example")
        )
        .unwrap();
    }
    let manifest = Manifest::parse(&text, "x").unwrap_or_else(|e| panic!("{e}\n{text}"));
    let entry = manifest.plugins().next().unwrap();
    let mut grants = entry.grants().clone();
    grants.cli = Some(wasi::cli::Grant::terminal());
    let messages = messaging::Grant::default().send("*").receive("*");
    grants.messaging = Some(messages.connect("*").accept("*"));
    grants
}

/// The files of a folder with what is in them and when they were changed.
fn contents(folder: &Path) -> Vec<String> {
    let mut files: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| {
            let entry = entry.unwrap();
            let (meta, path) = (entry.metadata().unwrap(), entry.path());
            let text = std::fs::read(&path).unwrap_or_default();
            format!("{path:?} {text:?} {:?}", meta.modified().unwrap())
        })
        .collect();
    files.sort();
    files
}

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
fn caller(resolve: &Resolve, interface: &str, function: &Function, all: &Functions) -> Vec<u8> {
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

type Functions = BTreeMap<(String, String), (InterfaceId, Function)>;

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
fn handles_of(resolve: &Resolve, function: &Function) -> impl Iterator<Item = String> {
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
fn cases(resolve: &Resolve, function: &Function) -> Vec<String> {
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

/// Calls the function while it is denied.
async fn denied(engine: &Engine, resolve: &Resolve, all: &Functions, operation: &Operation) {
    let name = format!("{}.{}", operation.interface, operation.function);
    let (_, function) = &all[&(
        operation.interface.to_string(),
        operation.function.to_string(),
    )];
    let component = caller(resolve, operation.interface, function, all);
    let plugin =
        Plugin::from_bytes(engine, "guest", component).unwrap_or_else(|e| panic!("{name}: {e}"));
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("file"), "text").unwrap();
    let (wire, captured) = (Tripwire::default(), wasi::cli::Captured::default());
    let connections = Connections {
        wire: wire.clone(),
        opened: Arc::default(),
    };
    // Somebody is at the other end of each connection, and hears what is posted.
    let (hub, heard) = (Arc::new(messaging::Hub::default()), Tripwire::default());
    let channel = hub.channel("name");
    let listener = tokio::spawn({
        let (hub, heard) = (hub.clone(), heard.clone());
        async move {
            let port = hub.accept("name").await;
            tokio::select! {
                _ = port.receive() => heard.touch(),
                _ = channel.receive() => heard.touch(),
            }
        }
    });
    let denials = Arc::new(Denials::default());
    let policy = Arc::new(Without {
        interface: operation.interface,
        function: operation.function,
        asked: AtomicU64::new(0),
    });
    let host = Host::system()
        .with_console(Arc::new(wire.clone()))
        .with_clock(Arc::new(wire.clone()))
        .with_entropy(Arc::new(wire.clone()))
        .with_scheduler(Arc::new(wire.clone()))
        .with_storage(Arc::new(wire.clone()))
        .with_cli(Arc::new(captured.clone()))
        .with_fetch(Arc::new(fetch::HttpClient::over(
            fetch::Network::default().with_resolver(Arc::new(wire.clone())),
        )))
        .with_websocket(Arc::new(connections.clone()))
        .with_keyvalue(Arc::new(wire.clone()))
        .with_messaging(hub)
        .with_policy(policy.clone())
        .with_audit(denials.clone());
    let mut instance = Instance::builder(&plugin)
        .grants(everything(folder.path()))
        .host(host)
        .start()
        .await
        .unwrap_or_else(|e| panic!("{name}: {e}"));
    let (touched, files) = (wire.0.load(Ordering::Relaxed), contents(folder.path()));
    let outcome = instance.call_typed::<(), (u32,)>(None, "run", ()).await;
    let asked = policy.asked.load(Ordering::Relaxed);
    assert_eq!(asked, 1, "{name}: asked; {outcome:?}");
    let recorded = denials.0.lock().unwrap().join(", ");
    assert_eq!(recorded, name, "recorded");
    listener.abort();
    let of_a_key = handles_of(resolve, function).any(|name| name == "key");
    if !of_a_key {
        // Making the key was one.
        assert_eq!(wire.0.load(Ordering::Relaxed), touched, "{name}: an effect");
    }
    assert_eq!(heard.0.load(Ordering::Relaxed), 0, "{name}: an effect");
    assert_eq!(contents(folder.path()), files, "{name}: an effect");
    let opens = handles_of(resolve, function).any(|name| name == "connection");
    let opened = connections.opened.load(Ordering::Relaxed);
    assert_eq!(opened, u64::from(opens), "{name}: an effect");
    assert_eq!(
        captured.stdout_text() + &captured.stderr_text(),
        "",
        "{name}: an effect"
    );
    match operation.on_denial {
        OnDenial::Error(case) => {
            let cases = cases(resolve, function);
            let at = cases.iter().position(|c| c == case);
            let at = at.unwrap_or_else(|| panic!("{name}: `{case}` is none of {cases:?}"));
            let (code,) = outcome.unwrap_or_else(|e| panic!("{name}: {e}"));
            assert_eq!(code as usize, 1 + at, "{name}: {cases:?}");
        }
        OnDenial::Nothing | OnDenial::Empty => {
            let (code,) = outcome.unwrap_or_else(|e| panic!("{name}: {e}"));
            assert_eq!(code, 0, "{name}");
        }
        OnDenial::Ends => {
            let error = outcome.unwrap_err();
            assert!(
                matches!(&error, Error::Denied { operation, .. } if *operation == name),
                "{name}: {error}"
            );
        }
        other => panic!("{name}: {other:?}"),
    }
}

#[tokio::test]
async fn every_function_can_be_denied() {
    let (engine, resolve) = (outwit_tests::engine(), resolve());
    let all = functions(&resolve);
    let mut tested = 0;
    for operation in operations() {
        if !matches!(operation.on_denial, OnDenial::NotAsked(_)) {
            denied(&engine, &resolve, &all, operation).await;
            tested += 1;
        }
    }
    assert!(tested > 90, "{tested}");
}

/// The page of the book that lists all this.
fn table() -> String {
    let mut text = "\
# What a plugin can be denied

Every function of the host, by the capability it is granted with. A [policy](embedding.md#policy-and-audit) is asked about each before anything happens; the last
column says what the plugin sees when it is denied. This page is generated, and a test denies each of them.

| Capability | Function | When denied |
|---|---|---|
"
    .to_string();
    for operation in operations() {
        let Operation {
            capability,
            interface,
            function,
            on_denial,
            ..
        } = operation;
        let capability = match interface.starts_with("wasi:io/") {
            true => "that of the stream",
            false => capability.name(),
        };
        let seen = match on_denial {
            OnDenial::Error(case) => format!("the error `{case}`"),
            OnDenial::Nothing => "nothing: it returns, and nothing is done".to_string(),
            OnDenial::Empty => "that there is nothing".to_string(),
            OnDenial::Ends => "the call ends with `Error::Denied`".to_string(),
            OnDenial::NotAsked(why) => format!("never asked about: {why}"),
            other => panic!("{other:?}"),
        };
        writeln!(
            text,
            "| {capability} | `{interface}` `{function}` | {seen} |"
        )
        .unwrap();
    }
    text
}

#[test]
fn the_page_of_the_book_is_current() {
    let path = wit().join("../docs/operations.md");
    let table = table();
    if std::env::var_os("OUTWIT_BLESS").is_some() {
        std::fs::write(&path, &table).unwrap();
    }
    let page = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        page == table,
        "docs/operations.md is not current; `cargo xtask bless` writes it"
    );
}
