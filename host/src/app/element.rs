//! An element of a stream, or the value of a future, of whatever type its component gives it.
//!
//! wasmtime reads and writes the elements of streams by Rust types that are known when the host is
//! compiled. [`Element`] is one such type for all types of the component model: it looks at the type
//! the component has at that place and reads or writes a [`Val`].

// The traits by which wasmtime reads and writes elements are marked unsafe. What they ask for is
// answered at each implementation; the code itself is safe.
#![allow(unsafe_code)]

use std::cell::Cell;
use std::mem::{MaybeUninit, size_of};

use wasmtime::component::__internal::wasmtime_environ::component::{TypeFlags, VariantInfo};
use wasmtime::component::__internal::{
    CanonicalAbiInfo, InstanceType, InterfaceType, LiftContext, LowerContext,
};
use wasmtime::component::{ComponentType, FutureAny, Lift, Lower, ResourceAny, StreamAny, Val};
use wasmtime::{Result, ValRaw, bail, format_err};

/// A value of any type.
pub(crate) struct Element(pub(crate) Val);

thread_local! {
    /// Which of the elements of one read is the next.
    ///
    /// wasmtime computes where an element is from a size that has to be known to the compiler. Elements
    /// say they have none, so all of a read appear to be where the first one is, in turn.
    static NEXT: Cell<usize> = const { Cell::new(0) };
}

/// Tells that the elements that are read next are the first ones of a write of the component. Each write
/// is read from once.
pub(crate) fn begin_read() {
    NEXT.set(0);
}

// What makes this trait unsafe is that `Lower` describes the core values a function takes. An element is
// never a parameter: the functions for those give errors. The size is not that of the elements: the
// functions below compute with the sizes of the component's types, and every access to its memory
// is checked.
unsafe impl ComponentType for Element {
    type Lower = [ValRaw; 0];
    const ABI: CanonicalAbiInfo = CanonicalAbiInfo::ZERO;

    // The types of both ends of a link were compared when the app was built; here any will do.
    fn typecheck(_: &InterfaceType, _: &InstanceType<'_>) -> Result<()> {
        Ok(())
    }
}

// As above.
unsafe impl Lift for Element {
    fn linear_lift_from_flat(
        _: &mut LiftContext<'_>,
        _: InterfaceType,
        _: &Self::Lower,
    ) -> Result<Self> {
        bail!("an element is not a parameter")
    }

    fn linear_lift_from_memory(
        cx: &mut LiftContext<'_>,
        ty: InterfaceType,
        first: &[u8],
    ) -> Result<Self> {
        let index = NEXT.get();
        NEXT.set(index.saturating_add(1));
        let memory = cx.memory();
        let first = first
            .as_ptr()
            .addr()
            .checked_sub(memory.as_ptr().addr())
            .ok_or_else(out_of_bounds)?;
        let abi = cx.types.canonical_abi(&ty);
        let size = usize::try_from(abi.size32)?;
        if !first.is_multiple_of(usize::try_from(abi.align32)?) {
            bail!("write pointer not aligned");
        }
        let at = index.checked_mul(size).and_then(|n| n.checked_add(first));
        let bytes = part(memory, at.ok_or_else(out_of_bounds)?, size)?;
        load(cx, ty, bytes).map(Element)
    }
}

// As above.
unsafe impl Lower for Element {
    fn linear_lower_to_flat<T>(
        &self,
        _: &mut LowerContext<'_, T>,
        _: InterfaceType,
        _: &mut MaybeUninit<Self::Lower>,
    ) -> Result<()> {
        bail!("an element is not a parameter")
    }

    fn linear_lower_to_memory<T>(
        &self,
        cx: &mut LowerContext<'_, T>,
        ty: InterfaceType,
        offset: usize,
    ) -> Result<()> {
        Element::linear_store_list_to_memory(cx, ty, offset, std::slice::from_ref(self))
    }

    fn linear_store_list_to_memory<T>(
        cx: &mut LowerContext<'_, T>,
        ty: InterfaceType,
        mut offset: usize,
        items: &[Self],
    ) -> Result<()> {
        let abi = cx.types.canonical_abi(&ty);
        let size = usize::try_from(abi.size32)?;
        if !offset.is_multiple_of(usize::try_from(abi.align32)?) {
            bail!("read pointer not aligned");
        }
        let end = items.len().checked_mul(size);
        let end = end.and_then(|n| n.checked_add(offset));
        if end.is_none_or(|end| end > cx.as_slice_mut().len()) {
            return Err(out_of_bounds());
        }
        for Element(item) in items {
            store(cx, ty, item, offset)?;
            offset += size;
        }
        Ok(())
    }
}

