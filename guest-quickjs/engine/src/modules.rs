//! Where `import` finds modules: the interfaces of the world, and the plugin's own files.

use crate::dispatch::dispatch;
use crate::resource::Resource;
use crate::world::{Function, FunctionKind, World, without_version};
use crate::{apis, import, is_built, native, ready};
use outwit_descriptor::intrinsic;
use outwit_quickjs_runtime::{
    ErrorKind, Global, Js, PARSER_COST, Thrown, Value, check, context, free_lifted, runtime, sys,
    throw, with_native_cost,
};
use std::collections::BTreeMap;
use std::ffi::{CStr, CString, c_char, c_int, c_void};
use std::ptr::null_mut;

/// The module of functions that belong to the world and not to an interface of it.
const WORLD: &str = "$root";

/// The module by which what the builder makes of CommonJS files runs them; see `native/script.rs`.
const SCRIPT: &str = "?script";

/// The sources of modules that have been resolved and not yet been compiled.
static SOURCES: Global<BTreeMap<CString, Vec<u8>>> = Global::new(BTreeMap::new());
/// The modules of the web APIs that have been compiled; they live as long as the context.
static APIS: Global<BTreeMap<CString, *mut sys::JSModuleDef>> = Global::new(BTreeMap::new());

/// Tells QuickJS where modules are.
pub fn install() {
    // SAFETY: the functions have the right types.
    unsafe { sys::JS_SetModuleLoaderFunc(runtime(), Some(resolve), Some(load), null_mut()) }
}

/// Compiles a module and runs it and all it imports; gives its namespace.
///
/// The module may use `await` as long as what it waits for settles by itself.
///
/// # Errors
/// Throws what the module throws.
pub fn evaluate(name: &str, source: &[u8]) -> Js<Value> {
    let name = CString::new(name).map_err(|_| throw(ErrorKind::Type, "a module name has a NUL"))?;
    let compiled = compile(&name, source)?;
    // SAFETY: a compiled module is a pointer to its definition, which lives as long as the context.
    let promise = unsafe {
        let module = sys::JS_VALUE_GET_PTR(compiled.raw()).cast::<sys::JSModuleDef>();
        let promise = check(sys::JS_EvalFunction(context(), compiled.into_raw()))?;
        outwit_quickjs_runtime::drain_jobs();
        match crate::export::settled(&promise) {
            Some(crate::export::Outcome::Returned(_)) => {
                return check(sys::JS_GetModuleNamespace(context(), module));
            }
            other => (promise, other),
        }
    };
    outwit_quickjs_runtime::forget_rejection(&promise.0);
    match promise.1 {
        Some(crate::export::Outcome::Threw(thrown)) => {
            Err(outwit_quickjs_runtime::throw_value(thrown))
        }
        _ => Err(throw(
            ErrorKind::Error,
            "the module waits, at its top level, for something that does not happen while the plugin is built",
        )),
    }
}

/// Evaluates a module of the web APIs, unless that has happened; gives its namespace.
///
/// Such a module never waits, so it has been evaluated when this returns.
///
/// # Errors
/// Throws what the module throws.
pub fn require(name: &CStr) -> Js<Value> {
    // SAFETY: modules live as long as the context. Evaluating takes over one reference, which is made here.
    unsafe {
        let module = match (*APIS.get()).get(name) {
            Some(module) => *module,
            None => {
                let module = compile_api(name)?;
                // only now, when all that it imports has been compiled, which may import it
                let value = Value::borrow(sys::JS_MKVAL(sys::JS_TAG_MODULE, module as i32));
                if sys::JS_ResolveModule(context(), value.raw()) < 0 {
                    return Err(Thrown);
                }
                module
            }
        };
        let value = Value::borrow(sys::JS_MKVAL(sys::JS_TAG_MODULE, module as i32));
        let promise = check(sys::JS_EvalFunction(context(), value.into_raw()))?;
        if let Some(crate::export::Outcome::Threw(thrown)) = crate::export::settled(&promise) {
            outwit_quickjs_runtime::forget_rejection(&promise);
            return Err(outwit_quickjs_runtime::throw_value(thrown));
        }
        check(sys::JS_GetModuleNamespace(context(), module))
    }
}

