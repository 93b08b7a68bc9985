//! Takes secrets out of what is recorded.

use crate::policy::Target;

/// What stands in the place of a secret.
const REDACTED: &str = "[redacted]";
/// What comes after one of these, up to a space or one of `&;,"'`, is a secret.
const MARKS: [&str; 10] = [
    // Before the names of headers, whose values they are in.
    "bearer ",
    "basic ",
    "password=",
    "passwd=",
    "secret=",
    "token=",
    "api_key=",
    "apikey=",
    "api-key=",
    "authorization:",
];
/// The shortest of them has one of these, so that a text without can be passed over quickly.
const SIGNS: [char; 3] = ['=', ':', ' '];

/// A target with its secrets replaced.
pub(super) struct Redacted {
    of: Kind,
    first: String,
    second: String,
}

#[derive(Clone, Copy)]
enum Kind {
    Key,
    Path,
    Paths,
    Url,
    Host(u16),
    Name,
}

impl Redacted {
    pub(super) fn as_target(&self) -> Target<'_> {
        match self.of {
            Kind::Key => Target::Key(&self.first),
            Kind::Path => Target::Path(&self.first),
            Kind::Paths => Target::Paths(&self.first, &self.second),
            Kind::Url => Target::Url(&self.first),
            Kind::Host(port) => Target::Host(&self.first, port),
            Kind::Name => Target::Name(&self.first),
        }
    }
}

/// The target without its secrets, if it has any.
pub(super) fn target(target: Target<'_>, secrets: &[String]) -> Option<Redacted> {
    let (of, first, second) = match target {
        Target::None | Target::Bytes(_) | Target::Millis(_) => return None,
        Target::Key(text) => (Kind::Key, text, ""),
        Target::Path(text) => (Kind::Path, text, ""),
        Target::Paths(from, to) => (Kind::Paths, from, to),
        Target::Url(text) => (Kind::Url, text, ""),
        Target::Host(text, port) => (Kind::Host(port), text, ""),
        Target::Name(text) => (Kind::Name, text, ""),
    };
    match (text(first, secrets), text(second, secrets)) {
        (None, None) => None,
        (a, b) => Some(Redacted {
            of,
            first: a.unwrap_or_else(|| first.to_string()),
            second: b.unwrap_or_else(|| second.to_string()),
        }),
    }
}

/// The text without its secrets, if it has any.
fn text(text: &str, secrets: &[String]) -> Option<String> {
    let mut out: Option<String> = None;
    for secret in secrets {
        let current = out.as_deref().unwrap_or(text);
        if current.contains(secret.as_str()) {
            out = Some(current.replace(secret.as_str(), REDACTED));
        }
    }
    if !text.contains(SIGNS) {
        return out;
    }
    for mark in MARKS {
        let mut from = 0;
        while let Some(at) = find(out.as_deref().unwrap_or(text), mark, from) {
            let current = out.as_deref().unwrap_or(text);
            let start = at + mark.len();
            let rest = current.get(start..).unwrap_or_default();
            let value = rest.trim_start_matches(' ');
            let start = start + rest.len() - value.len();
            let end = value
                .find(['&', ';', ',', '"', '\'', ' ', '\n'])
                .unwrap_or(value.len());
            if end > 0 && !value.starts_with(REDACTED) {
                let mut changed = current.to_string();
                changed.replace_range(start..start + end, REDACTED);
                out = Some(changed);
            }
            from = start;
        }
    }
    out
}

/// Where `mark`, of lower-case ASCII, is in the text, in any case.
fn find(text: &str, mark: &str, from: usize) -> Option<usize> {
    let (text, mark) = (text.as_bytes(), mark.as_bytes());
    let found = text
        .get(from..)?
        .windows(mark.len())
        .position(|window| window.eq_ignore_ascii_case(mark))?;
    Some(from + found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_replaced() {
        let secrets = ["hunter2".to_string()];
        let cases = [
            ("plain", None),
            ("a=b", None),
            (
                "is hunter2 here, hunter2?",
                Some("is [redacted] here, [redacted]?"),
            ),
            ("x?token=abc&y=1", Some("x?token=[redacted]&y=1")),
            ("PassWord=abc", Some("PassWord=[redacted]")),
            (
                "Authorization: Bearer abc.def",
                Some("Authorization: [redacted] [redacted]"),
            ),
            ("bearer  abc", Some("bearer  [redacted]")),
            ("token=", None),
            ("token=a;token=b", Some("token=[redacted];token=[redacted]")),
            (
                "password=ü token=ß",
                Some("password=[redacted] token=[redacted]"),
            ),
        ];
        for (given, expected) in cases {
            assert_eq!(text(given, &secrets).as_deref(), expected, "{given}");
        }
        let both = target(Target::Paths("/a", "/token=x"), &[]).unwrap();
        assert_eq!(both.as_target(), Target::Paths("/a", "/token=[redacted]"));
        assert!(target(Target::Bytes(1), &secrets).is_none());
    }
}
