//! The host side of `outwit:subtle/keys`.

use std::sync::Arc;

use tokio::sync::Semaphore;
use wasmtime::component::{Accessor, HasSelf, Resource, ResourceTable};

use super::derive::Derivation;
use super::grant::{Allowed, Grant};
use super::key::Key;
use super::methods::{self, Generated, Means, Wanted};
use super::wit::{
    self, Cipher, DigestAlgorithm, EncapsulatedBits, EncapsulatedKey, Error, KeyAlgorithm, KeyData,
    KeyFormat, KeyInfo, Signing, Usages,
};
use super::{digest, operations};
use crate::crypto::Entropy;
use crate::policy::{Gate, Operation, Refused, Target};

/// What one instance has of cryptography: its keys.
pub(crate) struct Subtle {
    gate: Gate,
    grant: Option<Grant>,
    entropy: Option<Arc<dyn Entropy>>,
    keys: ResourceTable,
    busy: Arc<Semaphore>,
}

impl Subtle {
    pub(crate) fn new(
        gate: Gate,
        grant: Option<Grant>,
        entropy: Option<Arc<dyn Entropy>>,
        handles: u64,
    ) -> Subtle {
        let mut keys = ResourceTable::new();
        keys.set_max_capacity(usize::try_from(handles).unwrap_or(usize::MAX));
        let threads = grant
            .as_ref()
            .map_or(1, |grant| grant.threads.clamp(1, Semaphore::MAX_PERMITS));
        Subtle {
            gate,
            grant,
            entropy,
            keys,
            busy: Arc::new(Semaphore::new(threads)),
        }
    }

    fn ask(&self) -> Asked {
        Asked {
            gate: self.gate.clone(),
            granted: Grant::check(self.grant.as_ref()),
            entropy: self.entropy.clone(),
            busy: self.busy.clone(),
        }
    }

    fn key(&self, handle: &Resource<Key>) -> wasmtime::Result<Key> {
        Ok(self.keys.get(handle)?.clone())
    }

    fn keep(&mut self, key: Key) -> wasmtime::Result<Resource<Key>> {
        Ok(self.keys.push(key)?)
    }
}

/// An operation that the grant and the policy have yet to allow.
struct Asked {
    gate: Gate,
    granted: Result<Allowed, Error>,
    entropy: Option<Arc<dyn Entropy>>,
    busy: Arc<Semaphore>,
}

impl Asked {
    async fn enter(self, operation: &Operation) -> Result<Work, Error> {
        let entered = self.gate.enter(operation, Target::None, self.granted);
        let allowed = entered.await.map_err(|refused| match refused {
            Refused::Grant(e) => e,
            Refused::Policy(_) => Error::NotAllowed,
        })?;
        Ok(Work {
            allowed,
            entropy: self.entropy.ok_or(Error::NotAllowed)?,
            busy: self.busy,
        })
    }
}

/// An operation that may begin.
struct Work {
    allowed: Allowed,
    entropy: Arc<dyn Entropy>,
    busy: Arc<Semaphore>,
}

/// What is done right where it is asked for; more goes to a thread of its own, so that other plugins do not wait.
const SMALL: usize = 64 << 10;

/// Whether an operation takes long.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Weight {
    Light,
    Heavy,
}

impl Weight {
    fn of(algorithm: &KeyAlgorithm, bytes: usize) -> Weight {
        let quick = matches!(
            algorithm,
            KeyAlgorithm::Aes(_)
                | KeyAlgorithm::Chacha20Poly1305
                | KeyAlgorithm::Hmac(_)
                | KeyAlgorithm::Kmac(_)
                | KeyAlgorithm::Hkdf
                | KeyAlgorithm::Ed25519
                | KeyAlgorithm::X25519
                | KeyAlgorithm::MlKem(_)
                | KeyAlgorithm::Ecdsa(wit::Curve::P256)
                | KeyAlgorithm::Ecdh(wit::Curve::P256)
        );
        if quick && bytes <= SMALL {
            Weight::Light
        } else {
            Weight::Heavy
        }
    }
}

