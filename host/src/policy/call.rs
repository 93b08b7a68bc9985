//! What a policy is asked about.

use std::fmt;

use crate::grants::Capability;
use crate::text::visible;

/// An operation that a plugin is about to perform. Everything in it is borrowed: making one costs
/// nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Call<'a> {
    /// The plugin that acts, by the name it has in the app. If another plugin called it, that plugin
    /// is not here: who acts is who was granted to.
    pub plugin: &'a str,
    /// What the operation was granted with.
    pub capability: Capability,
    /// The interface, without its version: `outwit:storage/local-storage`.
    pub interface: &'static str,
    /// The function as WIT names it: `set-item`, `[method]descriptor.open-at`.
    pub function: &'static str,
    /// What it is about to be done to.
    pub target: Target<'a>,
}

/// The function and its target, for people who are asked: one line, however long the target is and whatever is in
/// it. Characters that would do something instead of being seen are written out, and a long target is cut in the middle.
impl fmt::Display for Call<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.interface, self.function)?;
        match self.target {
            Target::None => Ok(()),
            target => write!(f, " {}", one_line(&target.to_string())),
        }
    }
}

/// The most characters of a target that are shown.
const SHOWN: usize = 200;

fn one_line(text: &str) -> String {
    let text = visible(text).replace('\n', "\\n").replace('\t', "\\t");
    let length = text.chars().count();
    if length <= SHOWN {
        return text;
    }
    // Both ends count: the folder of a path, the host of a URL, and the extension.
    let half = SHOWN / 2;
    let first: String = text.chars().take(half).collect();
    let last: String = text.chars().skip(length - half).collect();
    format!("{first}[... {} more ...]{last}", length - 2 * half)
}

/// What an operation is about to be done to. Never what is written there, and never a secret: an
/// address comes without the user, the password and the query.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Target<'a> {
    /// The operation has no object, or its capability is the object.
    #[default]
    None,
    /// A key of a store.
    Key(&'a str),
    /// A path as the plugin sees it, absolute and without `.` and `..`.
    Path(&'a str),
    /// Two paths: from, to.
    Paths(&'a str, &'a str),
    /// A URL without user, password, query and fragment.
    Url(&'a str),
    /// A host and a port.
    Host(&'a str, u16),
    /// The name of a channel, a lock, a database.
    Name(&'a str),
    /// A number of bytes.
    Bytes(u64),
    /// A number of milliseconds to wait.
    Millis(u64),
}

impl Target<'_> {
    /// The kind of target, for records: `key`, `path`, ...
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Target::None => "none",
            Target::Key(_) => "key",
            Target::Path(_) => "path",
            Target::Paths(..) => "paths",
            Target::Url(_) => "url",
            Target::Host(..) => "host",
            Target::Name(_) => "name",
            Target::Bytes(_) => "bytes",
            Target::Millis(_) => "millis",
        }
    }
}

/// The target as text, exactly as the plugin gave it. For people, use
/// [`visible`](crate::console::visible) on it.
impl fmt::Display for Target<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Target::None => Ok(()),
            Target::Key(text) | Target::Path(text) | Target::Url(text) | Target::Name(text) => {
                f.write_str(text)
            }
            Target::Paths(from, to) => write!(f, "{from} -> {to}"),
            Target::Host(name, port) => write!(f, "{name}:{port}"),
            Target::Bytes(n) | Target::Millis(n) => write!(f, "{n}"),
        }
    }
}
