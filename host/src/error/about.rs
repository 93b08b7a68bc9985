//! What an application that answers others has to know of an error.

use super::{DownReason, Error};

impl Error {
    /// The plugin it is about, if it is about one. Of an error of a plugin that another one called it is the one that
    /// was called by the application; [`Error::Provider`] names the other.
    #[must_use]
    pub fn plugin(&self) -> Option<&str> {
        match self {
            Error::NotAComponent { plugin, .. }
            | Error::InvalidComponent { plugin, .. }
            | Error::Signature { plugin, .. }
            | Error::Lock { plugin, .. }
            | Error::Compile { plugin, .. }
            | Error::JsEngine { plugin, .. }
            | Error::NotOffered { plugin, .. }
            | Error::Grant { plugin, .. }
            | Error::MissingProvider { plugin, .. }
            | Error::Provided { plugin, .. }
            | Error::AmbiguousProvider { plugin, .. }
            | Error::NotExported { plugin, .. }
            | Error::NotImported { plugin, .. }
            | Error::ReservedInterface { plugin, .. }
            | Error::UnsupportedLink { plugin, .. }
            | Error::Shadows { plugin, .. }
            | Error::ChainTooLong { plugin, .. }
            | Error::FusedReload { plugin }
            | Error::UnknownFunction { plugin, .. }
            | Error::AmbiguousFunction { plugin, .. }
            | Error::Arguments { plugin, .. }
            | Error::Limit { plugin, .. }
            | Error::Denied { plugin, .. }
            | Error::Exception { plugin, .. }
            | Error::Trap { plugin, .. }
            | Error::Exit { plugin, .. }
            | Error::Provider { plugin, .. }
            | Error::Down { plugin, .. }
            | Error::PoolExhausted { plugin, .. }
            | Error::EngineFull { plugin }
            | Error::StaleResource { plugin }
            | Error::BrokenFuture { plugin, .. } => Some(plugin),
            Error::DuplicatePlugin { name } | Error::UnknownPlugin { name, .. } => Some(name),
            Error::MissingGrant(missing) => Some(&missing.plugin),
            Error::TypeMismatch(mismatch) => Some(&mismatch.plugin),
            Error::Incompatible(incompatible) => Some(&incompatible.plugin),
            Error::ManifestSignature { .. }
            | Error::Read { .. }
            | Error::Engine { .. }
            | Error::Manifest { .. }
            | Error::InvalidName { .. }
            | Error::Interface { .. }
            | Error::Cycle { .. }
            | Error::FusedAuthority { .. }
            | Error::Compose { .. } => None,
        }
    }

    /// Whether a plugin failed while it ran, or another that it called: it went over a limit, threw, trapped, exited, or did
    /// what it is denied. The application is not to blame, and the same call may fail again.
    #[must_use]
    pub fn is_fault(&self) -> bool {
        match self {
            Error::Provider { source, .. } => source.is_fault(),
            Error::Limit { .. }
            | Error::Denied { .. }
            | Error::Exception { .. }
            | Error::Trap { .. }
            | Error::Exit { .. } => true,
            _ => false,
        }
    }

    /// Whether the same call may go well later, with nothing changed: the plugin pauses after faults, its instance ended
    /// because of another call, or as many instances run as may.
    #[must_use]
    pub fn is_busy(&self) -> bool {
        match self {
            Error::Provider { source, .. } => source.is_busy(),
            Error::PoolExhausted { .. } | Error::EngineFull { .. } => true,
            Error::Down { reason, .. } => {
                matches!(reason, DownReason::Ended | DownReason::Pause { .. })
            }
            _ => false,
        }
    }
}
