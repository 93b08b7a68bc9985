//! What happens while a plugin is built: the engine starts, the plugin's code runs once, and its
//! exports are bound to the functions of its module.

use crate::lift::Names;
use crate::resource::{self, Resource};
use crate::world::{Callee, FunctionKind, World, without_version};
use crate::{
    apis, clock, component_error, export, future, globals, lower_lists, map, modules, pump, random,
    stream, web_streams,
};
use outwit_descriptor as descriptor;
use outwit_quickjs_runtime::{
    Atom, ErrorKind, Global, Js, Report, Text, Thrown, Value, drain_jobs, first_unhandled,
    install_panic_hook, runtime, start, sys, take_exception, throw, throw_value, wipe_free,
};

/// The last error, as JSON, and where that is.
static ERROR: Global<(String, [u32; 2])> = Global::new((String::new(), [0; 2]));
static IS_BUILT: Global<bool> = Global::new(false);

/// Whether the plugin has been built, so that imports can be called and modules no longer loaded.
pub fn is_built() -> bool {
    // SAFETY: plain data.
    unsafe { *IS_BUILT.get() }
}

/// Runs a step; notes its error. Returns what the builder is told: 0 or 1.
pub fn step(step: impl FnOnce() -> Js<()>) -> i32 {
    match step().and_then(|()| report_unhandled()) {
        Ok(()) => 0,
        Err(Thrown) => {
            set_error(Report::of(&take_exception()).to_json());
            1
        }
    }
}

fn report_unhandled() -> Js<()> {
    match first_unhandled() {
        Some(unhandled) => Err(throw_value(unhandled.reason)),
        None => Ok(()),
    }
}

/// Where the last error is: a pointer and a length.
pub fn error() -> *const [u32; 2] {
    // SAFETY: plain data.
    unsafe { &raw const (*ERROR.get()).1 }
}

fn set_error(json: String) {
    let place = [json.as_ptr() as u32, json.len() as u32];
    // SAFETY: one thread; the reference to the old error ends here.
    unsafe { *ERROR.get() = (json, place) }
}

/// Starts the engine for this world.
pub fn init(description: &[u8]) -> i32 {
    install_panic_hook();
    if let Err(message) = start() {
        set_error(
            Report {
                message: message.to_owned(),
                ..Report::default()
            }
            .to_json(),
        );
        return 1;
    }
    step(|| {
        let world = descriptor::World::from_bytes(description).map_err(|_| {
            throw(
                ErrorKind::Error,
                "the builder describes the world in a way this engine does not know",
            )
        })?;
        Names::install()?;
        lower_lists::install()?;
        map::install()?;
        stream::install()?;
        pump::install()?;
        future::install()?;
        resource::install()?;
        let world = World::new(&world)?;
        export::install(&world)?;
        world.install();
        World::get().map_or(Ok(()), resource::define_classes)?;
        component_error::install()?;
        globals::install()?;
        random::install()?;
        clock::install();
        modules::install();
        apis::install()
    })
}

/// Evaluates the plugin's module and binds its exports.
pub fn main(name: &[u8], source: &[u8]) -> i32 {
    step(|| {
        let name = String::from_utf8_lossy(name);
        let namespace = modules::evaluate(&name, source)?;
        bind(&name, &namespace)
    })
}

/// Ends the building: what is now in memory is what every instance starts with.
pub fn finish() -> i32 {
    let status = step(|| {
        web_streams::install()?;
        drain_jobs();
        Ok(())
    });
    modules::forget_sources();
    // SAFETY: one thread; the runtime exists.
    unsafe {
        sys::JS_RunGC(runtime());
        wipe_free(runtime());
        *IS_BUILT.get() = true;
    }
    status
}

/// Binds all exports of the world.
fn bind(module: &str, namespace: &Value) -> Js<()> {
    let Some(world) = World::get() else {
        return Ok(());
    };
    for interface in &world.exports {
        let functions = interface.functions.clone();
        let holder = match &*interface.name {
            "" => namespace.clone(),
            name => find_interface(module, namespace, name, &interface.js_name)?,
        };
        let is_own =
            |resource: &&&Resource| !resource.imported && resource.interface == interface.name;
        for resource in world.resources.iter().filter(is_own) {
            bind_class(module, &holder, resource)?;
        }
        for number in functions {
            let ty = &world.exported[number].ty;
            let holder = match ty.kind {
                FunctionKind::Free => &holder,
                FunctionKind::Constructor(of) => {
                    World::bind(number, Callee::Class(of.class().clone()));
                    continue;
                }
                FunctionKind::Method(of) => of.prototype(),
                FunctionKind::Static(of) => of.class(),
            };
            let function = holder.get_named(&ty.js_name)?;
            if !function.is_function() {
                return Err(missing_function(module, ty, holder, &function));
            }
            let callee = match ty.kind {
                // an object may be of a class that extends its own
                FunctionKind::Method(_) => Callee::Method(Atom::new(&ty.js_name)?),
                _ if interface.name.is_empty() => Callee::Function {
                    function,
                    this: Value::UNDEFINED,
                },
                _ => Callee::Function {
                    function,
                    this: holder.clone(),
                },
            };
            World::bind(number, callee);
        }
    }
    Ok(())
}

