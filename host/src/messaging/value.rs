//! Values as plugins in JavaScript post them: the structured clone algorithm (HTML, WHATWG) as bytes.
//!
//! The other half is `guest-quickjs/engine/src/native/clone.rs` with `js/html/structured-clone.js`.

use std::fmt;

/// How deep values may be nested, as in plugins.
const DEPTH: u32 = 500;
/// What a value may weigh beyond four times its bytes: what is in it twice is written once.
const SHARED: usize = 64 << 10;

/// A value that a plugin in JavaScript posts to a `BroadcastChannel` or a `PluginPort`, or gets as the `data` of a message.
///
/// ```
/// use outwit::messaging::Value;
///
/// let order = Value::object([("dish", "soup".into()), ("number", 2.into())]);
/// let bytes = order.to_bytes()?;
/// let read = Value::from_bytes(&bytes)?;
/// assert_eq!(read.get("dish").and_then(Value::as_str), Some("soup"));
/// assert_eq!(read, order);
/// # Ok::<(), outwit::messaging::InvalidValue>(())
/// ```
///
/// Any type of `serde` becomes one by [`to_value`](super::to_value), and back by [`from_value`](super::from_value).
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Value {
    /// `undefined`
    Undefined,
    /// `null`
    Null,
    /// A boolean.
    Boolean(bool),
    /// A number.
    Number(f64),
    /// A `BigInt`, in decimal digits.
    BigInt(String),
    /// A string. Surrogates without their other halves become U+FFFD.
    String(String),
    /// An array; its holes are `undefined`.
    Array(Vec<Value>),
    /// A plain object: its own enumerable properties with names, in their order.
    Object(Vec<(String, Value)>),
    /// A `Map`.
    Map(Vec<(Value, Value)>),
    /// A `Set`.
    Set(Vec<Value>),
    /// A `Date`, in milliseconds since 1970 began.
    Date(f64),
    /// A `RegExp`.
    RegExp {
        /// The pattern.
        source: String,
        /// Its flags: `gi`.
        flags: String,
    },
    /// An `Error`.
    Error {
        /// The name of its class: `TypeError`.
        name: String,
        /// What it says.
        message: Option<String>,
        /// Where it comes from.
        stack: Option<String>,
        /// Why it happened.
        cause: Option<Box<Value>>,
    },
    /// An `ArrayBuffer`.
    Buffer(Vec<u8>),
    /// A typed array or a `DataView`: the bytes it shows, in the byte order of WebAssembly, least significant first.
    View {
        /// Which.
        kind: View,
        /// What is in it.
        bytes: Vec<u8>,
    },
    /// An object of a web API, such as a `Blob` or a `DOMException`, by the name that plugins have for it, and what it consists of.
    Platform {
        /// The module and the name of its interface.
        tag: String,
        /// Known to that module.
        content: Box<Value>,
    },
}

macro_rules! views {
    ($( $name:ident $size:literal, )*) => {
        /// A kind of typed array, or `DataView`.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        #[allow(missing_docs, reason = "they are the names of the language")]
        pub enum View { $( $name, )* }

        impl View {
            /// The name of the class.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self { $( View::$name => stringify!($name), )* }
            }

            /// How many bytes an element has.
            #[must_use]
            pub fn element(self) -> usize {
                match self { $( View::$name => $size, )* }
            }

            fn of(name: &str) -> Option<View> {
                match name { $( stringify!($name) => Some(View::$name), )* _ => None }
            }
        }
    };
}

views! {
    Int8Array 1,
    Uint8Array 1,
    Uint8ClampedArray 1,
    Int16Array 2,
    Uint16Array 2,
    Int32Array 4,
    Uint32Array 4,
    BigInt64Array 8,
    BigUint64Array 8,
    Float16Array 2,
    Float32Array 4,
    Float64Array 8,
    DataView 1,
}

/// Why bytes are not a value, or a value has no bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidValue {
    /// They are not the bytes of a value.
    #[error("the bytes are not those of a value")]
    Damaged,
    /// An object is in itself, which a [`Value`] cannot be.
    #[error("an object of the value is in itself")]
    Cycle,
    /// It is nested too deeply.
    #[error("the value is nested more than {DEPTH} levels deep")]
    TooDeep,
    /// Much of it is in it more than once, and all of it would be too large.
    #[error("the value is too large once it is taken apart")]
    TooLarge,
}