impl Work {
    async fn run<R: Send + 'static>(
        self,
        weight: Weight,
        work: impl FnOnce(&Means<'_>) -> Result<R, Error> + Send + 'static,
    ) -> Result<R, Error> {
        let Work {
            allowed,
            entropy,
            busy,
        } = self;
        let all = move || {
            work(&Means {
                allowed: &allowed,
                entropy: &*entropy,
            })
        };
        if weight == Weight::Light {
            return all();
        }
        let permit = busy.acquire_owned().await;
        // The thread goes on when the call is dropped, so it is the thread that gives the place back.
        tokio::task::spawn_blocking(move || {
            let _permit = permit;
            all()
        })
        .await
        .unwrap_or_else(|e| {
            tracing::error!(error = %e, "cryptography failed");
            Err(Error::Other("the host's cryptography failed".to_string()))
        })
    }
}

fn wanted(algorithm: KeyAlgorithm, extractable: bool, usages: Usages) -> Wanted {
    Wanted {
        algorithm,
        extractable,
        usages,
    }
}

/// Begins an operation without a key.
async fn start<T>(
    accessor: &Accessor<T, HasSelf<Subtle>>,
    operation: &Operation,
) -> Result<Work, Error> {
    let asked = accessor.with(|mut view| view.get().ask());
    asked.enter(operation).await
}

/// Begins an operation with the key it is about.
async fn begin<T>(
    accessor: &Accessor<T, HasSelf<Subtle>>,
    operation: &Operation,
    handle: &Resource<Key>,
) -> wasmtime::Result<Result<(Work, Key), Error>> {
    let (asked, key) = accessor.with(|mut view| -> wasmtime::Result<_> {
        let subtle = view.get();
        Ok((subtle.ask(), subtle.key(handle)?))
    })?;
    Ok(asked.enter(operation).await.map(|work| (work, key)))
}

fn keep<T>(
    accessor: &Accessor<T, HasSelf<Subtle>>,
    key: Result<Key, Error>,
) -> wasmtime::Result<Result<Resource<Key>, Error>> {
    match key {
        Ok(key) => accessor.with(|mut view| view.get().keep(key)).map(Ok),
        Err(e) => Ok(Err(e)),
    }
}

/// `?` for the inner of two results.
macro_rules! granted {
    ($result:expr) => {
        match $result {
            Ok(value) => value,
            Err(e) => return Ok(Err(e)),
        }
    };
}

fn derivation<T>(
    accessor: &Accessor<T, HasSelf<Subtle>>,
    how: wit::Derivation,
) -> wasmtime::Result<Derivation> {
    Ok(match how {
        wit::Derivation::DiffieHellman(public) => {
            Derivation::DiffieHellman(accessor.with(|mut view| view.get().key(&public))?)
        }
        wit::Derivation::Hkdf(how) => Derivation::Hkdf(how),
        wit::Derivation::Pbkdf2(how) => Derivation::Pbkdf2(how),
        wit::Derivation::Argon2(how) => Derivation::Argon2(how),
    })
}

impl wit::Host for Subtle {}

impl wit::HostKey for Subtle {
    async fn info(&mut self, key: Resource<Key>) -> wasmtime::Result<KeyInfo> {
        Ok(self.key(&key)?.info().clone())
    }

    async fn drop(&mut self, key: Resource<Key>) -> wasmtime::Result<()> {
        self.keys.delete(key)?;
        Ok(())
    }
}

type Answer<T> = wasmtime::Result<Result<T, Error>>;

impl<T> wit::HostWithStore<T> for HasSelf<Subtle> {
    async fn digest(
        accessor: &Accessor<T, Self>,
        algorithm: DigestAlgorithm,
        data: Vec<u8>,
    ) -> Answer<Vec<u8>> {
        let work = granted!(start(accessor, &operations::DIGEST).await);
        let weight = if data.len() <= SMALL {
            Weight::Light
        } else {
            Weight::Heavy
        };
        Ok(work
            .run(weight, move |_| digest::digest(&algorithm, &data))
            .await)
    }

    async fn generate(
        accessor: &Accessor<T, Self>,
        algorithm: KeyAlgorithm,
        extractable: bool,
        usages: Usages,
    ) -> Answer<wit::Generated> {
        let work = granted!(start(accessor, &operations::GENERATE).await);
        let weight = Weight::of(&algorithm, 0);
        let wanted = wanted(algorithm, extractable, usages);
        let made = work
            .run(weight, move |means| methods::generate(wanted, means))
            .await;
        let made = granted!(made);
        accessor.with(|mut view| {
            let subtle = view.get();
            Ok(Ok(match made {
                Generated::Secret(key) => wit::Generated::Secret(subtle.keep(key)?),
                Generated::Pair(public, private) => {
                    wit::Generated::Pair((subtle.keep(public)?, subtle.keep(private)?))
                }
            }))
        })
    }

