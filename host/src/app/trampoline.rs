//! Links across stores: each imported function is a host function that calls the provider.

use std::collections::BTreeMap;
use std::sync::Arc;

use wasmtime::AsContextMut as _;
use wasmtime::StoreContextMut;
use wasmtime::component::types::{ComponentFunc, ComponentItem};
use wasmtime::component::{Accessor, Linker, LinkerInstance, ResourceType, Val};

use super::carry::{self, Carried};
use super::plan::{CallPlan, Resources, same_function};
use super::unit::{Target, Unit};
use super::{Link, Member};
use crate::error::{Difference, Error, Result, TypeMismatch};
use crate::exports::{Export, Exports};
use crate::plugin::Plugin;
use crate::state::State;
use crate::types::Signature;

/// Defines what `plugin` imports of other plugins.
pub(crate) fn define_all(
    linker: &mut Linker<State>,
    plugin: &Plugin,
    resources: &Resources,
    links: &[&Link],
    members: &BTreeMap<String, Member>,
) -> Result<()> {
    for link in links {
        let Some(provider) = members.get(&link.provider) else {
            continue;
        };
        let version = provider.unit.version();
        let Some(part) = version.members.get(&link.provider) else {
            continue;
        };
        let functions = functions(link, plugin, resources, (&part.exports, &part.resources))?;
        let mut target = match functions.root {
            true => linker.root(),
            false => linker.instance(&link.import).map_err(engine_error)?,
        };
        for name in functions.resources {
            let kind = part.resources.exported(&link.export, &name);
            let kind = kind.ok_or_else(|| unsupported(link, &name, "a resource of the host"))?;
            let ty = ResourceType::host_dynamic(kind.0);
            target
                .resource(&name, ty, |mut store: StoreContextMut<'_, State>, rep| {
                    // Dropping the proxy drops the resource.
                    drop(store.data_mut().links.take(rep));
                    Ok(())
                })
                .map_err(engine_error)?;
        }
        for function in functions.functions {
            let call = Arc::new(Call {
                plugin: link.plugin.clone(),
                provider: link.provider.clone(),
                function: function.export.full_name.clone(),
                target: Target::new(&link.provider, &version, &function.export),
                plan: Arc::new(function.plan),
                unit: provider.unit.clone(),
            });
            define(&mut target, &function.name, call, function.export.is_async)
                .map_err(engine_error)?;
        }
    }
    Ok(())
}

/// Checks the types of a link without making it.
pub(crate) fn check(
    link: &Link,
    plugin: &Plugin,
    resources: &Resources,
    provider: (&Exports, &Resources),
) -> Result<()> {
    functions(link, plugin, resources, provider).map(|_| ())
}

/// What is imported through a link.
struct Functions {
    /// Whether it is a function of the world itself.
    root: bool,
    functions: Vec<Function>,
    resources: Vec<String>,
}

struct Function {
    name: String,
    export: Arc<Export>,
    plan: CallPlan,
}

/// What is imported through a link, if the provider has it all.
fn functions(
    link: &Link,
    plugin: &Plugin,
    resources: &Resources,
    provider: (&Exports, &Resources),
) -> Result<Functions> {
    let component = plugin.component()?;
    let engine = component.engine();
    let ty = component.component_type();
    let mut wanted: Vec<(String, ComponentFunc)> = Vec::new();
    let mut all = Functions {
        root: false,
        functions: Vec::new(),
        resources: Vec::new(),
    };
    match ty.get_import(engine, &link.import).map(|import| import.ty) {
        Some(ComponentItem::ComponentFunc(ty)) => {
            all.root = true;
            wanted.push((link.import.clone(), ty));
        }
        Some(ComponentItem::ComponentInstance(instance)) => {
            for (name, item) in instance.exports(engine) {
                match item.ty {
                    ComponentItem::Type(_) => {}
                    ComponentItem::ComponentFunc(ty) => wanted.push((name.to_string(), ty)),
                    ComponentItem::Resource(_) => all.resources.push(name.to_string()),
                    _ => return Err(unsupported(link, name, "a module or component")),
                }
            }
        }
        Some(_) => return Err(unsupported(link, &link.import, "a module or component")),
        None => return Ok(all),
    }
    let mut differences = Vec::new();
    for (name, ty) in wanted {
        let plan = CallPlan::of(&ty, resources).map_err(|what| unsupported(link, &name, what))?;
        let found = match all.root {
            true => provider.0.exact(None, &link.export),
            false => provider.0.exact(Some(&link.export), &name),
        };
        match found {
            Some(export) if same_function((&ty, resources), (export.function.ty(), provider.1)) => {
                all.functions.push(Function {
                    name,
                    export: export.clone(),
                    plan,
                });
            }
            _ => differences.push(Difference {
                function: name,
                expected: Signature::of(&ty),
                found: found.map(|export| export.function.signature()),
            }),
        }
    }
    for name in &all.resources {
        if !provider.1.exports(&link.export, name) {
            differences.push(Difference {
                function: name.clone(),
                expected: Signature::resource(),
                found: None,
            });
        }
    }
    if differences.is_empty() {
        return Ok(all);
    }
    let Difference {
        function,
        expected,
        found,
    } = differences.remove(0);
    Err(Error::TypeMismatch(Box::new(TypeMismatch {
        plugin: link.plugin.clone(),
        provider: link.provider.clone(),
        interface: link.import.clone(),
        function,
        expected,
        found,
        more: differences,
    })))
}