impl Value {
    /// A plain object.
    pub fn object<N: Into<String>>(properties: impl IntoIterator<Item = (N, Value)>) -> Value {
        let named = |(name, value): (N, Value)| (name.into(), value);
        Value::Object(properties.into_iter().map(named).collect())
    }

    /// A `Uint8Array`.
    pub fn bytes(bytes: impl Into<Vec<u8>>) -> Value {
        Value::View {
            kind: View::Uint8Array,
            bytes: bytes.into(),
        }
    }

    /// The property of a plain object, or the value of a `Map`, by its name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Value> {
        match self {
            Value::Object(properties) => {
                let mut found = properties.iter().filter(|(n, _)| n == name);
                found.next().map(|(_, value)| value)
            }
            Value::Map(entries) => {
                let mut found = entries.iter().filter(|(n, _)| n.as_str() == Some(name));
                found.next().map(|(_, value)| value)
            }
            _ => None,
        }
    }

    /// The text of a string.
    #[must_use]
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Value::String(text) => Some(text),
            _ => None,
        }
    }

    /// The number.
    #[must_use]
    pub fn as_number(&self) -> Option<f64> {
        match self {
            Value::Number(number) => Some(*number),
            _ => None,
        }
    }

    /// The boolean.
    #[must_use]
    pub fn as_bool(&self) -> Option<bool> {
        match self {
            Value::Boolean(value) => Some(*value),
            _ => None,
        }
    }

    /// The elements of an array or a `Set`.
    #[must_use]
    pub fn as_slice(&self) -> Option<&[Value]> {
        match self {
            Value::Array(items) | Value::Set(items) => Some(items),
            _ => None,
        }
    }

    /// The bytes of an `ArrayBuffer`, a typed array or a `DataView`.
    #[must_use]
    pub fn as_bytes(&self) -> Option<&[u8]> {
        match self {
            Value::Buffer(bytes) | Value::View { bytes, .. } => Some(bytes),
            _ => None,
        }
    }

    /// Reads what a plugin posted.
    ///
    /// # Errors
    ///
    /// The bytes are not a value, or one that cannot be taken apart.
    pub fn from_bytes(bytes: &[u8]) -> Result<Value, InvalidValue> {
        let mut reader = Reader {
            bytes,
            seen: Vec::new(),
            left: bytes.len().saturating_mul(4).saturating_add(SHARED),
        };
        let value = reader.value(0)?;
        match reader.bytes {
            [] => Ok(value),
            _ => Err(InvalidValue::Damaged),
        }
    }

    /// The bytes that a plugin reads as this value.
    ///
    /// # Errors
    ///
    /// It is nested too deeply.
    pub fn to_bytes(&self) -> Result<Vec<u8>, InvalidValue> {
        let mut writer = Writer(Vec::new());
        writer.value(self, 0)?;
        Ok(writer.0)
    }
}

impl fmt::Display for View {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

macro_rules! from {
    ($( $ty:ty => |$value:ident| $made:expr; )*) => {
        $( impl From<$ty> for Value {
            fn from($value: $ty) -> Value {
                $made
            }
        } )*
    };
}

from! {
    bool => |value| Value::Boolean(value);
    f64 => |number| Value::Number(number);
    i32 => |number| Value::Number(number.into());
    u32 => |number| Value::Number(number.into());
    &str => |text| Value::String(text.to_string());
    String => |text| Value::String(text);
    Vec<Value> => |items| Value::Array(items);
}

mod tag {
    pub(super) const UNDEFINED: u8 = b'_';
    pub(super) const NULL: u8 = b'0';
    pub(super) const TRUE: u8 = b'T';
    pub(super) const FALSE: u8 = b'F';
    pub(super) const INTEGER: u8 = b'I';
    pub(super) const NUMBER: u8 = b'N';
    pub(super) const BIGINT: u8 = b'Z';
    pub(super) const TEXT: u8 = b'S';
    pub(super) const WIDE_TEXT: u8 = b'W';
    pub(super) const OBJECT: u8 = b'o';
    pub(super) const ARRAY: u8 = b'a';
    pub(super) const BUFFER: u8 = b'b';
    pub(super) const KIND: u8 = b'k';
    pub(super) const SEEN: u8 = b'^';
    pub(super) const NEXT: u8 = b',';
    pub(super) const END: u8 = b'.';
}

/// The kinds of objects that JavaScript takes apart itself.
mod kind {
    pub(super) const DATE: i32 = 2;
    pub(super) const REGEXP: i32 = 3;
    pub(super) const WRAPPER: i32 = 4;
    pub(super) const MAP: i32 = 5;
    pub(super) const SET: i32 = 6;
    pub(super) const ERROR: i32 = 7;
    pub(super) const VIEW: i32 = 8;
    pub(super) const PLATFORM: i32 = 10;
}

type Read<T> = Result<T, InvalidValue>;

struct Reader<'a> {
    bytes: &'a [u8],
    /// The objects that were read so far, with what they weigh; none while one is being read.
    seen: Vec<Option<(Value, usize)>>,
    /// What may still be read, by weight.
    left: usize,
}

