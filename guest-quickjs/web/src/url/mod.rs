//! URLs: the URL Standard. <https://url.spec.whatwg.org/>
//!
//! What crosses to JavaScript is the serialized URL and where its parts are; changing a part parses that again.

pub mod form;
mod host;
mod parser;
mod path;
mod percent;
mod setters;

pub use percent::decode as percent_decode;
pub use setters::Part;

use crate::idna::Normalize;

/// A URL record.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Url {
    scheme: String,
    username: String,
    password: String,
    host: Option<String>,
    port: Option<u16>,
    path: Path,
    query: Option<String>,
    fragment: Option<String>,
}

#[derive(Clone, PartialEq, Eq, Debug)]
enum Path {
    Opaque(String),
    /// The segments, each with a slash before it.
    List(String),
}

impl Default for Path {
    fn default() -> Self {
        Path::List(String::new())
    }
}

/// A URL as text, and where its parts are.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Serialized {
    /// All of it, in ASCII.
    pub href: String,
    /// Where these end, and what follows begins: the scheme with its colon, the username, the password, the host name, the port, the path, the query; and
    /// where the username, the password, the host name and the path begin.
    pub places: [usize; 11],
}

/// The port that a scheme stands for; nothing if the scheme is not special.
fn special(scheme: &str) -> Option<Option<u16>> {
    match scheme {
        "http" | "ws" => Some(Some(80)),
        "https" | "wss" => Some(Some(443)),
        "ftp" => Some(Some(21)),
        "file" => Some(None),
        _ => None,
    }
}

impl Url {
    /// Parses a URL, against another one if it is relative. Nothing if it is none.
    pub fn parse(input: &str, base: Option<&Url>, normalize: Normalize) -> Option<Url> {
        parser::parse(input, base, normalize)
    }

    fn is_special(&self) -> bool {
        special(&self.scheme).is_some()
    }

    fn is_file(&self) -> bool {
        self.scheme == "file"
    }

    fn has_opaque_path(&self) -> bool {
        matches!(self.path, Path::Opaque(_))
    }

    fn has_credentials(&self) -> bool {
        !self.username.is_empty() || !self.password.is_empty()
    }

    fn set_port(&mut self, port: u16) {
        let is_default = special(&self.scheme) == Some(Some(port));
        self.port = (!is_default).then_some(port);
    }

    /// The origin, or `null`.
    pub fn origin(&self, normalize: Normalize) -> String {
        match (&*self.scheme, &self.path) {
            ("http" | "https" | "ws" | "wss" | "ftp", _) => self.tuple_origin(),
            ("blob", Path::Opaque(path)) => match Url::parse(path, None, normalize) {
                Some(url) if matches!(&*url.scheme, "http" | "https") => url.tuple_origin(),
                _ => "null".to_owned(),
            },
            _ => "null".to_owned(),
        }
    }

    fn tuple_origin(&self) -> String {
        let host = self.host.as_deref().unwrap_or_default();
        match self.port {
            Some(port) => format!("{}://{host}:{port}", self.scheme),
            None => format!("{}://{host}", self.scheme),
        }
    }

    /// Writes it down.
    pub fn serialize(&self) -> Serialized {
        let mut href = self.scheme.clone();
        href.push(':');
        let scheme_end = href.len();
        let mut begins = [scheme_end; 3];
        let mut ends = [scheme_end; 4];
        if let Some(host) = &self.host {
            href.push_str("//");
            begins = [href.len(); 3];
            href.push_str(&self.username);
            let [username_end, ..] = &mut ends;
            *username_end = href.len();
            let mut password = href.len()..href.len();
            if !self.password.is_empty() {
                href.push(':');
                password.start = href.len();
                href.push_str(&self.password);
                password.end = href.len();
            }
            if self.has_credentials() {
                href.push('@');
            }
            let [_, password_start, host_start] = &mut begins;
            (*password_start, *host_start) = (password.start, href.len());
            href.push_str(host);
            let host_end = href.len();
            if let Some(port) = self.port {
                href.push(':');
                href.push_str(&port.to_string());
            }
            let [_, rest @ ..] = &mut ends;
            *rest = [password.end, host_end, href.len()];
        }
        let path = match &self.path {
            Path::Opaque(path) => path,
            Path::List(path) => {
                if self.host.is_none() && path.starts_with("//") {
                    href.push_str("/.");
                }
                path
            }
        };
        let path_start = href.len();
        href.push_str(path);
        let path_end = href.len();
        if let Some(query) = &self.query {
            href.push('?');
            href.push_str(query);
        }
        let query_end = href.len();
        if let Some(fragment) = &self.fragment {
            href.push('#');
            href.push_str(fragment);
        }
        let [username_start, password_start, host_start] = begins;
        let [username_end, password_end, host_end, port_end] = ends;
        Serialized {
            href,
            places: [
                scheme_end,
                username_end,
                password_end,
                host_end,
                port_end,
                path_end,
                query_end,
                username_start,
                password_start,
                host_start,
                path_start,
            ],
        }
    }
}
