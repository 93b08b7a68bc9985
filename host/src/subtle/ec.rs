//! ECDSA and ECDH over P-256, P-384 and P-521.

use chacha20::rand_core::CryptoRng;
use ecdsa::elliptic_curve::Generate;
use ecdsa::elliptic_curve::sec1::ToSec1Point;
use ecdsa::hazmat::{sign_prehashed_rfc6979, verify_prehashed};
use pkcs8::ObjectIdentifier;
use pkcs8::der::asn1::AnyRef;
use pkcs8::der::{Decode, Encode};
use sec1::EcPrivateKey;

use super::jwk::{self, Jwk};
use super::key::{self, Key, Material, Secret, check_usages, curve_name};
use super::wit::{Curve, Hash, JsonWebKey, KeyAlgorithm, KeyData, KeyFormat, KeyKind, Usages};
use super::{Result, access, data, der, digest, failed, unsupported};

const EC_PUBLIC_KEY: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");

fn oid(curve: Curve) -> ObjectIdentifier {
    match curve {
        Curve::P256 => ObjectIdentifier::new_unwrap("1.2.840.10045.3.1.7"),
        Curve::P384 => ObjectIdentifier::new_unwrap("1.3.132.0.34"),
        Curve::P521 => ObjectIdentifier::new_unwrap("1.3.132.0.35"),
    }
}

/// Calls code with the crate of a curve.
macro_rules! with_curve {
    ($curve:expr, $c:ident, $C:ident, $D:ident => $body:expr) => {
        match $curve {
            Curve::P256 => {
                use p256 as $c;
                #[allow(unused)]
                type $C = p256::NistP256;
                #[allow(unused)]
                type $D = sha2_11::Sha256;
                $body
            }
            Curve::P384 => {
                use p384 as $c;
                #[allow(unused)]
                type $C = p384::NistP384;
                #[allow(unused)]
                type $D = sha2_11::Sha384;
                $body
            }
            Curve::P521 => {
                use p521 as $c;
                #[allow(unused)]
                type $C = p521::NistP521;
                #[allow(unused)]
                type $D = sha2_11::Sha512;
                $body
            }
        }
    };
}

/// The length of a coordinate and of a private key, in bytes.
fn size(curve: Curve) -> usize {
    match curve {
        Curve::P256 => 32,
        Curve::P384 => 48,
        Curve::P521 => 66,
    }
}

fn curve(algorithm: &KeyAlgorithm) -> Result<Curve> {
    match algorithm {
        KeyAlgorithm::Ecdsa(curve) | KeyAlgorithm::Ecdh(curve) => Ok(*curve),
        _ => unsupported("the key is not for an elliptic curve"),
    }
}

/// A point, uncompressed. Refuses what is not on the curve.
fn point(curve: Curve, bytes: &[u8]) -> Result<Vec<u8>> {
    let wrong = |_| data(format!("this is no point of {}", curve_name(curve)));
    with_curve!(curve, c, C, D => {
        let key = c::PublicKey::from_sec1_bytes(bytes).map_err(wrong)?;
        Ok(key.to_sec1_point(false).as_bytes().to_vec())
    })
}

/// The public key of a private key.
fn public_of(curve: Curve, secret: &[u8]) -> Result<Vec<u8>> {
    let wrong = || data(format!("this is no private key of {}", curve_name(curve)));
    if secret.len() != size(curve) {
        return Err(wrong());
    }
    with_curve!(curve, c, C, D => {
        let key = c::SecretKey::from_slice(secret).map_err(|_| wrong())?;
        Ok(key.public_key().to_sec1_point(false).as_bytes().to_vec())
    })
}

/// A private key, whose public key is this one if it is known.
fn private(curve: Curve, secret: Secret, public: Option<&[u8]>) -> Result<Material> {
    let computed = public_of(curve, &secret)?;
    if public.is_some_and(|public| public != computed) {
        return Err(data("the public key is not that of the private key"));
    }
    Ok(Material::Private {
        secret,
        public: computed,
    })
}

