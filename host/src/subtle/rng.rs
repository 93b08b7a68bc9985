//! Randomness for the algorithms, from the host's own source.

use chacha20::ChaCha20Rng;
use chacha20::rand_core::SeedableRng;

use super::Result;
use super::wit::Error;
use crate::crypto::Entropy;

/// A generator seeded anew, for one operation: algorithms want one that cannot fail.
pub(super) fn seeded(entropy: &dyn Entropy) -> Result<ChaCha20Rng> {
    let mut seed = zeroize::Zeroizing::new([0; 32]);
    entropy.fill(seed.as_mut()).map_err(|e| {
        tracing::error!(error = %e, "the source of randomness failed");
        Error::Other("the host's source of randomness failed".to_string())
    })?;
    Ok(ChaCha20Rng::from_seed(*seed))
}