fn out_of_bounds() -> wasmtime::Error {
    format_err!("pointer out of bounds of memory")
}

fn mismatch(value: &Val) -> wasmtime::Error {
    format_err!("an element does not have the type of its stream: {value:?}")
}

fn part(bytes: &[u8], at: usize, size: usize) -> Result<&[u8]> {
    at.checked_add(size)
        .and_then(|end| bytes.get(at..end))
        .ok_or_else(out_of_bounds)
}

/// Two words: where something is, and how many there are.
fn pointer(bytes: &[u8]) -> Result<(usize, usize)> {
    let word = |at| -> Result<usize> {
        let bytes = part(bytes, at, 4)?.try_into()?;
        Ok(usize::try_from(u32::from_le_bytes(bytes))?)
    };
    Ok((word(0)?, word(4)?))
}

// ---- reading ------------------------------------------------------------------------------------

/// Reads a value whose memory is `bytes`.
fn load(cx: &mut LiftContext<'_>, ty: InterfaceType, bytes: &[u8]) -> Result<Val> {
    macro_rules! scalar {
        ($case:ident, $rust:ty) => {
            Val::$case(<$rust>::linear_lift_from_memory(cx, ty, bytes)?)
        };
    }
    let types = cx.types;
    Ok(match ty {
        InterfaceType::Bool => scalar!(Bool, bool),
        InterfaceType::S8 => scalar!(S8, i8),
        InterfaceType::U8 => scalar!(U8, u8),
        InterfaceType::S16 => scalar!(S16, i16),
        InterfaceType::U16 => scalar!(U16, u16),
        InterfaceType::S32 => scalar!(S32, i32),
        InterfaceType::U32 => scalar!(U32, u32),
        InterfaceType::S64 => scalar!(S64, i64),
        InterfaceType::U64 => scalar!(U64, u64),
        InterfaceType::Float32 => scalar!(Float32, f32),
        InterfaceType::Float64 => scalar!(Float64, f64),
        InterfaceType::Char => scalar!(Char, char),
        InterfaceType::String => scalar!(String, String),
        InterfaceType::Own(_) | InterfaceType::Borrow(_) => scalar!(Resource, ResourceAny),
        InterfaceType::Stream(_) => scalar!(Stream, StreamAny),
        InterfaceType::Future(_) => scalar!(Future, FutureAny),
        InterfaceType::ErrorContext(_) => bail!("an error-context cannot leave its instance"),
        InterfaceType::List(list) => {
            let (at, length) = pointer(bytes)?;
            Val::List(load_all(cx, types[list].element, at, length)?)
        }
        InterfaceType::FixedLengthList(list) => {
            let list = &types[list];
            let size = usize::try_from(types.canonical_abi(&list.element).size32)?;
            let length = usize::try_from(list.size)?;
            cx.consume_fuel_array(length, size_of::<Val>())?;
            let items = (0..length).map(|n| load(cx, list.element, part(bytes, n * size, size)?));
            Val::FixedLengthList(items.collect::<Result<_>>()?)
        }
        InterfaceType::Map(map) => {
            let map = &types[map];
            let (at, length) = pointer(bytes)?;
            let size = usize::try_from(map.entry_abi.size32)?;
            let value_at = usize::try_from(map.value_offset32)?;
            let key_size = usize::try_from(types.canonical_abi(&map.key).size32)?;
            let value_size = usize::try_from(types.canonical_abi(&map.value).size32)?;
            let bytes = all_of(cx, at, length, size, map.entry_abi.align32)?;
            cx.consume_fuel_array(length, size_of::<(Val, Val)>())?;
            let entries = (0..length).map(|n| {
                let entry = part(bytes, n * size, size)?;
                let key = load(cx, map.key, part(entry, 0, key_size)?)?;
                let value = load(cx, map.value, part(entry, value_at, value_size)?)?;
                Ok((key, value))
            });
            Val::Map(entries.collect::<Result<_>>()?)
        }
        InterfaceType::Record(record) => {
            let fields = &types[record].fields;
            cx.consume_fuel_array(fields.len(), size_of::<(String, Val)>())?;
            let mut offset = 0;
            let fields = fields.iter().map(|field| {
                cx.consume_fuel(field.name.len())?;
                let value = load_next(cx, field.ty, bytes, &mut offset)?;
                Ok((field.name.to_string(), value))
            });
            Val::Record(fields.collect::<Result<_>>()?)
        }
        InterfaceType::Tuple(tuple) => {
            let items = &types[tuple].types;
            cx.consume_fuel_array(items.len(), size_of::<Val>())?;
            let mut offset = 0;
            let items = items
                .iter()
                .map(|ty| load_next(cx, *ty, bytes, &mut offset));
            Val::Tuple(items.collect::<Result<_>>()?)
        }
        InterfaceType::Variant(variant) => {
            let variant = &types[variant];
            let case = discriminant(&variant.info, bytes)?;
            let (name, ty) = variant.cases.get_index(case).ok_or_else(no_such_case)?;
            cx.consume_fuel(name.len())?;
            let payload = load_payload(cx, &variant.info, *ty, bytes)?;
            Val::Variant(name.clone(), payload)
        }
        InterfaceType::Enum(cases) => {
            let cases = &types[cases];
            let case = discriminant(&cases.info, bytes)?;
            let name = cases.names.iter().nth(case).ok_or_else(no_such_case)?;
            cx.consume_fuel(name.len())?;
            Val::Enum(name.clone())
        }
        InterfaceType::Option(option) => {
            let option = &types[option];
            match discriminant(&option.info, bytes)? {
                0 => Val::Option(None),
                1 => Val::Option(load_payload(cx, &option.info, Some(option.ty), bytes)?),
                _ => return Err(no_such_case()),
            }
        }
        InterfaceType::Result(result) => {
            let result = &types[result];
            Val::Result(match discriminant(&result.info, bytes)? {
                0 => Ok(load_payload(cx, &result.info, result.ok, bytes)?),
                1 => Err(load_payload(cx, &result.info, result.err, bytes)?),
                _ => return Err(no_such_case()),
            })
        }
        InterfaceType::Flags(flags) => {
            let flags = &types[flags];
            let mut set = Vec::new();
            for (n, name) in flags.names.iter().enumerate() {
                // Bits are in little-endian order, whatever the width.
                let byte = bytes.get(n / 8).copied().unwrap_or_default();
                if byte >> (n % 8) & 1 == 1 {
                    cx.consume_fuel(size_of::<String>().saturating_add(name.len()))?;
                    set.push(name.clone());
                }
            }
            Val::Flags(set)
        }
    })
}

