//! Random values, with a liking for the edges.

use super::Random;
use super::types::{Named, Type, World};
use wasmtime::component::Val;

pub fn value(world: &World, ty: &Type, random: &mut Random) -> Val {
    let boxed = |ty: &Type, random: &mut Random| Box::new(value(world, ty, random));
    match ty {
        Type::Plain(name) => plain(name, random),
        Type::List(ty) => {
            let length = match random.below(6) {
                0 => 0,
                5 => random.below(60),
                n => n,
            };
            Val::List((0..length).map(|_| value(world, ty, random)).collect())
        }
        Type::FixedList(ty, length) => {
            Val::FixedLengthList((0..*length).map(|_| value(world, ty, random)).collect())
        }
        Type::Map(key, ty) => {
            let mut entries: Vec<(Val, Val)> = Vec::new();
            for _ in 0..random.below(6) {
                let key = plain(key, random);
                if !entries.iter().any(|(known, _)| *known == key) {
                    entries.push((key, value(world, ty, random)));
                }
            }
            Val::Map(entries)
        }
        Type::Option(ty) => Val::Option((!random.chance(3)).then(|| boxed(ty, random))),
        Type::Tuple(types) => Val::Tuple(types.iter().map(|ty| value(world, ty, random)).collect()),
        Type::Result(ok, err) => {
            let half = |ty: &Option<Box<Type>>, random: &mut Random| {
                ty.as_ref().map(|ty| boxed(ty, random))
            };
            Val::Result(if random.chance(2) {
                Ok(half(ok, random))
            } else {
                Err(half(err, random))
            })
        }
        Type::Named(number) => match &world.named[*number] {
            Named::Record(fields) => Val::Record(
                fields
                    .iter()
                    .map(|(name, ty)| (name.clone(), value(world, ty, random)))
                    .collect(),
            ),
            Named::Variant(cases) => {
                let (name, ty) = &cases[random.below(cases.len() as u64) as usize];
                Val::Variant(name.clone(), ty.as_ref().map(|ty| boxed(ty, random)))
            }
            Named::Enum(cases) => {
                Val::Enum(cases[random.below(cases.len() as u64) as usize].clone())
            }
            Named::Flags(flags) => {
                Val::Flags(flags.iter().filter(|_| random.chance(2)).cloned().collect())
            }
        },
    }
}

fn plain(name: &str, random: &mut Random) -> Val {
    // One in three is an edge: all zeros, all ones, the sign alone, all but the sign.
    let bits = match random.below(12) {
        0 => 0,
        1 => u64::MAX,
        2 => 0x8000_0000_8000_8080,
        3 => 0x7fff_ffff_7fff_7f7f,
        _ => random.next(),
    };
    match name {
        "bool" => Val::Bool(bits & 1 == 1),
        "u8" => Val::U8(bits as u8),
        "s8" => Val::S8(bits as i8),
        "u16" => Val::U16(bits as u16),
        "s16" => Val::S16(bits as i16),
        "u32" => Val::U32(bits as u32),
        "s32" => Val::S32(bits as i32),
        "u64" => Val::U64(bits),
        "s64" => Val::S64(bits as i64),
        "f32" => Val::Float32(float32(bits as u32, random)),
        "f64" => Val::Float64(float64(bits, random)),
        "char" => Val::Char(character(random)),
        "string" => {
            let length = if random.chance(8) {
                300
            } else {
                random.below(12)
            };
            Val::String((0..length).map(|_| character(random)).collect())
        }
        other => panic!("{other} is not a plain type"),
    }
}

fn float32(bits: u32, random: &mut Random) -> f32 {
    match random.below(8) {
        0 => -0.0,
        1 => f32::INFINITY,
        2 => f32::NAN,
        3 => f32::MIN_POSITIVE / 4.0,
        4 => bits as f32,
        _ => f32::from_bits(bits),
    }
}

fn float64(bits: u64, random: &mut Random) -> f64 {
    match random.below(8) {
        0 => -0.0,
        1 => f64::NEG_INFINITY,
        2 => f64::NAN,
        3 => 5e-324,
        4 => (bits >> 40) as f64,
        _ => f64::from_bits(bits),
    }
}

fn character(random: &mut Random) -> char {
    let below = match random.below(6) {
        0 => 0x80,
        1 => 0x800,
        2 => 0x1_0000,
        3 => 0x11_0000,
        _ => 0x7f,
    };
    // What falls among the surrogates is no character.
    char::from_u32(random.below(below) as u32).unwrap_or('\u{e000}')
}

/// The text of values that are the same: any NaN is every NaN, and flags have no order.
pub fn normal(values: &[Val]) -> String {
    format!("{:?}", values.iter().map(in_order).collect::<Vec<_>>())
}

fn in_order(value: &Val) -> Val {
    let boxed = |value: &Option<Box<Val>>| value.as_ref().map(|value| Box::new(in_order(value)));
    match value {
        Val::Float32(f) if f.is_nan() => Val::Float32(f32::NAN),
        Val::Float64(f) if f.is_nan() => Val::Float64(f64::NAN),
        Val::List(values) => Val::List(values.iter().map(in_order).collect()),
        Val::FixedLengthList(values) => Val::FixedLengthList(values.iter().map(in_order).collect()),
        Val::Map(entries) => Val::Map(
            entries
                .iter()
                .map(|(key, value)| (key.clone(), in_order(value)))
                .collect(),
        ),
        Val::Tuple(values) => Val::Tuple(values.iter().map(in_order).collect()),
        Val::Record(fields) => Val::Record(
            fields
                .iter()
                .map(|(name, value)| (name.clone(), in_order(value)))
                .collect(),
        ),
        Val::Variant(name, value) => Val::Variant(name.clone(), boxed(value)),
        Val::Option(value) => Val::Option(boxed(value)),
        Val::Result(Ok(value)) => Val::Result(Ok(boxed(value))),
        Val::Result(Err(value)) => Val::Result(Err(boxed(value))),
        Val::Flags(flags) => {
            let mut flags = flags.clone();
            flags.sort();
            Val::Flags(flags)
        }
        value => value.clone(),
    }
}
