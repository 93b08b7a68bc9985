//! Cryptography with keys that stay in the host: `outwit:subtle`.
//!
//! What is here is what WIT has: the names, parameters and errors of Web Cryptography. A [`Key`] is a handle; the bytes
//! of one that is not extractable never enter the plugin.
//!
//! ```no_run
//! use outwit_guest::subtle::{self, Aead, AesKey, AesMode, Cipher, Error, KeyAlgorithm, Usages};
//!
//! async fn sealed(message: &[u8]) -> Result<Vec<u8>, Error> {
//!     let aes = KeyAlgorithm::Aes(AesKey { mode: AesMode::Gcm, length: Some(256) });
//!     let key = subtle::generate_secret(aes, false, Usages::ENCRYPT | Usages::DECRYPT).await?;
//!     let how = Cipher::AesGcm(Aead {
//!         iv: vec![0; 12], // a new one each time a key is used again
//!         additional_data: b"version 1".to_vec(),
//!         tag_length: None,
//!     });
//!     subtle::encrypt(how, &key, message.to_vec()).await
//! }
//! ```

mod bindings {
    #![allow(missing_docs, clippy::all)]
    wit_bindgen::generate!({
        path: "wit/deps/outwit-subtle.wit",
        world: "outwit:subtle/imports@0.1.0",
        generate_all,
    });
}

pub use bindings::outwit::subtle::keys::*;

/// Makes one key, for an algorithm whose keys both sides have.
///
/// # Errors
/// See [`Error`]; [`Error::NotSupported`] if the algorithm has pairs of keys.
pub async fn generate_secret(
    algorithm: KeyAlgorithm,
    extractable: bool,
    usages: Usages,
) -> Result<Key, Error> {
    match generate(algorithm, extractable, usages).await? {
        Generated::Secret(key) => Ok(key),
        Generated::Pair(_) => Err(Error::NotSupported(
            "the algorithm has pairs of keys".to_string(),
        )),
    }
}

/// Makes a pair of keys: the public and the private one.
///
/// # Errors
/// See [`Error`]; [`Error::NotSupported`] if the algorithm has no pairs of keys.
pub async fn generate_pair(
    algorithm: KeyAlgorithm,
    extractable: bool,
    usages: Usages,
) -> Result<(Key, Key), Error> {
    match generate(algorithm, extractable, usages).await? {
        Generated::Pair(pair) => Ok(pair),
        Generated::Secret(_) => Err(Error::NotSupported(
            "the algorithm has no pairs of keys".to_string(),
        )),
    }
}
