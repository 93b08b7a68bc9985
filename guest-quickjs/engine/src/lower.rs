//! Values that leave: from JavaScript to the canonical ABI.
//!
//! What does not fit its type is a [`Fail`] that says where; nothing is rounded or cut off.

use crate::fixed_list::{lower_fixed_flat, lower_fixed_memory};
use crate::handle::{lower_borrow, lower_own};
use crate::lift::Names;
use crate::lower_lists::{lower_list, lower_numbers};
use crate::lower_scalars::{big_signed, big_unsigned, char_of, integer, lower_number, range};
use crate::map::lower_map;
use crate::mismatch::{Fail, Lowered, Segment};
use crate::scope::Scope;
use crate::types::{Cases, Field, Flag, Kind, Number, Type};
use crate::{future, pump};
use outwit_quickjs_runtime::{Atom, Text, Value, check, context, sys};

/// Writes a value into `ty.flat` slots of 8 bytes, unused high bytes as zeros.
///
/// # Safety
/// There are that many slots.
pub unsafe fn lower_flat(
    ty: &'static Type,
    value: sys::JSValue,
    slots: *mut u64,
    scope: &mut Scope,
) -> Lowered {
    // SAFETY: by contract; the cases below write exactly `ty.flat` slots.
    unsafe {
        match &ty.kind {
            Kind::String => {
                let (pointer, len) = lower_string(value, scope)?;
                *slots = u64::from(pointer);
                *slots.add(1) = u64::from(len);
            }
            Kind::List(_) | Kind::NumberList(_) | Kind::Map(_) => {
                let mut pair = [0u32; 2];
                lower_memory(ty, value, pair.as_mut_ptr().cast(), scope)?;
                *slots = u64::from(pair[0]);
                *slots.add(1) = u64::from(pair[1]);
            }
            Kind::Number(number @ (Number::S8 | Number::S16)) => {
                // a core `i32` holds them with their sign
                let bits = integer(value, ty, range(*number))? as i32 as u32;
                *slots = u64::from(bits);
            }
            Kind::Bool
            | Kind::Number(_)
            | Kind::U64
            | Kind::S64
            | Kind::Char
            | Kind::Enum(_)
            | Kind::Own(_)
            | Kind::Borrow(_)
            | Kind::Stream(_)
            | Kind::Future(_) => {
                *slots = 0;
                lower_memory(ty, value, slots.cast(), scope)?;
            }
            Kind::FixedList(list) => lower_fixed_flat(ty, list, value, slots, scope)?,
            Kind::Flags(_) => {
                let mut words = vec![0u32; ty.flat as usize];
                lower_memory(ty, value, words.as_mut_ptr().cast(), scope)?;
                for (index, word) in words.into_iter().enumerate() {
                    *slots.add(index) = u64::from(word);
                }
            }
            Kind::Record(fields) => {
                require_object(value, ty)?;
                let mut slots = slots;
                for field in fields {
                    lower_field(value, field, |inner| {
                        lower_flat(field.ty, inner, slots, scope)
                    })?;
                    slots = slots.add(field.ty.flat as usize);
                }
            }
            Kind::Tuple(items) => {
                require_array(value, ty, items.len())?;
                let mut slots = slots;
                for (index, item) in items.iter().enumerate() {
                    lower_element(value, index as u32, |inner| {
                        lower_flat(item.ty, inner, slots, scope)
                    })?;
                    slots = slots.add(item.ty.flat as usize);
                }
            }
            Kind::Variant(_) | Kind::Option { .. } | Kind::Result { .. } => {
                let case = Chosen::of(ty, value)?;
                lower_case_flat(ty, &case, slots, scope)?;
            }
        }
    }
    Ok(())
}

/// Writes a chosen case into the slots of its type.
///
/// # Safety
/// As for [`lower_flat`].
pub unsafe fn lower_case_flat(
    ty: &'static Type,
    case: &Chosen,
    slots: *mut u64,
    scope: &mut Scope,
) -> Lowered {
    // SAFETY: by contract.
    unsafe {
        *slots = u64::from(case.tag);
        let mut used = 1;
        if let Some(inner) = case.ty {
            lower_flat(inner, case.payload.raw(), slots.add(1), scope)
                .map_err(|fail| case.step_out(fail))?;
            used += inner.flat;
        }
        for unused in used..ty.flat {
            *slots.add(unused as usize) = 0;
        }
    }
    Ok(())
}