impl Reader<'_> {
    fn value(&mut self, depth: u32) -> Read<Value> {
        if depth > DEPTH {
            return Err(InvalidValue::TooDeep);
        }
        self.weigh(1)?;
        Ok(match self.byte()? {
            tag::UNDEFINED => Value::Undefined,
            tag::NULL => Value::Null,
            tag::TRUE => Value::Boolean(true),
            tag::FALSE => Value::Boolean(false),
            tag::INTEGER => Value::Number(self.integer()?.into()),
            tag::NUMBER => {
                let bytes = self.take(8)?.try_into();
                Value::Number(f64::from_le_bytes(
                    bytes.map_err(|_| InvalidValue::Damaged)?,
                ))
            }
            tag::BIGINT => Value::BigInt(self.text(tag::TEXT)?),
            tag @ (tag::TEXT | tag::WIDE_TEXT) => Value::String(self.text(tag)?),
            tag::SEEN => {
                let place = self.index()?;
                let seen = self.seen.get(place).ok_or(InvalidValue::Damaged)?;
                let (value, weight) = seen.clone().ok_or(InvalidValue::Cycle)?;
                self.weigh(weight)?;
                value
            }
            tag @ (tag::OBJECT | tag::ARRAY | tag::BUFFER | tag::KIND) => {
                let (place, before) = (self.seen.len(), self.left);
                self.seen.push(None);
                let value = self.object(tag, depth)?;
                let weight = before.saturating_sub(self.left);
                if let Some(seen) = self.seen.get_mut(place) {
                    *seen = Some((value.clone(), weight));
                }
                value
            }
            _ => return Err(InvalidValue::Damaged),
        })
    }

    fn object(&mut self, tag: u8, depth: u32) -> Read<Value> {
        match tag {
            tag::OBJECT => {
                let mut properties = Vec::new();
                self.properties(depth, |name, value| {
                    properties.push((name.text(), value));
                    Ok(())
                })?;
                Ok(Value::Object(properties))
            }
            tag::ARRAY => {
                let length = self.index()?;
                let mut items = Vec::new();
                let mut holes = 0;
                self.properties(depth, |name, value| {
                    let Some(index) = name.index().filter(|index| *index < length) else {
                        return Ok(());
                    };
                    if index >= items.len() {
                        holes += index - items.len();
                        if holes > SHARED {
                            return Err(InvalidValue::TooLarge);
                        }
                        items.resize(index, Value::Undefined);
                        items.push(value);
                    }
                    Ok(())
                })?;
                self.weigh(length - items.len())?;
                items.resize(length, Value::Undefined);
                Ok(Value::Array(items))
            }
            tag::BUFFER => {
                let _limit = self.number()?;
                let length = self.index()?;
                self.weigh(length)?;
                Ok(Value::Buffer(self.take(length)?.to_vec()))
            }
            _ => self.of_a_kind(depth),
        }
    }

    fn of_a_kind(&mut self, depth: u32) -> Read<Value> {
        let kind = match self.value(depth + 1)? {
            // It was an integer, so it is one.
            #[allow(clippy::cast_possible_truncation)]
            Value::Number(kind) => kind as i32,
            _ => return Err(InvalidValue::Damaged),
        };
        let head = self.value(depth + 1)?;
        let rest = match self.value(depth + 1)? {
            Value::Array(items) => Some(items),
            Value::Undefined => None,
            _ => return Err(InvalidValue::Damaged),
        };
        let head = match (kind, head) {
            (kind::DATE, Value::Number(time)) => return Ok(Value::Date(time)),
            (kind::WRAPPER, value) => return Ok(value),
            (_, Value::Array(items)) => items,
            _ => Vec::new(),
        };
        let mut head = head.into_iter();
        let mut next = || head.next().unwrap_or(Value::Undefined);
        Ok(match kind {
            kind::REGEXP => Value::RegExp {
                source: next().into_text()?,
                flags: next().into_text()?,
            },
            kind::MAP => {
                let mut items = rest.unwrap_or_default().into_iter();
                let mut entries = Vec::new();
                while let Some(key) = items.next() {
                    entries.push((key, items.next().unwrap_or(Value::Undefined)));
                }
                Value::Map(entries)
            }
            kind::SET => Value::Set(rest.unwrap_or_default()),
            kind::ERROR => Value::Error {
                name: next().into_text()?,
                message: next().into_text().ok(),
                stack: next().into_text().ok(),
                cause: rest.and_then(|rest| rest.into_iter().next()).map(Box::new),
            },
            kind::VIEW => {
                let kind = View::of(&next().into_text()?).ok_or(InvalidValue::Damaged)?;
                let buffer = next();
                let (offset, length) = (next().into_length()?, next().into_length()?);
                let bytes = buffer.as_bytes().ok_or(InvalidValue::Damaged)?;
                let shown = bytes.get(offset.unwrap_or(0)..);
                let shown = shown.and_then(|shown| match length {
                    Some(length) => shown.get(..length.checked_mul(kind.element())?),
                    None => Some(shown),
                });
                Value::View {
                    kind,
                    bytes: shown.ok_or(InvalidValue::Damaged)?.to_vec(),
                }
            }
            kind::PLATFORM => Value::Platform {
                tag: next().into_text()?,
                content: Box::new(next()),
            },
            _ => return Err(InvalidValue::Damaged),
        })
    }

    fn properties(&mut self, depth: u32, mut add: impl FnMut(Name, Value) -> Read<()>) -> Read<()> {
        let mut next = 0;
        loop {
            let name = match self.byte()? {
                tag::END => return Ok(()),
                tag::NEXT => {
                    next += 1;
                    Name::Index(next - 1)
                }
                tag => Name::Text(self.text(tag)?),
            };
            let value = self.value(depth + 1)?;
            add(name, value)?;
        }
    }

    fn text(&mut self, tag: u8) -> Read<String> {
        let length = self.index()?;
        self.weigh(length)?;
        let bytes = self.take(length)?;
        match tag {
            tag::TEXT => {
                let text = std::str::from_utf8(bytes);
                Ok(text.map_err(|_| InvalidValue::Damaged)?.to_string())
            }
            tag::WIDE_TEXT => {
                let units = bytes.chunks_exact(2).map(|unit| match unit {
                    [low, high] => u16::from_le_bytes([*low, *high]),
                    _ => 0,
                });
                Ok(String::from_utf16_lossy(&units.collect::<Vec<_>>()))
            }
            _ => Err(InvalidValue::Damaged),
        }
    }

    fn integer(&mut self) -> Read<i32> {
        let folded = self.number()?;
        Ok((folded >> 1).cast_signed() ^ -(folded & 1).cast_signed())
    }

    fn index(&mut self) -> Read<usize> {
        usize::try_from(self.number()?).map_err(|_| InvalidValue::TooLarge)
    }

    fn number(&mut self) -> Read<u32> {
        let mut number = 0;
        for shift in (0..32).step_by(7) {
            let byte = self.byte()?;
            number |= u32::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Ok(number);
            }
        }
        Err(InvalidValue::Damaged)
    }

    fn byte(&mut self) -> Read<u8> {
        match self.take(1)? {
            [byte] => Ok(*byte),
            _ => Err(InvalidValue::Damaged),
        }
    }

    fn take(&mut self, count: usize) -> Read<&[u8]> {
        let split = self.bytes.split_at_checked(count);
        let (taken, rest) = split.ok_or(InvalidValue::Damaged)?;
        self.bytes = rest;
        Ok(taken)
    }

    fn weigh(&mut self, weight: usize) -> Read<()> {
        self.left = self
            .left
            .checked_sub(weight)
            .ok_or(InvalidValue::TooLarge)?;
        Ok(())
    }
}

