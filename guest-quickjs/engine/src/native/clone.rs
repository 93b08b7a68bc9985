//! `outwit:engine/clone`: values as bytes, for structured cloning (HTML, WHATWG).
//!
//! Primitive values, plain objects, arrays and buffers are written here. Of any other object JavaScript says, in `html/structured-clone.js`, of which kind it is and
//! what it consists of, and makes it again.

use super::{Function, parameters, returned};
use outwit_quickjs_runtime::{
    Atom, ErrorKind, Js, Thrown, Value, check, context, sys, throw, with_native_cost,
};
use std::collections::HashMap;
use std::ffi::c_int;
use std::ptr::null_mut;

/// `classOf(value)` is the number of an object's built-in class.
///
/// `write(value, transferred, describe, lengthLimit)` gives an ArrayBuffer. Objects of the array `transferred` are written as their places in it.
/// `describe(object, class)` gives `[kind, head, rest]`, or `undefined` for what is to be written as a plain object; it throws for what cannot be cloned.
/// `lengthLimit(buffer)` is how long a resizable buffer may get, or -1.
///
/// `read(buffer, received, make, fill)` gives the value. `make(kind, head)` makes an object, `fill(object, kind, rest)` completes it. The kind of resizable buffers,
/// of which `make` gets the bytes and the limit, is 0, that of big integers 1.
pub const FUNCTIONS: &[Function] = &[
    Function {
        name: c"classOf",
        length: 1,
        call: js_class_of,
    },
    Function {
        name: c"write",
        length: 4,
        call: js_write,
    },
    Function {
        name: c"read",
        length: 4,
        call: js_read,
    },
];

/// How deep values may be nested. Nothing measures the native stack, so the code that getters run in between gets less of it.
const DEPTH: u32 = 500;
const COST: usize = 14;

mod tag {
    pub const UNDEFINED: u8 = b'_';
    pub const NULL: u8 = b'0';
    pub const TRUE: u8 = b'T';
    pub const FALSE: u8 = b'F';
    pub const INTEGER: u8 = b'I';
    pub const NUMBER: u8 = b'N';
    pub const BIGINT: u8 = b'Z';
    pub const TEXT: u8 = b'S';
    pub const WIDE_TEXT: u8 = b'W';
    pub const OBJECT: u8 = b'o';
    pub const ARRAY: u8 = b'a';
    pub const BUFFER: u8 = b'b';
    pub const KIND: u8 = b'k';
    pub const SEEN: u8 = b'^';
    pub const TRANSFERRED: u8 = b't';
    /// The next element of an array.
    pub const NEXT: u8 = b',';
    /// The end of an object.
    pub const END: u8 = b'.';
}

unsafe extern "C" fn js_class_of(
    _: *mut sys::JSContext,
    _: sys::JSValue,
    _: i32,
    arguments: *mut sys::JSValue,
) -> sys::JSValue {
    // SAFETY: the function has one parameter; of what is no object the class is 0.
    let class = unsafe { sys::JS_GetClassID(*arguments) };
    Value::int(class as i32).into_raw()
}

unsafe extern "C" fn js_write(
    _: *mut sys::JSContext,
    _: sys::JSValue,
    _: i32,
    arguments: *mut sys::JSValue,
) -> sys::JSValue {
    // SAFETY: the function has four parameters.
    let [value, transferred, describe, length_limit] = unsafe { parameters(arguments) };
    let write = || -> Js<Value> {
        let mut writer = Writer {
            bytes: Vec::new(),
            seen: HashMap::new(),
            kept: Vec::new(),
            transferred: HashMap::new(),
            plain: [
                class_of(&Value::object()?),
                prototype(&Value::object()?)?.raw() as u32,
            ],
            array: class_of(&array()?),
            describe,
            length_limit,
        };
        if transferred.is_object() {
            let count = length(&transferred)?;
            for index in 0..count {
                let object = element(&transferred, index)?;
                writer.transferred.insert(object.raw() as u32, index);
            }
        }
        with_native_cost(COST, || writer.write(&value, 0))?;
        buffer(&writer.bytes)
    };
    returned(write())
}

