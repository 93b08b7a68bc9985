//! The operations of `SubtleCrypto`, with their checks in the order of the specification.

use super::cipher::{self, Direction};
use super::derive::{self, Derivation};
use super::grant::Allowed;
use super::key::{self, Key, Material, Secret, check_usages};
use super::wit::{Cipher, KeyAlgorithm, KeyData, KeyFormat, KeyKind, Signing, Usages};
use super::{Result, access, data, ec, jwk, kem, okp, rng, rsa, secret, sign, unsupported, usages};
use crate::crypto::Entropy;

/// What an operation may use of the host.
pub(super) struct Means<'a> {
    pub(super) allowed: &'a Allowed,
    pub(super) entropy: &'a dyn Entropy,
}

/// What the keys of an operation's result are to be.
pub(super) struct Wanted {
    pub(super) algorithm: KeyAlgorithm,
    pub(super) extractable: bool,
    pub(super) usages: Usages,
}

/// What `generate` makes.
pub(super) enum Generated {
    Secret(Key),
    Pair(Key, Key),
}

fn not_empty(usages_left: Usages) -> Result<()> {
    if usages_left == Usages::empty() {
        return usages("a secret or private key needs a usage");
    }
    Ok(())
}

pub(super) fn generate(wanted: Wanted, means: &Means<'_>) -> Result<Generated> {
    let Wanted {
        algorithm,
        extractable,
        usages: asked,
    } = wanted;
    let allowed = key::allowed(&algorithm);
    check_usages(asked, allowed.public | allowed.private)?;
    let mut rng = rng::seeded(means.entropy)?;
    let (material, algorithm) = match &algorithm {
        KeyAlgorithm::Rsa(rsa) => {
            let plan = rsa::plan(rsa, means.allowed)?;
            not_empty(asked & allowed.private)?;
            let made = rsa::generate(plan, &mut rng)?;
            let described = rsa::described(rsa, &made);
            (Material::RsaPrivate(Box::new(made)), described)
        }
        KeyAlgorithm::Ecdsa(curve) | KeyAlgorithm::Ecdh(curve) => {
            not_empty(asked & allowed.private)?;
            let (secret, public) = ec::generate(*curve, &mut rng)?;
            (Material::Private { secret, public }, algorithm)
        }
        KeyAlgorithm::Ed25519 | KeyAlgorithm::Ed448 | KeyAlgorithm::X25519 | KeyAlgorithm::X448 => {
            not_empty(asked & allowed.private)?;
            let (secret, public) = okp::generate(&algorithm, &mut rng)?;
            (Material::Private { secret, public }, algorithm)
        }
        KeyAlgorithm::MlDsa(_) | KeyAlgorithm::MlKem(_) => {
            not_empty(asked & allowed.private)?;
            let (secret, public) = kem::generate(&algorithm, &mut rng)?;
            (Material::Private { secret, public }, algorithm)
        }
        _ => {
            let (material, algorithm) = secret::generate(&algorithm, &mut rng)?;
            not_empty(asked)?;
            return Ok(Generated::Secret(Key::new(
                material,
                algorithm,
                extractable,
                asked,
            )));
        }
    };
    let private = Key::new(material, algorithm, extractable, asked & allowed.private);
    let public = public_half(&private, asked & allowed.public)?;
    Ok(Generated::Pair(public, private))
}

fn public_half(private: &Key, usages: Usages) -> Result<Key> {
    let material = match private.algorithm() {
        KeyAlgorithm::Rsa(_) => rsa::public_key(private)?,
        _ => ec::public_key(private)?,
    };
    Ok(Key::new(
        material,
        private.algorithm().clone(),
        true,
        usages,
    ))
}

pub(super) fn public_key(private: &Key, asked: Usages) -> Result<Key> {
    match private.kind() {
        KeyKind::Secret => {
            let name = key::name(private.algorithm());
            return unsupported(format!("keys for {name} have no public half"));
        }
        KeyKind::Public => return access("the key is not a private key"),
        KeyKind::Private => {}
    }
    check_usages(asked, key::allowed(private.algorithm()).public)?;
    public_half(private, asked)
}