/// The name of a property.
enum Name {
    Index(usize),
    Text(String),
}

impl Name {
    fn text(self) -> String {
        match self {
            Name::Index(index) => index.to_string(),
            Name::Text(text) => text,
        }
    }

    fn index(&self) -> Option<usize> {
        match self {
            Name::Index(index) => Some(*index),
            Name::Text(text) => text.parse().ok(),
        }
    }
}

impl Value {
    fn into_text(self) -> Read<String> {
        match self {
            Value::String(text) => Ok(text),
            _ => Err(InvalidValue::Damaged),
        }
    }

    /// A number that counts something, if there is one.
    fn into_length(self) -> Read<Option<usize>> {
        match self {
            Value::Undefined => Ok(None),
            // Whatever it is, it is held to the bytes there are.
            #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
            Value::Number(number) if number >= 0.0 => Ok(Some(number as usize)),
            _ => Err(InvalidValue::Damaged),
        }
    }
}

struct Writer(Vec<u8>);

impl Writer {
    fn value(&mut self, value: &Value, depth: u32) -> Result<(), InvalidValue> {
        if depth >= DEPTH {
            return Err(InvalidValue::TooDeep);
        }
        let inner = depth + 1;
        match value {
            Value::Undefined => self.0.push(tag::UNDEFINED),
            Value::Null => self.0.push(tag::NULL),
            Value::Boolean(true) => self.0.push(tag::TRUE),
            Value::Boolean(false) => self.0.push(tag::FALSE),
            Value::Number(number) => self.number(*number),
            Value::BigInt(digits) => {
                self.0.push(tag::BIGINT);
                self.sized(digits.as_bytes());
            }
            Value::String(text) => self.text(text),
            Value::Array(items) => self.array(items, inner)?,
            Value::Object(properties) => {
                self.0.push(tag::OBJECT);
                for (name, value) in properties {
                    self.text(name);
                    self.value(value, inner)?;
                }
                self.0.push(tag::END);
            }
            Value::Map(entries) => {
                self.kind(kind::MAP);
                self.0.push(tag::UNDEFINED);
                let flat = entries.iter().flat_map(|(key, value)| [key, value]);
                self.array(flat.collect::<Vec<_>>(), inner + 1)?;
            }
            Value::Set(items) => {
                self.kind(kind::SET);
                self.0.push(tag::UNDEFINED);
                self.array(items, inner + 1)?;
            }
            Value::Date(time) => {
                self.kind(kind::DATE);
                self.number(*time);
                self.0.push(tag::UNDEFINED);
            }
            Value::RegExp { source, flags } => {
                self.kind(kind::REGEXP);
                let head = [Value::from(source.as_str()), flags.as_str().into()];
                self.array(&head, inner)?;
                self.0.push(tag::UNDEFINED);
            }
            Value::Error {
                name,
                message,
                stack,
                cause,
            } => {
                self.kind(kind::ERROR);
                let text = |text: &Option<String>| match text {
                    Some(text) => Value::from(text.as_str()),
                    None => Value::Undefined,
                };
                let head = [name.as_str().into(), text(message), text(stack)];
                self.array(&head, inner)?;
                match cause {
                    Some(cause) => self.array([&**cause], inner + 1)?,
                    None => self.0.push(tag::UNDEFINED),
                }
            }
            Value::Buffer(bytes) => self.buffer(bytes),
            Value::View { kind, bytes } => {
                self.kind(kind::VIEW);
                self.0.push(tag::ARRAY);
                self.varint(4);
                self.0.push(tag::NEXT);
                self.text(kind.name());
                self.0.push(tag::NEXT);
                self.buffer(bytes);
                self.0.push(tag::NEXT);
                self.number(0.0);
                self.0.push(tag::NEXT);
                let count = bytes.len() / kind.element();
                self.number(f64::from(u32::try_from(count).unwrap_or(u32::MAX)));
                self.0.push(tag::END);
                self.0.push(tag::UNDEFINED);
            }
            Value::Platform { tag, content } => {
                self.kind(kind::PLATFORM);
                let tag = Value::from(tag.as_str());
                self.array([&tag, &**content], inner + 1)?;
                self.0.push(tag::UNDEFINED);
            }
        }
        Ok(())
    }