unsafe extern "C" fn js_read(
    _: *mut sys::JSContext,
    _: sys::JSValue,
    _: i32,
    arguments: *mut sys::JSValue,
) -> sys::JSValue {
    // SAFETY: the function has four parameters.
    let [bytes, received, make, fill] = unsafe { parameters(arguments) };
    let read = || -> Js<Value> {
        let mut reader = Reader {
            bytes: buffer_bytes(&bytes)?.to_vec(),
            at: 0,
            seen: Vec::new(),
            received,
            make,
            fill,
        };
        with_native_cost(COST, || reader.read(0))
    };
    returned(read())
}

fn class_of(object: &Value) -> u32 {
    // SAFETY: the value is alive.
    unsafe { sys::JS_GetClassID(object.raw()) }
}

fn prototype(object: &Value) -> Js<Value> {
    // SAFETY: the value is alive; the result is a value of its own.
    check(unsafe { sys::JS_GetPrototype(context(), object.raw()) })
}

fn array() -> Js<Value> {
    // SAFETY: a plain C call.
    check(unsafe { sys::JS_NewArray(context()) })
}

fn buffer(bytes: &[u8]) -> Js<Value> {
    // SAFETY: pointer and length are those of a slice.
    check(unsafe { sys::JS_NewArrayBufferCopy(context(), bytes.as_ptr(), bytes.len() as _) })
}

/// The bytes of an ArrayBuffer, as long as no other code runs.
fn buffer_bytes(buffer: &Value) -> Js<&[u8]> {
    let mut len: sys::size_t = 0;
    // SAFETY: the buffer is alive.
    unsafe {
        let pointer = sys::JS_GetArrayBuffer(context(), &mut len, buffer.raw());
        match (pointer.is_null(), len) {
            (false, len) => Ok(std::slice::from_raw_parts(pointer, len as usize)),
            // an empty one may have no memory
            (true, _) if !sys::JS_HasException(context()) => Ok(&[]),
            (true, _) => Err(Thrown),
        }
    }
}

fn length(array: &Value) -> Js<u32> {
    let mut length = 0;
    // SAFETY: the array is alive.
    match unsafe { sys::JS_GetLength(context(), array.raw(), &mut length) } {
        status if status < 0 => Err(Thrown),
        _ => Ok(length as u32),
    }
}

fn set_length(array: &Value, length: u32) -> Js<()> {
    // SAFETY: the array is alive.
    match unsafe { sys::JS_SetLength(context(), array.raw(), i64::from(length)) } {
        status if status < 0 => Err(Thrown),
        _ => Ok(()),
    }
}

fn number(value: &Value) -> Js<f64> {
    let mut number = 0.0;
    // SAFETY: the value is alive.
    match unsafe { sys::JS_ToFloat64(context(), &mut number, value.raw()) } {
        status if status < 0 => Err(Thrown),
        _ => Ok(number),
    }
}

fn element(array: &Value, index: u32) -> Js<Value> {
    // SAFETY: the array is alive.
    check(unsafe { sys::JS_GetPropertyUint32(context(), array.raw(), index) })
}

#[cold]
fn damaged() -> Thrown {
    throw(ErrorKind::Type, "the bytes are not those of a value")
}

#[cold]
fn too_deep() -> Thrown {
    throw(
        ErrorKind::Range,
        "the value is nested too deeply to be cloned",
    )
}

struct Writer {
    bytes: Vec<u8>,
    /// The numbers of the objects written so far, by address,
    seen: HashMap<u32, u32>,
    /// and they themselves, for an address is theirs only while they live.
    kept: Vec<Value>,
    transferred: HashMap<u32, u32>,
    /// The class of plain objects, and the address of their prototype.
    plain: [u32; 2],
    array: u32,
    describe: Value,
    length_limit: Value,
}

