//! The host side of `outwit:fetch/client`.

use std::sync::Arc;
use std::time::Duration;

use http::header::{ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_LENGTH, RANGE};
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, StatusCode};
use http_body::Body as _;
use http_body_util::BodyExt as _;
use tokio::sync::oneshot;
use wasmtime::component::{
    Accessor, FutureReader, GuardedFutureReader, GuardedStreamReader, HasSelf, StreamReader,
};

use super::body::{self, CROSSINGS, Progress, ToGuest};
use super::decode;
use super::grant::{Denied, MAX_FIELDS};
use super::origin::{Protocol, Target};
use super::{Allowed, Body, Failure, Grant, Session, Stage, operations};
use crate::bindings::outwit::fetch::client::{self, Denial, Error};
use crate::policy::{self, Gate, Operation, Refused};

/// What one instance has of the network.
#[derive(Clone)]
pub(crate) struct Fetch {
    pub(crate) gate: Gate,
    pub(crate) plugin: Arc<str>,
    pub(crate) grant: Option<Arc<Grant>>,
    pub(crate) session: Option<Arc<dyn Session>>,
}

/// What is needed of it while a request is under way.
#[derive(Clone)]
pub(crate) struct View {
    plugin: Arc<str>,
    pub(crate) grant: Arc<Grant>,
    session: Arc<dyn Session>,
}

impl client::Host for Fetch {}

impl<T: 'static> client::HostWithStore<T> for HasSelf<Fetch> {
    async fn send(
        accessor: &Accessor<T, Self>,
        request: client::Request,
    ) -> wasmtime::Result<Result<client::Response, Error>> {
        tracing::trace!(target: CROSSINGS, "send");
        let client::Request {
            method,
            url,
            headers,
            body,
        } = request;
        // Dropped on the way out, they tell the plugin that nobody reads.
        let body = body.map(
            |client::Body {
                 content,
                 end,
                 length,
             }| {
                let content = GuardedStreamReader::new(accessor, content);
                (content, GuardedFutureReader::new(accessor, end), length)
            },
        );

        let fetch = accessor.with(|mut access| access.get().clone());
        let admitted = fetch
            .admit(&operations::SEND, &method, &url, &headers)
            .await;
        let (view, mut head, allowed) = match admitted {
            Ok(admitted) => admitted,
            Err(e) => return Ok(Err(e)),
        };
        accept_codings(head.headers_mut());

        let progress = Progress::new();
        let body = match body {
            Some((content, end, length)) => {
                let (content, end) = (content.into_stream(), end.into_future());
                accessor.with(|mut access| {
                    body::from_guest(&mut access, content, end, length, progress.clone())
                })?
            }
            None => empty(),
        };
        let may_have_body = method != "HEAD";
        let patience = view.grant.idle_timeout;
        let response = view
            .exchange(allowed, head.map(|()| body), &progress, patience)
            .await;
        let response = match response {
            Ok(response) => response,
            Err(e) => return Ok(Err(e)),
        };

        let (parts, body) = response.into_parts();
        let has_none = matches!(
            parts.status,
            StatusCode::NO_CONTENT | StatusCode::RESET_CONTENT | StatusCode::NOT_MODIFIED
        );
        let body = if may_have_body && !has_none {
            match view.incoming(&parts.headers, body) {
                Ok(incoming) => Some(accessor.with(|mut access| incoming.encode(&mut access))?),
                Err(e) => return Ok(Err(e)),
            }
        } else {
            None
        };
        let reason = parts.extensions.get::<hyper::ext::ReasonPhrase>();
        let reason = match reason {
            Some(reason) => latin1(reason.as_bytes()),
            None if parts.version < http::Version::HTTP_2 => parts
                .status
                .canonical_reason()
                .unwrap_or_default()
                .to_string(),
            None => String::new(),
        };
        Ok(Ok(client::Response {
            status: parts.status.as_u16(),
            status_text: reason,
            headers: parts
                .headers
                .iter()
                .map(|(name, value)| (name.to_string(), latin1(value.as_bytes())))
                .collect(),
            body,
        }))
    }
}