/// Whether a module of the web APIs has been compiled, and so evaluated.
pub fn is_evaluated(name: &CStr) -> bool {
    // SAFETY: one thread; the reference ends here.
    unsafe { (*APIS.get()).contains_key(name) }
}

/// Compiles a module of the web APIs.
fn compile_api(name: &CStr) -> Js<*mut sys::JSModuleDef> {
    let Some(source) = apis::source(name) else {
        let message = format!("there is no module {}", name.to_string_lossy());
        return Err(throw(ErrorKind::Error, &message));
    };
    let bytecode = without_source(name, source)?;
    // SAFETY: pointer and length are those of the bytecode. A compiled module is a pointer to its definition; one thread, and nothing else
    // runs meanwhile.
    unsafe {
        let module = check(sys::JS_ReadObject(
            context(),
            bytecode.as_ptr(),
            bytecode.len() as _,
            sys::JS_READ_OBJ_BYTECODE as c_int,
        ))?;
        let definition = sys::JS_VALUE_GET_PTR(module.raw()).cast();
        (*APIS.get()).insert(name.to_owned(), definition);
        Ok(definition)
    }
}

/// The bytecode of a module of the web APIs. QuickJS keeps the text of each function, and of a class that of its methods a second time, which would be
/// more than the bytecode itself; without it, and without the lines of its instructions, functions are shown as native ones are.
///
/// It is compiled in a context of its own, for a module lives as long as its context.
fn without_source(name: &CStr, source: Vec<u8>) -> Js<Vec<u8>> {
    let flags =
        sys::JS_WRITE_OBJ_BYTECODE | sys::JS_WRITE_OBJ_STRIP_SOURCE | sys::JS_WRITE_OBJ_STRIP_DEBUG;
    // SAFETY: the other context is freed here, and nothing of it is kept; what QuickJS allocated for the bytecode is freed.
    unsafe {
        let other = sys::JS_NewContextRaw(runtime());
        if other.is_null() {
            return Err(throw(ErrorKind::Error, "out of memory"));
        }
        sys::JS_AddIntrinsicRegExpCompiler(other);
        sys::JS_AddIntrinsicEval(other);
        let bytecode = compile_in(other, name, source).and_then(|module| {
            let mut len = 0;
            let bytes = sys::JS_WriteObject(other, &mut len, module.raw(), flags as c_int);
            if bytes.is_null() {
                return Err(Thrown);
            }
            let bytecode = std::slice::from_raw_parts(bytes, len as usize).to_vec();
            sys::js_free(other, bytes.cast());
            Ok(bytecode)
        });
        sys::JS_FreeContext(other);
        bytecode
    }
}

/// Compiles a module of the plugin.
fn compile(name: &CStr, source: &[u8]) -> Js<Value> {
    ready::prepare(source)?;
    compile_text(name, source.to_vec())
}

fn compile_text(name: &CStr, text: Vec<u8>) -> Js<Value> {
    compile_in(context(), name, text)
}

fn compile_in(context: *mut sys::JSContext, name: &CStr, mut text: Vec<u8>) -> Js<Value> {
    let len = text.len();
    // QuickJS reads one byte past the end and wants to find a NUL there
    text.push(0);
    let flags = (sys::JS_EVAL_TYPE_MODULE | sys::JS_EVAL_FLAG_COMPILE_ONLY) as c_int;
    // SAFETY: the text has a NUL at its end, which does not count.
    check(with_native_cost(PARSER_COST, || unsafe {
        sys::JS_Eval(
            context,
            text.as_ptr().cast(),
            len as _,
            name.as_ptr(),
            flags,
        )
    }))
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
        match resolve_name(&referrer, &specifier) {
            Ok(name) => sys::js_strndup(context, name.as_ptr(), name.as_bytes().len() as _),
            Err(Thrown) => null_mut(),
        }
    }
}