impl Writer {
    fn write(&mut self, value: &Value, depth: u32) -> Js<()> {
        match value.tag() {
            sys::JS_TAG_UNDEFINED => self.bytes.push(tag::UNDEFINED),
            sys::JS_TAG_NULL => self.bytes.push(tag::NULL),
            sys::JS_TAG_BOOL => {
                let is_true = value.raw() == Value::bool(true).raw();
                self.bytes
                    .push(if is_true { tag::TRUE } else { tag::FALSE });
            }
            sys::JS_TAG_INT => {
                self.bytes.push(tag::INTEGER);
                let number = value.raw() as u32 as i32;
                self.number((number << 1 ^ number >> 31) as u32);
            }
            sys::JS_TAG_STRING | sys::JS_TAG_STRING_ROPE => self.text(value)?,
            sys::JS_TAG_BIG_INT | sys::JS_TAG_SHORT_BIG_INT => {
                self.bytes.push(tag::BIGINT);
                let text = value.text()?;
                self.sized(text.bytes());
            }
            sys::JS_TAG_OBJECT => {
                if depth > DEPTH {
                    return Err(too_deep());
                }
                self.object(value, depth + 1)?;
            }
            sys::JS_TAG_SYMBOL => {
                let arguments = [value.clone(), Value::int(0)];
                self.describe.call(&Value::UNDEFINED, &arguments)?;
            }
            _ => {
                let number = number(value)?;
                self.bytes.push(tag::NUMBER);
                self.bytes.extend(number.to_le_bytes());
            }
        }
        Ok(())
    }

    fn object(&mut self, object: &Value, depth: u32) -> Js<()> {
        let address = object.raw() as u32;
        if let Some(place) = self.transferred.get(&address) {
            let place = *place;
            self.bytes.push(tag::TRANSFERRED);
            self.number(place);
            return Ok(());
        }
        if let Some(seen) = self.seen.get(&address) {
            let seen = *seen;
            self.bytes.push(tag::SEEN);
            self.number(seen);
            return Ok(());
        }
        self.seen.insert(address, self.kept.len() as u32);
        self.kept.push(object.clone());
        let class = class_of(object);
        // SAFETY: the value is alive.
        if unsafe { sys::JS_IsArrayBuffer(object.raw()) } {
            return self.buffer(object);
        }
        if class == self.array {
            self.bytes.push(tag::ARRAY);
            let length = length(object)?;
            self.number(length);
            return self.properties(object, depth);
        }
        let [plain, plain_prototype] = self.plain;
        if class != plain || prototype(object)?.raw() as u32 != plain_prototype {
            let arguments = [object.clone(), Value::int(class as i32)];
            let description = self.describe.call(&Value::UNDEFINED, &arguments)?;
            if description.is_object() {
                self.bytes.push(tag::KIND);
                for index in 0..3 {
                    self.write(&element(&description, index)?, depth)?;
                }
                return Ok(());
            }
        }
        self.bytes.push(tag::OBJECT);
        self.properties(object, depth)
    }

    fn buffer(&mut self, object: &Value) -> Js<()> {
        let limit = self
            .length_limit
            .call(&Value::UNDEFINED, std::slice::from_ref(object))?;
        let limit = number(&limit)?;
        self.bytes.push(tag::BUFFER);
        self.number(if limit < 0.0 { 0 } else { limit as u32 + 1 });
        self.sized(buffer_bytes(object)?);
        Ok(())
    }

    /// The enumerable properties with strings for names, as they are when it is their turn.
    fn properties(&mut self, object: &Value, depth: u32) -> Js<()> {
        let flags = sys::JS_GPN_STRING_MASK | sys::JS_GPN_ENUM_ONLY;
        let names = Names::of(object, flags as c_int)?;
        let mut next = 0;
        for name in names.atoms() {
            let value = match own_value(object, name)? {
                Some(value) => value,
                // a getter has deleted it
                None => continue,
            };
            if index_of(name) == Some(next) {
                next += 1;
                self.bytes.push(tag::NEXT);
            } else {
                // SAFETY: the atom is alive.
                let name = check(unsafe { sys::JS_AtomToString(context(), name) })?;
                self.text(&name)?;
            }
            self.write(&value, depth)?;
        }
        self.bytes.push(tag::END);
        Ok(())
    }