/// Reads the field that comes next in a record.
fn load_next(
    cx: &mut LiftContext<'_>,
    ty: InterfaceType,
    bytes: &[u8],
    offset: &mut u32,
) -> Result<Val> {
    let abi = cx.types.canonical_abi(&ty);
    let at = usize::try_from(abi.next_field32(offset))?;
    let size = usize::try_from(abi.size32)?;
    load(cx, ty, part(bytes, at, size)?)
}

/// The memory of some elements.
fn all_of<'a>(
    cx: &LiftContext<'a>,
    at: usize,
    length: usize,
    size: usize,
    align: u32,
) -> Result<&'a [u8]> {
    if !at.is_multiple_of(usize::try_from(align)?) {
        bail!("list pointer is not aligned");
    }
    part(
        cx.memory(),
        at,
        length.checked_mul(size).ok_or_else(out_of_bounds)?,
    )
}

fn load_all(
    cx: &mut LiftContext<'_>,
    ty: InterfaceType,
    at: usize,
    length: usize,
) -> Result<Vec<Val>> {
    let abi = cx.types.canonical_abi(&ty);
    let size = usize::try_from(abi.size32)?;
    let bytes = all_of(cx, at, length, size, abi.align32)?;
    cx.consume_fuel_array(length, size_of::<Val>())?;
    (0..length)
        .map(|n| load(cx, ty, part(bytes, n * size, size)?))
        .collect()
}

fn discriminant(info: &VariantInfo, bytes: &[u8]) -> Result<usize> {
    let bytes = part(bytes, 0, usize::from(info.size))?;
    let number = bytes
        .iter()
        .rev()
        .fold(0, |n: u32, b| n << 8 | u32::from(*b));
    Ok(usize::try_from(number)?)
}

fn no_such_case() -> wasmtime::Error {
    format_err!("discriminant out of range")
}