fn resolve_name(referrer: &str, specifier: &str) -> Js<CString> {
    let named = |name: &str| {
        CString::new(name).map_err(|_| throw(ErrorKind::Type, "a module name has a NUL"))
    };
    // what a file of the plugin is called is a path, never a name of this form
    if referrer.starts_with("outwit:")
        && (native::is_module(specifier) || apis::has_source(specifier))
    {
        return named(specifier);
    }
    if specifier == SCRIPT && !is_built() {
        return named(specifier);
    }
    let interfaces = World::get().map_or(&[][..], |world| &world.imports);
    let mut found = interfaces
        .iter()
        .filter(|interface| match &*interface.name {
            "" => specifier == WORLD,
            name => name == specifier || without_version(name) == specifier,
        });
    if let Some(interface) = found.next() {
        if let Some(other) = found.next() {
            let message = format!(
                "the world imports several versions of {specifier}; say which: {}, {}",
                interface.name, other.name
            );
            return Err(throw(ErrorKind::Type, &message));
        }
        return named(if interface.name.is_empty() {
            WORLD
        } else {
            &interface.name
        });
    }
    if specifier == WORLD || outwit_descriptor::is_interface_name(specifier) {
        return Err(unknown_interface(referrer, specifier));
    }
    load_file(referrer, specifier)
}

#[cold]
fn unknown_interface(referrer: &str, specifier: &str) -> Thrown {
    let interfaces = World::get().map_or(&[][..], |world| &world.imports);
    let names: Vec<&str> = interfaces
        .iter()
        .map(|interface| {
            if interface.name.is_empty() {
                WORLD
            } else {
                &*interface.name
            }
        })
        .collect();
    let meant = outwit_descriptor::nearest(specifier, &names);
    let path = specifier.split('@').next().unwrap_or(specifier);
    let line = match path.split_once('/') {
        Some((package, _)) if package.starts_with("outwit:") => {
            format!("include {package}/imports@0.1.0;")
        }
        _ => format!("import {specifier};"),
    };
    let todo = match meant {
        Some(near) => format!("is \"{near}\" meant?"),
        None if specifier == WORLD => {
            "it has no imported functions outside of interfaces".to_owned()
        }
        None => format!("add `{line}` to the world"),
    };
    throw(
        ErrorKind::Type,
        &format!("{referrer} imports {specifier}, which the world does not import; {todo}"),
    )
}

/// Asks the builder for a file.
fn load_file(referrer: &str, specifier: &str) -> Js<CString> {
    if is_built() {
        let message =
            format!("'{specifier}' cannot be loaded: modules are loaded while the plugin is built");
        return Err(throw(ErrorKind::Type, &message));
    }
    let text = |text: &str| (text.as_ptr() as u64, text.len() as u64);
    let ((from, from_len), (to, to_len)) = (text(referrer), text(specifier));
    let mut arguments = [from, from_len, to, to_len];
    let mut results = [0u64; 4];
    // SAFETY: these are the arguments and results of this built-in; it allocates what it returns.
    let (is_loaded, name, source) = unsafe {
        let is_loaded = dispatch(
            intrinsic::LOAD_MODULE,
            arguments.as_mut_ptr(),
            results.as_mut_ptr(),
        );
        let [name, name_len, source, source_len] = results;
        (
            is_loaded,
            take_bytes(name as u32, name_len as u32),
            take_bytes(source as u32, source_len as u32),
        )
    };
    if !is_loaded {
        let message = match String::from_utf8_lossy(&name) {
            reason if reason.is_empty() => {
                format!("cannot find the module '{specifier}' imported by {referrer}")
            }
            reason => reason.into_owned(),
        };
        return Err(throw(ErrorKind::Error, &message));
    }
    let name = CString::new(name).map_err(|_| throw(ErrorKind::Type, "a module name has a NUL"))?;
    // SAFETY: one thread; nothing else runs meanwhile.
    unsafe { (*SOURCES.get()).insert(name.clone(), source) };
    Ok(name)
}

/// Takes over bytes that the builder allocated.
pub unsafe fn take_bytes(pointer: u32, len: u32) -> Vec<u8> {
    if len == 0 {
        return Vec::new();
    }
    let pointer = pointer as *mut u8;
    // SAFETY: by contract of the callers.
    unsafe {
        let bytes = std::slice::from_raw_parts(pointer, len as usize).to_vec();
        free_lifted(pointer);
        bytes
    }
}

