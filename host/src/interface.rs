//! Names of interfaces: `demo:greet/fmt@0.1.0`.

use std::fmt;
use std::str::FromStr;

use semver::Version;

/// The name of an interface, `namespace:package/interface`, with or without a version.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct InterfaceName {
    package: String,
    interface: String,
    version: Option<Version>,
}

impl InterfaceName {
    /// The package, `demo:greet`.
    #[must_use]
    pub fn package(&self) -> &str {
        &self.package
    }

    /// The interface, `fmt`.
    #[must_use]
    pub fn interface(&self) -> &str {
        &self.interface
    }

    /// The version, if there is one.
    #[must_use]
    pub fn version(&self) -> Option<&Version> {
        self.version.as_ref()
    }

    /// The namespace, `demo`.
    #[must_use]
    pub fn namespace(&self) -> &str {
        self.package.split(':').next().unwrap_or_default()
    }

    /// Whether both name the same interface in compatible versions. A name without a version fits
    /// every version.
    #[must_use]
    pub fn fits(&self, other: &InterfaceName) -> bool {
        self.package == other.package
            && self.interface == other.interface
            && match (&self.version, &other.version) {
                (Some(a), Some(b)) => compatible(a, b),
                _ => true,
            }
    }
}

/// Whether two versions are compatible by the rules of semantic versioning.
fn compatible(a: &Version, b: &Version) -> bool {
    if !a.pre.is_empty() || !b.pre.is_empty() {
        return a == b;
    }
    a.major == b.major
        && (a.major > 0 || (a.minor == b.minor && (a.minor > 0 || a.patch == b.patch)))
}

impl fmt::Display for InterfaceName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.package, self.interface)?;
        match &self.version {
            Some(version) => write!(f, "@{version}"),
            None => Ok(()),
        }
    }
}

/// The text is not the name of an interface.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not the name of an interface, like `demo:greet/fmt` or `demo:greet/fmt@0.1.0`")]
pub struct InvalidInterfaceName(String);

impl FromStr for InterfaceName {
    type Err = InvalidInterfaceName;

    fn from_str(text: &str) -> Result<InterfaceName, InvalidInterfaceName> {
        let error = || InvalidInterfaceName(text.to_string());
        let (path, version) = match text.split_once('@') {
            Some((path, version)) => (path, Some(Version::parse(version).map_err(|_| error())?)),
            None => (text, None),
        };
        let (package, interface) = path.split_once('/').ok_or_else(error)?;
        let (namespace, name) = package.split_once(':').ok_or_else(error)?;
        let word = |w: &str| {
            w.starts_with(|c: char| c.is_ascii_alphabetic())
                && w.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
        };
        if [namespace, name, interface].iter().all(|w| word(w)) {
            Ok(InterfaceName {
                package: package.to_string(),
                interface: interface.to_string(),
                version,
            })
        } else {
            Err(error())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(text: &str) -> InterfaceName {
        text.parse().unwrap()
    }

    #[test]
    fn parses_and_prints() {
        for text in ["demo:g/fmt", "demo:g/fmt@0.1.0", "wasi:cli/run@0.3.0-rc-1"] {
            assert_eq!(name(text).to_string(), text);
        }
        for text in [
            "",
            "fmt",
            "demo:g",
            "g/fmt",
            "demo:g/fmt@x",
            "demo:g/",
            "a:b/c/d",
        ] {
            assert!(text.parse::<InterfaceName>().is_err(), "{text}");
        }
    }

    #[test]
    fn versions_fit_as_semver_says() {
        let cases = [
            ("a:b/c@1.2.0", "a:b/c@1.9.1", true),
            ("a:b/c@1.2.0", "a:b/c@2.0.0", false),
            ("a:b/c@0.2.0", "a:b/c@0.2.6", true),
            ("a:b/c@0.2.0", "a:b/c@0.3.0", false),
            ("a:b/c@0.0.1", "a:b/c@0.0.2", false),
            ("a:b/c", "a:b/c@4.0.0", true),
            ("a:b/c", "a:b/d", false),
            ("a:b/c@0.2.0-rc", "a:b/c@0.2.0", false),
        ];
        for (a, b, fits) in cases {
            assert_eq!(name(a).fits(&name(b)), fits, "{a} {b}");
            assert_eq!(name(b).fits(&name(a)), fits, "{b} {a}");
        }
    }
}
