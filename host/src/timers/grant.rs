//! Who may wait.

/// Lets a plugin wait for time to pass.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Grant {}

impl Grant {
    /// Whether the plugin may wait.
    pub(crate) fn check(grant: Option<&Grant>) -> Option<Allowed> {
        grant.map(|Grant {}| Allowed(()))
    }
}

/// Proof that [`Grant::check`] allowed waiting.
#[derive(Debug)]
pub(crate) struct Allowed(());

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refuses_without_a_grant() {
        assert!(Grant::check(None).is_none());
        assert!(Grant::check(Some(&Grant::default())).is_some());
    }
}
