//! `map<K, V>`, which is a `Map` in JavaScript and a list of pairs in memory.

use crate::lift::lift_memory;
use crate::lower::lower_memory;
use crate::mismatch::{Fail, Lowered, Segment};
use crate::scope::Scope;
use crate::types::{Entries, Type};
use outwit_quickjs_runtime::{Atom, Global, Js, Value, context, free_lifted, sys};

/// What of `Map` is used, as it was before any other code ran.
struct Intrinsics {
    class: Value,
    set: Value,
    for_each: Value,
    iterator: Atom,
    next: Atom,
    done: Atom,
    value: Atom,
    return_: Atom,
    /// Collects what `forEach` goes through.
    collect: Value,
}

static INTRINSICS: Global<Option<Intrinsics>> = Global::new(None);
/// Keys and values in turn.
static COLLECTED: Global<Vec<Value>> = Global::new(Vec::new());

/// Notes the intrinsics.
pub fn install() -> Js<()> {
    let global = Value::global();
    let class = global.get_named("Map")?;
    let prototype = class.get_named("prototype")?;
    let symbol = global.get_named("Symbol")?.get_named("iterator")?;
    let intrinsics = Intrinsics {
        set: prototype.get_named("set")?,
        for_each: prototype.get_named("forEach")?,
        class,
        iterator: Atom::of(symbol.raw())?,
        next: Atom::new("next")?,
        done: Atom::new("done")?,
        value: Atom::new("value")?,
        return_: Atom::new("return")?,
        collect: Value::function(c"", 2, collect)?,
    };
    // SAFETY: one thread, and nobody has a reference yet.
    unsafe { *INTRINSICS.get() = Some(intrinsics) };
    Ok(())
}

fn intrinsics() -> &'static Intrinsics {
    // SAFETY: written once, before any value is lifted or lowered.
    unsafe { (*INTRINSICS.get()).as_ref().unwrap_unchecked() }
}

/// Reads a map.
///
/// # Safety
/// The host wrote `len` entries.
pub unsafe fn lift_map(entries: &Entries, pointer: u32, len: u32) -> Js<Value> {
    let intrinsics = intrinsics();
    let map = intrinsics.class.construct(&[])?;
    let pointer = pointer as *mut u8;
    for index in 0..len as usize {
        // SAFETY: by contract.
        let pair = unsafe {
            let at = pointer.add(index * entries.size as usize);
            [
                lift_memory(entries.key, at)?,
                lift_memory(entries.value, at.add(entries.value_offset as usize))?,
            ]
        };
        intrinsics.set.call(&map, &pair)?;
    }
    if len > 0 {
        // SAFETY: by contract, and it is not read again.
        unsafe { free_lifted(pointer) };
    }
    Ok(map)
}

/// Writes a `Map`, or whatever can be made one: where it is, and how many entries it has.
pub fn lower_map(
    ty: &'static Type,
    entries: &'static Entries,
    value: sys::JSValue,
    scope: &mut Scope,
) -> Lowered<(u32, u32)> {
    let pairs = collected(ty, value)?;
    let len = (pairs.len() / 2) as u32;
    let at = scope.allocate(ty, len, entries.size)?;
    for (index, pair) in pairs.chunks_exact(2).enumerate() {
        let [key, value] = pair else { break };
        // SAFETY: the block has room for all entries.
        unsafe {
            let at = at.add(index * entries.size as usize);
            lower_memory(entries.key, key.raw(), at, scope).map_err(|fail| {
                fail.inside(Segment::Index(index as u32))
                    .inside(Segment::Field("keys()"))
            })?;
            let at = at.add(entries.value_offset as usize);
            lower_memory(entries.value, value.raw(), at, scope)
                .map_err(|fail| fail.inside(Segment::key(key)))?;
        }
    }
    Ok((at as u32, len))
}

/// The keys and values in turn.
fn collected(ty: &Type, value: sys::JSValue) -> Lowered<Vec<Value>> {
    let value = Value::borrow(value);
    // SAFETY: the value is alive.
    let map = match unsafe { sys::JS_IsMap(value.raw()) } {
        true => value,
        false => map_of_pairs(ty, &value)?,
    };
    let intrinsics = intrinsics();
    // SAFETY: one thread. No code of the plugin runs while the map is gone through, so nobody else
    // collects meanwhile.
    unsafe { (*COLLECTED.get()).clear() };
    intrinsics
        .for_each
        .call(&map, std::slice::from_ref(&intrinsics.collect))?;
    // SAFETY: as above.
    Ok(std::mem::take(unsafe { &mut *COLLECTED.get() }))
}

unsafe extern "C" fn collect(
    _: *mut sys::JSContext,
    _: sys::JSValue,
    _: i32,
    arguments: *mut sys::JSValue,
) -> sys::JSValue {
    // SAFETY: `forEach` passes the value and the key.
    unsafe {
        let (value, key) = (*arguments, *arguments.add(1));
        let collected = &mut *COLLECTED.get();
        collected.push(Value::borrow(key));
        collected.push(Value::borrow(value));
    }
    sys::JS_UNDEFINED
}

/// What `new Map(value)` would be, with errors that say where they are.
fn map_of_pairs(ty: &Type, value: &Value) -> Lowered<Value> {
    let names = intrinsics();
    let wrong = || {
        let expected = format!("a Map or an iterable of pairs ({})", ty.name);
        Fail::expected(&expected, value.raw())
    };
    if !value.is_object() {
        return Err(wrong());
    }
    let iterator = value.get(&names.iterator)?;
    if !iterator.is_function() {
        return Err(wrong());
    }
    let iterator = iterator.call(value, &[])?;
    let next = iterator.get(&names.next)?;
    let map = names.class.construct(&[])?;
    let mut index = 0;
    loop {
        let step = next.call(&iterator, &[])?;
        if !step.is_object() {
            return Err(wrong());
        }
        if is_true(&step.get(&names.done)?) {
            return Ok(map);
        }
        let pair = step.get(&names.value)?;
        let added = add(&map, &pair).map_err(|fail| fail.inside(Segment::Index(index)));
        if let Err(fail) = added {
            close(&iterator);
            return Err(fail);
        }
        index += 1;
    }
}

fn add(map: &Value, pair: &Value) -> Lowered {
    if !pair.is_object() {
        return Err(Fail::expected("a pair [key, value]", pair.raw()));
    }
    // SAFETY: the pair is alive.
    let part = |index| {
        outwit_quickjs_runtime::check(unsafe {
            sys::JS_GetPropertyUint32(context(), pair.raw(), index)
        })
    };
    let parts = [part(0)?, part(1)?];
    intrinsics().set.call(map, &parts)?;
    Ok(())
}

/// Tells an iterator that no more is wanted. What it says to that does not count: an error is on its
/// way already.
fn close(iterator: &Value) {
    // SAFETY: plain C calls; the exception that waits is put back.
    unsafe {
        let waiting = sys::JS_HasException(context());
        let before = waiting.then(outwit_quickjs_runtime::take_exception);
        let closed =
            iterator
                .get(&intrinsics().return_)
                .and_then(|function| match function.is_function() {
                    true => function.call(iterator, &[]),
                    false => Ok(Value::UNDEFINED),
                });
        if closed.is_err() {
            drop(outwit_quickjs_runtime::take_exception());
        }
        if let Some(before) = before {
            outwit_quickjs_runtime::throw_value(before);
        }
    }
}

fn is_true(value: &Value) -> bool {
    // SAFETY: the value is alive.
    unsafe { sys::JS_ToBool(context(), value.raw()) > 0 }
}
