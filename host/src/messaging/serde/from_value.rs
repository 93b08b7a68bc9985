//! Values as what `serde` reads.

use serde::de::value::{MapDeserializer, SeqDeserializer, StringDeserializer};
use serde::de::{
    DeserializeSeed, Deserializer, EnumAccess, IntoDeserializer, VariantAccess, Visitor,
};
use serde::forward_to_deserialize_any;

use super::Mismatch;
use crate::messaging::Value;

/// The largest number up to which there is every integer.
const WHOLE: f64 = 9_007_199_254_740_992.0;

impl<'de> IntoDeserializer<'de, Mismatch> for Value {
    type Deserializer = Value;

    fn into_deserializer(self) -> Value {
        self
    }
}

impl<'de> Deserializer<'de> for Value {
    type Error = Mismatch;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mismatch> {
        match self {
            Value::Undefined | Value::Null => visitor.visit_unit(),
            Value::Boolean(value) => visitor.visit_bool(value),
            #[allow(clippy::cast_possible_truncation)] // it is a whole number in between
            Value::Number(number) if number.fract() == 0.0 && number.abs() <= WHOLE => {
                visitor.visit_i64(number as i64)
            }
            Value::Number(number) | Value::Date(number) => visitor.visit_f64(number),
            Value::BigInt(digits) => {
                if let Ok(number) = digits.parse() {
                    visitor.visit_i64(number)
                } else if let Ok(number) = digits.parse() {
                    visitor.visit_u64(number)
                } else if let Ok(number) = digits.parse() {
                    visitor.visit_i128(number)
                } else {
                    visitor.visit_string(digits)
                }
            }
            Value::String(text) | Value::RegExp { source: text, .. } => visitor.visit_string(text),
            Value::Error { name, message, .. } => visitor.visit_string(message.unwrap_or(name)),
            Value::Array(items) | Value::Set(items) => {
                let mut items = SeqDeserializer::new(items.into_iter());
                let read = visitor.visit_seq(&mut items)?;
                items.end()?;
                Ok(read)
            }
            Value::Object(properties) => {
                let mut properties = MapDeserializer::new(properties.into_iter());
                let read = visitor.visit_map(&mut properties)?;
                properties.end()?;
                Ok(read)
            }
            Value::Map(entries) => {
                let mut entries = MapDeserializer::new(entries.into_iter());
                let read = visitor.visit_map(&mut entries)?;
                entries.end()?;
                Ok(read)
            }
            Value::Buffer(bytes) | Value::View { bytes, .. } => visitor.visit_byte_buf(bytes),
            Value::Platform { content, .. } => content.deserialize_any(visitor),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mismatch> {
        match self {
            Value::Undefined | Value::Null => visitor.visit_none(),
            value => visitor.visit_some(value),
        }
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mismatch> {
        match self {
            Value::Buffer(bytes) | Value::View { bytes, .. } => {
                visitor.visit_seq(SeqDeserializer::new(bytes.into_iter()))
            }
            value => value.deserialize_any(visitor),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Mismatch> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Mismatch> {
        let (name, content) = match self {
            Value::String(name) => (name, None),
            Value::Object(mut properties) if properties.len() == 1 => match properties.pop() {
                Some((name, content)) => (name, Some(content)),
                None => return Err(no_case()),
            },
            _ => return Err(no_case()),
        };
        visitor.visit_enum(Case { name, content })
    }

    fn is_human_readable(&self) -> bool {
        true
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf
        unit unit_struct tuple tuple_struct map struct identifier ignored_any
    }
}

fn no_case() -> Mismatch {
    Mismatch("a case is a text, or an object with one property".to_string())
}

/// A case of an enum, as in JSON.
struct Case {
    name: String,
    content: Option<Value>,
}

impl<'de> EnumAccess<'de> for Case {
    type Error = Mismatch;
    type Variant = Content;

    fn variant_seed<S: DeserializeSeed<'de>>(
        self,
        seed: S,
    ) -> Result<(S::Value, Content), Mismatch> {
        let name: StringDeserializer<Mismatch> = self.name.into_deserializer();
        Ok((seed.deserialize(name)?, Content(self.content)))
    }
}

struct Content(Option<Value>);

impl<'de> VariantAccess<'de> for Content {
    type Error = Mismatch;

    fn unit_variant(self) -> Result<(), Mismatch> {
        match self.0 {
            None | Some(Value::Undefined | Value::Null) => Ok(()),
            Some(_) => Err(Mismatch("the case has no content".to_string())),
        }
    }

    fn newtype_variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<S::Value, Mismatch> {
        seed.deserialize(self.0.unwrap_or(Value::Undefined))
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, Mismatch> {
        self.0.unwrap_or(Value::Undefined).deserialize_any(visitor)
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Mismatch> {
        self.0.unwrap_or(Value::Undefined).deserialize_any(visitor)
    }
}
