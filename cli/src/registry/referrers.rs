//! The signature file of a component in a registry: an artifact whose `subject` is the component's manifest. Registries list such
//! artifacts; for those that do not, the list is kept under a tag, as the distribution specification says.

use super::{IMAGE, INDEX, MAX_SIGNATURE, Registry, descriptor};
use anyhow::{Context, Result};
use oci_client::manifest::{OciDescriptor, OciImageManifest};
use serde_json::{Value, json};

/// What kind of artifact it is, and what its layer is.
const ARTIFACT: &str = "application/vnd.outwit.signature.v1";
/// The config of artifacts that have none.
const EMPTY: &str = "application/vnd.oci.empty.v1+json";
/// How many signature files are looked at to find one that can be read.
const MANY: usize = 8;

impl Registry {
    /// Puts a signature file beside the component with this manifest.
    pub(super) async fn attach(&self, subject: &OciDescriptor, signature: &str) -> Result<()> {
        let manifest = OciImageManifest {
            schema_version: 2,
            media_type: Some(IMAGE.to_owned()),
            artifact_type: Some(ARTIFACT.to_owned()),
            config: self.push(b"{}".to_vec(), EMPTY).await?,
            layers: vec![self.push(signature.as_bytes().to_vec(), ARTIFACT).await?],
            subject: Some(subject.clone()),
            ..OciImageManifest::default()
        };
        let body = serde_json::to_vec(&manifest)?;
        let entry = descriptor(&body, IMAGE);
        self.put(&entry.digest, IMAGE, body).await?;
        if self.listed(&subject.digest).await?.is_none() {
            self.list(&subject.digest, &entry).await?;
        }
        Ok(())
    }

    /// The signature file of the component with this manifest: the latest that is listed.
    pub(super) async fn signature(&self, subject: &str) -> Result<Option<String>> {
        let list = match self.listed(subject).await? {
            Some(list) => Some(list),
            None => self.tagged(subject).await?,
        };
        let entries = list.as_ref().and_then(|list| list["manifests"].as_array());
        let entries = entries.into_iter().flatten().rev();
        let ours = entries.filter(|entry| entry["artifactType"] == ARTIFACT);
        for entry in ours.take(MANY) {
            let name = entry["digest"].as_str().unwrap_or_default();
            // Only a digest: the list may say anything.
            if !name.starts_with("sha256:") || name.contains('/') {
                continue;
            }
            let Some((body, _)) = self.manifest(name, IMAGE).await? else {
                continue;
            };
            let manifest: OciImageManifest = serde_json::from_slice(&body)
                .context("the manifest of the signature cannot be read")?;
            let is_of = manifest.subject.is_some_and(|s| s.digest == subject);
            if let (true, [layer]) = (is_of, manifest.layers.as_slice()) {
                let bytes = self.blob(layer, MAX_SIGNATURE).await?;
                return Ok(Some(
                    String::from_utf8(bytes).context("the signature is no text")?,
                ));
            }
        }
        Ok(None)
    }

    /// What refers to a manifest, if the registry keeps such lists.
    async fn listed(&self, subject: &str) -> Result<Option<Value>> {
        self.get(&format!("referrers/{subject}"), INDEX)
            .await?
            .map(parse)
            .transpose()
    }

    /// What refers to a manifest, from the list that is kept under a tag.
    async fn tagged(&self, subject: &str) -> Result<Option<Value>> {
        let list = self.manifest(&tag(subject), INDEX).await?;
        list.map(|(body, _)| parse(body)).transpose()
    }

    /// Adds to the list that is kept under a tag.
    async fn list(&self, subject: &str, entry: &OciDescriptor) -> Result<()> {
        let list = self.tagged(subject).await?;
        let mut entries = list
            .and_then(|mut list| match list["manifests"].take() {
                Value::Array(entries) => Some(entries),
                _ => None,
            })
            .unwrap_or_default();
        entries.retain(|old| old["digest"] != entry.digest.as_str());
        entries.push(json!({
            "mediaType": entry.media_type,
            "digest": entry.digest,
            "size": entry.size,
            "artifactType": ARTIFACT,
        }));
        let list = json!({ "schemaVersion": 2, "mediaType": INDEX, "manifests": entries });
        let body = serde_json::to_vec(&list)?;
        self.put(&tag(subject), INDEX, body).await
    }
}

fn parse(body: Vec<u8>) -> Result<Value> {
    serde_json::from_slice(&body).context("the list of signatures cannot be read")
}

/// The tag under which what refers to a manifest is listed.
fn tag(subject: &str) -> String {
    subject.replace(':', "-")
}
