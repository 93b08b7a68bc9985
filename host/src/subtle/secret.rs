//! Keys that both sides have: of AES, ChaCha20-Poly1305, HMAC, KMAC, and what keys are derived from.

use chacha20::rand_core::Rng;

use super::jwk::{self, Jwk};
use super::key::{self, Key, Material, Secret, block_bits, check_usages};
use super::wit::{
    AesKey, AesMode, Hash, HmacKey, KeyAlgorithm, KeyData, KeyFormat, KmacKey, Usages,
};
use super::{Result, data, failed, unsupported, usages};

/// The longest secret key, in bits.
const LONGEST: u32 = 8 << 20;

/// The length of a new or derived key, in bits; none where any length will do.
pub(super) fn length(algorithm: &KeyAlgorithm) -> Result<Option<u32>> {
    match algorithm {
        KeyAlgorithm::Aes(aes) => match aes.length {
            Some(length @ (128 | 192 | 256)) => Ok(Some(length.into())),
            Some(length) => Err(failed(format!(
                "a key for AES has 128, 192 or 256 bits, not {length}"
            ))),
            None => Err(failed("the length of the key is missing")),
        },
        KeyAlgorithm::Chacha20Poly1305 => Ok(Some(256)),
        KeyAlgorithm::Hmac(HmacKey { hash, length }) => {
            bounded(length.unwrap_or(block_bits(*hash)))
        }
        KeyAlgorithm::Kmac(KmacKey { strength, length }) => {
            bounded(length.unwrap_or(u32::from(*strength)))
        }
        KeyAlgorithm::Hkdf | KeyAlgorithm::Pbkdf2 | KeyAlgorithm::Argon2(_) => Ok(None),
        other => unsupported(format!("keys for {} cannot be derived", key::name(other))),
    }
}

fn bounded(length: u32) -> Result<Option<u32>> {
    match length {
        0 => Err(failed("a key of no bits")),
        1..=LONGEST => Ok(Some(length)),
        _ => Err(failed(format!("a key of {length} bits is too long"))),
    }
}

/// Makes a key. The usages have been checked.
pub(super) fn generate(
    algorithm: &KeyAlgorithm,
    rng: &mut impl Rng,
) -> Result<(Material, KeyAlgorithm)> {
    let Some(bits) = length(algorithm)? else {
        return unsupported(format!("keys for {} cannot be made", key::name(algorithm)));
    };
    let mut bytes = Secret::new(vec![0; (bits as usize).div_ceil(8)]);
    rng.fill_bytes(&mut bytes);
    Ok((Material::Secret(bytes), with_length(algorithm, bits)))
}

/// The algorithm with the length of the key.
fn with_length(algorithm: &KeyAlgorithm, bits: u32) -> KeyAlgorithm {
    match algorithm {
        KeyAlgorithm::Aes(aes) => KeyAlgorithm::Aes(AesKey {
            mode: aes.mode,
            length: u16::try_from(bits).ok(),
        }),
        KeyAlgorithm::Hmac(hmac) => KeyAlgorithm::Hmac(HmacKey {
            hash: hmac.hash,
            length: Some(bits),
        }),
        KeyAlgorithm::Kmac(kmac) => KeyAlgorithm::Kmac(KmacKey {
            strength: kmac.strength,
            length: Some(bits),
        }),
        other => other.clone(),
    }
}

/// Whether this is a key that is only there to derive from.
fn is_base(algorithm: &KeyAlgorithm) -> bool {
    matches!(
        algorithm,
        KeyAlgorithm::Hkdf | KeyAlgorithm::Pbkdf2 | KeyAlgorithm::Argon2(_)
    )
}

/// Whether the format `raw` is known for this algorithm, from the time before `raw-secret`.
fn has_raw(algorithm: &KeyAlgorithm) -> bool {
    match algorithm {
        KeyAlgorithm::Aes(aes) => aes.mode != AesMode::Ocb,
        KeyAlgorithm::Hmac(_) | KeyAlgorithm::Hkdf | KeyAlgorithm::Pbkdf2 => true,
        _ => false,
    }
}

