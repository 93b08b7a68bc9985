//! What the JavaScript engine is told about a WIT world.
//!
//! The builder resolves a world's WIT, writes it down as a [`World`], and hands the bytes to the
//! engine before it takes the snapshot. The engine turns them into its own tables once; no running
//! plugin ever reads a description again.
//!
//! Adapter and engine agree on *dispatch numbers*: the engine reaches everything outside itself
//! through one function, `dispatch(number, arguments, results) -> status`, that the adapter puts into
//! the engine's table. Numbers below [`FIRST_IMPORT`] are the canonical built-ins of [`intrinsic`];
//! the builder gives the others out, one for each imported function and one for each `task.return`.

#![no_std]
#![deny(missing_docs)]

extern crate alloc;

use alloc::{string::String, vec::Vec};
use serde::{Deserialize, Serialize};

/// Whether an import's specifier has the form of an interface of a world: `ns:pkg/iface` or `ns:pkg/iface@1.2.3`. Modules of Node.js,
/// such as `node:fs/promises`, have not.
pub fn is_interface_name(specifier: &str) -> bool {
    let is_name = |name: &str| {
        name.starts_with(|c: char| c.is_ascii_alphabetic())
            && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
    };
    let name = specifier.split('@').next().unwrap_or(specifier);
    name.split_once(':')
        .filter(|(namespace, _)| *namespace != "node" && is_name(namespace))
        .and_then(|(_, rest)| rest.split_once('/'))
        .is_some_and(|(package, interface)| is_name(package) && interface.split('/').all(is_name))
}

/// The name that is most like this one, if any is: what was meant by a name that is not there.
pub fn nearest<'a>(name: &str, names: &[&'a str]) -> Option<&'a str> {
    let most = 1 + name.chars().count() / 5;
    names
        .iter()
        .map(|other| (distance(name, other), *other))
        .filter(|(distance, _)| *distance <= most)
        .min()
        .map(|(_, other)| other)
}

/// How many characters have to be changed, put in or taken out to make one text of another.
fn distance(from: &str, to: &str) -> usize {
    let to: Vec<char> = to.chars().collect();
    let mut row: Vec<usize> = (0..=to.len()).collect();
    for (line, c) in from.chars().enumerate() {
        let mut diagonal = line;
        let mut left = line + 1;
        for (cell, other) in row.iter_mut().skip(1).zip(&to) {
            let above = *cell;
            *cell = (diagonal + usize::from(c != *other))
                .min(above + 1)
                .min(left + 1);
            (diagonal, left) = (above, *cell);
        }
        if let Some(first) = row.first_mut() {
            *first = line + 1;
        }
    }
    row.last().copied().unwrap_or_default()
}

/// A position in [`World::types`]. A type's components stand before it.
pub type TypeIndex = u32;

/// A position in [`World::resources`].
pub type ResourceIndex = u32;

/// Everything the engine knows about a world.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct World {
    /// All types that functions of this world mention, components before composites.
    pub types: Vec<Type>,
    /// All resources of the world. One that is both imported and exported is there twice.
    pub resources: Vec<Resource>,
    /// The imported interfaces; world-level functions are under an interface with an empty name.
    pub imports: Vec<Interface>,
    /// The exported interfaces; world-level functions are under an interface with an empty name.
    pub exports: Vec<Interface>,
}

/// A group of functions under one name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Interface {
    /// The full name, as in `demo:g/fmt@0.1.0`; empty for functions of the world itself.
    pub name: String,
    /// The last part of the name in lower camel case: what a JavaScript module exports.
    pub js_name: String,
    /// The functions, in the order of the WIT text.
    pub functions: Vec<Function>,
}

/// A resource type.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Resource {
    /// The name in WIT, for messages.
    pub name: String,
    /// The name in upper camel case: that of the class.
    pub js_name: String,
    /// The name of the interface it belongs to, as in [`Interface::name`].
    pub interface: String,
    /// Whether the plugin imports it; otherwise the plugin defines it.
    pub imported: bool,
    /// The number of `resource.drop: [handle: i32] -> []`.
    pub drop: u32,
    /// The number of `resource.new: [rep: i32] -> [handle: i32]`, for one that the plugin defines.
    pub new: u32,
    /// The number of `resource.rep: [handle: i32] -> [rep: i32]`, for one that the plugin defines.
    pub rep: u32,
}

