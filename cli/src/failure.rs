//! What went wrong, for programs: with `--json` on the command line.

use serde_json::{Map, Value, json};

/// `{ "error": { "message", "causes", "file", "line", "column", "details" } }`. The place is there if the message begins with one,
/// the details if there is more than a line: the lines around the place, a stack.
pub fn json(error: &anyhow::Error) -> Value {
    let text = error.to_string();
    let (first, details) = text.split_once('\n').unwrap_or((&text, ""));
    let mut fields = Map::new();
    let message = match place(first) {
        Some((file, line, column, message)) => {
            fields.insert("file".into(), json!(file));
            fields.insert("line".into(), json!(line));
            fields.insert("column".into(), json!(column));
            message
        }
        None => first,
    };
    fields.insert("message".into(), json!(message));
    if !details.is_empty() {
        fields.insert("details".into(), json!(details));
    }
    let causes: Vec<String> = error.chain().skip(1).map(ToString::to_string).collect();
    let causes: Vec<String> = causes
        .into_iter()
        .filter(|cause| !text.contains(cause.as_str()))
        .collect();
    if !causes.is_empty() {
        fields.insert("causes".into(), json!(causes));
    }
    json!({ "error": fields })
}

/// The place that a message begins with: `file:line:column: message`.
fn place(text: &str) -> Option<(&str, u32, u32, &str)> {
    let (place, message) = text.split_once(": ")?;
    let (rest, column) = place.rsplit_once(':')?;
    let (file, line) = rest.rsplit_once(':')?;
    Some((file, line.parse().ok()?, column.parse().ok()?, message))
}

/// Whether the command line asks for JSON.
pub fn is_wanted() -> bool {
    let mut args = std::env::args_os().skip(1).take_while(|arg| arg != "--");
    args.any(|arg| arg == "--json")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_told_apart_from_texts() {
        assert_eq!(place("a.ts:1:2: no"), Some(("a.ts", 1, 2, "no")));
        assert_eq!(
            place("C:\\a.ts:1:2: a: b"),
            Some(("C:\\a.ts", 1, 2, "a: b"))
        );
        assert_eq!(place("cannot read a.ts: no"), None);
        assert_eq!(place("127.0.0.1:80: no"), None);
    }

    #[test]
    fn causes_are_listed_once() {
        let error = anyhow::anyhow!("inner")
            .context("outer")
            .context("w.wit:1:2: most\n> 1 | w");
        assert_eq!(
            json(&error),
            json!({ "error": {
                "file": "w.wit", "line": 1, "column": 2, "message": "most", "details": "> 1 | w",
                "causes": ["outer", "inner"],
            } })
        );
    }
}
