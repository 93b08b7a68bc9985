//! Who may keep values, where, and how much.

use std::path::PathBuf;

/// How long keys and values may be, in bytes of UTF-8.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sizes {
    pub(crate) key: u64,
    pub(crate) value: u64,
}

/// Lets a plugin keep values in a storage area of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Grant {
    /// Where the area is kept.
    ///
    /// # Default
    ///
    /// [`Place::Memory`].
    pub place: Place,
    /// The size of the area: bytes of UTF-8 over all keys and values.
    ///
    /// # Default
    ///
    /// 5 MiB.
    pub quota: u64,
}

/// Where a storage area is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Place {
    /// In memory, for as long as the app exists.
    Memory,
    /// In a file of this path, or, if the path is a folder, in the file `PLUGIN.redb` in it. Several
    /// plugins may name one file; each still has its own area.
    Path(PathBuf),
}

impl Default for Grant {
    fn default() -> Grant {
        Grant {
            place: Place::Memory,
            quota: 5 << 20,
        }
    }
}

impl Grant {
    /// An area that outlives the process.
    #[must_use]
    pub fn at(path: impl Into<PathBuf>) -> Grant {
        Grant {
            place: Place::Path(path.into()),
            ..Grant::default()
        }
    }

    /// Sets the size of the area, in bytes.
    #[must_use]
    pub fn with_quota(self, quota: u64) -> Grant {
        Grant { quota, ..self }
    }

    /// Whether the area may be used at all.
    pub(crate) fn check(grant: Option<&Grant>) -> Result<Allowed, Denied> {
        grant
            .map(|grant| Allowed { quota: grant.quota })
            .ok_or(Denied::NotGranted)
    }

    /// Whether `key` may be given `value`, as far as can be said without looking at the area.
    pub(crate) fn check_set(
        grant: Option<&Grant>,
        sizes: Sizes,
        key: &str,
        value: &str,
    ) -> Result<Allowed, Denied> {
        let allowed = Grant::check(grant)?;
        if key.len() as u64 > sizes.key || value.len() as u64 > sizes.value {
            return Err(Denied::TooLarge {
                quota: allowed.quota,
            });
        }
        Ok(allowed)
    }
}

/// Proof that [`Grant`] allows an operation.
#[derive(Debug, Clone, Copy)]
pub struct Allowed {
    quota: u64,
}

impl Allowed {
    /// The size of the area, in bytes over all keys and values.
    #[must_use]
    pub fn quota(&self) -> u64 {
        self.quota
    }
}

/// Why not.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Denied {
    NotGranted,
    TooLarge { quota: u64 },
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIZES: Sizes = Sizes {
        key: 512,
        value: 1 << 20,
    };

    #[test]
    fn refuses_without_a_grant_and_too_large_items() {
        assert_eq!(Grant::check(None).unwrap_err(), Denied::NotGranted);
        assert_eq!(
            Grant::check_set(None, SIZES, "k", "v").unwrap_err(),
            Denied::NotGranted
        );
        let grant = Grant::default().with_quota(7);
        let set = |key: usize, value: usize| {
            Grant::check_set(Some(&grant), SIZES, &"k".repeat(key), &"v".repeat(value))
        };
        assert_eq!(set(512, 1 << 20).unwrap().quota(), 7);
        assert_eq!(set(513, 1).unwrap_err(), Denied::TooLarge { quota: 7 });
        assert_eq!(
            set(1, (1 << 20) + 1).unwrap_err(),
            Denied::TooLarge { quota: 7 }
        );
    }
}
