//! Who may have randomness, and how much in one call.

/// The most bytes one call gives: the limit of `crypto.getRandomValues`.
pub(crate) const MAX_BYTES: u32 = 65_536;

/// Lets a plugin have randomness.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Grant {}

impl Grant {
    /// Whether `length` bytes may be had.
    pub(crate) fn check(grant: Option<&Grant>, length: u32) -> Result<Allowed, Denied> {
        match grant {
            None => Err(Denied::NotGranted),
            Some(Grant {}) if length > MAX_BYTES => Err(Denied::TooMuch),
            Some(Grant {}) => Ok(Allowed { length }),
        }
    }
}

/// Proof that [`Grant::check`] allowed this many bytes.
#[derive(Debug)]
pub(crate) struct Allowed {
    length: u32,
}

impl Allowed {
    pub(crate) fn length(&self) -> usize {
        usize::try_from(self.length).unwrap_or_default()
    }
}

/// Why not.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Denied {
    NotGranted,
    TooMuch,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refuses_without_a_grant_and_too_much() {
        let grant = Grant::default();
        assert_eq!(Grant::check(None, 1).unwrap_err(), Denied::NotGranted);
        assert_eq!(Grant::check(Some(&grant), 65_536).unwrap().length(), 65_536);
        assert_eq!(
            Grant::check(Some(&grant), 65_537).unwrap_err(),
            Denied::TooMuch
        );
        assert_eq!(
            Grant::check(Some(&grant), u32::MAX).unwrap_err(),
            Denied::TooMuch
        );
    }
}
