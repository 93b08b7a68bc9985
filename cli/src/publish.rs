//! `outwit publish`: puts a component into a registry.

use crate::out;
use crate::progress::Progress;
use crate::registry::{self, Registry};
use crate::target::Target;
use anyhow::{Context, Result, anyhow, bail};
use oci_client::RegistryOperation;
use outwit::{Signatures, Subject};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::ExitCode;

/// Put a component into an OCI registry
///
/// In the layout that other tools for WebAssembly read. If there is a signature file beside the component, it goes along. Prints the
/// place with the digest, which always names exactly this component.
///
/// Credentials are those of `docker login`, or OUTWIT_REGISTRY_USER and OUTWIT_REGISTRY_PASSWORD (or OUTWIT_REGISTRY_TOKEN) for the
/// registry that OUTWIT_REGISTRY names.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  outwit publish theme.wasm ghcr.io/ann/theme:1.0.0
  outwit publish theme.wasm localhost:5000/theme:1.0.0 --annotation org.opencontainers.image.licenses=MIT")]
pub struct Args {
    /// A component
    component: PathBuf,
    /// Where to: REGISTRY/NAME:TAG
    #[arg(value_name = "REF")]
    reference: String,
    /// An annotation of the manifest; may be given more than once
    #[arg(long, value_name = "KEY=VALUE")]
    annotation: Vec<String>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub fn run(args: &Args) -> Result<ExitCode> {
    let reference = registry::reference(&args.reference)?;
    if reference.digest().is_some() {
        bail!("{}: what it is says the digest; name a tag", args.reference);
    }
    let path = Target::component(&args.component)?;
    let bytes = crate::files::read(&path)?;
    if !wasmparser::Parser::is_component(&bytes) {
        bail!("{} is not a component", path.display());
    }
    let signature = signature(&path, &bytes)?;
    let mut annotations = BTreeMap::new();
    for annotation in &args.annotation {
        let (key, value) = annotation
            .split_once('=')
            .with_context(|| format!("--annotation {annotation}: expected KEY=VALUE"))?;
        annotations.insert(key.to_owned(), value.to_owned());
    }
    let component = registry::digest(&bytes);
    let published = crate::run::block_on(async {
        let _progress = Progress::start(format!("publishing {reference}"));
        let registry = Registry::open(reference.clone(), RegistryOperation::Push).await?;
        registry
            .publish(bytes, signature.as_deref(), annotations)
            .await
    });
    let digest = published.with_context(|| format!("cannot publish {reference}"))?;
    if args.json {
        let json = serde_json::json!({
            "reference": reference.to_string(),
            "digest": digest,
            "component": component,
            "signed": signature.is_some(),
        });
        return crate::out_json(&json);
    }
    out(&format!("{reference}@{digest}\n"))
}

/// The signature file beside a component, which has to be for exactly this one.
fn signature(path: &std::path::Path, bytes: &[u8]) -> Result<Option<String>> {
    let path = crate::sign::beside(path);
    if !path.exists() {
        return Ok(None);
    }
    let text = crate::files::read_text(&path)?;
    let signatures =
        Signatures::parse(&text).map_err(|e| anyhow!("cannot use {}: {e}", path.display()))?;
    if !signatures.are_for(Subject::Component, bytes) {
        bail!(
            "{} is for another component: sign this one, or remove the file",
            path.display()
        );
    }
    Ok(Some(text))
}