fn load_payload(
    cx: &mut LiftContext<'_>,
    info: &VariantInfo,
    ty: Option<InterfaceType>,
    bytes: &[u8],
) -> Result<Option<Box<Val>>> {
    let Some(ty) = ty else {
        return Ok(None);
    };
    cx.consume_fuel(size_of::<Val>())?;
    let size = usize::try_from(cx.types.canonical_abi(&ty).size32)?;
    let at = usize::try_from(info.payload_offset32)?;
    Ok(Some(Box::new(load(cx, ty, part(bytes, at, size)?)?)))
}

// ---- writing ------------------------------------------------------------------------------------

/// Writes a value to memory at `at`.
fn store<T>(cx: &mut LowerContext<'_, T>, ty: InterfaceType, value: &Val, at: usize) -> Result<()> {
    let types = cx.types;
    match (ty, value) {
        (InterfaceType::Bool, Val::Bool(v)) => v.linear_lower_to_memory(cx, ty, at),
        (InterfaceType::S8, Val::S8(v)) => v.linear_lower_to_memory(cx, ty, at),
        (InterfaceType::U8, Val::U8(v)) => v.linear_lower_to_memory(cx, ty, at),
        (InterfaceType::S16, Val::S16(v)) => v.linear_lower_to_memory(cx, ty, at),
        (InterfaceType::U16, Val::U16(v)) => v.linear_lower_to_memory(cx, ty, at),
        (InterfaceType::S32, Val::S32(v)) => v.linear_lower_to_memory(cx, ty, at),
        (InterfaceType::U32, Val::U32(v)) => v.linear_lower_to_memory(cx, ty, at),
        (InterfaceType::S64, Val::S64(v)) => v.linear_lower_to_memory(cx, ty, at),
        (InterfaceType::U64, Val::U64(v)) => v.linear_lower_to_memory(cx, ty, at),
        (InterfaceType::Float32, Val::Float32(v)) => v.linear_lower_to_memory(cx, ty, at),
        (InterfaceType::Float64, Val::Float64(v)) => v.linear_lower_to_memory(cx, ty, at),
        (InterfaceType::Char, Val::Char(v)) => v.linear_lower_to_memory(cx, ty, at),
        (InterfaceType::String, Val::String(v)) => v.linear_lower_to_memory(cx, ty, at),
        (InterfaceType::Own(_) | InterfaceType::Borrow(_), Val::Resource(v)) => {
            v.linear_lower_to_memory(cx, ty, at)
        }
        (InterfaceType::Stream(_), Val::Stream(v)) => v.linear_lower_to_memory(cx, ty, at),
        (InterfaceType::Future(_), Val::Future(v)) => v.linear_lower_to_memory(cx, ty, at),
        (InterfaceType::List(list), Val::List(items)) => {
            let element = types[list].element;
            let abi = types.canonical_abi(&element);
            let size = usize::try_from(abi.size32)?;
            let start = allocate(cx, items.len(), size, abi.align32)?;
            for (n, item) in items.iter().enumerate() {
                store(cx, element, item, start + n * size)?;
            }
            put_pointer(cx, at, start, items.len())
        }
        (InterfaceType::FixedLengthList(list), Val::FixedLengthList(items)) => {
            let list = &types[list];
            if usize::try_from(list.size)? != items.len() {
                return Err(mismatch(value));
            }
            let size = usize::try_from(types.canonical_abi(&list.element).size32)?;
            for (n, item) in items.iter().enumerate() {
                store(cx, list.element, item, at + n * size)?;
            }
            Ok(())
        }
        (InterfaceType::Map(map), Val::Map(entries)) => {
            let map = &types[map];
            let size = usize::try_from(map.entry_abi.size32)?;
            let value_at = usize::try_from(map.value_offset32)?;
            let start = allocate(cx, entries.len(), size, map.entry_abi.align32)?;
            for (n, (key, value)) in entries.iter().enumerate() {
                store(cx, map.key, key, start + n * size)?;
                store(cx, map.value, value, start + n * size + value_at)?;
            }
            put_pointer(cx, at, start, entries.len())
        }
        (InterfaceType::Record(record), Val::Record(values)) => {
            let fields = &types[record].fields;
            if fields.len() != values.len() {
                return Err(mismatch(value));
            }
            let mut offset = at;
            for (field, (name, item)) in fields.iter().zip(values) {
                if field.name != *name {
                    return Err(mismatch(value));
                }
                let abi = types.canonical_abi(&field.ty);
                store(cx, field.ty, item, abi.next_field32_size(&mut offset))?;
            }
            Ok(())
        }
        (InterfaceType::Tuple(tuple), Val::Tuple(values)) => {
            let items = &types[tuple].types;
            if items.len() != values.len() {
                return Err(mismatch(value));
            }
            let mut offset = at;
            for (ty, item) in items.iter().zip(values) {
                let abi = types.canonical_abi(ty);
                store(cx, *ty, item, abi.next_field32_size(&mut offset))?;
            }
            Ok(())
        }
        (InterfaceType::Variant(variant), Val::Variant(name, payload)) => {
            let variant = &types[variant];
            let (case, _, ty) = variant.cases.get_full(name).ok_or_else(no_such_case)?;
            store_case(cx, &variant.info, case, at)?;
            store_payload(cx, &variant.info, *ty, payload.as_deref(), at)
        }
        (InterfaceType::Enum(cases), Val::Enum(name)) => {
            let cases = &types[cases];
            let case = cases.names.get_index_of(name).ok_or_else(no_such_case)?;
            store_case(cx, &cases.info, case, at)
        }
        (InterfaceType::Option(option), Val::Option(payload)) => {
            let option = &types[option];
            store_case(cx, &option.info, usize::from(payload.is_some()), at)?;
            let ty = payload.is_some().then_some(option.ty);
            store_payload(cx, &option.info, ty, payload.as_deref(), at)
        }
        (InterfaceType::Result(result), Val::Result(payload)) => {
            let result = &types[result];
            let (case, ty, payload) = match payload {
                Ok(payload) => (0, result.ok, payload),
                Err(payload) => (1, result.err, payload),
            };
            store_case(cx, &result.info, case, at)?;
            store_payload(cx, &result.info, ty, payload.as_deref(), at)
        }
        (InterfaceType::Flags(flags), Val::Flags(set)) => {
            let bits = flag_bytes(&types[flags], set)?;
            put(cx, at, &bits)
        }
        _ => Err(mismatch(value)),
    }
}

