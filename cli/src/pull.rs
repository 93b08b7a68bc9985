//! `outwit pull`: gets components out of registries.

use crate::out;
use crate::progress::Progress;
use crate::registry::{self, Artifact, Registry};
use crate::target::Target;
use anyhow::{Context, Result, bail};
use oci_client::{Reference, RegistryOperation};
use outwit::{Entry, Manifest};
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Get a component, or the components of an app, out of an OCI registry
///
/// SOURCE is REGISTRY/NAME:TAG or REGISTRY/NAME@sha256:..., or an app, whose plugins with `from = "oci://..."` are then got. A signature
/// file that was published along is written beside the component. Where the app has a lock file, what is pulled has to be what is
/// locked.
///
/// Credentials are those of `docker login`, or OUTWIT_REGISTRY_USER and OUTWIT_REGISTRY_PASSWORD (or OUTWIT_REGISTRY_TOKEN) for the
/// registry that OUTWIT_REGISTRY names.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  outwit pull ghcr.io/ann/theme:1.0.0 -o theme.wasm
  outwit pull
  outwit pull examples/site --update")]
pub struct Args {
    /// A place in a registry, or an app's outwit.toml or its folder
    #[arg(default_value = ".")]
    source: String,
    /// Where to write the component [default: the last part of its name, with .wasm]
    #[arg(short, long, value_name = "OUT.wasm")]
    output: Option<PathBuf>,
    /// In an app: take what the registry has also where something else is locked; `outwit lock` comes after that
    #[arg(long)]
    update: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// A component to get.
struct Job {
    reference: Reference,
    component: PathBuf,
    signature: PathBuf,
    /// The digest it has to have.
    locked: Option<String>,
}

pub fn run(args: &Args) -> Result<ExitCode> {
    let mut text = String::new();
    let mut json = Vec::new();
    for job in jobs(args)? {
        let pulled = crate::run::block_on(job.pull());
        let pulled = pulled.with_context(|| format!("cannot pull {}", job.reference))?;
        let component = job.component.display();
        let Some((artifact, digest)) = pulled else {
            text.push_str(&format!("{component} is what is locked\n"));
            continue;
        };
        let signed = artifact.signature.is_some();
        let note = if signed { ", signed" } else { "" };
        text.push_str(&format!("{component}  {digest}{note}\n"));
        json.push(serde_json::json!({
            "file": job.component,
            "reference": job.reference.to_string(),
            "digest": artifact.digest,
            "component": digest,
            "signed": signed,
        }));
    }
    match args.json {
        true => crate::out_json(&serde_json::json!({ "pulled": json })),
        false => out(&text),
    }
}

fn jobs(args: &Args) -> Result<Vec<Job>> {
    let path = Path::new(&args.source);
    if path.is_dir() || path.extension().is_some_and(|e| e == "toml") {
        if args.output.is_some() {
            bail!("--output is for a single component; in an app its manifest says it");
        }
        let manifest = Target::app(path)?;
        return jobs_of_app(args, &Manifest::load(manifest)?);
    }
    let reference = registry::reference(&args.source)?;
    let component = match &args.output {
        Some(output) => output.clone(),
        None => {
            let name = reference.repository().rsplit('/').next();
            PathBuf::from(format!("{}.wasm", name.unwrap_or("component")))
        }
    };
    Ok(vec![Job {
        reference,
        signature: crate::sign::beside(&component),
        component,
        locked: None,
    }])
}

fn jobs_of_app(args: &Args, manifest: &Manifest) -> Result<Vec<Job>> {
    let mut jobs = Vec::new();
    for entry in manifest.plugins() {
        if let Some(from) = entry.from() {
            jobs.push(Job {
                reference: registry::reference(from)?,
                component: entry.path().to_owned(),
                signature: entry.signature().to_owned(),
                locked: locked(manifest, entry).filter(|_| !args.update),
            });
        }
    }
    if jobs.is_empty() {
        bail!(
            "no plugin of {} comes from a registry: add a line like `from = \"oci://ghcr.io/NAME/PLUGIN:1.0.0\"` to one",
            manifest.path().display()
        );
    }
    Ok(jobs)
}

fn locked(manifest: &Manifest, entry: &Entry) -> Option<String> {
    let mut plugins = manifest.lock()?.plugins();
    let plugin = plugins.find(|plugin| plugin.name() == entry.name())?;
    Some(plugin.digest().to_owned())
}

impl Job {
    /// Gets the component, with its digest, and writes the files. None if it is there already.
    async fn pull(&self) -> Result<Option<(Artifact, String)>> {
        let there = std::fs::read(&self.component).ok();
        if self.locked.is_some() && there.map(|bytes| registry::digest(&bytes)) == self.locked {
            return Ok(None);
        }
        let _progress = Progress::start(format!("pulling {}", self.reference));
        let registry = Registry::open(self.reference.clone(), RegistryOperation::Pull).await?;
        let artifact = registry.pull().await?;
        let digest = registry::digest(&artifact.component);
        if let Some(locked) = self.locked.as_ref().filter(|locked| **locked != digest) {
            bail!(
                "it is {digest}, and {locked} is locked; --update takes it, and `outwit lock` locks it then"
            );
        }
        if let Some(folder) = self.component.parent() {
            std::fs::create_dir_all(folder)
                .with_context(|| format!("cannot make the folder {}", folder.display()))?;
        }
        write(&self.component, &artifact.component)?;
        match &artifact.signature {
            Some(signature) => write(&self.signature, signature.as_bytes())?,
            // One that is there is for something else.
            None => match std::fs::remove_file(&self.signature) {
                Err(e) if e.kind() != std::io::ErrorKind::NotFound => {
                    return Err(e)
                        .with_context(|| format!("cannot remove {}", self.signature.display()));
                }
                _ => {}
            },
        }
        Ok(Some((artifact, digest)))
    }
}

/// Writes a file as a whole or not at all.
fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    let mut unfinished: OsString = path.into();
    unfinished.push(format!(".{}.new", std::process::id()));
    let written =
        std::fs::write(&unfinished, bytes).and_then(|()| std::fs::rename(&unfinished, path));
    if written.is_err() {
        let _ = std::fs::remove_file(&unfinished);
    }
    written.with_context(|| format!("cannot write {}", path.display()))
}
