//! How a function of WASI is defined: it asks the gate, then does what `wasmtime-wasi` does.

use std::collections::HashMap;
use std::sync::Arc;

use wasmtime::component::Resource;

use crate::grants::Capability;
use crate::policy::Target;

/// The version of the interfaces.
macro_rules! version {
    () => {
        "0.2.6"
    };
}
pub(crate) use version;

/// Defines functions of one interface, one line each: the operation, what it takes, its target, what
/// it returns when it is denied, and what it does.
macro_rules! gated {
    ($linker:ident, $interface:literal {
        $( $operation:ident |$state:ident $(, $arg:ident: $ty:ty)*|
            ($target:expr) denied ($denied:expr) does $body:expr; )*
    }) => {{
        let mut instance = $linker.instance(concat!(
            $interface, "@", $crate::wasi::gated::version!()
        ))?;
        $(
            instance.func_wrap_async(
                operations::$operation.function,
                |mut store: ::wasmtime::StoreContextMut<'_, $crate::state::State>,
                 ($($arg,)*): ($($ty,)*)| {
                    Box::new(async move {
                        let $state = store.data_mut();
                        let gate = $state.gate.clone();
                        let aim: $crate::wasi::gated::Aim = $target;
                        let operation = aim.operation(&operations::$operation);
                        let granted = Ok::<(), ()>(());
                        let pass = gate.pass(&operation, aim.target(), granted).await;
                        if pass.is_err() {
                            return $denied;
                        }
                        $body
                    })
                },
            )?;
        )*
        instance
    }};
}
pub(crate) use gated;

/// What an operation of WASI is about to be done to.
#[derive(Default)]
pub(crate) enum Aim {
    #[default]
    Nothing,
    Path(Arc<str>),
    Paths(Arc<str>, Arc<str>),
    Bytes(u64),
    Millis(u64),
    /// A stream or a poll, which came from somewhere.
    Of(Label),
}

impl Aim {
    pub(crate) fn target(&self) -> Target<'_> {
        match self {
            Aim::Nothing => Target::None,
            Aim::Path(path) => Target::Path(path),
            Aim::Paths(from, to) => Target::Paths(from, to),
            Aim::Bytes(n) => Target::Bytes(*n),
            Aim::Millis(n) => Target::Millis(*n),
            Aim::Of(label) => match &label.path {
                Some(path) => Target::Path(path),
                None => Target::None,
            },
        }
    }

    /// The operation, with the capability of what it is done to.
    pub(crate) fn operation(
        &self,
        operation: &crate::policy::Operation,
    ) -> crate::policy::Operation {
        let mut operation = *operation;
        if let Aim::Of(label) = self {
            operation.capability = label.capability;
        }
        operation
    }
}

/// Where a resource came from.
#[derive(Debug, Clone)]
pub(crate) struct Label {
    pub(crate) capability: Capability,
    /// Its path as the plugin sees it.
    pub(crate) path: Option<Arc<str>>,
    /// Whether what is written to it counts as output.
    pub(crate) output: bool,
}

/// Where the resources that a plugin has came from.
#[derive(Debug, Default)]
pub(crate) struct Labels(HashMap<u32, Label>);

impl Labels {
    pub(crate) fn put<T: 'static>(&mut self, resource: &Resource<T>, label: Label) {
        self.0.insert(resource.rep(), label);
    }

    pub(crate) fn remove(&mut self, rep: u32) {
        self.0.remove(&rep);
    }

    /// Only the streams of `wasi:http` have no label: `wasmtime-wasi-http` makes them by itself.
    pub(crate) fn of<T: 'static>(&self, resource: &Resource<T>) -> Label {
        self.0.get(&resource.rep()).cloned().unwrap_or(Label {
            capability: Capability::Fetch,
            path: None,
            output: false,
        })
    }

    /// The path of a descriptor.
    pub(crate) fn path<T: 'static>(&self, resource: &Resource<T>) -> Arc<str> {
        match self.0.get(&resource.rep()) {
            Some(Label {
                path: Some(path), ..
            }) => path.clone(),
            _ => Arc::from(""),
        }
    }

    /// The path of a name below a descriptor, without `.` and `..`. One that leads out of the
    /// descriptor is left as it is: it cannot be opened.
    pub(crate) fn below<T: 'static>(&self, resource: &Resource<T>, name: &str) -> Arc<str> {
        let base = self.path(resource);
        join(&base, name).into()
    }
}

fn join(base: &str, name: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in name.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                if parts.pop().is_none() {
                    return format!("{base}/{name}");
                }
            }
            part => parts.push(part),
        }
    }
    if name.starts_with('/') {
        return format!("{base}/{name}");
    }
    let base = base.strip_suffix('/').unwrap_or(base);
    if parts.is_empty() {
        return if base.is_empty() {
            "/".to_string()
        } else {
            base.to_string()
        };
    }
    format!("{base}/{}", parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::join;

    #[test]
    fn paths_are_told_as_the_plugin_sees_them() {
        let cases = [
            ("/", "a.txt", "/a.txt"),
            ("/in", "a/./b//c", "/in/a/b/c"),
            ("/in", "a/../b", "/in/b"),
            ("/in", ".", "/in"),
            ("/", ".", "/"),
            ("/in/", "x", "/in/x"),
            ("/in", "../etc", "/in/../etc"),
            ("/in", "a/../../b", "/in/a/../../b"),
            ("/in", "/etc/passwd", "/in//etc/passwd"),
        ];
        for (base, name, expected) in cases {
            assert_eq!(join(base, name), expected);
        }
    }
}
