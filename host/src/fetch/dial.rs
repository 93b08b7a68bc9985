//! Connecting to a host: resolve its name once, check every address, connect to one that was checked.

use std::fmt;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::resolve::{Resolver, SystemResolver};
use super::{Allowed, Failure, Stage};

/// How connections are made: who resolves names, and whose certificates are trusted. The default asks the
/// resolver of this machine and trusts the authorities that Mozilla does. Proxies are not used, whatever
/// the environment says.
#[derive(Clone)]
pub struct Network {
    resolver: Arc<dyn Resolver>,
    roots: RootCertStore,
}

impl Default for Network {
    fn default() -> Network {
        Network {
            resolver: Arc::new(SystemResolver),
            roots: RootCertStore {
                roots: webpki_roots::TLS_SERVER_ROOTS.to_vec(),
            },
        }
    }
}

impl fmt::Debug for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Network")
            .field("roots", &self.roots.len())
            .finish_non_exhaustive()
    }
}

impl Network {
    /// Sets what resolves names.
    #[must_use]
    pub fn with_resolver(mut self, resolver: Arc<dyn Resolver>) -> Network {
        self.resolver = resolver;
        self
    }

    /// Trusts one certificate authority more; `der` is its certificate.
    ///
    /// # Errors
    ///
    /// It is not a certificate of an authority.
    pub fn with_root(mut self, der: &[u8]) -> Result<Network, InvalidCertificate> {
        self.roots
            .add(CertificateDer::from(der.to_vec()))
            .map_err(|e| InvalidCertificate(e.to_string()))?;
        Ok(self)
    }

    /// What makes the connections of one plugin. Tickets of TLS sessions are kept here, so no plugin resumes
    /// what another began.
    pub(crate) fn dialer(&self, protocols: &[&str], connect_timeout: Duration) -> Dialer {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let tls = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map(|builder| {
                let mut config = builder
                    .with_root_certificates(self.roots.clone())
                    .with_no_client_auth();
                config.alpn_protocols = protocols.iter().map(|p| p.as_bytes().to_vec()).collect();
                TlsConnector::from(Arc::new(config))
            });
        Dialer {
            resolver: self.resolver.clone(),
            tls,
            connect_timeout,
        }
    }
}

/// Bytes that are not a certificate of an authority.
#[derive(Debug, thiserror::Error)]
#[error("not a certificate of an authority: {0}")]
pub struct InvalidCertificate(String);

/// Makes the connections of one plugin.
pub(crate) struct Dialer {
    resolver: Arc<dyn Resolver>,
    tls: Result<TlsConnector, rustls::Error>,
    connect_timeout: Duration,
}

impl Dialer {
    /// Connects to the target.
    pub(crate) async fn dial(&self, allowed: &Allowed) -> Result<Connection, Failure> {
        timeout(self.connect_timeout, self.connect(allowed))
            .await
            .unwrap_or(Err(Failure::Timeout(Stage::Connect)))
    }

    async fn connect(&self, allowed: &Allowed) -> Result<Connection, Failure> {
        let target = allowed.target();
        let addresses = match allowed.literal() {
            Some(address) => vec![address],
            None => {
                let host = target.host();
                self.resolver.resolve(&host).await.map_err(Failure::Name)?
            }
        };
        if addresses.is_empty() {
            let nothing = io::Error::new(io::ErrorKind::NotFound, "the name has no addresses");
            return Err(Failure::Name(nothing));
        }
        let mut addresses: Vec<IpAddr> = addresses;
        addresses.retain(|address| allowed.allows(*address));
        let tcp = self.first(&addresses, target.port()).await?;
        // Small requests and messages are not held back to be sent with others.
        tcp.set_nodelay(true).map_err(failed)?;
        if !target.is_secure() {
            return Ok(Connection::Plain(tcp));
        }
        let tls = self.tls.as_ref().map_err(|e| Failure::Tls(e.to_string()))?;
        let name = match allowed.literal() {
            Some(address) => ServerName::IpAddress(address.into()),
            None => ServerName::try_from(target.host().trim_end_matches('.').to_string())
                .map_err(|_| Failure::Tls("the host has no name for a certificate".to_string()))?,
        };
        let stream = tls.connect(name, tcp).await.map_err(tls_failed)?;
        Ok(Connection::Tls(Box::new(stream)))
    }

    /// A connection to the first address that accepts one.
    async fn first(&self, addresses: &[IpAddr], port: u16) -> Result<TcpStream, Failure> {
        let mut failure = Failure::Address;
        // An address that does not answer leaves time for the others.
        let share = self.connect_timeout / u32::try_from(addresses.len().max(1)).unwrap_or(1);
        for address in addresses {
            let connect = TcpStream::connect(SocketAddr::new(*address, port));
            failure = match timeout(share, connect).await {
                Ok(Ok(stream)) => return Ok(stream),
                Ok(Err(e)) => failed(e),
                Err(_elapsed) => Failure::Timeout(Stage::Connect),
            };
        }
        Err(failure)
    }
}

fn failed(error: io::Error) -> Failure {
    match error.kind() {
        io::ErrorKind::ConnectionRefused => Failure::Refused,
        io::ErrorKind::TimedOut => Failure::Timeout(Stage::Connect),
        _ => Failure::Unreachable(error),
    }
}

fn tls_failed(error: io::Error) -> Failure {
    let reason = match error
        .get_ref()
        .and_then(|e| e.downcast_ref::<rustls::Error>())
    {
        Some(error) => error.to_string(),
        None => "the connection ended during the handshake".to_string(),
    };
    Failure::Tls(reason)
}

/// A connection to an address that was checked.
pub(crate) enum Connection {
    Plain(TcpStream),
    Tls(Box<TlsStream<TcpStream>>),
}

impl Connection {
    /// Whether both sides agreed on HTTP/2.
    pub(crate) fn is_http2(&self) -> bool {
        match self {
            Connection::Plain(_) => false,
            Connection::Tls(stream) => stream.get_ref().1.alpn_protocol() == Some(b"h2"),
        }
    }
}

impl AsyncRead for Connection {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Connection::Plain(stream) => Pin::new(stream).poll_read(cx, buffer),
            Connection::Tls(stream) => Pin::new(stream).poll_read(cx, buffer),
        }
    }
}

impl AsyncWrite for Connection {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Connection::Plain(stream) => Pin::new(stream).poll_write(cx, bytes),
            Connection::Tls(stream) => Pin::new(stream).poll_write(cx, bytes),
        }
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Connection::Plain(stream) => Pin::new(stream).poll_write_vectored(cx, slices),
            Connection::Tls(stream) => Pin::new(stream).poll_write_vectored(cx, slices),
        }
    }

    fn is_write_vectored(&self) -> bool {
        match self {
            Connection::Plain(stream) => stream.is_write_vectored(),
            Connection::Tls(stream) => stream.is_write_vectored(),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Connection::Plain(stream) => Pin::new(stream).poll_flush(cx),
            Connection::Tls(stream) => Pin::new(stream).poll_flush(cx),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Connection::Plain(stream) => Pin::new(stream).poll_shutdown(cx),
            Connection::Tls(stream) => Pin::new(stream).poll_shutdown(cx),
        }
    }
}
