//! Values that arrive: from the canonical ABI to JavaScript.
//!
//! Both forms read the same bits: a core parameter is a slot of 8 bytes that holds its bits in the low
//! ones, so where a variant joins several types in one slot nothing has to be converted.
//!
//! Memory that the other side allocated for the value is given back on the way.

use crate::fixed_list::{lift_fixed_flat, lift_fixed_memory};
use crate::handle::{lift_borrow, lift_own};
use crate::map::lift_map;
use crate::types::{Cases, Elements, Field, Flag, Item, Kind, Number, Type};
use crate::{future, stream};
use outwit_quickjs_runtime::{
    Atom, Global, Js, Value, check, context, free_lifted, free_raw, is_adoptable, sys,
};
use std::ffi::c_void;
use std::ptr::null_mut;

/// The names that values have besides those from WIT.
pub struct Names {
    pub tag: Atom,
    pub val: Atom,
    pub some: Atom,
    pub none: Atom,
    pub ok: Atom,
    pub err: Atom,
    pub some_tag: Value,
    pub none_tag: Value,
    pub ok_tag: Value,
    pub err_tag: Value,
}

static NAMES: Global<Option<Names>> = Global::new(None);

impl Names {
    /// Interns them.
    pub fn install() -> Js<()> {
        let names = Names {
            tag: Atom::new("tag")?,
            val: Atom::new("val")?,
            some: Atom::new("some")?,
            none: Atom::new("none")?,
            ok: Atom::new("ok")?,
            err: Atom::new("err")?,
            some_tag: Value::string("some")?,
            none_tag: Value::string("none")?,
            ok_tag: Value::string("ok")?,
            err_tag: Value::string("err")?,
        };
        // SAFETY: one thread, and nobody has a reference yet.
        unsafe { *NAMES.get() = Some(names) };
        Ok(())
    }

    #[inline]
    pub fn get() -> &'static Names {
        // SAFETY: written once, before any value is lifted.
        unsafe { (*NAMES.get()).as_ref().unwrap_unchecked() }
    }
}

/// Reads a value from its slots and moves past them.
///
/// # Safety
/// The slots hold a value of this type that the host lowered.
pub unsafe fn lift_flat(ty: &Type, slots: &mut *const u64) -> Js<Value> {
    // SAFETY: by contract there are `ty.flat` slots, and what they point to is owned by this module.
    unsafe {
        let first = *slots;
        match &ty.kind {
            Kind::Bool => {
                *slots = first.add(1);
                Ok(Value::bool(*first.cast::<u32>() != 0))
            }
            Kind::Number(number) => {
                *slots = first.add(1);
                Ok(lift_number_flat(*number, first))
            }
            Kind::String => {
                *slots = first.add(2);
                lift_string(*first.cast(), *first.add(1).cast())
            }
            Kind::U64
            | Kind::S64
            | Kind::Char
            | Kind::Enum(_)
            | Kind::Own(_)
            | Kind::Borrow(_)
            | Kind::Stream(_)
            | Kind::Future(_) => {
                *slots = first.add(1);
                lift_memory(ty, first.cast())
            }
            Kind::Flags(_) => {
                // the words, which stand in slots, as they stand in memory
                *slots = first.add(ty.flat as usize);
                let words: Vec<u32> = (0..ty.flat as usize)
                    .map(|word| *first.add(word).cast())
                    .collect();
                lift_memory(ty, words.as_ptr().cast())
            }
            Kind::List(element) => {
                *slots = first.add(2);
                lift_list(element, *first.cast(), *first.add(1).cast())
            }
            Kind::NumberList(elements) => {
                *slots = first.add(2);
                lift_numbers(elements, *first.cast(), *first.add(1).cast())
            }
            Kind::Map(entries) => {
                *slots = first.add(2);
                lift_map(entries, *first.cast(), *first.add(1).cast())
            }
            Kind::FixedList(list) => lift_fixed_flat(list, slots),
            Kind::Record(fields) => lift_record(fields, |field| lift_flat(field.ty, slots)),
            Kind::Tuple(items) => lift_tuple(items, |item| lift_flat(item.ty, slots)),
            Kind::Variant(Cases { cases, .. }) => {
                let case = &cases[(*first.cast::<u32>() as usize).min(cases.len() - 1)];
                let value = lift_payload(case.ty, first)?;
                *slots = first.add(ty.flat as usize);
                tagged(&case.tag, value)
            }
            Kind::Option { value, nested, .. } => {
                let is_some = *first.cast::<u32>() != 0;
                let lifted = lift_payload(is_some.then_some(*value), first)?;
                *slots = first.add(ty.flat as usize);
                option(lifted, *nested)
            }
            Kind::Result { ok, err, .. } => {
                let names = Names::get();
                let is_err = *first.cast::<u32>() != 0;
                let value = lift_payload(if is_err { *err } else { *ok }, first)?;
                *slots = first.add(ty.flat as usize);
                tagged(
                    if is_err {
                        &names.err_tag
                    } else {
                        &names.ok_tag
                    },
                    value,
                )
            }
        }
    }
}

