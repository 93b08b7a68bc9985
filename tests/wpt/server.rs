//! The real server of the tests: Python runs it out of the tree, on loopback, for as long as this program runs.

use async_trait::async_trait;
use outwit::fetch::{self, HttpClient, Network, Resolver};
use outwit::websocket::{self, WebSocketClient};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use std::io;
use std::net::{IpAddr, Ipv4Addr, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// The ports of `serve.py` that have to answer before the first test.
const PORTS: [u16; 7] = [8000, 8001, 8443, 8444, 8666, 8667, 9000];
/// How long that may take: Python starts a process for each of them.
const PATIENCE: Duration = Duration::from_secs(120);
/// The names that the tests think they are on.
const DOMAINS: [&str; 2] = ["web-platform.test", "not-web-platform.test"];

/// The server. It ends when this is dropped, and also when this program ends otherwise: it reads from a pipe.
pub struct Server {
    process: Child,
    network: Network,
}

impl Server {
    /// Starts it, and waits until it answers.
    pub fn start(root: &Path) -> Result<Server, String> {
        let taken = PORTS.into_iter().find(|port| answers(*port));
        if let Some(port) = taken {
            return Err(format!("something else uses port {port}"));
        }
        let network = network(root)?;
        let process = Command::new("python3")
            .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/wpt/serve.py"))
            .arg(root)
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .stdin(Stdio::piped())
            .spawn()
            .map_err(|error| format!("cannot start python3, which runs the server: {error}"))?;
        let mut server = Server { process, network };
        let began = Instant::now();
        while !PORTS.into_iter().all(answers) {
            if let Ok(Some(status)) = server.process.try_wait() {
                return Err(format!("the server ended at once: {status}"));
            }
            if began.elapsed() > PATIENCE {
                return Err("the server does not answer".to_string());
            }
            std::thread::sleep(Duration::from_millis(100));
        }
        Ok(server)
    }

    /// What sends requests to it.
    pub fn client(&self) -> HttpClient {
        HttpClient::over(self.network.clone())
    }

    /// What opens WebSockets to it.
    pub fn connector(&self) -> WebSocketClient {
        WebSocketClient::over(self.network.clone())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.process.stdin.take());
        let _ = self.process.wait();
    }
}

/// Requests to the names of the tests, which are names of this machine.
pub fn fetch_grant() -> fetch::Grant {
    let origins = origins(["http", "https"]);
    let grant = fetch::Grant::to(origins).expect("these are origins");
    // tests leave responses unread, each of which keeps its connection, and some are huge
    grant
        .with_private([loopback().into()])
        .with_connections(64)
        .with_body(1 << 40)
}

/// WebSockets to them.
pub fn websocket_grant() -> websocket::Grant {
    let grant = websocket::Grant::to(origins(["ws", "wss"])).expect("these are origins");
    grant.with_private([loopback().into()]).with_connections(64)
}

fn origins(schemes: [&str; 2]) -> Vec<String> {
    let mut origins = Vec::new();
    for scheme in schemes {
        for domain in DOMAINS {
            origins.push(format!("{scheme}://{domain}:*"));
            origins.push(format!("{scheme}://*.{domain}:*"));
        }
    }
    origins
}

fn loopback() -> IpAddr {
    Ipv4Addr::LOCALHOST.into()
}

fn answers(port: u16) -> bool {
    TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_ok()
}

/// Trusts the certificate authority of the tests, and finds their names on this machine.
fn network(root: &Path) -> Result<Network, String> {
    let path = root.join("tools/certs/cacert.pem");
    let authority = CertificateDer::from_pem_file(&path)
        .map_err(|error| format!("cannot read {}: {error}", path.display()))?;
    Network::default()
        .with_resolver(Arc::new(Names))
        .with_root(&authority)
        .map_err(|error| error.to_string())
}

struct Names;

#[async_trait]
impl Resolver for Names {
    async fn resolve(&self, host: &str) -> io::Result<Vec<IpAddr>> {
        let is_known = DOMAINS.iter().any(|domain| {
            let before = host.strip_suffix(domain);
            before.is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
        });
        if !is_known || host.starts_with("nonexistent.") {
            return Err(io::Error::new(io::ErrorKind::NotFound, "no such name"));
        }
        Ok(vec![loopback()])
    }
}
