//! What can go wrong while a plugin is built.

use outwit_descriptor::nearest;
use outwit_quickjs::source_map::code_frame;
use serde::Deserialize;
use std::{fmt, io, path::PathBuf, time::Duration};
use wit_parser::{PackageId, ParseError, Resolve, ResolveError, ResolveErrorKind, WorldId};

/// Why there is no component.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A file could not be read.
    #[error("cannot read {}: {source}", path.display())]
    Read {
        /// the file
        path: PathBuf,
        /// why
        source: io::Error,
    },
    /// The WIT does not parse or resolve, or the world cannot be chosen.
    #[error("{0}")]
    Wit(String),
    /// The world uses a type that JavaScript plugins do not have yet.
    #[error("`{function}` uses {what}, which JavaScript plugins do not support yet")]
    Unsupported {
        /// the function that mentions the type
        function: String,
        /// the type
        what: &'static str,
    },
    /// The JavaScript does not parse, throws while it is evaluated, or lacks an export.
    #[error("{0}")]
    Js(JsError),
    /// The JavaScript did not come to an end while it was evaluated.
    #[error(
        "{file}: evaluating the plugin took longer than {limit:?}: only what stands outside of functions runs while a plugin is built, and it has to come to an end"
    )]
    TimeLimit {
        /// the main module
        file: String,
        /// how long it may take
        limit: Duration,
    },
    /// The JavaScript wanted too much memory while it was evaluated.
    #[error("{file}: evaluating the plugin takes more than {} MiB of memory", limit >> 20)]
    MemoryLimit {
        /// the main module
        file: String,
        /// how much it may have, in bytes
        limit: u64,
    },
    /// The engine could not be run or the component could not be put together: a fault of this crate
    /// or of how it was built.
    #[error("cannot build the component: {0:#}")]
    Internal(anyhow::Error),
}

impl From<anyhow::Error> for Error {
    fn from(error: anyhow::Error) -> Self {
        Self::Internal(error)
    }
}

/// An error of the plugin's JavaScript.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct JsError {
    /// What happened, beginning with the kind of error.
    pub message: String,
    /// The module, by its path from the folder of the main module.
    pub file: Option<String>,
    /// The line, counted from 1.
    pub line: Option<u32>,
    /// The column, counted from 1.
    pub column: Option<u32>,
    /// The JavaScript stack, one frame a line; may be empty.
    #[serde(default)]
    pub stack: Option<String>,
    /// The lines of the source around the place, with a mark below it.
    #[serde(default)]
    pub frame: Option<String>,
}

impl fmt::Display for JsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(file) = &self.file {
            write!(f, "{file}")?;
            if let Some(line) = self.line {
                write!(f, ":{line}")?;
                if let Some(column) = self.column {
                    write!(f, ":{column}")?;
                }
            }
            write!(f, ": ")?;
        }
        write!(f, "{}", self.message)?;
        if let Some(frame) = &self.frame {
            write!(f, "\n{frame}")?;
        }
        Ok(())
    }
}