/// Finds the class of a resource that the plugin defines.
fn bind_class(module: &str, holder: &Value, resource: &Resource) -> Js<()> {
    let name = &resource.js_name;
    let class = holder.get_named(name)?;
    // SAFETY: the value is alive.
    if !unsafe { sys::JS_IsConstructor(outwit_quickjs_runtime::context(), class.raw()) } {
        let what = if class.is_undefined() {
            "does not export"
        } else {
            "exports, but not as a class,"
        };
        let message = format!(
            "{module} {what} `{name}`: the world exports a resource of this name in {interface}, so the \
             object of that interface has to have `{name}: class {name} {{ … }}`{meant}",
            interface = resource.interface,
            meant = meant(holder, name),
        );
        return Err(throw(ErrorKind::Type, &message));
    }
    let prototype = class.get_named("prototype")?;
    if !prototype.is_object() {
        let message = format!("{module} exports `{name}`, a class without a prototype");
        return Err(throw(ErrorKind::Type, &message));
    }
    resource.bind(class, prototype);
    Ok(())
}

/// The object that implements an exported interface.
fn find_interface(module: &str, namespace: &Value, name: &str, js_name: &str) -> Js<Value> {
    for candidate in [js_name, name, without_version(name)] {
        let found = namespace.get_named(candidate)?;
        if found.is_object() {
            return Ok(found);
        }
        if !found.is_undefined() {
            let message = format!(
                "{module} exports `{candidate}`, but not as an object with the functions of {name}"
            );
            return Err(throw(ErrorKind::Type, &message));
        }
    }
    let mut meant = meant(namespace, js_name);
    if meant.is_empty() && namespace.get_named("default")?.is_object() {
        meant = ". A default export is not enough".to_owned();
    }
    let message = format!(
        "{module} does not export `{js_name}`: the world exports {name}, so the module has to say \
         `export const {js_name} = {{ … }}`, with its functions{meant}",
    );
    Err(throw(ErrorKind::Type, &message))
}

fn missing_function(
    module: &str,
    ty: &crate::world::Function,
    holder: &Value,
    found: &Value,
) -> Thrown {
    let (what, why) = if found.is_undefined() {
        ("does not export", "")
    } else {
        ("exports", ", which is not a function")
    };
    let (is_method, of) = match ty.kind {
        FunctionKind::Method(of) => (true, format!("{}.prototype.", of.js_name)),
        FunctionKind::Static(of) => (false, format!("{}.", of.js_name)),
        _ => (false, String::new()),
    };
    let signature: Vec<String> = ty
        .param_names
        .iter()
        .zip(&ty.params)
        .skip(usize::from(is_method))
        .map(|(name, item)| format!("{name}: {}", item.ty.name))
        .collect();
    let result = ty
        .result
        .map_or(String::new(), |result| format!(" -> {}", result.name));
    let asynchronous = if ty.is_async { "async " } else { "" };
    let place = match &*ty.interface {
        "" => String::new(),
        interface => format!(" in {interface}"),
    };
    let message = format!(
        "{module} {what} `{of}{}`{why}: the world exports `{}: {asynchronous}func({}){result}`{place}{}",
        ty.js_name,
        ty.name,
        signature.join(", "),
        meant(holder, &ty.js_name),
    );
    throw(ErrorKind::Type, &message)
}

/// The property that was meant to have a name that is not there, as the end of a sentence.
fn meant(holder: &Value, name: &str) -> String {
    let Ok(names) = holder.own_names() else {
        drop(take_exception());
        return String::new();
    };
    let names: Vec<&str> = names.iter().map(Text::as_str).collect();
    match outwit_descriptor::nearest(name, &names) {
        Some(near) if near != name => format!(". Is `{near}` meant?"),
        _ => String::new(),
    }
}