/// Reads the payload that follows a discriminant.
unsafe fn lift_payload(ty: Option<&'static Type>, first: *const u64) -> Js<Option<Value>> {
    let Some(ty) = ty else { return Ok(None) };
    // SAFETY: the slots of the case follow the discriminant.
    unsafe {
        let mut slots = first.add(1);
        lift_flat(ty, &mut slots).map(Some)
    }
}

/// Reads a value from memory.
///
/// # Safety
/// The memory holds a value of this type that the host lowered.
pub unsafe fn lift_memory(ty: &Type, at: *const u8) -> Js<Value> {
    // SAFETY: by contract.
    unsafe {
        match &ty.kind {
            Kind::Bool => Ok(Value::bool(*at != 0)),
            Kind::Number(number) => Ok(lift_number(*number, at)),
            Kind::U64 => check(sys::JS_NewBigUint64(context(), *at.cast())),
            Kind::S64 => check(sys::JS_NewBigInt64(context(), *at.cast())),
            Kind::Char => {
                let c = char::from_u32(*at.cast()).unwrap_or(char::REPLACEMENT_CHARACTER);
                Value::string(c.encode_utf8(&mut [0; 4]))
            }
            Kind::String => lift_string(*at.cast(), *at.cast::<u32>().add(1)),
            Kind::List(element) => lift_list(element, *at.cast(), *at.cast::<u32>().add(1)),
            Kind::NumberList(elements) => {
                lift_numbers(elements, *at.cast(), *at.cast::<u32>().add(1))
            }
            Kind::Own(resource) => lift_own(resource, *at.cast()),
            Kind::Borrow(resource) => lift_borrow(resource, *at.cast()),
            Kind::Stream(channel) => stream::lift(channel, *at.cast()),
            Kind::Future(channel) => future::lift(channel, *at.cast()),
            Kind::Map(entries) => lift_map(entries, *at.cast(), *at.cast::<u32>().add(1)),
            Kind::FixedList(list) => lift_fixed_memory(list, at),
            Kind::Record(fields) => lift_record(fields, |field| {
                lift_memory(field.ty, at.add(field.offset as usize))
            }),
            Kind::Tuple(items) => lift_tuple(items, |item| {
                lift_memory(item.ty, at.add(item.offset as usize))
            }),
            Kind::Variant(cases) => {
                let case = &cases.cases[read_tag(cases, at)];
                let value = match case.ty {
                    Some(ty) => Some(lift_memory(ty, at.add(cases.offset as usize))?),
                    None => None,
                };
                tagged(&case.tag, value)
            }
            Kind::Enum(cases) => Ok(cases.cases[read_tag(cases, at)].tag.clone()),
            Kind::Flags(flags) => lift_flags(flags, ty.size, at),
            Kind::Option {
                value,
                offset,
                nested,
            } => {
                let lifted = match *at {
                    0 => None,
                    _ => Some(lift_memory(value, at.add(*offset as usize))?),
                };
                option(lifted, *nested)
            }
            Kind::Result { ok, err, offset } => {
                let names = Names::get();
                let (tag, ty) = match *at {
                    0 => (&names.ok_tag, ok),
                    _ => (&names.err_tag, err),
                };
                let value = match ty {
                    Some(ty) => Some(lift_memory(ty, at.add(*offset as usize))?),
                    None => None,
                };
                tagged(tag, value)
            }
        }
    }
}

