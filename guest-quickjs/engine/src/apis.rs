//! The web APIs: which there are, and how each comes into being when it is first used.
//!
//! All are ES modules in `guest-quickjs/js/`, packed into the engine. What a plugin never uses costs it one small accessor for each
//! global. The first use of a global, or its mention in the plugin's source while that is compiled, evaluates the module, which defines the real
//! properties with [`crate::native::globals`].

use crate::modules;
use crate::world::{World, without_version};
use outwit_quickjs_runtime::{
    Atom, ErrorKind, Global, Js, Thrown, Value, check, context, sys, throw,
};
use std::ffi::{CStr, CString, c_int};

/// One web API.
struct Api {
    /// The interface whose import makes it exist, without its version; several with `|` in between, of which one is enough, or with `+`, of
    /// which all are needed; nothing for one that is always there.
    interface: &'static str,
    /// The module that defines its globals.
    module: &'static CStr,
    /// These.
    globals: &'static [&'static str],
}

/// The one list of all web APIs.
const APIS: &[Api] = &[
    Api {
        interface: "",
        module: c"outwit:dom/exception.js",
        globals: &["DOMException", "QuotaExceededError"],
    },
    Api {
        interface: "",
        module: c"outwit:dom/event.js",
        globals: &["Event", "CustomEvent"],
    },
    Api {
        interface: "",
        module: c"outwit:dom/events.js",
        globals: &[
            "CloseEvent",
            "ErrorEvent",
            "MessageEvent",
            "PromiseRejectionEvent",
        ],
    },
    Api {
        interface: "",
        module: c"outwit:dom/event-target.js",
        globals: &["EventTarget"],
    },
    Api {
        interface: "",
        module: c"outwit:dom/abort.js",
        globals: &["AbortController", "AbortSignal"],
    },
    Api {
        interface: "",
        module: c"outwit:html/scope.js",
        globals: &[
            "addEventListener",
            "removeEventListener",
            "dispatchEvent",
            "onerror",
            "onunhandledrejection",
            "onrejectionhandled",
            "reportError",
        ],
    },
    Api {
        interface: "",
        module: c"outwit:html/base64.js",
        globals: &["atob", "btoa"],
    },
    Api {
        interface: "",
        module: c"outwit:html/navigator.js",
        globals: &["Navigator", "navigator"],
    },
    Api {
        interface: "",
        module: c"outwit:html/structured-clone.js",
        globals: &["structuredClone"],
    },
    Api {
        interface: "",
        module: c"outwit:html/messaging.js",
        globals: &["MessageChannel", "MessagePort"],
    },
    Api {
        interface: "",
        module: c"outwit:streams/readable-stream.js",
        globals: &[
            "ReadableStream",
            "ReadableStreamDefaultReader",
            "ReadableStreamBYOBReader",
            "ReadableStreamDefaultController",
            "ReadableByteStreamController",
            "ReadableStreamBYOBRequest",
        ],
    },
    Api {
        interface: "",
        module: c"outwit:streams/writable-stream.js",
        globals: &[
            "WritableStream",
            "WritableStreamDefaultWriter",
            "WritableStreamDefaultController",
        ],
    },
    Api {
        interface: "",
        module: c"outwit:streams/transform-stream.js",
        globals: &["TransformStream", "TransformStreamDefaultController"],
    },
    Api {
        interface: "",
        module: c"outwit:blob/blob.js",
        globals: &["Blob", "File"],
    },
    Api {
        interface: "",
        module: c"outwit:blob/file-reader.js",
        globals: &["FileReader", "ProgressEvent"],
    },
    Api {
        interface: "",
        module: c"outwit:fetch/formdata.js",
        globals: &["FormData"],
    },
    Api {
        interface: "",
        module: c"outwit:fetch/headers.js",
        globals: &["Headers"],
    },
    Api {
        interface: "",
        module: c"outwit:fetch/request.js",
        globals: &["Request"],
    },
    Api {
        interface: "",
        module: c"outwit:fetch/response.js",
        globals: &["Response"],
    },
    Api {
        interface: "",
        module: c"outwit:streams/strategies.js",
        globals: &["ByteLengthQueuingStrategy", "CountQueuingStrategy"],
    },
    Api {
        interface: "",
        module: c"outwit:encoding/text-encoder.js",
        globals: &["TextEncoder"],
    },
    Api {
        interface: "",
        module: c"outwit:encoding/text-decoder.js",
        globals: &["TextDecoder"],
    },
    Api {
        interface: "",
        module: c"outwit:encoding/text-streams.js",
        globals: &["TextEncoderStream", "TextDecoderStream"],
    },
    Api {
        interface: "",
        module: c"outwit:compression/compression.js",
        globals: &["CompressionStream", "DecompressionStream"],
    },
    Api {
        interface: "",
        module: c"outwit:url/url.js",
        globals: &["URL", "URLSearchParams"],
    },
    Api {
        interface: "",
        module: c"outwit:urlpattern/urlpattern.js",
        globals: &["URLPattern"],
    },
    Api {
        interface: "outwit:performance/clock",
        module: c"outwit:performance/performance.js",
        globals: &["Performance", "performance"],
    },
    Api {
        interface: "outwit:performance/clock",
        module: c"outwit:performance/entries.js",
        globals: &["PerformanceEntry", "PerformanceMark", "PerformanceMeasure"],
    },
    Api {
        interface: "outwit:performance/clock",
        module: c"outwit:performance/observer.js",
        globals: &["PerformanceObserver", "PerformanceObserverEntryList"],
    },
    Api {
        interface: "outwit:console/log",
        module: c"outwit:console/console.js",
        globals: &["console"],
    },
    Api {
        interface: "outwit:crypto/entropy|outwit:subtle/keys",
        module: c"outwit:crypto/crypto.js",
        globals: &["Crypto", "crypto"],
    },
    Api {
        interface: "outwit:subtle/keys",
        module: c"outwit:crypto/crypto-key.js",
        globals: &["CryptoKey"],
    },
    Api {
        interface: "outwit:subtle/keys",
        module: c"outwit:crypto/subtle.js",
        globals: &["SubtleCrypto"],
    },
    Api {
        interface: "outwit:timers/scheduler",
        module: c"outwit:timers/timers.js",
        globals: &["setTimeout", "setInterval", "clearTimeout", "clearInterval"],
    },
    Api {
        interface: "outwit:storage/local-storage",
        module: c"outwit:storage/storage.js",
        globals: &["Storage"],
    },
    Api {
        interface: "outwit:storage/local-storage",
        module: c"outwit:storage/local-storage.js",
        globals: &["localStorage"],
    },
    Api {
        interface: "outwit:storage/local-storage",
        module: c"outwit:storage/session-storage.js",
        globals: &["sessionStorage"],
    },
    Api {
        interface: "outwit:messaging/broadcast",
        module: c"outwit:messaging/broadcast-channel.js",
        globals: &["BroadcastChannel"],
    },
    Api {
        interface: "outwit:messaging/ports",
        module: c"outwit:messaging/plugin-port.js",
        globals: &["PluginPort"],
    },
    Api {
        interface: "outwit:keyvalue/store",
        module: c"outwit:keyvalue/keyvalue.js",
        globals: &["KeyValueStore"],
    },
    Api {
        interface: "outwit:locks/manager",
        module: c"outwit:locks/locks.js",
        globals: &["Lock", "LockManager"],
    },
    Api {
        interface: "outwit:fetch/client",
        module: c"outwit:fetch/fetch.js",
        globals: &["fetch"],
    },
    Api {
        interface: "outwit:fetch/client+outwit:timers/scheduler",
        module: c"outwit:eventsource/eventsource.js",
        globals: &["EventSource"],
    },
    Api {
        interface: "outwit:websocket/client",
        module: c"outwit:websocket/websocket.js",
        globals: &["WebSocket"],
    },
];

