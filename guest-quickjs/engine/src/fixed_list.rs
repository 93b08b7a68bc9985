//! `list<T, N>`: the elements one after the other, in memory as well as among core values.

use crate::lift::{array, lift_flat, lift_memory, typed_array};
use crate::lower::{array_length, lower_element, lower_flat, lower_memory};
use crate::lower_lists::typed_array_bytes;
use crate::mismatch::{Fail, Lowered};
use crate::scope::Scope;
use crate::types::{FixedList, Type};
use outwit_quickjs_runtime::{Js, Value, sys};

/// Reads a list from its slots and moves past them.
///
/// # Safety
/// As for [`lift_flat`].
pub unsafe fn lift_fixed_flat(list: &FixedList, slots: &mut *const u64) -> Js<Value> {
    let length = list.length as usize;
    // SAFETY: by contract.
    unsafe {
        let Some(numbers) = &list.numbers else {
            let values = (0..length).map(|_| lift_flat(list.element, slots));
            return array(values.collect::<Js<_>>()?);
        };
        // each number is in the low bytes of its slot
        let size = list.element.size as usize;
        let mut bytes = Vec::with_capacity(length * size);
        for index in 0..length {
            let slot = (*slots).add(index).cast::<u8>();
            bytes.extend_from_slice(std::slice::from_raw_parts(slot, size));
        }
        *slots = (*slots).add(length);
        typed_array(numbers, &bytes)
    }
}

/// Reads a list from memory.
///
/// # Safety
/// As for [`lift_memory`].
pub unsafe fn lift_fixed_memory(list: &FixedList, at: *const u8) -> Js<Value> {
    let (length, size) = (list.length as usize, list.element.size as usize);
    // SAFETY: by contract.
    unsafe {
        if let Some(numbers) = &list.numbers {
            return typed_array(numbers, std::slice::from_raw_parts(at, length * size));
        }
        let values = (0..length).map(|index| lift_memory(list.element, at.add(index * size)));
        array(values.collect::<Js<_>>()?)
    }
}

/// Writes a list into slots.
///
/// # Safety
/// As for [`lower_flat`].
pub unsafe fn lower_fixed_flat(
    ty: &'static Type,
    list: &'static FixedList,
    value: sys::JSValue,
    slots: *mut u64,
    scope: &mut Scope,
) -> Lowered {
    check_length(ty, list, value)?;
    let step = list.element.flat as usize;
    for index in 0..list.length {
        lower_element(value, index, |inner| {
            // SAFETY: by contract.
            unsafe { lower_flat(list.element, inner, slots.add(index as usize * step), scope) }
        })?;
    }
    Ok(())
}

/// Writes a list into memory.
///
/// # Safety
/// As for [`lower_memory`].
pub unsafe fn lower_fixed_memory(
    ty: &'static Type,
    list: &'static FixedList,
    value: sys::JSValue,
    at: *mut u8,
    scope: &mut Scope,
) -> Lowered {
    let size = list.element.size as usize;
    if check_length(ty, list, value)? {
        let (from, bytes, _buffer) = typed_array_bytes(value)?;
        // SAFETY: by contract; no code of the plugin ran since the length was read.
        unsafe { from.copy_to_nonoverlapping(at, bytes.min(list.length as usize * size)) };
        return Ok(());
    }
    for index in 0..list.length {
        lower_element(value, index, |inner| {
            // SAFETY: by contract.
            unsafe { lower_memory(list.element, inner, at.add(index as usize * size), scope) }
        })?;
    }
    Ok(())
}

/// Whether it is a typed array of these numbers; otherwise it is an array. Fails for all else, and for
/// any other length.
fn check_length(ty: &'static Type, list: &'static FixedList, value: sys::JSValue) -> Lowered<bool> {
    let is_typed = list
        .numbers
        .as_ref()
        .is_some_and(|numbers| numbers.fits(value));
    let length = if is_typed {
        let (_, bytes, _buffer) = typed_array_bytes(value)?;
        Some((bytes / list.element.size.max(1) as usize) as u32)
    } else {
        array_length(value)?
    };
    if length == Some(list.length) {
        return Ok(is_typed);
    }
    Err(wrong(ty, list, value, length))
}

#[cold]
fn wrong(ty: &Type, list: &FixedList, value: sys::JSValue, length: Option<u32>) -> Fail {
    let array = match &list.numbers {
        Some(numbers) => format!("{} or an array", numbers.array_name),
        None => "an array".to_owned(),
    };
    let expected = format!("{array} of exactly {} ({})", list.length, ty.name);
    match length {
        Some(length) => Fail::because(&format!("expected {expected}, got one of {length}")),
        None => Fail::expected(&expected, value),
    }
}
