//! ML-DSA (FIPS 204).

use chacha20::rand_core::CryptoRng;
use ml_dsa::{
    EncodedVerifyingKey, MlDsa44, MlDsa65, MlDsa87, Seed, Signature, SigningKey, VerifyingKey,
};
use pkcs8::ObjectIdentifier;

use super::key::{Key, Secret};
use super::wit::MlDsaSize;
use super::{Result, data, failed};

/// The length of a seed, in bytes.
pub(super) const SEED: usize = 32;

macro_rules! with_size {
    ($size:expr, $P:ident => $body:expr) => {
        match $size {
            MlDsaSize::Dsa44 => {
                type $P = MlDsa44;
                $body
            }
            MlDsaSize::Dsa65 => {
                type $P = MlDsa65;
                $body
            }
            MlDsaSize::Dsa87 => {
                type $P = MlDsa87;
                $body
            }
        }
    };
}

pub(super) fn oid(size: MlDsaSize) -> ObjectIdentifier {
    match size {
        MlDsaSize::Dsa44 => ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.3.17"),
        MlDsaSize::Dsa65 => ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.3.18"),
        MlDsaSize::Dsa87 => ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.3.19"),
    }
}

fn seed(bytes: &[u8]) -> Result<Seed> {
    Seed::try_from(bytes).map_err(|_| data(format!("a seed has {SEED} bytes, not {}", bytes.len())))
}

/// The public key that belongs to a seed.
pub(super) fn public_of(size: MlDsaSize, bytes: &[u8]) -> Result<Vec<u8>> {
    let seed = seed(bytes)?;
    with_size!(size, P => {
        let key = SigningKey::<P>::from_seed(&seed);
        Ok(key.expanded_key().verifying_key().encode().to_vec())
    })
}

/// Refuses what is not a public key.
pub(super) fn check_public(size: MlDsaSize, bytes: &[u8]) -> Result<()> {
    with_size!(size, P => {
        EncodedVerifyingKey::<P>::try_from(bytes)
            .map_err(|_| data(format!("a public key does not have {} bytes", bytes.len())))?;
    });
    Ok(())
}

fn check_context(context: &[u8]) -> Result<()> {
    if context.len() > 255 {
        return Err(failed(format!(
            "the context has {} bytes, more than 255",
            context.len()
        )));
    }
    Ok(())
}

pub(super) fn sign(
    size: MlDsaSize,
    context: &[u8],
    key: &Key,
    message: &[u8],
    rng: &mut impl CryptoRng,
) -> Result<Vec<u8>> {
    let (secret, _) = key.private()?;
    check_context(context)?;
    let seed = zeroize::Zeroizing::new(seed(&Secret::new(secret.to_vec()))?);
    with_size!(size, P => {
        let signature = SigningKey::<P>::from_seed(&seed)
            .expanded_key()
            .sign_randomized(message, context, rng)
            .map_err(|e| failed(e.to_string()))?;
        Ok(signature.encode().to_vec())
    })
}

pub(super) fn verify(
    size: MlDsaSize,
    context: &[u8],
    key: &Key,
    signature: &[u8],
    message: &[u8],
) -> Result<bool> {
    let public = key.public()?;
    check_context(context)?;
    with_size!(size, P => {
        let key = EncodedVerifyingKey::<P>::try_from(public).map_err(|_| failed("the key does not fit"))?;
        let key = VerifyingKey::<P>::decode(&key);
        let Ok(signature) = Signature::<P>::try_from(signature) else { return Ok(false) };
        Ok(key.verify_with_context(message, context, &signature))
    })
}
