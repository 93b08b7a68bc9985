//! HTTP with a registry, which may be anybody's: whatever is read has a limit, also the answers that say no; and credentials go to the registry
//! and to the server of tokens it names, by TLS unless the registry is on this machine.

use super::credentials::Credentials;
use anyhow::{Context, Result, anyhow, bail};
use http_auth::parser::ChallengeParser;
use oci_client::secrets::RegistryAuth;
use oci_client::{Reference, RegistryOperation};
use reqwest::header::{CONTENT_TYPE, HeaderMap, LOCATION, WWW_AUTHENTICATE};
use reqwest::{Method, RequestBuilder, Response, StatusCode, Url};
use serde::Deserialize;
use std::time::Duration;

const AGENT: &str = concat!("outwit/", env!("CARGO_PKG_VERSION"));
const CONNECT: Duration = Duration::from_secs(10);
/// How long nothing may come.
const READ: Duration = Duration::from_secs(30);
/// How long the server of tokens may take for one.
const TOKEN: Duration = Duration::from_secs(60);
/// The longest answer of a server of tokens that is read, in bytes.
const MAX_TOKEN: usize = 1 << 20;
/// How much of an answer that says no is read, in bytes.
const MAX_REASON: usize = 8 << 10;

/// A connection to one repository.
pub struct Connection {
    http: reqwest::Client,
    /// The address of the registry.
    registry: Url,
    repository: String,
    auth: RegistryAuth,
}

impl Connection {
    /// Finds credentials and authenticates.
    pub async fn open(reference: &Reference, operation: RegistryOperation) -> Result<Connection> {
        // Another one may have been chosen by who embeds the command; either will do.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let host = reference.resolve_registry();
        let plain = is_loopback(host);
        let scheme = if plain { "http" } else { "https" };
        let registry = Url::parse(&format!("{scheme}://{host}/"))
            .with_context(|| format!("{host} is no address"))?;
        let http = reqwest::Client::builder()
            .user_agent(AGENT)
            .connect_timeout(CONNECT)
            .read_timeout(READ)
            .https_only(!plain)
            .build()?;
        let credentials = Credentials::find(reference.registry()).await?;
        let mut connection = Connection {
            http,
            registry,
            repository: reference.repository().to_owned(),
            auth: RegistryAuth::Anonymous,
        };
        connection.auth = match credentials.auth() {
            token @ RegistryAuth::Bearer(_) => token,
            auth => match connection.challenge().await? {
                Some(challenge) => {
                    let token = connection.token(&challenge, &auth, operation).await;
                    RegistryAuth::Bearer(token.map_err(|error| credentials.hide(error))?)
                }
                None => auth,
            },
        };
        Ok(connection)
    }

    /// The address of something in the repository: `blobs/sha256:…`.
    pub fn url(&self, path: &str) -> Result<Url> {
        let path = format!("v2/{}/{path}", self.repository);
        self.registry
            .join(&path)
            .with_context(|| format!("{path} is no address"))
    }

    /// Gets at most so many bytes. None if there is nothing.
    pub async fn get(&self, url: Url, accept: &str, most: usize) -> Result<Option<Vec<u8>>> {
        let request = self.request(Method::GET, url).header("accept", accept);
        let mut response = send(request).await?;
        match response.status() {
            StatusCode::OK => {}
            StatusCode::NOT_FOUND => return Ok(None),
            _ => return Err(refusal(response).await),
        }
        match read(&mut response, most).await? {
            Some(body) => Ok(Some(body)),
            None => bail!("{} gave more than {most} bytes", shown(&response)),
        }
    }

    /// Whether something is there.
    pub async fn exists(&self, url: Url) -> Result<bool> {
        let response = send(self.request(Method::HEAD, url)).await?;
        Ok(response.status() == StatusCode::OK)
    }

    /// Stores something.
    pub async fn put(&self, url: Url, media_type: &str, body: Vec<u8>) -> Result<()> {
        let request = self.request(Method::PUT, url);
        let request = request.header(CONTENT_TYPE, media_type).body(body);
        let response = send(request).await?;
        match response.status().is_success() {
            true => Ok(()),
            false => Err(refusal(response).await),
        }
    }

    /// Asks for a place to upload to.
    pub async fn upload(&self) -> Result<Url> {
        let url = self.url("blobs/uploads/")?;
        // Some registries want the length of what is not there.
        let request = self.request(Method::POST, url).header("content-length", 0);
        let response = send(request).await?;
        if response.status() != StatusCode::ACCEPTED {
            return Err(refusal(response).await);
        }
        let location = response.headers().get(LOCATION);
        let location = location.and_then(|location| location.to_str().ok());
        let place = location.and_then(|location| response.url().join(location).ok());
        place.with_context(|| format!("{} names no place to upload to", shown(&response)))
    }

    /// A request with the credentials, if it goes to the registry.
    fn request(&self, method: Method, url: Url) -> RequestBuilder {
        let is_registry = url.origin() == self.registry.origin();
        let request = self.http.request(method, url);
        match is_registry {
            true => authorized(request, &self.auth),
            false => request,
        }
    }

    /// Asks the registry who gives tokens for it, if somebody does.
    async fn challenge(&self) -> Result<Option<Challenge>> {
        let response = send(self.http.get(self.registry.join("v2/")?)).await?;
        Ok(Challenge::of(response.headers()))
    }

