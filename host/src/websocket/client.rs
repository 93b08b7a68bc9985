//! WebSockets over TCP and TLS.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use futures_util::stream::{SplitSink, SplitStream};
use futures_util::{SinkExt as _, StreamExt as _};
use http::HeaderValue;
use http::header::SEC_WEBSOCKET_PROTOCOL;
use tokio::sync::{Mutex, OwnedSemaphorePermit, Semaphore, watch};
use tokio::time::timeout;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::protocol::{CloseFrame, WebSocketConfig};
use tokio_tungstenite::tungstenite::{self, Error};

use super::{Closing, Connector, Event, Failure, Grant, Message, Session, Socket};
use crate::fetch::{self, Allowed, Connection, Dialer, Network, Stage};

/// How long the other side has to answer that a connection is closed.
const CLOSING: Duration = Duration::from_secs(10);

/// Opens WebSockets as RFC 6455 says, without extensions.
#[derive(Debug, Clone, Default)]
pub struct WebSocketClient {
    network: Network,
}

impl WebSocketClient {
    /// A client whose connections are made in this way.
    #[must_use]
    pub fn over(network: Network) -> WebSocketClient {
        WebSocketClient { network }
    }
}

impl Connector for WebSocketClient {
    fn open(&self, _plugin: &str, grant: &Grant) -> Arc<dyn Session> {
        let most = usize::try_from(grant.connections).unwrap_or(usize::MAX);
        Arc::new(Opener {
            dialer: self.network.dialer(&["http/1.1"], grant.connect_timeout),
            connect_timeout: grant.connect_timeout,
            message: usize::try_from(grant.message).unwrap_or(usize::MAX),
            permits: Arc::new(Semaphore::new(most.min(Semaphore::MAX_PERMITS))),
        })
    }
}

struct Opener {
    dialer: Dialer,
    connect_timeout: Duration,
    message: usize,
    permits: Arc<Semaphore>,
}

#[async_trait]
impl Session for Opener {
    async fn connect(
        &self,
        allowed: Allowed,
        protocols: &[String],
    ) -> Result<Arc<dyn Socket>, Failure> {
        let permit = self.permits.clone().try_acquire_owned();
        let permit = permit.map_err(|_| Failure::TooManyConnections)?;
        let mut request = allowed
            .target()
            .url()
            .into_client_request()
            .map_err(explain)?;
        if !protocols.is_empty() {
            let offered = HeaderValue::from_str(&protocols.join(", "));
            let offered = offered.map_err(|e| fetch::Failure::Backend(e.into()))?;
            request
                .headers_mut()
                .insert(SEC_WEBSOCKET_PROTOCOL, offered);
        }
        let config = WebSocketConfig::default()
            .max_message_size(Some(self.message))
            .max_frame_size(Some(self.message))
            .write_buffer_size(0)
            .max_write_buffer_size(self.message.saturating_add(1024));
        let connection = self.dialer.dial(&allowed).await?;
        let handshake =
            tokio_tungstenite::client_async_with_config(request, connection, Some(config));
        let (stream, response) = timeout(self.connect_timeout, handshake)
            .await
            .map_err(|_elapsed| fetch::Failure::Timeout(Stage::Connect))?
            .map_err(|error| match error {
                Error::Capacity(_) => fetch::Failure::HeaderTooLarge.into(),
                error => explain(error),
            })?;
        let protocol = response.headers().get(SEC_WEBSOCKET_PROTOCOL);
        let protocol = protocol.and_then(|value| value.to_str().ok());
        let (sink, stream) = stream.split();
        Ok(Arc::new(Open {
            protocol: protocol.unwrap_or_default().to_string(),
            message: self.message,
            sink: Mutex::new(sink),
            stream: Mutex::new(Receiver {
                stream,
                closed: None,
            }),
            closing: watch::Sender::new(false),
            _permit: permit,
        }))
    }
}