/// What a function belongs to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum FunctionKind {
    /// To its interface.
    #[default]
    Free,
    /// `constructor`: its result is an own handle (or a `result` of one).
    Constructor(ResourceIndex),
    /// A method: its first parameter is a borrow of the resource.
    Method(ResourceIndex),
    /// `static`
    Static(ResourceIndex),
}

/// One function.
///
/// Exported functions are numbered through all of [`World::exports`], from 0.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Function {
    /// The name in WIT, for messages.
    pub name: String,
    /// The name in lower camel case, without that of its resource; `constructor` for one.
    pub js_name: String,
    /// What it belongs to.
    pub kind: FunctionKind,
    /// Whether WIT says `async func`.
    pub is_async: bool,
    /// The parameters, in order.
    pub params: Vec<Param>,
    /// The type of the result, if there is one.
    pub result: Option<TypeIndex>,
    /// Imported: the number that calls it. Exported and asynchronous: the number of its
    /// `task.return`. Exported and synchronous: 0, and unused.
    pub dispatch: u32,
}

/// One parameter.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Param {
    /// The name in WIT, for messages.
    pub name: String,
    /// Its type.
    pub ty: TypeIndex,
}

/// A value type of the Component Model.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Type {
    /// `bool`
    Bool,
    /// `u8`
    U8,
    /// `s8`
    S8,
    /// `u16`
    U16,
    /// `s16`
    S16,
    /// `u32`
    U32,
    /// `s32`
    S32,
    /// `u64`
    U64,
    /// `s64`
    S64,
    /// `f32`
    F32,
    /// `f64`
    F64,
    /// `char`
    Char,
    /// `string`, as UTF-8
    String,
    /// `list<T>`
    List(TypeIndex),
    /// `record`; fields in order
    Record(Vec<Field>),
    /// `tuple<…>`
    Tuple(Vec<TypeIndex>),
    /// `variant`; cases in order
    Variant(Vec<Case>),
    /// `enum`; cases in order, in their WIT spelling
    Enum(Vec<String>),
    /// `flags`; in order, in lower camel case
    Flags(Vec<String>),
    /// `option<T>`
    Option(TypeIndex),
    /// `result<T, E>`
    Result {
        /// the type of the success value, if it has one
        ok: Option<TypeIndex>,
        /// the type of the error value, if it has one
        err: Option<TypeIndex>,
    },
    /// `own<T>`
    Own(ResourceIndex),
    /// `borrow<T>`
    Borrow(ResourceIndex),
    /// `stream<T>`, or `stream` without elements
    Stream {
        /// the type of the elements, if there are any
        element: Option<TypeIndex>,
        /// the first of the dispatch numbers of [`channel`]
        dispatch: u32,
    },
    /// `future<T>`, or `future` without a value
    Future {
        /// the type of the value, if there is one
        element: Option<TypeIndex>,
        /// the first of the dispatch numbers of [`channel`]
        dispatch: u32,
    },
    /// `map<K, V>`; in memory the same as `list<tuple<K, V>>`
    Map {
        /// the type of the keys
        key: TypeIndex,
        /// the type of the values
        value: TypeIndex,
    },
    /// `list<T, N>`: the elements one after the other, with no pointer
    FixedList {
        /// the type of the elements
        element: TypeIndex,
        /// how many there are
        length: u32,
    },
}

/// A field of a record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Field {
    /// The name in lower camel case.
    pub js_name: String,
    /// Its type.
    pub ty: TypeIndex,
}

/// A case of a variant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Case {
    /// The name in its WIT spelling: the `tag` in JavaScript.
    pub tag: String,
    /// The type of the payload, if it has one.
    pub ty: Option<TypeIndex>,
}

