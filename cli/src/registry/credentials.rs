//! Who we are to a registry: from the environment, or from what `docker login` and its like have stored.

use anyhow::{Context, Result, anyhow, bail};
use base64ct::{Base64, Encoding};
use oci_client::secrets::RegistryAuth;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::Stdio;
use tokio::io::AsyncWriteExt;

/// A name and a secret for one registry. They are in no message and no `Debug`.
pub enum Credentials {
    None,
    Password { user: String, password: String },
    Token(String),
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct DockerConfig {
    auths: BTreeMap<String, Auth>,
    cred_helpers: BTreeMap<String, String>,
    creds_store: Option<String>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Auth {
    auth: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Helped {
    username: String,
    secret: String,
}

impl Credentials {
    /// Looks for credentials for a registry: `OUTWIT_REGISTRY_USER` and `OUTWIT_REGISTRY_PASSWORD`, or `OUTWIT_REGISTRY_TOKEN`, if
    /// `OUTWIT_REGISTRY` names the registry; else those of docker's config file and its helpers.
    pub async fn find(registry: &str) -> Result<Credentials> {
        let variable = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
        if variable("OUTWIT_REGISTRY").as_deref() == Some(registry) {
            if let Some(token) = variable("OUTWIT_REGISTRY_TOKEN") {
                return Ok(Credentials::Token(token));
            }
            let user = variable("OUTWIT_REGISTRY_USER");
            if let Some((user, password)) = user.zip(variable("OUTWIT_REGISTRY_PASSWORD")) {
                return Ok(Credentials::Password { user, password });
            }
        }
        let Some(path) = config_file() else {
            return Ok(Credentials::None);
        };
        let text = match std::fs::read_to_string(&path) {
            Ok(text) => text,
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(Credentials::None),
            Err(e) => return Err(e).with_context(|| format!("cannot read {}", path.display())),
        };
        // What serde says about the place is enough; what stands there is not to be shown.
        let config: DockerConfig = serde_json::from_str(&text).map_err(|e| {
            anyhow!(
                "{}:{}:{}: it cannot be read",
                path.display(),
                e.line(),
                e.column()
            )
        })?;
        config.credentials(registry).await
    }

    pub fn auth(&self) -> RegistryAuth {
        match self {
            Credentials::None => RegistryAuth::Anonymous,
            Credentials::Password { user, password } => {
                RegistryAuth::Basic(user.clone(), password.clone())
            }
            Credentials::Token(token) => RegistryAuth::Bearer(token.clone()),
        }
    }

    /// An error without the secret, should a registry have repeated it.
    pub fn hide(&self, error: anyhow::Error) -> anyhow::Error {
        match self {
            Credentials::Password {
                password: secret, ..
            }
            | Credentials::Token(secret)
                if secret.len() > 3 =>
            {
                anyhow!(error.to_string().replace(secret.as_str(), "***"))
            }
            _ => error,
        }
    }
}

fn config_file() -> Option<PathBuf> {
    let folder = match std::env::var_os("DOCKER_CONFIG") {
        Some(folder) => PathBuf::from(folder),
        None => etcetera::home_dir().ok()?.join(".docker"),
    };
    Some(folder.join("config.json"))
}

impl DockerConfig {
    async fn credentials(&self, registry: &str) -> Result<Credentials> {
        // Docker's own registry has the name of its first version.
        let names = match registry {
            "docker.io" => vec![
                "https://index.docker.io/v1/",
                "index.docker.io",
                "docker.io",
            ],
            name => vec![name],
        };
        for name in names {
            if let Some(helper) = self.cred_helpers.get(name) {
                return helped(helper, name).await;
            }
            let with_scheme = format!("https://{name}");
            let stored = self.auths.get(name).or(self.auths.get(&with_scheme));
            if let Some(text) = stored.and_then(|auth| auth.auth.as_deref())
                && !text.is_empty()
            {
                return decoded(text)
                    .with_context(|| format!("docker's config has no usable `auth` for {name}"));
            }
            if let (Some(helper), Some(_)) = (&self.creds_store, stored) {
                return helped(helper, name).await;
            }
        }
        Ok(Credentials::None)
    }
}

/// The text of `auth`: name, colon and password in Base64.
fn decoded(text: &str) -> Option<Credentials> {
    let text = String::from_utf8(Base64::decode_vec(text).ok()?).ok()?;
    let (user, password) = text.split_once(':')?;
    Some(Credentials::Password {
        user: user.to_owned(),
        // Docker ends it with NULs at times.
        password: password.trim_end_matches('\0').to_owned(),
    })
}

/// Asks a program of docker's protocol for credential helpers.
async fn helped(helper: &str, registry: &str) -> Result<Credentials> {
    let program = format!("docker-credential-{helper}");
    if helper.contains(['/', '\\']) {
        bail!("docker's config names a credential helper that is a path: {helper}");
    }
    let mut child = tokio::process::Command::new(&program)
        .arg("get")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .with_context(|| format!("cannot start {program}, which docker's config names"))?;
    if let Some(mut stdin) = child.stdin.take() {
        // One that does not listen says so by its exit code.
        let _ = stdin.write_all(registry.as_bytes()).await;
    }
    let output = child.wait_with_output().await?;
    if !output.status.success() {
        // It knows nothing about this registry.
        return Ok(Credentials::None);
    }
    let helped: Helped = serde_json::from_slice(&output.stdout)
        .map_err(|_| anyhow!("{program} gave something that cannot be read"))?;
    if helped.username == "<token>" {
        bail!(
            "{program} gave an identity token, which is not supported; use a password or OUTWIT_REGISTRY_TOKEN"
        );
    }
    Ok(Credentials::Password {
        user: helped.username,
        password: helped.secret,
    })
}
