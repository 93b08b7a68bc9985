//! `?script`: what runs CommonJS files while the plugin is built. Nothing a plugin's author writes is called like that.

use super::{Function, parameters, returned};
use outwit_quickjs_runtime::{Js, PARSER_COST, Value, check, context, sys, with_native_cost};
use std::ffi::CString;

/// `compile(name, source)` evaluates a script, which is not in strict mode, and returns its value.
pub const FUNCTIONS: &[Function] = &[Function {
    name: c"compile",
    length: 2,
    call: js_compile,
}];

unsafe extern "C" fn js_compile(
    _: *mut sys::JSContext,
    _: sys::JSValue,
    _: i32,
    arguments: *mut sys::JSValue,
) -> sys::JSValue {
    // SAFETY: the function has two parameters.
    let [name, source] = unsafe { parameters(arguments) };
    let compile = || -> Js<Value> {
        let name = CString::new(name.text()?.bytes()).unwrap_or_default();
        let text = source.text()?;
        let mut source = Vec::with_capacity(text.bytes().len() + 1);
        source.extend_from_slice(text.bytes());
        // QuickJS reads one byte past the end and wants to find a NUL there
        source.push(0);
        let flags = sys::JS_EVAL_TYPE_GLOBAL as i32;
        // SAFETY: the text has a NUL at its end, which does not count.
        check(with_native_cost(PARSER_COST, || unsafe {
            sys::JS_Eval(
                context(),
                source.as_ptr().cast(),
                text.bytes().len() as _,
                name.as_ptr(),
                flags,
            )
        }))
    };
    returned(compile())
}