struct Open {
    protocol: String,
    message: usize,
    sink: Mutex<SplitSink<WebSocketStream<Connection>, tungstenite::Message>>,
    stream: Mutex<Receiver>,
    /// Whether the closing handshake has begun here.
    closing: watch::Sender<bool>,
    _permit: OwnedSemaphorePermit,
}

struct Receiver {
    stream: SplitStream<WebSocketStream<Connection>>,
    closed: Option<Closing>,
}

impl Open {
    /// Returns when the other side should have answered that the connection is closed.
    async fn overdue(&self) {
        let mut closing = self.closing.subscribe();
        // The sender is ours.
        let _ = closing.wait_for(|closing| *closing).await;
        tokio::time::sleep(CLOSING).await;
    }
}

#[async_trait]
impl Socket for Open {
    fn protocol(&self) -> &str {
        &self.protocol
    }

    async fn send(&self, message: Message) -> Result<(), Failure> {
        let message = match message {
            Message::Text(text) if text.len() <= self.message => {
                tungstenite::Message::Text(text.into())
            }
            Message::Binary(bytes) if bytes.len() <= self.message => {
                tungstenite::Message::Binary(bytes.into())
            }
            _ => return Err(Failure::MessageTooLarge),
        };
        self.sink.lock().await.send(message).await.map_err(explain)
    }

    async fn receive(&self) -> Result<Event, Failure> {
        let mut receiver = self.stream.lock().await;
        let Receiver { stream, closed } = &mut *receiver;
        if let Some(closing) = closed {
            return Ok(Event::Closed(closing.clone()));
        }
        let received = async {
            loop {
                return match stream.next().await {
                    Some(Ok(tungstenite::Message::Text(text))) => {
                        Ok(Event::Message(Message::Text(text.as_str().to_string())))
                    }
                    Some(Ok(tungstenite::Message::Binary(bytes))) => {
                        Ok(Event::Message(Message::Binary(bytes.to_vec())))
                    }
                    Some(Ok(tungstenite::Message::Close(frame))) => {
                        let closing = frame.map_or_else(Closing::default, |frame| Closing {
                            code: Some(frame.code.into()),
                            reason: frame.reason.as_str().to_string(),
                        });
                        *closed = Some(closing.clone());
                        // The answer is on its way when this has been polled once more.
                        let _ = timeout(CLOSING, stream.next()).await;
                        Ok(Event::Closed(closing))
                    }
                    // Pings are answered by the protocol.
                    Some(Ok(_)) => continue,
                    Some(Err(error)) => Err(explain(error)),
                    None => Err(fetch::Failure::CutOff.into()),
                };
            }
        };
        tokio::select! {
            received = received => received,
            () = self.overdue() => Err(fetch::Failure::CutOff.into()),
        }
    }

    async fn close(&self, closing: Closing) -> Result<(), Failure> {
        let frame = closing.code.map(|code| CloseFrame {
            code: code.into(),
            reason: closing.reason.into(),
        });
        let sent = self
            .sink
            .lock()
            .await
            .send(tungstenite::Message::Close(frame))
            .await;
        self.closing.send_replace(true);
        match sent {
            // The other side was first.
            Ok(()) | Err(Error::ConnectionClosed | Error::Protocol(_)) => Ok(()),
            Err(error) => Err(explain(error)),
        }
    }
}

fn explain(error: Error) -> Failure {
    match error {
        Error::Http(response) => Failure::Status(response.status().as_u16()),
        Error::Capacity(_) => Failure::MessageTooLarge,
        Error::WriteBufferFull(_) => Failure::MessageTooLarge,
        Error::ConnectionClosed | Error::AlreadyClosed | Error::Io(_) => {
            fetch::Failure::CutOff.into()
        }
        Error::Protocol(
            tungstenite::error::ProtocolError::ResetWithoutClosingHandshake
            | tungstenite::error::ProtocolError::HandshakeIncomplete,
        ) => fetch::Failure::CutOff.into(),
        error => fetch::Failure::Protocol(error.to_string()).into(),
    }
}
