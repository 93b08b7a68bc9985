//! The basic URL parser, without the state overrides, which are in `setters.rs`.

use super::host;
use super::path::{drive_letter, is_drive_letter, shorten, starts_with_drive_letter};
use super::percent::{self, Set};
use super::{Path, Url, special};
use crate::idna::Normalize;
use std::borrow::Cow;

/// Takes tabs and newlines out.
pub fn without_breaks(input: &str) -> Cow<'_, str> {
    const BREAKS: [char; 3] = ['\t', '\n', '\r'];
    match input.contains(BREAKS) {
        true => Cow::Owned(input.replace(BREAKS, "")),
        false => Cow::Borrowed(input),
    }
}

/// The scheme that a text begins with, and what follows the colon.
pub fn split_scheme(input: &str) -> Option<(String, &str)> {
    let (scheme, rest) = input.split_once(':')?;
    let is_rest = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.');
    let is_scheme =
        scheme.starts_with(|c: char| c.is_ascii_alphabetic()) && scheme.bytes().all(is_rest);
    is_scheme.then(|| (scheme.to_ascii_lowercase(), rest))
}

fn is_slash(byte: Option<u8>, is_special: bool) -> bool {
    byte == Some(b'/') || is_special && byte == Some(b'\\')
}

/// Splits at the first of these characters, which stays with the rest.
fn split_before<'a>(input: &'a str, characters: &[char]) -> (&'a str, &'a str) {
    let end = input.find(characters).unwrap_or(input.len());
    input.split_at_checked(end).unwrap_or((input, ""))
}

const PATH_END: &[char] = &['?', '#'];

/// What ends an authority.
pub fn authority_end(is_special: bool) -> &'static [char] {
    match is_special {
        true => &['/', '?', '#', '\\'],
        false => &['/', '?', '#'],
    }
}

pub fn parse(input: &str, base: Option<&Url>, normalize: Normalize) -> Option<Url> {
    let trimmed = input.trim_matches(|c: char| c <= ' ');
    let input = without_breaks(trimmed);
    let mut url = Url::default();
    let Some((scheme, rest)) = split_scheme(&input) else {
        let base = base?;
        url.scheme.clone_from(&base.scheme);
        if let Path::Opaque(_) = base.path {
            let fragment = input.strip_prefix('#')?;
            url.path = base.path.clone();
            url.query.clone_from(&base.query);
            url.set_fragment(fragment);
        } else if base.is_file() {
            url.parse_file(&input, Some(base), normalize)?;
        } else {
            url.parse_relative(&input, base, normalize)?;
        }
        return Some(url);
    };
    url.scheme = scheme;
    if url.is_file() {
        let base = base.filter(|base| base.is_file());
        url.parse_file(rest, base, normalize)?;
    } else if url.is_special() {
        match base {
            Some(base) if base.scheme == url.scheme && !rest.starts_with("//") => {
                url.parse_relative(rest, base, normalize)?;
            }
            _ => url.parse_authority(rest.trim_start_matches(['/', '\\']), normalize)?,
        }
    } else if let Some(rest) = rest.strip_prefix("//") {
        url.parse_authority(rest, normalize)?;
    } else if let Some(path) = rest.strip_prefix('/') {
        url.parse_path(path);
    } else {
        url.parse_opaque_path(rest);
    }
    Some(url)
}

impl Url {
    fn parse_relative(&mut self, input: &str, base: &Url, normalize: Normalize) -> Option<()> {
        let is_special = self.is_special();
        let mut bytes = input.bytes();
        if is_slash(bytes.next(), is_special) {
            let rest = input.get(1..)?;
            if is_slash(bytes.next(), is_special) {
                let rest = input.get(2..)?;
                return match is_special {
                    true => self.parse_authority(rest.trim_start_matches(['/', '\\']), normalize),
                    false => self.parse_authority(rest, normalize),
                };
            }
            self.take_authority(base);
            self.parse_path(rest);
            return Some(());
        }
        self.take_authority(base);
        self.take_path(base, input);
        Some(())
    }

    fn take_authority(&mut self, base: &Url) {
        self.username.clone_from(&base.username);
        self.password.clone_from(&base.password);
        self.host.clone_from(&base.host);
        self.port = base.port;
    }

    /// Resolves a path that does not begin with a slash, or what follows it, against the base's.
    fn take_path(&mut self, base: &Url, input: &str) {
        self.path = base.path.clone();
        self.query.clone_from(&base.query);
        if input.is_empty() {
            return;
        }
        if !input.starts_with(['?', '#']) {
            self.query = None;
            let is_file = self.is_file();
            if let Path::List(path) = &mut self.path {
                shorten(path, is_file);
            }
            return self.parse_path(input);
        }
        self.parse_query_and_fragment(input);
    }

