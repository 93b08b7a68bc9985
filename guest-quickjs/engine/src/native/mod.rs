//! `outwit:engine/…`: modules of native functions, for the web APIs alone.
//!
//! A plugin cannot import them. Each is a file here, with its list of functions.

pub mod base64;
pub mod bytes;
pub mod clone;
pub mod compression;
pub mod digest;
pub mod encoding;
pub mod errors;
pub mod functions;
pub mod globals;
mod held;
pub mod mime;
pub mod modules;
pub mod script;
pub mod tasks;
pub mod url;
pub mod wire;

use outwit_quickjs_runtime::{Js, Thrown, Value, check, context, sys};
use std::ffi::CStr;

/// What QuickJS calls.
pub type Call =
    unsafe extern "C" fn(*mut sys::JSContext, sys::JSValue, i32, *mut sys::JSValue) -> sys::JSValue;

/// A native function. QuickJS passes at least as many arguments as it has parameters.
pub struct Function {
    /// Its name.
    pub name: &'static CStr,
    /// The number of its parameters.
    pub length: i32,
    /// The function.
    pub call: Call,
}

/// The one list of all native modules.
const MODULES: &[(&CStr, &[Function])] = &[
    (c"outwit:engine/base64", base64::FUNCTIONS),
    (c"outwit:engine/bytes", bytes::FUNCTIONS),
    (c"outwit:engine/clone", clone::FUNCTIONS),
    (c"outwit:engine/compression", compression::FUNCTIONS),
    (c"outwit:engine/digest", digest::FUNCTIONS),
    (c"outwit:engine/encoding", encoding::FUNCTIONS),
    (c"outwit:engine/errors", errors::FUNCTIONS),
    (c"outwit:engine/functions", functions::FUNCTIONS),
    (c"outwit:engine/globals", globals::FUNCTIONS),
    (c"outwit:engine/mime", mime::FUNCTIONS),
    (c"outwit:engine/modules", modules::FUNCTIONS),
    (c"outwit:engine/tasks", tasks::FUNCTIONS),
    (c"outwit:engine/url", url::FUNCTIONS),
    (c"outwit:engine/wire", wire::FUNCTIONS),
    (c"?script", script::FUNCTIONS),
];

/// The functions of a module.
pub fn functions(module: &CStr) -> Option<&'static [Function]> {
    let found = MODULES.iter().find(|(name, _)| *name == module);
    found.map(|(_, functions)| *functions)
}

/// Whether there is such a module.
pub fn is_module(name: &str) -> bool {
    MODULES
        .iter()
        .any(|(module, _)| module.to_bytes() == name.as_bytes())
}

impl Function {
    /// The function as a value.
    ///
    /// # Errors
    /// Throws when memory runs out.
    pub fn value(&self) -> Js<Value> {
        Value::function(self.name, self.length, self.call)
    }
}

/// What a native function returns to QuickJS.
pub fn returned(result: Js<Value>) -> sys::JSValue {
    result.map_or(sys::JS_EXCEPTION, Value::into_raw)
}

/// The parameters of a native function.
///
/// # Safety
/// QuickJS called it with these, and it has at least `N` parameters.
pub unsafe fn parameters<const N: usize>(arguments: *mut sys::JSValue) -> [Value; N] {
    // SAFETY: by contract.
    core::array::from_fn(|index| Value::borrow(unsafe { *arguments.add(index) }))
}

/// The bytes of a `Uint8Array`, as long as no code of JavaScript runs.
///
/// # Errors
/// Throws if it is none.
pub fn bytes_of(array: &Value) -> Js<&[u8]> {
    let mut len = 0;
    // SAFETY: QuickJS gives pointer and length of an array that is alive, or throws.
    unsafe {
        let pointer = sys::JS_GetUint8Array(context(), &mut len, array.raw());
        if !pointer.is_null() {
            return Ok(std::slice::from_raw_parts(pointer, len as usize));
        }
        if sys::JS_HasException(context()) {
            return Err(Thrown);
        }
    }
    Ok(&[])
}

/// A new `Uint8Array`.
///
/// # Errors
/// Throws when memory runs out.
pub fn new_bytes(bytes: &[u8]) -> Js<Value> {
    // SAFETY: pointer and length are those of a slice.
    check(unsafe { sys::JS_NewUint8ArrayCopy(context(), bytes.as_ptr(), bytes.len() as _) })
}

/// Whether it is `true`.
pub fn is_true(value: &Value) -> bool {
    value.raw() == Value::bool(true).raw()
}
