//! `outwit pull` from a registry that does not do what it should.

use crate::folder::{Folder, fmt, texts};
use base64ct::{Base64, Base64UrlUnpadded, Encoding};
use serde_json::json;
use sha2::{Digest, Sha256};
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

/// What is asked: method and path, and the `authorization`.
#[derive(Clone, Debug)]
struct Request {
    line: String,
    authorization: Option<String>,
}

/// What is answered; the length is what the headers say if they do.
struct Response {
    status: u16,
    headers: Vec<(&'static str, String)>,
    body: Vec<u8>,
}

fn ok(body: impl Into<Vec<u8>>) -> Response {
    Response {
        status: 200,
        headers: Vec::new(),
        body: body.into(),
    }
}

fn status(status: u16) -> Response {
    Response { status, ..ok("") }
}

impl Response {
    fn header(mut self, name: &'static str, value: impl Into<String>) -> Response {
        self.headers.push((name, value.into()));
        self
    }
}

/// A server on this machine, which ends with the tests.
struct Server {
    address: String,
    requests: Arc<Mutex<Vec<Request>>>,
}

impl Server {
    fn start(answer: impl Fn(&str, &Request) -> Response + Send + 'static) -> Server {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address").to_string();
        let requests = Arc::new(Mutex::new(Vec::new()));
        let (own, seen) = (address.clone(), requests.clone());
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                if let Some(request) = read(&stream) {
                    seen.lock().expect("it is whole").push(request.clone());
                    write(&stream, &answer(&own, &request));
                }
            }
        });
        Server { address, requests }
    }

    fn requests(&self) -> Vec<Request> {
        self.requests.lock().expect("it is whole").clone()
    }
}

fn read(stream: &TcpStream) -> Option<Request> {
    let mut lines = BufReader::new(stream).lines().map_while(Result::ok);
    let line = lines.next()?;
    let mut authorization = None;
    for header in lines.take_while(|line| !line.is_empty()) {
        if let Some((name, value)) = header.split_once(": ")
            && name.eq_ignore_ascii_case("authorization")
        {
            authorization = Some(value.to_owned());
        }
    }
    Some(Request {
        line,
        authorization,
    })
}

fn write(mut stream: &TcpStream, response: &Response) {
    let mut text = format!("HTTP/1.1 {} X\r\nconnection: close\r\n", response.status);
    if !response
        .headers
        .iter()
        .any(|(name, _)| *name == "content-length")
    {
        text.push_str(&format!("content-length: {}\r\n", response.body.len()));
    }
    for (name, value) in &response.headers {
        text.push_str(&format!("{name}: {value}\r\n"));
    }
    text.push_str("\r\n");
    // Who asks may have hung up.
    let _ = stream.write_all(text.as_bytes());
    let _ = stream.write_all(&response.body);
}

fn digest(bytes: &[u8]) -> String {
    let hex: String = Sha256::digest(bytes)
        .iter()
        .map(|b| format!("{b:02x}"))
        .collect();
    format!("sha256:{hex}")
}

/// The manifest of a component as it should be.
fn manifest() -> serde_json::Value {
    json!({
        "schemaVersion": 2,
        "mediaType": "application/vnd.oci.image.manifest.v1+json",
        "config": { "mediaType": "application/vnd.wasm.config.v0+json", "digest": digest(b"{}"), "size": 2 },
        "layers": [{ "mediaType": "application/wasm", "digest": digest(fmt()), "size": fmt().len() }],
    })
}

/// A registry that has a component, but for what `other` says.
fn registry(other: impl Fn(&str, &Request) -> Option<Response> + Send + 'static) -> Server {
    Server::start(move |own, request| {
        if let Some(response) = other(own, request) {
            return response;
        }
        let path = request.line.split(' ').nth(1).unwrap_or_default();
        match path {
            "/v2/" => ok("{}"),
            "/v2/demo/manifests/1" => ok(manifest().to_string()),
            path if path == format!("/v2/demo/blobs/{}", digest(fmt())) => ok(fmt()),
            _ => status(404),
        }
    })
}

