//! Components in OCI registries, in the layout of the CNCF's guidance for Wasm: a manifest with a config of
//! `application/vnd.wasm.config.v0+json` and one layer, the component, of `application/wasm`. A signature file travels as a
//! manifest of its own that refers to the component's.
//!
//! `oci-client` authenticates and moves blobs. Manifests are read and written here, since their size has to be bounded.

mod credentials;
mod referrers;

use anyhow::{Context, Result, anyhow, bail};
use credentials::Credentials;
use oci_client::client::{Client, ClientConfig, ClientProtocol};
use oci_client::errors::OciDistributionError;
use oci_client::manifest::{OciDescriptor, OciImageManifest};
use oci_client::secrets::RegistryAuth;
use oci_client::{Reference, RegistryOperation};
use reqwest::{Method, StatusCode};
use sha2::{Digest as _, Sha256};
use std::pin::Pin;
use std::task::{Poll, ready};
use std::time::Duration;
use tokio::io::AsyncWrite;

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
    client: Client,
    http: reqwest::Client,
    auth: RegistryAuth,
    base: String,
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
    let reference: Reference = plain.parse().map_err(|error| {
        anyhow!(
            "`{text}` is no place in a registry: {error}; that looks like ghcr.io/NAME/PLUGIN:1.0.0"
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
        // Another one may have been chosen by who embeds the command; either will do.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let host = reference.resolve_registry().to_owned();
        let plain = is_loopback(&host);
        let credentials = Credentials::find(reference.registry()).await?;
        let auth = credentials.auth();
        let asking = client(&host, plain)?;
        let token = asking.auth(&reference, &auth, operation).await;
        let token = token.map_err(|error| credentials.hide(explain(&error)))?;
        let auth = match token {
            // Something else than a header's value would be a fault that oci-client does not expect.
            Some(token) if token.bytes().all(|b| b.is_ascii_graphic()) => {
                RegistryAuth::Bearer(token)
            }
            Some(_) => bail!("{host} gave a token that is none"),
            None => auth,
        };
        let client = client(&host, plain)?;
        client.store_auth_if_needed(&host, &auth).await;
        let scheme = if plain { "http" } else { "https" };
        Ok(Registry {
            base: format!("{scheme}://{host}/v2/{}", reference.repository()),
            http: reqwest::Client::builder()
                .user_agent(AGENT)
                .connect_timeout(CONNECT)
                .read_timeout(READ)
                .https_only(!plain)
                .build()?,
            reference,
            client,
            auth,
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
        let there = self.client.blob_exists(&self.reference, &descriptor.digest);
        if !there.await.unwrap_or(false) {
            let pushed = self
                .client
                .push_blob(&self.reference, bytes, &descriptor.digest);
            pushed.await.map_err(|error| explain(&error))?;
        }
        Ok(descriptor)
    }

    /// Downloads a blob of at most so many bytes.
    async fn blob(&self, descriptor: &OciDescriptor, most: u64) -> Result<Vec<u8>> {
        let size = u64::try_from(descriptor.size).unwrap_or(u64::MAX);
        if size > most {
            bail!(
                "{} has {size} bytes; at most {most} are pulled",
                self.reference
            );
        }
        let mut bytes = Bounded {
            bytes: Vec::new(),
            most: usize::try_from(size)?,
        };
        // Nothing but what the registry itself has: an URL elsewhere is nobody's to choose.
        let plain = OciDescriptor {
            urls: None,
            ..descriptor.clone()
        };
        let pulled = self
            .client
            .pull_blob(&self.reference, &plain, &mut bytes)
            .await;
        pulled.map_err(|error| explain(&error))?;
        if bytes.bytes.len() != bytes.most {
            bail!(
                "{} ends after {} of {size} bytes",
                self.reference,
                bytes.bytes.len()
            );
        }
        Ok(bytes.bytes)
    }

    /// A manifest, by tag or digest, and its digest, which was checked if it was asked for. None if there is none.
    async fn manifest(&self, name: &str, media_type: &str) -> Result<Option<(Vec<u8>, String)>> {
        let url = format!("{}/manifests/{name}", self.base);
        let Some(body) = self.get(&url, media_type).await? else {
            return Ok(None);
        };
        let digest = digest(&body);
        if name.starts_with("sha256:") && name != digest {
            bail!("{url} gave something else: {digest}");
        }
        Ok(Some((body, digest)))
    }

    /// Gets at most [`MAX_MANIFEST`] bytes. None if there is nothing.
    async fn get(&self, url: &str, accept: &str) -> Result<Option<Vec<u8>>> {
        let request = self.request(Method::GET, url).header("accept", accept);
        let mut response = request.send().await.map_err(|e| lost(&e))?;
        match response.status() {
            StatusCode::OK => {}
            StatusCode::NOT_FOUND => return Ok(None),
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => {
                bail!(not_allowed(url))
            }
            status => bail!("{url} answered {status}"),
        }
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|e| lost(&e))? {
            if body.len() + chunk.len() > MAX_MANIFEST {
                bail!("{url} gave more than {MAX_MANIFEST} bytes");
            }
            body.extend_from_slice(&chunk);
        }
        Ok(Some(body))
    }

    /// Stores a manifest under a tag or its digest.
    async fn put(&self, name: &str, media_type: &str, body: Vec<u8>) -> Result<()> {
        let url = format!("{}/manifests/{name}", self.base);
        let request = self.request(Method::PUT, &url);
        let request = request.header("content-type", media_type).body(body);
        let response = request.send().await.map_err(|e| lost(&e))?;
        match response.status() {
            StatusCode::CREATED | StatusCode::OK | StatusCode::ACCEPTED => Ok(()),
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => {
                bail!(not_allowed(&url))
            }
            status => bail!("{url} answered {status}"),
        }
    }

    fn request(&self, method: Method, url: &str) -> reqwest::RequestBuilder {
        let request = self.http.request(method, url);
        match &self.auth {
            RegistryAuth::Anonymous => request,
            RegistryAuth::Basic(user, password) => request.basic_auth(user, Some(password)),
            RegistryAuth::Bearer(token) => request.bearer_auth(token),
        }
    }
}

const AGENT: &str = concat!("outwit/", env!("CARGO_PKG_VERSION"));
const CONNECT: Duration = Duration::from_secs(10);
const READ: Duration = Duration::from_secs(30);

fn client(host: &str, plain: bool) -> Result<Client> {
    let config = ClientConfig {
        protocol: match plain {
            true => ClientProtocol::HttpsExcept(vec![host.to_owned()]),
            false => ClientProtocol::Https,
        },
        connect_timeout: Some(CONNECT),
        read_timeout: Some(READ),
        platform_resolver: None,
        user_agent: AGENT,
        ..ClientConfig::default()
    };
    Client::try_from(config).map_err(|error| explain(&error))
}

/// Whether a registry is on this machine: only there nobody listens, so only there is no TLS needed.
fn is_loopback(host: &str) -> bool {
    let name = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|b| b.is_ascii_digit()) => name,
        _ => host,
    };
    let address = name.trim_start_matches('[').trim_end_matches(']');
    name == "localhost"
        || address
            .parse::<std::net::IpAddr>()
            .is_ok_and(|ip| ip.is_loopback())
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

/// What went wrong, in a line, whatever a registry put into it.
fn explain(error: &OciDistributionError) -> anyhow::Error {
    let text = match error {
        OciDistributionError::AuthenticationFailure(reason) => {
            format!("the registry does not accept the credentials: {reason}")
        }
        OciDistributionError::DigestError(error) => format!("something else came: {error}"),
        OciDistributionError::RequestError(error) => return lost(error),
        OciDistributionError::IoError(error) => {
            match error
                .get_ref()
                .and_then(|e| e.downcast_ref::<reqwest::Error>())
            {
                Some(error) => return lost(error),
                None => error.to_string(),
            }
        }
        OciDistributionError::ServerError { code, url, message } => {
            format!("{url} answered {code}: {message}")
        }
        OciDistributionError::UnauthorizedError { url } => not_allowed(url),
        error => error.to_string(),
    };
    let short: String = text.trim().chars().take(500).collect();
    anyhow!(outwit::console::visible(&short))
}

fn not_allowed(url: &str) -> String {
    format!("not allowed: {url}; `docker login` stores credentials that count here too")
}

/// What became of a connection: the innermost reason, without the URL, which may have a token in it where a registry redirected to.
fn lost(error: &reqwest::Error) -> anyhow::Error {
    let mut reason: &dyn std::error::Error = error;
    while let Some(cause) = reason.source() {
        reason = cause;
    }
    let what = match error {
        _ if error.is_connect() => "cannot connect",
        _ if error.is_timeout() => "nothing comes",
        _ if error.is_redirect() => "it redirects in circles",
        _ => "the connection failed",
    };
    match std::ptr::addr_eq(reason, error) {
        true => anyhow!(what),
        false => anyhow!("{what}: {}", outwit::console::visible(&reason.to_string())),
    }
}

/// Takes no more bytes than were announced.
struct Bounded {
    bytes: Vec<u8>,
    most: usize,
}

impl AsyncWrite for Bounded {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut std::task::Context<'_>,
        buffer: &[u8],
    ) -> Poll<std::io::Result<usize>> {
        if self.bytes.len() + buffer.len() > self.most {
            let message = format!(
                "the registry sends more than the {} bytes it announced",
                self.most
            );
            return Poll::Ready(Err(std::io::Error::other(message)));
        }
        let written = ready!(Pin::new(&mut self.bytes).poll_write(context, buffer));
        Poll::Ready(written)
    }

    fn poll_flush(
        self: Pin<&mut Self>,
        _: &mut std::task::Context<'_>,
    ) -> Poll<std::io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(
        self: Pin<&mut Self>,
        _: &mut std::task::Context<'_>,
    ) -> Poll<std::io::Result<()>> {
        Poll::Ready(Ok(()))
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

    #[test]
    fn only_this_machine_goes_without_tls() {
        for host in ["localhost", "localhost:5000", "127.0.0.1:80", "[::1]:5000"] {
            assert!(is_loopback(host), "{host}");
        }
        for host in [
            "example.com",
            "localhost.example.com",
            "10.0.0.1:5000",
            "127.0.0.1.example.com",
        ] {
            assert!(!is_loopback(host), "{host}");
        }
    }
}
