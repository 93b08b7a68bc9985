//! MIME types: the MIME Sniffing Standard. <https://mimesniff.spec.whatwg.org/#parsing-a-mime-type>

/// A MIME type.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Mime {
    /// In lower case, such as `text/html`.
    pub essence: String,
    /// Names in lower case, and values, as they came.
    pub parameters: Vec<(String, String)>,
}

fn is_space(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | ' ')
}

fn is_token(text: &str) -> bool {
    let is_token = |byte: u8| {
        byte.is_ascii_alphanumeric()
            || matches!(
                byte,
                b'!' | b'#'
                    | b'$'
                    | b'%'
                    | b'&'
                    | b'\''
                    | b'*'
                    | b'+'
                    | b'-'
                    | b'.'
                    | b'^'
                    | b'_'
                    | b'`'
                    | b'|'
                    | b'~'
            )
    };
    !text.is_empty() && text.bytes().all(is_token)
}

fn is_quotable(text: &str) -> bool {
    text.chars()
        .all(|c| matches!(c, '\t' | ' '..='~' | '\u{80}'..='\u{ff}'))
}

impl Mime {
    /// Parses a MIME type; nothing if it is none.
    pub fn parse(input: &str) -> Option<Mime> {
        let (essence, mut rest) = match input.trim_matches(is_space).split_once(';') {
            Some((essence, rest)) => (essence, Some(rest)),
            None => (input.trim_matches(is_space), None),
        };
        let (kind, subtype) = essence.split_once('/')?;
        let subtype = subtype.trim_end_matches(is_space);
        if !is_token(kind) || !is_token(subtype) {
            return None;
        }
        let mut mime = Mime {
            essence: format!("{kind}/{subtype}").to_ascii_lowercase(),
            parameters: Vec::new(),
        };
        while let Some(parameters) = rest {
            let parameters = parameters.trim_start_matches(is_space);
            let end = parameters.find([';', '=']).unwrap_or(parameters.len());
            let (name, after) = parameters.split_at_checked(end)?;
            let Some(value) = after.strip_prefix('=') else {
                rest = after.strip_prefix(';');
                continue;
            };
            let value = match value.strip_prefix('"') {
                Some(quoted) => {
                    let (value, after) = unquote(quoted);
                    rest = after.split_once(';').map(|(_, after)| after);
                    value
                }
                None => {
                    let (value, after) = match value.split_once(';') {
                        Some((value, after)) => (value, Some(after)),
                        None => (value, None),
                    };
                    rest = after;
                    let value = value.trim_end_matches(is_space);
                    if value.is_empty() {
                        continue;
                    }
                    value.to_owned()
                }
            };
            let name = name.to_ascii_lowercase();
            let is_new = mime.parameters.iter().all(|(known, _)| *known != name);
            if is_token(&name) && is_quotable(&value) && is_new {
                mime.parameters.push((name, value));
            }
        }
        Some(mime)
    }

    /// The MIME type that the values of a `content-type` header give, with commas between: the last that is one, and its charset or that of
    /// those of the same essence right before. <https://fetch.spec.whatwg.org/#concept-header-extract-mime-type>
    pub fn extract(values: &str) -> Option<Mime> {
        let mut last: Option<Mime> = None;
        let mut charset: Option<String> = None;
        for value in split(values) {
            let Some(mut mime) = Mime::parse(value).filter(|mime| mime.essence != "*/*") else {
                continue;
            };
            let own = mime.parameter("charset").map(str::to_owned);
            if last
                .as_ref()
                .is_none_or(|last| last.essence != mime.essence)
                || own.is_some()
            {
                charset = own;
            } else if let Some(charset) = &charset {
                let charset = charset.clone();
                mime.parameters.push(("charset".to_owned(), charset));
            }
            last = Some(mime);
        }
        last
    }

    /// The value of a parameter.
    pub fn parameter(&self, name: &str) -> Option<&str> {
        let found = self.parameters.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| &**value)
    }

    /// Writes it down.
    pub fn serialize(&self) -> String {
        let mut text = self.essence.clone();
        for (name, value) in &self.parameters {
            text.push(';');
            text.push_str(name);
            text.push('=');
            if is_token(value) {
                text.push_str(value);
                continue;
            }
            text.push('"');
            for c in value.chars() {
                if matches!(c, '"' | '\\') {
                    text.push('\\');
                }
                text.push(c);
            }
            text.push('"');
        }
        text
    }
}

/// What is in quotes, of which the first is gone already, and what follows them.
fn unquote(quoted: &str) -> (String, &str) {
    let mut value = String::new();
    let mut chars = quoted.chars();
    while let Some(c) = chars.next() {
        match c {
            '"' => break,
            '\\' => value.push(chars.next().unwrap_or('\\')),
            c => value.push(c),
        }
    }
    (value, chars.as_str())
}

/// The parts of a list, at commas that are not in quotes.
fn split(list: &str) -> impl Iterator<Item = &str> {
    let mut rest = Some(list);
    std::iter::from_fn(move || {
        let text = rest?;
        let (mut is_quoted, mut is_escaped) = (false, false);
        let comma = text.find(|c| {
            let is_comma = c == ',' && !is_quoted;
            match c {
                _ if is_escaped => is_escaped = false,
                '\\' if is_quoted => is_escaped = true,
                '"' => is_quoted = !is_quoted,
                _ => {}
            }
            is_comma
        });
        let part = comma.and_then(|comma| text.split_at_checked(comma));
        rest = part.map(|(_, rest)| rest.strip_prefix(',').unwrap_or(rest));
        Some(part.map_or(text, |(part, _)| part))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn extracted(values: &str) -> Option<String> {
        Mime::extract(values).map(|mime| mime.serialize())
    }

    #[test]
    fn the_last_type_counts_and_keeps_the_charset_of_its_equals() {
        let cases = [
            ("text/plain", Some("text/plain")),
            ("text/html;charset=gbk, text/plain", Some("text/plain")),
            (
                "text/html;charset=gbk;a=b, text/html;x=y",
                Some("text/html;x=y;charset=gbk"),
            ),
            (
                "text/html;charset=gbk;a=b, text/html;x=y;charset=utf-8",
                Some("text/html;x=y;charset=utf-8"),
            ),
            (
                "text/html;charset=gbk, x/x, text/html;x=y",
                Some("text/html;x=y"),
            ),
            ("text/html, */*", Some("text/html")),
            (
                "text/html;charset=gbk, */*;charset=GBK",
                Some("text/html;charset=gbk"),
            ),
            (
                r#"text/html;a=",x/x", cannot"#,
                Some(r#"text/html;a=",x/x""#),
            ),
            (r#"x/x;a="\",text/html"#, Some(r#"x/x;a="\",text/html""#)),
            ("*/*", None),
            (",", None),
        ];
        for (values, expected) in cases {
            assert_eq!(extracted(values).as_deref(), expected, "{values}");
        }
    }
}
