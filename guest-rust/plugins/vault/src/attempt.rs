//! Calls any one function of the host.

use crate::text;
use outwit_guest::keyvalue::{self, Bucket, Range};
use outwit_guest::locks::{self, Mode};
use outwit_guest::messaging::{Channel, Port};
use outwit_guest::subtle::{
    self, Cipher, Derivation, DigestAlgorithm, Hash, Hkdf, HmacKey, KeyAlgorithm, KeyFormat,
    MlKemSize, Signing, Usages,
};

fn range() -> Range {
    Range {
        prefix: String::new(),
        after: None,
        limit: 9,
    }
}

pub(crate) async fn attempt(function: &str) -> Result<(), String> {
    let (interface, name) = function.split_once('.').ok_or("no function")?;
    match interface {
        "outwit:keyvalue/store" => keyvalue(name).await.map_err(text),
        "outwit:locks/manager" => match name {
            "query" => locks::query().map(drop).map_err(text),
            _ => locks::lock("a", Mode::Shared).await.map(drop).map_err(text),
        },
        "outwit:messaging/broadcast" | "outwit:messaging/ports" => {
            messaging(interface, name).await.map_err(text)
        }
        _ => keys(name).await.map_err(text),
    }
}

async fn keyvalue(name: &str) -> Result<(), keyvalue::Error> {
    let bucket = Bucket::named("b").await?;
    match name {
        "[method]bucket.get" => bucket.get("k".to_string()).await.map(drop),
        "[method]bucket.set" => bucket.set("k".to_string(), Vec::new()).await,
        "[method]bucket.delete" => bucket.delete("k".to_string()).await,
        "[method]bucket.keys" => bucket.keys(range()).await.map(drop),
        "[method]bucket.entries" => bucket.entries(range()).await.map(drop),
        "[method]bucket.commit" => bucket.compare_and_set("k", None, None).await.map(drop),
        "buckets" => keyvalue::buckets().await.map(drop),
        _ => keyvalue::remove("b".to_string()).await,
    }
}

async fn messaging(interface: &str, name: &str) -> Result<(), outwit_guest::messaging::Error> {
    if interface.ends_with("broadcast") {
        let channel = Channel::named("c")?;
        return match name {
            "[method]channel.post" => channel.post(b"m"),
            _ => channel.receive().await.map(drop),
        };
    }
    match name {
        "accept" => Port::accept("there").await.map(drop),
        "connect" => Port::connect("here").await.map(drop),
        "[method]port.post" => Port::connect("here").await?.post(b"m"),
        _ => Port::connect("here").await?.receive().await.map(drop),
    }
}

async fn keys(name: &str) -> Result<(), subtle::Error> {
    let hmac = KeyAlgorithm::Hmac(HmacKey {
        hash: Hash::Sha256,
        length: None,
    });
    let mac = async || {
        let usages = Usages::SIGN | Usages::VERIFY;
        subtle::generate_secret(hmac.clone(), true, usages).await
    };
    let kem = async || {
        let usages = Usages::ENCAPSULATE_KEY
            | Usages::ENCAPSULATE_BITS
            | Usages::DECAPSULATE_KEY
            | Usages::DECAPSULATE_BITS;
        subtle::generate_pair(KeyAlgorithm::MlKem(MlKemSize::Kem512), false, usages).await
    };
    let base = async || {
        subtle::import(
            KeyFormat::Raw,
            subtle::KeyData::Bytes(vec![1]),
            KeyAlgorithm::Hkdf,
            false,
            Usages::DERIVE_BITS | Usages::DERIVE_KEY,
        )
        .await
    };
    let hkdf = Derivation::Hkdf(Hkdf {
        hash: Hash::Sha256,
        salt: Vec::new(),
        info: Vec::new(),
    });
    let sign = Usages::SIGN;
    match name {
        "digest" => {
            let algorithm = DigestAlgorithm::Hash(Hash::Sha256);
            subtle::digest(algorithm, Vec::new()).await.map(drop)
        }
        "generate" => mac().await.map(drop),
        "import" => base().await.map(drop),
        "export" => subtle::export(KeyFormat::Raw, &mac().await?)
            .await
            .map(drop),
        "public-key" => {
            let (_, private) = kem().await?;
            subtle::public_key(&private, Usages::empty())
                .await
                .map(drop)
        }
        "encrypt" => {
            let how = Cipher::AesCbc(vec![0; 16]);
            subtle::encrypt(how, &mac().await?, Vec::new())
                .await
                .map(drop)
        }
        "decrypt" => {
            let how = Cipher::AesCbc(vec![0; 16]);
            subtle::decrypt(how, &mac().await?, Vec::new())
                .await
                .map(drop)
        }
        "sign" => subtle::sign(Signing::Hmac, &mac().await?, Vec::new())
            .await
            .map(drop),
        "verify" => {
            let key = mac().await?;
            subtle::verify(Signing::Hmac, &key, Vec::new(), Vec::new())
                .await
                .map(drop)
        }
        "derive-bits" => subtle::derive_bits(hkdf, &base().await?, Some(8))
            .await
            .map(drop),
        "derive-key" => {
            let key = base().await?;
            subtle::derive_key(hkdf, &key, hmac, false, sign)
                .await
                .map(drop)
        }
        "wrap" => {
            let key = mac().await?;
            subtle::wrap(KeyFormat::Raw, &key, &key, Cipher::AesKw)
                .await
                .map(drop)
        }
        "unwrap" => {
            let (key, how) = (mac().await?, Cipher::AesKw);
            subtle::unwrap(KeyFormat::Raw, Vec::new(), &key, how, hmac, false, sign)
                .await
                .map(drop)
        }
        "encapsulate-key" => {
            let (public, _) = kem().await?;
            subtle::encapsulate_key(&public, hmac, false, sign)
                .await
                .map(drop)
        }
        "encapsulate-bits" => subtle::encapsulate_bits(&kem().await?.0).await.map(drop),
        "decapsulate-key" => {
            let (_, private) = kem().await?;
            subtle::decapsulate_key(&private, Vec::new(), hmac, false, sign)
                .await
                .map(drop)
        }
        _ => subtle::decapsulate_bits(&kem().await?.1, Vec::new())
            .await
            .map(drop),
    }
}
