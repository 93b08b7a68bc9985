//! SubjectPublicKeyInfo (RFC 5280) and PrivateKeyInfo (RFC 5958).

use pkcs8::der::asn1::{AnyRef, BitStringRef, OctetStringRef};
use pkcs8::der::{Decode, Encode};
use pkcs8::spki::{AlgorithmIdentifierRef, SubjectPublicKeyInfoRef};
use pkcs8::{ObjectIdentifier, PrivateKeyInfoRef};

use super::key::Secret;
use super::{Result, data, failed};

/// A key taken out of its wrapping: the algorithm's parameters, and the bytes of the key.
pub(super) struct Parsed<'a> {
    pub(super) parameters: Option<AnyRef<'a>>,
    pub(super) key: &'a [u8],
}

impl Parsed<'_> {
    pub(super) fn without_parameters(&self) -> Result<()> {
        match self.parameters {
            None => Ok(()),
            Some(_) => Err(data("the algorithm of the key has parameters")),
        }
    }
}

fn malformed(e: impl std::fmt::Display) -> super::wit::Error {
    data(format!("the key is not DER as it should be: {e}"))
}

fn expect(found: ObjectIdentifier, expected: ObjectIdentifier) -> Result<()> {
    if found == expected {
        Ok(())
    } else {
        Err(data(format!(
            "the key is for the algorithm {found}, not {expected}"
        )))
    }
}

pub(super) fn public<'a>(der: &'a [u8], algorithm: ObjectIdentifier) -> Result<Parsed<'a>> {
    let info = SubjectPublicKeyInfoRef::from_der(der).map_err(malformed)?;
    expect(info.algorithm.oid, algorithm)?;
    let key = info.subject_public_key.as_bytes();
    Ok(Parsed {
        parameters: info.algorithm.parameters,
        key: key.ok_or_else(|| data("the public key is not whole bytes"))?,
    })
}

pub(super) fn private<'a>(der: &'a [u8], algorithm: ObjectIdentifier) -> Result<Parsed<'a>> {
    let info = PrivateKeyInfoRef::from_der(der).map_err(malformed)?;
    expect(info.algorithm.oid, algorithm)?;
    Ok(Parsed {
        parameters: info.algorithm.parameters,
        key: info.private_key.as_bytes(),
    })
}

fn unwritable(e: impl std::fmt::Display) -> super::wit::Error {
    failed(format!("the key cannot be written: {e}"))
}

pub(super) fn write_public(
    algorithm: ObjectIdentifier,
    parameters: Option<AnyRef<'_>>,
    key: &[u8],
) -> Result<Vec<u8>> {
    SubjectPublicKeyInfoRef {
        algorithm: AlgorithmIdentifierRef {
            oid: algorithm,
            parameters,
        },
        subject_public_key: BitStringRef::from_bytes(key).map_err(unwritable)?,
    }
    .to_der()
    .map_err(unwritable)
}

pub(super) fn write_private(
    algorithm: ObjectIdentifier,
    parameters: Option<AnyRef<'_>>,
    key: &[u8],
) -> Result<Vec<u8>> {
    let algorithm = AlgorithmIdentifierRef {
        oid: algorithm,
        parameters,
    };
    let key = OctetStringRef::new(key).map_err(unwritable)?;
    PrivateKeyInfoRef::new(algorithm, key)
        .to_der()
        .map_err(unwritable)
}

/// The bytes in an octet string, which is all there is.
pub(super) fn octets(der: &[u8]) -> Result<Secret> {
    let octets = <&OctetStringRef>::from_der(der).map_err(malformed)?;
    Ok(Secret::new(octets.as_bytes().to_vec()))
}

/// An octet string, or with the context-specific tag 0 a seed.
pub(super) fn write_octets(tag: u8, bytes: &[u8]) -> Result<Secret> {
    let length = u8::try_from(bytes.len())
        .ok()
        .filter(|length| *length < 0x80)
        .ok_or_else(|| failed("the key is too long"))?;
    let mut der = Secret::new(vec![tag, length]);
    der.extend(bytes);
    Ok(der)
}
