//! Links across stores: each imported function is a host function that calls the provider.

use std::collections::BTreeMap;
use std::sync::Arc;

use tokio::task::JoinHandle;
use wasmtime::component::types::{ComponentFunc, ComponentItem};
use wasmtime::component::{Linker, LinkerInstance, Val};

use super::unit::Unit;
use super::{Link, Member};
use crate::error::{Error, Result, TypeMismatch};
use crate::exports::{Export, Exports};
use crate::plugin::Plugin;
use crate::state::State;
use crate::types::{Signature, bound_to_store, same_function};

/// Defines what `plugin` imports of other plugins.
pub(crate) fn define_all(
    linker: &mut Linker<State>,
    plugin: &Plugin,
    links: &[Link],
    members: &BTreeMap<String, Member>,
) -> Result<()> {
    let component = plugin.component()?;
    let engine = component.engine().clone();
    let ty = component.component_type();
    for link in links {
        let (Some(provider), Some(import)) = (
            members.get(&link.provider),
            ty.get_import(&engine, &link.import),
        ) else {
            continue;
        };
        let linked = match import.ty {
            ComponentItem::ComponentFunc(ty) => {
                let export = checked(link, None, &link.import, &ty, &provider.exports)?;
                define(
                    &mut linker.root(),
                    link,
                    &link.import,
                    &ty,
                    export,
                    provider,
                )
            }
            ComponentItem::ComponentInstance(instance) => {
                let mut target = linker.instance(&link.import).map_err(engine_error)?;
                let mut linked = Ok(());
                for (name, item) in instance.exports(&engine) {
                    match item.ty {
                        ComponentItem::Type(_) => {}
                        ComponentItem::ComponentFunc(ty) => {
                            let interface = Some(link.export.as_str());
                            let export = checked(link, interface, name, &ty, &provider.exports)?;
                            linked = linked.and_then(|()| {
                                define(&mut target, link, name, &ty, export, provider)
                            });
                        }
                        ComponentItem::Resource(_) => {
                            return Err(unsupported(link, name, "a resource"));
                        }
                        _ => return Err(unsupported(link, name, "a module or component")),
                    }
                }
                linked
            }
            _ => return Err(unsupported(link, &link.import, "a module or component")),
        };
        linked.map_err(engine_error)?;
    }
    Ok(())
}

/// Checks the types of a link without making it.
pub(crate) fn check(link: &Link, plugin: &Plugin, provider: &Plugin) -> Result<()> {
    let component = plugin.component()?;
    let engine = component.engine();
    let exports = Exports::of(provider.component()?, |name| Some(name.to_string()));
    let ty = component.component_type();
    match ty.get_import(engine, &link.import).map(|i| i.ty) {
        Some(ComponentItem::ComponentFunc(ty)) => {
            checked(link, None, &link.import, &ty, &exports).map(|_| ())
        }
        Some(ComponentItem::ComponentInstance(instance)) => {
            for (name, item) in instance.exports(engine) {
                if let ComponentItem::ComponentFunc(ty) = item.ty {
                    checked(link, Some(&link.export), name, &ty, &exports)?;
                }
            }
            Ok(())
        }
        _ => Ok(()),
    }
}

/// The provider's function, if it is what the importer wants.
fn checked<'a>(
    link: &Link,
    interface: Option<&str>,
    name: &str,
    wanted: &ComponentFunc,
    provider: &'a Exports,
) -> Result<&'a Export> {
    if let Some(what) = bound_to_store(wanted) {
        return Err(unsupported(link, name, what));
    }
    let name_there = if interface.is_some() {
        name
    } else {
        &link.export
    };
    let found = provider.exact(interface, name_there);
    match found {
        Some(export) if same_function(wanted, export.function.ty()) => Ok(export),
        _ => Err(Error::TypeMismatch(Box::new(TypeMismatch {
            plugin: link.plugin.clone(),
            provider: link.provider.clone(),
            interface: link.import.clone(),
            function: name.to_string(),
            expected: Signature::of(wanted),
            found: found.map(|export| export.function.signature()),
        }))),
    }
}

fn define(
    target: &mut LinkerInstance<'_, State>,
    link: &Link,
    name: &str,
    ty: &ComponentFunc,
    export: &Export,
    provider: &Member,
) -> wasmtime::Result<()> {
    let call = Arc::new(Call {
        plugin: link.plugin.clone(),
        provider: link.provider.clone(),
        export: export.clone(),
        unit: provider.unit.clone(),
    });
    if ty.async_() {
        target.func_new_concurrent(name, move |_, _, args, results| {
            let call = call.clone();
            Box::pin(async move { call.run_apart(args, results).await })
        })
    } else {
        target.func_new_async(name, move |_, _, args, results| {
            let call = call.clone();
            Box::new(async move { call.run(args, results).await })
        })
    }
}

/// A function of another plugin, as the host calls it for the importer.
struct Call {
    plugin: String,
    provider: String,
    export: Export,
    unit: Arc<Unit>,
}

impl Call {
    async fn run(&self, args: &[Val], results: &mut [Val]) -> wasmtime::Result<()> {
        // Nested, not spawned: when the caller is dropped, so is this.
        fill(results, self.values(args).await?);
        Ok(())
    }

    /// As [`Call::run`], as a task of its own: wasmtime does not let the event loop of one store run
    /// inside that of another.
    async fn run_apart(self: Arc<Self>, args: &[Val], results: &mut [Val]) -> wasmtime::Result<()> {
        let args = args.to_vec();
        let mut task = AbortOnDrop(tokio::spawn(async move { self.values(&args).await }));
        fill(results, (&mut task.0).await??);
        Ok(())
    }

    async fn values(&self, args: &[Val]) -> Result<Vec<Val>> {
        let values = self.unit.call_values(&self.export, args).await;
        values.map_err(|source| Error::Provider {
            plugin: self.plugin.clone(),
            provider: self.provider.clone(),
            function: self.export.function.full_name(),
            source: Box::new(source),
        })
    }
}

fn fill(results: &mut [Val], values: Vec<Val>) {
    for (slot, value) in results.iter_mut().zip(values) {
        *slot = value;
    }
}

/// A task that ends with the one that waits for it.
struct AbortOnDrop<T>(JoinHandle<T>);

impl<T> Drop for AbortOnDrop<T> {
    fn drop(&mut self) {
        self.0.abort();
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