#[inline]
unsafe fn lift_number(number: Number, at: *const u8) -> Value {
    // SAFETY: by contract of the callers.
    unsafe {
        match number {
            Number::U8 => Value::int(i32::from(*at)),
            Number::S8 => Value::int(i32::from(*at.cast::<i8>())),
            Number::U16 => Value::int(i32::from(*at.cast::<u16>())),
            Number::S16 => Value::int(i32::from(*at.cast::<i16>())),
            Number::S32 => Value::int(*at.cast()),
            Number::U32 => match i32::try_from(*at.cast::<u32>()) {
                Ok(int) => Value::int(int),
                Err(_) => Value::number(f64::from(*at.cast::<u32>())),
            },
            Number::F32 => Value::number(f64::from(*at.cast::<f32>())),
            Number::F64 => Value::number(*at.cast()),
        }
    }
}

/// A core `i32` that holds a small integer has all its bits.
#[inline]
unsafe fn lift_number_flat(number: Number, slot: *const u64) -> Value {
    // SAFETY: by contract of the callers; little-endian, so the low bytes come first.
    unsafe { lift_number(number, slot.cast()) }
}

#[inline]
unsafe fn lift_string(pointer: u32, len: u32) -> Js<Value> {
    if len == 0 {
        return Value::string_from(&[]);
    }
    let pointer = pointer as *mut u8;
    // SAFETY: the host wrote `len` bytes into memory that it asked `cabi_realloc` for.
    unsafe {
        let value = Value::string_from(std::slice::from_raw_parts(pointer, len as usize));
        free_lifted(pointer);
        value
    }
}

unsafe fn lift_list(element: &Type, pointer: u32, len: u32) -> Js<Value> {
    let (pointer, len) = (pointer as *mut u8, len as usize);
    let mut values: Vec<Value> = Vec::with_capacity(len);
    // SAFETY: the host wrote `len` elements.
    unsafe {
        for index in 0..len {
            values.push(lift_memory(
                element,
                pointer.add(index * element.size as usize),
            )?);
        }
        if len > 0 && element.size > 0 {
            free_lifted(pointer);
        }
    }
    array(values)
}

/// An array of these values.
pub fn array(mut values: Vec<Value>) -> Js<Value> {
    let len = values.len();
    // SAFETY: `Value` is transparent; the array takes over the values, so the vector forgets them.
    unsafe {
        values.set_len(0);
        check(sys::JS_NewArrayFrom(
            context(),
            len as i32,
            values.as_ptr().cast(),
        ))
    }
}

unsafe fn lift_numbers(elements: &Elements, pointer: u32, len: u32) -> Js<Value> {
    let (pointer, bytes) = (pointer as *mut u8, len as usize * elements.ty.size as usize);
    // SAFETY: the host wrote `bytes` bytes into memory that it asked `cabi_realloc` for; the buffer
    // takes over what it gets and frees it with `release`.
    unsafe {
        let buffer = if bytes == 0 || !is_adoptable(pointer) {
            let buffer = sys::JS_NewArrayBufferCopy(context(), pointer, bytes as _);
            if bytes > 0 {
                free_lifted(pointer);
            }
            buffer
        } else {
            sys::JS_NewArrayBuffer(
                context(),
                pointer,
                bytes as _,
                0,
                Some(release),
                null_mut(),
                false,
            )
        };
        array_over(elements, check(buffer)?)
    }
}