/// Makes the module of a name that `resolve` gave.
unsafe extern "C" fn load(
    context: *mut sys::JSContext,
    name: *const c_char,
    _: *mut c_void,
) -> *mut sys::JSModuleDef {
    // SAFETY: QuickJS passes a string with a NUL at its end; a module definition is not counted.
    unsafe {
        if context != outwit_quickjs_runtime::context() {
            // only compiled there: what is imported does not matter yet
            return sys::JS_NewCModule(context, name, Some(fill_nothing));
        }
        let name = CStr::from_ptr(name);
        if let Some(source) = (*SOURCES.get()).remove(name) {
            return match compile(name, &source) {
                Ok(module) => {
                    let definition = sys::JS_VALUE_GET_PTR(module.raw()).cast();
                    drop(module);
                    definition
                }
                Err(Thrown) => null_mut(),
            };
        }
        if name.to_str().is_ok_and(apis::has_source) {
            return compile_api(name).unwrap_or(null_mut());
        }
        let module = sys::JS_NewCModule(context, name.as_ptr(), Some(fill));
        if module.is_null() {
            return module;
        }
        for export in exports(name) {
            let export = CString::new(export).unwrap_or_default();
            if sys::JS_AddModuleExport(context, module, export.as_ptr()) < 0 {
                return null_mut();
            }
        }
        module
    }
}

/// The interface that a module is.
fn interface_of(name: &CStr) -> &str {
    match name.to_str().unwrap_or_default() {
        WORLD => "",
        name => name,
    }
}

/// The imported resources of a module.
fn classes(name: &CStr) -> impl Iterator<Item = &'static Resource> {
    let name = interface_of(name);
    let resources = World::get().map_or(&[][..], |world| &world.resources);
    let of_module = move |resource: &&Resource| resource.imported && *resource.interface == *name;
    resources.iter().copied().filter(of_module)
}

/// The imported functions of a module, with their numbers.
fn imports(name: &CStr) -> impl Iterator<Item = (usize, &'static Function)> {
    let name = interface_of(name);
    World::get().into_iter().flat_map(move |world| {
        let interface = world
            .imports
            .iter()
            .find(|interface| &*interface.name == name);
        let range = interface.map_or(0..0, |interface| interface.functions.clone());
        range
            .filter_map(|number| Some((number, world.imported.get(number)?)))
            .filter(|(_, function)| matches!(function.kind, FunctionKind::Free))
    })
}

fn exports(name: &CStr) -> Vec<&'static str> {
    if let Some(functions) = native::functions(name) {
        let names = functions.iter().map(|function| function.name);
        return names.filter_map(|name| name.to_str().ok()).collect();
    }
    let functions = imports(name).map(|(_, function)| &*function.js_name);
    functions
        .chain(classes(name).map(|resource| &*resource.js_name))
        .collect()
}

unsafe extern "C" fn fill_nothing(_: *mut sys::JSContext, _: *mut sys::JSModuleDef) -> c_int {
    0
}

/// Gives a module its exports, when it is evaluated.
unsafe extern "C" fn fill(context: *mut sys::JSContext, module: *mut sys::JSModuleDef) -> c_int {
    let set = |name: &str, value: Value| -> Js<()> {
        let name = CString::new(name).unwrap_or_default();
        // SAFETY: the module takes over the value.
        let status =
            unsafe { sys::JS_SetModuleExport(context, module, name.as_ptr(), value.into_raw()) };
        if status < 0 { Err(Thrown) } else { Ok(()) }
    };
    let fill = || -> Js<()> {
        // SAFETY: the atom is owned and freed at the end.
        let name = unsafe {
            let atom = sys::JS_GetModuleName(context, module);
            let name = check(sys::JS_AtomToString(context, atom));
            sys::JS_FreeAtom(context, atom);
            name?
        };
        let name = CString::new(name.text()?.bytes()).unwrap_or_default();
        for function in native::functions(&name).unwrap_or_default() {
            set(
                function.name.to_str().unwrap_or_default(),
                function.value()?,
            )?;
        }
        for (number, function) in imports(&name) {
            set(&function.js_name, import::function(number, function)?)?;
        }
        for resource in classes(&name) {
            set(&resource.js_name, resource.class().clone())?;
        }
        Ok(())
    };
    if fill().is_err() { -1 } else { 0 }
}

/// Forgets what is only needed while the plugin is built.
pub fn forget_sources() {
    // SAFETY: one thread; nothing else runs meanwhile.
    unsafe { (*SOURCES.get()).clear() }
}
