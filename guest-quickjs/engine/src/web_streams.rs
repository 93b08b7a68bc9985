//! What streams share with JavaScript's own: the prototype of asynchronous iterators, and
//! `ReadableStream` where the plugin's code mentions it or anything that brings it.

use crate::modules;
use outwit_quickjs_runtime::{Global, Js, Value, check, context, sys, take_exception};
use std::ffi::CStr;

/// The functions of [`MODULE`], if it has been evaluated.
struct Functions {
    wrap: Value,
    unwrap: Value,
    open: Value,
}

static FUNCTIONS: Global<Option<Functions>> = Global::new(None);

/// Streams that arrived as streams of JavaScript.
const MODULE: &CStr = c"outwit:streams/wire.js";
/// What brings it.
const READABLE: &CStr = c"outwit:streams/readable-stream.js";

const PROTOTYPE: &CStr = cr"(() => {
  const { create, getPrototypeOf } = Object;
  return create(getPrototypeOf(getPrototypeOf(async function* () {}.prototype)));
})()";

/// A new object that inherits from `%AsyncIteratorPrototype%`.
pub fn async_iterator_prototype() -> Js<Value> {
    // SAFETY: the text has a NUL at its end, which does not count.
    check(unsafe {
        sys::JS_Eval(
            context(),
            PROTOTYPE.as_ptr(),
            PROTOTYPE.to_bytes().len() as _,
            c"outwit:engine".as_ptr(),
            sys::JS_EVAL_TYPE_GLOBAL as i32,
        )
    })
}

/// From now on streams that arrive are objects of `ReadableStream`, if that has come into being.
pub fn install() -> Js<()> {
    if !modules::is_evaluated(READABLE) {
        return Ok(());
    }
    let module = modules::require(MODULE)?;
    let functions = Functions {
        wrap: module.get_named("wrap")?,
        unwrap: module.get_named("unwrap")?,
        open: module.get_named("open")?,
    };
    // SAFETY: one thread; nothing else runs meanwhile.
    unsafe { *FUNCTIONS.get() = Some(functions) };
    Ok(())
}

fn functions() -> Option<&'static Functions> {
    // SAFETY: written once, while the plugin is built.
    unsafe { (*FUNCTIONS.get()).as_ref() }
}

/// The `ReadableStream` of a stream, or the stream itself.
pub fn wrap(stream: Value, is_bytes: bool) -> Js<Value> {
    match functions() {
        Some(functions) => functions
            .wrap
            .call(&Value::UNDEFINED, &[stream, Value::bool(is_bytes)]),
        None => Ok(stream),
    }
}

/// The stream of a `ReadableStream` that [`wrap`] made, that nobody has locked and that keeps nothing back.
pub fn unwrap(value: sys::JSValue) -> Option<Value> {
    let functions = functions()?;
    if (value >> 32) as i32 != sys::JS_TAG_OBJECT {
        return None;
    }
    match functions
        .unwrap
        .call(&Value::UNDEFINED, &[Value::borrow(value)])
    {
        Ok(stream) => Some(stream).filter(|stream| stream.is_object()),
        Err(_) => {
            drop(take_exception());
            None
        }
    }
}

/// The reader of a `ReadableStream`, which has `read` and `cancel`; nothing for any other object.
///
/// # Errors
/// Throws if the stream is locked.
pub fn open(object: &Value) -> Js<Option<Value>> {
    let Some(functions) = functions() else {
        return Ok(None);
    };
    let reader = functions
        .open
        .call(&Value::UNDEFINED, std::slice::from_ref(object))?;
    Ok(Some(reader).filter(|reader| reader.is_object()))
}