pub(super) fn import(
    format: KeyFormat,
    given: KeyData,
    wanted: &Wanted,
    allowed: &Allowed,
) -> Result<Key> {
    let Wanted {
        algorithm,
        extractable,
        usages: asked,
    } = wanted;
    let is_jwk = matches!(given, KeyData::Jwk(_));
    if is_jwk != (format == KeyFormat::Jwk) {
        return Err(data("the data is not in the format it is said to be in"));
    }
    let (extractable, asked) = (*extractable, *asked);
    let key = match algorithm {
        KeyAlgorithm::Rsa(rsa) => rsa::import(format, given, rsa, extractable, asked, allowed)?,
        KeyAlgorithm::Ecdsa(_) | KeyAlgorithm::Ecdh(_) => {
            ec::import(format, given, algorithm, extractable, asked)?
        }
        KeyAlgorithm::Ed25519 | KeyAlgorithm::Ed448 | KeyAlgorithm::X25519 | KeyAlgorithm::X448 => {
            okp::import(format, given, algorithm, extractable, asked)?
        }
        KeyAlgorithm::MlDsa(_) | KeyAlgorithm::MlKem(_) => {
            kem::import(format, given, algorithm, extractable, asked)?
        }
        _ => secret::import(format, given, algorithm, extractable, asked)?,
    };
    if key.kind() != KeyKind::Public {
        not_empty(asked)?;
    }
    Ok(key)
}

pub(super) fn export(format: KeyFormat, key: &Key) -> Result<KeyData> {
    let algorithm = key.algorithm();
    if matches!(
        algorithm,
        KeyAlgorithm::Hkdf | KeyAlgorithm::Pbkdf2 | KeyAlgorithm::Argon2(_)
    ) {
        return unsupported(format!(
            "keys for {} cannot be exported",
            key::name(algorithm)
        ));
    }
    if !key.info().extractable {
        return access("the key is not extractable");
    }
    match algorithm {
        KeyAlgorithm::Rsa(_) => rsa::export(format, key),
        KeyAlgorithm::Ecdsa(_) | KeyAlgorithm::Ecdh(_) => ec::export(format, key),
        KeyAlgorithm::Ed25519 | KeyAlgorithm::Ed448 | KeyAlgorithm::X25519 | KeyAlgorithm::X448 => {
            okp::export(format, key)
        }
        KeyAlgorithm::MlDsa(_) | KeyAlgorithm::MlKem(_) => kem::export(format, key),
        _ => secret::export(format, key),
    }
}

pub(super) fn encrypt(
    how: &Cipher,
    key: &Key,
    data: Vec<u8>,
    means: &Means<'_>,
) -> Result<Vec<u8>> {
    cipher::check(how, key)?;
    key.needs(Usages::ENCRYPT, "encrypt")?;
    cipher::run(
        Direction::Encrypt,
        how,
        key,
        data,
        &mut rng::seeded(means.entropy)?,
    )
}

pub(super) fn decrypt(
    how: &Cipher,
    key: &Key,
    data: Vec<u8>,
    means: &Means<'_>,
) -> Result<Vec<u8>> {
    cipher::check(how, key)?;
    key.needs(Usages::DECRYPT, "decrypt")?;
    cipher::run(
        Direction::Decrypt,
        how,
        key,
        data,
        &mut rng::seeded(means.entropy)?,
    )
}

pub(super) fn sign(how: &Signing, key: &Key, data: &[u8], means: &Means<'_>) -> Result<Vec<u8>> {
    sign::check(how, key)?;
    key.needs(Usages::SIGN, "sign")?;
    sign::sign(how, key, data, &mut rng::seeded(means.entropy)?)
}

pub(super) fn verify(how: &Signing, key: &Key, signature: &[u8], data: &[u8]) -> Result<bool> {
    sign::check(how, key)?;
    key.needs(Usages::VERIFY, "verify")?;
    sign::verify(how, key, signature, data)
}

pub(super) fn derive_bits(
    how: &Derivation,
    key: &Key,
    length: Option<u32>,
    allowed: &Allowed,
) -> Result<Secret> {
    derive::check(how, key)?;
    key.needs(Usages::DERIVE_BITS, "deriveBits")?;
    derive::bits(how, key, length, allowed)
}

