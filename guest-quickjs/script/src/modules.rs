//! The modules of a session: those that were loaded, and `console`.

use crate::bindings::outwit::console::log::{Level, write};
use crate::session::settled;
use outwit_quickjs_runtime::{
    ErrorKind, Global, Js, PARSER_COST, Thrown, Value, check, context, runtime, sys, throw,
    with_native_cost,
};
use std::ffi::{CStr, CString, c_char, c_int, c_void};
use std::ptr::null_mut;

/// The modules of `console`, in the order in which they need each other.
const CONSOLE: [(&str, &str); 2] = [
    (
        "outwit:console/inspect.js",
        include_str!("../../js/console/inspect.js"),
    ),
    (
        "outwit:console/console.js",
        include_str!("../../js/console/console.js"),
    ),
];
/// The names and namespaces of loaded modules, in order.
static LOADED: Global<Vec<(String, Value)>> = Global::new(Vec::new());

/// Tells QuickJS where modules are, and makes `console`.
pub fn install() -> Js<()> {
    // SAFETY: the functions have the right types.
    unsafe { sys::JS_SetModuleLoaderFunc(runtime(), Some(resolve), Some(load), null_mut()) }
    CONSOLE
        .iter()
        .try_for_each(|(name, source)| run(name, source.as_bytes()).map(drop))
}

/// Evaluates a module and remembers it under its name.
pub fn evaluate(name: &str, source: &[u8]) -> Js<()> {
    if is_loaded(name) {
        return Err(throw(
            ErrorKind::Error,
            &format!("a module `{name}` is loaded already"),
        ));
    }
    let namespace = run(name, source)?;
    // SAFETY: one thread; nothing else runs meanwhile.
    unsafe { (*LOADED.get()).push((name.to_owned(), namespace)) };
    Ok(())
}

/// The export of this name of the module that was loaded last, of those that have it.
pub fn find_export(name: &str) -> Js<Option<Value>> {
    // SAFETY: one thread; the namespaces are copied before any getter runs.
    let namespaces: Vec<Value> = unsafe {
        (*LOADED.get())
            .iter()
            .rev()
            .map(|(_, namespace)| namespace.clone())
            .collect()
    };
    for namespace in namespaces {
        let found = namespace.get_named(name)?;
        if !found.is_undefined() {
            return Ok(Some(found));
        }
    }
    Ok(None)
}

fn is_loaded(name: &str) -> bool {
    // SAFETY: one thread; nothing else runs meanwhile.
    unsafe { (*LOADED.get()).iter().any(|(loaded, _)| loaded == name) }
}

/// Compiles and evaluates a module; its namespace.
fn run(name: &str, source: &[u8]) -> Js<Value> {
    let name = CString::new(name).map_err(|_| throw(ErrorKind::Type, "a module name has a NUL"))?;
    let mut text = source.to_vec();
    // QuickJS reads one byte past the end and wants to find a NUL there
    text.push(0);
    let flags = (sys::JS_EVAL_TYPE_MODULE | sys::JS_EVAL_FLAG_COMPILE_ONLY) as c_int;
    // SAFETY: the text has a NUL at its end, which does not count. A compiled module is a pointer to its
    // definition, which lives as long as the context.
    unsafe {
        let compiled = check(with_native_cost(PARSER_COST, || {
            sys::JS_Eval(
                context(),
                text.as_ptr().cast(),
                source.len() as _,
                name.as_ptr(),
                flags,
            )
        }))?;
        let module = sys::JS_VALUE_GET_PTR(compiled.raw()).cast::<sys::JSModuleDef>();
        settled(check(sys::JS_EvalFunction(context(), compiled.into_raw()))?)?;
        check(sys::JS_GetModuleNamespace(context(), module))
    }
}

/// Says which module a specifier means: its name, owned by QuickJS.
unsafe extern "C" fn resolve(
    context: *mut sys::JSContext,
    referrer: *const c_char,
    specifier: *const c_char,
    _: *mut c_void,
) -> *mut c_char {
    // SAFETY: QuickJS passes strings with a NUL at their end.
    unsafe {
        let referrer = CStr::from_ptr(referrer).to_string_lossy();
        let specifier = CStr::from_ptr(specifier).to_string_lossy();
        let name = join(&referrer, &specifier);
        let is_own = referrer.starts_with("outwit:") && name.starts_with("outwit:");
        if !is_loaded(&name) && !is_own {
            let message = format!("cannot find the module '{specifier}' imported by {referrer}");
            throw(ErrorKind::Error, &message);
            return null_mut();
        }
        sys::js_strndup(context, name.as_ptr().cast(), name.len() as _)
    }
}