pub(super) fn generate(curve: Curve, rng: &mut impl CryptoRng) -> Result<(Secret, Vec<u8>)> {
    with_curve!(curve, c, C, D => {
        let secret = c::SecretKey::generate_from_rng(rng);
        let public = secret.public_key().to_sec1_point(false).as_bytes().to_vec();
        Ok((Secret::new(secret.to_bytes().to_vec()), public))
    })
}

pub(super) fn import(
    format: KeyFormat,
    given: KeyData,
    algorithm: &KeyAlgorithm,
    extractable: bool,
    asked: Usages,
) -> Result<Key> {
    let curve = curve(algorithm)?;
    let allowed = key::allowed(algorithm);
    let material = match (format, given) {
        (KeyFormat::Raw | KeyFormat::RawPublic, KeyData::Bytes(bytes)) => {
            check_usages(asked, allowed.public)?;
            Material::Public(point(curve, &bytes)?)
        }
        (KeyFormat::Spki, KeyData::Bytes(bytes)) => {
            check_usages(asked, allowed.public)?;
            let parsed = der::public(&bytes, EC_PUBLIC_KEY)?;
            check_parameters(curve, parsed.parameters)?;
            Material::Public(point(curve, parsed.key)?)
        }
        (KeyFormat::Pkcs8, KeyData::Bytes(bytes)) => {
            check_usages(asked, allowed.private)?;
            let bytes = Secret::new(bytes);
            let parsed = der::private(&bytes, EC_PUBLIC_KEY)?;
            check_parameters(curve, parsed.parameters)?;
            let inner = EcPrivateKey::from_der(parsed.key)
                .map_err(|e| data(format!("the private key is not DER as it should be: {e}")))?;
            if let Some(parameters) = &inner.parameters
                && parameters.named_curve() != Some(oid(curve))
            {
                return Err(data(format!(
                    "the private key is not for {}",
                    curve_name(curve)
                )));
            }
            let public = inner
                .public_key
                .map(|bytes| point(curve, bytes))
                .transpose()?;
            private(
                curve,
                Secret::new(inner.private_key.to_vec()),
                public.as_deref(),
            )?
        }
        (KeyFormat::Jwk, KeyData::Jwk(given)) => {
            from_jwk(curve, algorithm, &given, extractable, asked)?
        }
        _ => return unsupported("keys for elliptic curves cannot be imported in this format"),
    };
    Ok(Key::new(material, algorithm.clone(), extractable, asked))
}

fn check_parameters(curve: Curve, parameters: Option<AnyRef<'_>>) -> Result<()> {
    match parameters.map(|any| any.decode_as::<ObjectIdentifier>()) {
        Some(Ok(found)) if found == oid(curve) => Ok(()),
        _ => Err(data(format!("the key is not for {}", curve_name(curve)))),
    }
}

fn from_jwk(
    curve: Curve,
    algorithm: &KeyAlgorithm,
    given: &JsonWebKey,
    extractable: bool,
    asked: Usages,
) -> Result<Material> {
    let allowed = key::allowed(algorithm);
    let jwk = Jwk(given);
    check_usages(
        asked,
        if given.d.is_some() {
            allowed.private
        } else {
            allowed.public
        },
    )?;
    jwk.family("EC")?;
    let signing = matches!(algorithm, KeyAlgorithm::Ecdsa(_));
    jwk.permits(if signing { "sig" } else { "enc" }, asked, extractable)?;
    if given.crv.as_deref() != Some(curve_name(curve)) {
        return Err(data(format!(
            "the field \"crv\" is not {}",
            curve_name(curve)
        )));
    }
    if signing && let Some(alg) = &given.alg {
        let expected = match curve {
            Curve::P256 => "ES256",
            Curve::P384 => "ES384",
            Curve::P521 => "ES512",
        };
        if alg != expected {
            return Err(data(format!("the field \"alg\" is not {expected}")));
        }
    }
    let x = jwk.bytes("x", given.x.as_deref())?;
    let y = jwk.bytes("y", given.y.as_deref())?;
    if x.len() != size(curve) || y.len() != size(curve) {
        return Err(data("a coordinate does not have the length of the curve"));
    }
    let uncompressed: Vec<u8> = [4].into_iter().chain(x).chain(y).collect();
    let public = point(curve, &uncompressed)?;
    if given.d.is_none() {
        return Ok(Material::Public(public));
    }
    let secret = Secret::new(jwk.bytes("d", given.d.as_deref())?);
    private(curve, secret, Some(&public))
}

