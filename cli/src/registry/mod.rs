//! Components in OCI registries, in the layout of the CNCF's guidance for Wasm: a manifest with a config of
//! `application/vnd.wasm.config.v0+json` and one layer, the component, of `application/wasm`. A signature file travels as a
//! manifest of its own that refers to the component's.
//!
//! `oci-client` and `oci-wasm` have the names, the manifests and the config. What moves is in `connection.rs`: the client of `oci-client` reads
//! some answers whole, however long they are.

mod connection;
mod credentials;
mod referrers;

use anyhow::{Context, Result, anyhow, bail};
use connection::Connection;
use oci_client::manifest::{OciDescriptor, OciImageManifest};
use oci_client::{Reference, RegistryOperation};
use sha2::{Digest as _, Sha256};

pub const IMAGE: &str = "application/vnd.oci.image.manifest.v1+json";
pub const INDEX: &str = "application/vnd.oci.image.index.v1+json";
const CONFIG: &str = "application/vnd.wasm.config.v0+json";
const WASM: &str = "application/wasm";

/// The largest manifest that is read, in bytes: what registries have to accept.
const MAX_MANIFEST: usize = 4 << 20;
/// The largest component that is pulled, in bytes.
const MAX_COMPONENT: u64 = 256 << 20;
/// The largest signature file that is pulled, in bytes.
const MAX_SIGNATURE: u64 = 1 << 20;

/// One repository of a registry, and a way to talk to it.
pub struct Registry {
    reference: Reference,
    connection: Connection,
}

/// A component that was published or pulled.
pub struct Artifact {
    pub component: Vec<u8>,
    /// The text of the signature file, if there is one.
    pub signature: Option<String>,
    /// The digest of the manifest.
    pub digest: String,
}

/// Reads what somebody wrote as a place in a registry.
pub fn reference(text: &str) -> Result<Reference> {
    let plain = text.strip_prefix("oci://").unwrap_or(text);
    let reference: Reference = plain.parse().map_err(|_| {
        let why = if plain.contains("://") {
            "it is a URL, and should have no `https://`"
        } else if plain.contains(char::is_uppercase) {
            "names of components are in lower case"
        } else {
            "it has a character that cannot be there"
        };
        anyhow!(
            "`{text}` is no place in a registry: {why}; that looks like ghcr.io/NAME/PLUGIN:1.0.0"
        )
    })?;
    let host = plain.split('/').next().unwrap_or_default();
    if !plain.contains('/') || !(host.contains(['.', ':']) || host == "localhost") {
        bail!("`{text}` names no registry; that looks like ghcr.io/NAME/PLUGIN:1.0.0");
    }
    Ok(reference)
}

impl Registry {
    /// Finds credentials and authenticates.
    pub async fn open(reference: Reference, operation: RegistryOperation) -> Result<Registry> {
        let connection = Connection::open(&reference, operation).await?;
        Ok(Registry {
            reference,
            connection,
        })
    }

    /// Puts a component there, and its signature file beside it. Gives the digest of the manifest.
    pub async fn publish(
        &self,
        component: Vec<u8>,
        signature: Option<&str>,
        annotations: std::collections::BTreeMap<String, String>,
    ) -> Result<String> {
        let (mut config, layer) = oci_wasm::WasmConfig::from_raw_component(component, None)?;
        // The same component is the same artifact, whenever it is published.
        config.created = Default::default();
        if let Some(component) = &mut config.component {
            component.exports.sort();
        }
        let config = serde_json::to_vec(&config)?;
        let manifest = OciImageManifest {
            schema_version: 2,
            media_type: Some(IMAGE.to_owned()),
            config: self.push(config, CONFIG).await?,
            layers: vec![self.push(layer.data.to_vec(), WASM).await?],
            annotations: Some(annotations).filter(|a| !a.is_empty()),
            ..OciImageManifest::default()
        };
        let body = serde_json::to_vec(&manifest)?;
        let descriptor = descriptor(&body, IMAGE);
        let name = self.reference.tag().unwrap_or(&descriptor.digest);
        self.put(name, IMAGE, body).await?;
        if let Some(signature) = signature {
            self.attach(&descriptor, signature).await?;
        }
        Ok(descriptor.digest)
    }