    fn text(&mut self, text: &Value) -> Js<()> {
        let mut len: sys::size_t = 0;
        // SAFETY: the value is alive, the text as long as it is not freed.
        unsafe {
            let pointer = sys::JS_ToCStringLen2(context(), &mut len, text.raw(), false);
            if pointer.is_null() {
                return Err(Thrown);
            }
            let bytes = std::slice::from_raw_parts(pointer.cast::<u8>(), len as usize);
            let is_text = std::str::from_utf8(bytes).is_ok();
            if is_text {
                self.bytes.push(tag::TEXT);
                self.sized(bytes);
            }
            sys::JS_FreeCString(context(), pointer);
            if is_text {
                return Ok(());
            }
            // it has surrogates without their other halves
            let units = sys::JS_ToCStringLenUTF16(context(), &mut len, text.raw());
            if units.is_null() {
                return Err(Thrown);
            }
            let bytes = std::slice::from_raw_parts(units.cast::<u8>(), len as usize * 2);
            self.bytes.push(tag::WIDE_TEXT);
            self.sized(bytes);
            sys::JS_FreeCString(context(), units.cast());
        }
        Ok(())
    }

    fn sized(&mut self, bytes: &[u8]) {
        self.number(bytes.len() as u32);
        self.bytes.extend_from_slice(bytes);
    }

    fn number(&mut self, mut number: u32) {
        while number >= 0x80 {
            self.bytes.push(number as u8 | 0x80);
            number >>= 7;
        }
        self.bytes.push(number as u8);
    }
}

/// The value of an object's own property, if it has it.
fn own_value(object: &Value, name: sys::JSAtom) -> Js<Option<Value>> {
    // SAFETY: both are alive.
    unsafe {
        match sys::JS_GetOwnProperty(context(), null_mut(), object.raw(), name) {
            0 => Ok(None),
            status if status < 0 => Err(Thrown),
            _ => check(sys::JS_GetProperty(context(), object.raw(), name)).map(Some),
        }
    }
}

/// The index that an atom is, if it is a small one.
fn index_of(atom: sys::JSAtom) -> Option<u32> {
    const INDEX: u32 = 1 << 31;
    (atom & INDEX != 0).then_some(atom & !INDEX)
}

/// The names of an object's own properties.
struct Names(*mut sys::JSPropertyEnum, u32);

impl Names {
    fn of(object: &Value, flags: c_int) -> Js<Names> {
        let (mut table, mut len) = (null_mut(), 0);
        // SAFETY: the object is alive; the table is freed when this is dropped.
        let status = unsafe {
            sys::JS_GetOwnPropertyNames(context(), &mut table, &mut len, object.raw(), flags)
        };
        if status < 0 {
            Err(Thrown)
        } else {
            Ok(Names(table, len))
        }
    }

    fn atoms(&self) -> impl Iterator<Item = sys::JSAtom> {
        // SAFETY: the table has that length; an empty one may have no memory.
        let table = match self.0.is_null() {
            true => &[][..],
            false => unsafe { std::slice::from_raw_parts(self.0, self.1 as usize) },
        };
        table.iter().map(|entry| entry.atom)
    }
}

impl Drop for Names {
    fn drop(&mut self) {
        // SAFETY: the table is owned.
        unsafe { sys::JS_FreePropertyEnum(context(), self.0, self.1) }
    }
}

struct Reader {
    bytes: Vec<u8>,
    at: usize,
    seen: Vec<Value>,
    received: Value,
    make: Value,
    fill: Value,
}

