//! Types of values with all that lifting and lowering need to know, computed once.

use crate::channel::Channel;
use crate::resource::Resource;
use outwit_descriptor as descriptor;
use outwit_quickjs_runtime::{Atom, ErrorKind, Js, Value, sys, throw};

/// A type and its layout in the canonical ABI.
pub struct Type {
    /// What it is.
    pub kind: Kind,
    /// The size in memory, in bytes.
    pub size: u32,
    /// The alignment in memory, in bytes.
    pub align: u32,
    /// How many core values it is when it is flattened.
    pub flat: u32,
    /// How it is called in messages.
    pub name: Box<str>,
}

/// What a type is.
pub enum Kind {
    Bool,
    /// A number other than the 64-bit integers.
    Number(Number),
    U64,
    S64,
    Char,
    String,
    List(&'static Type),
    /// A list of numbers: in JavaScript a typed array.
    NumberList(Elements),
    Record(Box<[Field]>),
    Tuple(Box<[Item]>),
    Variant(Cases),
    Enum(Cases),
    Flags(Box<[Flag]>),
    /// An option; `nested` where its value is an option again.
    Option {
        value: &'static Type,
        offset: u32,
        nested: bool,
    },
    Result {
        ok: Option<&'static Type>,
        err: Option<&'static Type>,
        offset: u32,
    },
    Own(&'static Resource),
    Borrow(&'static Resource),
    Map(Entries),
    FixedList(FixedList),
    Stream(&'static Channel),
    Future(&'static Channel),
}

/// A number that JavaScript has as a Number.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Number {
    U8,
    S8,
    U16,
    S16,
    U32,
    S32,
    F32,
    F64,
}

/// The numbers of a list.
#[derive(Clone, Copy)]
pub struct Elements {
    /// The type of one, for those that are not given as a typed array.
    pub ty: &'static Type,
    /// Which typed array.
    pub array: sys::JSTypedArrayEnum,
    /// How it is called.
    pub array_name: &'static str,
}

impl Elements {
    /// Whether a value is the typed array of these numbers.
    #[inline]
    pub fn fits(&self, value: sys::JSValue) -> bool {
        use sys::{JSTypedArrayEnum_JS_TYPED_ARRAY_UINT8, JSTypedArrayEnum_JS_TYPED_ARRAY_UINT8C};
        // SAFETY: the value is alive.
        let kind = unsafe { sys::JS_GetTypedArrayType(value) };
        kind == self.array as i32
            || self.array == JSTypedArrayEnum_JS_TYPED_ARRAY_UINT8
                && kind == JSTypedArrayEnum_JS_TYPED_ARRAY_UINT8C as i32
    }
}

/// The entries of a map.
pub struct Entries {
    pub key: &'static Type,
    pub value: &'static Type,
    /// The size of one in memory.
    pub size: u32,
    pub value_offset: u32,
}

/// A list of as many elements as its type says.
pub struct FixedList {
    pub element: &'static Type,
    pub length: u32,
    /// If the elements are numbers: the typed array they are in JavaScript.
    pub numbers: Option<Elements>,
}

/// A field of a record.
pub struct Field {
    pub name: Atom,
    pub js_name: Box<str>,
    pub ty: &'static Type,
    pub offset: u32,
}

/// A part of a tuple, or a parameter of a function in memory.
pub struct Item {
    pub ty: &'static Type,
    pub offset: u32,
}

/// A label of flags.
pub struct Flag {
    pub name: Atom,
    pub js_name: Box<str>,
}

/// The cases of a variant or an enum.
pub struct Cases {
    pub cases: Box<[Case]>,
    /// The size of the discriminant, in bytes.
    pub tag_size: u32,
    /// Where payloads are.
    pub offset: u32,
}

/// A case of a variant or an enum.
pub struct Case {
    pub atom: Atom,
    /// The name as a JavaScript string.
    pub tag: Value,
    pub name: Box<str>,
    pub ty: Option<&'static Type>,
}

/// The size of the largest type, in bytes: more cannot be addressed by a signed 32-bit offset.
const LARGEST: u32 = i32::MAX as u32;

/// The types of a world, leaked: they live as long as the memory does.
pub fn types(world: &descriptor::World, resources: &[&'static Resource]) -> Js<Vec<&'static Type>> {
    let mut types = Vec::with_capacity(world.types.len());
    for ty in &world.types {
        let ty: &'static Type = Box::leak(Box::new(Type::new(ty, &types, resources)?));
        if ty.size > LARGEST {
            let message = format!("a value of type {} is too large to be passed", ty.name);
            return Err(throw(ErrorKind::Range, &message));
        }
        types.push(ty);
    }
    Ok(types)
}

impl Type {
    fn new(
        ty: &descriptor::Type,
        types: &[&'static Type],
        resources: &[&'static Resource],
    ) -> Js<Type> {
        use descriptor::Type as D;
        let at = |index: &u32| types[*index as usize];
        let maybe = |index: &Option<u32>| index.as_ref().map(at);
        let resource = |index: &u32| resources[*index as usize];
        Ok(match ty {
            D::Bool => scalar(Kind::Bool, 1, "bool"),
            D::U8 => scalar(Kind::Number(Number::U8), 1, "u8"),
            D::S8 => scalar(Kind::Number(Number::S8), 1, "s8"),
            D::U16 => scalar(Kind::Number(Number::U16), 2, "u16"),
            D::S16 => scalar(Kind::Number(Number::S16), 2, "s16"),
            D::U32 => scalar(Kind::Number(Number::U32), 4, "u32"),
            D::S32 => scalar(Kind::Number(Number::S32), 4, "s32"),
            D::F32 => scalar(Kind::Number(Number::F32), 4, "f32"),
            D::F64 => scalar(Kind::Number(Number::F64), 8, "f64"),
            D::U64 => scalar(Kind::U64, 8, "u64"),
            D::S64 => scalar(Kind::S64, 8, "s64"),
            D::Char => scalar(Kind::Char, 4, "char"),
            D::String => Type {
                flat: 2,
                ..layout(Kind::String, 8, 4, "string")
            },
            D::List(element) => list(at(element)),
            D::Record(fields) => {
                let (items, size, align, flat) = tuple(fields.iter().map(|field| at(&field.ty)));
                let mut out = Vec::with_capacity(items.len());
                for (item, field) in items.iter().zip(fields) {
                    out.push(Field {
                        name: Atom::new(&field.js_name)?,
                        js_name: field.js_name.as_str().into(),
                        ty: item.ty,
                        offset: item.offset,
                    });
                }
                Type {
                    flat,
                    ..layout(Kind::Record(out.into()), size, align, "record")
                }
            }
            D::Tuple(parts) => {
                let (items, size, align, flat) = tuple(parts.iter().map(at));
                let names: Vec<&str> = items.iter().map(|item| &*item.ty.name).collect();
                let name = format!("tuple<{}>", names.join(", "));
                Type {
                    flat,
                    ..layout(Kind::Tuple(items.into()), size, align, &name)
                }
            }
            D::Variant(cases) => variant(
                cases
                    .iter()
                    .map(|case| (case.tag.as_str(), maybe(&case.ty))),
                Kind::Variant,
            )?,
            D::Enum(names) => variant(names.iter().map(|name| (name.as_str(), None)), Kind::Enum)?,
            D::Flags(names) => flags(names)?,
            D::Option(value) => {
                let value = at(value);
                let nested = matches!(value.kind, Kind::Option { .. });
                let (size, align, offset) = sum(1, [Some(value)].into_iter());
                let kind = Kind::Option {
                    value,
                    offset,
                    nested,
                };
                Type {
                    flat: value.flat.saturating_add(1),
                    ..layout(kind, size, align, &format!("option<{}>", value.name))
                }
            }
            D::Result { ok, err } => {
                let (ok, err) = (maybe(ok), maybe(err));
                let (size, align, offset) = sum(1, [ok, err].into_iter());
                let flat = ok.map_or(0, |ty| ty.flat).max(err.map_or(0, |ty| ty.flat));
                Type {
                    flat: flat.saturating_add(1),
                    ..layout(
                        Kind::Result { ok, err, offset },
                        size,
                        align,
                        &result_name(ok, err),
                    )
                }
            }
            D::Own(index) => {
                let resource = resource(index);
                scalar(Kind::Own(resource), 4, &resource.js_name)
            }
            D::Borrow(index) => {
                let resource = resource(index);
                let name = format!("borrow<{}>", resource.js_name);
                scalar(Kind::Borrow(resource), 4, &name)
            }
            D::Map { key, value } => map(at(key), at(value)),
            D::FixedList { element, length } => fixed_list(at(element), *length),
            D::Stream { element, dispatch } => channel(maybe(element), *dispatch, true),
            D::Future { element, dispatch } => channel(maybe(element), *dispatch, false),
            other => {
                let message = format!("this engine does not know the type {other:?}");
                return Err(outwit_quickjs_runtime::throw(
                    outwit_quickjs_runtime::ErrorKind::Error,
                    &message,
                ));
            }
        })
    }
}

fn result_name(ok: Option<&Type>, err: Option<&Type>) -> String {
    match (ok, err) {
        (None, None) => "result".to_owned(),
        (Some(ok), None) => format!("result<{}>", ok.name),
        (None, Some(err)) => format!("result<_, {}>", err.name),
        (Some(ok), Some(err)) => format!("result<{}, {}>", ok.name, err.name),
    }
}

fn layout(kind: Kind, size: u32, align: u32, name: &str) -> Type {
    Type {
        kind,
        size,
        align,
        flat: 1,
        name: shortened(name),
    }
}

/// A name that people still read. One that repeats a part in each part of it doubles with each level.
fn shortened(name: &str) -> Box<str> {
    const MOST: usize = 1000;
    match name.char_indices().nth(MOST) {
        None => name.into(),
        Some((end, _)) => format!("{}…", &name[..end]).into(),
    }
}

fn scalar(kind: Kind, size: u32, name: &str) -> Type {
    layout(kind, size, size, name)
}

/// The typed array of numbers of this type.
fn elements(element: &'static Type) -> Option<Elements> {
    use sys::*;
    let array = match element.kind {
        Kind::Number(Number::U8) => Some((JSTypedArrayEnum_JS_TYPED_ARRAY_UINT8, "Uint8Array")),
        Kind::Number(Number::S8) => Some((JSTypedArrayEnum_JS_TYPED_ARRAY_INT8, "Int8Array")),
        Kind::Number(Number::U16) => Some((JSTypedArrayEnum_JS_TYPED_ARRAY_UINT16, "Uint16Array")),
        Kind::Number(Number::S16) => Some((JSTypedArrayEnum_JS_TYPED_ARRAY_INT16, "Int16Array")),
        Kind::Number(Number::U32) => Some((JSTypedArrayEnum_JS_TYPED_ARRAY_UINT32, "Uint32Array")),
        Kind::Number(Number::S32) => Some((JSTypedArrayEnum_JS_TYPED_ARRAY_INT32, "Int32Array")),
        Kind::Number(Number::F32) => {
            Some((JSTypedArrayEnum_JS_TYPED_ARRAY_FLOAT32, "Float32Array"))
        }
        Kind::Number(Number::F64) => {
            Some((JSTypedArrayEnum_JS_TYPED_ARRAY_FLOAT64, "Float64Array"))
        }
        Kind::U64 => Some((JSTypedArrayEnum_JS_TYPED_ARRAY_BIG_UINT64, "BigUint64Array")),
        Kind::S64 => Some((JSTypedArrayEnum_JS_TYPED_ARRAY_BIG_INT64, "BigInt64Array")),
        _ => None,
    };
    array.map(|(array, array_name)| Elements {
        ty: element,
        array,
        array_name,
    })
}

fn list(element: &'static Type) -> Type {
    let kind = match elements(element) {
        Some(elements) => Kind::NumberList(elements),
        None => Kind::List(element),
    };
    Type {
        flat: 2,
        ..layout(kind, 8, 4, &format!("list<{}>", element.name))
    }
}

fn map(key: &'static Type, value: &'static Type) -> Type {
    let (items, size, ..) = tuple([key, value].into_iter());
    let kind = Kind::Map(Entries {
        key,
        value,
        size,
        value_offset: items[1].offset,
    });
    Type {
        flat: 2,
        ..layout(kind, 8, 4, &format!("map<{}, {}>", key.name, value.name))
    }
}

fn fixed_list(element: &'static Type, length: u32) -> Type {
    let kind = Kind::FixedList(FixedList {
        element,
        length,
        numbers: elements(element),
    });
    let name = format!("list<{}, {length}>", element.name);
    let size = element.size.saturating_mul(length);
    Type {
        flat: element.flat.saturating_mul(length),
        ..layout(kind, size, element.align, &name)
    }
}

fn channel(element: Option<&'static Type>, dispatch: u32, is_stream: bool) -> Type {
    let list = element.map(|element| -> &'static Type { Box::leak(Box::new(list(element))) });
    let channel = Channel::new(element, list, dispatch, is_stream);
    let kind = if is_stream {
        Kind::Stream(channel)
    } else {
        Kind::Future(channel)
    };
    scalar(kind, 4, &channel.name)
}

/// Lays parts out one after the other: the parts, size, alignment, number of core values.
pub fn tuple(parts: impl Iterator<Item = &'static Type>) -> (Vec<Item>, u32, u32, u32) {
    let (mut size, mut align, mut flat) = (0u32, 1, 0u32);
    let mut items = Vec::new();
    for ty in parts {
        let offset = aligned(size, ty.align);
        items.push(Item { ty, offset });
        size = offset.saturating_add(ty.size);
        align = align.max(ty.align);
        flat = flat.saturating_add(ty.flat);
    }
    (items, aligned(size, align), align, flat)
}

/// The next multiple, or what is too large in any case.
fn aligned(size: u32, align: u32) -> u32 {
    size.checked_next_multiple_of(align).unwrap_or(u32::MAX)
}

/// Lays alternatives out over each other after a discriminant: size, alignment, offset of payloads.
fn sum(
    tag_size: u32,
    payloads: impl Iterator<Item = Option<&'static Type>> + Clone,
) -> (u32, u32, u32) {
    let payload_align = payloads
        .clone()
        .flatten()
        .map(|ty| ty.align)
        .max()
        .unwrap_or(1);
    let payload_size = payloads.flatten().map(|ty| ty.size).max().unwrap_or(0);
    let align = tag_size.max(payload_align);
    let offset = tag_size.next_multiple_of(payload_align);
    (
        aligned(offset.saturating_add(payload_size), align),
        align,
        offset,
    )
}

fn variant<'a>(
    cases: impl ExactSizeIterator<Item = (&'a str, Option<&'static Type>)> + Clone,
    kind: fn(Cases) -> Kind,
) -> Js<Type> {
    let tag_size = match cases.len() {
        0..=0x100 => 1,
        0x101..=0x1_0000 => 2,
        _ => 4,
    };
    let (size, align, offset) = sum(tag_size, cases.clone().map(|(_, ty)| ty));
    let mut out = Vec::with_capacity(cases.len());
    let mut flat = 0;
    for (name, ty) in cases {
        flat = flat.max(ty.map_or(0, |ty| ty.flat));
        let (atom, tag) = (Atom::new(name)?, Value::string(name)?);
        out.push(Case {
            atom,
            tag,
            name: name.into(),
            ty,
        });
    }
    let kind = kind(Cases {
        cases: out.into(),
        tag_size,
        offset,
    });
    let name = if matches!(kind, Kind::Enum(_)) {
        "enum"
    } else {
        "variant"
    };
    Ok(Type {
        flat: flat.saturating_add(1),
        ..layout(kind, size, align, name)
    })
}

fn flags(names: &[String]) -> Js<Type> {
    let mut out = Vec::with_capacity(names.len());
    for name in names {
        out.push(Flag {
            name: Atom::new(name)?,
            js_name: name.as_str().into(),
        });
    }
    let words = (names.len() as u32).div_ceil(32);
    let (size, align) = match names.len() {
        0..=8 => (1, 1),
        9..=16 => (2, 2),
        _ => (4 * words, 4),
    };
    Ok(Type {
        flat: words.max(1),
        ..layout(Kind::Flags(out.into()), size, align, "flags")
    })
}
