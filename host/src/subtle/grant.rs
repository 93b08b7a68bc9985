//! Who may use cryptography, and how much work at once.

use super::Result;
use super::wit::Error;

/// Lets a plugin make and use keys. The limits are on what one operation costs, since the plugin's own limits
/// do not see the time and memory that the host spends.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Grant {
    /// How often PBKDF2 may iterate, times the blocks it makes.
    ///
    /// # Default
    ///
    /// 10 000 000.
    pub iterations: u64,
    /// The memory Argon2 may use, in bytes. It may write it 64 times over in one operation.
    ///
    /// # Default
    ///
    /// 64 MiB.
    pub memory: u64,
    /// The longest modulus of a key for RSA, in bits; at most 8192.
    ///
    /// # Default
    ///
    /// 4096.
    pub modulus: u32,
    /// How many operations that take long may run at once.
    ///
    /// # Default
    ///
    /// 2.
    pub threads: usize,
}

/// How often Argon2 may write the memory it was granted.
const PASSES: u64 = 64;

impl Default for Grant {
    fn default() -> Grant {
        Grant {
            iterations: 10_000_000,
            memory: 64 << 20,
            modulus: 4096,
            threads: 2,
        }
    }
}

impl Grant {
    /// Whether cryptography may be used at all.
    pub(crate) fn check(grant: Option<&Grant>) -> Result<Allowed> {
        let grant = grant.ok_or(Error::NotAllowed)?;
        Ok(Allowed(grant.clone()))
    }
}

/// Proof that [`Grant::check`] allowed an operation, and how much it may cost.
#[derive(Debug, Clone)]
pub(crate) struct Allowed(Grant);

impl Allowed {
    /// Whether so many iterations of PBKDF2 may run.
    pub(super) fn iterations(&self, iterations: u64) -> Result<()> {
        at_most(iterations, self.0.iterations, "iterations")
    }

    /// Whether Argon2 may use so much memory, in KiB, so often.
    pub(super) fn memory(&self, memory: u32, passes: u32) -> Result<()> {
        let memory = u64::from(memory) << 10;
        at_most(memory, self.0.memory, "bytes of memory")?;
        let written = memory.saturating_mul(passes.into());
        at_most(
            written,
            self.0.memory.saturating_mul(PASSES),
            "bytes written",
        )
    }

    /// Whether a modulus of RSA may be so long.
    pub(super) fn modulus(&self, bits: u64) -> Result<()> {
        at_most(bits, self.0.modulus.into(), "bits of modulus")
    }
}

fn at_most(asked: u64, granted: u64, what: &str) -> Result<()> {
    if asked <= granted {
        Ok(())
    } else {
        Err(Error::QuotaExceeded(format!(
            "{asked} {what} are more than the {granted} granted"
        )))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refuses_without_a_grant_and_too_much_work() {
        assert!(matches!(Grant::check(None), Err(Error::NotAllowed)));
        let allowed = Grant::check(Some(&Grant::default())).unwrap();
        allowed.iterations(10_000_000).unwrap();
        allowed.memory(65_536, 64).unwrap();
        allowed.modulus(4096).unwrap();
        for refused in [
            allowed.iterations(10_000_001),
            allowed.memory(65_537, 1),
            allowed.memory(65_536, 65),
            allowed.memory(1, u32::MAX),
            allowed.modulus(4097),
        ] {
            assert!(
                matches!(refused, Err(Error::QuotaExceeded(_))),
                "{refused:?}"
            );
        }
    }
}
