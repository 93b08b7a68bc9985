//! `ComponentError`: how the error of a `result` is thrown.

use outwit_quickjs_runtime::{Atom, Global, Js, Value, check, context, sys};

const SOURCE: &str = r#"(() => {
  const { String: string, Object: { defineProperty }, JSON: { stringify } } = globalThis;
  const describe = (payload) => {
    if (payload === undefined) return "";
    if (typeof payload !== "object" || payload === null) return string(payload);
    try {
      if (typeof payload.tag === "string") {
        const { tag, val } = payload;
        return val === undefined ? tag : `${tag}: ${describe(val)}`;
      }
      if (typeof payload.message === "string") return payload.message;
      return stringify(payload) ?? "";
    } catch {
      return "";
    }
  };
  class ComponentError extends Error {
    constructor(payload) {
      super(describe(payload));
      defineProperty(this, "payload", { value: payload, writable: true, enumerable: true, configurable: true });
    }
  }
  defineProperty(ComponentError.prototype, "name", { value: "ComponentError", writable: true, configurable: true });
  return ComponentError;
})()"#;

static CLASS: Global<Value> = Global::new(Value::UNDEFINED);

/// Defines the class and the global of its name.
pub fn install() -> Js<()> {
    let source = std::ffi::CString::new(SOURCE).unwrap_or_default();
    // SAFETY: the text has a NUL at its end, which does not count.
    let class = check(unsafe {
        sys::JS_Eval(
            context(),
            source.as_ptr(),
            source.as_bytes().len() as _,
            c"outwit:engine".as_ptr(),
            sys::JS_EVAL_TYPE_GLOBAL as i32,
        )
    })?;
    // SAFETY: one thread; nothing else runs meanwhile.
    unsafe { *CLASS.get() = class.clone() };
    let flags = sys::JS_PROP_WRITABLE | sys::JS_PROP_CONFIGURABLE;
    Value::global().define_with(&Atom::new("ComponentError")?, class, flags)
}

/// A `ComponentError` with this payload.
pub fn new(payload: Value) -> Js<Value> {
    // SAFETY: one thread; the class is not written again.
    unsafe { &*CLASS.get() }.construct(&[payload])
}
