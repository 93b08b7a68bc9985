//! Objects that hold something of Rust's: what decodes, compresses and decompresses.

use outwit_quickjs_runtime::{ErrorKind, Global, Js, Value, check, context, runtime, sys, throw};
use outwit_quickjs_web::compression::{Compressor, Decompressor};
use outwit_quickjs_web::encoding::Decoder;
use std::ptr::null_mut;

/// What an object holds.
pub enum Held {
    /// See `encoding.rs`.
    Decoder(Decoder),
    /// See `compression.rs`.
    Compressor(Compressor),
    /// See `compression.rs`.
    Decompressor(Decompressor),
}

static CLASS: Global<sys::JSClassID> = Global::new(0);

fn class() -> Js<sys::JSClassID> {
    // SAFETY: one thread; the definition is copied.
    unsafe {
        if *CLASS.get() == 0 {
            sys::JS_NewClassID(runtime(), CLASS.get());
            let definition = sys::JSClassDef {
                class_name: c"Native".as_ptr(),
                finalizer: Some(finalize),
                gc_mark: None,
                call: None,
                exotic: null_mut(),
            };
            if sys::JS_NewClass(runtime(), *CLASS.get(), &definition) < 0 {
                return Err(throw(ErrorKind::Error, "out of memory"));
            }
        }
        Ok(*CLASS.get())
    }
}

/// An object that holds this. It never gets to code of the plugin.
pub fn object(held: Held) -> Js<Value> {
    let class = class()?;
    // SAFETY: the object takes over the box.
    unsafe {
        let object = check(sys::JS_NewObjectProtoClass(context(), sys::JS_NULL, class))?;
        sys::JS_SetOpaque(object.raw(), Box::into_raw(Box::new(held)).cast());
        Ok(object)
    }
}

/// Uses what an object holds; no code of JavaScript runs meanwhile.
pub fn with<T>(object: &Value, use_it: impl FnOnce(&mut Held) -> Option<T>) -> Js<T> {
    // SAFETY: the opaque of this class is a box that lives as long as the object; one thread, and nothing else uses it meanwhile.
    let held = unsafe {
        sys::JS_GetOpaque(object.raw(), *CLASS.get())
            .cast::<Held>()
            .as_mut()
    };
    let result = held.and_then(use_it);
    result.ok_or_else(|| throw(ErrorKind::Type, "Illegal invocation"))
}

unsafe extern "C" fn finalize(_: *mut sys::JSRuntime, object: sys::JSValue) {
    // SAFETY: the opaque is the box that `object` gave, or null if it got none.
    unsafe {
        let held = sys::JS_GetOpaque(object, *CLASS.get()).cast::<Held>();
        if !held.is_null() {
            drop(Box::from_raw(held));
        }
    }
}