/// Methods whose mention brings a global: objects that nothing in the plugin's source made have them.
const METHODS: &[(&str, &str)] = &[
    ("pipeThrough", "ReadableStream"),
    ("pipeTo", "ReadableStream"),
    ("tee", "ReadableStream"),
];

/// What only some methods of a web API need: the method, the module that has it, and the one that it needs. It is made while the plugin is built
/// where the API is there and the source mentions the method, else when the method is first called.
const PARTS: &[(&str, &CStr, &CStr)] = &[
    ("clone", c"outwit:fetch/body.js", c"outwit:streams/tee.js"),
    (
        "formData",
        c"outwit:fetch/body.js",
        c"outwit:fetch/formdata.js",
    ),
    (
        "pipeThrough",
        c"outwit:streams/readable-stream.js",
        c"outwit:streams/pipe.js",
    ),
    (
        "pipeThrough",
        c"outwit:streams/readable-stream.js",
        c"outwit:streams/writable-stream.js",
    ),
    (
        "pipeTo",
        c"outwit:streams/readable-stream.js",
        c"outwit:streams/pipe.js",
    ),
    (
        "pipeTo",
        c"outwit:streams/readable-stream.js",
        c"outwit:streams/writable-stream.js",
    ),
    (
        "stream",
        c"outwit:blob/blob.js",
        c"outwit:streams/readable-stream.js",
    ),
    (
        "tee",
        c"outwit:streams/readable-stream.js",
        c"outwit:streams/tee.js",
    ),
];

