//! Keeps what it seals: keys in the host, a bucket, a lock, a channel and a port.

#[allow(missing_docs)]
mod bindings {
    outwit_guest::wit_bindgen::generate!({
        path: "wit",
        generate_all,
        runtime_path: "outwit_guest::wit_bindgen::rt",
    });
}

mod attempt;

use bindings::exports::demo::vault::safe::Guest;
use outwit_guest::keyvalue::Bucket;
use outwit_guest::locks::{self, Mode};
use outwit_guest::messaging::{Channel, Port};
use outwit_guest::subtle::{
    self, Aead, AesKey, AesMode, Cipher, Derivation, Hash, Key, KeyAlgorithm, KeyData, KeyFormat,
    Pbkdf2, Usages,
};

struct Vault;

pub(crate) fn text(error: impl std::fmt::Debug) -> String {
    format!("{error:?}")
}

/// A key that nobody can read, not even this plugin.
async fn key(name: &str, password: String, usage: Usages) -> Result<Key, String> {
    let password = subtle::import(
        KeyFormat::Raw,
        KeyData::Bytes(password.into_bytes()),
        KeyAlgorithm::Pbkdf2,
        false,
        Usages::DERIVE_KEY,
    );
    let how = Pbkdf2 {
        hash: Hash::Sha256,
        salt: name.as_bytes().to_vec(),
        iterations: 1000,
    };
    let aes = KeyAlgorithm::Aes(AesKey {
        mode: AesMode::Gcm,
        length: Some(256),
    });
    let password = password.await.map_err(text)?;
    subtle::derive_key(Derivation::Pbkdf2(how), &password, aes, false, usage)
        .await
        .map_err(text)
}

fn sealing(name: &str) -> Cipher {
    // A name has a key of its own, and is sealed once.
    Cipher::AesGcm(Aead {
        iv: vec![0; 12],
        additional_data: name.as_bytes().to_vec(),
        tag_length: None,
    })
}

impl Guest for Vault {
    async fn seal(name: String, password: String, plain: String) -> Result<(), String> {
        let _alone = locks::lock(&name, Mode::Exclusive).await.map_err(text)?;
        let key = key(&name, password, Usages::ENCRYPT).await?;
        let sealed = subtle::encrypt(sealing(&name), &key, plain.into_bytes())
            .await
            .map_err(text)?;
        let bucket = Bucket::named("sealed").await.map_err(text)?;
        if !bucket
            .compare_and_set(&name, None, Some(&sealed))
            .await
            .map_err(text)?
        {
            return Err("there is something already".to_string());
        }
        let channel = Channel::named("vault").map_err(text)?;
        channel.post(name.as_bytes()).map_err(text)
    }

    async fn unseal(name: String, password: String) -> Result<String, String> {
        let bucket = Bucket::named("sealed").await.map_err(text)?;
        let sealed = bucket.get(name.clone()).await.map_err(text)?;
        let sealed = sealed.ok_or("there is nothing")?;
        let key = key(&name, password, Usages::DECRYPT).await?;
        let plain = subtle::decrypt(sealing(&name), &key, sealed).await;
        String::from_utf8(plain.map_err(text)?).map_err(text)
    }

    async fn names() -> Result<Vec<String>, String> {
        let bucket = Bucket::named("sealed").await.map_err(text)?;
        bucket.all_keys("").await.map_err(text)
    }

    async fn attempt(function: String) -> Result<(), String> {
        attempt::attempt(&function).await
    }

    async fn answer() -> Result<String, String> {
        let port = Port::accept("vault/questions").await.map_err(text)?;
        let question = port.receive().await.map_err(text)?;
        let answer: Vec<u8> = question.data.iter().rev().copied().collect();
        port.post(&answer).map_err(text)?;
        Ok(question
            .sender
            .unwrap_or_else(|| "the application".to_string()))
    }
}

bindings::export!(Vault with_types_in bindings);