fn define(
    target: &mut LinkerInstance<'_, State>,
    name: &str,
    call: Arc<Call>,
    is_async: bool,
) -> wasmtime::Result<()> {
    if is_async {
        target.func_new_concurrent(name, move |accessor, _, args, results| {
            let call = call.clone();
            Box::pin(async move { call.run_apart(accessor, args, results).await })
        })
    } else {
        target.func_new_async(name, move |store, _, args, results| {
            let call = call.clone();
            Box::new(async move { call.run(store, args, results).await })
        })
    }
}

/// A function of another plugin, as the host calls it for the importer.
struct Call {
    plugin: String,
    provider: String,
    function: Arc<str>,
    target: Target,
    plan: Arc<CallPlan>,
    unit: Arc<Unit>,
}

impl Call {
    async fn run(
        &self,
        mut store: StoreContextMut<'_, State>,
        args: &[Val],
        results: &mut [Val],
    ) -> wasmtime::Result<()> {
        // Nested, not spawned: when the caller is dropped, so is this.
        if self.plan.copies {
            let called = self.unit.call_copying(&self.target, args, results).await;
            return Ok(called.map_err(|e| self.failed(e))?);
        }
        let args = self.take(args, store.as_context_mut())?;
        let values = self.unit.call(&self.target, &self.plan, args).await;
        let values = values.map_err(|e| self.failed(e))?;
        self.give(values, results, store)
    }

    /// As [`Call::run`], while other code of the caller runs.
    async fn run_apart(
        &self,
        accessor: &Accessor<State>,
        args: &[Val],
        results: &mut [Val],
    ) -> wasmtime::Result<()> {
        let args = accessor.with(|mut access| self.take(args, access.as_context_mut()))?;
        // wasmtime does not let the event loop of one store run inside that of another. It does not: a function
        // that may wait is called by the driver of its instance, a task of its own.
        let values = self.unit.call(&self.target, &self.plan, args).await;
        let values = values.map_err(|e| self.failed(e))?;
        accessor.with(|mut access| self.give(values, results, access.as_context_mut()))
    }

    /// Takes the arguments out of the store of the caller.
    fn take(
        &self,
        args: &[Val],
        store: StoreContextMut<'_, State>,
    ) -> wasmtime::Result<Carried<Vec<Val>>> {
        if self.plan.copies {
            return Ok(Carried::copied(args.to_vec()));
        }
        Ok(carry::detach(args.to_vec(), &self.plan.params, store)?)
    }

    /// Puts the results into the store of the caller.
    fn give(
        &self,
        values: Carried<Vec<Val>>,
        results: &mut [Val],
        store: StoreContextMut<'_, State>,
    ) -> wasmtime::Result<()> {
        let values = if self.plan.copies {
            values.into_values()
        } else {
            carry::attach(values, &self.plan.results, store)?.0
        };
        for (slot, value) in results.iter_mut().zip(values) {
            *slot = value;
        }
        Ok(())
    }

    fn failed(&self, source: Error) -> Error {
        Error::Provider {
            plugin: self.plugin.clone(),
            provider: self.provider.clone(),
            function: self.function.to_string(),
            source: Box::new(source),
        }
    }
}

fn unsupported(link: &Link, function: &str, what: &'static str) -> Error {
    Error::UnsupportedLink {
        plugin: link.plugin.clone(),
        provider: link.provider.clone(),
        interface: link.import.clone(),
        function: function.to_string(),
        what,
    }
}

fn engine_error(e: wasmtime::Error) -> Error {
    Error::Engine {
        message: format!("cannot define a link: {e:#}"),
    }
}
