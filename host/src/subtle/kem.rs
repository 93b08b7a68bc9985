//! ML-KEM (FIPS 203), and what it shares with ML-DSA: keys that are seeds.

use chacha20::rand_core::{CryptoRng, Rng};
use ml_kem::kem::{Decapsulate as _, Encapsulate as _, Key as KemKey, KeyExport as _};
use ml_kem::{DecapsulationKey, EncapsulationKey, MlKem512, MlKem768, MlKem1024, Seed};
use pkcs8::ObjectIdentifier;

use super::jwk::{self, Jwk};
use super::key::{self, Key, Material, Secret, check_usages};
use super::wit::{JsonWebKey, KeyAlgorithm, KeyData, KeyFormat, KeyKind, MlKemSize, Usages};
use super::{Result, access, data, der, failed, ml_dsa, unsupported};

macro_rules! with_size {
    ($size:expr, $P:ident => $body:expr) => {
        match $size {
            MlKemSize::Kem512 => {
                type $P = MlKem512;
                $body
            }
            MlKemSize::Kem768 => {
                type $P = MlKem768;
                $body
            }
            MlKemSize::Kem1024 => {
                type $P = MlKem1024;
                $body
            }
        }
    };
}

/// A public key of ML-KEM, out of its bytes.
macro_rules! kem_public {
    ($P:ty, $bytes:expr) => {
        KemKey::<EncapsulationKey<$P>>::try_from($bytes)
            .ok()
            .and_then(|bytes| EncapsulationKey::<$P>::new(&bytes).ok())
            .ok_or_else(|| data("this is no public key of ML-KEM"))
    };
}

/// An algorithm whose private keys are seeds.
#[derive(Clone, Copy)]
enum Seeded {
    Kem(MlKemSize),
    Dsa(super::wit::MlDsaSize),
}

impl Seeded {
    fn of(algorithm: &KeyAlgorithm) -> Result<Seeded> {
        match algorithm {
            KeyAlgorithm::MlKem(size) => Ok(Seeded::Kem(*size)),
            KeyAlgorithm::MlDsa(size) => Ok(Seeded::Dsa(*size)),
            _ => unsupported("the key is for another algorithm"),
        }
    }

    fn oid(self) -> ObjectIdentifier {
        match self {
            Seeded::Kem(MlKemSize::Kem512) => {
                ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.4.1")
            }
            Seeded::Kem(MlKemSize::Kem768) => {
                ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.4.2")
            }
            Seeded::Kem(MlKemSize::Kem1024) => {
                ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.4.3")
            }
            Seeded::Dsa(size) => ml_dsa::oid(size),
        }
    }

    /// The length of the seed, in bytes.
    fn seed(self) -> usize {
        match self {
            Seeded::Kem(_) => 64,
            Seeded::Dsa(_) => ml_dsa::SEED,
        }
    }

    fn public_of(self, seed: &[u8]) -> Result<Vec<u8>> {
        match self {
            Seeded::Dsa(size) => ml_dsa::public_of(size, seed),
            Seeded::Kem(size) => {
                let seed = kem_seed(seed)?;
                with_size!(size, P => {
                    Ok(DecapsulationKey::<P>::from_seed(seed).encapsulation_key().to_bytes().to_vec())
                })
            }
        }
    }

    fn check_public(self, bytes: &[u8]) -> Result<()> {
        match self {
            Seeded::Dsa(size) => ml_dsa::check_public(size, bytes),
            Seeded::Kem(size) => {
                with_size!(size, P => { kem_public!(P, bytes)?; });
                Ok(())
            }
        }
    }

    fn private(self, seed: Secret, public: Option<&[u8]>) -> Result<Material> {
        if seed.len() != self.seed() {
            return Err(data(format!(
                "a seed has {} bytes, not {}",
                self.seed(),
                seed.len()
            )));
        }
        let computed = self.public_of(&seed)?;
        if public.is_some_and(|public| public != computed) {
            return Err(data("the public key is not that of the private key"));
        }
        Ok(Material::Private {
            secret: seed,
            public: computed,
        })
    }
}

fn kem_seed(bytes: &[u8]) -> Result<Seed> {
    Seed::try_from(bytes).map_err(|_| data(format!("a seed has 64 bytes, not {}", bytes.len())))
}

pub(super) fn generate(algorithm: &KeyAlgorithm, rng: &mut impl Rng) -> Result<(Secret, Vec<u8>)> {
    let seeded = Seeded::of(algorithm)?;
    let mut seed = Secret::new(vec![0; seeded.seed()]);
    rng.fill_bytes(&mut seed);
    let public = seeded.public_of(&seed)?;
    Ok((seed, public))
}

