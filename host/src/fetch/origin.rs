//! Which schemes, hosts and ports a grant names, and where a URL leads.

use std::fmt;

use url::{Host, Url};

/// The two schemes of a protocol: over TLS, and not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Protocol {
    Http,
    WebSocket,
}

impl Protocol {
    fn scheme(self, secure: bool) -> &'static str {
        match (self, secure) {
            (Protocol::Http, true) => "https",
            (Protocol::Http, false) => "http",
            (Protocol::WebSocket, true) => "wss",
            (Protocol::WebSocket, false) => "ws",
        }
    }

    /// Whether a scheme is the secure one of the two.
    fn secure(self, scheme: &str) -> Option<bool> {
        [true, false]
            .into_iter()
            .find(|secure| self.scheme(*secure) == scheme)
    }
}

/// Origins that a grant names: `https://api.example.com`, `http://localhost:8080`, `https://*.example.com`.
///
/// A scheme that is left out is the secure one, a port that is left out is that of the scheme. `*` in place of the
/// host is any host, `*.` before it any name below it, but not the name itself; `*` in place of the port is any port.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct OriginPattern {
    protocol: Protocol,
    secure: bool,
    host: HostPattern,
    /// None is any.
    port: Option<u16>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum HostPattern {
    Any,
    /// What follows the `*`, with its dot.
    Below(String),
    /// As in a URL.
    Exactly(String),
}

impl OriginPattern {
    /// Reads a pattern for HTTP: `https` and `http`.
    ///
    /// # Errors
    ///
    /// The text is no such pattern; the error says why.
    ///
    /// ```
    /// use outwit::fetch::OriginPattern;
    ///
    /// let pattern = OriginPattern::http("*.example.com").unwrap();
    /// assert_eq!(pattern.to_string(), "https://*.example.com");
    /// assert!(OriginPattern::http("ftp://example.com").is_err());
    /// ```
    pub fn http(text: &str) -> Result<OriginPattern, InvalidOrigin> {
        OriginPattern::parse(Protocol::Http, text)
    }

    /// Reads a pattern for WebSockets: `wss` and `ws`.
    ///
    /// # Errors
    ///
    /// The text is no such pattern; the error says why.
    pub fn websocket(text: &str) -> Result<OriginPattern, InvalidOrigin> {
        OriginPattern::parse(Protocol::WebSocket, text)
    }

    fn parse(protocol: Protocol, text: &str) -> Result<OriginPattern, InvalidOrigin> {
        let error = |reason: &str| InvalidOrigin {
            text: text.to_string(),
            reason: reason.to_string(),
        };
        let (scheme, rest) = match text.split_once("://") {
            Some((scheme, rest)) => (scheme, rest),
            None => (protocol.scheme(true), text),
        };
        let Some(secure) = protocol.secure(&scheme.to_ascii_lowercase()) else {
            let (tls, plain) = (protocol.scheme(true), protocol.scheme(false));
            return Err(error(&format!("its scheme is neither {tls} nor {plain}")));
        };
        let rest = rest.strip_suffix('/').unwrap_or(rest);
        if rest.contains(['/', '?', '#', '@', '\\']) || rest.contains(char::is_whitespace) {
            return Err(error("it has more than a scheme, a host and a port"));
        }
        let (rest, any_port) = match rest.strip_suffix(":*") {
            Some(rest) => (rest, true),
            None => (rest, false),
        };
        let (prefix, name) = match rest.strip_prefix("*.") {
            Some(name) => ("*.", name),
            None => ("", rest),
        };
        // `*` cannot be in a URL; any host stands in for it.
        let (any_host, name) = match name.strip_prefix('*') {
            Some(port) if prefix.is_empty() && (port.is_empty() || port.starts_with(':')) => {
                (true, format!("any{port}"))
            }
            _ => (false, name.to_string()),
        };
        if name.contains('*') {
            return Err(error(
                "a `*` is the whole host, the whole port, or is followed by a dot",
            ));
        }
        // Schemes of the web have the same rules for hosts.
        let http = if secure { "https" } else { "http" };
        let url = Url::parse(&format!("{http}://{name}/")).map_err(|e| error(&e.to_string()))?;
        let host = match url.host() {
            _ if any_host => HostPattern::Any,
            Some(Host::Domain(host)) if !prefix.is_empty() => {
                HostPattern::Below(format!(".{host}"))
            }
            Some(host) if prefix.is_empty() => HostPattern::Exactly(host.to_string()),
            _ => return Err(error("nothing is below an address")),
        };
        let port = url.port_or_known_default().filter(|_| !any_port);
        Ok(OriginPattern {
            protocol,
            secure,
            host,
            port,
        })
    }

