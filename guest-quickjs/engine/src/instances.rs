//! Objects of resources that the plugin defines.
//!
//! The other side knows such an object by a number, its *rep*: a place in one table for all resources.
//! The object is in the table as long as there are handles with its number, which are counted. When
//! the last one is dropped outside, `[Symbol.dispose]` of the object is called if it has one; when the
//! last one comes back as an argument, the object belongs to JavaScript again.

use crate::dispatch::builtin;
use crate::export::check_unhandled;
use crate::mismatch::{Fail, Lowered};
use crate::resource::{Resource, dispose_symbol};
use crate::scope::Scope;
use crate::{handle::Loan, task};
use outwit_quickjs_runtime::{
    ErrorKind, Global, Js, Value, context, drain_jobs, sys, take_exception, throw, trap_with_report,
};
use std::collections::BTreeMap;

struct Instance {
    object: Value,
    resource: &'static Resource,
    handles: u32,
}

struct Table {
    /// A rep is a place in here, counted from 1.
    places: Vec<Option<Instance>>,
    free: Vec<u32>,
    /// The reps, by the object and the resource's number.
    reps: BTreeMap<(sys::JSValue, u32), u32>,
    /// Whether a handle is being dropped by the engine itself.
    is_own_drop: bool,
}

static TABLE: Global<Table> = Global::new(Table {
    places: Vec::new(),
    free: Vec::new(),
    reps: BTreeMap::new(),
    is_own_drop: false,
});

/// The table. References made from it must end before JavaScript or a built-in runs.
fn table() -> &'static mut Table {
    // SAFETY: one thread; callers keep references short.
    unsafe { &mut *TABLE.get() }
}

impl Table {
    fn instance(&mut self, rep: u32) -> Option<&mut Instance> {
        let place = (rep as usize).checked_sub(1)?;
        self.places.get_mut(place)?.as_mut()
    }

    /// Counts one more handle of an object.
    fn add_handle(&mut self, resource: &'static Resource, object: sys::JSValue) -> u32 {
        let key = (object, resource.drop);
        if let Some(rep) = self.reps.get(&key).copied()
            && let Some(instance) = self.instance(rep)
        {
            instance.handles += 1;
            return rep;
        }
        let instance = Some(Instance {
            object: Value::borrow(object),
            resource,
            handles: 1,
        });
        let rep = match self.free.pop() {
            Some(rep) => {
                self.places[rep as usize - 1] = instance;
                rep
            }
            None => {
                self.places.push(instance);
                self.places.len() as u32
            }
        };
        self.reps.insert(key, rep);
        rep
    }

    /// Counts one handle less; gives the object if that was the last.
    fn remove_handle(&mut self, rep: u32) -> Option<Value> {
        let instance = self.instance(rep)?;
        instance.handles -= 1;
        if instance.handles > 0 {
            return None;
        }
        let instance = self.places[rep as usize - 1].take()?;
        let key = (instance.object.raw(), instance.resource.drop);
        self.reps.remove(&key);
        self.free.push(rep);
        Some(instance.object)
    }
}

/// A new handle of an object.
pub fn lower(resource: &'static Resource, value: sys::JSValue, scope: &mut Scope) -> Lowered<u32> {
    if !is_instance(resource, value)? {
        return Err(Fail::expected(&resource.title(), value));
    }
    let rep = table().add_handle(resource, value);
    let Some(number) = builtin(resource.new, [rep]) else {
        drop(table().remove_handle(rep));
        throw(ErrorKind::Error, "a handle cannot be made here");
        return Err(Fail::Thrown);
    };
    let number = number as u32;
    scope.hold(Loan::Made { resource, number });
    Ok(number)
}

/// `value instanceof Class`
fn is_instance(resource: &'static Resource, value: sys::JSValue) -> Lowered<bool> {
    if (value >> 32) as i32 != sys::JS_TAG_OBJECT {
        return Ok(false);
    }
    // SAFETY: both are alive.
    match unsafe { sys::JS_IsInstanceOf(context(), value, resource.class().raw()) } {
        0 => Ok(false),
        1.. => Ok(true),
        _ => Err(Fail::Thrown),
    }
}

/// The object of a handle that arrived. The handle ends.
pub fn take(resource: &'static Resource, number: u32) -> Js<Value> {
    let rep = builtin(resource.rep, [number]).unwrap_or_default() as u32;
    let object = get(rep)?;
    unmake(resource, number);
    Ok(object)
}

/// The object of a rep.
pub fn get(rep: u32) -> Js<Value> {
    match table().instance(rep) {
        Some(instance) => Ok(instance.object.clone()),
        None => Err(throw(
            ErrorKind::Error,
            "a handle of an object that does not exist arrived",
        )),
    }
}

/// Drops a handle without the object noticing.
pub fn unmake(resource: &Resource, number: u32) {
    table().is_own_drop = true;
    builtin(resource.drop, [number]);
    table().is_own_drop = false;
}

/// A handle of this rep was dropped.
pub fn dropped(rep: u32) {
    let is_own_drop = table().is_own_drop;
    let Some(object) = table().remove_handle(rep) else {
        return;
    };
    if is_own_drop {
        return;
    }
    let disposed = object.get(dispose_symbol()).and_then(|dispose| {
        if matches!(dispose.tag(), sys::JS_TAG_UNDEFINED | sys::JS_TAG_NULL) {
            return Ok(Value::UNDEFINED);
        }
        dispose.call(&object, &[])
    });
    if disposed.is_err() {
        // Whoever drops a handle does not wait for an answer.
        trap_with_report(&take_exception());
    }
    drop(object);
    drain_jobs();
    check_unhandled();
    task::wake_settled();
}
