//! What a plugin may ask of the network, and how much of it.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use super::address::{AddressRange, is_public};
use super::origin::{InvalidOrigin, OriginPattern, Target};

/// Lets a plugin send HTTP requests to some origins.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Grant {
    /// Where requests may go. Every redirect and every connection is held to it.
    ///
    /// # Default
    ///
    /// Nowhere.
    pub allow: Vec<OriginPattern>,
    /// The methods that may be used, all if there is no list.
    ///
    /// # Default
    ///
    /// All.
    pub methods: Option<Vec<String>>,
    /// Addresses that are not of the public internet, such as those of this machine and of private networks, and may be
    /// connected to all the same. An address that `allow` spells out may be connected to as well.
    ///
    /// # Default
    ///
    /// None.
    pub allow_private: Vec<AddressRange>,
    /// Connections that are open at one time. A request that would need one more waits.
    ///
    /// # Default
    ///
    /// 6.
    pub connections: u32,
    /// The longest body of a response, in bytes, also after its content coding has been undone.
    ///
    /// # Default
    ///
    /// 10 MiB.
    pub body: u64,
    /// The longest header section, of requests and of responses, in bytes. There are 128 fields in it at most.
    ///
    /// # Default
    ///
    /// 64 KiB.
    pub headers: u32,
    /// How long finding a host and connecting to it may take.
    ///
    /// # Default
    ///
    /// 10 s.
    pub connect_timeout: Duration,
    /// How long a response, or more of a body, may let itself be waited for.
    ///
    /// # Default
    ///
    /// 30 s.
    pub idle_timeout: Duration,
}

/// The most header fields.
pub(crate) const MAX_FIELDS: usize = 128;

impl Default for Grant {
    fn default() -> Grant {
        Grant {
            allow: Vec::new(),
            methods: None,
            allow_private: Vec::new(),
            connections: 6,
            body: 10 << 20,
            headers: 64 << 10,
            connect_timeout: Duration::from_secs(10),
            idle_timeout: Duration::from_secs(30),
        }
    }
}

impl Grant {
    /// Requests to these origins: `https://api.example.com`, `https://*.example.com`.
    ///
    /// # Errors
    ///
    /// One of them is not a pattern of origins.
    ///
    /// ```
    /// use outwit::fetch::Grant;
    ///
    /// let grant = Grant::to(["https://api.example.com"]).unwrap();
    /// assert!(Grant::to(["mailto:me"]).is_err());
    /// ```
    pub fn to<T: AsRef<str>>(origins: impl IntoIterator<Item = T>) -> Result<Grant, InvalidOrigin> {
        let allow = origins
            .into_iter()
            .map(|text| OriginPattern::http(text.as_ref()))
            .collect::<Result<_, _>>()?;
        Ok(Grant {
            allow,
            ..Grant::default()
        })
    }

    /// Allows only these methods.
    #[must_use]
    pub fn with_methods<T: Into<String>>(self, methods: impl IntoIterator<Item = T>) -> Grant {
        Grant {
            methods: Some(methods.into_iter().map(Into::into).collect()),
            ..self
        }
    }

    /// Allows addresses that are not of the public internet.
    #[must_use]
    pub fn with_private(mut self, ranges: impl IntoIterator<Item = AddressRange>) -> Grant {
        self.allow_private.extend(ranges);
        self
    }

    /// Sets the longest body of a response, in bytes.
    #[must_use]
    pub fn with_body(self, body: u64) -> Grant {
        Grant { body, ..self }
    }

    /// Sets how many connections may be open at one time.
    #[must_use]
    pub fn with_connections(self, connections: u32) -> Grant {
        Grant {
            connections,
            ..self
        }
    }

    /// Sets how long may be waited: for a connection, and for anything after it.
    #[must_use]
    pub fn with_timeouts(self, connect: Duration, idle: Duration) -> Grant {
        Grant {
            connect_timeout: connect,
            idle_timeout: idle,
            ..self
        }
    }

    /// Whether a request may be sent.
    pub(crate) fn check(
        grant: Option<&Grant>,
        method: &str,
        target: Target,
    ) -> Result<Allowed, Denied> {
        let grant = grant.ok_or(Denied::NotGranted)?;
        if !grant.allow.iter().any(|pattern| pattern.matches(&target)) {
            return Err(Denied::Origin);
        }
        if let Some(methods) = &grant.methods
            && !methods.iter().any(|m| m == method)
        {
            return Err(Denied::Method);
        }
        Allowed::new(target, &grant.allow, &grant.allow_private)
    }
}

/// Proof that a grant allows to connect to a target, if it has an address that is allowed as well.
#[derive(Debug, Clone)]
pub struct Allowed {
    target: Target,
    private: Arc<[AddressRange]>,
}