/// A typed array of these bytes.
pub fn typed_array(elements: &Elements, bytes: &[u8]) -> Js<Value> {
    // SAFETY: pointer and length are those of a slice.
    let buffer = unsafe { sys::JS_NewArrayBufferCopy(context(), bytes.as_ptr(), bytes.len() as _) };
    array_over(elements, check(buffer)?)
}

/// A typed array that takes over memory from `alloc_raw`, of which it has `len` bytes.
pub fn adopt(elements: &Elements, pointer: *mut u8, len: u32) -> Js<Value> {
    // SAFETY: the buffer takes over the memory, and frees it with `release`.
    let buffer = unsafe {
        sys::JS_NewArrayBuffer(
            context(),
            pointer,
            len as _,
            0,
            Some(release),
            null_mut(),
            false,
        )
    };
    array_over(elements, check(buffer)?)
}

/// The typed array over a whole buffer.
fn array_over(elements: &Elements, buffer: Value) -> Js<Value> {
    let mut argument = buffer.raw();
    // SAFETY: the buffer is alive.
    check(unsafe { sys::JS_NewTypedArray(context(), 1, &mut argument, elements.array) })
}

/// Frees, or resizes, the memory of a buffer.
unsafe extern "C" fn release(
    _: *mut sys::JSRuntime,
    _: *mut c_void,
    pointer: *mut c_void,
    size: sys::size_t,
) -> *mut c_void {
    unsafe extern "C" {
        fn realloc(pointer: *mut c_void, size: usize) -> *mut c_void;
    }
    // SAFETY: the memory came from `malloc`.
    unsafe {
        if size == 0 {
            free_raw(pointer.cast());
            return null_mut();
        }
        realloc(pointer, size as usize)
    }
}

fn lift_record(fields: &[Field], mut lift: impl FnMut(&Field) -> Js<Value>) -> Js<Value> {
    let object = Value::object()?;
    for field in fields {
        object.define(&field.name, lift(field)?)?;
    }
    Ok(object)
}

fn lift_tuple(items: &[Item], lift: impl FnMut(&Item) -> Js<Value>) -> Js<Value> {
    array(items.iter().map(lift).collect::<Js<Vec<Value>>>()?)
}

fn lift_flags(flags: &[Flag], size: u32, at: *const u8) -> Js<Value> {
    let object = Value::object()?;
    for (index, flag) in flags.iter().enumerate() {
        // SAFETY: flags are little-endian bits; `size` bytes hold all of them.
        let byte = unsafe { *at.add((index / 8).min(size as usize - 1)) };
        object.define(&flag.name, Value::bool(byte >> (index % 8) & 1 != 0))?;
    }
    Ok(object)
}

fn tagged(tag: &Value, value: Option<Value>) -> Js<Value> {
    let names = Names::get();
    let object = Value::object()?;
    object.define(&names.tag, tag.clone())?;
    if let Some(value) = value {
        object.define(&names.val, value)?;
    }
    Ok(object)
}

fn option(value: Option<Value>, nested: bool) -> Js<Value> {
    match (value, nested) {
        (value, false) => Ok(value.unwrap_or(Value::UNDEFINED)),
        (None, true) => tagged(&Names::get().none_tag, None),
        (value, true) => tagged(&Names::get().some_tag, value),
    }
}

/// Reads a discriminant; the host writes none that is out of range.
unsafe fn read_tag(cases: &Cases, at: *const u8) -> usize {
    // SAFETY: by contract of the callers.
    let tag = unsafe {
        match cases.tag_size {
            1 => usize::from(*at),
            2 => usize::from(*at.cast::<u16>()),
            _ => *at.cast::<u32>() as usize,
        }
    };
    tag.min(cases.cases.len() - 1)
}
