//! Values of the component model as JSON, for programs.

use outwit::Val;
use serde_json::{Value, json};

/// A value. Numbers keep all their digits; those that JSON does not have are texts. A record is an object, a variant an object
/// with one member, an enum a text, flags a list of texts, a result `{"ok": …}` or `{"err": …}`, nothing `null`.
pub fn value(value: &Val) -> Value {
    match value {
        Val::Bool(value) => json!(value),
        Val::S8(value) => json!(value),
        Val::U8(value) => json!(value),
        Val::S16(value) => json!(value),
        Val::U16(value) => json!(value),
        Val::S32(value) => json!(value),
        Val::U32(value) => json!(value),
        Val::S64(value) => json!(value),
        Val::U64(value) => json!(value),
        Val::Float32(value) => float(f64::from(*value)),
        Val::Float64(value) => float(*value),
        Val::Char(value) => json!(value),
        Val::String(text) | Val::Enum(text) => json!(text),
        Val::List(items) | Val::Tuple(items) | Val::FixedLengthList(items) => list(items),
        Val::Map(pairs) => {
            let pairs = pairs
                .iter()
                .map(|(key, item)| json!([self::value(key), self::value(item)]));
            pairs.collect()
        }
        Val::Record(fields) => {
            let fields = fields
                .iter()
                .map(|(name, field)| (name.clone(), self::value(field)));
            Value::Object(fields.collect())
        }
        Val::Variant(case, payload) => json!({ case.as_str(): optional(payload.as_deref()) }),
        Val::Option(None) => Value::Null,
        Val::Option(Some(some)) => match self::value(some) {
            // Otherwise it could not be told from nothing.
            Value::Null => json!({ "some": null }),
            some => some,
        },
        Val::Result(Ok(value)) => json!({ "ok": optional(value.as_deref()) }),
        Val::Result(Err(error)) => json!({ "err": optional(error.as_deref()) }),
        Val::Flags(names) => json!(names),
        Val::Resource(_) => json!("<resource>"),
        Val::Future(_) => json!("<future>"),
        Val::Stream(_) => json!("<stream>"),
        Val::ErrorContext(_) => json!("<error-context>"),
    }
}

fn list(items: &[Val]) -> Value {
    items.iter().map(value).collect()
}

fn optional(item: Option<&Val>) -> Value {
    item.map_or(Value::Null, value)
}

fn float(number: f64) -> Value {
    match number {
        _ if number.is_nan() => json!("NaN"),
        f64::INFINITY => json!("Infinity"),
        f64::NEG_INFINITY => json!("-Infinity"),
        _ => json!(number),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_json_lacks_is_told_apart() {
        let some = |value| Val::Option(Some(Box::new(value)));
        assert_eq!(value(&Val::Option(None)), json!(null));
        assert_eq!(value(&some(Val::U8(1))), json!(1));
        assert_eq!(value(&some(Val::Option(None))), json!({ "some": null }));
        assert_eq!(value(&Val::Float64(f64::NAN)), json!("NaN"));
        assert_eq!(value(&Val::Float32(0.5)), json!(0.5));
        assert_eq!(
            value(&Val::U64(u64::MAX)).to_string(),
            "18446744073709551615"
        );
        assert_eq!(value(&Val::Result(Ok(None))), json!({ "ok": null }));
        let variant = Val::Variant("a".into(), Some(Box::new(Val::Bool(true))));
        assert_eq!(value(&variant), json!({ "a": true }));
    }
}