/// Says what is wrong with a WIT text, and where: `wit/world.wit:3:9: expected …`. The error is one of
/// the `push_*` functions of `resolve`.
#[must_use]
pub fn wit_error(resolve: &Resolve, error: &anyhow::Error) -> String {
    let (span, message) = if let Some(error) = error.downcast_ref::<ParseError>() {
        (error.kind().span(), error.to_string())
    } else if let Some(error) = error.downcast_ref::<ResolveError>() {
        let message = match error.kind() {
            ResolveErrorKind::PackageNotFound {
                requested, known, ..
            } => {
                let other = known
                    .iter()
                    .find(|p| p.namespace == requested.namespace && p.name == requested.name);
                let names: Vec<String> = known.iter().map(ToString::to_string).collect();
                let names: Vec<&str> = names.iter().map(String::as_str).collect();
                match (other, nearest(&requested.to_string(), &names)) {
                    (Some(other), _) => {
                        format!("there is no package `{requested}`, only `{other}`")
                    }
                    (None, Some(near)) => {
                        format!("there is no package `{requested}`; is `{near}` meant?")
                    }
                    (None, None) => format!(
                        "there is no package `{requested}`: put its WIT into the folder `deps` in the WIT folder"
                    ),
                }
            }
            _ => error.to_string(),
        };
        (error.kind().span(), message)
    } else {
        return format!("{error:#}");
    };
    if !span.is_known() {
        return if message.starts_with("no `package` header") {
            "no WIT file begins with a package, as in `package demo:hello@0.1.0;`".to_owned()
        } else {
            message
        };
    }
    let location = resolve.render_location(span);
    let source = Place::of(&location);
    let meant = source
        .as_ref()
        .and_then(|place| place.meant(&message))
        .map(|near| format!("; is `{near}` meant?"));
    let meant = meant.unwrap_or_else(|| match message.as_str() {
        "world not found in package" => {
            "; `include` takes a world, `import` an interface".to_owned()
        }
        _ => String::new(),
    });
    let frame = source.and_then(|place| code_frame(&place.text, place.line, place.column));
    match frame {
        Some(frame) => format!("{location}: {message}{meant}\n{frame}"),
        None => format!("{location}: {message}{meant}"),
    }
}

/// A place in a WIT file.
struct Place {
    text: String,
    line: u32,
    column: u32,
}

impl Place {
    /// Of `file:line:column`.
    fn of(location: &str) -> Option<Place> {
        let (rest, column) = location.rsplit_once(':')?;
        let (file, line) = rest.rsplit_once(':')?;
        Some(Place {
            text: std::fs::read_to_string(file).ok()?,
            line: line.parse().ok()?,
            column: column.parse().ok()?,
        })
    }

    /// The name in this file that was meant by one that does not exist: "name `pag` does not exist".
    fn meant(&self, message: &str) -> Option<&str> {
        let (before, _) = message.split_once("` does not exist")?;
        let name = before.rsplit('`').next()?;
        let is_part = |c: char| c.is_ascii_alphanumeric() || c == '-';
        let words = self.text.split(|c| !is_part(c));
        let mut before = "";
        let mut names = Vec::new();
        for word in words.filter(|word| !word.is_empty()) {
            let declares = [
                "interface",
                "record",
                "variant",
                "enum",
                "flags",
                "resource",
                "type",
                "world",
            ];
            if declares.contains(&before) && word != name {
                names.push(word);
            }
            before = word;
        }
        let builtin = [
            "bool", "char", "f32", "f64", "list", "option", "result", "s16", "s32", "s64", "s8",
            "string", "tuple", "u16", "u32", "u64", "u8",
        ];
        names.extend(builtin);
        nearest(name, &names)
    }
}

/// Chooses a world of a package: the one of this name, or the only one.
///
/// # Errors
/// Says which worlds there are.
pub fn choose_world(
    resolve: &Resolve,
    package: PackageId,
    name: Option<&str>,
) -> Result<WorldId, String> {
    let error = match resolve.select_world(&[package], name) {
        Ok(world) => return Ok(world),
        Err(error) => error,
    };
    let Some(package) = resolve.packages.get(package) else {
        return Err(format!("{error:#}"));
    };
    let worlds: Vec<&str> = package.worlds.keys().map(String::as_str).collect();
    let meant = name
        .and_then(|name| nearest(name, &worlds))
        .map(|near| format!(". Is `{near}` meant?"))
        .unwrap_or_default();
    let worlds = worlds.join(", ");
    Err(match name {
        _ if worlds.is_empty() => format!("the package `{}` has no world", package.name),
        None => format!(
            "the package `{}` has more than one world; choose one of {worlds}",
            package.name
        ),
        // The name of a world of another package.
        Some(name) if name.contains(':') => format!("{error:#}"),
        Some(name) => format!(
            "the package `{}` has no world `{name}`; it has {worlds}{meant}",
            package.name
        ),
    })
}
