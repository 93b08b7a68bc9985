//! HTTP requests: `outwit:fetch`.
//!
//! ```no_run
//! use outwit_guest::fetch::{Error, Request};
//!
//! async fn title() -> Result<String, Error> {
//!     let response = Request::get("https://api.example.com/books/1")
//!         .header("accept", "text/plain")
//!         .send()
//!         .await?;
//!     if response.status() != 200 {
//!         return Ok("untitled".into());
//!     }
//!     response.text().await
//! }
//! ```
//!
//! A redirect comes back as it is: with a status of 300 to 399 and a `location`. Dropping a future gives up
//! what it does: the request, or the response that is still coming.

mod bindings {
    #![allow(missing_docs, clippy::all)]
    wit_bindgen::generate!({
        path: "wit/deps/outwit-fetch.wit",
        world: "outwit:fetch/imports@0.1.0",
        generate_all,
    });
}

use bindings::outwit::fetch::client;
use bindings::{wit_future, wit_stream};
use wit_bindgen::{FutureWriter, StreamResult, StreamWriter, spawn_local};

pub use client::{Denial, Error, Stage};

/// The bytes that are asked for at once.
const CHUNK: usize = 64 * 1024;

/// A request that has not been sent.
#[derive(Debug)]
#[must_use]
pub struct Request {
    method: String,
    url: String,
    headers: Vec<(String, String)>,
    body: Option<Body>,
}

impl Request {
    /// A request with a method, such as `PATCH`, to an absolute URL.
    pub fn new(method: impl Into<String>, url: impl Into<String>) -> Request {
        Request {
            method: method.into(),
            url: url.into(),
            headers: Vec::new(),
            body: None,
        }
    }

    /// A `GET` request.
    pub fn get(url: impl Into<String>) -> Request {
        Request::new("GET", url)
    }

    /// A `POST` request.
    pub fn post(url: impl Into<String>) -> Request {
        Request::new("POST", url)
    }

    /// Adds a header field. Its value is sent as UTF-8.
    pub fn header(mut self, name: impl Into<String>, value: impl AsRef<[u8]>) -> Request {
        let value = value
            .as_ref()
            .iter()
            .map(|byte| char::from(*byte))
            .collect();
        self.headers.push((name.into(), value));
        self
    }

    /// Sets the body: bytes, text, the body of a response, or what comes from a [`Sender`].
    pub fn body(mut self, body: impl Into<Body>) -> Request {
        self.body = Some(body.into());
        self
    }

    /// Sends it, and returns when the head of the response is there.
    ///
    /// # Errors
    /// There is no response; [`Error`] says why.
    pub async fn send(self) -> Result<Response, Error> {
        let Request {
            method,
            url,
            headers,
            body,
        } = self;
        let request = client::Request {
            method,
            url,
            headers,
            body: body.map(Body::into_wit),
        };
        let client::Response {
            status,
            status_text,
            headers,
            body,
        } = client::send(request).await?;
        Ok(Response {
            status,
            status_text,
            headers,
            body: body.map(|body| Body(Kind::Arrived(body))),
        })
    }
}

/// A response. Its body may still be on its way.
#[derive(Debug)]
pub struct Response {
    status: u16,
    status_text: String,
    headers: Vec<(String, String)>,
    body: Option<Body>,
}

impl Response {
    /// The status code, 200 to 599.
    pub fn status(&self) -> u16 {
        self.status
    }

    /// Whether the status is one of success, 200 to 299.
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// The reason phrase; empty if there was none.
    pub fn status_text(&self) -> &str {
        &self.status_text
    }

