//! When a breakpoint stops, and what it says instead.

/// How often code has to come to a breakpoint before it stops there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hit {
    Exactly(u64),
    AtLeast(u64),
    Every(u64),
}

impl Hit {
    /// Reads `3`, `== 3`, `>= 3`, `> 3` or `% 3`.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let digits = text.trim_start_matches(|c: char| !c.is_ascii_digit());
        let number: u64 = digits.parse().ok()?;
        Some(match text.strip_suffix(digits)?.trim() {
            "" | "=" | "==" => Self::Exactly(number),
            ">=" => Self::AtLeast(number),
            ">" => Self::AtLeast(number.saturating_add(1)),
            "%" if number > 0 => Self::Every(number),
            _ => return None,
        })
    }

    pub fn stops(self, hits: u64) -> bool {
        match self {
            Self::Exactly(number) => hits == number,
            Self::AtLeast(number) => hits >= number,
            Self::Every(number) => hits.is_multiple_of(number),
        }
    }
}

/// The parts of a message for the log: text, and expressions that stood in braces.
pub fn parts(message: &str) -> Vec<Result<&str, &str>> {
    let mut parts = Vec::new();
    let mut rest = message;
    while let Some((text, tail)) = rest.split_once('{') {
        let Some((expression, tail)) = tail.split_once('}') else {
            break;
        };
        parts.push(Ok(text));
        parts.push(Err(expression));
        rest = tail;
    }
    parts.push(Ok(rest));
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hits_are_counted_as_the_editor_says() {
        assert_eq!(Hit::parse("3"), Some(Hit::Exactly(3)));
        assert_eq!(Hit::parse(" >= 2 "), Some(Hit::AtLeast(2)));
        assert_eq!(Hit::parse("> 2"), Some(Hit::AtLeast(3)));
        assert_eq!(Hit::parse("%2"), Some(Hit::Every(2)));
        assert_eq!(Hit::parse("%0"), None);
        assert_eq!(Hit::parse("x"), None);
        assert!(Hit::Every(2).stops(4) && !Hit::Every(2).stops(3));
    }

    #[test]
    fn messages_have_expressions_in_braces() {
        assert_eq!(parts("a {b} c"), [Ok("a "), Err("b"), Ok(" c")]);
        assert_eq!(parts("a {b"), [Ok("a {b")]);
    }
}