/// A packed module.
struct Source {
    name: &'static CStr,
    len: usize,
    packed: &'static [u8],
}

/// All modules, sorted by name.
const SOURCES: &[Source] = include!(concat!(env!("OUT_DIR"), "/sources.rs"));

/// The accessors of the globals nobody has used yet, by API and position.
static ACCESSORS: Global<Vec<Vec<Option<Value>>>> = Global::new(Vec::new());

/// Defines, for each API that this world has, an accessor for each of its globals.
///
/// # Errors
/// Throws when memory runs out.
pub fn install() -> Js<()> {
    let mut accessors = Vec::new();
    for (index, api) in APIS.iter().enumerate() {
        let mut of_api = Vec::new();
        if exists(api.interface) {
            for (position, name) in api.globals.iter().enumerate() {
                let function = accessor(name, (index << 8 | position) as c_int)?;
                define_accessor(name, &function)?;
                of_api.push(Some(function));
            }
        }
        accessors.push(of_api);
    }
    // SAFETY: one thread; nothing else runs meanwhile.
    unsafe { *ACCESSORS.get() = accessors };
    Ok(())
}

/// Whether an API that comes with this interface exists in this world.
pub fn exists(interface: &str) -> bool {
    let imports = World::get().map_or(&[][..], |world| &world.imports);
    let has = |one: &str| {
        imports
            .iter()
            .any(|import| without_version(&import.name) == one)
    };
    interface.is_empty()
        || interface
            .split('|')
            .any(|enough| enough.split('+').all(has))
}

/// The interface that a module's API needs; nothing if it needs none or belongs to no API.
pub fn interface_of(module: &CStr) -> &'static str {
    let api = APIS.iter().find(|api| api.module == module);
    api.map_or("", |api| api.interface)
}

/// The source of a module.
pub fn source(name: &CStr) -> Option<Vec<u8>> {
    let index = SOURCES
        .binary_search_by(|source| source.name.cmp(name))
        .ok()?;
    let source = SOURCES.get(index)?;
    let mut text = vec![0; source.len];
    let mut inflate = flate2::Decompress::new(false);
    inflate
        .decompress(source.packed, &mut text, flate2::FlushDecompress::Finish)
        .ok()?;
    Some(text)
}

/// Whether there is such a module.
pub fn has_source(name: &str) -> bool {
    SOURCES
        .binary_search_by(|source| source.name.to_bytes().cmp(name.as_bytes()))
        .is_ok()
}

/// Evaluates the API of a global, or of a method that brings one, if this is one of an API that has not been used yet.
///
/// # Errors
/// Throws what the API's module throws.
pub fn prepare(name: &str) -> Js<()> {
    let method = METHODS.iter().find(|(method, _)| *method == name);
    let global = method.map_or(name, |(_, global)| global);
    for (index, api) in APIS.iter().enumerate() {
        if let Some(position) = api.globals.iter().position(|name| *name == global) {
            return if is_pending(index, position) {
                touch(index)
            } else {
                Ok(())
            };
        }
    }
    Ok(())
}

/// Evaluates what a method of an API needs that is there already.
///
/// # Errors
/// Throws what the module throws.
pub fn prepare_parts(method: &str) -> Js<()> {
    for (name, owner, part) in PARTS {
        if *name == method && modules::is_evaluated(owner) {
            modules::require(part)?;
        }
    }
    Ok(())
}

/// Whether code that wants to define this global may: it is one that nobody has used or replaced.
pub fn may_define(name: &Atom, global: &str) -> bool {
    let place = APIS.iter().enumerate().find_map(|(index, api)| {
        let position = api.globals.iter().position(|name| *name == global)?;
        Some((index, position))
    });
    // SAFETY: one thread; the references end here.
    let accessor = place.and_then(|(index, position)| unsafe {
        (&mut *ACCESSORS.get())
            .get_mut(index)?
            .get_mut(position)?
            .take()
    });
    match (accessor, getter(name)) {
        // still as `install` left it
        (Some(accessor), Some(Some(getter))) => accessor.raw() == getter.raw(),
        (_, found) => found.is_none(),
    }
}

