//! Who may send and receive what.

/// Lets a plugin send and receive on channels of some names, and connect by some names.
///
/// Each list has patterns: `*` stands for any text, everything else for itself. A list without patterns allows nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Grant {
    /// The channels it may send on.
    pub send: Vec<String>,
    /// The channels it may receive on.
    pub receive: Vec<String>,
    /// The names it may connect by.
    pub connect: Vec<String>,
    /// The names it may accept connections by.
    pub accept: Vec<String>,
    /// The longest message, in bytes.
    ///
    /// # Default
    ///
    /// 1 MiB.
    pub message: u64,
    /// How many channels and ports it may have at a time.
    ///
    /// # Default
    ///
    /// 64.
    pub open: u32,
}

impl Default for Grant {
    fn default() -> Grant {
        Grant {
            send: Vec::new(),
            receive: Vec::new(),
            connect: Vec::new(),
            accept: Vec::new(),
            message: 1 << 20,
            open: 64,
        }
    }
}

impl Grant {
    /// Adds channels it may send on.
    #[must_use]
    pub fn send(mut self, pattern: impl Into<String>) -> Grant {
        self.send.push(pattern.into());
        self
    }

    /// Adds channels it may receive on.
    #[must_use]
    pub fn receive(mut self, pattern: impl Into<String>) -> Grant {
        self.receive.push(pattern.into());
        self
    }

    /// Adds names it may connect by.
    #[must_use]
    pub fn connect(mut self, pattern: impl Into<String>) -> Grant {
        self.connect.push(pattern.into());
        self
    }

    /// Adds names it may accept connections by.
    #[must_use]
    pub fn accept(mut self, pattern: impl Into<String>) -> Grant {
        self.accept.push(pattern.into());
        self
    }

    /// Whether a channel may be opened, and for what.
    pub(crate) fn check_open(grant: Option<&Grant>, name: &str) -> Result<Allowed, Denied> {
        let grant = grant.ok_or(Denied::NotGranted)?;
        let allowed = Allowed {
            send: matches_any(&grant.send, name),
            receive: matches_any(&grant.receive, name),
            open: grant.open,
        };
        if !allowed.send && !allowed.receive {
            return Err(Denied::NotGranted);
        }
        Ok(allowed)
    }

    /// Whether a message of this length may be sent on a channel.
    pub(crate) fn check_send(
        grant: Option<&Grant>,
        name: &str,
        length: usize,
    ) -> Result<Allowed, Denied> {
        let allowed = Grant::check_open(grant, name)?;
        if !allowed.send {
            return Err(Denied::NotGranted);
        }
        Grant::check_length(grant, length)?;
        Ok(allowed)
    }

    /// Whether messages of a channel may be received.
    pub(crate) fn check_receive(grant: Option<&Grant>, name: &str) -> Result<Allowed, Denied> {
        let allowed = Grant::check_open(grant, name)?;
        if !allowed.receive {
            return Err(Denied::NotGranted);
        }
        Ok(allowed)
    }

    /// Whether it may connect by a name.
    pub(crate) fn check_connect(grant: Option<&Grant>, name: &str) -> Result<Allowed, Denied> {
        Grant::check_port(grant, name, |grant| &grant.connect)
    }

    /// Whether it may accept connections by a name.
    pub(crate) fn check_accept(grant: Option<&Grant>, name: &str) -> Result<Allowed, Denied> {
        Grant::check_port(grant, name, |grant| &grant.accept)
    }

    fn check_port(
        grant: Option<&Grant>,
        name: &str,
        patterns: impl FnOnce(&Grant) -> &[String],
    ) -> Result<Allowed, Denied> {
        let grant = grant.ok_or(Denied::NotGranted)?;
        if !matches_any(patterns(grant), name) {
            return Err(Denied::NotGranted);
        }
        Ok(Allowed {
            send: true,
            receive: true,
            open: grant.open,
        })
    }

    /// Whether a message of this length may be sent by a port, which was granted when it was connected.
    pub(crate) fn check_length(grant: Option<&Grant>, length: usize) -> Result<(), Denied> {
        let grant = grant.ok_or(Denied::NotGranted)?;
        if length as u64 > grant.message {
            return Err(Denied::TooLong {
                limit: u32::try_from(grant.message).unwrap_or(u32::MAX),
            });
        }
        Ok(())
    }
}

fn matches_any(patterns: &[String], name: &str) -> bool {
    patterns.iter().any(|pattern| matches(pattern, name))
}

/// Whether a name is what a pattern says. Takes time in proportion to the product of their lengths at most.
fn matches(pattern: &str, name: &str) -> bool {
    let mut parts = pattern.split('*');
    let Some(first) = parts.next() else {
        return false;
    };
    let Some(mut rest) = name.strip_prefix(first) else {
        return false;
    };
    let Some(last) = parts.next_back() else {
        return rest.is_empty();
    };
    for part in parts {
        let Some((_, after)) = rest.split_once(part) else {
            return false;
        };
        rest = after;
    }
    rest.ends_with(last)
}

/// Proof that [`Grant`] allows an operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Allowed {
    pub(super) send: bool,
    pub(super) receive: bool,
    pub(super) open: u32,
}

/// Why not.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Denied {
    NotGranted,
    TooLong { limit: u32 },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_match_whole_names() {
        for (pattern, name, expected) in [
            ("news", "news", true),
            ("news", "news2", false),
            ("news", "old news", false),
            ("", "", true),
            ("", "x", false),
            ("*", "", true),
            ("*", "anything/at all", true),
            ("news/*", "news/sport", true),
            ("news/*", "news", false),
            ("*/sport", "news/sport", true),
            ("*/sport", "news/sports", false),
            ("a*b*c", "a-b-c", true),
            ("a*b*c", "a-c-b", false),
            ("a*a", "a", false),
            ("*a*", "bab", true),
            ("news/*", "NEWS/sport", false),
            ("news/*", "news/\0", true),
        ] {
            assert_eq!(matches(pattern, name), expected, "{pattern:?} {name:?}");
        }
    }

    #[test]
    fn sending_and_receiving_are_granted_apart() {
        let grant = Grant::default()
            .send("out/*")
            .receive("in/*")
            .connect("c")
            .accept("a");
        let some = Some(&grant);
        assert_eq!(
            Grant::check_open(None, "out/1").unwrap_err(),
            Denied::NotGranted
        );
        assert_eq!(
            Grant::check_open(some, "other").unwrap_err(),
            Denied::NotGranted
        );
        Grant::check_send(some, "out/1", 1 << 20).unwrap();
        assert_eq!(
            Grant::check_send(some, "out/1", (1 << 20) + 1).unwrap_err(),
            Denied::TooLong { limit: 1 << 20 }
        );
        assert_eq!(
            Grant::check_receive(some, "out/1").unwrap_err(),
            Denied::NotGranted
        );
        assert_eq!(
            Grant::check_send(some, "in/1", 1).unwrap_err(),
            Denied::NotGranted
        );
        Grant::check_receive(some, "in/1").unwrap();
        Grant::check_connect(some, "c").unwrap();
        Grant::check_accept(some, "a").unwrap();
        assert_eq!(
            Grant::check_connect(some, "a").unwrap_err(),
            Denied::NotGranted
        );
        assert_eq!(
            Grant::check_accept(some, "c").unwrap_err(),
            Denied::NotGranted
        );
    }
}
