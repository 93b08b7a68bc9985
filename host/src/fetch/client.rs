//! A client for HTTP/1.1 and HTTP/2.

use std::collections::HashMap;
use std::error::Error as _;
use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use http::header::{CONTENT_LENGTH, HOST, HeaderValue, TRANSFER_ENCODING};
use http::{HeaderMap, Request, Response, StatusCode, Uri};
use http_body::{Body as _, Frame, SizeHint};
use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use hyper::client::conn::{TrySendError, http1, http2};
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::sync::Notify;
use tokio::task::JoinHandle;
use tokio::time::{Instant, timeout};

use super::dial::{Dialer, Network};
use super::grant::MAX_FIELDS;
use super::{Allowed, Body, Client, Failure, Grant, Session};

/// How long a connection is kept that nobody uses.
const IDLE: Duration = Duration::from_secs(30);
/// How long a kept connection has to say that it is ready.
const READY: Duration = Duration::from_millis(50);
/// What HTTP/1.1 may read ahead, in bytes.
const READ_AHEAD: usize = 128 << 10;
/// What HTTP/2 may read ahead, in bytes: of one response, and of all on a connection.
const STREAM_WINDOW: u32 = 256 << 10;
const CONNECTION_WINDOW: u32 = 1 << 20;

/// Speaks HTTP/1.1 and, where both sides agree on it within TLS, HTTP/2. Connections are kept for the next request of
/// the same plugin to the same origin, and of nobody else.
#[derive(Debug, Clone, Default)]
pub struct HttpClient {
    network: Network,
}

impl HttpClient {
    /// A client whose connections are made in this way.
    #[must_use]
    pub fn over(network: Network) -> HttpClient {
        HttpClient { network }
    }
}

impl Client for HttpClient {
    fn open(&self, _plugin: &str, grant: &Grant) -> Arc<dyn Session> {
        Arc::new(HttpSession {
            dialer: self
                .network
                .dialer(&["h2", "http/1.1"], grant.connect_timeout),
            header_bytes: grant.headers,
            pool: Arc::new(Pool {
                most: grant.connections.max(1),
                connections: Mutex::default(),
                changed: Notify::new(),
            }),
        })
    }
}

struct HttpSession {
    dialer: Dialer,
    header_bytes: u32,
    pool: Arc<Pool>,
}

#[async_trait]
impl Session for HttpSession {
    async fn send(
        &self,
        allowed: Allowed,
        mut request: Request<Body>,
    ) -> Result<Response<Body>, Failure> {
        loop {
            let (connection, is_kept) = self.connection(&allowed).await?;
            let repeat = if is_kept { repeatable(&request) } else { None };
            let sent = match connection {
                Connection::Http1(connection) => self.send1(&allowed, connection, request).await,
                Connection::Http2(connection) => send2(&allowed, &connection, request).await,
            };
            match sent {
                Ok(response) => return Ok(response),
                // The other side closed a connection that was kept, before it had the request.
                Err((_, Some(again))) if is_kept => request = *again,
                // Or before it answered. What only reads can be asked again.
                Err((failure @ Failure::CutOff, None)) => request = repeat.ok_or(failure)?,
                Err((failure, _)) => return Err(failure),
            }
        }
    }
}

/// A failure, and the request if nothing of it was sent.
type Unsent = (Failure, Option<Box<Request<Body>>>);

fn unsent(mut error: TrySendError<Request<Body>>) -> Unsent {
    let request = error.take_message().map(Box::new);
    (explain(&error.into_error()), request)
}

/// The same request once more, if that changes nothing.
fn repeatable(request: &Request<Body>) -> Option<Request<Body>> {
    if !request.method().is_safe() || !request.body().is_end_stream() {
        return None;
    }
    let mut again = Request::new(super::empty());
    again.method_mut().clone_from(request.method());
    again.headers_mut().clone_from(request.headers());
    Some(again)
}

impl HttpSession {
    /// A connection to the target, and whether it is one that was kept.
    async fn connection(&self, allowed: &Allowed) -> Result<(Connection, bool), Failure> {
        let origin = allowed.target().origin();
        loop {
            let changed = self.pool.changed.notified();
            tokio::pin!(changed);
            changed.as_mut().enable();
            match self.pool.take(&origin) {
                Taken::Http2(connection) => return Ok((Connection::Http2(connection), true)),
                Taken::Http1(mut connection) => {
                    if let Ok(Ok(())) = timeout(READY, connection.sender.ready()).await {
                        return Ok((Connection::Http1(connection), true));
                    }
                }
                Taken::Place(place) => {
                    let connection = self.connect(allowed, &origin, place).await?;
                    return Ok((connection, false));
                }
                Taken::Evicted(connection) => drop(connection),
                Taken::Full => changed.await,
            }
        }
    }

