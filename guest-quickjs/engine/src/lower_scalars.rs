//! Numbers and characters that leave: in range and of their type, or not at all.

use crate::mismatch::{Fail, Lowered};
use crate::types::{Number, Type};
use outwit_quickjs_runtime::{Text, Value, check, context, sys};

#[inline]
pub fn range(number: Number) -> (i64, i64) {
    match number {
        Number::U8 => (0, 0xff),
        Number::S8 => (-0x80, 0x7f),
        Number::U16 => (0, 0xffff),
        Number::S16 => (-0x8000, 0x7fff),
        Number::U32 => (0, 0xffff_ffff),
        _ => (i64::from(i32::MIN), i64::from(i32::MAX)),
    }
}

/// The integer in a Number, if it is one and in range.
#[inline]
pub fn integer(value: sys::JSValue, ty: &Type, (min, max): (i64, i64)) -> Lowered<i64> {
    let tag = (value >> 32) as i32;
    let integer = if tag == sys::JS_TAG_INT {
        i64::from(value as i32)
    } else {
        // SAFETY: looks at the tag, then at the float that is there.
        let float = unsafe {
            if !sys::JS_TAG_IS_FLOAT64(tag) {
                return Err(Fail::expected(&ty.name, value));
            }
            sys::JS_VALUE_GET_FLOAT64(value)
        };
        let integer = float as i64;
        if integer as f64 != float {
            return Err(Fail::expected(&ty.name, value));
        }
        integer
    };
    if integer < min || integer > max {
        return Err(Fail::expected(&ty.name, value));
    }
    Ok(integer)
}

#[inline]
fn float(value: sys::JSValue, ty: &Type) -> Lowered<f64> {
    let tag = (value >> 32) as i32;
    // SAFETY: looks at the tag, then at the float that is there.
    unsafe {
        if tag == sys::JS_TAG_INT {
            Ok(f64::from(value as i32))
        } else if sys::JS_TAG_IS_FLOAT64(tag) {
            Ok(sys::JS_VALUE_GET_FLOAT64(value))
        } else {
            Err(Fail::expected(&ty.name, value))
        }
    }
}

#[inline]
pub unsafe fn lower_number(number: Number, ty: &Type, value: sys::JSValue, at: *mut u8) -> Lowered {
    // SAFETY: by contract of the callers.
    unsafe {
        match number {
            Number::F32 => *at.cast() = float(value, ty)? as f32,
            Number::F64 => *at.cast() = float(value, ty)?,
            _ => {
                let integer = integer(value, ty, range(number))?;
                match ty.size {
                    1 => *at = integer as u8,
                    2 => *at.cast() = integer as u16,
                    _ => *at.cast() = integer as u32,
                }
            }
        }
    }
    Ok(())
}

fn is_big(value: sys::JSValue) -> bool {
    matches!(
        (value >> 32) as i32,
        sys::JS_TAG_BIG_INT | sys::JS_TAG_SHORT_BIG_INT
    )
}

pub fn big_unsigned(value: sys::JSValue) -> Lowered<u64> {
    let is_short = (value >> 32) as i32 == sys::JS_TAG_SHORT_BIG_INT;
    if is_short && value as i32 >= 0 {
        return Ok(value as u32 as u64);
    }
    if is_big(value) {
        let mut bits = 0;
        // SAFETY: the value is a BigInt, which this wraps around; the comparison finds that.
        unsafe {
            if sys::JS_ToBigUint64(context(), &mut bits, value) < 0 {
                return Err(Fail::Thrown);
            }
            let back = check(sys::JS_NewBigUint64(context(), bits))?;
            if sys::JS_IsStrictEqual(context(), back.raw(), value) {
                return Ok(bits);
            }
        }
    }
    Err(Fail::expected("u64 as a BigInt", value))
}

pub fn big_signed(value: sys::JSValue) -> Lowered<i64> {
    if (value >> 32) as i32 == sys::JS_TAG_SHORT_BIG_INT {
        return Ok(i64::from(value as i32));
    }
    if is_big(value) {
        let mut bits = 0;
        // SAFETY: as above.
        unsafe {
            if sys::JS_ToBigInt64(context(), &mut bits, value) < 0 {
                return Err(Fail::Thrown);
            }
            let back = check(sys::JS_NewBigInt64(context(), bits))?;
            if sys::JS_IsStrictEqual(context(), back.raw(), value) {
                return Ok(bits);
            }
        }
    }
    Err(Fail::expected("s64 as a BigInt", value))
}

pub fn char_of(value: sys::JSValue) -> Lowered<char> {
    const EXPECTED: &str = "a string of one character";
    let is_string = matches!(
        (value >> 32) as i32,
        sys::JS_TAG_STRING | sys::JS_TAG_STRING_ROPE
    );
    if is_string {
        let text = Text::of(value)?;
        let mut chars = text.as_str().chars();
        if let (Some(c), None) = (chars.next(), chars.next()) {
            // a lone surrogate became U+FFFD, which a character may also be
            if c != char::REPLACEMENT_CHARACTER || is_replacement_character(value) {
                return Ok(c);
            }
        }
    }
    Err(Fail::expected(EXPECTED, value))
}

fn is_replacement_character(value: sys::JSValue) -> bool {
    Value::string("\u{fffd}").is_ok_and(|replacement| {
        // SAFETY: both values are alive.
        unsafe { sys::JS_IsStrictEqual(context(), replacement.raw(), value) }
    })
}
