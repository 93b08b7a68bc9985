//! JSON Web Keys (RFC 7517): the checks that all algorithms share, and the form in which they are wrapped.

use base64ct::{Base64UrlUnpadded, Encoding};
use serde_json::{Map, Value};

use super::key::Key;
use super::wit::{JsonWebKey, Usages};
use super::{Result, data};

/// A key to read.
pub(super) struct Jwk<'a>(pub(super) &'a JsonWebKey);

impl Jwk<'_> {
    pub(super) fn family(&self, expected: &str) -> Result<()> {
        if self.0.kty.as_deref() == Some(expected) {
            Ok(())
        } else {
            Err(data(format!("the field \"kty\" is not \"{expected}\"")))
        }
    }

    /// Checks `use`, `key_ops` and `ext`.
    pub(super) fn permits(&self, purpose: &str, asked: Usages, extractable: bool) -> Result<()> {
        if let Some(found) = &self.0.use_
            && asked != Usages::empty()
            && found != purpose
        {
            return Err(data(format!(
                "the field \"use\" is {found:?}, not {purpose:?}"
            )));
        }
        if let Some(operations) = &self.0.key_ops {
            let mut listed = Usages::empty();
            for (position, operation) in operations.iter().enumerate() {
                if operations
                    .iter()
                    .take(position)
                    .any(|before| before == operation)
                {
                    return Err(data(format!(
                        "the field \"key_ops\" has {operation:?} twice"
                    )));
                }
                listed |= usage(operation).unwrap_or(Usages::empty());
            }
            if !listed.contains(asked) {
                return Err(data("the field \"key_ops\" does not have all the usages"));
            }
            if let Some(purpose) = &self.0.use_ {
                let consistent = match purpose.as_str() {
                    "sig" => Usages::SIGN | Usages::VERIFY,
                    "enc" => !(Usages::SIGN | Usages::VERIFY),
                    _ => Usages::all(),
                };
                if !consistent.contains(listed) {
                    return Err(data(
                        "the fields \"use\" and \"key_ops\" contradict each other",
                    ));
                }
            }
        }
        if self.0.ext == Some(false) && extractable {
            return Err(data(
                "the field \"ext\" forbids that the key is extractable",
            ));
        }
        Ok(())
    }

    /// The bytes of a field that has to be there.
    pub(super) fn bytes(&self, name: &str, field: Option<&str>) -> Result<Vec<u8>> {
        let text = field.ok_or_else(|| data(format!("the field \"{name}\" is missing")))?;
        decode(text).ok_or_else(|| data(format!("the field \"{name}\" is not base64url")))
    }
}

/// Base64url without padding.
pub(super) fn encode(bytes: &[u8]) -> String {
    Base64UrlUnpadded::encode_string(bytes)
}

fn decode(text: &str) -> Option<Vec<u8>> {
    Base64UrlUnpadded::decode_vec(text).ok()
}

/// Names of usages, in the order of the specification.
const USAGES: [(&str, Usages); 12] = [
    ("encrypt", Usages::ENCRYPT),
    ("decrypt", Usages::DECRYPT),
    ("sign", Usages::SIGN),
    ("verify", Usages::VERIFY),
    ("deriveKey", Usages::DERIVE_KEY),
    ("deriveBits", Usages::DERIVE_BITS),
    ("wrapKey", Usages::WRAP_KEY),
    ("unwrapKey", Usages::UNWRAP_KEY),
    ("encapsulateKey", Usages::ENCAPSULATE_KEY),
    ("encapsulateBits", Usages::ENCAPSULATE_BITS),
    ("decapsulateKey", Usages::DECAPSULATE_KEY),
    ("decapsulateBits", Usages::DECAPSULATE_BITS),
];

fn usage(name: &str) -> Option<Usages> {
    let (_, usage) = USAGES.iter().find(|(known, _)| *known == name)?;
    Some(*usage)
}

/// A key to write, with what is the same for all algorithms.
pub(super) fn empty(key: &Key) -> JsonWebKey {
    let info = key.info();
    JsonWebKey {
        key_ops: Some(
            USAGES
                .iter()
                .filter(|(_, usage)| info.usages.contains(*usage))
                .map(|(name, _)| (*name).to_string())
                .collect(),
        ),
        ext: Some(info.extractable),
        ..none()
    }
}

/// A key with no field.
pub(super) fn none() -> JsonWebKey {
    JsonWebKey {
        kty: None,
        use_: None,
        key_ops: None,
        alg: None,
        ext: None,
        crv: None,
        x: None,
        y: None,
        d: None,
        n: None,
        e: None,
        p: None,
        q: None,
        dp: None,
        dq: None,
        qi: None,
        more_primes: false,
        k: None,
        pub_: None,
        priv_: None,
    }
}

/// The fields that are texts.
fn texts(jwk: &mut JsonWebKey) -> [(&'static str, &mut Option<String>); 17] {
    [
        ("alg", &mut jwk.alg),
        ("crv", &mut jwk.crv),
        ("d", &mut jwk.d),
        ("dp", &mut jwk.dp),
        ("dq", &mut jwk.dq),
        ("e", &mut jwk.e),
        ("k", &mut jwk.k),
        ("kty", &mut jwk.kty),
        ("n", &mut jwk.n),
        ("p", &mut jwk.p),
        ("priv", &mut jwk.priv_),
        ("pub", &mut jwk.pub_),
        ("q", &mut jwk.q),
        ("qi", &mut jwk.qi),
        ("use", &mut jwk.use_),
        ("x", &mut jwk.x),
        ("y", &mut jwk.y),
    ]
}

/// The JSON of a key.
pub(super) fn to_json(mut jwk: JsonWebKey) -> Vec<u8> {
    let mut object = Map::new();
    for (name, field) in texts(&mut jwk) {
        if let Some(text) = field.take() {
            object.insert(name.to_string(), text.into());
        }
    }
    if let Some(operations) = jwk.key_ops {
        object.insert("key_ops".to_string(), operations.into());
    }
    if let Some(ext) = jwk.ext {
        object.insert("ext".to_string(), ext.into());
    }
    Value::Object(object).to_string().into_bytes()
}

/// Reads a key from JSON, as a dictionary of Web IDL does where the types are right.
pub(super) fn from_json(bytes: &[u8]) -> Result<JsonWebKey> {
    let Ok(Value::Object(mut object)) = serde_json::from_slice(bytes) else {
        return Err(data("what was wrapped is not a JSON object"));
    };
    let wrong = |name: &str| {
        data(format!(
            "the field \"{name}\" of what was wrapped has the wrong type"
        ))
    };
    let mut jwk = none();
    for (name, field) in texts(&mut jwk) {
        *field = match object.remove(name) {
            None => None,
            Some(Value::String(text)) => Some(text),
            Some(_) => return Err(wrong(name)),
        };
    }
    jwk.key_ops = match object.remove("key_ops") {
        None => None,
        Some(value) => Some(serde_json::from_value(value).map_err(|_| wrong("key_ops"))?),
    };
    jwk.ext = match object.remove("ext") {
        None => None,
        Some(Value::Bool(ext)) => Some(ext),
        Some(_) => return Err(wrong("ext")),
    };
    jwk.more_primes = object.contains_key("oth");
    if jwk.kty.is_none() {
        return Err(data(
            "what was wrapped is no JSON Web Key: it has no field \"kty\"",
        ));
    }
    Ok(jwk)
}