pub(super) fn derive_key(
    how: &Derivation,
    key: &Key,
    wanted: &Wanted,
    allowed: &Allowed,
) -> Result<Key> {
    derive::check(how, key)?;
    key.needs(Usages::DERIVE_KEY, "deriveKey")?;
    let length = secret::length(&wanted.algorithm)?;
    let mut bits = derive::bits(how, key, length, allowed)?;
    import_secret(std::mem::take(&mut *bits), wanted, allowed)
}

/// A key out of bits that never leave the host.
fn import_secret(bits: Vec<u8>, wanted: &Wanted, allowed: &Allowed) -> Result<Key> {
    import(KeyFormat::RawSecret, KeyData::Bytes(bits), wanted, allowed)
}

pub(super) fn wrap(
    format: KeyFormat,
    key: &Key,
    wrapping: &Key,
    how: &Cipher,
    means: &Means<'_>,
) -> Result<Vec<u8>> {
    cipher::check(how, wrapping)?;
    wrapping.needs(Usages::WRAP_KEY, "wrapKey")?;
    let written = Secret::new(match export(format, key)? {
        KeyData::Bytes(bytes) => bytes,
        KeyData::Jwk(written) => jwk::to_json(written),
    });
    match how {
        Cipher::AesKw => cipher::wrap_aes_kw(wrapping, &written),
        _ => {
            let mut rng = rng::seeded(means.entropy)?;
            cipher::run(
                Direction::Encrypt,
                how,
                wrapping,
                written.to_vec(),
                &mut rng,
            )
        }
    }
}

pub(super) fn unwrap(
    format: KeyFormat,
    wrapped: Vec<u8>,
    unwrapping: &Key,
    how: &Cipher,
    wanted: &Wanted,
    means: &Means<'_>,
) -> Result<Key> {
    cipher::check(how, unwrapping)?;
    unwrapping.needs(Usages::UNWRAP_KEY, "unwrapKey")?;
    let mut written = Secret::new(match how {
        Cipher::AesKw => cipher::unwrap_aes_kw(unwrapping, &wrapped)?,
        _ => {
            let mut rng = rng::seeded(means.entropy)?;
            cipher::run(Direction::Decrypt, how, unwrapping, wrapped, &mut rng)?
        }
    });
    let given = match format {
        KeyFormat::Jwk => KeyData::Jwk(jwk::from_json(&written)?),
        _ => KeyData::Bytes(std::mem::take(&mut *written)),
    };
    import(format, given, wanted, means.allowed)
}

fn kem_check(key: &Key, usage: Usages, name: &str) -> Result<()> {
    if !matches!(key.algorithm(), KeyAlgorithm::MlKem(_)) {
        return access(format!("the key is for {}", key::name(key.algorithm())));
    }
    key.needs(usage, name)
}

pub(super) fn encapsulate_bits(key: &Key, means: &Means<'_>) -> Result<(Secret, Vec<u8>)> {
    kem_check(key, Usages::ENCAPSULATE_BITS, "encapsulateBits")?;
    kem::encapsulate(key, &mut rng::seeded(means.entropy)?)
}

pub(super) fn encapsulate_key(
    key: &Key,
    wanted: &Wanted,
    means: &Means<'_>,
) -> Result<(Key, Vec<u8>)> {
    kem_check(key, Usages::ENCAPSULATE_KEY, "encapsulateKey")?;
    let (mut secret, ciphertext) = kem::encapsulate(key, &mut rng::seeded(means.entropy)?)?;
    let key = import_secret(std::mem::take(&mut *secret), wanted, means.allowed)?;
    Ok((key, ciphertext))
}

pub(super) fn decapsulate_bits(key: &Key, ciphertext: &[u8]) -> Result<Secret> {
    kem_check(key, Usages::DECAPSULATE_BITS, "decapsulateBits")?;
    kem::decapsulate(key, ciphertext)
}

pub(super) fn decapsulate_key(
    key: &Key,
    ciphertext: &[u8],
    wanted: &Wanted,
    allowed: &Allowed,
) -> Result<Key> {
    kem_check(key, Usages::DECAPSULATE_KEY, "decapsulateKey")?;
    let mut secret = kem::decapsulate(key, ciphertext)?;
    import_secret(std::mem::take(&mut *secret), wanted, allowed)
}
