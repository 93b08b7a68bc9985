//! Sends requests by `wasi:http`, also such as should not be sent.

#[allow(missing_docs)]
mod bindings {
    wit_bindgen::generate!({ path: "wit", generate_all });
}

use bindings::wasi::http::outgoing_handler::handle;
use bindings::wasi::http::types::{
    ErrorCode, Fields, FutureIncomingResponse, IncomingBody, Method, OutgoingBody, OutgoingRequest,
    RequestOptions, Scheme,
};
use bindings::wasi::io::streams::StreamError;

struct Sender;

impl bindings::Guest for Sender {
    fn run(what: String, url: String) -> String {
        let (how, rest) = what.split_once(' ').unwrap_or((&what, ""));
        match attempt(how, rest, &url) {
            Ok(said) => said,
            Err(Failure::Code(code)) => name(&code),
            Err(Failure::Refused(what)) => format!("{what} is refused"),
        }
    }
}

bindings::export!(Sender with_types_in bindings);

enum Failure {
    /// By the host.
    Code(ErrorCode),
    /// While the request was made.
    Refused(&'static str),
}

impl From<ErrorCode> for Failure {
    fn from(code: ErrorCode) -> Failure {
        Failure::Code(code)
    }
}

fn attempt(how: &str, rest: &str, url: &str) -> Result<String, Failure> {
    match how {
        "header" => {
            let (name, value) = rest.split_once('=').unwrap_or((rest, ""));
            let value = value.replace("\\r\\n", "\r\n");
            send("GET", url, &[(name, &value)], None, None)
        }
        "fields" => {
            let fields: Vec<_> = (0..129).map(|n| (format!("x-{n}"), "y")).collect();
            let fields: Vec<_> = fields.iter().map(|(name, y)| (&**name, *y)).collect();
            send("GET", url, &fields, None, None)
        }
        "huge" => send("GET", url, &[("x", &"y".repeat(1 << 20))], None, None),
        "hoard" => hoard(),
        "post" => send("POST", url, &[], Some(rest), None),
        "sized" => {
            let (length, body) = rest.split_once(' ').unwrap_or((rest, ""));
            send("POST", url, &[("content-length", length)], Some(body), None)
        }
        "hasty" => {
            let options = RequestOptions::new();
            let _ = options.set_first_byte_timeout(Some(50_000_000));
            let _ = options.set_between_bytes_timeout(Some(50_000_000));
            send("GET", url, &[], None, Some(options))
        }
        "drop" => {
            drop(begin("GET", url, &[], None, None)?);
            Ok("dropped".to_string())
        }
        "follow" => follow(url),
        method => send(method, url, &[], None, None),
    }
}

/// As many headers as there are handles, each as large as it may be.
fn hoard() -> Result<String, Failure> {
    let mut kept = Vec::new();
    for _ in 0..2000 {
        let fields = Fields::new();
        for _ in 0..12 {
            let _ = fields.append("x", &[b'y'; 1000]);
        }
        kept.push(fields);
    }
    Ok(format!("{} header sections", kept.len()))
}

/// Follows redirects, as a client would.
fn follow(url: &str) -> Result<String, Failure> {
    let response = begin("GET", url, &[], None, None)?;
    let response = wait(response)?;
    let location = response.headers().get("location");
    match location.first() {
        Some(location) => follow(&String::from_utf8_lossy(location)),
        None => Ok(response.status().to_string()),
    }
}

type Headers<'a> = &'a [(&'a str, &'a str)];

fn begin(
    method: &str,
    url: &str,
    headers: Headers<'_>,
    body: Option<&str>,
    options: Option<RequestOptions>,
) -> Result<FutureIncomingResponse, Failure> {
    let fields = Fields::new();
    for (name, value) in headers {
        let added = fields.append(name, value.as_bytes());
        added.map_err(|_| Failure::Refused("the header"))?;
    }
    let request = OutgoingRequest::new(fields);
    let (scheme, rest) = url.split_once("://").unwrap_or(("", url));
    let at = rest.find(['/', '|']).unwrap_or(rest.len());
    let scheme = match scheme {
        "http" => Scheme::Http,
        "https" => Scheme::Https,
        other => Scheme::Other(other.to_string()),
    };
    let refused = |what| move |()| Failure::Refused(what);
    request
        .set_scheme(Some(&scheme))
        .map_err(refused("the scheme"))?;
    request
        .set_authority(Some(&rest[..at]))
        .map_err(refused("the authority"))?;
    // What is after a `|` is the path as it is.
    let path = rest[at..]
        .split_once('|')
        .map_or(&rest[at..], |(_, raw)| raw);
    request
        .set_path_with_query(Some(path))
        .map_err(refused("the path"))?;
    let method = match method {
        "GET" => Method::Get,
        "POST" => Method::Post,
        "HEAD" => Method::Head,
        "CONNECT" => Method::Connect,
        "TRACE" => Method::Trace,
        other => Method::Other(other.to_string()),
    };
    request.set_method(&method).map_err(refused("the method"))?;
    let outgoing = match body {
        Some(_) => Some(request.body().map_err(refused("the body"))?),
        None => None,
    };
    let response = handle(request, options)?;
    if let (Some(outgoing), Some(text)) = (outgoing, body) {
        // What goes wrong here is told by the response as well.
        let _ = write(outgoing, text.as_bytes());
    }
    Ok(response)
}

fn write(body: OutgoingBody, bytes: &[u8]) -> Result<(), ErrorCode> {
    if let Ok(stream) = body.write() {
        for chunk in bytes.chunks(4096) {
            if stream.blocking_write_and_flush(chunk).is_err() {
                break;
            }
        }
    }
    OutgoingBody::finish(body, None)
}

fn wait(
    response: FutureIncomingResponse,
) -> Result<bindings::wasi::http::types::IncomingResponse, Failure> {
    response.subscribe().block();
    match response.get() {
        Some(Ok(Ok(response))) => Ok(response),
        Some(Ok(Err(code))) => Err(code.into()),
        _ => Err(Failure::Refused("the response")),
    }
}

fn send(
    method: &str,
    url: &str,
    headers: Headers<'_>,
    body: Option<&str>,
    options: Option<RequestOptions>,
) -> Result<String, Failure> {
    let response = wait(begin(method, url, headers, body, options)?)?;
    let mut said = response.status().to_string();
    for (name, value) in response.headers().entries() {
        if name.starts_with("x-") || name == "content-length" {
            said += &format!(" {name}={}", String::from_utf8_lossy(&value));
        }
    }
    let body = response
        .consume()
        .map_err(|()| Failure::Refused("the body"))?;
    let mut size = 0;
    let mut text = Vec::new();
    {
        let stream = body.stream().map_err(|()| Failure::Refused("the stream"))?;
        loop {
            match stream.blocking_read(64 << 10) {
                Ok(bytes) => {
                    size += bytes.len();
                    if text.len() < 4096 {
                        text.extend(bytes);
                    }
                }
                Err(StreamError::Closed) => break,
                Err(StreamError::LastOperationFailed(error)) => {
                    let said = bindings::wasi::http::types::http_error_code(&error);
                    let said = said.map_or_else(|| error.to_debug_string(), |code| name(&code));
                    return Ok(format!("{said} after {} bytes", size > 0));
                }
            }
        }
    }
    drop(IncomingBody::finish(body));
    Ok(format!("{said} {}", String::from_utf8_lossy(&text)))
}

/// The name of a case, with what it carries.
fn name(code: &ErrorCode) -> String {
    format!("{code:?}").replace("ErrorCode::", "")
}