/// Dispatch numbers of the canonical built-ins. Arguments and results are one 8-byte slot for each
/// core value.
pub mod intrinsic {
    /// `waitable-set.new: [] -> [i32]`
    pub const WAITABLE_SET_NEW: u32 = 0;
    /// `waitable-set.drop: [i32] -> []`
    pub const WAITABLE_SET_DROP: u32 = 1;
    /// `waitable.join: [waitable: i32, set: i32] -> []`
    pub const WAITABLE_JOIN: u32 = 2;
    /// `subtask.drop: [i32] -> []`
    pub const SUBTASK_DROP: u32 = 3;
    /// `subtask.cancel: [i32] -> [status: i32]`
    pub const SUBTASK_CANCEL: u32 = 4;
    /// `context.get 0: [] -> [i32]`
    pub const CONTEXT_GET: u32 = 5;
    /// `context.set 0: [i32] -> []`
    pub const CONTEXT_SET: u32 = 6;
    /// `task.cancel: [] -> []`
    pub const TASK_CANCEL: u32 = 7;
    /// `waitable-set.poll: [set: i32, event: *mut u32] -> [event code: i32]`
    pub const WAITABLE_SET_POLL: u32 = 8;
    /// `stream.new` of a `stream` without elements: `[] -> [readable | writable << 32: i64]`. The engine
    /// wakes a waiting task of the same instance by writing to the end of a stream that the task reads
    /// (a promise of one task can settle while another runs). The five of these belong together, and
    /// are needed in every world that exports an `async func`.
    pub const WAKE_NEW: u32 = 9;
    /// `stream.read async` of that stream: `[readable: i32, buffer: i32, count: i32] -> [status: i32]`
    pub const WAKE_READ: u32 = 10;
    /// `stream.write async` of that stream: `[writable: i32, buffer: i32, count: i32] -> [status: i32]`
    pub const WAKE_WRITE: u32 = 11;
    /// `stream.drop-readable` of that stream: `[i32] -> []`
    pub const WAKE_DROP_READABLE: u32 = 12;
    /// `stream.drop-writable` of that stream: `[i32] -> []`
    pub const WAKE_DROP_WRITABLE: u32 = 13;
    /// While the plugin is built, in place of all others: asks the builder for the source of a module.
    /// `[referrer: *const u8, len, specifier: *const u8, len] -> [name: *mut u8, len, source: *mut u8, len]`,
    /// both results allocated with `cabi_realloc` (alignment 1) and owned by the engine. On status 1 the
    /// results hold a message in place of the name, and no source.
    pub const LOAD_MODULE: u32 = 15;
}

/// Dispatch numbers of the built-ins of one stream or future type, counted from the type's own first.
/// For a future, which has at most one element, `read` and `write` take no count.
pub mod channel {
    /// `new: [] -> [readable | writable << 32: i64]`
    pub const NEW: u32 = 0;
    /// `read async: [readable: i32, buffer: i32, count: i32] -> [status: i32]`
    pub const READ: u32 = 1;
    /// `write async: [writable: i32, buffer: i32, count: i32] -> [status: i32]`
    pub const WRITE: u32 = 2;
    /// `cancel-read: [readable: i32] -> [status: i32]`
    pub const CANCEL_READ: u32 = 3;
    /// `cancel-write: [writable: i32] -> [status: i32]`
    pub const CANCEL_WRITE: u32 = 4;
    /// `drop-readable: [i32] -> []`
    pub const DROP_READABLE: u32 = 5;
    /// `drop-writable: [i32] -> []`
    pub const DROP_WRITABLE: u32 = 6;
    /// How many there are.
    pub const COUNT: u32 = 7;
}

/// The smallest number of an imported function or a `task.return`.
pub const FIRST_IMPORT: u32 = 16;

/// What `dispatch` returns: the call was made and its results are stored.
pub const DISPATCH_DONE: u32 = 0;
/// What `dispatch` returns: the call cannot be made, as in a plugin that is being built.
pub const DISPATCH_UNAVAILABLE: u32 = 1;

impl World {
    /// The bytes the builder hands to the engine.
    ///
    /// # Errors
    /// Fails only when memory runs out.
    pub fn to_bytes(&self) -> Result<Vec<u8>, postcard::Error> {
        postcard::to_allocvec(self)
    }