    async fn connect(
        &self,
        allowed: &Allowed,
        origin: &str,
        place: Place,
    ) -> Result<Connection, Failure> {
        let io = self.dialer.dial(allowed).await?;
        if io.is_http2() {
            let (sender, connection) = http2::Builder::new(TokioExecutor::new())
                .initial_stream_window_size(STREAM_WINDOW)
                .initial_connection_window_size(CONNECTION_WINDOW)
                .max_header_list_size(self.header_bytes)
                .max_send_buf_size(STREAM_WINDOW as usize)
                .handshake(TokioIo::new(io))
                .await
                .map_err(|e| explain(&e))?;
            let connection = Arc::new(Http2 {
                sender,
                _task: Task::run(connection),
                _place: place,
            });
            self.pool.share(origin, connection.clone());
            return Ok(Connection::Http2(connection));
        }
        let (sender, connection) = http1::Builder::new()
            .max_headers(MAX_FIELDS)
            .max_header_size(self.header_bytes as usize)
            .max_buf_size(READ_AHEAD.max(self.header_bytes as usize))
            .handshake(TokioIo::new(io))
            .await
            .map_err(|e| explain(&e))?;
        Ok(Connection::Http1(Http1 {
            sender,
            _task: Task::run(connection),
            _place: place,
        }))
    }

    async fn send1(
        &self,
        allowed: &Allowed,
        mut connection: Http1,
        request: Request<Body>,
    ) -> Result<Response<Body>, Unsent> {
        let target = allowed.target();
        let uri = uri(&target.path_and_query()).map_err(|failure| (failure, None))?;
        let host = HeaderValue::from_str(&target.authority());
        let host = host.map_err(|e| (Failure::Backend(e.into()), None))?;
        let (mut parts, body) = request.into_parts();
        parts.uri = uri;
        // It comes first, as the protocol recommends.
        let mut headers = HeaderMap::with_capacity(parts.headers.len() + 1);
        headers.insert(HOST, host);
        headers.extend(std::mem::take(&mut parts.headers));
        parts.headers = headers;
        let request = Request::from_parts(parts, body);
        let response = connection.sender.try_send_request(request).await;
        let response = response.map_err(|error| {
            let (failure, request) = unsent(error);
            let request = request.map(|mut request| {
                request.headers_mut().remove(HOST);
                request
            });
            (failure, request)
        })?;
        if has_more(&response) {
            return Ok(response.map(|body| Exchange::body(body, None)));
        }
        let kept = Kept {
            pool: Arc::downgrade(&self.pool),
            origin: target.origin(),
            connection,
        };
        Ok(response.map(|body| Exchange::body(body, Some(Held::Http1(kept)))))
    }
}

/// Whether a response that has no body says that it has: then what follows it on the connection is not the next response.
fn has_more(response: &Response<Incoming>) -> bool {
    let headers = response.headers();
    let length = headers.get(CONTENT_LENGTH).map(HeaderValue::as_bytes);
    matches!(
        response.status(),
        StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED
    ) && (headers.contains_key(TRANSFER_ENCODING) || length.is_some_and(|length| length != b"0"))
}

async fn send2(
    allowed: &Allowed,
    connection: &Arc<Http2>,
    mut request: Request<Body>,
) -> Result<Response<Body>, Unsent> {
    let uri = uri(allowed.target().url()).map_err(|failure| (failure, None))?;
    *request.uri_mut() = uri;
    let mut sender = connection.sender.clone();
    let response = sender.try_send_request(request).await.map_err(unsent)?;
    let held = Held::Http2(connection.clone());
    Ok(response.map(|body| Exchange::body(body, Some(held))))
}

fn uri(text: &str) -> Result<Uri, Failure> {
    text.parse()
        .map_err(|e: http::uri::InvalidUri| Failure::Protocol(e.to_string()))
}

/// A connection that is used.
enum Connection {
    Http1(Http1),
    Http2(Arc<Http2>),
}