    async fn import(
        accessor: &Accessor<T, Self>,
        format: KeyFormat,
        data: KeyData,
        algorithm: KeyAlgorithm,
        extractable: bool,
        usages: Usages,
    ) -> Answer<Resource<Key>> {
        let work = granted!(start(accessor, &operations::IMPORT).await);
        let weight = Weight::of(&algorithm, 0);
        let wanted = wanted(algorithm, extractable, usages);
        let key = work
            .run(weight, move |means| {
                methods::import(format, data, &wanted, means.allowed)
            })
            .await;
        keep(accessor, key)
    }

    async fn export(
        accessor: &Accessor<T, Self>,
        format: KeyFormat,
        key: Resource<Key>,
    ) -> Answer<KeyData> {
        let (_, key) = granted!(begin(accessor, &operations::EXPORT, &key).await?);
        Ok(methods::export(format, &key))
    }

    async fn public_key(
        accessor: &Accessor<T, Self>,
        key: Resource<Key>,
        usages: Usages,
    ) -> Answer<Resource<Key>> {
        let (_, key) = granted!(begin(accessor, &operations::PUBLIC_KEY, &key).await?);
        keep(accessor, methods::public_key(&key, usages))
    }

    async fn encrypt(
        accessor: &Accessor<T, Self>,
        how: Cipher,
        key: Resource<Key>,
        data: Vec<u8>,
    ) -> Answer<Vec<u8>> {
        let (work, key) = granted!(begin(accessor, &operations::ENCRYPT, &key).await?);
        let weight = Weight::of(key.algorithm(), data.len());
        Ok(work
            .run(weight, move |means| {
                methods::encrypt(&how, &key, data, means)
            })
            .await)
    }

    async fn decrypt(
        accessor: &Accessor<T, Self>,
        how: Cipher,
        key: Resource<Key>,
        data: Vec<u8>,
    ) -> Answer<Vec<u8>> {
        let (work, key) = granted!(begin(accessor, &operations::DECRYPT, &key).await?);
        let weight = Weight::of(key.algorithm(), data.len());
        Ok(work
            .run(weight, move |means| {
                methods::decrypt(&how, &key, data, means)
            })
            .await)
    }

    async fn sign(
        accessor: &Accessor<T, Self>,
        how: Signing,
        key: Resource<Key>,
        data: Vec<u8>,
    ) -> Answer<Vec<u8>> {
        let (work, key) = granted!(begin(accessor, &operations::SIGN, &key).await?);
        let weight = Weight::of(key.algorithm(), data.len());
        Ok(work
            .run(weight, move |means| methods::sign(&how, &key, &data, means))
            .await)
    }

    async fn verify(
        accessor: &Accessor<T, Self>,
        how: Signing,
        key: Resource<Key>,
        signature: Vec<u8>,
        data: Vec<u8>,
    ) -> Answer<bool> {
        let (work, key) = granted!(begin(accessor, &operations::VERIFY, &key).await?);
        let weight = Weight::of(key.algorithm(), data.len());
        Ok(work
            .run(weight, move |_| {
                methods::verify(&how, &key, &signature, &data)
            })
            .await)
    }

    async fn derive_bits(
        accessor: &Accessor<T, Self>,
        how: wit::Derivation,
        key: Resource<Key>,
        length: Option<u32>,
    ) -> Answer<Vec<u8>> {
        let how = derivation(accessor, how)?;
        let (work, key) = granted!(begin(accessor, &operations::DERIVE_BITS, &key).await?);
        let weight = Weight::of(key.algorithm(), 0);
        Ok(work
            .run(weight, move |means| {
                let mut bits = methods::derive_bits(&how, &key, length, means.allowed)?;
                Ok(std::mem::take(&mut *bits))
            })
            .await)
    }

    async fn derive_key(
        accessor: &Accessor<T, Self>,
        how: wit::Derivation,
        key: Resource<Key>,
        derived: KeyAlgorithm,
        extractable: bool,
        usages: Usages,
    ) -> Answer<Resource<Key>> {
        let how = derivation(accessor, how)?;
        let (work, key) = granted!(begin(accessor, &operations::DERIVE_KEY, &key).await?);
        let weight = Weight::of(key.algorithm(), 0);
        let wanted = wanted(derived, extractable, usages);
        let derived = work
            .run(weight, move |means| {
                methods::derive_key(&how, &key, &wanted, means.allowed)
            })
            .await;
        keep(accessor, derived)
    }