    /// Gets a token for what is to be done.
    async fn token(
        &self,
        challenge: &Challenge,
        auth: &RegistryAuth,
        operation: RegistryOperation,
    ) -> Result<String> {
        let actions = match operation {
            RegistryOperation::Pull => "pull",
            RegistryOperation::Push => "pull,push",
        };
        let mut url = Url::parse(&challenge.realm).map_err(|_| {
            let realm = outwit::console::visible(&challenge.realm);
            anyhow!("the registry wants a token of `{realm}`, which is no address")
        })?;
        url.query_pairs_mut()
            .append_pair(
                "scope",
                &format!("repository:{}:{actions}", self.repository),
            )
            .extend_pairs(challenge.service.iter().map(|service| ("service", service)));
        let server = url.host_str().unwrap_or_default().to_owned();
        let request = authorized(self.http.get(url), auth).timeout(TOKEN);
        let mut response = send(request).await?;
        if response.status() != StatusCode::OK {
            let reason = reason(response).await;
            bail!("the registry does not accept the credentials{reason}");
        }
        let Some(body) = read(&mut response, MAX_TOKEN).await? else {
            bail!("{server} gave a token of more than {MAX_TOKEN} bytes");
        };
        let Ok(given) = serde_json::from_slice::<Token>(&body) else {
            bail!("{server} gave something that has no token in it");
        };
        match given.token.or(given.access_token) {
            // Something else would be no header's value.
            Some(token) if !token.is_empty() && token.bytes().all(|b| b.is_ascii_graphic()) => {
                Ok(token)
            }
            _ => bail!("{server} gave a token that is none"),
        }
    }
}

/// Who gives tokens, and for what service.
struct Challenge {
    realm: String,
    service: Option<String>,
}

impl Challenge {
    fn of(headers: &HeaderMap) -> Option<Challenge> {
        let texts = headers.get_all(WWW_AUTHENTICATE).iter();
        texts
            .filter_map(|text| text.to_str().ok())
            .find_map(|text| {
                let challenges = ChallengeParser::new(text).map_while(Result::ok);
                let mut bearers = challenges.filter(|c| c.scheme.eq_ignore_ascii_case("bearer"));
                let challenge = bearers.next()?;
                let value = |name: &str| {
                    let mut values = challenge.params.iter();
                    let found = values.find(|(key, _)| key.eq_ignore_ascii_case(name));
                    found.map(|(_, value)| value.to_unescaped())
                };
                Some(Challenge {
                    realm: value("realm")?,
                    service: value("service"),
                })
            })
    }
}

/// What a server of tokens gives, by one name or the other.
#[derive(Deserialize)]
struct Token {
    token: Option<String>,
    access_token: Option<String>,
}

/// What a registry says when it says no.
#[derive(Deserialize)]
struct Refusal {
    errors: Vec<Problem>,
}

#[derive(Deserialize)]
struct Problem {
    #[serde(default)]
    code: String,
    #[serde(default)]
    message: String,
}

fn authorized(request: RequestBuilder, auth: &RegistryAuth) -> RequestBuilder {
    match auth {
        RegistryAuth::Anonymous => request,
        RegistryAuth::Basic(user, password) => request.basic_auth(user, Some(password)),
        RegistryAuth::Bearer(token) => request.bearer_auth(token),
    }
}

async fn send(request: RequestBuilder) -> Result<Response> {
    request.send().await.map_err(|error| lost(&error))
}

/// All of a body, or nothing if that is too much.
async fn read(response: &mut Response, most: usize) -> Result<Option<Vec<u8>>> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|e| lost(&e))? {
        if body.len() + chunk.len() > most {
            return Ok(None);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(Some(body))
}

/// Where an answer came from, without the query: that may have a token in it where a registry redirected to.
fn shown(response: &Response) -> Url {
    let mut url = response.url().clone();
    url.set_query(None);
    url
}

/// Why a registry did not do something, in a line.
async fn refusal(response: Response) -> anyhow::Error {
    let url = shown(&response);
    match response.status() {
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => {
            let reason = reason(response).await;
            anyhow!(
                "not allowed: {url}{reason}; `docker login` stores credentials that count here too"
            )
        }
        status => {
            let reason = reason(response).await;
            anyhow!("{url} answered {status}{reason}")
        }
    }
}

/// What a registry says about it, as far as it can be shown: a colon and a short text, or nothing.
async fn reason(mut response: Response) -> String {
    let Ok(Some(body)) = read(&mut response, MAX_REASON).await else {
        return String::new();
    };
    let text = match serde_json::from_slice::<Refusal>(&body) {
        Ok(refusal) => {
            let problems = refusal.errors.iter().map(|problem| match &problem.message {
                message if message.is_empty() => problem.code.as_str(),
                message => message,
            });
            problems.collect::<Vec<_>>().join(", ")
        }
        Err(_) => String::from_utf8_lossy(&body).into_owned(),
    };
    let short: String = text.trim().chars().take(500).collect();
    match short.is_empty() {
        true => short,
        false => format!(": {}", outwit::console::visible(&short)),
    }
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

#[cfg(test)]
mod tests {
    use super::*;

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

    #[test]
    fn who_gives_tokens_is_found_among_challenges() {
        let find = |texts: &[&'static str]| {
            let mut headers = HeaderMap::new();
            for text in texts {
                headers.append(WWW_AUTHENTICATE, text.parse().expect("a value"));
            }
            Challenge::of(&headers).map(|challenge| (challenge.realm, challenge.service))
        };
        let realm = "https://a.example/token".to_owned();
        assert_eq!(
            find(&["Basic realm=\"x\", bearer Realm=\"https://a.example/token\",service=\"s\""]),
            Some((realm.clone(), Some("s".to_owned())))
        );
        assert_eq!(
            find(&[
                "Basic realm=\"x\"",
                "Bearer realm=\"https://a.example/token\""
            ]),
            Some((realm, None))
        );
        for text in [
            "",
            "Basic realm=\"x\"",
            "Bearer",
            "Bearer service=\"x\"",
            "=",
            "Bearer realm=",
        ] {
            assert_eq!(find(&[text]), None, "{text}");
        }
    }
}