pub(super) fn export(format: KeyFormat, key: &Key) -> Result<KeyData> {
    let curve = curve(key.algorithm())?;
    let curve_oid = oid(curve);
    let parameters = Some(AnyRef::from(&curve_oid));
    match format {
        KeyFormat::Raw | KeyFormat::RawPublic => Ok(KeyData::Bytes(key.public()?.to_vec())),
        KeyFormat::Spki => {
            der::write_public(EC_PUBLIC_KEY, parameters, key.public()?).map(KeyData::Bytes)
        }
        KeyFormat::Pkcs8 => {
            let (secret, public) = key.private()?;
            let inner = EcPrivateKey {
                private_key: secret,
                parameters: None,
                public_key: Some(public),
            };
            let inner = Secret::new(inner.to_der().map_err(|e| failed(e.to_string()))?);
            der::write_private(EC_PUBLIC_KEY, parameters, &inner).map(KeyData::Bytes)
        }
        KeyFormat::Jwk => {
            let (secret, public) = match key.kind() {
                KeyKind::Private => key
                    .private()
                    .map(|(secret, public)| (Some(secret), public))?,
                _ => (None, key.public()?),
            };
            let (x, y) = public
                .get(1..)
                .and_then(|both| both.split_at_checked(size(curve)))
                .ok_or_else(|| failed("the point is not whole"))?;
            Ok(KeyData::Jwk(JsonWebKey {
                kty: Some("EC".to_string()),
                crv: Some(curve_name(curve).to_string()),
                x: Some(jwk::encode(x)),
                y: Some(jwk::encode(y)),
                d: secret.map(jwk::encode),
                ..jwk::empty(key)
            }))
        }
        _ => unsupported("keys for elliptic curves cannot be exported in this format"),
    }
}

pub(super) fn sign(
    curve: Curve,
    hash: Hash,
    key: &Key,
    message: &[u8],
    rng: &mut impl CryptoRng,
) -> Result<Vec<u8>> {
    let (secret, _) = key.private()?;
    let hashed = digest::hash(hash, message);
    // Deterministic nonces with randomness added: neither a bad generator nor a fault gives the key away.
    let mut added = [0; 32];
    rng.fill_bytes(&mut added);
    with_curve!(curve, c, C, D => {
        let secret = c::SecretKey::from_slice(secret).map_err(|_| failed("the key does not fit"))?;
        let scalar = secret.to_nonzero_scalar();
        let (signature, _) = sign_prehashed_rfc6979::<C, D>(&scalar, &hashed, &added);
        Ok(signature.to_bytes().to_vec())
    })
}

pub(super) fn verify(
    curve: Curve,
    hash: Hash,
    key: &Key,
    signature: &[u8],
    message: &[u8],
) -> Result<bool> {
    let public = key.public()?;
    let hashed = digest::hash(hash, message);
    with_curve!(curve, c, C, D => {
        let public = c::PublicKey::from_sec1_bytes(public).map_err(|_| failed("the key does not fit"))?;
        let Ok(signature) = c::ecdsa::Signature::from_slice(signature) else { return Ok(false) };
        Ok(verify_prehashed::<C>(&public.to_projective(), &hashed, &signature).is_ok())
    })
}

pub(super) fn agree(curve: Curve, key: &Key, public: &Key) -> Result<Secret> {
    let (secret, _) = key.private()?;
    let public = public.public()?;
    with_curve!(curve, c, C, D => {
        let wrong = |_| failed("the key does not fit");
        let secret = c::SecretKey::from_slice(secret).map_err(wrong)?;
        let public = c::PublicKey::from_sec1_bytes(public).map_err(wrong)?;
        let shared = c::ecdh::diffie_hellman(secret.to_nonzero_scalar(), public.as_affine());
        Ok(Secret::new(shared.raw_secret_bytes().to_vec()))
    })
}

/// The public half of a private key.
pub(super) fn public_key(key: &Key) -> Result<Material> {
    match key.material() {
        Material::Private { public, .. } => Ok(Material::Public(public.clone())),
        _ => access("the key is not a private key"),
    }
}
