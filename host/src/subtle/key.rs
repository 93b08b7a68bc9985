//! A key: what is known of it, and its material.

use std::sync::Arc;

use zeroize::Zeroizing;

use super::wit::{Curve, Hash, KeyAlgorithm, KeyInfo, KeyKind, Usages};
use super::{Result, access, usages};

/// A key. Cloning it shares it.
#[derive(Clone)]
pub struct Key(Arc<Inner>);

struct Inner {
    info: KeyInfo,
    material: Material,
}

/// Bytes that are wiped when they are dropped.
pub(super) type Secret = Zeroizing<Vec<u8>>;

/// What a key is made of.
pub(super) enum Material {
    /// The bytes of a secret key.
    Secret(Secret),
    /// A public key, as its algorithm writes one down.
    Public(Vec<u8>),
    /// A private key and its public one.
    Private { secret: Secret, public: Vec<u8> },
    /// A public key of RSA.
    RsaPublic(Box<rsa::RsaPublicKey>),
    /// A private key of RSA.
    RsaPrivate(Box<rsa::RsaPrivateKey>),
}

impl Material {
    pub(super) fn kind(&self) -> KeyKind {
        match self {
            Material::Secret(_) => KeyKind::Secret,
            Material::Public(_) | Material::RsaPublic(_) => KeyKind::Public,
            Material::Private { .. } | Material::RsaPrivate(_) => KeyKind::Private,
        }
    }
}

impl Key {
    pub(super) fn new(
        material: Material,
        algorithm: KeyAlgorithm,
        extractable: bool,
        usages: Usages,
    ) -> Key {
        Key(Arc::new(Inner {
            info: KeyInfo {
                kind: material.kind(),
                extractable,
                algorithm,
                usages,
            },
            material,
        }))
    }

    pub(super) fn info(&self) -> &KeyInfo {
        &self.0.info
    }

    pub(super) fn kind(&self) -> KeyKind {
        self.0.info.kind
    }

    pub(super) fn algorithm(&self) -> &KeyAlgorithm {
        &self.0.info.algorithm
    }

    pub(super) fn material(&self) -> &Material {
        &self.0.material
    }

    /// Refuses a key that may not be used like this.
    pub(super) fn needs(&self, usage: Usages, what: &str) -> Result<()> {
        if self.0.info.usages.contains(usage) {
            Ok(())
        } else {
            access(format!("the key's usages do not include {what}"))
        }
    }

    /// The bytes of a secret key.
    pub(super) fn secret(&self) -> Result<&[u8]> {
        match self.material() {
            Material::Secret(bytes) => Ok(bytes),
            _ => access("the key is not a secret key"),
        }
    }

    /// The bytes of a public key.
    pub(super) fn public(&self) -> Result<&[u8]> {
        match self.material() {
            Material::Public(bytes) => Ok(bytes),
            _ => access("the key is not a public key"),
        }
    }

    /// The bytes of a private key, and those of its public key.
    pub(super) fn private(&self) -> Result<(&[u8], &[u8])> {
        match self.material() {
            Material::Private { secret, public } => Ok((secret, public)),
            _ => access("the key is not a private key"),
        }
    }
}

impl std::fmt::Debug for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Key").field(&self.0.info).finish()
    }
}

/// The usages that keys of an algorithm can have, by kind.
pub(super) struct Allowed {
    pub(super) public: Usages,
    pub(super) private: Usages,
}

/// The usages of an algorithm; those of a secret key are under `private`.
pub(super) fn allowed(algorithm: &KeyAlgorithm) -> Allowed {
    use super::wit::{AesMode, RsaScheme};
    let none = Usages::empty();
    let encrypting = Usages::ENCRYPT | Usages::DECRYPT;
    let wrapping = Usages::WRAP_KEY | Usages::UNWRAP_KEY;
    let (public, private) = match algorithm {
        KeyAlgorithm::Aes(aes) if aes.mode == AesMode::Kw => (none, wrapping),
        KeyAlgorithm::Aes(_) | KeyAlgorithm::Chacha20Poly1305 => (none, encrypting | wrapping),
        KeyAlgorithm::Hmac(_) | KeyAlgorithm::Kmac(_) => (none, Usages::SIGN | Usages::VERIFY),
        KeyAlgorithm::Rsa(rsa) if rsa.scheme == RsaScheme::Oaep => (
            Usages::ENCRYPT | Usages::WRAP_KEY,
            Usages::DECRYPT | Usages::UNWRAP_KEY,
        ),
        KeyAlgorithm::Rsa(_)
        | KeyAlgorithm::Ecdsa(_)
        | KeyAlgorithm::Ed25519
        | KeyAlgorithm::Ed448
        | KeyAlgorithm::MlDsa(_) => (Usages::VERIFY, Usages::SIGN),
        KeyAlgorithm::Ecdh(_)
        | KeyAlgorithm::X25519
        | KeyAlgorithm::X448
        | KeyAlgorithm::Hkdf
        | KeyAlgorithm::Pbkdf2
        | KeyAlgorithm::Argon2(_) => (none, Usages::DERIVE_KEY | Usages::DERIVE_BITS),
        KeyAlgorithm::MlKem(_) => (
            Usages::ENCAPSULATE_KEY | Usages::ENCAPSULATE_BITS,
            Usages::DECAPSULATE_KEY | Usages::DECAPSULATE_BITS,
        ),
    };
    Allowed { public, private }
}

