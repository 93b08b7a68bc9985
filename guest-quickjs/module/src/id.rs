//! Which engine a shared component was built for.

use crate::{MARK, module};
use sha2::{Digest, Sha256};
use std::fmt;
use std::sync::LazyLock;
use wasm_encoder::{Component, ComponentSection, CustomSection};
use wasmparser::{Parser, Payload};

/// The custom section of a shared component.
pub(crate) const SECTION: &str = "outwit-engine";

/// A version of the engine, and the digest of its module.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct EngineId {
    /// The version of Outwit, `0.1.0`.
    pub version: String,
    /// The SHA-256 digest of the module, in hexadecimal.
    pub digest: String,
}

impl EngineId {
    /// The engine of this crate.
    #[must_use]
    pub fn own() -> &'static EngineId {
        static OWN: LazyLock<EngineId> = LazyLock::new(|| EngineId {
            version: env!("CARGO_PKG_VERSION").to_string(),
            digest: digest(module()),
        });
        &OWN
    }

    /// What a shared component says it was built for.
    #[must_use]
    pub fn of(component: &[u8]) -> Option<EngineId> {
        let mut sections =
            Parser::new(0)
                .parse_all(component)
                .filter_map(|payload| match payload {
                    Ok(Payload::CustomSection(section)) if section.name() == SECTION => {
                        std::str::from_utf8(section.data()).ok()
                    }
                    _ => None,
                });
        let (version, digest) = sections.next()?.split_once(' ')?;
        // Whoever built the component wrote this, and it is shown to people.
        let plain = |text: &str| text.len() <= 64 && text.chars().all(|c| c.is_ascii_graphic());
        (plain(version) && plain(digest)).then(|| EngineId {
            version: version.to_string(),
            digest: digest.to_string(),
        })
    }

    /// Adds the section that says so to a component.
    pub(crate) fn write(&self, component: &mut Component) {
        let text = format!("{} {}", self.version, self.digest);
        append(
            component,
            &CustomSection {
                name: SECTION.into(),
                data: text.as_bytes().into(),
            },
        );
    }
}

fn append(component: &mut Component, section: &impl ComponentSection) {
    component.section(section);
}

impl fmt::Display for EngineId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let short = self.digest.get(..12).unwrap_or(&self.digest);
        write!(f, "{} (sha256 {short}…)", self.version)
    }
}

/// The SHA-256 digest of some bytes, in hexadecimal.
pub(crate) fn digest(bytes: &[u8]) -> String {
    Sha256::digest(bytes)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

/// Whether a core module says it is the engine.
pub(crate) fn is_engine(module: &[u8]) -> bool {
    Parser::new(0)
        .parse_all(module)
        .any(|payload| match payload {
            Ok(Payload::ExportSection(exports)) => exports
                .into_iter()
                .any(|export| export.is_ok_and(|export| export.name == MARK)),
            _ => false,
        })
}
