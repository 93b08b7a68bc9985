//! Names for headings, made as GitHub makes them, so that links into documents work in both places.

use std::collections::HashSet;

/// Makes each name once.
#[derive(Default)]
pub struct Slugs {
    used: HashSet<String>,
}

impl Slugs {
    /// A name for a heading with this text.
    pub fn make(&mut self, text: &str) -> String {
        let base: String = text
            .trim()
            .chars()
            .filter_map(|c| match c {
                ' ' => Some('-'),
                '-' | '_' => Some(c),
                c if c.is_alphanumeric() => Some(c),
                _ => None,
            })
            .flat_map(char::to_lowercase)
            .collect();
        let base = if base.is_empty() {
            "section".to_string()
        } else {
            base
        };
        let mut slug = base.clone();
        let mut number = 0;
        while !self.used.insert(slug.clone()) {
            number += 1;
            slug = format!("{base}-{number}");
        }
        slug
    }
}

#[cfg(test)]
mod tests {
    use super::Slugs;

    #[test]
    fn slugs_are_unique_and_lower_case() {
        let mut slugs = Slugs::default();
        assert_eq!(slugs.make("Grants & limits"), "grants--limits");
        assert_eq!(slugs.make("Überblick"), "überblick");
        assert_eq!(slugs.make("Überblick"), "überblick-1");
        assert_eq!(slugs.make("?"), "section");
        assert_eq!(slugs.make("section"), "section-1");
    }
}