impl Fetch {
    /// Decodes a request, and says whether it may be sent.
    pub(crate) async fn admit(
        &self,
        operation: &Operation,
        method: &str,
        url: &str,
        headers: &[(String, String)],
    ) -> Result<(View, Request<()>, Allowed), Error> {
        let target = Target::parse(Protocol::Http, url).map_err(Error::InvalidUrl)?;
        let parsed = parse_method(method).map_err(Error::InvalidRequest)?;
        let most = self.grant.as_ref().map_or(0, |grant| grant.headers);
        let headers = decode_headers(headers, most);
        let granted = Grant::check(self.grant.as_deref(), method, target.clone());
        let object = policy::Target::Url(target.without_query());
        let entered = self.gate.enter(operation, object, granted);
        let allowed = entered.await.map_err(|refused| {
            Error::NotAllowed(match refused {
                Refused::Grant(Denied::NotGranted) => Denial::Grant,
                Refused::Grant(Denied::Origin) => Denial::Origin,
                Refused::Grant(Denied::Method) => Denial::Method,
                Refused::Grant(Denied::Address) => Denial::Address,
                Refused::Policy(_) => Denial::Policy,
            })
        })?;
        let headers = headers?;
        let (Some(grant), Some(session)) = (&self.grant, &self.session) else {
            return Err(Error::NotAllowed(Denial::Grant));
        };
        let view = View {
            plugin: self.plugin.clone(),
            grant: grant.clone(),
            session: session.clone(),
        };
        let mut request = Request::new(());
        *request.method_mut() = parsed;
        *request.headers_mut() = headers;
        Ok((view, request, allowed))
    }
}

impl View {
    /// Sends a request and waits for the head of the response. `patience` is how long nothing may happen meanwhile.
    pub(crate) async fn exchange(
        &self,
        allowed: Allowed,
        request: Request<Body>,
        progress: &Progress,
        patience: Duration,
    ) -> Result<http::Response<Body>, Error> {
        let response = tokio::select! {
            response = self.session.send(allowed, request) => response,
            () = progress.stalled(patience) => Err(Failure::Timeout(Stage::Response)),
        };
        let response = response.map_err(|failure| self.encode(failure))?;
        let headers = response.headers();
        let size: usize = headers
            .iter()
            .map(|(n, v)| n.as_str().len() + v.len() + 4)
            .sum();
        if headers.len() > MAX_FIELDS || size > self.grant.headers as usize {
            return Err(Error::HeaderTooLarge(self.grant.headers));
        }
        if response.status().is_informational() {
            let text = format!("the response has the status {}", response.status().as_u16());
            return Err(Error::Protocol(text));
        }
        Ok(response)
    }

    /// The body of a response, held to its limit.
    pub(crate) fn limited(&self, body: Body) -> Result<Body, Error> {
        let most = self.grant.body;
        match body.size_hint().exact() {
            Some(length) if length > most => Err(Error::BodyTooLarge(most)),
            _ => Ok(body::limited(body, most)),
        }
    }

    /// The body of a response, decoded and held to its limit.
    fn incoming(&self, headers: &HeaderMap, body: Body) -> Result<Incoming, Error> {
        let length = body.size_hint().exact();
        let most = self.grant.body;
        let mut body = self.limited(body)?;
        let coding: Vec<&str> = headers
            .get_all(CONTENT_ENCODING)
            .iter()
            .filter_map(|value| value.to_str().ok())
            .collect();
        let codings = decode::codings(&coding.join(",")).unwrap_or_default();
        let is_decoded = !codings.is_empty();
        for coding in codings {
            body = body::limited(decode::decode(coding, body), most);
        }
        let declared = headers.get(CONTENT_LENGTH).is_some();
        Ok(Incoming {
            view: self.clone(),
            body,
            length: length.filter(|_| declared && !is_decoded),
        })
    }

    pub(crate) fn encode(&self, failure: Failure) -> Error {
        match failure {
            Failure::Address => Error::NotAllowed(Denial::Address),
            Failure::Name(error) => {
                tracing::debug!(plugin = %self.plugin, %error, "a name was not resolved");
                Error::NameNotResolved
            }
            Failure::Refused => Error::Refused,
            Failure::Unreachable(error) => {
                tracing::debug!(plugin = %self.plugin, %error, "a host was not reached");
                Error::Unreachable
            }
            Failure::Tls(reason) => Error::Tls(reason),
            Failure::Timeout(stage) => Error::Timeout(match stage {
                Stage::Connect => client::Stage::Connect,
                Stage::Response => client::Stage::Response,
                Stage::Body => client::Stage::Body,
            }),
            Failure::CutOff => Error::CutOff,
            Failure::Protocol(reason) => Error::Protocol(reason),
            Failure::HeaderTooLarge => Error::HeaderTooLarge(self.grant.headers),
            Failure::BodyTooLarge => Error::BodyTooLarge(self.grant.body),
            Failure::ContentCoding => Error::ContentCoding,
            Failure::RequestBody => Error::BodyFailed,
            Failure::Backend(error) => {
                // The reason is not the plugin's business.
                tracing::error!(plugin = %self.plugin, %error, "the HTTP client failed");
                Error::Other("the host's HTTP client failed".to_string())
            }
        }
    }
}

