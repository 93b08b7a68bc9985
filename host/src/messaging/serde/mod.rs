//! Types of `serde` as values of plugins in JavaScript, and back.

mod from_value;
mod to_value;

use std::fmt;

use super::value::{InvalidValue, Value};

/// Makes the value of a type that `serde` can write: structs and maps with texts for keys become objects, other maps `Map`s, bytes `Uint8Array`s, `None` and `()`
/// become `null`, enums what they are in JSON, integers beyond 2⁵³ `BigInt`s.
///
/// ```
/// use std::collections::BTreeMap;
/// use outwit::messaging::to_value;
///
/// let value = to_value(&BTreeMap::from([("a", [1, 2])])).unwrap();
/// assert_eq!(value.get("a").unwrap().as_slice().unwrap().len(), 2);
/// ```
///
/// # Errors
///
/// The type's own.
pub fn to_value<T: serde::Serialize + ?Sized>(from: &T) -> Result<Value, Mismatch> {
    from.serialize(to_value::Writer)
}

/// Reads a type that `serde` can read out of a value: the opposite of [`to_value`]. A `Date` is its milliseconds, an `Error` what it says.
///
/// ```
/// use outwit::messaging::{Value, from_value};
///
/// let value = Value::from(vec![Value::from("a"), Value::Null]);
/// let read: Vec<Option<String>> = from_value(value).unwrap();
/// assert_eq!(read, [Some("a".to_string()), None]);
/// ```
///
/// # Errors
///
/// The value is not one of the type.
pub fn from_value<T: serde::de::DeserializeOwned>(value: Value) -> Result<T, Mismatch> {
    T::deserialize(value)
}

/// Why a value and a type do not fit each other.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Mismatch(String);

impl serde::ser::Error for Mismatch {
    fn custom<T: fmt::Display>(message: T) -> Mismatch {
        Mismatch(message.to_string())
    }
}

impl serde::de::Error for Mismatch {
    fn custom<T: fmt::Display>(message: T) -> Mismatch {
        Mismatch(message.to_string())
    }
}

impl From<InvalidValue> for Mismatch {
    fn from(invalid: InvalidValue) -> Mismatch {
        Mismatch(invalid.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    fn back<T>(value: &T)
    where
        T: serde::Serialize + serde::de::DeserializeOwned + PartialEq + fmt::Debug,
    {
        let there = to_value(value).unwrap();
        let bytes = there.to_bytes().unwrap();
        let here: T = from_value(Value::from_bytes(&bytes).unwrap()).unwrap();
        assert_eq!(here, *value);
    }

    #[test]
    fn types_come_back_as_they_were() {
        back(&(1_u8, -2_i64, 2.5_f32, 'x', true, "text".to_string()));
        back(&(u64::MAX, i64::MIN, (1_u64 << 53) + 1, i128::MIN));
        back(&vec![Some(1), None]);
        back(&BTreeMap::from([("a".to_string(), vec![1.5])]));
        back(&BTreeMap::from([
            (1, "a".to_string()),
            (2, "b".to_string()),
        ]));
        back(&Ok::<u8, String>(1));
        back(&Err::<u8, String>("no".to_string()));
        back(&std::time::Duration::from_millis(1500));
        back(&std::net::IpAddr::from([127, 0, 0, 1]));
        back(&serde_json::json!({ "a": [1, 2.5, "x", null, true], "b": {} }));
        back(&());
    }

    #[test]
    fn bytes_are_bytes_or_numbers() {
        let read: Vec<u8> = from_value(Value::bytes([1, 2])).unwrap();
        assert_eq!(read, [1, 2]);
    }

    #[test]
    fn what_does_not_fit_says_so() {
        let error = from_value::<u8>(300.into()).unwrap_err().to_string();
        assert!(error.contains("300"), "{error}");
        let error = from_value::<String>(Value::Null).unwrap_err().to_string();
        assert!(error.contains("string"), "{error}");
    }
}