pub(super) fn import(
    format: KeyFormat,
    given: KeyData,
    algorithm: &KeyAlgorithm,
    extractable: bool,
    asked: Usages,
) -> Result<Key> {
    let known = match format {
        KeyFormat::RawSecret => true,
        KeyFormat::Raw => has_raw(algorithm),
        KeyFormat::Jwk => !is_base(algorithm),
        _ => false,
    };
    let name = key::name(algorithm);
    if !known {
        return unsupported(format!("keys for {name} cannot be imported in this format"));
    }
    check_usages(asked, key::allowed(algorithm).private)?;
    if is_base(algorithm) && extractable {
        return usages(format!("keys for {name} cannot be extractable"));
    }
    let bytes = match given {
        KeyData::Bytes(bytes) => {
            let bytes = Secret::new(bytes);
            check_size(algorithm, &bytes)?;
            bytes
        }
        KeyData::Jwk(given) => {
            let jwk = Jwk(&given);
            jwk.family("oct")?;
            let bytes = Secret::new(jwk.bytes("k", given.k.as_deref())?);
            check_size(algorithm, &bytes)?;
            if let Some(alg) = &given.alg
                && jwk_alg(algorithm, bytes.len()).is_some_and(|expected| *alg != expected)
            {
                return Err(data(format!(
                    "the field \"alg\" is {alg}, which is not {name}"
                )));
            }
            let purpose = match algorithm {
                KeyAlgorithm::Hmac(_) | KeyAlgorithm::Kmac(_) => "sig",
                _ => "enc",
            };
            jwk.permits(purpose, asked, extractable)?;
            bytes
        }
    };
    let bits = u32::try_from(bytes.len().saturating_mul(8)).unwrap_or(u32::MAX);
    let wanted = match algorithm {
        KeyAlgorithm::Hmac(hmac) => hmac.length,
        KeyAlgorithm::Kmac(kmac) => kmac.length,
        _ => None,
    };
    let length = match wanted {
        Some(length) if length > bits || length <= bits.saturating_sub(8) => {
            return Err(data(format!("the key has {bits} bits, not {length}")));
        }
        Some(length) => length,
        None => bits,
    };
    if matches!(algorithm, KeyAlgorithm::Hmac(_) | KeyAlgorithm::Kmac(_)) && length == 0 {
        return Err(data("the key has no bits"));
    }
    let algorithm = with_length(algorithm, length);
    Ok(Key::new(
        Material::Secret(bytes),
        algorithm,
        extractable,
        asked,
    ))
}

fn check_size(algorithm: &KeyAlgorithm, bytes: &[u8]) -> Result<()> {
    let fits = match algorithm {
        KeyAlgorithm::Aes(_) => matches!(bytes.len(), 16 | 24 | 32),
        KeyAlgorithm::Chacha20Poly1305 => bytes.len() == 32,
        _ => true,
    };
    if fits {
        Ok(())
    } else {
        Err(data(format!(
            "{} bytes are no key for {}",
            bytes.len(),
            key::name(algorithm)
        )))
    }
}

pub(super) fn export(format: KeyFormat, key: &Key) -> Result<KeyData> {
    let algorithm = key.algorithm();
    let bytes = key.secret()?;
    match format {
        KeyFormat::RawSecret => Ok(KeyData::Bytes(bytes.to_vec())),
        KeyFormat::Raw if has_raw(algorithm) => Ok(KeyData::Bytes(bytes.to_vec())),
        KeyFormat::Jwk => Ok(KeyData::Jwk(super::wit::JsonWebKey {
            kty: Some("oct".to_string()),
            alg: jwk_alg(algorithm, bytes.len()),
            k: Some(jwk::encode(bytes)),
            ..jwk::empty(key)
        })),
        _ => unsupported(format!(
            "keys for {} cannot be exported in this format",
            key::name(algorithm)
        )),
    }
}

/// The field `alg` of a key; none where there is no name for it.
fn jwk_alg(algorithm: &KeyAlgorithm, length: usize) -> Option<String> {
    Some(match algorithm {
        KeyAlgorithm::Aes(aes) => {
            let mode = match aes.mode {
                AesMode::Cbc => "CBC",
                AesMode::Ctr => "CTR",
                AesMode::Gcm => "GCM",
                AesMode::Kw => "KW",
                AesMode::Ocb => "OCB",
            };
            format!("A{}{mode}", length * 8)
        }
        KeyAlgorithm::Chacha20Poly1305 => "C20P".to_string(),
        KeyAlgorithm::Hmac(hmac) => match hmac.hash {
            Hash::Sha1 => "HS1",
            Hash::Sha256 => "HS256",
            Hash::Sha384 => "HS384",
            Hash::Sha512 => "HS512",
            Hash::Sha3w256 | Hash::Sha3w384 | Hash::Sha3w512 => return None,
        }
        .to_string(),
        KeyAlgorithm::Kmac(kmac) => format!("K{}", kmac.strength),
        _ => return None,
    })
}
