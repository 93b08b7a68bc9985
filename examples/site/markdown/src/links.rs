//! Where links point to once the Markdown files are web pages.

/// The link to use in HTML for `target` in Markdown. `None` for links that could do harm, such as
/// `javascript:`.
pub fn to_page(target: &str) -> Option<String> {
    if let Some(scheme) = scheme(target) {
        let harmless = ["http", "https", "mailto"]
            .iter()
            .any(|known| scheme.eq_ignore_ascii_case(known));
        return harmless.then(|| target.to_string());
    }
    if target.starts_with('/') || target.starts_with('#') {
        return Some(target.to_string());
    }
    let end = target.find(['#', '?']).unwrap_or(target.len());
    let (path, rest) = target.split_at(end);
    let page = match path.strip_suffix(".md") {
        Some(stem) => match stem.strip_suffix("README") {
            Some(folder) if folder.is_empty() || folder.ends_with('/') => {
                format!("{folder}index.html")
            }
            _ => format!("{stem}.html"),
        },
        None => path.to_string(),
    };
    Some(page + rest)
}

/// The part before the colon, if `target` is an absolute URL. Browsers drop tabs, line breaks and leading
/// control characters before they look for it, so this does too.
fn scheme(target: &str) -> Option<String> {
    let seen: String = target
        .trim_start_matches(|c: char| c <= ' ')
        .chars()
        .filter(|c| !matches!(c, '\t' | '\r' | '\n'))
        .collect();
    let (scheme, _) = seen.split_once(':')?;
    let well_formed = scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.'));
    well_formed.then(|| scheme.to_string())
}

#[cfg(test)]
mod tests {
    use super::to_page;

    #[test]
    fn markdown_files_become_pages() {
        for (target, page) in [
            ("docs/concepts.md", "docs/concepts.html"),
            ("docs/concepts.md#grants", "docs/concepts.html#grants"),
            ("README.md", "index.html"),
            ("../README.md#a", "../index.html#a"),
            ("NOTREADME.md", "NOTREADME.html"),
            ("picture.png", "picture.png"),
            ("#here", "#here"),
            ("https://example.com/a.md", "https://example.com/a.md"),
        ] {
            assert_eq!(to_page(target).as_deref(), Some(page), "{target}");
        }
    }

    #[test]
    fn harmful_schemes_are_dropped() {
        for target in [
            "javascript:alert(1)",
            "JavaScript:alert(1)",
            " java\nscript:alert(1)",
            "\u{1}javascript:alert(1)",
            "data:text/html,x",
            "vbscript:x",
        ] {
            assert_eq!(to_page(target), None, "{target}");
        }
    }
}
