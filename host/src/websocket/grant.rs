//! Which connections a plugin may open, and how many.

use std::time::Duration;

use crate::fetch::{AddressRange, Allowed, InvalidOrigin, OriginPattern, Target};

/// Lets a plugin open WebSockets to some origins.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Grant {
    /// Where connections may go.
    ///
    /// # Default
    ///
    /// Nowhere.
    pub allow: Vec<OriginPattern>,
    /// Addresses that are not of the public internet, such as those of this machine and of private networks, and may be
    /// connected to all the same. An address that `allow` spells out may be connected to as well.
    ///
    /// # Default
    ///
    /// None.
    pub allow_private: Vec<AddressRange>,
    /// Connections that are open at one time.
    ///
    /// # Default
    ///
    /// 6.
    pub connections: u32,
    /// The longest message, either way, in bytes.
    ///
    /// # Default
    ///
    /// 10 MiB.
    pub message: u64,
    /// How long connecting may take.
    ///
    /// # Default
    ///
    /// 10 s.
    pub connect_timeout: Duration,
}

impl Default for Grant {
    fn default() -> Grant {
        Grant {
            allow: Vec::new(),
            allow_private: Vec::new(),
            connections: 6,
            message: 10 << 20,
            connect_timeout: Duration::from_secs(10),
        }
    }
}

impl Grant {
    /// Connections to these origins: `wss://chat.example.com`, `wss://*.example.com`.
    ///
    /// # Errors
    ///
    /// One of them is not a pattern of origins.
    ///
    /// ```
    /// use outwit::websocket::Grant;
    ///
    /// let grant = Grant::to(["wss://chat.example.com"]).unwrap();
    /// assert!(Grant::to(["https://chat.example.com"]).is_err());
    /// ```
    pub fn to<T: AsRef<str>>(origins: impl IntoIterator<Item = T>) -> Result<Grant, InvalidOrigin> {
        let allow = origins
            .into_iter()
            .map(|text| OriginPattern::websocket(text.as_ref()))
            .collect::<Result<_, _>>()?;
        Ok(Grant {
            allow,
            ..Grant::default()
        })
    }

    /// Allows addresses that are not of the public internet.
    #[must_use]
    pub fn with_private(mut self, ranges: impl IntoIterator<Item = AddressRange>) -> Grant {
        self.allow_private.extend(ranges);
        self
    }

    /// Sets how many connections may be open at one time.
    #[must_use]
    pub fn with_connections(self, connections: u32) -> Grant {
        Grant {
            connections,
            ..self
        }
    }

    /// Sets the longest message, in bytes.
    #[must_use]
    pub fn with_message(self, message: u64) -> Grant {
        Grant { message, ..self }
    }

    /// Sets how long connecting may take.
    #[must_use]
    pub fn with_connect_timeout(self, connect_timeout: Duration) -> Grant {
        Grant {
            connect_timeout,
            ..self
        }
    }

    /// Whether a connection may be opened.
    pub(crate) fn check(grant: Option<&Grant>, target: Target) -> Result<Allowed, Denied> {
        let grant = grant.ok_or(Denied::NotGranted)?;
        if !grant.allow.iter().any(|pattern| pattern.matches(&target)) {
            return Err(Denied::Origin);
        }
        Allowed::new(target, &grant.allow, &grant.allow_private).map_err(|_| Denied::Address)
    }
}

/// Why not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Denied {
    NotGranted,
    Origin,
    Address,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fetch::Protocol;

    #[test]
    fn refuses_what_is_not_named() {
        let check = |grant: Option<&Grant>, url: &str| {
            let target = Target::parse(Protocol::WebSocket, url).unwrap();
            Grant::check(grant, target).map(|_| ())
        };
        assert_eq!(check(None, "wss://a.test/"), Err(Denied::NotGranted));
        let grant = Grant::to(["a.test", "ws://*:*"]).unwrap();
        assert_eq!(check(Some(&grant), "wss://a.test/x"), Ok(()));
        assert_eq!(check(Some(&grant), "wss://b.test/"), Err(Denied::Origin));
        assert_eq!(check(Some(&grant), "ws://127.1:99/"), Err(Denied::Address));
        assert_eq!(check(Some(&grant), "ws://1.1.1.1:99/"), Ok(()));
        assert!(Target::parse(Protocol::WebSocket, "https://a.test/").is_err());
    }
}