/// What `outwit pull` says about a registry, without what stands in front of each.
fn refused(server: &Server) -> String {
    let folder = Folder::new();
    let place = format!("{}/demo:1", server.address);
    let error = folder.error(&["pull", &place, "-o", "out.wasm"]);
    assert!(!folder.path("out.wasm").exists());
    let error = error.strip_prefix(&format!("cannot pull {place}\n  caused by: "));
    error
        .expect("it says what it was about")
        .replace(&server.address, "HOST")
}

#[test]
fn one_that_behaves_is_pulled_from() {
    let server = registry(|_, _| None);
    let folder = Folder::new();
    folder.prints(&[
        "pull",
        &format!("{}/demo:1", server.address),
        "-o",
        "out.wasm",
    ]);
    assert_eq!(folder.read("out.wasm"), fmt());
}

#[test]
fn bytes_that_are_not_those_of_the_digest_are_refused() {
    let server = registry(|_, request| {
        let mut bytes = fmt().to_vec();
        bytes[100] ^= 1;
        request.line.contains("/blobs/").then(|| ok(bytes))
    });
    let error = refused(&server);
    assert!(error.contains(&digest(fmt())), "{error}");

    // Neither a manifest.
    let server = registry(|_, request| {
        request
            .line
            .contains("/manifests/sha256:")
            .then(|| ok(manifest().to_string()))
    });
    let asked = digest(b"another");
    let place = format!("{}/demo@{asked}", server.address);
    let error = Folder::new().error(&["pull", &place]);
    assert!(error.contains("gave something else: sha256:"), "{error}");
}

#[test]
fn a_blob_that_is_cut_off_or_goes_on_is_refused() {
    let server = registry(|_, request| {
        let half = ok(&fmt()[..1000]).header("content-length", fmt().len().to_string());
        request.line.contains("/blobs/").then_some(half)
    });
    refused(&server);
    let server =
        registry(|_, request| request.line.contains("/blobs/").then(|| ok(&fmt()[..1000])));
    refused(&server);
    let server = registry(|_, request| {
        let more = [fmt(), b"more"].concat();
        request.line.contains("/blobs/").then(|| ok(more))
    });
    let error = refused(&server);
    assert!(
        error.contains("the registry sends more than the"),
        "{error}"
    );
}

#[test]
fn manifests_have_a_size_and_a_form() {
    let with = |change: fn(&mut serde_json::Value)| {
        let server = registry(move |_, request| {
            let mut manifest = manifest();
            change(&mut manifest);
            request
                .line
                .contains("/manifests/1")
                .then(|| ok(manifest.to_string()))
        });
        refused(&server).replace(&format!("{}/demo:1", server.address), "IT")
    };
    let huge = registry(|_, request| {
        request
            .line
            .contains("/manifests/1")
            .then(|| ok(vec![b' '; 5 << 20]))
    });
    assert_eq!(
        refused(&huge),
        "http://HOST/v2/demo/manifests/1 gave more than 4194304 bytes"
    );
    let text = registry(|_, request| request.line.contains("/manifests/1").then(|| ok("<html>")));
    assert!(refused(&text).contains("has a manifest that cannot be read"));
    let error = with(|manifest| manifest["layers"] = json!([]));
    assert!(error.contains("it has 0 layers, not one"), "{error}");
    let error = with(|manifest| manifest["layers"][0]["mediaType"] = json!("a\u{1b}[31m"));
    assert!(error.contains("its layer is a"), "{error}");
    assert!(!error.contains('\u{1b}'), "{error:?}");
    let error = with(|manifest| {
        manifest["config"]["mediaType"] = json!("application/vnd.oci.image.config.v1+json")
    });
    assert!(
        error.contains("is no WebAssembly component: its config is"),
        "{error}"
    );
    let error = with(|manifest| manifest["layers"][0]["size"] = json!(i64::MAX));
    assert!(error.contains("at most 268435456 are pulled"), "{error}");
    with(|manifest| manifest["layers"][0]["size"] = json!(-1));
    with(|manifest| manifest["layers"][0]["digest"] = json!("sha256:../../x"));
    with(|manifest| manifest["layers"][0]["digest"] = json!("md5:00"));
}

/// A token without a signature that anybody would check, as registries give them.
fn token() -> String {
    let part =
        |value: serde_json::Value| Base64UrlUnpadded::encode_string(value.to_string().as_bytes());
    format!(
        "{}.{}.c2ln",
        part(json!({ "alg": "ES256", "typ": "JWT" })),
        part(json!({ "exp": 4_000_000_000_u64 }))
    )
}

