//! RSASSA-PKCS1-v1_5, RSA-PSS and RSA-OAEP (RFC 8017).

use chacha20::rand_core::CryptoRng;
use pkcs8::ObjectIdentifier;
use pkcs8::der::Decode;
use pkcs8::der::asn1::AnyRef;
use rsa::pkcs1::{self, EncodeRsaPrivateKey as _, EncodeRsaPublicKey as _};
use rsa::traits::{PublicKeyParts, SignatureScheme as _};
use rsa::{BoxedUint, Oaep, Pkcs1v15Sign, Pss, RsaPrivateKey, RsaPublicKey};

use super::digest::{self, with_hash};
use super::grant::Allowed;
use super::jwk::{self, Jwk};
use super::key::{self, Key, Material, Secret, check_usages};
use super::wit::{
    Hash, JsonWebKey, KeyAlgorithm, KeyData, KeyFormat, RsaKey, RsaScheme, Signing, Usages,
};
use super::{Result, access, data, der, failed, unsupported};

const RSA_ENCRYPTION: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");

/// What RSA needs to know to make a key, checked.
pub(super) struct Plan {
    bits: usize,
    exponent: BoxedUint,
}

/// Checks the parameters of a key to be made.
pub(super) fn plan(algorithm: &RsaKey, allowed: &Allowed) -> Result<Plan> {
    let bits = algorithm
        .modulus_length
        .ok_or_else(|| failed("the length of the modulus is missing"))?;
    let exponent = algorithm
        .public_exponent
        .as_deref()
        .ok_or_else(|| failed("the public exponent is missing"))?;
    let zeros = exponent.iter().take_while(|byte| **byte == 0).count();
    let significant = exponent.get(zeros..).unwrap_or_default();
    let is_odd = significant.last().is_some_and(|last| last % 2 == 1);
    if !is_odd || significant == [1] || significant.len() > 4 {
        return Err(failed(
            "the public exponent has to be odd, more than 1 and less than 2^32",
        ));
    }
    if bits < 1024 || !bits.is_multiple_of(8) {
        return Err(failed(format!("a modulus of {bits} bits is not possible")));
    }
    allowed.modulus(bits.into())?;
    Ok(Plan {
        bits: bits as usize,
        exponent: uint(significant)?,
    })
}

pub(super) fn generate(plan: Plan, rng: &mut impl CryptoRng) -> Result<RsaPrivateKey> {
    RsaPrivateKey::new_with_exp(rng, plan.bits, plan.exponent).map_err(|e| failed(e.to_string()))
}

/// The algorithm with what the key says about itself.
pub(super) fn described(algorithm: &RsaKey, key: &impl PublicKeyParts) -> KeyAlgorithm {
    KeyAlgorithm::Rsa(RsaKey {
        scheme: algorithm.scheme,
        hash: algorithm.hash,
        modulus_length: Some(key.n().bits()),
        public_exponent: Some(key.e_bytes().to_vec()),
    })
}

fn uint(bytes: &[u8]) -> Result<BoxedUint> {
    let bits = u32::try_from(bytes.len().saturating_mul(8)).unwrap_or(u32::MAX);
    BoxedUint::from_be_slice(bytes, bits.max(8)).map_err(|e| data(e.to_string()))
}

fn invalid(e: impl std::fmt::Display) -> super::wit::Error {
    data(format!("this is no key for RSA: {e}"))
}

fn public(n: &[u8], e: &[u8], allowed: &Allowed) -> Result<RsaPublicKey> {
    allowed.modulus(n.len() as u64 * 8)?;
    RsaPublicKey::new(uint(n)?, uint(e)?).map_err(invalid)
}

fn private(
    n: &[u8],
    e: &[u8],
    d: &[u8],
    primes: Option<(&[u8], &[u8])>,
    allowed: &Allowed,
) -> Result<Box<RsaPrivateKey>> {
    allowed.modulus(n.len() as u64 * 8)?;
    let primes = match primes {
        Some((p, q)) => vec![uint(p)?, uint(q)?],
        None => Vec::new(),
    };
    let key = RsaPrivateKey::from_components(uint(n)?, uint(e)?, uint(d)?, primes);
    Ok(Box::new(key.map_err(invalid)?))
}

/// Without leading zeros, which DER and some writers of JSON Web Keys put there.
fn trimmed(bytes: &[u8]) -> &[u8] {
    let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
    bytes.get(zeros..).unwrap_or_default()
}

