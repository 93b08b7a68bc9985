//! Rules, origins and names that a manifest writes, and what a plugin does: matching ends, soon, and is what a
//! simpler and slower matcher says.

#![no_main]

use arbitrary::Arbitrary;
use libfuzzer_sys::fuzz_target;
use outwit::fuzzing::{Object, destination, is_denied, may_send};
use outwit::policy::{Rule, Rules};

#[derive(Arbitrary, Debug)]
struct Input<'a> {
    pattern: &'a str,
    text: &'a str,
    other: &'a str,
    port: u16,
}

/// The rules of a target: `?` is any character but `/`, `*` any number of those, `**` any characters.
fn fits(pattern: &[char], text: &[char]) -> bool {
    // Whether the rest of the pattern fits the rest of the text, from the last part to the first.
    let mut next = vec![false; text.len() + 1];
    next[text.len()] = true;
    let mut at = pattern.len();
    while at > 0 {
        at -= 1;
        let double = pattern[at] == '*' && at > 0 && pattern[at - 1] == '*' && {
            // Stars are taken in pairs from the left.
            let stars = pattern[..=at].iter().rev().take_while(|c| **c == '*').count();
            stars % 2 == 0
        };
        let mut now = vec![false; text.len() + 1];
        for i in (0..=text.len()).rev() {
            now[i] = match (pattern[at], text.get(i)) {
                ('*', c) => {
                    next[i] || (c.is_some_and(|c| double || *c != '/') && now[i + 1])
                }
                ('?', Some(c)) => *c != '/' && next[i + 1],
                (p, Some(c)) => p == *c && next[i + 1],
                (_, None) => false,
            };
        }
        next = now;
        if double {
            at -= 1;
        }
    }
    next[0]
}

fuzz_target!(|input: Input<'_>| {
    let Input {
        pattern,
        text,
        other,
        port,
    } = input;
    if pattern.len() > 300 || text.len() > 300 {
        return;
    }
    if let Ok(rule) = format!("storage * {pattern}").parse::<Rule>() {
        assert_eq!(rule.to_string().parse::<Rule>().as_ref(), Ok(&rule));
        let rules = Rules::default().deny(rule.clone());
        let chars = |text: &str| text.chars().collect::<Vec<_>>();
        let expected = fits(&chars(pattern), &chars(text));
        let denied = is_denied(&rules, Object::Key(text));
        assert_eq!(denied, expected, "{pattern:?} {text:?}");
        if denied {
            // One of two is enough to be denied, and not enough to be allowed.
            assert!(is_denied(&rules, Object::Paths(other, text)));
            let allow = Rules::default().allow(rule.clone());
            assert!(!is_denied(&allow, Object::Key(text)));
            // A rule that denies wins.
            assert!(is_denied(&allow.deny(rule), Object::Key(text)));
        }
        let _ = is_denied(&rules, Object::Host(text, port));
        assert!(!is_denied(&rules, Object::Bytes(7)));
    }
    // Where a grant lets a request go is below the name the grant says.
    let is_plain = |c: char| c.is_ascii_alphanumeric() || c == '.' || c == '-';
    if pattern.chars().all(is_plain)
        && let Some((_, host, _)) = destination(&format!("https://*.{pattern}"), text)
    {
        assert!(host.ends_with(&format!(".{}", pattern.to_lowercase())), "{host}");
    }
    let _ = destination(pattern, text);
    if !pattern.contains('*') {
        assert_eq!(may_send(pattern, text), pattern == text);
    } else if pattern == "*" {
        assert!(may_send(pattern, text));
    } else {
        let _ = may_send(pattern, text);
    }
});