/// Writes a value into memory.
///
/// # Safety
/// There are `ty.size` bytes, aligned as the type wants.
pub unsafe fn lower_memory(
    ty: &'static Type,
    value: sys::JSValue,
    at: *mut u8,
    scope: &mut Scope,
) -> Lowered {
    // SAFETY: by contract.
    unsafe {
        match &ty.kind {
            Kind::Bool => match (value >> 32) as i32 {
                sys::JS_TAG_BOOL => *at = value as u8,
                _ => return Err(Fail::expected("a boolean", value)),
            },
            Kind::Number(number) => lower_number(*number, ty, value, at)?,
            Kind::U64 => *at.cast() = big_unsigned(value)?,
            Kind::S64 => *at.cast() = big_signed(value)?,
            Kind::Char => *at.cast() = char_of(value)? as u32,
            Kind::String => {
                let (pointer, len) = lower_string(value, scope)?;
                *at.cast() = pointer;
                *at.cast::<u32>().add(1) = len;
            }
            Kind::List(element) => {
                let (pointer, len) = lower_list(ty, element, value, scope)?;
                *at.cast() = pointer;
                *at.cast::<u32>().add(1) = len;
            }
            Kind::NumberList(elements) => {
                let (pointer, len) = lower_numbers(ty, elements, value, scope)?;
                *at.cast() = pointer;
                *at.cast::<u32>().add(1) = len;
            }
            Kind::Own(resource) => *at.cast() = lower_own(resource, value, scope)?,
            Kind::Borrow(resource) => *at.cast() = lower_borrow(resource, value, scope)?,
            Kind::Stream(channel) => *at.cast() = pump::lower(channel, value, scope)?,
            Kind::Future(channel) => *at.cast() = future::lower(channel, value, scope)?,
            Kind::Map(entries) => {
                let (pointer, len) = lower_map(ty, entries, value, scope)?;
                *at.cast() = pointer;
                *at.cast::<u32>().add(1) = len;
            }
            Kind::FixedList(list) => lower_fixed_memory(ty, list, value, at, scope)?,
            Kind::Record(fields) => {
                require_object(value, ty)?;
                for field in fields {
                    lower_field(value, field, |inner| {
                        lower_memory(field.ty, inner, at.add(field.offset as usize), scope)
                    })?;
                }
            }
            Kind::Tuple(items) => {
                require_array(value, ty, items.len())?;
                for (index, item) in items.iter().enumerate() {
                    lower_element(value, index as u32, |inner| {
                        lower_memory(item.ty, inner, at.add(item.offset as usize), scope)
                    })?;
                }
            }
            Kind::Enum(cases) => {
                let index = case_index(cases, value, value)?;
                write_tag(cases.tag_size, index, at);
            }
            Kind::Flags(flags) => lower_flags(flags, ty, value, at)?,
            Kind::Variant(_) | Kind::Option { .. } | Kind::Result { .. } => {
                let case = Chosen::of(ty, value)?;
                lower_case_memory(ty, &case, at, scope)?;
            }
        }
    }
    Ok(())
}

/// Writes a chosen case into the memory of its type.
///
/// # Safety
/// As for [`lower_memory`].
pub unsafe fn lower_case_memory(
    ty: &'static Type,
    case: &Chosen,
    at: *mut u8,
    scope: &mut Scope,
) -> Lowered {
    let (tag_size, offset) = match &ty.kind {
        Kind::Variant(cases) => (cases.tag_size, cases.offset),
        Kind::Option { offset, .. } | Kind::Result { offset, .. } => (1, *offset),
        _ => (1, 1),
    };
    // SAFETY: by contract.
    unsafe {
        write_tag(tag_size, case.tag, at);
        if let Some(inner) = case.ty {
            lower_memory(inner, case.payload.raw(), at.add(offset as usize), scope)
                .map_err(|fail| case.step_out(fail))?;
        }
    }
    Ok(())
}

