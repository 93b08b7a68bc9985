//! `outwit pull` from a registry that does not do what it should.

use crate::folder::{Folder, fmt, texts};
use base64ct::{Base64, Base64UrlUnpadded, Encoding};
use serde_json::json;
use sha2::{Digest, Sha256};
use std::io::{BufRead, BufReader, Read, Write};
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
    let mut reader = BufReader::new(stream);
    let (mut line, mut length, mut authorization) = (String::new(), 0, None);
    reader.read_line(&mut line).ok()?;
    loop {
        let mut header = String::new();
        reader.read_line(&mut header).ok()?;
        let Some((name, value)) = header.trim_end().split_once(": ") else {
            break;
        };
        match name.to_ascii_lowercase().as_str() {
            "authorization" => authorization = Some(value.to_owned()),
            "content-length" => length = value.parse().ok()?,
            _ => {}
        }
    }
    // Who sends something listens when it has been taken.
    std::io::copy(&mut reader.take(length), &mut std::io::sink()).ok()?;
    Some(Request {
        line: line.trim_end().to_owned(),
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
    assert!(error.contains(" gave more than "), "{error}");
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

/// A registry that wants a token of a server that answers so.
fn with_token_server(answer: impl Fn() -> Response + Send + 'static) -> Server {
    registry(move |own, request| {
        if request.line.starts_with("GET /token?") {
            return Some(answer());
        }
        let challenge = format!("Bearer realm=\"http://{own}/token\",service=\"registry\"");
        Some(status(401).header("www-authenticate", challenge))
    })
}

#[test]
fn a_token_that_is_none_is_refused() {
    let refused = |body: String| refused(&with_token_server(move || ok(body.clone())));
    for none in ["a\r\nb", "", "ä"] {
        let error = refused(json!({ "token": none }).to_string());
        assert!(error.ends_with("gave a token that is none"), "{error}");
    }
    for text in ["<html>", "[]", "{\"token\": 1}", ""] {
        let error = refused(text.to_owned());
        assert!(
            error.ends_with("something that has no token in it"),
            "{error}"
        );
    }
    let challenge = "Bearer realm=\"a b\u{7f}\",service=\"registry\"";
    let server = registry(move |_, _| Some(status(401).header("www-authenticate", challenge)));
    self::refused(&server);
    let server = registry(|_, _| {
        Some(status(401).header("www-authenticate", "Bearer realm=\"file:///etc/passwd\""))
    });
    self::refused(&server);
}

/// Whatever is asked, no more of the answer is read than it can need.
#[test]
fn answers_have_a_size() {
    let server = with_token_server(|| ok(vec![b' '; 5 << 20]));
    let error = refused(&server);
    assert!(
        error.ends_with("gave a token of more than 1048576 bytes"),
        "{error}"
    );
    // What says no may be long; then it is not shown.
    let long = || Response {
        status: 403,
        ..ok(vec![b'x'; 5 << 20])
    };
    assert_eq!(
        refused(&with_token_server(long)),
        "the registry does not accept the credentials"
    );
    let server = registry(move |_, request| request.line.contains("/blobs/").then(long));
    let error = refused(&server);
    let start = format!("not allowed: http://HOST/v2/demo/blobs/{};", digest(fmt()));
    assert!(error.starts_with(&start), "{error}");
}

#[test]
fn what_a_registry_says_is_shown_in_a_line() {
    let says = |body: &'static str| {
        let server = registry(move |_, request| {
            let says = Response {
                status: 500,
                ..ok(body)
            };
            request.line.contains("/manifests/").then_some(says)
        });
        refused(&server).replace(
            "http://HOST/v2/demo/manifests/1 answered 500 Internal Server Error",
            "",
        )
    };
    let errors = r#"{"errors":[{"code":"DENIED","message":"no\u001b[31m"},{"code":"TOOMANY"}]}"#;
    let shown = says(errors);
    assert!(shown.starts_with(": no"), "{shown}");
    assert!(
        shown.ends_with(", TOOMANY") && !shown.contains('\u{1b}'),
        "{shown}"
    );
    assert_eq!(says(""), "");
    assert_eq!(says("down"), ": down");
}

/// A component is published to whatever the registry says, but who we are only the registry learns.
#[test]
fn a_place_to_upload_to_may_be_elsewhere() {
    let elsewhere = Server::start(|_, _| status(201));
    let to = format!("http://{}/upload?state=1", elsewhere.address);
    let server = Server::start(move |_, request| match &request.line {
        line if line.starts_with("POST ") => status(202).header("location", &to),
        line if line.starts_with("PUT ") => status(201),
        _ => status(404),
    });
    let folder = Folder::new();
    folder.component("fmt.wasm", fmt());
    let place = format!("{}/demo:1", server.address);
    let publish = ["publish", "fmt.wasm", &place];
    let variables = [
        ("OUTWIT_REGISTRY", server.address.as_str()),
        ("OUTWIT_REGISTRY_TOKEN", "s3cret"),
    ];
    let output = folder.outwit_with(&publish, &variables);
    assert!(output.status.success(), "{}", texts(&output).1);
    let uploads = elsewhere.requests();
    assert_eq!(uploads.len(), 2);
    let put = format!(
        "PUT /upload?state=1&digest={}",
        digest(fmt()).replace(':', "%3A")
    );
    assert!(
        uploads.iter().any(|r| r.line.starts_with(&put)),
        "{uploads:?}"
    );
    assert!(uploads.iter().all(|r| r.authorization.is_none()));

    // No place, and what is none.
    for location in ["", "ftp://127.0.0.1/x", "http://[", "data:,x"] {
        let server = Server::start(move |_, request| match &request.line {
            line if line.starts_with("POST ") && location.is_empty() => status(202),
            line if line.starts_with("POST ") => status(202).header("location", location),
            _ => status(404),
        });
        let place = format!("{}/demo:1", server.address);
        folder.error(&["publish", "fmt.wasm", &place]);
    }
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