impl Reader {
    fn read(&mut self, depth: u32) -> Js<Value> {
        if depth > DEPTH {
            return Err(too_deep());
        }
        let depth = depth + 1;
        Ok(match self.byte()? {
            tag::UNDEFINED => Value::UNDEFINED,
            tag::NULL => Value::NULL,
            tag::TRUE => Value::bool(true),
            tag::FALSE => Value::bool(false),
            tag::INTEGER => {
                let folded = self.number()?;
                Value::int((folded >> 1) as i32 ^ -((folded & 1) as i32))
            }
            tag::NUMBER => {
                let bytes = self.take(8)?;
                let bytes = <[u8; 8]>::try_from(bytes).map_err(|_| damaged())?;
                Value::number(f64::from_le_bytes(bytes))
            }
            tag::BIGINT => {
                let text = self.sized_text()?;
                self.make.call(&Value::UNDEFINED, &[Value::int(1), text])?
            }
            tag @ (tag::TEXT | tag::WIDE_TEXT) => self.text(tag)?,
            tag::SEEN => {
                let place = self.number()? as usize;
                self.seen.get(place).cloned().ok_or_else(damaged)?
            }
            tag::TRANSFERRED => {
                let place = self.number()?;
                element(&self.received, place)?
            }
            tag::OBJECT => {
                let object = Value::object()?;
                self.seen.push(object.clone());
                self.properties(&object, depth)?;
                object
            }
            tag::ARRAY => {
                let array = array()?;
                self.seen.push(array.clone());
                let length = self.number()?;
                self.properties(&array, depth)?;
                set_length(&array, length)?;
                array
            }
            tag::BUFFER => self.buffer()?,
            tag::KIND => {
                let place = self.seen.len();
                self.seen.push(Value::UNDEFINED);
                let kind = self.read(depth)?;
                let head = self.read(depth)?;
                let object = self.make.call(&Value::UNDEFINED, &[kind.clone(), head])?;
                if let Some(seen) = self.seen.get_mut(place) {
                    *seen = object.clone();
                }
                let rest = self.read(depth)?;
                if !rest.is_undefined() {
                    let arguments = [object.clone(), kind, rest];
                    self.fill.call(&Value::UNDEFINED, &arguments)?;
                }
                object
            }
            _ => return Err(damaged()),
        })
    }

    fn properties(&mut self, object: &Value, depth: u32) -> Js<()> {
        let mut next = 0;
        loop {
            let name = match self.byte()? {
                tag::END => return Ok(()),
                tag::NEXT => {
                    next += 1;
                    Value::int(next - 1)
                }
                tag => self.text(tag)?,
            };
            let value = self.read(depth)?;
            object.define(&Atom::of(name.raw())?, value)?;
        }
    }

    fn buffer(&mut self) -> Js<Value> {
        let limit = self.number()?;
        let bytes = self.sized()?;
        let mut made = buffer(bytes)?;
        if limit > 0 {
            let arguments = [Value::int(0), made, Value::number(f64::from(limit - 1))];
            made = self.make.call(&Value::UNDEFINED, &arguments)?;
        }
        self.seen.push(made.clone());
        Ok(made)
    }

    fn text(&mut self, tag: u8) -> Js<Value> {
        match tag {
            tag::TEXT => self.sized_text(),
            tag::WIDE_TEXT => {
                let bytes = self.sized()?;
                let units = bytes.chunks_exact(2);
                let units: Vec<u16> = units
                    .map(|unit| u16::from_le_bytes([unit[0], unit[1]]))
                    .collect();
                // SAFETY: pointer and length are those of a vector.
                check(unsafe {
                    sys::JS_NewStringUTF16(context(), units.as_ptr(), units.len() as _)
                })
            }
            _ => Err(damaged()),
        }
    }

    fn sized_text(&mut self) -> Js<Value> {
        Value::string_from(self.sized()?)
    }

    fn sized(&mut self) -> Js<&[u8]> {
        let len = self.number()? as usize;
        self.take(len)
    }

    fn take(&mut self, len: usize) -> Js<&[u8]> {
        let end = self.at.checked_add(len).ok_or_else(damaged)?;
        let bytes = self.bytes.get(self.at..end).ok_or_else(damaged)?;
        self.at = end;
        Ok(bytes)
    }

    fn byte(&mut self) -> Js<u8> {
        Ok(self.take(1)?[0])
    }

    fn number(&mut self) -> Js<u32> {
        let (mut number, mut shift) = (0, 0);
        loop {
            let byte = self.byte()?;
            number |= u32::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Ok(number);
            }
            shift += 7;
            if shift > 28 {
                return Err(damaged());
            }
        }
    }
}
