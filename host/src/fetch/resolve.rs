//! Finding the addresses of a host.

use std::io;
use std::net::IpAddr;

use async_trait::async_trait;

/// Finds the addresses of hosts.
#[async_trait]
pub trait Resolver: Send + Sync + 'static {
    /// The addresses of a host name, in the order in which they are to be tried. Asked once for each connection;
    /// every address is checked against the grant before it is used.
    ///
    /// # Errors
    ///
    /// The name cannot be resolved.
    async fn resolve(&self, host: &str) -> io::Result<Vec<IpAddr>>;
}

/// Asks the resolver of this machine.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemResolver;

#[async_trait]
impl Resolver for SystemResolver {
    async fn resolve(&self, host: &str) -> io::Result<Vec<IpAddr>> {
        let found = tokio::net::lookup_host((host, 0)).await?;
        let mut addresses: Vec<IpAddr> = Vec::new();
        for address in found.map(|socket| socket.ip()) {
            if !addresses.contains(&address) {
                addresses.push(address);
            }
        }
        Ok(addresses)
    }
}