fn is_pending(index: usize, position: usize) -> bool {
    // SAFETY: one thread; the reference ends here.
    unsafe {
        let of_api = (&*ACCESSORS.get()).get(index);
        of_api.is_some_and(|of_api| of_api.get(position).is_some_and(Option::is_some))
    }
}

/// Evaluates the module of an API.
fn touch(index: usize) -> Js<()> {
    match APIS.get(index) {
        Some(api) => modules::require(api.module).map(drop),
        None => Ok(()),
    }
}

/// The accessor of one global: getter and setter in one, told apart by the number of arguments.
fn accessor(name: &str, magic: c_int) -> Js<Value> {
    let name = CString::new(name).unwrap_or_default();
    // SAFETY: with `generic_magic` QuickJS calls the function with `magic` as one more argument.
    check(unsafe {
        let function: sys::JSCFunction = core::mem::transmute::<MagicFunction, _>(access);
        sys::JS_NewCFunction2(
            context(),
            function,
            name.as_ptr(),
            0,
            sys::JSCFunctionEnum_JS_CFUNC_generic_magic,
            magic,
        )
    })
}

type MagicFunction = unsafe extern "C" fn(
    *mut sys::JSContext,
    sys::JSValue,
    c_int,
    *mut sys::JSValue,
    c_int,
) -> sys::JSValue;

fn define_accessor(name: &str, function: &Value) -> Js<()> {
    let (global, name) = (Value::global(), Atom::new(name)?);
    // SAFETY: the property takes over both functions.
    let status = unsafe {
        sys::JS_DefinePropertyGetSet(
            context(),
            global.raw(),
            name.raw(),
            function.clone().into_raw(),
            function.clone().into_raw(),
            sys::JS_PROP_CONFIGURABLE as c_int,
        )
    };
    if status < 0 { Err(Thrown) } else { Ok(()) }
}

unsafe extern "C" fn access(
    _: *mut sys::JSContext,
    _: sys::JSValue,
    count: c_int,
    arguments: *mut sys::JSValue,
    magic: c_int,
) -> sys::JSValue {
    let (index, position) = (magic as usize >> 8, magic as usize & 0xff);
    let name = APIS
        .get(index)
        .and_then(|api| api.globals.get(position))
        .copied()
        .unwrap_or_default();
    let result = if count > 0 {
        // SAFETY: there is an argument.
        replace(index, name, Value::borrow(unsafe { *arguments }))
    } else {
        use_first(index, name)
    };
    match result {
        Ok(value) => value.into_raw(),
        Err(Thrown) => sys::JS_EXCEPTION,
    }
}

fn use_first(index: usize, name: &str) -> Js<Value> {
    touch(index)?;
    let atom = Atom::new(name)?;
    if getter(&atom)
        .flatten()
        .is_some_and(|getter| is_access(index, &getter))
    {
        let message = format!("`{name}` is used while it is being defined");
        return Err(throw(ErrorKind::Error, &message));
    }
    Value::global().get(&atom)
}

fn is_access(index: usize, getter: &Value) -> bool {
    // SAFETY: one thread; the reference ends here.
    let of_api = unsafe { (&*ACCESSORS.get()).get(index) };
    of_api.is_some_and(|of_api| {
        of_api
            .iter()
            .flatten()
            .any(|accessor| accessor.raw() == getter.raw())
    })
}

/// Code of the plugin assigns to a global that nobody has used: it is the plugin's from now on, unless it is an event handler.
fn replace(index: usize, name: &str, value: Value) -> Js<Value> {
    if name.starts_with("on") {
        let handler = use_first(index, name);
        return handler.and_then(|_| Value::global().set_named(name, value));
    }
    Value::global().define_hidden(name, value)?;
    Ok(Value::UNDEFINED)
}

/// The own property of the global object: whether there is one, and its getter if it is an accessor.
fn getter(name: &Atom) -> Option<Option<Value>> {
    let mut descriptor = sys::JSPropertyDescriptor {
        flags: 0,
        value: sys::JS_UNDEFINED,
        getter: sys::JS_UNDEFINED,
        setter: sys::JS_UNDEFINED,
    };
    let global = Value::global();
    // SAFETY: the descriptor is written on 1 and its three values are then owned.
    let found =
        unsafe { sys::JS_GetOwnProperty(context(), &mut descriptor, global.raw(), name.raw()) };
    if found <= 0 {
        return None;
    }
    let _others = (Value::own(descriptor.value), Value::own(descriptor.setter));
    Some(Some(Value::own(descriptor.getter)).filter(Value::is_object))
}
