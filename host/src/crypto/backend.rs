//! Sources of randomness.

/// A source of bytes nobody can predict.
pub trait Entropy: Send + Sync + 'static {
    /// Fills `buffer`.
    ///
    /// # Errors
    ///
    /// The source does not work. The plugin is told so, without the reason.
    fn fill(&self, buffer: &mut [u8]) -> std::io::Result<()>;
}

/// The operating system's generator.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemEntropy;

#[allow(clippy::disallowed_methods)] // the backend that is the surroundings
impl Entropy for SystemEntropy {
    fn fill(&self, buffer: &mut [u8]) -> std::io::Result<()> {
        getrandom::fill(buffer).map_err(std::io::Error::other)
    }
}