/// A case of a variant, an option or a result, with the value of its payload.
pub struct Chosen {
    /// Which case.
    pub tag: u32,
    /// The type of its payload.
    pub ty: Option<&'static Type>,
    /// The payload, if there is a type for it.
    pub payload: Value,
    /// How the payload is reached, for messages.
    pub field: Option<&'static str>,
}

impl Chosen {
    fn of(ty: &'static Type, value: sys::JSValue) -> Lowered<Chosen> {
        match &ty.kind {
            Kind::Option {
                value: inner,
                nested: false,
                ..
            } => {
                let is_none = matches!(
                    (value >> 32) as i32,
                    sys::JS_TAG_UNDEFINED | sys::JS_TAG_NULL
                );
                Ok(match is_none {
                    true => Chosen {
                        tag: 0,
                        ty: None,
                        payload: Value::UNDEFINED,
                        field: None,
                    },
                    false => Chosen {
                        tag: 1,
                        ty: Some(inner),
                        payload: Value::borrow(value),
                        field: None,
                    },
                })
            }
            Kind::Option { value: inner, .. } => {
                if matches!(
                    (value >> 32) as i32,
                    sys::JS_TAG_UNDEFINED | sys::JS_TAG_NULL
                ) {
                    return Ok(Chosen {
                        tag: 0,
                        ty: None,
                        payload: Value::UNDEFINED,
                        field: None,
                    });
                }
                let names = Names::get();
                let expected = "{ tag: \"some\", val } or { tag: \"none\" }";
                Self::tagged(
                    value,
                    expected,
                    &[(&names.none, None), (&names.some, Some(inner))],
                )
            }
            Kind::Result { ok, err, .. } => {
                let names = Names::get();
                let expected = "{ tag: \"ok\" or \"err\", val }";
                Self::tagged(value, expected, &[(&names.ok, *ok), (&names.err, *err)])
            }
            Kind::Variant(cases) => {
                let object = Value::borrow(value);
                if !object.is_object() {
                    return Err(Fail::expected("{ tag, val }", value));
                }
                let names = Names::get();
                let tag = object.get(&names.tag)?;
                let index = case_index(cases, tag.raw(), tag.raw())
                    .map_err(|fail| fail.inside(Segment::Field("tag")))?;
                let ty = cases.cases[index as usize].ty;
                Self::with_payload(&object, index, ty)
            }
            _ => Err(Fail::expected(&ty.name, value)),
        }
    }