/// Carries one exchange at a time.
struct Http1 {
    sender: http1::SendRequest<Body>,
    _task: Task,
    _place: Place,
}

/// Carries many exchanges at a time.
struct Http2 {
    sender: http2::SendRequest<Body>,
    _task: Task,
    _place: Place,
}

/// What drives a connection, for as long as anybody has it.
struct Task(JoinHandle<()>);

impl Task {
    fn run(connection: impl Future<Output = hyper::Result<()>> + Send + 'static) -> Task {
        Task(tokio::spawn(async move {
            if let Err(error) = connection.await {
                tracing::debug!(%error, "a connection ended");
            }
        }))
    }
}

impl Drop for Task {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// The connections of one plugin.
struct Pool {
    most: u32,
    connections: Mutex<Connections>,
    /// A connection was given back, or closed.
    changed: Notify,
}

#[derive(Default)]
struct Connections {
    /// How many there are, with those that are used.
    count: u32,
    /// By origin; those used last come last.
    idle: HashMap<String, Vec<(Http1, Instant)>>,
    /// By origin, used or not.
    shared: HashMap<String, (Arc<Http2>, Instant)>,
    /// Whether a task is there that closes what nobody uses.
    is_tidied: bool,
}

/// What a request gets of the pool.
enum Taken {
    Http1(Http1),
    Http2(Arc<Http2>),
    /// Leave to connect.
    Place(Place),
    /// A connection that has to make way.
    Evicted(Connection),
    /// All connections are used.
    Full,
}

/// One of the connections that a plugin may have.
struct Place(Weak<Pool>);

impl Drop for Place {
    fn drop(&mut self) {
        if let Some(pool) = self.0.upgrade() {
            let mut connections = pool.lock();
            connections.count = connections.count.saturating_sub(1);
            drop(connections);
            pool.changed.notify_waiters();
        }
    }
}

impl Pool {
    fn lock(&self) -> std::sync::MutexGuard<'_, Connections> {
        self.connections
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    fn take(self: &Arc<Self>, origin: &str) -> Taken {
        let mut connections = self.lock();
        if let Some((connection, used)) = connections.shared.get_mut(origin) {
            if !connection.sender.is_closed() {
                *used = Instant::now();
                return Taken::Http2(connection.clone());
            }
            if let Some((connection, _)) = connections.shared.remove(origin) {
                return Taken::Evicted(Connection::Http2(connection));
            }
        }
        if let Some((connection, _)) = connections.idle.get_mut(origin).and_then(Vec::pop) {
            return Taken::Http1(connection);
        }
        if connections.count < self.most {
            connections.count += 1;
            return Taken::Place(Place(Arc::downgrade(self)));
        }
        match connections.oldest() {
            Some(connection) => Taken::Evicted(connection),
            None => Taken::Full,
        }
    }

    /// Others may use it as well.
    fn share(self: &Arc<Self>, origin: &str, connection: Arc<Http2>) {
        let mut connections = self.lock();
        let entry = (connection, Instant::now());
        let before = connections.shared.insert(origin.to_string(), entry);
        self.tidy(&mut connections);
        drop(connections);
        drop(before);
        self.changed.notify_waiters();
    }

    /// It is not used any more.
    fn give_back(self: &Arc<Self>, origin: &str, connection: Http1) {
        if connection.sender.is_closed() {
            return;
        }
        let mut connections = self.lock();
        let idle = connections.idle.entry(origin.to_string()).or_default();
        idle.push((connection, Instant::now()));
        self.tidy(&mut connections);
        drop(connections);
        self.changed.notify_waiters();
    }