/// `lib/b.js` for `./b.js` in `lib/a.js`; what is not relative is a name as it stands.
fn join(referrer: &str, specifier: &str) -> String {
    if !specifier.starts_with("./") && !specifier.starts_with("../") {
        return specifier.to_owned();
    }
    let folder = referrer.rsplit_once('/').map_or("", |(folder, _)| folder);
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    for part in specifier.split('/') {
        match part {
            "." | "" => {}
            ".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    parts.join("/")
}

/// The functions of the modules that `console` imports and that are not JavaScript.
fn functions(module: &CStr) -> &'static [(&'static CStr, c_int, Call)] {
    match module.to_bytes() {
        b"outwit:engine/globals" => &[(c"define", 3, js_define)],
        // there are no other web APIs here
        b"outwit:engine/modules" => &[
            (c"require", 1, js_nothing),
            (c"hasInterface", 1, js_nothing),
        ],
        _ => &[(c"write", 2, js_write)],
    }
}

type Call =
    unsafe extern "C" fn(*mut sys::JSContext, sys::JSValue, i32, *mut sys::JSValue) -> sys::JSValue;

/// Makes a module that QuickJS does not know yet when it is imported.
unsafe extern "C" fn load(
    context: *mut sys::JSContext,
    name: *const c_char,
    _: *mut c_void,
) -> *mut sys::JSModuleDef {
    // SAFETY: QuickJS passes a string with a NUL at its end.
    unsafe {
        let module = sys::JS_NewCModule(context, name, Some(fill));
        if module.is_null() {
            return module;
        }
        for (function, _, _) in functions(CStr::from_ptr(name)) {
            if sys::JS_AddModuleExport(context, module, function.as_ptr()) < 0 {
                return null_mut();
            }
        }
        module
    }
}

unsafe extern "C" fn fill(context: *mut sys::JSContext, module: *mut sys::JSModuleDef) -> c_int {
    let fill = || -> Js<()> {
        // SAFETY: the atom is owned and freed at the end; the module takes over the functions.
        unsafe {
            let atom = sys::JS_GetModuleName(context, module);
            let name = check(sys::JS_AtomToString(context, atom));
            sys::JS_FreeAtom(context, atom);
            let name = CString::new(name?.text()?.bytes()).unwrap_or_default();
            for (function, length, call) in functions(&name) {
                let value = Value::function(function, *length, *call)?;
                if sys::JS_SetModuleExport(context, module, function.as_ptr(), value.into_raw()) < 0
                {
                    return Err(Thrown);
                }
            }
        }
        Ok(())
    };
    if fill().is_err() { -1 } else { 0 }
}

/// Defines a global; none is enumerable here.
unsafe extern "C" fn js_define(
    _: *mut sys::JSContext,
    _: sys::JSValue,
    _: i32,
    arguments: *mut sys::JSValue,
) -> sys::JSValue {
    // SAFETY: the function has three parameters.
    let [name, value] = unsafe { [*arguments, *arguments.add(1)] }.map(Value::borrow);
    let defined = name
        .text()
        .and_then(|name| Value::global().define_hidden(name.as_str(), value));
    match defined {
        Ok(()) => sys::JS_UNDEFINED,
        Err(Thrown) => sys::JS_EXCEPTION,
    }
}

unsafe extern "C" fn js_nothing(
    _: *mut sys::JSContext,
    _: sys::JSValue,
    _: i32,
    _: *mut sys::JSValue,
) -> sys::JSValue {
    sys::JS_UNDEFINED
}

unsafe extern "C" fn js_write(
    _: *mut sys::JSContext,
    _: sys::JSValue,
    _: i32,
    arguments: *mut sys::JSValue,
) -> sys::JSValue {
    // SAFETY: the function has two parameters.
    let [level, message] = unsafe { [*arguments, *arguments.add(1)] }.map(Value::borrow);
    let written = level.text().and_then(|level| {
        let level = match level.as_str() {
            "debug" => Level::Debug,
            "warn" => Level::Warn,
            "error" => Level::Error,
            _ => Level::Info,
        };
        write(level, message.text()?.as_str());
        Ok(())
    });
    match written {
        Ok(()) => sys::JS_UNDEFINED,
        Err(Thrown) => sys::JS_EXCEPTION,
    }
}
