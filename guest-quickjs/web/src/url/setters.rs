//! Changing one part: the setters of the API, with the state overrides of the parser.

use super::parser::{
    authority_end, default_port, file_host, parse_port, split_port, split_scheme, without_breaks,
};
use super::percent::{self, Set};
use super::{Path, Url, host, special};
use crate::idna::Normalize;

/// A part that can be changed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Part {
    /// `protocol`
    Protocol,
    /// `username`
    Username,
    /// `password`
    Password,
    /// `host`
    Host,
    /// `hostname`
    Hostname,
    /// `port`
    Port,
    /// `pathname`
    Pathname,
    /// `search`
    Search,
    /// `hash`
    Hash,
}

impl Part {
    /// All, in order.
    pub const ALL: [Part; 9] = [
        Part::Protocol,
        Part::Username,
        Part::Password,
        Part::Host,
        Part::Hostname,
        Part::Port,
        Part::Pathname,
        Part::Search,
        Part::Hash,
    ];
}

impl Url {
    /// Changes a part. Says nothing if the value cannot be that part; what could be changed of `host` is changed even then.
    pub fn set(&mut self, part: Part, value: &str, normalize: Normalize) -> Option<()> {
        match part {
            Part::Username => {
                self.may_have_credentials().then_some(())?;
                self.username.clear();
                percent::encode(value, Set::USERINFO, &mut self.username);
                return Some(());
            }
            Part::Password => {
                self.may_have_credentials().then_some(())?;
                self.password.clear();
                percent::encode(value, Set::USERINFO, &mut self.password);
                return Some(());
            }
            _ => {}
        }
        let cleaned = without_breaks(value);
        match part {
            Part::Protocol => self.set_scheme(&cleaned),
            Part::Host => self.set_host(&cleaned, true, normalize),
            Part::Hostname => self.set_host(&cleaned, false, normalize),
            Part::Port if value.is_empty() => {
                self.may_have_credentials().then_some(())?;
                self.port = None;
                Some(())
            }
            Part::Port => {
                self.may_have_credentials().then_some(())?;
                self.set_port_digits(&cleaned)
            }
            Part::Pathname => self.set_path(&cleaned),
            Part::Search if value.is_empty() => {
                self.query = None;
                Some(())
            }
            Part::Search => {
                let query = value.strip_prefix('?').unwrap_or(value);
                self.set_query(&without_breaks(query));
                Some(())
            }
            Part::Hash if value.is_empty() => {
                self.fragment = None;
                Some(())
            }
            Part::Hash => {
                let fragment = value.strip_prefix('#').unwrap_or(value);
                self.set_fragment(&without_breaks(fragment));
                Some(())
            }
            Part::Username | Part::Password => Some(()),
        }
    }

    /// Whether it can have a username, a password or a port.
    fn may_have_credentials(&self) -> bool {
        self.host.as_ref().is_some_and(|host| !host.is_empty()) && !self.is_file()
    }

    fn set_scheme(&mut self, value: &str) -> Option<()> {
        let with_colon = format!("{value}:");
        let (scheme, _) = split_scheme(&with_colon)?;
        if special(&scheme).is_some() != self.is_special()
            || scheme == "file" && (self.has_credentials() || self.port.is_some())
            || self.is_file() && self.host.as_deref() == Some("")
        {
            // not an error, but not done either
            return Some(());
        }
        if self.port.is_some() && self.port == default_port(&scheme) {
            self.port = None;
        }
        self.scheme = scheme;
        Some(())
    }

    fn set_host(&mut self, value: &str, with_port: bool, normalize: Normalize) -> Option<()> {
        if self.has_opaque_path() {
            return None;
        }
        let is_special = self.is_special();
        let authority = value
            .split(authority_end(is_special))
            .next()
            .unwrap_or_default();
        if self.is_file() {
            self.host = Some(match authority {
                "" => String::new(),
                host => file_host(host, normalize)?,
            });
            return Some(());
        }
        let (name, port) = split_port(authority);
        if name.is_empty() {
            let is_needed = is_special || self.has_credentials() || self.port.is_some();
            if is_needed || port.is_some() {
                return None;
            }
            self.host = Some(String::new());
            return Some(());
        }
        if port.is_some() && !with_port {
            return None;
        }
        self.host = Some(host::parse(name, !is_special, normalize)?);
        match port {
            Some(port) => self.set_port_digits(port),
            None => Some(()),
        }
    }

    /// The digits that a text begins with.
    fn set_port_digits(&mut self, value: &str) -> Option<()> {
        let end = value.find(|c: char| !c.is_ascii_digit());
        let digits = value.get(..end.unwrap_or(value.len()))?;
        if digits.is_empty() {
            return None;
        }
        self.set_port(parse_port(digits)?);
        Some(())
    }

    fn set_path(&mut self, value: &str) -> Option<()> {
        if self.has_opaque_path() {
            return None;
        }
        self.path = Path::default();
        let is_special = self.is_special();
        match value.strip_prefix('/') {
            Some(rest) => self.append_path(rest),
            None if is_special => self.append_path(value.strip_prefix('\\').unwrap_or(value)),
            None if !value.is_empty() => self.append_path(value),
            None if self.host.is_none() => self.path = Path::List("/".to_owned()),
            None => {}
        }
        Some(())
    }
}
