//! Paths that are lists of segments.

use super::percent::{self, Set};
use super::{Path, Url};

/// Whether these are two characters that DOS would take for a drive.
pub fn is_drive_letter(segment: &str) -> bool {
    matches!(segment.as_bytes(), [letter, b':' | b'|'] if letter.is_ascii_alphabetic())
}

/// The same, if the second is a colon.
fn is_normalized_drive_letter(segment: &str) -> bool {
    is_drive_letter(segment) && segment.ends_with(':')
}

/// Whether a path begins with a drive letter and nothing else in that segment.
pub fn starts_with_drive_letter(path: &str) -> bool {
    path.get(..2).is_some_and(is_drive_letter)
        && matches!(
            path.as_bytes().get(2),
            None | Some(b'/' | b'\\' | b'?' | b'#')
        )
}

/// The first segment, if that is a drive letter.
pub fn drive_letter(path: &str) -> Option<&str> {
    let segment = path.get(1..3)?;
    let ends = matches!(path.as_bytes().get(3), None | Some(b'/'));
    (ends && is_normalized_drive_letter(segment)).then_some(segment)
}

fn is_single_dot(segment: &str) -> bool {
    segment == "." || segment.eq_ignore_ascii_case("%2e")
}

fn is_double_dot(segment: &str) -> bool {
    matches!(segment.len(), 2 | 4 | 6)
        && matches!(
            &*segment.to_ascii_lowercase(),
            ".." | ".%2e" | "%2e." | "%2e%2e"
        )
}

/// Drops the last segment, unless that is the drive.
pub fn shorten(path: &mut String, is_file: bool) {
    if is_file && path.len() == 3 && drive_letter(path).is_some() {
        return;
    }
    let end = path.rfind('/').unwrap_or(0);
    path.truncate(end);
}

impl Url {
    /// Appends the segments of `input` to the path; the first one has no slash before it.
    pub(super) fn append_path(&mut self, input: &str) {
        let (is_special, is_file) = (self.is_special(), self.is_file());
        let Path::List(path) = &mut self.path else {
            return;
        };
        let is_slash = |c: char| c == '/' || is_special && c == '\\';
        let mut segments = input.split(is_slash).peekable();
        while let Some(segment) = segments.next() {
            let is_last = segments.peek().is_none();
            if is_double_dot(segment) {
                shorten(path, is_file);
                if is_last {
                    path.push('/');
                }
            } else if is_single_dot(segment) {
                if is_last {
                    path.push('/');
                }
            } else {
                let is_drive = is_file && path.is_empty() && is_drive_letter(segment);
                path.push('/');
                match segment.get(..1) {
                    Some(letter) if is_drive => {
                        path.push_str(letter);
                        path.push(':');
                    }
                    _ => percent::encode(segment, Set::PATH, path),
                }
            }
        }
    }
}
