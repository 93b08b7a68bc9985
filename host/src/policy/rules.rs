//! Rules about operations, as a manifest writes them.

use std::fmt;
use std::str::FromStr;

use super::{Call, Denial, Target};
use crate::grants::Capability;

/// What a plugin may do with what was granted to it, by rules. In a manifest these are the keys of
/// `[plugins.NAME.policy]`.
///
/// An operation that a rule of `deny` fits is denied. If there are rules of `allow` for its capability,
/// one of them has to fit as well. `deny` wins.
///
/// ```
/// use outwit::policy::Rules;
///
/// let rules = Rules::default()
///     .deny("storage clear".parse()?)
///     .deny("filesystem * /in/private/**".parse()?)
///     .allow("storage * settings/*".parse()?);
/// # let _ = rules;
/// # Ok::<(), outwit::policy::InvalidRule>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Rules {
    deny: Vec<Rule>,
    allow: Vec<Rule>,
}

impl Rules {
    /// Adds a rule for what is denied.
    #[must_use]
    pub fn deny(mut self, rule: Rule) -> Rules {
        self.deny.push(rule);
        self
    }

    /// Adds a rule for what is allowed: other operations with its capability are denied.
    #[must_use]
    pub fn allow(mut self, rule: Rule) -> Rules {
        self.allow.push(rule);
        self
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.deny.is_empty() && self.allow.is_empty()
    }

    /// Why an operation is denied, if it is.
    #[must_use]
    pub fn check(&self, call: &Call<'_>) -> Option<Denial> {
        if let Some(rule) = self.deny.iter().find(|rule| rule.touches(call)) {
            return Some(Denial::new(format!("the rule `{rule}` denies it")));
        }
        let mut rules = self
            .allow
            .iter()
            .filter(|rule| rule.capability == call.capability)
            .peekable();
        if rules.peek().is_some() && !rules.any(|rule| rule.covers(call)) {
            return Some(Denial::new("no rule allows it"));
        }
        None
    }
}

/// A capability, a function and a target that an operation may have: `CAPABILITY [FUNCTION [TARGET]]`.
///
/// The function is the name WIT has for it, with or without the resource in front of the dot; `*` is
/// any. The target is matched as a whole: in it `?` is any character but `/`, `*` any number of them,
/// and `**` any number of any characters. A target of two paths fits a rule of `deny` if one of them
/// does, and a rule of `allow` if both do. Rules are about names: a path that a symbolic link leads to has
/// another name than the link, so what must not be reached is better kept out of the folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    capability: Capability,
    function: Option<String>,
    target: Option<String>,
}

impl Rule {
    /// Whether it is about an operation that is to be denied.
    fn touches(&self, call: &Call<'_>) -> bool {
        self.fits(call, |from, to| from || to)
    }

    /// Whether it is about an operation that is to be allowed.
    fn covers(&self, call: &Call<'_>) -> bool {
        self.fits(call, |from, to| from && to)
    }

    fn fits(&self, call: &Call<'_>, both: fn(bool, bool) -> bool) -> bool {
        let named = |function: &str| {
            let (_, short) = call.function.split_once('.').unwrap_or(("", call.function));
            function == call.function || function == short
        };
        self.capability == call.capability
            && self.function.as_deref().is_none_or(named)
            && match (&self.target, call.target) {
                (None, _) => true,
                (Some(pattern), Target::Paths(from, to)) => {
                    both(matches(pattern, from), matches(pattern, to))
                }
                (
                    Some(pattern),
                    Target::Key(text) | Target::Path(text) | Target::Url(text) | Target::Name(text),
                ) => matches(pattern, text),
                (Some(pattern), Target::Host(name, port)) => match pattern.rsplit_once(':') {
                    Some((pattern, given)) => given.parse() == Ok(port) && matches(pattern, name),
                    None => matches(pattern, name),
                },
                (Some(_), Target::None | Target::Bytes(_) | Target::Millis(_)) => false,
            }
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.capability.name())?;
        match (&self.function, &self.target) {
            (None, None) => Ok(()),
            (Some(function), None) => write!(f, " {function}"),
            (function, Some(target)) => {
                write!(f, " {} {target}", function.as_deref().unwrap_or("*"))
            }
        }
    }
}

