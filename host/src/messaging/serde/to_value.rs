//! What `serde` writes as values.

use serde::Serialize;
use serde::ser::{
    SerializeMap, SerializeSeq, SerializeStruct, SerializeStructVariant, SerializeTuple,
    SerializeTupleStruct, SerializeTupleVariant, Serializer,
};

use super::Mismatch;
use crate::messaging::Value;

/// The largest integer up to which a number of JavaScript is exact.
const WHOLE: u64 = 1 << 53;

type Made = Result<Value, Mismatch>;

pub(super) struct Writer;

/// An integer, as a number if that can be it.
fn integer(number: i128) -> Value {
    match i64::try_from(number) {
        #[allow(clippy::cast_precision_loss)] // there is none up to there
        Ok(small) if small.unsigned_abs() <= WHOLE => Value::Number(small as f64),
        _ => Value::BigInt(number.to_string()),
    }
}

fn case(name: &'static str, content: Value) -> Value {
    Value::object([(name, content)])
}

macro_rules! integers {
    ($( $name:ident $ty:ty, )*) => {
        $( fn $name(self, number: $ty) -> Made {
            Ok(integer(number.into()))
        } )*
    };
}

impl Serializer for Writer {
    type Ok = Value;
    type Error = Mismatch;
    type SerializeSeq = Items;
    type SerializeTuple = Items;
    type SerializeTupleStruct = Items;
    type SerializeTupleVariant = Items;
    type SerializeMap = Entries;
    type SerializeStruct = Entries;
    type SerializeStructVariant = Entries;

    integers! {
        serialize_i8 i8,
        serialize_i16 i16,
        serialize_i32 i32,
        serialize_i64 i64,
        serialize_i128 i128,
        serialize_u8 u8,
        serialize_u16 u16,
        serialize_u32 u32,
        serialize_u64 u64,
    }

    fn serialize_u128(self, number: u128) -> Made {
        Ok(match i128::try_from(number) {
            Ok(number) => integer(number),
            Err(_) => Value::BigInt(number.to_string()),
        })
    }

    fn serialize_bool(self, value: bool) -> Made {
        Ok(value.into())
    }

    fn serialize_f32(self, number: f32) -> Made {
        Ok(Value::Number(number.into()))
    }

    fn serialize_f64(self, number: f64) -> Made {
        Ok(Value::Number(number))
    }

    fn serialize_char(self, character: char) -> Made {
        Ok(Value::String(character.to_string()))
    }

    fn serialize_str(self, text: &str) -> Made {
        Ok(text.into())
    }

    fn serialize_bytes(self, bytes: &[u8]) -> Made {
        Ok(Value::bytes(bytes))
    }

    fn serialize_none(self) -> Made {
        Ok(Value::Null)
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Made {
        value.serialize(self)
    }

    fn serialize_unit(self) -> Made {
        Ok(Value::Null)
    }

    fn serialize_unit_struct(self, _: &'static str) -> Made {
        Ok(Value::Null)
    }

    fn serialize_unit_variant(self, _: &'static str, _: u32, name: &'static str) -> Made {
        Ok(name.into())
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, _: &'static str, value: &T) -> Made {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        name: &'static str,
        value: &T,
    ) -> Made {
        Ok(case(name, value.serialize(Writer)?))
    }

    fn serialize_seq(self, _: Option<usize>) -> Result<Items, Mismatch> {
        Ok(Items::of(None))
    }

    fn serialize_tuple(self, _: usize) -> Result<Items, Mismatch> {
        Ok(Items::of(None))
    }

    fn serialize_tuple_struct(self, _: &'static str, _: usize) -> Result<Items, Mismatch> {
        Ok(Items::of(None))
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        name: &'static str,
        _: usize,
    ) -> Result<Items, Mismatch> {
        Ok(Items::of(Some(name)))
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Entries, Mismatch> {
        Ok(Entries::of(None))
    }

    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Entries, Mismatch> {
        Ok(Entries::of(None))
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        name: &'static str,
        _: usize,
    ) -> Result<Entries, Mismatch> {
        Ok(Entries::of(Some(name)))
    }
}

/// The elements of an array, of a case or by themselves.
pub(super) struct Items {
    case: Option<&'static str>,
    items: Vec<Value>,
}

impl Items {
    fn of(case: Option<&'static str>) -> Items {
        let items = Vec::new();
        Items { case, items }
    }

    fn add<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Mismatch> {
        self.items.push(value.serialize(Writer)?);
        Ok(())
    }

    fn done(self) -> Value {
        let items = Value::Array(self.items);
        match self.case {
            Some(name) => case(name, items),
            None => items,
        }
    }
}

macro_rules! items {
    ($( $name:ident $add:ident, )*) => {
        $( impl $name for Items {
            type Ok = Value;
            type Error = Mismatch;

            fn $add<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Mismatch> {
                self.add(value)
            }

            fn end(self) -> Made {
                Ok(self.done())
            }
        } )*
    };
}

items! {
    SerializeSeq serialize_element,
    SerializeTuple serialize_element,
    SerializeTupleStruct serialize_field,
    SerializeTupleVariant serialize_field,
}

/// The entries of an object or a `Map`, of a case or by themselves.
pub(super) struct Entries {
    case: Option<&'static str>,
    entries: Vec<(Value, Value)>,
    key: Option<Value>,
}

impl Entries {
    fn of(case: Option<&'static str>) -> Entries {
        Entries {
            case,
            entries: Vec::new(),
            key: None,
        }
    }

    fn add<T: Serialize + ?Sized>(&mut self, key: Value, value: &T) -> Result<(), Mismatch> {
        self.entries.push((key, value.serialize(Writer)?));
        Ok(())
    }

    fn done(self) -> Value {
        let is_object = self.entries.iter().all(|(key, _)| key.as_str().is_some());
        let entries = if is_object {
            let named = |(key, value)| match key {
                Value::String(name) => Some((name, value)),
                _ => None,
            };
            Value::Object(self.entries.into_iter().filter_map(named).collect())
        } else {
            Value::Map(self.entries)
        };
        match self.case {
            Some(name) => case(name, entries),
            None => entries,
        }
    }
}

impl SerializeMap for Entries {
    type Ok = Value;
    type Error = Mismatch;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), Mismatch> {
        self.key = Some(key.serialize(Writer)?);
        Ok(())
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Mismatch> {
        let key = self.key.take().unwrap_or(Value::Undefined);
        self.add(key, value)
    }

    fn end(self) -> Made {
        Ok(self.done())
    }
}

macro_rules! fields {
    ($( $name:ident, )*) => {
        $( impl $name for Entries {
            type Ok = Value;
            type Error = Mismatch;

            fn serialize_field<T: Serialize + ?Sized>(
                &mut self,
                name: &'static str,
                value: &T,
            ) -> Result<(), Mismatch> {
                self.add(name.into(), value)
            }

            fn end(self) -> Made {
                Ok(self.done())
            }
        } )*
    };
}

fields! {
    SerializeStruct,
    SerializeStructVariant,
}
