//! What is wrong with a value, and where in it.

use crate::handle::class_name;
use outwit_quickjs_runtime::{ErrorKind, Thrown, Value, sys, take_exception, throw};
use std::fmt::Write as _;

/// Why a value could not be lowered.
pub enum Fail {
    /// It threw, or memory ran out; the exception waits.
    Thrown,
    /// It is not what the type wants.
    Mismatch(Box<Mismatch>),
}

/// A value that is not what its type wants.
pub struct Mismatch {
    what: String,
    /// From the inside out.
    path: Vec<Segment>,
}

/// A step into a value.
pub enum Segment {
    /// A field, or the payload of a case.
    Field(&'static str),
    /// An element.
    Index(u32),
    /// The value of a map's entry, by what shows its key.
    Key(String),
}

impl Segment {
    /// The value of a map's entry.
    #[cold]
    pub fn key(key: &Value) -> Segment {
        Segment::Key(describe(key.raw()))
    }
}

/// What lowering gives.
pub type Lowered<T = ()> = Result<T, Fail>;

impl From<Thrown> for Fail {
    fn from(_: Thrown) -> Self {
        Fail::Thrown
    }
}

impl Fail {
    /// `value` is not `expected`.
    #[cold]
    pub fn expected(expected: &str, value: sys::JSValue) -> Fail {
        Fail::because(&format!("expected {expected}, got {}", describe(value)))
    }

    /// A value of the right type cannot be taken.
    #[cold]
    pub fn because(what: &str) -> Fail {
        Fail::Mismatch(Box::new(Mismatch {
            what: what.to_owned(),
            path: Vec::new(),
        }))
    }

    /// The same, one step further out.
    #[cold]
    pub fn inside(mut self, segment: Segment) -> Fail {
        if let Fail::Mismatch(mismatch) = &mut self {
            mismatch.path.push(segment);
        }
        self
    }

    /// Throws it as a `TypeError`: `argument 2 ("items"), field "items[3].price": expected u32, got "12"`.
    #[cold]
    pub fn throw(self, place: &str, root: &str) -> Thrown {
        let Fail::Mismatch(mismatch) = self else {
            return Thrown;
        };
        let Mismatch { what, path } = *mismatch;
        let mut message = place.to_owned();
        if !path.is_empty() {
            let mut field = root.to_owned();
            for segment in path.iter().rev() {
                let _ = match segment {
                    Segment::Index(index) => write!(field, "[{index}]"),
                    Segment::Key(key) => write!(field, ".get({key})"),
                    Segment::Field(name) if field.is_empty() => write!(field, "{name}"),
                    Segment::Field(name) => write!(field, ".{name}"),
                };
            }
            let _ = write!(message, ", field \"{field}\"");
        }
        let _ = write!(message, ": {what}");
        throw(ErrorKind::Type, &message)
    }
}

/// Shows a value in a few words, without running any code of the plugin.
fn describe(value: sys::JSValue) -> String {
    let value = Value::borrow(value);
    match value.tag() {
        sys::JS_TAG_SYMBOL => return "a symbol".into(),
        sys::JS_TAG_OBJECT => {
            if let Some(class) = class_name(value.raw()) {
                return format!("an object of {class}");
            }
            // SAFETY: the value is alive.
            let (is_array, typed) = unsafe {
                (
                    sys::JS_IsArray(value.raw()),
                    sys::JS_GetTypedArrayType(value.raw()),
                )
            };
            return match () {
                () if value.is_function() => "a function",
                () if value.is_promise() => "a promise",
                () if is_array => "an array",
                () if typed >= 0 => "a typed array",
                () if value.is_error() => "an Error",
                () => "an object",
            }
            .into();
        }
        _ => {}
    }
    let suffix = match value.tag() {
        sys::JS_TAG_BIG_INT | sys::JS_TAG_SHORT_BIG_INT => "n",
        _ => "",
    };
    let is_negative_zero = value.raw() == Value::number(-0.0).raw();
    match value.text() {
        _ if is_negative_zero => "-0".into(),
        Ok(text) if value.is_string() => {
            let text = text.as_str();
            match text.char_indices().nth(40) {
                Some((end, _)) => format!("{:?}…", &text[..end]),
                None => format!("{text:?}"),
            }
        }
        Ok(text) => format!("{}{suffix}", text.as_str()),
        Err(_) => {
            drop(take_exception());
            "something unprintable".into()
        }
    }
}
