//! Types of functions as WIT text, and the comparison of values and functions with them.

use std::fmt::{self, Write as _};

use wasmtime::component::Val;
use wasmtime::component::types::{ComponentFunc, Type};

/// The type of a function as WIT text, `func(name: string) -> string`.
///
/// Types are written out: the component model forgets the names of records and their like.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signature(String);

impl Signature {
    pub(crate) fn of(func: &ComponentFunc) -> Signature {
        let mut out = String::new();
        if func.async_() {
            out.push_str("async ");
        }
        out.push_str("func(");
        for (i, (name, ty)) in func.params().enumerate() {
            if i > 0 {
                out.push_str(", ");
            }
            let _ = write!(out, "{name}: ");
            write_type(&mut out, &ty);
        }
        out.push(')');
        for ty in func.results() {
            out.push_str(" -> ");
            write_type(&mut out, &ty);
        }
        Signature(out)
    }

    /// What a resource is.
    pub(crate) fn resource() -> Signature {
        Signature("resource".to_string())
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A type as WIT text, written out.
#[must_use]
pub fn type_text(ty: &Type) -> String {
    let mut out = String::new();
    write_type(&mut out, ty);
    out
}

fn write_type(out: &mut String, ty: &Type) {
    match ty {
        Type::Bool => out.push_str("bool"),
        Type::S8 => out.push_str("s8"),
        Type::U8 => out.push_str("u8"),
        Type::S16 => out.push_str("s16"),
        Type::U16 => out.push_str("u16"),
        Type::S32 => out.push_str("s32"),
        Type::U32 => out.push_str("u32"),
        Type::S64 => out.push_str("s64"),
        Type::U64 => out.push_str("u64"),
        Type::Float32 => out.push_str("f32"),
        Type::Float64 => out.push_str("f64"),
        Type::Char => out.push_str("char"),
        Type::String => out.push_str("string"),
        Type::ErrorContext => out.push_str("error-context"),
        Type::List(t) => angle(out, "list", [Some(t.ty())]),
        Type::Map(t) => angle(out, "map", [Some(t.key()), Some(t.value())]),
        Type::FixedLengthList(t) => {
            out.push_str("list<");
            write_type(out, &t.ty());
            let _ = write!(out, ", {}>", t.len());
        }
        Type::Option(t) => angle(out, "option", [Some(t.ty())]),
        Type::Result(t) => match (t.ok(), t.err()) {
            (None, None) => out.push_str("result"),
            (ok, None) => angle(out, "result", [ok]),
            (ok, err) => angle(out, "result", [ok, err]),
        },
        Type::Tuple(t) => angle(out, "tuple", t.types().map(Some)),
        Type::Future(t) => match t.ty() {
            Some(ty) => angle(out, "future", [Some(ty)]),
            None => out.push_str("future"),
        },
        Type::Stream(t) => match t.ty() {
            Some(ty) => angle(out, "stream", [Some(ty)]),
            None => out.push_str("stream"),
        },
        Type::Record(t) => {
            let fields = t.fields().map(|f| (f.name.to_string(), Some(f.ty)));
            braces(out, "record", ": ", "", fields);
        }
        Type::Variant(t) => {
            let cases = t.cases().map(|c| (c.name.to_string(), c.ty));
            braces(out, "variant", "(", ")", cases);
        }
        Type::Enum(t) => braces(
            out,
            "enum",
            "",
            "",
            t.names().map(|n| (n.to_string(), None)),
        ),
        Type::Flags(t) => braces(
            out,
            "flags",
            "",
            "",
            t.names().map(|n| (n.to_string(), None)),
        ),
        Type::Own(_) => out.push_str("own<resource>"),
        Type::Borrow(_) => out.push_str("borrow<resource>"),
    }
}

fn angle(out: &mut String, name: &str, types: impl IntoIterator<Item = Option<Type>>) {
    out.push_str(name);
    out.push('<');
    for (i, ty) in types.into_iter().enumerate() {
        if i > 0 {
            out.push_str(", ");
        }
        match ty {
            Some(ty) => write_type(out, &ty),
            None => out.push('_'),
        }
    }
    out.push('>');
}

fn braces(
    out: &mut String,
    name: &str,
    open: &str,
    close: &str,
    items: impl Iterator<Item = (String, Option<Type>)>,
) {
    let _ = write!(out, "{name} {{ ");
    for (i, (item, ty)) in items.enumerate() {
        if i > 0 {
            out.push_str(", ");
        }
        out.push_str(&item);
        if let Some(ty) = ty {
            out.push_str(open);
            write_type(out, &ty);
            out.push_str(close);
        }
    }
    out.push_str(" }");
}

/// Checks the arguments of a call before the plugin is entered: a value that does not fit must not
/// cost the instance.
pub(crate) fn check_arguments(func: &ComponentFunc, args: &[Val]) -> Result<(), String> {
    let wanted = func.params().len();
    if wanted != args.len() {
        let s = if wanted == 1 { "" } else { "s" };
        return Err(format!(
            "it takes {wanted} argument{s}, {} given; its type is {}",
            args.len(),
            Signature::of(func)
        ));
    }
    for ((name, ty), value) in func.params().zip(args) {
        check_value(&ty, value).map_err(|e| format!("argument `{name}`: {e}"))?;
    }
    Ok(())
}

fn check_value(ty: &Type, value: &Val) -> Result<(), String> {
    let optional = |ty: Option<Type>, value: &Option<Box<Val>>| match (ty, value) {
        (None, None) => Ok(()),
        (Some(ty), Some(value)) => check_value(&ty, value),
        (None, Some(_)) => Err("a value is given where there is none".to_string()),
        (Some(ty), None) => Err(format!("a value of type {} is missing", type_text(&ty))),
    };
    match (ty, value) {
        (Type::Bool, Val::Bool(_))
        | (Type::S8, Val::S8(_))
        | (Type::U8, Val::U8(_))
        | (Type::S16, Val::S16(_))
        | (Type::U16, Val::U16(_))
        | (Type::S32, Val::S32(_))
        | (Type::U32, Val::U32(_))
        | (Type::S64, Val::S64(_))
        | (Type::U64, Val::U64(_))
        | (Type::Float32, Val::Float32(_))
        | (Type::Float64, Val::Float64(_))
        | (Type::Char, Val::Char(_))
        | (Type::String, Val::String(_)) => Ok(()),
        // Lists of bytes are common and long.
        (Type::List(t), Val::List(items))
            if t.ty() == Type::U8 && items.iter().all(|v| matches!(v, Val::U8(_))) =>
        {
            Ok(())
        }
        (Type::List(t), Val::List(items)) => {
            let ty = t.ty();
            items
                .iter()
                .enumerate()
                .try_for_each(|(i, v)| check_value(&ty, v).map_err(|e| format!("item {i}: {e}")))
        }
        (Type::FixedLengthList(t), Val::FixedLengthList(items))
            if usize::try_from(t.len()).is_ok_and(|len| len == items.len()) =>
        {
            let ty = t.ty();
            items
                .iter()
                .enumerate()
                .try_for_each(|(i, v)| check_value(&ty, v).map_err(|e| format!("item {i}: {e}")))
        }
        (Type::Map(t), Val::Map(entries)) => {
            let (key, value) = (t.key(), t.value());
            let checked = |(i, (k, v)): (usize, &(Val, Val))| {
                check_value(&key, k).map_err(|e| format!("key {i}: {e}"))?;
                check_value(&value, v).map_err(|e| format!("value {i}: {e}"))
            };
            entries.iter().enumerate().try_for_each(checked)
        }
        (Type::Option(_), Val::Option(None)) => Ok(()),
        (Type::Option(t), Val::Option(Some(value))) => check_value(&t.ty(), value),
        (Type::Result(t), Val::Result(Ok(value))) => optional(t.ok(), value),
        (Type::Result(t), Val::Result(Err(value))) => optional(t.err(), value),
        (Type::Tuple(t), Val::Tuple(items)) if t.types().len() == items.len() => t
            .types()
            .zip(items)
            .enumerate()
            .try_for_each(|(i, (t, v))| check_value(&t, v).map_err(|e| format!("item {i}: {e}"))),
        (Type::Record(t), Val::Record(fields)) if t.fields().len() == fields.len() => {
            t.fields().zip(fields).try_for_each(|(field, (name, v))| {
                if field.name == name {
                    check_value(&field.ty, v).map_err(|e| format!("field `{name}`: {e}"))
                } else {
                    Err(format!("field `{name}` where `{}` belongs", field.name))
                }
            })
        }
        (Type::Variant(t), Val::Variant(case, value)) => match t.cases().find(|c| c.name == case) {
            Some(c) => optional(c.ty, value).map_err(|e| format!("case `{case}`: {e}")),
            None => Err(format!("there is no case `{case}` in {}", type_text(ty))),
        },
        (Type::Enum(t), Val::Enum(name)) if t.names().any(|n| n == name) => Ok(()),
        (Type::Flags(t), Val::Flags(names))
            if names.iter().all(|name| t.names().any(|n| n == name)) =>
        {
            Ok(())
        }
        // wasmtime checks these against the store they belong to.
        (Type::Own(_) | Type::Borrow(_), Val::Resource(_))
        | (Type::Future(_), Val::Future(_))
        | (Type::Stream(_), Val::Stream(_)) => Ok(()),
        _ => Err(format!("it does not have the type {}", type_text(ty))),
    }
}