    fn array<'a, I>(&mut self, items: I, depth: u32) -> Result<(), InvalidValue>
    where
        I: IntoIterator<Item = &'a Value, IntoIter: ExactSizeIterator>,
    {
        let items = items.into_iter();
        self.0.push(tag::ARRAY);
        self.varint(items.len());
        for item in items {
            self.0.push(tag::NEXT);
            self.value(item, depth)?;
        }
        self.0.push(tag::END);
        Ok(())
    }

    fn kind(&mut self, kind: i32) {
        self.0.push(tag::KIND);
        self.number(kind.into());
    }

    fn buffer(&mut self, bytes: &[u8]) {
        self.0.push(tag::BUFFER);
        self.varint(0);
        self.sized(bytes);
    }

    fn number(&mut self, number: f64) {
        // That a number is one of these is seen once it is back.
        #[allow(clippy::cast_possible_truncation)]
        let integer = number as i32;
        if f64::from(integer).to_bits() == number.to_bits() {
            self.0.push(tag::INTEGER);
            let folded = (integer << 1 ^ integer >> 31).cast_unsigned();
            self.varint(usize::try_from(folded).unwrap_or(usize::MAX));
        } else {
            self.0.push(tag::NUMBER);
            self.0.extend(number.to_le_bytes());
        }
    }

