//! The functions a component exports, and finding one of them by name.

use std::sync::Arc;

use wasmtime::component::types::{ComponentFunc, ComponentItem};
use wasmtime::component::{Component, ComponentExportIndex};

use crate::error::{Error, Result};
use crate::interface::InterfaceName;
use crate::types::Signature;

/// A function that a plugin exports.
#[derive(Debug, Clone)]
pub struct Function {
    interface: Option<String>,
    name: String,
    ty: ComponentFunc,
}

impl Function {
    /// The interface it belongs to, `demo:greet/fmt@0.1.0`; none for a function of the world itself.
    #[must_use]
    pub fn interface(&self) -> Option<&str> {
        self.interface.as_deref()
    }

    /// The name of the function, `greet`.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The name with the interface in front, `demo:greet/fmt@0.1.0.greet`.
    #[must_use]
    pub fn full_name(&self) -> String {
        match &self.interface {
            Some(interface) => format!("{interface}.{}", self.name),
            None => self.name.clone(),
        }
    }

    /// The type, for reading and checking values.
    #[must_use]
    pub fn ty(&self) -> &ComponentFunc {
        &self.ty
    }

    /// The type as WIT text.
    #[must_use]
    pub fn signature(&self) -> Signature {
        Signature::of(&self.ty)
    }
}

/// A function and where a compiled component has it.
#[derive(Debug, Clone)]
pub(crate) struct Export {
    pub(crate) function: Function,
    pub(crate) index: ComponentExportIndex,
    /// What [`Function::full_name`] gives.
    pub(crate) full_name: Arc<str>,
    /// Whether a call may wait.
    pub(crate) is_async: bool,
    /// How many results it has.
    pub(crate) results: usize,
}

impl Export {
    fn new(function: Function, index: ComponentExportIndex) -> Arc<Export> {
        let results = function.ty.results().len();
        Arc::new(Export {
            full_name: function.full_name().into(),
            is_async: function.ty.async_(),
            results,
            function,
            index,
        })
    }
}

/// The functions of one plugin in a compiled component.
#[derive(Debug, Clone, Default)]
pub(crate) struct Exports(Vec<Arc<Export>>);

impl Exports {
    /// Collects the functions. `name_of` gives the name an export of the component has in the
    /// plugin, or nothing if it belongs to another plugin.
    pub(crate) fn of(component: &Component, name_of: impl Fn(&str) -> Option<String>) -> Exports {
        let engine = component.engine();
        let ty = component.component_type();
        let mut exports = Vec::new();
        for (export, item) in ty.exports(engine) {
            let Some(name) = name_of(export) else {
                continue;
            };
            let Some(index) = component.get_export_index(None, export) else {
                continue;
            };
            match item.ty {
                ComponentItem::ComponentFunc(ty) => exports.push(Export::new(
                    Function {
                        interface: None,
                        name,
                        ty,
                    },
                    index,
                )),
                ComponentItem::ComponentInstance(instance) => {
                    for (function, item) in instance.exports(engine) {
                        let ComponentItem::ComponentFunc(ty) = item.ty else {
                            continue;
                        };
                        let Some(index) = component.get_export_index(Some(&index), function) else {
                            continue;
                        };
                        exports.push(Export::new(
                            Function {
                                interface: Some(name.clone()),
                                name: function.to_string(),
                                ty,
                            },
                            index,
                        ));
                    }
                }
                _ => {}
            }
        }
        Exports(exports)
    }

    pub(crate) fn into_functions(self) -> Vec<Function> {
        self.0.iter().map(|e| e.function.clone()).collect()
    }

    pub(crate) fn functions(&self) -> impl Iterator<Item = &Function> {
        self.0.iter().map(|e| &e.function)
    }

    /// The function of exactly this interface and name.
    pub(crate) fn exact(&self, interface: Option<&str>, name: &str) -> Option<&Arc<Export>> {
        self.0
            .iter()
            .find(|e| e.function.interface() == interface && e.function.name == name)
    }

    /// Finds a function. The interface may be left out, or its version, or all of it but the part
    /// after the slash, as long as one function fits.
    pub(crate) fn find(
        &self,
        plugin: &str,
        interface: Option<&str>,
        function: &str,
    ) -> Result<&Arc<Export>> {
        let wanted = interface.and_then(|i| i.parse::<InterfaceName>().ok());
        let fits = |e: &&Arc<Export>| {
            e.function.name == function
                && match (interface, e.function.interface()) {
                    (None, _) => true,
                    (Some(_), None) => false,
                    (Some(a), Some(b)) => {
                        a == b
                            || match (&wanted, b.parse::<InterfaceName>()) {
                                (Some(a), Ok(b)) => a.fits(&b),
                                (None, Ok(b)) => a == b.interface(),
                                _ => false,
                            }
                    }
                }
        };
        // An exact name wins over ones that merely fit.
        let exact = |e: &&Arc<Export>| e.function.interface() == interface;
        let found: Vec<&Arc<Export>> = self.0.iter().filter(fits).collect();
        if let Some(export) = found.iter().copied().find(|e| exact(e)) {
            return Ok(export);
        }
        match found.as_slice() {
            [export] => Ok(export),
            [] => Err(Error::UnknownFunction {
                plugin: plugin.to_string(),
                function: match interface {
                    Some(interface) => format!("{interface}.{function}"),
                    None => function.to_string(),
                },
                exports: self.functions().map(Function::full_name).collect(),
            }),
            several => Err(Error::AmbiguousFunction {
                plugin: plugin.to_string(),
                function: match interface {
                    Some(interface) => format!("{interface}.{function}"),
                    None => function.to_string(),
                },
                candidates: several.iter().map(|e| e.function.full_name()).collect(),
            }),
        }
    }
}
