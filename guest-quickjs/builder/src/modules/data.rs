//! Modules that are not code: their default export is the content.

use super::compile::Compiled;
use super::plain;
use super::position::{frame, place};
use crate::JsError;
use std::path::Path;

/// What a file is taken for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Json,
    Text,
    Bytes,
}

/// Extensions of texts that are nothing else.
const TEXTS: [&str; 8] = ["txt", "md", "html", "css", "svg", "sql", "csv", "graphql"];

/// What a file is, by what the import says (`with { type: "text" }`) or by its name; nothing if it is code.
pub fn kind(path: &Path, attribute: Option<&str>) -> Option<Kind> {
    match attribute {
        Some("json") => return Some(Kind::Json),
        Some("text") => return Some(Kind::Text),
        Some("bytes") => return Some(Kind::Bytes),
        _ => {}
    }
    let extension = path.extension()?.to_str()?;
    if extension == "json" {
        Some(Kind::Json)
    } else if TEXTS.contains(&extension) {
        Some(Kind::Text)
    } else {
        None
    }
}

/// Makes a module of a file.
pub fn compile(path: &Path, name: &str, kind: Kind) -> Result<Compiled, JsError> {
    let text = match kind {
        Kind::Json => {
            let text = read_text(path, name)?;
            let value: serde_json::Value =
                serde_json::from_str(&text).map_err(|error| not_json(name, &text, &error))?;
            format!(
                "export default JSON.parse({});",
                literal(&value.to_string())
            )
        }
        Kind::Text => format!("export default {};", literal(&read_text(path, name)?)),
        Kind::Bytes => {
            let bytes = std::fs::read(path).map_err(|error| unreadable(name, &error))?;
            let numbers: Vec<String> = bytes.iter().map(u8::to_string).collect();
            format!("export default new Uint8Array([{}]);", numbers.join(","))
        }
    };
    Ok(plain(text))
}

fn not_json(name: &str, text: &str, error: &serde_json::Error) -> JsError {
    let (line, column) = (error.line() as u32, error.column() as u32);
    // It says the place at its end.
    let said = error.to_string();
    let what = said.split(" at line ").next().unwrap_or(&said);
    JsError {
        message: format!("this is not JSON: {what}"),
        file: Some(name.to_owned()),
        line: Some(line),
        column: Some(column),
        frame: frame(text, line, column),
        ..JsError::default()
    }
}

/// The text of a file.
pub fn read_text(path: &Path, name: &str) -> Result<String, JsError> {
    let bytes = std::fs::read(path).map_err(|error| unreadable(name, &error))?;
    let text = String::from_utf8(bytes).map_err(|error| {
        let good = error.utf8_error().valid_up_to();
        let before = String::from_utf8_lossy(error.as_bytes().get(..good).unwrap_or_default());
        let place = place(&before, before.len());
        let is_code = kind(path, None).is_none() && is_script(path);
        let hint = match is_code {
            true => "save it as UTF-8",
            false => "to import its bytes say `with { type: \"bytes\" }`",
        };
        JsError {
            message: format!("this file is not UTF-8 text; {hint}"),
            file: Some(name.to_owned()),
            line: place.map(|(line, _)| line),
            column: place.map(|(_, column)| column),
            ..JsError::default()
        }
    })?;
    Ok(text
        .strip_prefix('\u{feff}')
        .map(str::to_owned)
        .unwrap_or(text))
}

/// Whether a file's name says that it is code.
fn is_script(path: &Path) -> bool {
    let extension = path.extension().and_then(|extension| extension.to_str());
    extension.is_some_and(|extension| {
        let plain = extension.trim_start_matches(['c', 'm']);
        matches!(plain, "js" | "jsx" | "ts" | "tsx")
    })
}

fn unreadable(name: &str, error: &std::io::Error) -> JsError {
    JsError {
        message: format!("cannot read this file: {}", error.kind()),
        file: Some(name.to_owned()),
        ..JsError::default()
    }
}

/// A string literal of JavaScript.
pub fn literal(text: &str) -> String {
    // JSON is a subset of JavaScript
    serde_json::Value::from(text).to_string()
}
