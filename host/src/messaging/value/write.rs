//! The bytes of a value.

use super::{DEPTH, InvalidValue, Value, kind, tag};

pub(super) struct Writer(Vec<u8>);

impl Writer {
    pub(super) fn write(value: &Value) -> Result<Vec<u8>, InvalidValue> {
        let mut writer = Writer(Vec::new());
        writer.value(value, 0)?;
        Ok(writer.0)
    }

    fn value(&mut self, value: &Value, depth: u32) -> Result<(), InvalidValue> {
        if depth >= DEPTH {
            return Err(InvalidValue::TooDeep);
        }
        let inner = depth + 1;
        match value {
            Value::Undefined => self.0.push(tag::UNDEFINED),
            Value::Null => self.0.push(tag::NULL),
            Value::Boolean(true) => self.0.push(tag::TRUE),
            Value::Boolean(false) => self.0.push(tag::FALSE),
            Value::Number(number) => self.number(*number),
            Value::BigInt(digits) => {
                self.0.push(tag::BIGINT);
                self.sized(digits.as_bytes());
            }
            Value::String(text) => self.text(text),
            Value::Array(items) => self.array(items, inner)?,
            Value::Object(properties) => {
                self.0.push(tag::OBJECT);
                for (name, value) in properties {
                    self.text(name);
                    self.value(value, inner)?;
                }
                self.0.push(tag::END);
            }
            Value::Map(entries) => {
                self.kind(kind::MAP);
                self.0.push(tag::UNDEFINED);
                let flat = entries.iter().flat_map(|(key, value)| [key, value]);
                self.array(flat.collect::<Vec<_>>(), inner + 1)?;
            }
            Value::Set(items) => {
                self.kind(kind::SET);
                self.0.push(tag::UNDEFINED);
                self.array(items, inner + 1)?;
            }
            Value::Date(time) => {
                self.kind(kind::DATE);
                self.number(*time);
                self.0.push(tag::UNDEFINED);
            }
            Value::RegExp { source, flags } => {
                self.kind(kind::REGEXP);
                let head = [Value::from(source.as_str()), flags.as_str().into()];
                self.array(&head, inner)?;
                self.0.push(tag::UNDEFINED);
            }
            Value::Error {
                name,
                message,
                stack,
                cause,
            } => {
                self.kind(kind::ERROR);
                let text = |text: &Option<String>| match text {
                    Some(text) => Value::from(text.as_str()),
                    None => Value::Undefined,
                };
                let head = [name.as_str().into(), text(message), text(stack)];
                self.array(&head, inner)?;
                match cause {
                    Some(cause) => self.array([&**cause], inner + 1)?,
                    None => self.0.push(tag::UNDEFINED),
                }
            }
            Value::Buffer(bytes) => self.buffer(bytes),
            Value::View { kind, bytes } => {
                self.kind(kind::VIEW);
                self.0.push(tag::ARRAY);
                self.varint(4);
                self.0.push(tag::NEXT);
                self.text(kind.name());
                self.0.push(tag::NEXT);
                self.buffer(bytes);
                self.0.push(tag::NEXT);
                self.number(0.0);
                self.0.push(tag::NEXT);
                let count = bytes.len() / kind.element();
                self.number(f64::from(u32::try_from(count).unwrap_or(u32::MAX)));
                self.0.push(tag::END);
                self.0.push(tag::UNDEFINED);
            }
            Value::Platform { tag, content } => {
                self.kind(kind::PLATFORM);
                let tag = Value::from(tag.as_str());
                self.array([&tag, &**content], inner + 1)?;
                self.0.push(tag::UNDEFINED);
            }
        }
        Ok(())
    }

    fn array<'a, I>(&mut self, items: I, depth: u32) -> Result<(), InvalidValue>
    where
        I: IntoIterator<Item = &'a Value, IntoIter: ExactSizeIterator>,
    {
        let items = items.into_iter();
        self.0.push(tag::ARRAY);
        self.varint(items.len());
        for item in items {
            self.0.push(tag::NEXT);
            self.value(item, depth)?;
        }
        self.0.push(tag::END);
        Ok(())
    }

    fn kind(&mut self, kind: i32) {
        self.0.push(tag::KIND);
        self.number(kind.into());
    }

    fn buffer(&mut self, bytes: &[u8]) {
        self.0.push(tag::BUFFER);
        self.varint(0);
        self.sized(bytes);
    }

    fn number(&mut self, number: f64) {
        // That a number is one of these is seen once it is back.
        #[allow(clippy::cast_possible_truncation)]
        let integer = number as i32;
        if f64::from(integer).to_bits() == number.to_bits() {
            self.0.push(tag::INTEGER);
            let folded = (integer << 1 ^ integer >> 31).cast_unsigned();
            self.varint(usize::try_from(folded).unwrap_or(usize::MAX));
        } else {
            self.0.push(tag::NUMBER);
            self.0.extend(number.to_le_bytes());
        }
    }

    fn text(&mut self, text: &str) {
        self.0.push(tag::TEXT);
        self.sized(text.as_bytes());
    }

    fn sized(&mut self, bytes: &[u8]) {
        self.varint(bytes.len());
        self.0.extend_from_slice(bytes);
    }

    fn varint(&mut self, mut number: usize) {
        while number >= 0x80 {
            // The lower bits.
            #[allow(clippy::cast_possible_truncation)]
            self.0.push(number as u8 | 0x80);
            number >>= 7;
        }
        #[allow(clippy::cast_possible_truncation)]
        self.0.push(number as u8);
    }
}
