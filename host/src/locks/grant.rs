//! Who may have locks, and how many.

/// Lets a plugin have locks, which all its instances share.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Grant {
    /// How many locks may be held or waited for at a time, over all instances.
    ///
    /// # Default
    ///
    /// 1024.
    pub requests: u32,
}

impl Default for Grant {
    fn default() -> Grant {
        Grant { requests: 1024 }
    }
}

impl Grant {
    /// Sets how many locks may be held or waited for at a time.
    #[must_use]
    pub fn with_requests(self, requests: u32) -> Grant {
        Grant { requests }
    }

    /// Whether locks may be had at all.
    pub(crate) fn check(grant: Option<&Grant>) -> Result<Allowed, Denied> {
        grant
            .map(|grant| Allowed {
                requests: grant.requests,
            })
            .ok_or(Denied)
    }
}

/// Proof that [`Grant::check`] allowed an operation.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Allowed {
    pub(super) requests: u32,
}

/// Not granted.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Denied;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refuses_without_a_grant() {
        assert_eq!(Grant::check(None).unwrap_err(), Denied);
        let grant = Grant::default().with_requests(3);
        assert_eq!(Grant::check(Some(&grant)).unwrap().requests, 3);
    }
}