/// A rule that is not one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{rule}` is not a rule: {reason}")]
pub struct InvalidRule {
    rule: String,
    reason: String,
}

impl FromStr for Rule {
    type Err = InvalidRule;

    fn from_str(text: &str) -> Result<Rule, InvalidRule> {
        let invalid = |reason: String| InvalidRule {
            rule: crate::text::visible(text),
            reason,
        };
        let mut words = text.splitn(3, ' ');
        let name = words.next().unwrap_or_default();
        let capability = Capability::ALL
            .into_iter()
            .find(|c| c.name() == name)
            .ok_or_else(|| {
                let names: Vec<_> = Capability::ALL.iter().map(|c| c.name()).collect();
                invalid(format!(
                    "it starts with a capability, one of {}",
                    names.join(", ")
                ))
            })?;
        let function = words.next().filter(|word| *word != "*");
        if let Some(function) = function {
            let known = super::operations().any(|o| {
                let (_, short) = o.function.split_once('.').unwrap_or(("", o.function));
                (o.capability == capability || o.interface.starts_with("wasi:io/"))
                    && (function == o.function || function == short)
            });
            if !known {
                return Err(invalid(format!(
                    "`{name}` has no function `{function}`; `*` is any function"
                )));
            }
        }
        let target = words.next();
        if target.is_some_and(str::is_empty) {
            return Err(invalid("its target is empty".to_string()));
        }
        Ok(Rule {
            capability,
            function: function.map(str::to_string),
            target: target.map(str::to_string),
        })
    }
}