    /// Gets a component and its signature file.
    pub async fn pull(&self) -> Result<Artifact> {
        let name = self.reference.digest().or(self.reference.tag());
        let name = name.unwrap_or("latest");
        let (body, digest) = self
            .manifest(name, IMAGE)
            .await?
            .with_context(|| format!("there is no {}", self.reference))?;
        let manifest: OciImageManifest = serde_json::from_slice(&body)
            .with_context(|| format!("{} has a manifest that cannot be read", self.reference))?;
        if manifest.config.media_type != CONFIG {
            bail!(
                "{} is no WebAssembly component: its config is {}, not {CONFIG}",
                self.reference,
                outwit::console::visible(&manifest.config.media_type)
            );
        }
        let [layer] = manifest.layers.as_slice() else {
            bail!(
                "{} is no WebAssembly component: it has {} layers, not one",
                self.reference,
                manifest.layers.len()
            );
        };
        if layer.media_type != WASM {
            bail!(
                "{} is no WebAssembly component: its layer is {}, not {WASM}",
                self.reference,
                outwit::console::visible(&layer.media_type)
            );
        }
        Ok(Artifact {
            component: self.blob(layer, MAX_COMPONENT).await?,
            signature: self.signature(&digest).await?,
            digest,
        })
    }

    /// Uploads a blob, unless it is there, and describes it.
    async fn push(&self, bytes: Vec<u8>, media_type: &str) -> Result<OciDescriptor> {
        let descriptor = descriptor(&bytes, media_type);
        let url = self
            .connection
            .url(&format!("blobs/{}", descriptor.digest))?;
        if !self.connection.exists(url).await? {
            let mut place = self.connection.upload().await?;
            place
                .query_pairs_mut()
                .append_pair("digest", &descriptor.digest);
            self.connection
                .put(place, "application/octet-stream", bytes)
                .await?;
        }
        Ok(descriptor)
    }

    /// Downloads a blob of at most so many bytes, from the registry itself: an URL elsewhere is nobody's to choose.
    async fn blob(&self, descriptor: &OciDescriptor, most: u64) -> Result<Vec<u8>> {
        let wanted = &descriptor.digest;
        let hex = wanted.strip_prefix("sha256:").unwrap_or_default();
        if hex.len() != 64 || !hex.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f')) {
            bail!(
                "{} has a digest that is none of SHA-256: {}",
                self.reference,
                outwit::console::visible(wanted)
            );
        }
        let size = u64::try_from(descriptor.size).unwrap_or(u64::MAX);
        if size > most {
            bail!(
                "{} has {size} bytes; at most {most} are pulled",
                self.reference
            );
        }
        let url = self.connection.url(&format!("blobs/{wanted}"))?;
        let pulled = self.connection.get(url, "*/*", usize::try_from(size)?);
        let bytes = pulled
            .await?
            .with_context(|| format!("there is no {wanted} of {}", self.reference))?;
        if bytes.len() as u64 != size {
            let found = bytes.len();
            bail!("{} ends after {found} of {size} bytes", self.reference);
        }
        let found = digest(&bytes);
        if found != *wanted {
            bail!("something else came: {found} instead of {wanted}");
        }
        Ok(bytes)
    }

    /// A manifest, by tag or digest, and its digest, which was checked if it was asked for. None if there is none.
    async fn manifest(&self, name: &str, media_type: &str) -> Result<Option<(Vec<u8>, String)>> {
        let path = format!("manifests/{name}");
        let Some(body) = self.get(&path, media_type).await? else {
            return Ok(None);
        };
        let digest = digest(&body);
        if name.starts_with("sha256:") && name != digest {
            let url = self.connection.url(&path)?;
            bail!("{url} gave something else: {digest}");
        }
        Ok(Some((body, digest)))
    }

    /// Gets what a manifest may be at most. None if there is nothing.
    async fn get(&self, path: &str, accept: &str) -> Result<Option<Vec<u8>>> {
        let url = self.connection.url(path)?;
        self.connection.get(url, accept, MAX_MANIFEST).await
    }

    /// Stores a manifest under a tag or its digest.
    async fn put(&self, name: &str, media_type: &str, body: Vec<u8>) -> Result<()> {
        let url = self.connection.url(&format!("manifests/{name}"))?;
        self.connection.put(url, media_type, body).await
    }
}

pub fn digest(bytes: &[u8]) -> String {
    let mut text = String::from("sha256:");
    for byte in Sha256::digest(bytes) {
        text.push_str(&format!("{byte:02x}"));
    }
    text
}

fn descriptor(bytes: &[u8], media_type: &str) -> OciDescriptor {
    OciDescriptor {
        media_type: media_type.to_owned(),
        digest: digest(bytes),
        size: i64::try_from(bytes.len()).unwrap_or(i64::MAX),
        ..OciDescriptor::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_names_its_registry() {
        for text in [
            "ghcr.io/a/b:1",
            "oci://localhost:5000/x",
            "localhost/x",
            "h.example/x@sha256:0000000000000000000000000000000000000000000000000000000000000000",
        ] {
            reference(text).unwrap_or_else(|error| panic!("{text}: {error}"));
        }
        for text in ["", "theme", "a/b:1", "ghcr.io/", "ghcr.io/A b", "../x.wasm"] {
            assert!(reference(text).is_err(), "{text}");
        }
    }
}
