//! Deriving bits.

use argon2::{Algorithm, Argon2, AssociatedData, ParamsBuilder, Version};
use hkdf::GenericHkdf;
use hmac_13::SimpleHmac;

use super::digest::with_hash;
use super::grant::Allowed;
use super::key::{self, Key, Secret};
use super::wit::{self, Argon2Kind, KeyAlgorithm, KeyKind};
use super::{Result, access, ec, failed, okp};

/// How to derive, with the other side's key at hand.
pub(super) enum Derivation {
    DiffieHellman(Key),
    Hkdf(wit::Hkdf),
    Pbkdf2(wit::Pbkdf2),
    Argon2(wit::Argon2),
}

/// The longest result, in bytes.
const LONGEST: usize = 1 << 20;

/// Refuses a key of another algorithm.
pub(super) fn check(how: &Derivation, key: &Key) -> Result<()> {
    let fits = matches!(
        (how, key.algorithm()),
        (
            Derivation::DiffieHellman(_),
            KeyAlgorithm::Ecdh(_) | KeyAlgorithm::X25519 | KeyAlgorithm::X448,
        ) | (Derivation::Hkdf(_), KeyAlgorithm::Hkdf)
            | (Derivation::Pbkdf2(_), KeyAlgorithm::Pbkdf2)
            | (Derivation::Argon2(_), KeyAlgorithm::Argon2(_))
    );
    if fits {
        Ok(())
    } else {
        access(format!("the key is for {}", key::name(key.algorithm())))
    }
}

/// Derives bits. The algorithm and the usages have been checked.
pub(super) fn bits(
    how: &Derivation,
    key: &Key,
    length: Option<u32>,
    allowed: &Allowed,
) -> Result<Secret> {
    match how {
        Derivation::DiffieHellman(public) => cut(agree(key, public)?, length),
        Derivation::Hkdf(how) => {
            let mut output = output(length)?;
            with_hash!(how.hash, D => GenericHkdf::<SimpleHmac<D>>::new(Some(&how.salt), key.secret()?)
                .expand(&how.info, &mut output)
                .map_err(|_| failed("HKDF does not make so many bits"))?);
            Ok(output)
        }
        Derivation::Pbkdf2(how) => {
            let mut output = output(length)?;
            if how.iterations == 0 {
                return Err(failed("PBKDF2 needs at least one iteration"));
            }
            let password = key.secret()?;
            with_hash!(how.hash, D => {
                let blocks = output.len().div_ceil(<D as sha2_11::Digest>::output_size());
                allowed.iterations(u64::from(how.iterations).saturating_mul(blocks.max(1) as u64))?;
                pbkdf2::pbkdf2::<SimpleHmac<D>>(password, &how.salt, how.iterations, &mut output)
                    .map_err(|_| failed("the key does not fit"))?;
            });
            Ok(output)
        }
        Derivation::Argon2(how) => argon2(how, key, length, allowed),
    }
}

/// The memory for a result of whole bytes.
fn output(length: Option<u32>) -> Result<Secret> {
    let bits = length.ok_or_else(|| failed("the number of bits is missing"))?;
    if !bits.is_multiple_of(8) {
        return Err(failed(format!("{bits} bits are not whole bytes")));
    }
    let bytes = (bits / 8) as usize;
    if bytes > LONGEST {
        return Err(failed(format!("{bits} bits are too many")));
    }
    Ok(Secret::new(vec![0; bytes]))
}

fn agree(key: &Key, public: &Key) -> Result<Secret> {
    if key.kind() != KeyKind::Private {
        return access("the key is not a private key");
    }
    if public.kind() != KeyKind::Public {
        return access("the other side's key is not a public key");
    }
    match (key.algorithm(), public.algorithm()) {
        (KeyAlgorithm::Ecdh(a), KeyAlgorithm::Ecdh(b)) if a == b => ec::agree(*a, key, public),
        (KeyAlgorithm::X25519, KeyAlgorithm::X25519) | (KeyAlgorithm::X448, KeyAlgorithm::X448) => {
            okp::agree(key, public)
        }
        _ => access("the two keys are not for the same curve"),
    }
}

/// The first bits of a secret; the rest of the last byte is zero.
fn cut(mut secret: Secret, length: Option<u32>) -> Result<Secret> {
    let Some(bits) = length else {
        return Ok(secret);
    };
    let bytes = (bits as usize).div_ceil(8);
    if bytes > secret.len() {
        return Err(failed(format!(
            "the shared secret has fewer than {bits} bits"
        )));
    }
    secret.truncate(bytes);
    let unused = (bytes * 8).saturating_sub(bits as usize);
    if let Some(last) = secret.last_mut() {
        *last &= 0xff_u8
            .checked_shl(u32::try_from(unused).unwrap_or_default())
            .unwrap_or_default();
    }
    Ok(secret)
}

fn argon2(how: &wit::Argon2, key: &Key, length: Option<u32>, allowed: &Allowed) -> Result<Secret> {
    let mut output = output(length)?;
    if output.len() < 4 {
        return Err(failed("Argon2 makes 32 bits or more"));
    }
    if !matches!(how.version, None | Some(0x13)) {
        return Err(failed("the only version of Argon2 is 19"));
    }
    let algorithm = match key.algorithm() {
        KeyAlgorithm::Argon2(Argon2Kind::D) => Algorithm::Argon2d,
        KeyAlgorithm::Argon2(Argon2Kind::I) => Algorithm::Argon2i,
        _ => Algorithm::Argon2id,
    };
    allowed.memory(how.memory, how.passes)?;
    let wrong = |e: argon2::Error| failed(format!("Argon2: {e}"));
    let mut parameters = ParamsBuilder::new();
    parameters
        .m_cost(how.memory)
        .t_cost(how.passes)
        .p_cost(how.parallelism)
        .output_len(output.len());
    if !how.associated_data.is_empty() {
        parameters.data(AssociatedData::new(&how.associated_data).map_err(wrong)?);
    }
    let parameters = parameters.build().map_err(wrong)?;
    Argon2::new_with_secret(&how.secret_value, algorithm, Version::V0x13, parameters)
        .map_err(wrong)?
        .hash_password_into(key.secret()?, &how.nonce, &mut output)
        .map_err(wrong)?;
    Ok(output)
}