pub(super) fn import(
    format: KeyFormat,
    given: KeyData,
    algorithm: &KeyAlgorithm,
    extractable: bool,
    asked: Usages,
) -> Result<Key> {
    let seeded = Seeded::of(algorithm)?;
    let allowed = key::allowed(algorithm);
    let name = key::name(algorithm);
    let material = match (format, given) {
        (KeyFormat::RawPublic, KeyData::Bytes(bytes)) => {
            check_usages(asked, allowed.public)?;
            seeded.check_public(&bytes)?;
            Material::Public(bytes)
        }
        (KeyFormat::RawSeed, KeyData::Bytes(bytes)) => {
            let bytes = Secret::new(bytes);
            check_usages(asked, allowed.private)?;
            seeded.private(bytes, None)?
        }
        (KeyFormat::Spki, KeyData::Bytes(bytes)) => {
            check_usages(asked, allowed.public)?;
            let parsed = der::public(&bytes, seeded.oid())?;
            parsed.without_parameters()?;
            seeded.check_public(parsed.key)?;
            Material::Public(parsed.key.to_vec())
        }
        (KeyFormat::Pkcs8, KeyData::Bytes(bytes)) => {
            check_usages(asked, allowed.private)?;
            let bytes = Secret::new(bytes);
            let parsed = der::private(&bytes, seeded.oid())?;
            parsed.without_parameters()?;
            // Of the three forms, only the seed by itself; its length fits into one byte.
            match parsed.key {
                [0x80, length, seed @ ..] if usize::from(*length) == seed.len() => {
                    seeded.private(Secret::new(seed.to_vec()), None)?
                }
                [0x04 | 0x30, ..] => {
                    return unsupported("a private key has to be written as its seed alone");
                }
                _ => return Err(data("the private key is not DER as it should be")),
            }
        }
        (KeyFormat::Jwk, KeyData::Jwk(given)) => {
            let jwk = Jwk(&given);
            let is_private = given.priv_.is_some();
            check_usages(
                asked,
                if is_private {
                    allowed.private
                } else {
                    allowed.public
                },
            )?;
            jwk.family("AKP")?;
            if given.alg.as_deref() != Some(name) {
                return Err(data(format!("the field \"alg\" is not {name}")));
            }
            let purpose = if matches!(seeded, Seeded::Dsa(_)) {
                "sig"
            } else {
                "enc"
            };
            jwk.permits(purpose, asked, extractable)?;
            let public = jwk.bytes("pub", given.pub_.as_deref())?;
            seeded.check_public(&public)?;
            if is_private {
                let seed = Secret::new(jwk.bytes("priv", given.priv_.as_deref())?);
                seeded.private(seed, Some(&public))?
            } else {
                Material::Public(public)
            }
        }
        _ => return unsupported(format!("keys for {name} cannot be imported in this format")),
    };
    Ok(Key::new(material, algorithm.clone(), extractable, asked))
}

pub(super) fn export(format: KeyFormat, key: &Key) -> Result<KeyData> {
    let algorithm = key.algorithm();
    let seeded = Seeded::of(algorithm)?;
    let name = key::name(algorithm);
    match format {
        KeyFormat::RawPublic => Ok(KeyData::Bytes(key.public()?.to_vec())),
        KeyFormat::RawSeed => Ok(KeyData::Bytes(key.private()?.0.to_vec())),
        KeyFormat::Spki => der::write_public(seeded.oid(), None, key.public()?).map(KeyData::Bytes),
        KeyFormat::Pkcs8 => {
            let inner = der::write_octets(0x80, key.private()?.0)?;
            der::write_private(seeded.oid(), None, &inner).map(KeyData::Bytes)
        }
        KeyFormat::Jwk => {
            let (seed, public) = match key.kind() {
                KeyKind::Private => key.private().map(|(seed, public)| (Some(seed), public))?,
                _ => (None, key.public()?),
            };
            Ok(KeyData::Jwk(JsonWebKey {
                kty: Some("AKP".to_string()),
                alg: Some(name.to_string()),
                pub_: Some(jwk::encode(public)),
                priv_: seed.map(jwk::encode),
                ..jwk::empty(key)
            }))
        }
        _ => unsupported(format!("keys for {name} cannot be exported in this format")),
    }
}

fn size(key: &Key) -> Result<MlKemSize> {
    match key.algorithm() {
        KeyAlgorithm::MlKem(size) => Ok(*size),
        other => access(format!("the key is for {}", key::name(other))),
    }
}

/// A shared secret, and its ciphertext.
pub(super) fn encapsulate(key: &Key, rng: &mut impl CryptoRng) -> Result<(Secret, Vec<u8>)> {
    let size = size(key)?;
    let public = key.public()?;
    with_size!(size, P => {
        let (ciphertext, secret) = kem_public!(P, public)?.encapsulate_with_rng(rng);
        Ok((Secret::new(secret.to_vec()), ciphertext.to_vec()))
    })
}

/// The shared secret of a ciphertext. A forged one gives another secret, as FIPS 203 has it.
pub(super) fn decapsulate(key: &Key, ciphertext: &[u8]) -> Result<Secret> {
    let size = size(key)?;
    let (seed, _) = key.private()?;
    let seed = kem_seed(seed)?;
    with_size!(size, P => {
        let secret = DecapsulationKey::<P>::from_seed(seed)
            .decapsulate_slice(ciphertext)
            .map_err(|_| failed(format!("a ciphertext does not have {} bytes", ciphertext.len())))?;
        Ok(Secret::new(secret.to_vec()))
    })
}