    /// Reads what [`World::to_bytes`] wrote.
    ///
    /// # Errors
    /// Fails if the bytes are not the description of a world, as when builder and engine are of
    /// different versions, or if it mentions what it does not have.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, postcard::Error> {
        let world: Self = postcard::from_bytes(bytes)?;
        match world.holds_together() {
            true => Ok(world),
            false => Err(postcard::Error::DeserializeBadEncoding),
        }
    }

    /// Whether each type and each resource that is mentioned is there, and types before those they are parts of.
    fn holds_together(&self) -> bool {
        let is_resource = |index: ResourceIndex| (index as usize) < self.resources.len();
        let is_type = |index: TypeIndex, before: usize| (index as usize) < before;
        let types = self.types.iter().enumerate().all(|(at, ty)| {
            let part = |index: &TypeIndex| is_type(*index, at);
            let maybe = |index: &Option<TypeIndex>| index.as_ref().is_none_or(part);
            match ty {
                Type::Bool
                | Type::U8
                | Type::S8
                | Type::U16
                | Type::S16
                | Type::U32
                | Type::S32
                | Type::U64
                | Type::S64
                | Type::F32
                | Type::F64
                | Type::Char
                | Type::String
                | Type::Enum(_)
                | Type::Flags(_) => true,
                Type::List(element) | Type::Option(element) => part(element),
                Type::Record(fields) => fields.iter().all(|field| part(&field.ty)),
                Type::Tuple(parts) => parts.iter().all(part),
                Type::Variant(cases) => cases.iter().all(|case| maybe(&case.ty)),
                Type::Result { ok, err } => maybe(ok) && maybe(err),
                Type::Own(resource) | Type::Borrow(resource) => is_resource(*resource),
                Type::Stream { element, .. } | Type::Future { element, .. } => maybe(element),
                Type::Map { key, value } => part(key) && part(value),
                Type::FixedList { element, .. } => part(element),
            }
        });
        let is_type = |index: &TypeIndex| is_type(*index, self.types.len());
        let interfaces = self.imports.iter().chain(&self.exports);
        types
            && interfaces
                .flat_map(|interface| &interface.functions)
                .all(|function| {
                    let of = match function.kind {
                        FunctionKind::Free => true,
                        FunctionKind::Constructor(of)
                        | FunctionKind::Method(of)
                        | FunctionKind::Static(of) => is_resource(of),
                    };
                    of && function.params.iter().all(|param| is_type(&param.ty))
                        && function.result.as_ref().is_none_or(is_type)
                })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec;

    #[test]
    fn a_world_survives_the_trip_to_the_engine() {
        let world = World {
            types: vec![
                Type::U32,
                Type::List(0),
                Type::Result {
                    ok: Some(1),
                    err: None,
                },
            ],
            resources: vec![],
            imports: vec![],
            exports: vec![Interface {
                name: "demo:g/fmt@0.1.0".into(),
                js_name: "fmt".into(),
                functions: vec![Function {
                    name: "pick-all".into(),
                    js_name: "pickAll".into(),
                    kind: FunctionKind::Free,
                    is_async: true,
                    params: vec![Param {
                        name: "how-many".into(),
                        ty: 0,
                    }],
                    result: Some(2),
                    dispatch: FIRST_IMPORT,
                }],
            }],
        };
        let bytes = world.to_bytes().unwrap();
        assert_eq!(World::from_bytes(&bytes).unwrap(), world);
        assert!(World::from_bytes(&bytes[..bytes.len() - 1]).is_err());
    }

    #[test]
    fn a_world_that_mentions_what_it_does_not_have_is_refused() {
        let of = |types: Vec<Type>| World {
            types,
            ..World::default()
        };
        let function = |kind, param, result| World {
            types: vec![Type::U32],
            exports: vec![Interface {
                name: String::new(),
                js_name: String::new(),
                functions: vec![Function {
                    name: "f".into(),
                    js_name: "f".into(),
                    kind,
                    is_async: false,
                    params: vec![Param {
                        name: "x".into(),
                        ty: param,
                    }],
                    result,
                    dispatch: 0,
                }],
            }],
            ..World::default()
        };
        for (world, good) in [
            (of(vec![Type::U8, Type::List(0)]), true),
            (of(vec![Type::List(1), Type::U8]), false),
            (of(vec![Type::List(0)]), false),
            (of(vec![Type::Own(0)]), false),
            (function(FunctionKind::Free, 0, Some(0)), true),
            (function(FunctionKind::Free, 1, None), false),
            (function(FunctionKind::Free, 0, Some(1)), false),
            (function(FunctionKind::Method(0), 0, None), false),
        ] {
            let bytes = world.to_bytes().unwrap();
            assert_eq!(World::from_bytes(&bytes).is_ok(), good, "{world:?}");
        }
    }

    #[test]
    fn the_nearest_name_is_the_one_that_is_meant() {
        assert_eq!(distance("", ""), 0);
        assert_eq!(distance("theme", "them"), 1);
        assert_eq!(distance("kitten", "sitting"), 3);
        let names = ["theme-plugin", "site", "markdown-plugin"];
        assert_eq!(nearest("teme-plugin", &names), Some("theme-plugin"));
        assert_eq!(nearest("sites", &names), Some("site"));
        assert_eq!(nearest("nope", &names), None);
    }
}