/// Whether a pattern fits a whole text. Takes time in proportion to both lengths for each star, and no
/// memory.
fn matches(pattern: &str, text: &str) -> bool {
    let (mut p, mut t) = (pattern.chars(), text.chars());
    // Where to go on when what follows a star does not fit: after the star, and one character later.
    let mut star = None;
    let mut double = None;
    loop {
        let rest = t.clone();
        match p.next() {
            Some('*') => {
                if p.as_str().starts_with('*') {
                    p.next();
                    double = Some((p.clone(), rest.clone()));
                    star = None;
                } else {
                    star = Some((p.clone(), rest.clone()));
                }
                t = rest;
                continue;
            }
            Some('?') if t.next().is_some_and(|c| c != '/') => continue,
            Some(c) if c != '?' && t.next() == Some(c) => continue,
            None if rest.as_str().is_empty() => return true,
            _ => {}
        }
        // The last star takes one character more; a single one only within a name.
        if let Some((after, from)) = star.take() {
            let mut from = from;
            if from.next().is_some_and(|c| c != '/') {
                p = after.clone();
                t = from.clone();
                star = Some((after, from));
                continue;
            }
        }
        let Some((after, mut from)) = double.take() else {
            return false;
        };
        if from.next().is_none() {
            return false;
        }
        p = after.clone();
        t = from.clone();
        double = Some((after, from));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_fit_whole_texts() {
        let cases = [
            ("a", "a", true),
            ("a", "ab", false),
            ("", "", true),
            ("*", "", true),
            ("*", "abc", true),
            ("*", "a/b", false),
            ("**", "a/b", true),
            ("a*c", "abbc", true),
            ("a*c", "ab/c", false),
            ("a**c", "ab/c", true),
            ("/in/*", "/in/a", true),
            ("/in/*", "/in/a/b", false),
            ("/in/**", "/in/a/b", true),
            ("/in/**", "/in", false),
            ("**/*.txt", "/a/b/c.txt", true),
            ("**/*.txt", "/a/b/c.txt.gz", false),
            ("**a*b", "xaya/ab", true),
            ("?", "ü", true),
            ("?", "/", false),
            ("?", "", false),
            ("a?c*", "abcd", true),
            ("*.example.com", "www.example.com", true),
            ("*.example.com", "example.com", false),
            ("settings/", "settings", false),
        ];
        for (pattern, text, expected) in cases {
            assert_eq!(matches(pattern, text), expected, "{pattern} {text}");
        }
        // What is exponential in naive matchers.
        let bomb = "*a".repeat(30) + "b";
        assert!(!matches(&bomb, &"a".repeat(2000)));
        let bomb = "**a".repeat(30) + "b";
        assert!(!matches(&bomb, &"a/".repeat(1000)));
    }

    fn call(function: &'static str, target: Target<'static>) -> Call<'static> {
        Call {
            plugin: "p",
            capability: Capability::Filesystem,
            interface: "wasi:filesystem/types",
            function,
            target,
        }
    }

    #[test]
    fn deny_beats_allow_and_the_rest_is_denied() {
        let rules = |deny: &[&str], allow: &[&str]| {
            let mut rules = Rules::default();
            for rule in deny {
                rules = rules.deny(rule.parse().unwrap());
            }
            for rule in allow {
                rules = rules.allow(rule.parse().unwrap());
            }
            rules
        };
        let open = call("[method]descriptor.open-at", Target::Path("/in/a/secret"));
        let ok = |rules: Rules, call: &Call<'_>| rules.check(call).is_none();
        assert!(ok(rules(&[], &[]), &open));
        assert!(ok(rules(&["storage"], &["storage get-item"]), &open));
        assert!(!ok(rules(&["filesystem"], &[]), &open));
        assert!(!ok(rules(&["filesystem open-at"], &[]), &open));
        assert!(!ok(
            rules(&["filesystem [method]descriptor.open-at"], &[]),
            &open
        ));
        assert!(ok(rules(&["filesystem unlink-file-at"], &[]), &open));
        assert!(!ok(rules(&["filesystem * /in/**"], &[]), &open));
        assert!(ok(rules(&["filesystem * /in/*"], &[]), &open));
        // Nested one way and the other.
        assert!(ok(rules(&[], &["filesystem * /in/**"]), &open));
        assert!(!ok(
            rules(&["filesystem * /in/a/**"], &["filesystem * /in/**"]),
            &open
        ));
        assert!(!ok(
            rules(&["filesystem * /in/**"], &["filesystem * /in/a/**"]),
            &open
        ));
        assert!(!ok(rules(&[], &["filesystem * /out/**"]), &open));
        // What has no target is not what a rule with one allows.
        let list = call("get-directories", Target::None);
        assert!(!ok(rules(&[], &["filesystem * /in/**"]), &list));
        assert!(ok(rules(&["filesystem * /in/**"], &[]), &list));
        // Of two paths one is enough to deny, and both are needed to allow.
        let rename = call(
            "[method]descriptor.rename-at",
            Target::Paths("/in/a", "/out/a"),
        );
        assert!(!ok(rules(&["filesystem * /out/**"], &[]), &rename));
        assert!(!ok(rules(&[], &["filesystem * /in/**"]), &rename));
        assert!(ok(rules(&[], &["filesystem * /*/a"]), &rename));
        let denial = rules(&["filesystem * /in/**"], &[]).check(&open).unwrap();
        assert_eq!(denial.reason(), "the rule `filesystem * /in/**` denies it");
    }

    #[test]
    fn what_is_not_a_rule_is_refused() {
        for (text, part) in [
            ("", "starts with a capability"),
            ("nothing", "starts with a capability"),
            ("Storage", "starts with a capability"),
            (
                "storage set",
                "`storage` has no function `set`; `*` is any function",
            ),
            ("storage  set-item", "has no function ``"),
            ("storage * ", "its target is empty"),
            ("\u{1b}[2J", "`\\u{1b}[2J` is not a rule"),
        ] {
            let error = text.parse::<Rule>().unwrap_err().to_string();
            assert!(error.contains(part), "{error}");
        }
        for text in [
            "storage",
            "storage set-item",
            "storage * a b",
            "cli [method]output-stream.write",
        ] {
            assert_eq!(text.parse::<Rule>().unwrap().to_string(), text);
        }
    }
}