/// A registry that wants a token, which it gives for a password.
fn with_tokens(token: String) -> Server {
    registry(move |own, request| {
        let expected = format!("Bearer {token}");
        let basic = format!("Basic {}", Base64::encode_string(b"ann:wordpass"));
        let given = request.authorization.as_deref();
        if request.line.starts_with("GET /token?") {
            assert!(
                request.line.contains("scope=repository%3Ademo%3Apull"),
                "{}",
                request.line
            );
            return Some(match given == Some(&basic) {
                true => ok(json!({ "token": token }).to_string()),
                // It is not polite.
                false => Response {
                    status: 401,
                    ..ok(format!("bad credentials: {given:?} wrongpass"))
                },
            });
        }
        let challenge = format!("Bearer realm=\"http://{own}/token\",service=\"registry\"");
        (given != Some(&expected)).then(|| status(401).header("www-authenticate", challenge))
    })
}

#[test]
fn a_token_is_got_for_a_password() {
    for token in [token(), String::from("opaque")] {
        let server = with_tokens(token);
        let folder = Folder::new();
        let config = |password: &str| {
            let auth = Base64::encode_string(format!("ann:{password}").as_bytes());
            json!({ "auths": { server.address.as_str(): { "auth": auth } } }).to_string()
        };
        folder.write("config.json", config("wordpass"));
        let docker = folder.path("");
        let docker = [("DOCKER_CONFIG", docker.to_str().expect("Unicode"))];
        let place = format!("{}/demo:1", server.address);
        let pull = ["pull", &place, "-o", "out.wasm"];
        let output = folder.outwit_with(&pull, &docker);
        let (stdout, stderr) = texts(&output);
        assert!(output.status.success(), "{stderr}");
        assert_eq!(folder.read("out.wasm"), fmt());
        assert!(!format!("{stdout}{stderr}").contains("wordpass"));

        folder.write("config.json", config("wrongpass"));
        let output = folder.outwit_with(&pull, &docker);
        let (_, stderr) = texts(&output);
        assert_eq!(output.status.code(), Some(1), "{stderr}");
        assert!(stderr.contains("***"), "{stderr}");
        assert!(!stderr.contains("wrongpass"), "{stderr}");
    }
}

#[test]
fn a_token_that_is_none_is_refused() {
    let server = registry(|own, request| {
        if request.line.starts_with("GET /token?") {
            return Some(ok(json!({ "token": "a\r\nb" }).to_string()));
        }
        let challenge = format!("Bearer realm=\"http://{own}/token\",service=\"registry\"");
        Some(status(401).header("www-authenticate", challenge))
    });
    assert!(refused(&server).ends_with("gave a token that is none"));
}

#[test]
fn a_redirect_leads_on_and_credentials_stay() {
    let elsewhere = Server::start(|_, _| ok(fmt()));
    let to = format!("http://{}/blob", elsewhere.address);
    let server = registry(move |_, request| {
        request
            .line
            .contains("/blobs/")
            .then(|| status(307).header("location", &to))
    });
    let folder = Folder::new();
    let variables = [
        ("OUTWIT_REGISTRY", server.address.as_str()),
        ("OUTWIT_REGISTRY_TOKEN", "s3cret"),
    ];
    let place = format!("{}/demo:1", server.address);
    let output = folder.outwit_with(&["pull", &place, "-o", "out.wasm"], &variables);
    assert!(output.status.success(), "{}", texts(&output).1);
    assert_eq!(folder.read("out.wasm"), fmt());
    let with_token = |request: &Request| request.authorization.as_deref() == Some("Bearer s3cret");
    assert!(server.requests().iter().any(with_token));
    assert!(
        elsewhere
            .requests()
            .iter()
            .all(|request| request.authorization.is_none())
    );

    // Round and round.
    let server = registry(|_, request| {
        let path = request
            .line
            .split(' ')
            .nth(1)
            .unwrap_or_default()
            .to_owned();
        request
            .line
            .contains("/manifests/")
            .then(|| status(302).header("location", path))
    });
    refused(&server);
    assert!(server.requests().len() < 20);
}