pub(super) fn import(
    format: KeyFormat,
    given: KeyData,
    algorithm: &RsaKey,
    extractable: bool,
    asked: Usages,
    limits: &Allowed,
) -> Result<Key> {
    let whole = KeyAlgorithm::Rsa(algorithm.clone());
    let allowed = key::allowed(&whole);
    let material = match (format, given) {
        (KeyFormat::Spki, KeyData::Bytes(bytes)) => {
            check_usages(asked, allowed.public)?;
            let parsed = der::public(&bytes, RSA_ENCRYPTION)?;
            let parts = pkcs1::RsaPublicKeyRef::from_der(parsed.key).map_err(invalid)?;
            let (n, e) = (parts.modulus.as_bytes(), parts.public_exponent.as_bytes());
            Material::RsaPublic(Box::new(public(n, e, limits)?))
        }
        (KeyFormat::Pkcs8, KeyData::Bytes(bytes)) => {
            check_usages(asked, allowed.private)?;
            let bytes = Secret::new(bytes);
            let parsed = der::private(&bytes, RSA_ENCRYPTION)?;
            let parts = pkcs1::RsaPrivateKeyRef::from_der(parsed.key).map_err(invalid)?;
            if parts.other_prime_infos.is_some() {
                return unsupported("keys of more than two primes are not supported");
            }
            Material::RsaPrivate(private(
                parts.modulus.as_bytes(),
                parts.public_exponent.as_bytes(),
                parts.private_exponent.as_bytes(),
                Some((parts.prime1.as_bytes(), parts.prime2.as_bytes())),
                limits,
            )?)
        }
        (KeyFormat::Jwk, KeyData::Jwk(given)) => {
            from_jwk(algorithm, &given, extractable, asked, limits)?
        }
        _ => return unsupported("keys for RSA cannot be imported in this format"),
    };
    let described = match &material {
        Material::RsaPrivate(key) => described(algorithm, key.as_ref()),
        Material::RsaPublic(key) => described(algorithm, key.as_ref()),
        _ => whole,
    };
    Ok(Key::new(material, described, extractable, asked))
}

fn from_jwk(
    algorithm: &RsaKey,
    given: &JsonWebKey,
    extractable: bool,
    asked: Usages,
    limits: &Allowed,
) -> Result<Material> {
    let allowed = key::allowed(&KeyAlgorithm::Rsa(algorithm.clone()));
    let jwk = Jwk(given);
    let is_private = given.d.is_some();
    check_usages(
        asked,
        if is_private {
            allowed.private
        } else {
            allowed.public
        },
    )?;
    jwk.family("RSA")?;
    let purpose = if algorithm.scheme == RsaScheme::Oaep {
        "enc"
    } else {
        "sig"
    };
    jwk.permits(purpose, asked, extractable)?;
    if let Some(alg) = &given.alg {
        let expected = jwk_alg(algorithm);
        if expected.as_ref() != Some(alg) {
            return Err(data(format!(
                "the field \"alg\" is {alg:?}, not that of the algorithm"
            )));
        }
    }
    let field = |name: &str, field: &Option<String>| jwk.bytes(name, field.as_deref());
    let n = field("n", &given.n)?;
    let e = field("e", &given.e)?;
    let (n, e) = (trimmed(&n), trimmed(&e));
    if !is_private {
        return Ok(Material::RsaPublic(Box::new(public(n, e, limits)?)));
    }
    if given.more_primes {
        return unsupported("keys of more than two primes are not supported");
    }
    let d = Secret::new(field("d", &given.d)?);
    let rest = [&given.p, &given.q, &given.dp, &given.dq, &given.qi];
    let key = if rest.iter().all(|field| field.is_none()) {
        private(n, e, trimmed(&d), None, limits)?
    } else {
        let p = Secret::new(field("p", &given.p)?);
        let q = Secret::new(field("q", &given.q)?);
        for (name, text) in [("dp", &given.dp), ("dq", &given.dq), ("qi", &given.qi)] {
            field(name, text)?;
        }
        private(n, e, trimmed(&d), Some((trimmed(&p), trimmed(&q))), limits)?
    };
    Ok(Material::RsaPrivate(key))
}

/// The field `alg` of a key; none where there is no name for it.
fn jwk_alg(algorithm: &RsaKey) -> Option<String> {
    let bits = match algorithm.hash {
        Hash::Sha1 => 1,
        Hash::Sha256 => 256,
        Hash::Sha384 => 384,
        Hash::Sha512 => 512,
        Hash::Sha3w256 | Hash::Sha3w384 | Hash::Sha3w512 => return None,
    };
    Some(match algorithm.scheme {
        RsaScheme::Pkcs1 => format!("RS{bits}"),
        RsaScheme::Pss => format!("PS{bits}"),
        RsaScheme::Oaep if bits == 1 => "RSA-OAEP".to_string(),
        RsaScheme::Oaep => format!("RSA-OAEP-{bits}"),
    })
}

fn public_half(key: &Key) -> Result<&RsaPublicKey> {
    match key.material() {
        Material::RsaPublic(key) => Ok(key),
        _ => access("the key is not a public key"),
    }
}

fn private_half(key: &Key) -> Result<&RsaPrivateKey> {
    match key.material() {
        Material::RsaPrivate(key) => Ok(key),
        _ => access("the key is not a private key"),
    }
}