    /// Whether the pattern is the very address that a URL leads to: then that address is meant, whatever it is.
    pub(crate) fn names_address(&self, target: &Target) -> bool {
        self.matches(target)
            && matches!(self.host, HostPattern::Exactly(_))
            && matches!(target.host, Host::Ipv4(_) | Host::Ipv6(_))
    }

    /// Whether a URL leads to an origin of this pattern.
    pub(crate) fn matches(&self, target: &Target) -> bool {
        let OriginPattern {
            protocol,
            secure,
            host,
            port,
        } = self;
        *protocol == target.protocol
            && *secure == target.secure
            && port.is_none_or(|port| port == target.port)
            && match host {
                HostPattern::Any => true,
                HostPattern::Exactly(host) => target.host.to_string() == *host,
                HostPattern::Below(end) => match &target.host {
                    Host::Domain(name) => name.len() > end.len() && name.ends_with(end),
                    Host::Ipv4(_) | Host::Ipv6(_) => false,
                },
            }
    }
}

impl fmt::Display for OriginPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://", self.protocol.scheme(self.secure))?;
        match &self.host {
            HostPattern::Any => f.write_str("*")?,
            HostPattern::Below(end) => write!(f, "*{end}")?,
            HostPattern::Exactly(host) => f.write_str(host)?,
        }
        match self.port {
            None => f.write_str(":*"),
            Some(port) if port == default_port(self.secure) => Ok(()),
            Some(port) => write!(f, ":{port}"),
        }
    }
}

fn default_port(secure: bool) -> u16 {
    if secure { 443 } else { 80 }
}

/// Text that is not a pattern of origins.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{text}` is not an origin like `https://api.example.com` or `https://*.example.com:8443`: {reason}"
)]
pub struct InvalidOrigin {
    text: String,
    reason: String,
}

/// Where a URL leads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    protocol: Protocol,
    url: Url,
    secure: bool,
    host: Host<String>,
    port: u16,
}

impl Target {
    /// Reads a URL; the error is for the author of the plugin.
    pub(crate) fn parse(protocol: Protocol, text: &str) -> Result<Target, String> {
        // What URL parsers leave out without a word is not in an absolute URL that one of them wrote.
        if text.len() > MAX_URL {
            return Err(format!("it is longer than {MAX_URL} bytes"));
        }
        if text.contains(|c: char| c.is_control() || c == ' ') {
            return Err("it has a space or a control character".to_string());
        }
        let mut url = Url::parse(text).map_err(|e| e.to_string())?;
        let Some(secure) = protocol.secure(url.scheme()) else {
            let (tls, plain) = (protocol.scheme(true), protocol.scheme(false));
            return Err(format!(
                "its scheme is `{}`, and only {tls} and {plain} lead to the network",
                url.scheme()
            ));
        };
        if !url.username().is_empty() || url.password().is_some() {
            return Err(
                "it has a user name or a password; send an `authorization` header".to_string(),
            );
        }
        url.set_fragment(None);
        let host = url.host().map(|host| host.to_owned());
        let port = url.port_or_known_default();
        let (Some(host), Some(port)) = (host, port) else {
            return Err("it has no host".to_string());
        };
        Ok(Target {
            protocol,
            url,
            secure,
            host,
            port,
        })
    }

    /// The URL, without a fragment.
    #[must_use]
    pub fn url(&self) -> &str {
        self.url.as_str()
    }

    /// Whether the connection is one of TLS.
    #[must_use]
    pub fn is_secure(&self) -> bool {
        self.secure
    }

    /// The host, as it is in the URL: names are in lower case and encoded for the DNS, IPv6 addresses have brackets.
    #[must_use]
    pub fn host(&self) -> String {
        self.host.to_string()
    }

    /// The port, that of the scheme if the URL has none.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Host and port, the port only if it is not that of the scheme: what a `host` header says.
    #[must_use]
    pub fn authority(&self) -> String {
        match self.url.port() {
            Some(port) => format!("{}:{port}", self.host),
            None => self.host.to_string(),
        }
    }

    /// Path and query: what a request line says.
    #[must_use]
    pub fn path_and_query(&self) -> String {
        match self.url.query() {
            Some(query) => format!("{}?{query}", self.url.path()),
            None => self.url.path().to_string(),
        }
    }

