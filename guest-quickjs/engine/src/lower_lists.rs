//! Lists that leave: arrays, and typed arrays by one copy.

use crate::lower::{array_length, lower_element, lower_memory};
use crate::mismatch::{Fail, Lowered};
use crate::scope::Scope;
use crate::types::{Elements, Type};
use outwit_quickjs_runtime::{Atom, Global, Js, Value, check, context, sys};

pub unsafe fn lower_list(
    ty: &'static Type,
    element: &'static Type,
    value: sys::JSValue,
    scope: &mut Scope,
) -> Lowered<(u32, u32)> {
    let Some(len) = array_length(value)? else {
        return Err(Fail::expected(&format!("an array ({})", ty.name), value));
    };
    let at = scope.allocate(ty, len, element.size)?;
    for index in 0..len {
        lower_element(value, index, |inner| {
            // SAFETY: the block has room for `len` elements.
            unsafe {
                lower_memory(
                    element,
                    inner,
                    at.add((index * element.size) as usize),
                    scope,
                )
            }
        })?;
    }
    Ok((at as u32, len))
}

pub unsafe fn lower_numbers(
    ty: &'static Type,
    elements: &'static Elements,
    value: sys::JSValue,
    scope: &mut Scope,
) -> Lowered<(u32, u32)> {
    let size = elements.ty.size;
    if elements.fits(value) {
        let (from, bytes, _buffer) = typed_array_bytes(value)?;
        let len = (bytes / size as usize) as u32;
        let at = scope.allocate(ty, len, size)?;
        // SAFETY: both blocks have `bytes` bytes, and no code of the plugin ran in between.
        unsafe { from.copy_to_nonoverlapping(at, (len * size) as usize) };
        return Ok((at as u32, len));
    }
    // Other typed arrays would be a silent conversion of bytes or numbers; arrays are checked one by one.
    if array_length(value)?.is_none() {
        return Err(Fail::expected(
            &format!("{} or an array ({})", elements.array_name, ty.name),
            value,
        ));
    }
    // SAFETY: by contract of the callers.
    unsafe { lower_list(ty, elements.ty, value, scope) }
}

/// Whether it is any typed array.
pub fn is_typed_array(value: sys::JSValue) -> bool {
    // SAFETY: the value is alive.
    unsafe { sys::JS_GetTypedArrayType(value) >= 0 }
}

/// Where the bytes of a typed array are, and what keeps them alive.
pub fn typed_array_bytes(array: sys::JSValue) -> Lowered<(*const u8, usize, Value)> {
    let (mut offset, mut len, mut total) = (0, 0, 0);
    // SAFETY: the array is a typed array; detached buffers throw.
    unsafe {
        let buffer = check(sys::JS_GetTypedArrayBuffer(
            context(),
            array,
            &mut offset,
            &mut len,
            std::ptr::null_mut(),
        ))?;
        let bytes = sys::JS_GetArrayBuffer(context(), &mut total, buffer.raw());
        if bytes.is_null() && total > 0 {
            return Err(Fail::Thrown);
        }
        let (offset, total) = (offset as usize, total as usize);
        let mut len = len as usize;
        if offset + len != total {
            // a part of the buffer, or all of one that has changed its size
            len = byte_length(array)?;
        }
        let len = len.min(total.saturating_sub(offset));
        Ok((bytes.wrapping_add(offset).cast_const(), len, buffer))
    }
}

/// `%TypedArray%.prototype.byteLength`, as it was before any other code ran.
static BYTE_LENGTH: Global<Value> = Global::new(Value::UNDEFINED);

/// Notes the intrinsics that lowering uses.
pub fn install() -> Js<()> {
    let prototype = Value::global()
        .get_named("Uint8Array")?
        .get_named("prototype")?;
    // SAFETY: the prototype is alive; the property is an accessor, whose parts are then owned.
    unsafe {
        let parent = check(sys::JS_GetPrototype(context(), prototype.raw()))?;
        let name = Atom::new("byteLength")?;
        let mut descriptor = sys::JSPropertyDescriptor {
            flags: 0,
            value: sys::JS_UNDEFINED,
            getter: sys::JS_UNDEFINED,
            setter: sys::JS_UNDEFINED,
        };
        if sys::JS_GetOwnProperty(context(), &mut descriptor, parent.raw(), name.raw()) > 0 {
            *BYTE_LENGTH.get() = Value::own(descriptor.getter);
            drop((Value::own(descriptor.setter), Value::own(descriptor.value)));
        }
    }
    Ok(())
}

fn byte_length(array: sys::JSValue) -> Js<usize> {
    // SAFETY: one thread; not written again.
    let len = unsafe { &*BYTE_LENGTH.get() }.call(&Value::borrow(array), &[])?;
    Ok(len.raw() as i32 as usize)
}