    /// Closes what nobody has used for a while, as long as there is anything.
    fn tidy(self: &Arc<Self>, connections: &mut Connections) {
        if std::mem::replace(&mut connections.is_tidied, true) {
            return;
        }
        let pool = Arc::downgrade(self);
        tokio::spawn(async move {
            loop {
                tokio::time::sleep(IDLE).await;
                let Some(pool) = pool.upgrade() else { return };
                let mut connections = pool.lock();
                let old = connections.unused_since(IDLE);
                let is_empty = connections.idle.is_empty() && connections.shared.is_empty();
                connections.is_tidied = !is_empty;
                drop(connections);
                drop(old);
                if is_empty {
                    return;
                }
            }
        });
    }
}

impl Connections {
    /// Takes out the connection that nobody has used for the longest time.
    fn oldest(&mut self) -> Option<Connection> {
        let idle = self.idle.iter().filter_map(|(origin, list)| {
            let (_, since) = list.first()?;
            Some((*since, origin.clone(), false))
        });
        let unused = |(_, (connection, _)): &(&String, &(Arc<Http2>, Instant))| {
            Arc::strong_count(connection) == 1
        };
        let shared = self.shared.iter().filter(unused);
        let shared = shared.map(|(origin, (_, since))| (*since, origin.clone(), true));
        let (_, origin, is_shared) = idle.chain(shared).min_by_key(|(since, ..)| *since)?;
        if is_shared {
            let (connection, _) = self.shared.remove(&origin)?;
            return Some(Connection::Http2(connection));
        }
        let list = self.idle.get_mut(&origin)?;
        let (connection, _) = list.remove(0);
        if list.is_empty() {
            self.idle.remove(&origin);
        }
        Some(Connection::Http1(connection))
    }

    /// Takes out what nobody has used for so long.
    fn unused_since(&mut self, age: Duration) -> Vec<Connection> {
        let mut old = Vec::new();
        for list in self.idle.values_mut() {
            let kept = list.iter().position(|(_, since)| since.elapsed() < age);
            let gone = list.drain(..kept.unwrap_or(list.len()));
            old.extend(gone.map(|(connection, _)| Connection::Http1(connection)));
        }
        self.idle.retain(|_, list| !list.is_empty());
        self.shared.retain(|_, (connection, since)| {
            let keep = Arc::strong_count(connection) > 1 || since.elapsed() < age;
            if !keep {
                old.push(Connection::Http2(connection.clone()));
            }
            keep
        });
        old
    }
}

/// The body of a response, with the connection that it comes over.
struct Exchange {
    incoming: Incoming,
    held: Option<Held>,
}

enum Held {
    Http1(Kept),
    Http2(#[allow(dead_code, reason = "keeps the connection")] Arc<Http2>),
}

/// A connection, and where it goes when the exchange is over.
struct Kept {
    pool: Weak<Pool>,
    origin: String,
    connection: Http1,
}

impl Exchange {
    fn body(incoming: Incoming, held: Option<Held>) -> Body {
        let mut exchange = Exchange { incoming, held };
        exchange.give_back_at_end();
        exchange.boxed_unsync()
    }

    fn give_back_at_end(&mut self) {
        if self.incoming.is_end_stream() {
            self.give_back();
        }
    }

    fn give_back(&mut self) {
        if let Some(Held::Http1(kept)) = self.held.take()
            && let Some(pool) = kept.pool.upgrade()
        {
            pool.give_back(&kept.origin, kept.connection);
        }
    }
}

impl http_body::Body for Exchange {
    type Data = Bytes;
    type Error = Failure;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Failure>>> {
        let frame = ready!(Pin::new(&mut self.incoming).poll_frame(cx));
        Poll::Ready(match frame {
            Some(Ok(frame)) => {
                self.give_back_at_end();
                Some(Ok(frame))
            }
            Some(Err(error)) => {
                // closes it
                self.held = None;
                Some(Err(explain(&error)))
            }
            None => {
                self.give_back();
                None
            }
        })
    }

    fn is_end_stream(&self) -> bool {
        self.incoming.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.incoming.size_hint()
    }
}

/// What an error of the protocol means to the plugin.
fn explain(error: &hyper::Error) -> Failure {
    let mut source = error.source();
    while let Some(cause) = source {
        if cause.downcast_ref::<Failure>().is_some() {
            // the body of the request
            return Failure::RequestBody;
        }
        if let Some(error) = cause.downcast_ref::<io::Error>()
            && error.get_ref().is_none_or(|e| !e.is::<rustls::Error>())
        {
            return match error.kind() {
                io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput => {
                    Failure::Protocol(error.to_string())
                }
                _ => Failure::CutOff,
            };
        }
        source = cause.source();
    }
    if error.is_parse_too_large() {
        Failure::HeaderTooLarge
    } else if error.is_parse() {
        Failure::Protocol(error.to_string())
    } else if error.is_incomplete_message()
        || error.is_closed()
        || error.is_canceled()
        || error.is_body_write_aborted()
    {
        Failure::CutOff
    } else {
        Failure::Protocol(match error.source() {
            Some(cause) => cause.to_string(),
            None => error.to_string(),
        })
    }
}