fn put<T>(cx: &mut LowerContext<'_, T>, at: usize, bytes: &[u8]) -> Result<()> {
    let end = at.checked_add(bytes.len()).ok_or_else(out_of_bounds)?;
    cx.as_slice_mut()
        .get_mut(at..end)
        .ok_or_else(out_of_bounds)?
        .copy_from_slice(bytes);
    Ok(())
}

fn put_pointer<T>(
    cx: &mut LowerContext<'_, T>,
    at: usize,
    start: usize,
    length: usize,
) -> Result<()> {
    put(cx, at, &u32::try_from(start)?.to_le_bytes())?;
    put(cx, at + 4, &u32::try_from(length)?.to_le_bytes())
}

fn allocate<T>(
    cx: &mut LowerContext<'_, T>,
    length: usize,
    size: usize,
    align: u32,
) -> Result<usize> {
    let bytes = length
        .checked_mul(size)
        .ok_or_else(|| format_err!("size overflow copying a list"))?;
    cx.realloc(0, 0, align, bytes)
}

fn store_case<T>(
    cx: &mut LowerContext<'_, T>,
    info: &VariantInfo,
    case: usize,
    at: usize,
) -> Result<()> {
    let case = u32::try_from(case)?.to_le_bytes();
    put(cx, at, part(&case, 0, usize::from(info.size))?)
}

fn store_payload<T>(
    cx: &mut LowerContext<'_, T>,
    info: &VariantInfo,
    ty: Option<InterfaceType>,
    payload: Option<&Val>,
    at: usize,
) -> Result<()> {
    match (ty, payload) {
        (None, None) => Ok(()),
        (Some(ty), Some(payload)) => {
            let offset = usize::try_from(info.payload_offset32)?;
            store(cx, ty, payload, at + offset)
        }
        _ => Err(no_such_case()),
    }
}

fn flag_bytes(flags: &TypeFlags, set: &[String]) -> Result<Vec<u8>> {
    let size = match flags.names.len() {
        0 => 0,
        1..=8 => 1,
        9..=16 => 2,
        more => more.div_ceil(32) * 4,
    };
    let mut bits = vec![0; size];
    for name in set {
        let bit = flags.names.get_index_of(name).ok_or_else(no_such_case)?;
        if let Some(byte) = bits.get_mut(bit / 8) {
            *byte |= 1 << (bit % 8);
        }
    }
    Ok(bits)
}
