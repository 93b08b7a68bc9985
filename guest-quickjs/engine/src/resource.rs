//! The resource types of the world, and the classes they are in JavaScript.
//!
//! A resource that the plugin imports is a class of the engine's: its objects hold a handle, see
//! [`crate::handle`]. A resource that the plugin defines is a class of the plugin's: its objects are
//! ordinary ones that the other side knows by a number, see [`crate::instances`].

use crate::handle;
use crate::import;
use crate::world::{Function, FunctionKind, World};
use outwit_descriptor as descriptor;
use outwit_quickjs_runtime::{Atom, ErrorKind, Global, Js, Value, context, sys, throw};
use std::ffi::c_int;

/// A resource type.
pub struct Resource {
    pub js_name: Box<str>,
    /// The full name of its interface; empty for one of the world itself.
    pub interface: Box<str>,
    /// Whether the plugin imports it; otherwise the plugin defines it.
    pub imported: bool,
    /// The numbers of `resource.drop`, `resource.new` and `resource.rep`; the last two only for one
    /// that the plugin defines.
    pub drop: u32,
    pub new: u32,
    pub rep: u32,
    class: Global<Value>,
    prototype: Global<Value>,
}

/// `Symbol.dispose`, as it was before any other code ran.
static DISPOSE: Global<Option<Atom>> = Global::new(None);

impl Resource {
    /// The resource types of a world, leaked: they live as long as the memory does.
    pub fn all(world: &descriptor::World) -> Vec<&'static Resource> {
        let of = |resource: &descriptor::Resource| -> &'static Resource {
            Box::leak(Box::new(Resource {
                js_name: resource.js_name.as_str().into(),
                interface: resource.interface.as_str().into(),
                imported: resource.imported,
                drop: resource.drop,
                new: resource.new,
                rep: resource.rep,
                class: Global::new(Value::UNDEFINED),
                prototype: Global::new(Value::UNDEFINED),
            }))
        };
        world.resources.iter().map(of).collect()
    }

    /// The class.
    #[inline]
    pub fn class(&self) -> &Value {
        // SAFETY: written only while the plugin is built, before any object of it exists.
        unsafe { &*self.class.get() }
    }

    /// The prototype of its objects.
    #[inline]
    pub fn prototype(&self) -> &Value {
        // SAFETY: as above.
        unsafe { &*self.prototype.get() }
    }

    /// Says which class it is.
    pub fn bind(&self, class: Value, prototype: Value) {
        // SAFETY: one thread, while the plugin is built: nobody has a reference.
        unsafe {
            *self.class.get() = class;
            *self.prototype.get() = prototype;
        }
    }

    /// How it is called in messages.
    pub fn title(&self) -> String {
        match &*self.interface {
            "" => self.js_name.to_string(),
            interface => format!("{} of {interface}", self.js_name),
        }
    }
}

/// Notes what later code could change. Comes before any code of the plugin.
pub fn install() -> Js<()> {
    let symbol = Value::global().get_named("Symbol")?.get_named("dispose")?;
    let dispose = Atom::of(symbol.raw())?;
    // SAFETY: one thread, and nobody has a reference yet.
    unsafe { *DISPOSE.get() = Some(dispose) };
    handle::install()
}

/// `Symbol.dispose`
pub fn dispose_symbol() -> &'static Atom {
    // SAFETY: written once, before any code of the plugin.
    unsafe { (*DISPOSE.get()).as_ref().unwrap_unchecked() }
}

/// Makes the classes of the resources that the world imports.
pub fn define_classes(world: &'static World) -> Js<()> {
    let imported = |(_, resource): &(usize, &&'static Resource)| resource.imported;
    for (index, resource) in world.resources.iter().enumerate().filter(imported) {
        define_class(world, index, resource)?;
    }
    Ok(())
}

fn define_class(world: &'static World, index: usize, resource: &'static Resource) -> Js<()> {
    let functions = || {
        let of_resource = |(_, ty): &(usize, &Function)| match ty.kind {
            FunctionKind::Free => false,
            FunctionKind::Constructor(of) | FunctionKind::Method(of) | FunctionKind::Static(of) => {
                std::ptr::eq(of, resource)
            }
        };
        world.imported.iter().enumerate().filter(of_resource)
    };
    let constructor = functions().find(|(_, ty)| matches!(ty.kind, FunctionKind::Constructor(_)));
    let class = match constructor {
        Some((number, ty)) => import::constructor(number, ty, &resource.js_name)?,
        None => without_constructor(index, resource)?,
    };
    let prototype = Value::object()?;
    // SAFETY: both are alive.
    if unsafe { sys::JS_SetConstructor(context(), class.raw(), prototype.raw()) } < 0 {
        return Err(outwit_quickjs_runtime::Thrown);
    }
    for (number, ty) in functions() {
        let holder = match ty.kind {
            FunctionKind::Method(_) => &prototype,
            FunctionKind::Static(_) => &class,
            _ => continue,
        };
        holder.define_hidden(&ty.js_name, import::function(number, ty)?)?;
    }
    let flags = sys::JS_PROP_CONFIGURABLE | sys::JS_PROP_WRITABLE;
    let dispose = Value::function(c"[Symbol.dispose]", 0, handle::js_dispose)?;
    prototype.define_with(dispose_symbol(), dispose, flags)?;
    resource.bind(class, prototype);
    Ok(())
}

/// The class of a resource that only other functions make.
fn without_constructor(index: usize, resource: &Resource) -> Js<Value> {
    let kind = sys::JSCFunctionEnum_JS_CFUNC_constructor_magic;
    import::new_function(&resource.js_name, refuse, 0, kind, index)
}

unsafe extern "C" fn refuse(
    _: *mut sys::JSContext,
    _: sys::JSValue,
    _: c_int,
    _: *mut sys::JSValue,
    index: c_int,
) -> sys::JSValue {
    let resource = World::get().and_then(|world| world.resources.get(usize::from(index as u16)));
    let title = resource.map_or(String::new(), |resource| resource.title());
    let message = format!("{title} has no constructor: objects of it come from functions");
    throw(ErrorKind::Type, &message);
    sys::JS_EXCEPTION
}