/// Refuses usages that a key cannot have.
pub(super) fn check_usages(asked: Usages, allowed: Usages) -> Result<()> {
    if allowed.contains(asked) {
        Ok(())
    } else {
        usages("a usage is not one of such a key")
    }
}

/// The algorithm's name in the specification.
pub(super) fn name(algorithm: &KeyAlgorithm) -> &'static str {
    use super::wit::{AesMode, Argon2Kind, MlDsaSize, MlKemSize, RsaScheme};
    match algorithm {
        KeyAlgorithm::Aes(aes) => match aes.mode {
            AesMode::Cbc => "AES-CBC",
            AesMode::Ctr => "AES-CTR",
            AesMode::Gcm => "AES-GCM",
            AesMode::Kw => "AES-KW",
            AesMode::Ocb => "AES-OCB",
        },
        KeyAlgorithm::Chacha20Poly1305 => "ChaCha20-Poly1305",
        KeyAlgorithm::Hmac(_) => "HMAC",
        KeyAlgorithm::Kmac(kmac) if kmac.strength == 128 => "KMAC128",
        KeyAlgorithm::Kmac(_) => "KMAC256",
        KeyAlgorithm::Rsa(rsa) => match rsa.scheme {
            RsaScheme::Pkcs1 => "RSASSA-PKCS1-v1_5",
            RsaScheme::Pss => "RSA-PSS",
            RsaScheme::Oaep => "RSA-OAEP",
        },
        KeyAlgorithm::Ecdsa(_) => "ECDSA",
        KeyAlgorithm::Ecdh(_) => "ECDH",
        KeyAlgorithm::Ed25519 => "Ed25519",
        KeyAlgorithm::Ed448 => "Ed448",
        KeyAlgorithm::X25519 => "X25519",
        KeyAlgorithm::X448 => "X448",
        KeyAlgorithm::MlDsa(MlDsaSize::Dsa44) => "ML-DSA-44",
        KeyAlgorithm::MlDsa(MlDsaSize::Dsa65) => "ML-DSA-65",
        KeyAlgorithm::MlDsa(MlDsaSize::Dsa87) => "ML-DSA-87",
        KeyAlgorithm::MlKem(MlKemSize::Kem512) => "ML-KEM-512",
        KeyAlgorithm::MlKem(MlKemSize::Kem768) => "ML-KEM-768",
        KeyAlgorithm::MlKem(MlKemSize::Kem1024) => "ML-KEM-1024",
        KeyAlgorithm::Hkdf => "HKDF",
        KeyAlgorithm::Pbkdf2 => "PBKDF2",
        KeyAlgorithm::Argon2(Argon2Kind::D) => "Argon2d",
        KeyAlgorithm::Argon2(Argon2Kind::I) => "Argon2i",
        KeyAlgorithm::Argon2(Argon2Kind::Id) => "Argon2id",
    }
}

/// The curve's name in the specification.
pub(super) fn curve_name(curve: Curve) -> &'static str {
    match curve {
        Curve::P256 => "P-256",
        Curve::P384 => "P-384",
        Curve::P521 => "P-521",
    }
}

/// The block size of a hash function, in bits: the length of a new key for HMAC.
pub(super) fn block_bits(hash: Hash) -> u32 {
    match hash {
        Hash::Sha1 | Hash::Sha256 => 512,
        Hash::Sha384 | Hash::Sha512 => 1024,
        Hash::Sha3w256 => 1088,
        Hash::Sha3w384 => 832,
        Hash::Sha3w512 => 576,
    }
}
