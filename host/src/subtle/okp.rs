//! Ed25519, Ed448, X25519 and X448 (RFC 8032, RFC 7748, RFC 8037, RFC 8410).

use chacha20::rand_core::Rng;
use ed25519_dalek::Signer as _;
use pkcs8::ObjectIdentifier;

use super::jwk::{self, Jwk};
use super::key::{self, Key, Material, Secret, check_usages};
use super::wit::{JsonWebKey, KeyAlgorithm, KeyData, KeyFormat, KeyKind, Signing, Usages};
use super::{Result, access, data, der, failed, unsupported};

fn oid(algorithm: &KeyAlgorithm) -> ObjectIdentifier {
    match algorithm {
        KeyAlgorithm::X25519 => ObjectIdentifier::new_unwrap("1.3.101.110"),
        KeyAlgorithm::X448 => ObjectIdentifier::new_unwrap("1.3.101.111"),
        KeyAlgorithm::Ed25519 => ObjectIdentifier::new_unwrap("1.3.101.112"),
        _ => ObjectIdentifier::new_unwrap("1.3.101.113"),
    }
}

/// The length of a key, in bytes: public and private ones have the same.
fn size(algorithm: &KeyAlgorithm) -> usize {
    match algorithm {
        KeyAlgorithm::Ed25519 | KeyAlgorithm::X25519 => 32,
        KeyAlgorithm::X448 => 56,
        _ => 57,
    }
}

fn sized(algorithm: &KeyAlgorithm, bytes: &[u8]) -> Result<()> {
    if bytes.len() == size(algorithm) {
        Ok(())
    } else {
        let name = key::name(algorithm);
        Err(data(format!(
            "a key for {name} does not have {} bytes",
            bytes.len()
        )))
    }
}

fn misfit<T>(_: T) -> super::wit::Error {
    failed("the key does not fit")
}

fn array<const N: usize>(bytes: &[u8]) -> Result<[u8; N]> {
    bytes.try_into().map_err(misfit)
}

/// The public key of a private key, whose length has been checked.
fn public_of(algorithm: &KeyAlgorithm, secret: &[u8]) -> Result<Vec<u8>> {
    Ok(match algorithm {
        KeyAlgorithm::Ed25519 => ed25519_dalek::SigningKey::from_bytes(&array(secret)?)
            .verifying_key()
            .to_bytes()
            .to_vec(),
        KeyAlgorithm::X25519 => {
            let secret = x25519_dalek::StaticSecret::from(array::<32>(secret)?);
            x25519_dalek::PublicKey::from(&secret).as_bytes().to_vec()
        }
        KeyAlgorithm::X448 => {
            x448::x448_unchecked(array(secret)?, x448::X448_BASEPOINT_BYTES).to_vec()
        }
        _ => ed448_goldilocks::SigningKey::try_from(secret)
            .map_err(misfit)?
            .verifying_key()
            .to_bytes()
            .as_ref()
            .to_vec(),
    })
}

pub(super) fn generate(algorithm: &KeyAlgorithm, rng: &mut impl Rng) -> Result<(Secret, Vec<u8>)> {
    let mut secret = Secret::new(vec![0; size(algorithm)]);
    rng.fill_bytes(&mut secret);
    let public = public_of(algorithm, &secret)?;
    Ok((secret, public))
}

fn private(algorithm: &KeyAlgorithm, secret: Secret, public: Option<&[u8]>) -> Result<Material> {
    sized(algorithm, &secret)?;
    let computed = public_of(algorithm, &secret)?;
    if public.is_some_and(|public| public != computed) {
        return Err(data("the public key is not that of the private key"));
    }
    Ok(Material::Private {
        secret,
        public: computed,
    })
}

pub(super) fn import(
    format: KeyFormat,
    given: KeyData,
    algorithm: &KeyAlgorithm,
    extractable: bool,
    asked: Usages,
) -> Result<Key> {
    let allowed = key::allowed(algorithm);
    let material = match (format, given) {
        (KeyFormat::Raw | KeyFormat::RawPublic, KeyData::Bytes(bytes)) => {
            check_usages(asked, allowed.public)?;
            sized(algorithm, &bytes)?;
            Material::Public(bytes)
        }
        (KeyFormat::Spki, KeyData::Bytes(bytes)) => {
            check_usages(asked, allowed.public)?;
            let parsed = der::public(&bytes, oid(algorithm))?;
            parsed.without_parameters()?;
            sized(algorithm, parsed.key)?;
            Material::Public(parsed.key.to_vec())
        }
        (KeyFormat::Pkcs8, KeyData::Bytes(bytes)) => {
            check_usages(asked, allowed.private)?;
            let bytes = Secret::new(bytes);
            let parsed = der::private(&bytes, oid(algorithm))?;
            parsed.without_parameters()?;
            private(algorithm, der::octets(parsed.key)?, None)?
        }
        (KeyFormat::Jwk, KeyData::Jwk(given)) => from_jwk(algorithm, &given, extractable, asked)?,
        _ => {
            let name = key::name(algorithm);
            return unsupported(format!("keys for {name} cannot be imported in this format"));
        }
    };
    Ok(Key::new(material, algorithm.clone(), extractable, asked))
}

