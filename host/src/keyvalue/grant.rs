//! Who may keep values in buckets, where, and how much.

use std::path::PathBuf;

use crate::storage::Place;

/// The longest key, in bytes of UTF-8.
pub(crate) const MAX_KEY: u32 = 512;
/// The longest value, in bytes.
pub(crate) const MAX_VALUE: u32 = 1 << 20;
/// The longest name of a bucket, in bytes of UTF-8.
pub(crate) const MAX_NAME: u32 = 128;

/// Lets a plugin keep values in buckets of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Grant {
    /// Where they are kept. It may be the same file as that of the storage area.
    ///
    /// # Default
    ///
    /// [`Place::Memory`].
    pub place: Place,
    /// The size of each bucket: bytes over all keys and values.
    ///
    /// # Default
    ///
    /// 5 MiB.
    pub quota: u64,
    /// How many buckets may hold something at a time.
    ///
    /// # Default
    ///
    /// 16.
    pub buckets: u32,
}

impl Default for Grant {
    fn default() -> Grant {
        Grant {
            place: Place::Memory,
            quota: 5 << 20,
            buckets: 16,
        }
    }
}

impl Grant {
    /// Buckets that outlive the process.
    #[must_use]
    pub fn at(path: impl Into<PathBuf>) -> Grant {
        Grant {
            place: Place::Path(path.into()),
            ..Grant::default()
        }
    }

    /// Sets the size of each bucket, in bytes.
    #[must_use]
    pub fn with_quota(self, quota: u64) -> Grant {
        Grant { quota, ..self }
    }

    /// Sets how many buckets may hold something at a time.
    #[must_use]
    pub fn with_buckets(self, buckets: u32) -> Grant {
        Grant { buckets, ..self }
    }

    /// Whether buckets may be used at all.
    pub(crate) fn check(grant: Option<&Grant>) -> Result<Allowed, Denied> {
        let grant = grant.ok_or(Denied::NotGranted)?;
        Ok(Allowed {
            quota: grant.quota,
            buckets: grant.buckets,
        })
    }

    /// Whether there may be a bucket of this name.
    pub(crate) fn check_name(grant: Option<&Grant>, name: &str) -> Result<Allowed, Denied> {
        let allowed = Grant::check(grant)?;
        if name.is_empty() || name.len() > MAX_NAME as usize {
            return Err(Denied::BadName);
        }
        Ok(allowed)
    }

    /// Whether these keys may get values of these lengths, as far as can be said without looking at the bucket.
    pub(crate) fn check_sizes<'a>(
        grant: Option<&Grant>,
        sizes: impl IntoIterator<Item = (&'a str, usize)>,
    ) -> Result<Allowed, Denied> {
        let allowed = Grant::check(grant)?;
        for (key, value) in sizes {
            if key.len() > MAX_KEY as usize {
                return Err(Denied::LongKey);
            }
            if value > MAX_VALUE as usize {
                return Err(Denied::LongValue);
            }
        }
        Ok(allowed)
    }
}

/// Proof that [`Grant`] allows an operation.
#[derive(Debug, Clone, Copy)]
pub struct Allowed {
    quota: u64,
    buckets: u32,
}

impl Allowed {
    /// The size of a bucket, in bytes over all keys and values.
    #[must_use]
    pub fn quota(&self) -> u64 {
        self.quota
    }

    /// How many buckets may hold something.
    #[must_use]
    pub fn buckets(&self) -> u32 {
        self.buckets
    }
}

/// Why not.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Denied {
    NotGranted,
    BadName,
    LongKey,
    LongValue,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refuses_without_a_grant_and_what_is_too_long() {
        let grant = Grant::default();
        let some = Some(&grant);
        assert_eq!(Grant::check(None).unwrap_err(), Denied::NotGranted);
        assert_eq!(
            Grant::check_name(None, "b").unwrap_err(),
            Denied::NotGranted
        );
        assert_eq!(Grant::check_name(some, "").unwrap_err(), Denied::BadName);
        Grant::check_name(some, &"n".repeat(128)).unwrap();
        let long = Grant::check_name(some, &"n".repeat(129));
        assert_eq!(long.unwrap_err(), Denied::BadName);
        let sizes =
            |key: usize, value| Grant::check_sizes(some, [("k", 1), (&*"k".repeat(key), value)]);
        sizes(512, 1 << 20).unwrap();
        assert_eq!(sizes(513, 1).unwrap_err(), Denied::LongKey);
        assert_eq!(sizes(1, (1 << 20) + 1).unwrap_err(), Denied::LongValue);
    }
}