    fn parse_file(&mut self, input: &str, base: Option<&Url>, normalize: Normalize) -> Option<()> {
        self.host = Some(String::new());
        let mut bytes = input.bytes();
        if !is_slash(bytes.next(), true) {
            let Some(base) = base else {
                self.parse_path(input);
                return Some(());
            };
            self.host.clone_from(&base.host);
            if starts_with_drive_letter(input) {
                self.parse_path(input);
            } else {
                self.take_path(base, input);
            }
            return Some(());
        }
        let rest = input.get(1..)?;
        if !is_slash(bytes.next(), true) {
            if let Some(base) = base {
                self.host.clone_from(&base.host);
                if let (Path::List(path), Path::List(to)) = (&base.path, &mut self.path)
                    && let Some(drive) = drive_letter(path)
                    && !starts_with_drive_letter(rest)
                {
                    to.push('/');
                    to.push_str(drive);
                }
            }
            self.parse_path(rest);
            return Some(());
        }
        let rest = input.get(2..)?;
        let (host, path) = split_before(rest, authority_end(true));
        if is_drive_letter(host) {
            self.parse_path(rest);
            return Some(());
        }
        if !host.is_empty() {
            self.host = Some(file_host(host, normalize)?);
        }
        self.parse_path_start(path);
        Some(())
    }

    fn parse_authority(&mut self, input: &str, normalize: Normalize) -> Option<()> {
        let is_special = self.is_special();
        let (authority, rest) = split_before(input, authority_end(is_special));
        let host = match authority.rsplit_once('@') {
            None => authority,
            Some((credentials, host)) => {
                let (username, password) = credentials.split_once(':').unwrap_or((credentials, ""));
                percent::encode(username, Set::USERINFO, &mut self.username);
                percent::encode(password, Set::USERINFO, &mut self.password);
                if host.is_empty() {
                    return None;
                }
                host
            }
        };
        let (host, port) = split_port(host);
        if host.is_empty() && (is_special || port.is_some()) {
            return None;
        }
        self.host = Some(match host.is_empty() {
            true => String::new(),
            false => host::parse(host, !is_special, normalize)?,
        });
        if let Some(port) = port.filter(|port| !port.is_empty()) {
            self.set_port(parse_port(port)?);
        }
        self.parse_path_start(rest);
        Some(())
    }

    /// What follows an authority.
    fn parse_path_start(&mut self, input: &str) {
        let is_special = self.is_special();
        if is_slash(input.bytes().next(), is_special) {
            self.parse_path(input.get(1..).unwrap_or_default());
        } else if is_special {
            self.parse_path(input);
        } else {
            self.parse_query_and_fragment(input);
        }
    }

    /// The segments of a path, the first without a slash before it, and what follows them.
    fn parse_path(&mut self, input: &str) {
        let (path, rest) = split_before(input, PATH_END);
        self.append_path(path);
        self.parse_query_and_fragment(rest);
    }

    fn parse_opaque_path(&mut self, input: &str) {
        let (path, rest) = split_before(input, PATH_END);
        let mut encoded = String::with_capacity(path.len());
        let (path, has_space) = match path.strip_suffix(' ') {
            Some(path) if !rest.is_empty() => (path, true),
            _ => (path, false),
        };
        percent::encode(path, Set::CONTROLS, &mut encoded);
        if has_space {
            encoded.push_str("%20");
        }
        self.path = Path::Opaque(encoded);
        self.parse_query_and_fragment(rest);
    }

    fn parse_query_and_fragment(&mut self, input: &str) {
        let (query, fragment) = split_before(input, &['#']);
        if let Some(query) = query.strip_prefix('?') {
            self.set_query(query);
        }
        if let Some(fragment) = fragment.strip_prefix('#') {
            self.set_fragment(fragment);
        }
    }

    pub(super) fn set_query(&mut self, query: &str) {
        let set = match self.is_special() {
            true => Set::SPECIAL_QUERY,
            false => Set::QUERY,
        };
        let mut encoded = String::with_capacity(query.len());
        percent::encode(query, set, &mut encoded);
        self.query = Some(encoded);
    }

    pub(super) fn set_fragment(&mut self, fragment: &str) {
        let mut encoded = String::with_capacity(fragment.len());
        percent::encode(fragment, Set::FRAGMENT, &mut encoded);
        self.fragment = Some(encoded);
    }
}

/// The host of a file URL that is not empty.
pub fn file_host(host: &str, normalize: Normalize) -> Option<String> {
    let host = host::parse(host, false, normalize)?;
    Some(if host == "localhost" {
        String::new()
    } else {
        host
    })
}

/// Splits at the first colon that is not in brackets.
pub fn split_port(host: &str) -> (&str, Option<&str>) {
    let mut is_inside = false;
    let colon = host.find(|c: char| {
        match c {
            '[' => is_inside = true,
            ']' => is_inside = false,
            _ => {}
        }
        c == ':' && !is_inside
    });
    let split = colon.and_then(|colon| Some((host.get(..colon)?, host.get(colon + 1..)?)));
    split.map_or((host, None), |(host, port)| (host, Some(port)))
}

/// A port that is not empty.
pub fn parse_port(digits: &str) -> Option<u16> {
    let is_number = digits.bytes().all(|byte| byte.is_ascii_digit());
    let significant = digits.trim_start_matches('0');
    match significant {
        _ if !is_number => None,
        "" => Some(0),
        digits => digits.parse().ok(),
    }
}

/// The port that is stood for.
pub fn default_port(scheme: &str) -> Option<u16> {
    special(scheme).flatten()
}