fn from_jwk(
    algorithm: &KeyAlgorithm,
    given: &JsonWebKey,
    extractable: bool,
    asked: Usages,
) -> Result<Material> {
    let allowed = key::allowed(algorithm);
    let name = key::name(algorithm);
    let jwk = Jwk(given);
    check_usages(
        asked,
        if given.d.is_some() {
            allowed.private
        } else {
            allowed.public
        },
    )?;
    jwk.family("OKP")?;
    if given.crv.as_deref() != Some(name) {
        return Err(data(format!("the field \"crv\" is not {name}")));
    }
    let signing = matches!(algorithm, KeyAlgorithm::Ed25519 | KeyAlgorithm::Ed448);
    if signing
        && let Some(alg) = &given.alg
        && alg != name
        && alg != "EdDSA"
    {
        return Err(data(format!(
            "the field \"alg\" is neither {name} nor EdDSA"
        )));
    }
    jwk.permits(if signing { "sig" } else { "enc" }, asked, extractable)?;
    let public = jwk.bytes("x", given.x.as_deref())?;
    sized(algorithm, &public)?;
    if given.d.is_none() {
        return Ok(Material::Public(public));
    }
    let secret = Secret::new(jwk.bytes("d", given.d.as_deref())?);
    private(algorithm, secret, Some(&public))
}

pub(super) fn export(format: KeyFormat, key: &Key) -> Result<KeyData> {
    let algorithm = key.algorithm();
    match format {
        KeyFormat::Raw | KeyFormat::RawPublic => Ok(KeyData::Bytes(key.public()?.to_vec())),
        KeyFormat::Spki => {
            der::write_public(oid(algorithm), None, key.public()?).map(KeyData::Bytes)
        }
        KeyFormat::Pkcs8 => {
            let (secret, _) = key.private()?;
            let inner = der::write_octets(4, secret)?;
            der::write_private(oid(algorithm), None, &inner).map(KeyData::Bytes)
        }
        KeyFormat::Jwk => {
            let (secret, public) = match key.kind() {
                KeyKind::Private => key
                    .private()
                    .map(|(secret, public)| (Some(secret), public))?,
                _ => (None, key.public()?),
            };
            let name = key::name(algorithm);
            let signing = matches!(algorithm, KeyAlgorithm::Ed25519 | KeyAlgorithm::Ed448);
            Ok(KeyData::Jwk(JsonWebKey {
                kty: Some("OKP".to_string()),
                crv: Some(name.to_string()),
                alg: signing.then(|| name.to_string()),
                x: Some(jwk::encode(public)),
                d: secret.map(jwk::encode),
                ..jwk::empty(key)
            }))
        }
        _ => unsupported(format!(
            "keys for {} cannot be exported in this format",
            key::name(algorithm)
        )),
    }
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

pub(super) fn sign(how: &Signing, key: &Key, message: &[u8]) -> Result<Vec<u8>> {
    let (secret, _) = key.private()?;
    match how {
        Signing::Ed25519 => {
            let key = ed25519_dalek::SigningKey::from_bytes(&array(secret)?);
            Ok(key.sign(message).to_bytes().to_vec())
        }
        Signing::Ed448(context) => {
            check_context(context)?;
            let key = ed448_goldilocks::SigningKey::try_from(secret).map_err(misfit)?;
            let signature = key.sign_ctx(context, message).map_err(misfit)?;
            Ok(signature.to_bytes().to_vec())
        }
        _ => access("the key is for another algorithm"),
    }
}

pub(super) fn verify(how: &Signing, key: &Key, signature: &[u8], message: &[u8]) -> Result<bool> {
    let public = key.public()?;
    match how {
        Signing::Ed25519 => {
            let Ok(key) = ed25519_dalek::VerifyingKey::from_bytes(&array(public)?) else {
                return Ok(false);
            };
            let Ok(signature) = ed25519_dalek::Signature::from_slice(signature) else {
                return Ok(false);
            };
            Ok(key.verify_strict(message, &signature).is_ok())
        }
        Signing::Ed448(context) => {
            check_context(context)?;
            let public: [u8; 57] = array(public)?;
            let Ok(key) = ed448_goldilocks::VerifyingKey::from_bytes(&public) else {
                return Ok(false);
            };
            let Ok(signature) = ed448_goldilocks::Signature::try_from(signature) else {
                return Ok(false);
            };
            Ok(key.verify_ctx(&signature, context, message).is_ok())
        }
        _ => access("the key is for another algorithm"),
    }
}

pub(super) fn agree(key: &Key, public: &Key) -> Result<Secret> {
    let (secret, _) = key.private()?;
    let public = public.public()?;
    // A public key of small order would make a secret that everybody knows.
    let worthless = || failed("the other side's key gives no secret");
    match key.algorithm() {
        KeyAlgorithm::X25519 => {
            let shared = x25519_dalek::StaticSecret::from(array::<32>(secret)?)
                .diffie_hellman(&x25519_dalek::PublicKey::from(array::<32>(public)?));
            if !shared.was_contributory() {
                return Err(worthless());
            }
            Ok(Secret::new(shared.as_bytes().to_vec()))
        }
        KeyAlgorithm::X448 => {
            let shared = x448::x448(array(secret)?, array(public)?).ok_or_else(worthless)?;
            if shared.iter().all(|byte| *byte == 0) {
                return Err(worthless());
            }
            Ok(Secret::new(shared.to_vec()))
        }
        _ => access("the key is for another algorithm"),
    }
}
