//! Values as plugins in JavaScript post them: the structured clone algorithm (HTML, WHATWG) as bytes.
//!
//! The other half is `guest-quickjs/engine/src/native/clone.rs` with `js/html/structured-clone.js`.

mod read;
mod write;

use std::fmt;

use read::Reader;
use write::Writer;

/// How deep values may be nested, as in plugins.
const DEPTH: u32 = 500;

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
        Reader::read(bytes)
    }

    /// The bytes that a plugin reads as this value.
    ///
    /// # Errors
    ///
    /// It is nested too deeply.
    pub fn to_bytes(&self) -> Result<Vec<u8>, InvalidValue> {
        Writer::write(self)
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

/// What a value begins with.
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