    fn tagged(
        value: sys::JSValue,
        expected: &str,
        cases: &[(&Atom, Option<&'static Type>)],
    ) -> Lowered<Chosen> {
        let object = Value::borrow(value);
        if !object.is_object() {
            return Err(Fail::expected(expected, value));
        }
        let tag = object.get(&Names::get().tag)?;
        if tag.is_string() {
            let tag = Atom::of(tag.raw())?;
            let mut cases = cases.iter().enumerate();
            if let Some((index, (_, ty))) = cases.find(|(_, (atom, _))| atom.raw() == tag.raw()) {
                return Self::with_payload(&object, index as u32, *ty);
            }
        }
        Err(Fail::expected(expected, value))
    }

    fn with_payload(object: &Value, tag: u32, ty: Option<&'static Type>) -> Lowered<Chosen> {
        let payload = match ty {
            Some(_) => object.get(&Names::get().val)?,
            None => Value::UNDEFINED,
        };
        Ok(Chosen {
            tag,
            ty,
            payload,
            field: Some("val"),
        })
    }

    #[cold]
    fn step_out(&self, fail: Fail) -> Fail {
        match self.field {
            Some(field) => fail.inside(Segment::Field(field)),
            None => fail,
        }
    }
}

/// Which case a string names.
fn case_index(cases: &Cases, name: sys::JSValue, shown: sys::JSValue) -> Lowered<u32> {
    let is_string = matches!(
        (name >> 32) as i32,
        sys::JS_TAG_STRING | sys::JS_TAG_STRING_ROPE
    );
    if is_string {
        let atom = Atom::of(name)?;
        if let Some(index) = cases
            .cases
            .iter()
            .position(|case| case.atom.raw() == atom.raw())
        {
            return Ok(index as u32);
        }
    }
    Err(unknown_case(cases, shown))
}

#[cold]
fn unknown_case(cases: &Cases, shown: sys::JSValue) -> Fail {
    let mut expected = String::from("one of ");
    for (index, case) in cases.cases.iter().enumerate() {
        if index == 12 {
            expected.push_str(", …");
            break;
        }
        let separator = if index == 0 { "" } else { ", " };
        expected.push_str(&format!("{separator}{:?}", case.name));
    }
    Fail::expected(&expected, shown)
}

unsafe fn write_tag(size: u32, tag: u32, at: *mut u8) {
    // SAFETY: by contract of the callers.
    unsafe {
        match size {
            1 => *at = tag as u8,
            2 => *at.cast() = tag as u16,
            _ => *at.cast() = tag,
        }
    }
}

#[inline]
fn lower_string(value: sys::JSValue, scope: &mut Scope) -> Lowered<(u32, u32)> {
    if !matches!(
        (value >> 32) as i32,
        sys::JS_TAG_STRING | sys::JS_TAG_STRING_ROPE
    ) {
        return Err(Fail::expected("a string", value));
    }
    let (pointer, len) = scope.keep_text(Text::of(value)?);
    Ok((pointer as u32, len as u32))
}

fn require_object(value: sys::JSValue, ty: &Type) -> Lowered {
    match (value >> 32) as i32 {
        sys::JS_TAG_OBJECT => Ok(()),
        _ => Err(Fail::expected(&format!("an object ({})", ty.name), value)),
    }
}

fn require_array(value: sys::JSValue, ty: &Type, len: usize) -> Lowered {
    if array_length(value)? == Some(len as u32) {
        return Ok(());
    }
    Err(Fail::expected(
        &format!("an array of {len} ({})", ty.name),
        value,
    ))
}

/// How many elements an array has, or nothing for all else.
pub fn array_length(value: sys::JSValue) -> Lowered<Option<u32>> {
    let mut len = 0;
    // SAFETY: the value is alive; the length of an array is a number of its own, so no code runs.
    unsafe {
        if (value >> 32) as i32 != sys::JS_TAG_OBJECT || !sys::JS_IsArray(value) {
            return Ok(None);
        }
        if sys::JS_GetLength(context(), value, &mut len) < 0 {
            return Err(Fail::Thrown);
        }
    }
    Ok(Some(u32::try_from(len).unwrap_or(u32::MAX)))
}

#[inline]
fn lower_field(
    object: sys::JSValue,
    field: &'static Field,
    lower: impl FnOnce(sys::JSValue) -> Lowered,
) -> Lowered {
    // SAFETY: the object is alive.
    let inner = check(unsafe { sys::JS_GetProperty(context(), object, field.name.raw()) })?;
    lower(inner.raw()).map_err(|fail| fail.inside(Segment::Field(&field.js_name)))
}

#[inline]
pub fn lower_element(
    array: sys::JSValue,
    index: u32,
    lower: impl FnOnce(sys::JSValue) -> Lowered,
) -> Lowered {
    // SAFETY: the array is alive.
    let inner = check(unsafe { sys::JS_GetPropertyUint32(context(), array, index) })?;
    lower(inner.raw()).map_err(|fail| fail.inside(Segment::Index(index)))
}

fn lower_flags(flags: &'static [Flag], ty: &Type, value: sys::JSValue, at: *mut u8) -> Lowered {
    require_object(value, ty)?;
    // SAFETY: there are `ty.size` bytes, enough for all flags.
    unsafe { at.write_bytes(0, ty.size as usize) }
    for (index, flag) in flags.iter().enumerate() {
        // SAFETY: the object is alive.
        let set = check(unsafe { sys::JS_GetProperty(context(), value, flag.name.raw()) })?;
        match set.tag() {
            // SAFETY: as above.
            sys::JS_TAG_BOOL if set.raw() as u32 != 0 => unsafe {
                *at.add(index / 8) |= 1 << (index % 8);
            },
            sys::JS_TAG_BOOL | sys::JS_TAG_UNDEFINED => {}
            _ => {
                return Err(
                    Fail::expected("a boolean", set.raw()).inside(Segment::Field(&flag.js_name))
                );
            }
        }
    }
    Ok(())
}
