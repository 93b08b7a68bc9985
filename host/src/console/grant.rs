//! Who may print.

/// Lets a plugin print.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Grant {}

impl Grant {
    /// Whether `bytes` more of output are allowed after `written`, of `limit` in this call.
    pub(crate) fn check(grant: Option<&Grant>, written: u64, bytes: u64, limit: u64) -> Decision {
        match grant {
            None => Decision::Denied,
            Some(Grant {}) if written.saturating_add(bytes) <= limit => {
                Decision::Allowed(Allowed(()))
            }
            Some(Grant {}) if written <= limit => Decision::LastLine(Allowed(())),
            Some(Grant {}) => Decision::Denied,
        }
    }
}

/// What [`Grant::check`] says.
#[derive(Debug)]
pub(crate) enum Decision {
    Allowed(Allowed),
    /// The message does not fit, and the reader should be told that output ends here.
    LastLine(Allowed),
    Denied,
}

/// Proof that [`Grant::check`] allowed a message.
#[derive(Debug)]
pub(crate) struct Allowed(());

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refuses_without_a_grant_and_over_the_limit() {
        assert!(matches!(Grant::check(None, 0, 1, 100), Decision::Denied));
        let grant = Grant::default();
        let check = |written, bytes| Grant::check(Some(&grant), written, bytes, 100);
        assert!(matches!(check(0, 100), Decision::Allowed(_)));
        assert!(matches!(check(90, 11), Decision::LastLine(_)));
        assert!(matches!(check(101, 1), Decision::Denied));
        assert!(matches!(check(u64::MAX, u64::MAX), Decision::Denied));
    }
}