    /// The first value of a header field. Each of its characters stands for a byte, U+0000 to U+00FF.
    pub fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers().find(|(n, _)| n.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value)
    }

    /// All header fields: names in lower case, and values as in [`Response::header`].
    pub fn headers(&self) -> impl Iterator<Item = (&str, &str)> {
        let headers = self.headers.iter();
        headers.map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// The next bytes of the body, or nothing at its end.
    ///
    /// # Errors
    /// The body was cut off, or is too long; [`Error`] says why.
    pub async fn chunk(&mut self) -> Result<Option<Vec<u8>>, Error> {
        match &mut self.body {
            Some(body) => {
                let chunk = body.chunk().await?;
                if chunk.is_none() {
                    self.body = None;
                }
                Ok(chunk)
            }
            None => Ok(None),
        }
    }

    /// All bytes of the body that have not been taken yet.
    ///
    /// # Errors
    /// As [`Response::chunk`].
    pub async fn bytes(mut self) -> Result<Vec<u8>, Error> {
        let mut bytes = Vec::new();
        while let Some(chunk) = self.chunk().await? {
            if bytes.is_empty() {
                bytes = chunk;
            } else {
                bytes.extend(chunk);
            }
        }
        Ok(bytes)
    }

    /// All of the body as text. What is not UTF-8 becomes U+FFFD, and a byte order mark is left out.
    ///
    /// # Errors
    /// As [`Response::chunk`].
    pub async fn text(self) -> Result<String, Error> {
        let bytes = self.bytes().await?;
        let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&bytes);
        Ok(String::from_utf8_lossy(bytes).into_owned())
    }

    /// The body, to send it on; `None` if there is none.
    pub fn into_body(self) -> Option<Body> {
        self.body
    }
}

/// The body of a request or of a response.
#[derive(Debug)]
pub struct Body(Kind);

#[derive(Debug)]
enum Kind {
    Bytes(Vec<u8>),
    Arrived(client::Body),
}

impl Body {
    /// A body whose bytes come from a [`Sender`], whenever there are some.
    pub fn channel() -> (Sender, Body) {
        let (writer, content) = wit_stream::new();
        // A sender that is dropped has not finished.
        let (end_writer, end) = wit_future::new(|| Err(Error::BodyFailed));
        let sender = Sender {
            content: writer,
            end: end_writer,
        };
        let body = client::Body {
            content,
            end,
            length: None,
        };
        (sender, Body(Kind::Arrived(body)))
    }

    fn into_wit(self) -> client::Body {
        match self.0 {
            Kind::Arrived(body) => body,
            Kind::Bytes(bytes) => {
                let length = Some(bytes.len() as u64);
                let (mut writer, content) = wit_stream::new();
                let (end_writer, end) = wit_future::new(|| Err(Error::BodyFailed));
                spawn_local(async move {
                    let is_whole = writer.write_all(bytes).await.is_empty();
                    drop(writer);
                    if is_whole {
                        // Nobody may want to know.
                        let _ = end_writer.write(Ok(())).await;
                    }
                });
                client::Body {
                    content,
                    end,
                    length,
                }
            }
        }
    }

    async fn chunk(&mut self) -> Result<Option<Vec<u8>>, Error> {
        let body = match &mut self.0 {
            Kind::Bytes(bytes) => return Ok(Some(std::mem::take(bytes)).filter(|b| !b.is_empty())),
            Kind::Arrived(body) => body,
        };
        loop {
            let (result, chunk) = body.content.read(Vec::with_capacity(CHUNK)).await;
            if !chunk.is_empty() {
                return Ok(Some(chunk));
            }
            if result == StreamResult::Dropped {
                break;
            }
        }
        let (_, never) = wit_future::new(|| Ok(()));
        std::mem::replace(&mut body.end, never).await.map(|()| None)
    }
}

impl From<Vec<u8>> for Body {
    fn from(bytes: Vec<u8>) -> Body {
        Body(Kind::Bytes(bytes))
    }
}

impl From<String> for Body {
    fn from(text: String) -> Body {
        text.into_bytes().into()
    }
}

impl From<&str> for Body {
    fn from(text: &str) -> Body {
        text.as_bytes().to_vec().into()
    }
}

/// Writes a body while it is sent. Unless it is [finished](Sender::finish) the request fails.
#[derive(Debug)]
pub struct Sender {
    content: StreamWriter<u8>,
    end: FutureWriter<Result<(), Error>>,
}

impl Sender {
    /// Writes bytes. Returns when they have been taken, so a slow receiver holds back the plugin. `false` says that
    /// nobody takes any more.
    pub async fn write(&mut self, bytes: impl Into<Vec<u8>>) -> bool {
        self.content.write_all(bytes.into()).await.is_empty()
    }

    /// Says that the body has come to its end.
    pub async fn finish(self) {
        let Sender { content, end } = self;
        drop(content);
        // Nobody may want to know.
        let _ = end.write(Ok(())).await;
    }
}
