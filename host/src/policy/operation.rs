//! Every function of the host, as policy and audit know it. The list of lists is at the end.

use crate::grants::Capability;
use crate::{
    console, crypto, fetch, keyvalue, locks, messaging, performance, storage, subtle, timers, wasi,
    websocket,
};

/// A function of the host that plugins can call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Operation {
    /// What it is granted with.
    pub capability: Capability,
    /// The interface, without its version.
    pub interface: &'static str,
    /// The function as WIT names it.
    pub function: &'static str,
    /// What the plugin sees when it is denied.
    pub on_denial: OnDenial,
}

/// What a plugin sees of a denial. In each case nothing else has happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum OnDenial {
    /// The function returns this case of its interface's error.
    Error(&'static str),
    /// The function returns as if it had done its work.
    Nothing,
    /// The function returns that there is nothing.
    Empty,
    /// The function has no way to say no: the call of the plugin ends with
    /// [`Error::Denied`](crate::Error::Denied).
    Ends,
    /// The function is never asked about, for this reason.
    NotAsked(&'static str),
}

impl Operation {
    pub(crate) const fn new(
        capability: Capability,
        interface: &'static str,
        function: &'static str,
        on_denial: OnDenial,
    ) -> Operation {
        Operation {
            capability,
            interface,
            function,
            on_denial,
        }
    }
}

/// Defines the operations of a room: a constant each, and `ALL`.
macro_rules! operations_of {
    ($( $capability:ident $interface:literal {
        $( $name:ident = $function:literal => $on_denial:ident $( ($text:expr) )? ),* $(,)?
    } )*) => {
        $( $(
            pub(crate) const $name: $crate::policy::Operation = $crate::policy::Operation::new(
                $crate::grants::Capability::$capability,
                $interface,
                $function,
                $crate::policy::OnDenial::$on_denial $( ($text) )?,
            );
        )* )*
        /// All operations of this room.
        pub(crate) const ALL: &[$crate::policy::Operation] = &[ $( $( $name, )* )* ];
    };
}
pub(crate) use operations_of;

/// Every function of every interface this host has. Tests compare it with the WIT, so it is complete.
pub fn operations() -> impl Iterator<Item = &'static Operation> {
    [
        console::operations::ALL,
        performance::operations::ALL,
        crypto::operations::ALL,
        timers::operations::ALL,
        storage::operations::ALL,
        wasi::operations::ALL,
        fetch::operations::ALL,
        websocket::operations::ALL,
        messaging::operations::ALL,
        locks::operations::ALL,
        keyvalue::operations::ALL,
        subtle::operations::ALL,
    ]
    .into_iter()
    .flatten()
}
