//! The value that bytes are.

use super::{DEPTH, InvalidValue, Value, View, kind, tag};

/// What a value may weigh beyond four times its bytes: what is in it twice is written once.
const SHARED: usize = 64 << 10;

type Read<T> = Result<T, InvalidValue>;

pub(super) struct Reader<'a> {
    bytes: &'a [u8],
    /// The objects that were read so far, with what they weigh; none while one is being read.
    seen: Vec<Option<(Value, usize)>>,
    /// What may still be read, by weight.
    left: usize,
}

impl Reader<'_> {
    /// Reads all of it.
    pub(super) fn read(bytes: &[u8]) -> Read<Value> {
        let mut reader = Reader {
            bytes,
            seen: Vec::new(),
            left: bytes.len().saturating_mul(4).saturating_add(SHARED),
        };
        let value = reader.value(0)?;
        match reader.bytes {
            [] => Ok(value),
            _ => Err(InvalidValue::Damaged),
        }
    }

    fn value(&mut self, depth: u32) -> Read<Value> {
        if depth > DEPTH {
            return Err(InvalidValue::TooDeep);
        }
        self.weigh(1)?;
        Ok(match self.byte()? {
            tag::UNDEFINED => Value::Undefined,
            tag::NULL => Value::Null,
            tag::TRUE => Value::Boolean(true),
            tag::FALSE => Value::Boolean(false),
            tag::INTEGER => Value::Number(self.integer()?.into()),
            tag::NUMBER => {
                let bytes = self.take(8)?.try_into();
                Value::Number(f64::from_le_bytes(
                    bytes.map_err(|_| InvalidValue::Damaged)?,
                ))
            }
            tag::BIGINT => Value::BigInt(self.text(tag::TEXT)?),
            tag @ (tag::TEXT | tag::WIDE_TEXT) => Value::String(self.text(tag)?),
            tag::SEEN => {
                let place = self.index()?;
                let seen = self.seen.get(place).ok_or(InvalidValue::Damaged)?;
                let (value, weight) = seen.clone().ok_or(InvalidValue::Cycle)?;
                self.weigh(weight)?;
                value
            }
            tag @ (tag::OBJECT | tag::ARRAY | tag::BUFFER | tag::KIND) => {
                let (place, before) = (self.seen.len(), self.left);
                self.seen.push(None);
                let value = self.object(tag, depth)?;
                let weight = before.saturating_sub(self.left);
                if let Some(seen) = self.seen.get_mut(place) {
                    *seen = Some((value.clone(), weight));
                }
                value
            }
            _ => return Err(InvalidValue::Damaged),
        })
    }

    fn object(&mut self, tag: u8, depth: u32) -> Read<Value> {
        match tag {
            tag::OBJECT => {
                let mut properties = Vec::new();
                self.properties(depth, |name, value| {
                    properties.push((name.text(), value));
                    Ok(())
                })?;
                Ok(Value::Object(properties))
            }
            tag::ARRAY => {
                let length = self.index()?;
                let mut items = Vec::new();
                let mut holes = 0;
                self.properties(depth, |name, value| {
                    let Some(index) = name.index().filter(|index| *index < length) else {
                        return Ok(());
                    };
                    if index >= items.len() {
                        holes += index - items.len();
                        if holes > SHARED {
                            return Err(InvalidValue::TooLarge);
                        }
                        items.resize(index, Value::Undefined);
                        items.push(value);
                    }
                    Ok(())
                })?;
                self.weigh(length - items.len())?;
                items.resize(length, Value::Undefined);
                Ok(Value::Array(items))
            }
            tag::BUFFER => {
                let _limit = self.number()?;
                let length = self.index()?;
                self.weigh(length)?;
                Ok(Value::Buffer(self.take(length)?.to_vec()))
            }
            _ => self.of_a_kind(depth),
        }
    }

    fn of_a_kind(&mut self, depth: u32) -> Read<Value> {
        let kind = match self.value(depth + 1)? {
            // It was an integer, so it is one.
            #[allow(clippy::cast_possible_truncation)]
            Value::Number(kind) => kind as i32,
            _ => return Err(InvalidValue::Damaged),
        };
        let head = self.value(depth + 1)?;
        let rest = match self.value(depth + 1)? {
            Value::Array(items) => Some(items),
            Value::Undefined => None,
            _ => return Err(InvalidValue::Damaged),
        };
        let head = match (kind, head) {
            (kind::DATE, Value::Number(time)) => return Ok(Value::Date(time)),
            (kind::WRAPPER, value) => return Ok(value),
            (_, Value::Array(items)) => items,
            _ => Vec::new(),
        };
        let mut head = head.into_iter();
        let mut next = || head.next().unwrap_or(Value::Undefined);
        Ok(match kind {
            kind::REGEXP => Value::RegExp {
                source: next().into_text()?,
                flags: next().into_text()?,
            },
            kind::MAP => {
                let mut items = rest.unwrap_or_default().into_iter();
                let mut entries = Vec::new();
                while let Some(key) = items.next() {
                    entries.push((key, items.next().unwrap_or(Value::Undefined)));
                }
                Value::Map(entries)
            }
            kind::SET => Value::Set(rest.unwrap_or_default()),
            kind::ERROR => Value::Error {
                name: next().into_text()?,
                message: next().into_text().ok(),
                stack: next().into_text().ok(),
                cause: rest.and_then(|rest| rest.into_iter().next()).map(Box::new),
            },
            kind::VIEW => {
                let kind = View::of(&next().into_text()?).ok_or(InvalidValue::Damaged)?;
                let buffer = next();
                let (offset, length) = (next().into_length()?, next().into_length()?);
                let bytes = buffer.as_bytes().ok_or(InvalidValue::Damaged)?;
                let shown = bytes.get(offset.unwrap_or(0)..);
                let shown = shown.and_then(|shown| match length {
                    Some(length) => shown.get(..length.checked_mul(kind.element())?),
                    None => Some(shown),
                });
                Value::View {
                    kind,
                    bytes: shown.ok_or(InvalidValue::Damaged)?.to_vec(),
                }
            }
            kind::PLATFORM => Value::Platform {
                tag: next().into_text()?,
                content: Box::new(next()),
            },
            _ => return Err(InvalidValue::Damaged),
        })
    }

    fn properties(&mut self, depth: u32, mut add: impl FnMut(Name, Value) -> Read<()>) -> Read<()> {
        let mut next = 0;
        loop {
            let name = match self.byte()? {
                tag::END => return Ok(()),
                tag::NEXT => {
                    next += 1;
                    Name::Index(next - 1)
                }
                tag => Name::Text(self.text(tag)?),
            };
            let value = self.value(depth + 1)?;
            add(name, value)?;
        }
    }

    fn text(&mut self, tag: u8) -> Read<String> {
        let length = self.index()?;
        self.weigh(length)?;
        let bytes = self.take(length)?;
        match tag {
            tag::TEXT => {
                let text = std::str::from_utf8(bytes);
                Ok(text.map_err(|_| InvalidValue::Damaged)?.to_string())
            }
            tag::WIDE_TEXT => {
                let units = bytes.chunks_exact(2).map(|unit| match unit {
                    [low, high] => u16::from_le_bytes([*low, *high]),
                    _ => 0,
                });
                Ok(String::from_utf16_lossy(&units.collect::<Vec<_>>()))
            }
            _ => Err(InvalidValue::Damaged),
        }
    }

    fn integer(&mut self) -> Read<i32> {
        let folded = self.number()?;
        Ok((folded >> 1).cast_signed() ^ -(folded & 1).cast_signed())
    }

    fn index(&mut self) -> Read<usize> {
        usize::try_from(self.number()?).map_err(|_| InvalidValue::TooLarge)
    }

    fn number(&mut self) -> Read<u32> {
        let mut number = 0;
        for shift in (0..32).step_by(7) {
            let byte = self.byte()?;
            number |= u32::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Ok(number);
            }
        }
        Err(InvalidValue::Damaged)
    }

    fn byte(&mut self) -> Read<u8> {
        match self.take(1)? {
            [byte] => Ok(*byte),
            _ => Err(InvalidValue::Damaged),
        }
    }

    fn take(&mut self, count: usize) -> Read<&[u8]> {
        let split = self.bytes.split_at_checked(count);
        let (taken, rest) = split.ok_or(InvalidValue::Damaged)?;
        self.bytes = rest;
        Ok(taken)
    }

    fn weigh(&mut self, weight: usize) -> Read<()> {
        self.left = self
            .left
            .checked_sub(weight)
            .ok_or(InvalidValue::TooLarge)?;
        Ok(())
    }
}

/// The name of a property.
enum Name {
    Index(usize),
    Text(String),
}

impl Name {
    fn text(self) -> String {
        match self {
            Name::Index(index) => index.to_string(),
            Name::Text(text) => text,
        }
    }

    fn index(&self) -> Option<usize> {
        match self {
            Name::Index(index) => Some(*index),
            Name::Text(text) => text.parse().ok(),
        }
    }
}

impl Value {
    fn into_text(self) -> Read<String> {
        match self {
            Value::String(text) => Ok(text),
            _ => Err(InvalidValue::Damaged),
        }
    }

    /// A number that counts something, if there is one.
    fn into_length(self) -> Read<Option<usize>> {
        match self {
            Value::Undefined => Ok(None),
            // Whatever it is, it is held to the bytes there are.
            #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
            Value::Number(number) if number >= 0.0 => Ok(Some(number as usize)),
            _ => Err(InvalidValue::Damaged),
        }
    }
}