/// A body that is about to be given to the plugin.
struct Incoming {
    view: View,
    body: Body,
    length: Option<u64>,
}

impl Incoming {
    fn encode(self, mut store: impl wasmtime::AsContextMut) -> wasmtime::Result<client::Body> {
        let Incoming { view, body, length } = self;
        let (ended, end) = oneshot::channel();
        let patience = view.grant.idle_timeout;
        let encode = move |failure| view.encode(failure);
        let content = ToGuest::new(body, patience, encode, ended);
        let content = StreamReader::new(&mut store, content)?;
        // Who drops the content before its end does not learn how it would have ended.
        let end = async {
            tracing::trace!(target: CROSSINGS, "end");
            Ok::<_, wasmtime::Error>(end.await.unwrap_or(Err(Error::CutOff)))
        };
        let end = FutureReader::new(&mut store, end)?;
        Ok(client::Body {
            content,
            end,
            length,
        })
    }
}

/// Header fields that say where a message ends or whose connection it is.
pub(crate) const OF_THE_HOST: [&str; 12] = [
    "connection",
    "content-length",
    "expect",
    "host",
    "http2-settings",
    "keep-alive",
    "proxy-authorization",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];

/// Header fields that may be sent, in a section of at most so many bytes.
fn decode_headers(given: &[(String, String)], most: u32) -> Result<HeaderMap, Error> {
    let size: usize = given.iter().map(|(n, v)| n.len() + v.len() + 4).sum();
    if given.len() > MAX_FIELDS || size > most as usize {
        return Err(Error::HeaderTooLarge(most));
    }
    let invalid = |why: String| Error::InvalidRequest(why);
    let mut headers = HeaderMap::with_capacity(given.len() + 2);
    for (name, value) in given {
        let parsed = HeaderName::try_from(name.as_str()).map_err(|_| {
            invalid(format!(
                "`{}` is not the name of a header field",
                name.escape_debug()
            ))
        })?;
        if OF_THE_HOST.contains(&parsed.as_str()) {
            return Err(invalid(format!(
                "the header field `{parsed}` is set by the host"
            )));
        }
        let value = bytes(value)
            .and_then(|bytes| HeaderValue::from_bytes(&bytes).ok())
            .ok_or_else(|| {
                invalid(format!(
                    "the header field `{parsed}` has a value that cannot be sent"
                ))
            })?;
        headers.append(parsed, value);
    }
    Ok(headers)
}

/// Says which codings are undone here, unless the plugin says what it wants.
fn accept_codings(headers: &mut HeaderMap) {
    if !headers.contains_key(ACCEPT_ENCODING) {
        // Ranges are of the coded body.
        let accepted = if headers.contains_key(RANGE) {
            "identity"
        } else {
            decode::ACCEPTED
        };
        headers.insert(ACCEPT_ENCODING, HeaderValue::from_static(accepted));
    }
}

fn parse_method(method: &str) -> Result<Method, String> {
    let parsed = Method::from_bytes(method.as_bytes())
        .map_err(|_| format!("`{}` is not a method", method.escape_debug()))?;
    // They are about connections, not resources.
    if ["CONNECT", "TRACE", "TRACK"]
        .iter()
        .any(|m| m.eq_ignore_ascii_case(method))
    {
        return Err(format!("the method {method} cannot be used"));
    }
    Ok(parsed)
}

pub(crate) fn empty() -> Body {
    http_body_util::Empty::new()
        .map_err(|never| match never {})
        .boxed_unsync()
}

/// The bytes that the characters of a byte string stand for.
fn bytes(text: &str) -> Option<Vec<u8>> {
    text.chars()
        .map(|c| u8::try_from(u32::from(c)).ok())
        .collect()
}

/// Bytes as a byte string.
pub(crate) fn latin1(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| char::from(*byte)).collect()
}
