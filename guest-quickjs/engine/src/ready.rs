//! Makes, while the plugin is built, the built-in functions that its code mentions.
//!
//! QuickJS makes most built-in functions when they are first used. In an instance that would be the first
//! call, for each instance anew, in memory nobody has written to yet: with one template literal, which
//! calls `concat`, some ten pages. What is made here is in the snapshot.

use crate::{apis, is_built};
use outwit_quickjs_runtime::{Atom, Js, Value, context, sys};
use std::collections::BTreeSet;

/// The built-in classes whose values have methods that code calls without naming the class.
const CLASSES: &[&str] = &[
    "Object",
    "Function",
    "Array",
    "String",
    "Number",
    "BigInt",
    "Symbol",
    "Error",
    "Date",
    "RegExp",
    "Map",
    "Set",
    "WeakMap",
    "WeakSet",
    "Promise",
    "ArrayBuffer",
    "DataView",
    "Iterator",
];

/// Makes what this source text of a plugin mentions, built-in functions and web APIs. A name in a comment counts, too.
///
/// # Errors
/// Throws what the module of a web API throws.
pub fn prepare(source: &[u8]) -> Js<()> {
    if is_built() {
        return Ok(());
    }
    let all: BTreeSet<&str> = names(source).collect();
    for name in &all {
        apis::prepare(name)?;
    }
    for name in &all {
        apis::prepare_parts(name)?;
    }
    prepare_builtins(&all);
    Ok(())
}

/// Makes the built-in functions of these names.
fn prepare_builtins(names: &BTreeSet<&str>) {
    let global = Value::global();
    let mut holders = vec![typed_array(&global)];
    holders.extend(CLASSES.iter().map(|class| property(&global, class)));
    holders.extend(names.iter().map(|name| property(&global, name)));
    for holder in holders.into_iter().flatten() {
        let prototype = property(&holder, "prototype");
        for object in [Some(holder), prototype].into_iter().flatten() {
            for name in names {
                property(&object, name);
            }
        }
    }
}

/// The identifiers in a text, and the method that template literals call.
fn names(source: &[u8]) -> impl Iterator<Item = &str> {
    source
        .split(|byte| !byte.is_ascii_alphanumeric() && *byte != b'_' && *byte != b'$')
        .filter(|word| word.first().is_some_and(|byte| !byte.is_ascii_digit()))
        .filter_map(|word| std::str::from_utf8(word).ok())
        .chain(source.contains(&b'`').then_some("concat"))
}

/// The value of an object's own property, without running any code of the plugin.
fn property(object: &Value, name: &str) -> Option<Value> {
    // SAFETY: the value is alive.
    if !object.is_object() || unsafe { sys::JS_IsProxy(object.raw()) } {
        return None;
    }
    object.own_data(&Atom::new(name).ok()?)
}

/// The class that `Uint8Array` and the others extend, which has no name.
fn typed_array(global: &Value) -> Option<Value> {
    let class = property(global, "Uint8Array")?;
    // SAFETY: the class is alive; its prototype is a value of its own.
    Some(Value::own(unsafe {
        sys::JS_GetPrototype(context(), class.raw())
    }))
}
