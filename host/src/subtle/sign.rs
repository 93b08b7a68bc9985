//! Signatures and authentication codes.

use chacha20::rand_core::CryptoRng;
use hmac_13::{KeyInit, Mac, SimpleHmac};
use subtle::ConstantTimeEq;

use super::digest::{cshake, output_bytes, with_hash};
use super::key::{self, Key};
use super::wit::{Cshake, Hash, KeyAlgorithm, Kmac, RsaScheme, Signing};
use super::{Result, access, ec, failed, ml_dsa, okp, rsa};

/// Refuses a key of another algorithm.
pub(super) fn check(how: &Signing, key: &Key) -> Result<()> {
    let fits = match (how, key.algorithm()) {
        (Signing::RsaPkcs1, KeyAlgorithm::Rsa(rsa)) => rsa.scheme == RsaScheme::Pkcs1,
        (Signing::RsaPss(_), KeyAlgorithm::Rsa(rsa)) => rsa.scheme == RsaScheme::Pss,
        (Signing::Ecdsa(_), KeyAlgorithm::Ecdsa(_))
        | (Signing::Ed25519, KeyAlgorithm::Ed25519)
        | (Signing::Ed448(_), KeyAlgorithm::Ed448)
        | (Signing::MlDsa(_), KeyAlgorithm::MlDsa(_))
        | (Signing::Hmac, KeyAlgorithm::Hmac(_))
        | (Signing::Kmac(_), KeyAlgorithm::Kmac(_)) => true,
        _ => false,
    };
    if fits {
        Ok(())
    } else {
        access(format!("the key is for {}", key::name(key.algorithm())))
    }
}

/// Signs. The algorithm and the usages have been checked.
pub(super) fn sign(
    how: &Signing,
    key: &Key,
    data: &[u8],
    rng: &mut impl CryptoRng,
) -> Result<Vec<u8>> {
    match (how, key.algorithm()) {
        (Signing::RsaPkcs1 | Signing::RsaPss(_), _) => rsa::sign(how, key, data, rng),
        (Signing::Ecdsa(hash), KeyAlgorithm::Ecdsa(curve)) => {
            ec::sign(*curve, *hash, key, data, rng)
        }
        (Signing::Ed25519 | Signing::Ed448(_), _) => okp::sign(how, key, data),
        (Signing::MlDsa(context), KeyAlgorithm::MlDsa(size)) => {
            ml_dsa::sign(*size, context, key, data, rng)
        }
        (Signing::Hmac, KeyAlgorithm::Hmac(algorithm)) => hmac(algorithm.hash, key.secret()?, data),
        (Signing::Kmac(how), KeyAlgorithm::Kmac(algorithm)) => {
            kmac(algorithm.strength, how, key.secret()?, data)
        }
        _ => access("the key is for another algorithm"),
    }
}

/// Verifies. The algorithm and the usages have been checked.
pub(super) fn verify(how: &Signing, key: &Key, signature: &[u8], data: &[u8]) -> Result<bool> {
    match (how, key.algorithm()) {
        (Signing::RsaPkcs1 | Signing::RsaPss(_), _) => rsa::verify(how, key, signature, data),
        (Signing::Ecdsa(hash), KeyAlgorithm::Ecdsa(curve)) => {
            ec::verify(*curve, *hash, key, signature, data)
        }
        (Signing::Ed25519 | Signing::Ed448(_), _) => okp::verify(how, key, signature, data),
        (Signing::MlDsa(context), KeyAlgorithm::MlDsa(size)) => {
            ml_dsa::verify(*size, context, key, signature, data)
        }
        (Signing::Hmac, KeyAlgorithm::Hmac(algorithm)) => {
            Ok(hmac(algorithm.hash, key.secret()?, data)?
                .ct_eq(signature)
                .into())
        }
        (Signing::Kmac(how), KeyAlgorithm::Kmac(algorithm)) => {
            Ok(kmac(algorithm.strength, how, key.secret()?, data)?
                .ct_eq(signature)
                .into())
        }
        _ => access("the key is for another algorithm"),
    }
}

fn hmac(hash: Hash, key: &[u8], data: &[u8]) -> Result<Vec<u8>> {
    with_hash!(hash, D => {
        let mut mac = SimpleHmac::<D>::new_from_slice(key).map_err(|_| failed("the key does not fit"))?;
        mac.update(data);
        Ok(mac.finalize().into_bytes().to_vec())
    })
}

/// KMAC (NIST SP 800-185): cSHAKE over the padded key, the data and the length of the result.
fn kmac(strength: u16, how: &Kmac, key: &[u8], data: &[u8]) -> Result<Vec<u8>> {
    output_bytes(how.output_length)?;
    let rate: usize = if strength == 128 { 168 } else { 136 };
    let mut head = left_encode(rate);
    head.extend(left_encode(key.len() * 8));
    head.extend(key);
    head.resize(head.len().next_multiple_of(rate), 0);
    let tail = right_encode(how.output_length as usize);
    let cshake_parameters = Cshake {
        strength,
        output_length: how.output_length,
        function_name: b"KMAC".to_vec(),
        customization: how.customization.clone(),
    };
    let head = zeroize::Zeroizing::new(head);
    cshake(&cshake_parameters, &[&head, data, &tail])
}

/// A number's bytes, big end first, without leading zeros but at least one.
fn digits(number: usize) -> Vec<u8> {
    let bytes = number.to_be_bytes();
    let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
    bytes
        .iter()
        .copied()
        .skip(zeros.min(bytes.len() - 1))
        .collect()
}

fn left_encode(number: usize) -> Vec<u8> {
    let mut encoded = digits(number);
    let length = u8::try_from(encoded.len()).unwrap_or(u8::MAX);
    encoded.insert(0, length);
    encoded
}

fn right_encode(number: usize) -> Vec<u8> {
    let mut encoded = digits(number);
    let length = u8::try_from(encoded.len()).unwrap_or(u8::MAX);
    encoded.push(length);
    encoded
}