impl Allowed {
    /// The proof, unless the target is an address that is not allowed. One that a pattern spells out is.
    pub(crate) fn new(
        target: Target,
        allow: &[OriginPattern],
        private: &[AddressRange],
    ) -> Result<Allowed, Denied> {
        let is_named = allow.iter().any(|pattern| pattern.names_address(&target));
        let mut allowed = Allowed {
            private: private.into(),
            target,
        };
        match allowed.literal() {
            Some(address) if is_named => {
                allowed.private = [AddressRange::from(address)].into();
                Ok(allowed)
            }
            Some(address) if !allowed.allows(address) => Err(Denied::Address),
            _ => Ok(allowed),
        }
    }

    /// Where to.
    #[must_use]
    pub fn target(&self) -> &Target {
        &self.target
    }

    /// Whether an address of the target may be connected to. A backend asks this of every address it has found, before
    /// it connects to it.
    #[must_use]
    pub fn allows(&self, address: IpAddr) -> bool {
        is_public(address) || self.private.iter().any(|range| range.contains(address))
    }

    /// The address that the target is, if it is one.
    pub(crate) fn literal(&self) -> Option<IpAddr> {
        match self.target.parsed_host() {
            url::Host::Domain(_) => None,
            url::Host::Ipv4(address) => Some((*address).into()),
            url::Host::Ipv6(address) => Some((*address).into()),
        }
    }
}

/// Why not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Denied {
    NotGranted,
    Origin,
    Method,
    Address,
}

#[cfg(test)]
mod tests {
    use super::super::origin::Protocol;
    use super::*;

    fn check(grant: Option<&Grant>, method: &str, url: &str) -> Result<Allowed, Denied> {
        Grant::check(grant, method, Target::parse(Protocol::Http, url).unwrap())
    }

    #[test]
    fn refuses_what_is_not_named() {
        assert_eq!(
            check(None, "GET", "https://a.test/").unwrap_err(),
            Denied::NotGranted
        );
        let nothing = Grant::default();
        assert_eq!(
            check(Some(&nothing), "GET", "https://a.test/").unwrap_err(),
            Denied::Origin
        );
        let grant = Grant::to(["https://a.test", "http://*:*"])
            .unwrap()
            .with_methods(["GET"]);
        assert!(check(Some(&grant), "GET", "https://a.test/").is_ok());
        assert_eq!(
            check(Some(&grant), "get", "https://a.test/").unwrap_err(),
            Denied::Method
        );
        assert_eq!(
            check(Some(&grant), "POST", "https://a.test/").unwrap_err(),
            Denied::Method
        );
        assert_eq!(
            check(Some(&grant), "GET", "https://b.test/").unwrap_err(),
            Denied::Origin
        );
    }

    #[test]
    fn addresses_of_this_machine_need_a_grant_of_their_own() {
        let grant = Grant::to(["http://*:*"]).unwrap();
        for url in [
            "http://127.1/",
            "http://0177.0.0.1/",
            "http://2130706433/",
            "http://0x7f000001/",
            "http://[::1]/",
            "http://[::ffff:127.0.0.1]/",
            "http://[::127.0.0.1]/",
            "http://[64:ff9b::7f00:1]/",
            "http://[2002:7f00:1::]/",
            "http://0.0.0.0/",
            "http://0/",
            "http://169.254.169.254/",
            "http://100.100.100.200/",
            "http://[fd00:ec2::254]/",
            "http://192.0.0.192/",
            "http://１２７.0.0.1/",
        ] {
            assert_eq!(
                check(Some(&grant), "GET", url).unwrap_err(),
                Denied::Address,
                "{url}"
            );
        }
        let local = grant.with_private(["127.0.0.0/8".parse().unwrap()]);
        assert!(check(Some(&local), "GET", "http://127.1/").is_ok());
        assert_eq!(
            check(Some(&local), "GET", "http://[::1]/").unwrap_err(),
            Denied::Address
        );
        // What is spelled out is meant.
        let exactly = Grant::to(["http://127.0.0.1:81", "http://*:*"]).unwrap();
        assert!(check(Some(&exactly), "GET", "http://127.1:81/").is_ok());
        assert_eq!(
            check(Some(&exactly), "GET", "http://127.1:82/").unwrap_err(),
            Denied::Address
        );
        let named = check(Some(&local), "GET", "http://name.test/").unwrap();
        assert!(named.allows("8.8.8.8".parse().unwrap()));
        assert!(named.allows("127.0.0.1".parse().unwrap()));
        assert!(!named.allows("10.0.0.1".parse().unwrap()));
    }
}
