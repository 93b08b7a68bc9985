//! Values of the manifest that can be written in more than one way.

use std::fmt;
use std::marker::PhantomData;
use std::time::Duration;

use crate::fetch::{AddressRange, OriginPattern};
use crate::grants::Capability;
use serde::de::value::{MapAccessDeserializer, SeqAccessDeserializer};
use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};

/// `false` or absent, `true`, or a table of options.
#[derive(Default)]
pub(super) enum OnOr<T> {
    #[default]
    Off,
    On(T),
}

impl<T> OnOr<T> {
    pub(super) fn as_option(&self) -> Option<&T> {
        match self {
            OnOr::Off => None,
            OnOr::On(options) => Some(options),
        }
    }
}

impl<'de, T: Deserialize<'de> + Default> Deserialize<'de> for OnOr<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct V<T>(PhantomData<T>);
        impl<'de, T: Deserialize<'de> + Default> Visitor<'de> for V<T> {
            type Value = OnOr<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("true, false or a table")
            }

            fn visit_bool<E: Error>(self, on: bool) -> Result<OnOr<T>, E> {
                Ok(if on {
                    OnOr::On(T::default())
                } else {
                    OnOr::Off
                })
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<OnOr<T>, A::Error> {
                T::deserialize(MapAccessDeserializer::new(map)).map(OnOr::On)
            }
        }
        deserializer.deserialize_any(V(PhantomData))
    }
}

/// `false` or absent, `true`, or a list.
#[derive(Default)]
pub(super) enum TrueOr<T> {
    #[default]
    No,
    Yes,
    Given(T),
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for TrueOr<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct V<T>(PhantomData<T>);
        impl<'de, T: Deserialize<'de>> Visitor<'de> for V<T> {
            type Value = TrueOr<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("true, false or a list")
            }

            fn visit_bool<E: Error>(self, yes: bool) -> Result<TrueOr<T>, E> {
                Ok(if yes { TrueOr::Yes } else { TrueOr::No })
            }

            fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<TrueOr<T>, A::Error> {
                T::deserialize(SeqAccessDeserializer::new(seq)).map(TrueOr::Given)
            }
        }
        deserializer.deserialize_any(V(PhantomData))
    }
}

/// A list, or a table of options.
pub(super) enum ListOr<T, O> {
    List(Vec<T>),
    Table(O),
}

impl<'de, T: Deserialize<'de>, O: Deserialize<'de>> Deserialize<'de> for ListOr<T, O> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct V<T, O>(PhantomData<(T, O)>);
        impl<'de, T: Deserialize<'de>, O: Deserialize<'de>> Visitor<'de> for V<T, O> {
            type Value = ListOr<T, O>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list or a table")
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<ListOr<T, O>, A::Error> {
                O::deserialize(MapAccessDeserializer::new(map)).map(ListOr::Table)
            }

            fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<ListOr<T, O>, A::Error> {
                Vec::deserialize(SeqAccessDeserializer::new(seq)).map(ListOr::List)
            }
        }
        deserializer.deserialize_any(V(PhantomData))
    }
}

/// A text, or a table of options.
pub(super) enum TextOr<O> {
    Text(String),
    Table(O),
}

impl<'de, O: Deserialize<'de>> Deserialize<'de> for TextOr<O> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct V<O>(PhantomData<O>);
        impl<'de, O: Deserialize<'de>> Visitor<'de> for V<O> {
            type Value = TextOr<O>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string or a table")
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<TextOr<O>, E> {
                Ok(TextOr::Text(text.to_owned()))
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<TextOr<O>, A::Error> {
                O::deserialize(MapAccessDeserializer::new(map)).map(TextOr::Table)
            }
        }
        deserializer.deserialize_any(V(PhantomData))
    }
}

/// Origins for HTTP.
#[derive(Clone)]
pub(super) struct HttpOrigin(pub(super) OriginPattern);

impl<'de> Deserialize<'de> for HttpOrigin {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<HttpOrigin, D::Error> {
        let text = String::deserialize(deserializer)?;
        OriginPattern::http(&text)
            .map(HttpOrigin)
            .map_err(D::Error::custom)
    }
}

/// Origins for WebSockets.
#[derive(Clone)]
pub(super) struct WebSocketOrigin(pub(super) OriginPattern);

impl<'de> Deserialize<'de> for WebSocketOrigin {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<WebSocketOrigin, D::Error> {
        let text = String::deserialize(deserializer)?;
        OriginPattern::websocket(&text)
            .map(WebSocketOrigin)
            .map_err(D::Error::custom)
    }
}

/// A range of addresses.
#[derive(Clone, Copy)]
pub(super) struct Address(pub(super) AddressRange);

impl<'de> Deserialize<'de> for Address {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Address, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map(Address).map_err(D::Error::custom)
    }
}

/// A number of bytes, or text like `64MiB`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Size(pub(super) u64);

impl<'de> Deserialize<'de> for Size {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Size, D::Error> {
        const UNITS: &[(&str, u64)] = &[
            ("B", 1),
            ("KiB", 1 << 10),
            ("MiB", 1 << 20),
            ("GiB", 1 << 30),
            ("kB", 1_000),
            ("MB", 1_000_000),
            ("GB", 1_000_000_000),
        ];
        let expected = "a number of bytes or text like \"64MiB\"";
        deserializer
            .deserialize_any(Quantity {
                units: UNITS,
                expected,
            })
            .map(Size)
    }
}

/// A number of milliseconds, or text like `5s`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Milliseconds(pub(super) Duration);

impl<'de> Deserialize<'de> for Milliseconds {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Milliseconds, D::Error> {
        const UNITS: &[(&str, u64)] = &[("ms", 1), ("s", 1_000), ("min", 60_000), ("h", 3_600_000)];
        let expected = "a number of milliseconds or text like \"50ms\" or \"5s\"";
        deserializer
            .deserialize_any(Quantity {
                units: UNITS,
                expected,
            })
            .map(|millis| Milliseconds(Duration::from_millis(millis)))
    }
}

/// The name of a capability.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Rated(pub(super) Capability);

impl<'de> Deserialize<'de> for Rated {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Rated, D::Error> {
        let name = String::deserialize(deserializer)?;
        match Capability::ALL.into_iter().find(|c| c.name() == name) {
            Some(capability) => Ok(Rated(capability)),
            None => {
                let names: Vec<_> = Capability::ALL.iter().map(|c| c.name()).collect();
                let message = format!(
                    "there is no capability `{name}`; there are {}",
                    names.join(", ")
                );
                Err(D::Error::custom(message))
            }
        }
    }
}

/// A whole number, or text of a whole number and a unit.
struct Quantity {
    units: &'static [(&'static str, u64)],
    expected: &'static str,
}

impl Visitor<'_> for Quantity {
    type Value = u64;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.expected)
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<u64, E> {
        u64::try_from(value).map_err(|_| E::custom(format!("{value} is less than nothing")))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<u64, E> {
        let error = || E::custom(format!("`{text}` is not {}", self.expected));
        let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
        let unit = text.get(digits.len()..).unwrap_or_default();
        let number: u64 = digits
            .trim()
            .replace('_', "")
            .parse()
            .map_err(|_| error())?;
        let (_, factor) = self
            .units
            .iter()
            .find(|(u, _)| *u == unit)
            .ok_or_else(error)?;
        number.checked_mul(*factor).ok_or_else(error)
    }
}