    fn text(&mut self, text: &str) {
        self.0.push(tag::TEXT);
        self.sized(text.as_bytes());
    }

    fn sized(&mut self, bytes: &[u8]) {
        self.varint(bytes.len());
        self.0.extend_from_slice(bytes);
    }

    fn varint(&mut self, mut number: usize) {
        while number >= 0x80 {
            // The lower bits.
            #[allow(clippy::cast_possible_truncation)]
            self.0.push(number as u8 | 0x80);
            number >>= 7;
        }
        #[allow(clippy::cast_possible_truncation)]
        self.0.push(number as u8);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn back(value: &Value) -> Value {
        Value::from_bytes(&value.to_bytes().unwrap()).unwrap()
    }

    #[test]
    fn values_come_back_as_they_were() {
        let all = Value::from(vec![
            Value::Undefined,
            Value::Null,
            true.into(),
            false.into(),
            0.into(),
            (-0.0).into(),
            0.5.into(),
            i32::MIN.into(),
            u32::MAX.into(),
            f64::INFINITY.into(),
            Value::BigInt("-123456789012345678901234567890".into()),
            "žluť 🐎".into(),
            "x".repeat(300).into(),
            Value::object([("a", 1.into()), ("0", Value::object([("b", 2.into())]))]),
            Value::Map(vec![("k".into(), 1.into()), (2.into(), Value::Null)]),
            Value::Set(vec![1.into(), "2".into()]),
            Value::Date(86_400_000.5),
            Value::RegExp {
                source: "a+".into(),
                flags: "gi".into(),
            },
            Value::Error {
                name: "TypeError".into(),
                message: Some("no".into()),
                stack: None,
                cause: Some(Box::new("why".into())),
            },
            Value::Buffer(vec![1, 2, 3]),
            Value::bytes([4, 5]),
            Value::View {
                kind: View::Float64Array,
                bytes: vec![0; 16],
            },
            Value::Platform {
                tag: "outwit:blob/blob.js#Blob".into(),
                content: Box::new(Value::Null),
            },
        ]);
        assert_eq!(back(&all), all);
        assert!(back(&(-0.0).into()).as_number().unwrap().is_sign_negative());
    }

    #[test]
    fn what_is_in_it_twice_is_there_twice_and_what_is_in_itself_is_refused() {
        // [x = {}, x]
        let twice = b"a\x02,o.,^\x01.";
        let empty = Value::Object(Vec::new());
        assert_eq!(
            Value::from_bytes(twice).unwrap(),
            vec![empty.clone(), empty].into()
        );
        assert_eq!(Value::from_bytes(b"a\x01,^\x00."), Err(InvalidValue::Cycle));
    }

    #[test]
    fn hostile_bytes_cost_little() {
        // Each array has the one before twice.
        let mut doubling = b"a\x32,a\x00.".to_vec();
        for n in 1..50 {
            doubling.extend([b',', b'a', 2, b',', b'^', n, b',', b'^', n, b'.']);
        }
        doubling.push(b'.');
        assert_eq!(Value::from_bytes(&doubling), Err(InvalidValue::TooLarge));
        let long = b"a\xff\xff\xff\xff\x0f.";
        assert_eq!(Value::from_bytes(long), Err(InvalidValue::TooLarge));
        let sparse = b"a\xff\xff\xff\xff\x0fS\x094294967290T.";
        assert!(Value::from_bytes(sparse).is_err());
        let deep = b"a\x01,".repeat(100_000);
        assert_eq!(Value::from_bytes(&deep), Err(InvalidValue::TooDeep));
        for cut in 0..doubling.len() {
            assert!(Value::from_bytes(&doubling[..cut]).is_err());
        }
        for first in 0..=255 {
            for second in 0..=255 {
                let _ = Value::from_bytes(&[first, second, first, second, 0, b'.']);
            }
        }
    }
}