    /// The URL without its query, in which there may be secrets.
    pub(crate) fn without_query(&self) -> &str {
        self.url.as_str().split('?').next().unwrap_or_default()
    }

    /// Scheme, host and port: `https://example.com`.
    #[must_use]
    pub fn origin(&self) -> String {
        format!("{}://{}", self.url.scheme(), self.authority())
    }

    /// The host: a name, or an address.
    pub(crate) fn parsed_host(&self) -> &Host<String> {
        &self.host
    }
}

/// The longest URL, in bytes.
const MAX_URL: usize = 32 << 10;

#[cfg(test)]
mod tests {
    use super::*;

    fn matches(pattern: &str, url: &str) -> bool {
        let target = Target::parse(Protocol::Http, url).unwrap();
        OriginPattern::http(pattern).unwrap().matches(&target)
    }

    #[test]
    fn patterns_name_scheme_host_and_port() {
        for (pattern, url) in [
            ("https://example.com", "https://example.com/a?b#c"),
            ("example.com", "https://EXAMPLE.com"),
            ("https://example.com/", "https://example.com:443/"),
            ("https://example.com:443", "https://example.com/"),
            ("http://example.com:8080", "http://example.com:8080/"),
            ("http://example.com:*", "http://example.com:1/"),
            ("*.example.com", "https://a.example.com/"),
            ("*.example.com", "https://a.b.example.com/"),
            ("https://*", "https://anything.example/"),
            ("https://*:8443", "https://anything.example:8443/"),
            ("http://*:*", "http://1.1.1.1:77/"),
            ("bücher.example", "https://xn--bcher-kva.example/"),
            ("xn--bcher-kva.example", "https://BÜCHER.example/"),
            ("http://127.0.0.1", "http://127.1/"),
            ("http://127.0.0.1", "http://0x7f000001/"),
            ("http://[::1]:80", "http://[0:0::1]/"),
        ] {
            assert!(matches(pattern, url), "{pattern} {url}");
        }
        for (pattern, url) in [
            ("https://example.com", "http://example.com/"),
            ("https://example.com", "https://example.com:444/"),
            ("https://example.com", "https://a.example.com/"),
            ("https://example.com", "https://example.com./"),
            ("https://example.com", "https://example.com.evil.test/"),
            ("*.example.com", "https://example.com/"),
            ("*.example.com", "https://.example.com/"),
            ("*.example.com", "https://badexample.com/"),
            ("*.example.com", "https://a.example.com.evil.test/"),
            ("https://*", "http://example.com/"),
            ("https://*", "https://example.com:8443/"),
            ("*.1", "https://127.0.0.1/"),
        ] {
            if OriginPattern::http(pattern).is_ok() && Target::parse(Protocol::Http, url).is_ok() {
                assert!(!matches(pattern, url), "{pattern} {url}");
            }
        }
    }

    #[test]
    fn what_is_no_pattern() {
        for wrong in [
            "",
            "https://",
            "ftp://example.com",
            "wss://example.com",
            "https://example.com/path",
            "https://user@example.com",
            "a*.example.com",
            "*example.com",
            "*.*.com",
            "**",
            "*.10.0.0.1",
            "example.com:99999",
            "exa mple.com",
            "https://example.com?x",
        ] {
            assert!(OriginPattern::http(wrong).is_err(), "{wrong}");
        }
        assert_eq!(
            OriginPattern::websocket("example.com").unwrap().to_string(),
            "wss://example.com"
        );
        assert!(OriginPattern::websocket("https://example.com").is_err());
    }

    #[test]
    fn urls_that_lead_nowhere() {
        for wrong in [
            "",
            "/path",
            "example.com",
            "file:///etc/passwd",
            "ftp://example.com/",
            "data:,x",
            "http://ok@evil.test/",
            "http://:pw@evil.test/",
            "http://[fe80::1%25eth0]/",
            "http://a b/",
            "http://example.com/\r\nx: y",
            "http://example.com:99999/",
            "http://",
            "http://1.2.3.4.5/",
        ] {
            assert!(Target::parse(Protocol::Http, wrong).is_err(), "{wrong}");
        }
        let target = Target::parse(Protocol::Http, "http://Example.com:8080/a?b#c").unwrap();
        assert_eq!(target.url(), "http://example.com:8080/a?b");
        assert_eq!(target.authority(), "example.com:8080");
        assert_eq!(target.path_and_query(), "/a?b");
        assert_eq!(target.origin(), "http://example.com:8080");
    }
}