    async fn wrap(
        accessor: &Accessor<T, Self>,
        format: KeyFormat,
        key: Resource<Key>,
        wrapping_key: Resource<Key>,
        how: Cipher,
    ) -> Answer<Vec<u8>> {
        let key = accessor.with(|mut view| view.get().key(&key))?;
        let (work, wrapping) = granted!(begin(accessor, &operations::WRAP, &wrapping_key).await?);
        let weight = Weight::of(wrapping.algorithm(), 0);
        Ok(work
            .run(weight, move |means| {
                methods::wrap(format, &key, &wrapping, &how, means)
            })
            .await)
    }

    async fn unwrap(
        accessor: &Accessor<T, Self>,
        format: KeyFormat,
        wrapped: Vec<u8>,
        unwrapping_key: Resource<Key>,
        how: Cipher,
        algorithm: KeyAlgorithm,
        extractable: bool,
        usages: Usages,
    ) -> Answer<Resource<Key>> {
        let (work, unwrapping) =
            granted!(begin(accessor, &operations::UNWRAP, &unwrapping_key).await?);
        let weight = match Weight::of(&algorithm, 0) {
            Weight::Heavy => Weight::Heavy,
            Weight::Light => Weight::of(unwrapping.algorithm(), wrapped.len()),
        };
        let wanted = wanted(algorithm, extractable, usages);
        let key = work
            .run(weight, move |means| {
                methods::unwrap(format, wrapped, &unwrapping, &how, &wanted, means)
            })
            .await;
        keep(accessor, key)
    }

    async fn encapsulate_key(
        accessor: &Accessor<T, Self>,
        key: Resource<Key>,
        shared: KeyAlgorithm,
        extractable: bool,
        usages: Usages,
    ) -> Answer<EncapsulatedKey> {
        let (work, key) = granted!(begin(accessor, &operations::ENCAPSULATE_KEY, &key).await?);
        let wanted = wanted(shared, extractable, usages);
        let made = work
            .run(Weight::Light, move |means| {
                methods::encapsulate_key(&key, &wanted, means)
            })
            .await;
        let (shared, ciphertext) = granted!(made);
        let shared_key = accessor.with(|mut view| view.get().keep(shared))?;
        Ok(Ok(EncapsulatedKey {
            shared_key,
            ciphertext,
        }))
    }

    async fn encapsulate_bits(
        accessor: &Accessor<T, Self>,
        key: Resource<Key>,
    ) -> Answer<EncapsulatedBits> {
        let (work, key) = granted!(begin(accessor, &operations::ENCAPSULATE_BITS, &key).await?);
        Ok(work
            .run(Weight::Light, move |means| {
                let (mut secret, ciphertext) = methods::encapsulate_bits(&key, means)?;
                Ok(EncapsulatedBits {
                    shared_key: std::mem::take(&mut *secret),
                    ciphertext,
                })
            })
            .await)
    }

    async fn decapsulate_key(
        accessor: &Accessor<T, Self>,
        key: Resource<Key>,
        ciphertext: Vec<u8>,
        shared: KeyAlgorithm,
        extractable: bool,
        usages: Usages,
    ) -> Answer<Resource<Key>> {
        let (work, key) = granted!(begin(accessor, &operations::DECAPSULATE_KEY, &key).await?);
        let wanted = wanted(shared, extractable, usages);
        let key = work
            .run(Weight::Light, move |means| {
                methods::decapsulate_key(&key, &ciphertext, &wanted, means.allowed)
            })
            .await;
        keep(accessor, key)
    }

    async fn decapsulate_bits(
        accessor: &Accessor<T, Self>,
        key: Resource<Key>,
        ciphertext: Vec<u8>,
    ) -> Answer<Vec<u8>> {
        let (work, key) = granted!(begin(accessor, &operations::DECAPSULATE_BITS, &key).await?);
        Ok(work
            .run(Weight::Light, move |_| {
                let mut bits = methods::decapsulate_bits(&key, &ciphertext)?;
                Ok(std::mem::take(&mut *bits))
            })
            .await)
    }
}
