//! The plugin's world: its functions with their types, ready to be called.

use crate::resource::Resource;
use crate::types::{Item, Type, tuple, types};
use outwit_descriptor as descriptor;
use outwit_quickjs_runtime::{Atom, Global, Js, Value};

/// The most core parameters a function takes before they go through memory.
pub const MAX_FLAT_PARAMS: u32 = 16;
/// The same for the asynchronous form of an import.
pub const MAX_FLAT_ASYNC_PARAMS: u32 = 4;
/// The most core results of a function before they go through memory.
pub const MAX_FLAT_RESULTS: u32 = 1;

/// Everything that is known of the world.
pub struct World {
    pub resources: Vec<&'static Resource>,
    pub imports: Vec<Interface>,
    pub exports: Vec<Interface>,
    /// All imported functions; an interface has a range of them.
    pub imported: Vec<Function>,
    /// All exported functions, by their numbers.
    pub exported: Vec<Export>,
}

/// A group of functions.
pub struct Interface {
    /// The full name; empty for functions of the world itself.
    pub name: Box<str>,
    pub js_name: Box<str>,
    pub functions: std::ops::Range<usize>,
}

/// A function's type.
pub struct Function {
    /// The name in WIT.
    pub name: Box<str>,
    pub js_name: Box<str>,
    /// The full name of its interface; empty for functions of the world itself.
    pub interface: Box<str>,
    pub kind: FunctionKind,
    pub is_async: bool,
    pub param_names: Box<[Box<str>]>,
    /// The parameters as a tuple.
    pub params: Box<[Item]>,
    pub params_size: u32,
    pub params_flat: u32,
    pub result: Option<&'static Type>,
    pub dispatch: u32,
}

/// What a function belongs to.
#[derive(Clone, Copy)]
pub enum FunctionKind {
    Free,
    Constructor(&'static Resource),
    /// The first parameter is the object.
    Method(&'static Resource),
    Static(&'static Resource),
}

/// An exported function and what implements it.
pub struct Export {
    pub ty: Function,
    pub callee: Callee,
}

/// What implements an exported function.
pub enum Callee {
    Function {
        function: Value,
        this: Value,
    },
    Class(Value),
    /// Of the object that is the first parameter.
    Method(Atom),
}

impl Callee {
    /// Calls it.
    #[inline]
    pub fn call(&self, values: &[Value]) -> Js<Value> {
        match self {
            Callee::Function { function, this } => function.call(this, values),
            Callee::Class(class) => class.construct(values),
            Callee::Method(name) => {
                let Some((this, rest)) = values.split_first() else {
                    return Ok(Value::UNDEFINED);
                };
                this.get(name)?.call(this, rest)
            }
        }
    }
}

static WORLD: Global<Option<World>> = Global::new(None);

impl World {
    /// Reads a description.
    pub fn new(world: &descriptor::World) -> Js<World> {
        let resources = Resource::all(world);
        let types = types(world, &resources)?;
        let mut out = World {
            resources,
            imports: vec![],
            exports: vec![],
            imported: vec![],
            exported: vec![],
        };
        for interface in &world.imports {
            let start = out.imported.len();
            for function in &interface.functions {
                out.imported
                    .push(Function::new(interface, function, &types, &out.resources));
            }
            out.imports
                .push(Interface::new(interface, start..out.imported.len()));
        }
        for interface in &world.exports {
            let start = out.exported.len();
            for function in &interface.functions {
                out.exported.push(Export {
                    ty: Function::new(interface, function, &types, &out.resources),
                    callee: Callee::Class(Value::UNDEFINED),
                });
            }
            out.exports
                .push(Interface::new(interface, start..out.exported.len()));
        }
        Ok(out)
    }

    /// Makes it the world of this instance.
    pub fn install(self) {
        // SAFETY: one thread, and nobody has a reference yet.
        unsafe { *WORLD.get() = Some(self) }
    }

    /// The world of this instance.
    #[inline]
    pub fn get() -> Option<&'static World> {
        // SAFETY: written once; afterwards only `bind` writes, to fields that nobody reads then.
        unsafe { (*WORLD.get()).as_ref() }
    }

    /// Says what implements an export.
    pub fn bind(number: usize, callee: Callee) {
        // SAFETY: one thread, while the plugin is built: nothing is being called.
        unsafe {
            if let Some(export) = (*WORLD.get())
                .as_mut()
                .and_then(|w| w.exported.get_mut(number))
            {
                export.callee = callee;
            }
        }
    }

    /// The imported function of this interface, whatever its version.
    pub fn find_import(&self, interface: &str, function: &str) -> Option<&Function> {
        self.imported.iter().find(|candidate| {
            without_version(&candidate.interface) == interface && &*candidate.name == function
        })
    }
}

/// `demo:g/fmt` of `demo:g/fmt@0.1.0`.
pub fn without_version(name: &str) -> &str {
    name.split('@').next().unwrap_or(name)
}

impl Interface {
    fn new(interface: &descriptor::Interface, functions: std::ops::Range<usize>) -> Interface {
        Interface {
            name: interface.name.as_str().into(),
            js_name: interface.js_name.as_str().into(),
            functions,
        }
    }
}

impl Function {
    fn new(
        interface: &descriptor::Interface,
        function: &descriptor::Function,
        types: &[&'static Type],
        resources: &[&'static Resource],
    ) -> Function {
        let resource = |index: u32| resources[index as usize];
        let (params, params_size, _, params_flat) =
            tuple(function.params.iter().map(|param| types[param.ty as usize]));
        Function {
            name: function.name.as_str().into(),
            js_name: function.js_name.as_str().into(),
            interface: interface.name.as_str().into(),
            kind: match function.kind {
                descriptor::FunctionKind::Free => FunctionKind::Free,
                descriptor::FunctionKind::Constructor(of) => {
                    FunctionKind::Constructor(resource(of))
                }
                descriptor::FunctionKind::Method(of) => FunctionKind::Method(resource(of)),
                descriptor::FunctionKind::Static(of) => FunctionKind::Static(resource(of)),
            },
            is_async: function.is_async,
            param_names: function
                .params
                .iter()
                .map(|param| param.name.as_str().into())
                .collect(),
            params: params.into(),
            params_size,
            params_flat,
            result: function.result.map(|index| types[index as usize]),
            dispatch: function.dispatch,
        }
    }

    /// How it is called in messages.
    pub fn title(&self) -> String {
        // of `[method]thing.name`
        let own = self.name.rsplit('.').next().unwrap_or(&self.name);
        match self.kind {
            FunctionKind::Free => {}
            FunctionKind::Constructor(of) => return format!("`new {}`", of.title()),
            FunctionKind::Method(of) | FunctionKind::Static(of) => {
                return format!("`{own}` of {}", of.title());
            }
        }
        match &*self.interface {
            "" => format!("`{}`", self.name),
            interface => format!("`{}` of {interface}", self.name),
        }
    }
}