pub(super) fn export(format: KeyFormat, key: &Key) -> Result<KeyData> {
    let unwritable = |e: pkcs1::Error| failed(e.to_string());
    let parameters = Some(AnyRef::NULL);
    match format {
        KeyFormat::Spki => {
            let inner = public_half(key)?.to_pkcs1_der().map_err(unwritable)?;
            der::write_public(RSA_ENCRYPTION, parameters, inner.as_bytes()).map(KeyData::Bytes)
        }
        KeyFormat::Pkcs8 => {
            let inner = private_half(key)?.to_pkcs1_der().map_err(unwritable)?;
            der::write_private(RSA_ENCRYPTION, parameters, inner.as_bytes()).map(KeyData::Bytes)
        }
        KeyFormat::Jwk => {
            let KeyAlgorithm::Rsa(algorithm) = key.algorithm() else {
                return access("the key is for another algorithm");
            };
            let written = JsonWebKey {
                kty: Some("RSA".to_string()),
                alg: jwk_alg(algorithm),
                ..jwk::empty(key)
            };
            match key.material() {
                Material::RsaPublic(key) => Ok(KeyData::Jwk(JsonWebKey {
                    n: Some(jwk::encode(&key.n_bytes())),
                    e: Some(jwk::encode(&key.e_bytes())),
                    ..written
                })),
                Material::RsaPrivate(key) => {
                    let der = key.to_pkcs1_der().map_err(unwritable)?;
                    let parts = pkcs1::RsaPrivateKeyRef::from_der(der.as_bytes())
                        .map_err(|e| failed(e.to_string()))?;
                    let text = |part: pkcs1::UintRef<'_>| Some(jwk::encode(part.as_bytes()));
                    Ok(KeyData::Jwk(JsonWebKey {
                        n: text(parts.modulus),
                        e: text(parts.public_exponent),
                        d: text(parts.private_exponent),
                        p: text(parts.prime1),
                        q: text(parts.prime2),
                        dp: text(parts.exponent1),
                        dq: text(parts.exponent2),
                        qi: text(parts.coefficient),
                        ..written
                    }))
                }
                _ => access("the key is for another algorithm"),
            }
        }
        _ => unsupported("keys for RSA cannot be exported in this format"),
    }
}

/// The public half of a private key.
pub(super) fn public_key(key: &Key) -> Result<Material> {
    Ok(Material::RsaPublic(Box::new(
        private_half(key)?.to_public_key(),
    )))
}

fn hash(key: &Key) -> Result<Hash> {
    match key.algorithm() {
        KeyAlgorithm::Rsa(rsa) => Ok(rsa.hash),
        _ => access("the key is for another algorithm"),
    }
}

pub(super) fn encrypt(
    key: &Key,
    label: &[u8],
    data: &[u8],
    rng: &mut impl CryptoRng,
) -> Result<Vec<u8>> {
    let public = public_half(key)?;
    with_hash!(hash(key)?, D => public.encrypt(rng, Oaep::<D>::new_with_label(label), data))
        .map_err(|e| failed(e.to_string()))
}

pub(super) fn decrypt(
    key: &Key,
    label: &[u8],
    data: &[u8],
    rng: &mut impl CryptoRng,
) -> Result<Vec<u8>> {
    let private = private_half(key)?;
    with_hash!(hash(key)?, D => private.decrypt_blinded(rng, Oaep::<D>::new_with_label(label), data))
        // One message for all causes: which it was would help to forge.
        .map_err(|_| failed("the data cannot be decrypted with this key and these parameters"))
}

pub(super) fn sign(
    how: &Signing,
    key: &Key,
    data: &[u8],
    rng: &mut impl CryptoRng,
) -> Result<Vec<u8>> {
    let private = private_half(key)?;
    let hash = hash(key)?;
    let hashed = digest::hash(hash, data);
    with_hash!(hash, D => match how {
        Signing::RsaPss(salt) => {
            private.sign_with_rng(rng, Pss::<D>::new_with_salt(*salt as usize), &hashed)
        }
        _ => private.sign_with_rng(rng, Pkcs1v15Sign::new::<D>(), &hashed),
    })
    .map_err(|e| failed(e.to_string()))
}

pub(super) fn verify(how: &Signing, key: &Key, signature: &[u8], data: &[u8]) -> Result<bool> {
    let public = public_half(key)?;
    let hash = hash(key)?;
    let hashed = digest::hash(hash, data);
    let verified = with_hash!(hash, D => match how {
        Signing::RsaPss(salt) => {
            Pss::<D>::new_with_salt(*salt as usize).verify(public, &hashed, signature)
        }
        _ => Pkcs1v15Sign::new::<D>().verify(public, &hashed, signature),
    });
    Ok(verified.is_ok())
}
