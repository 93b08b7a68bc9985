use crate::{Atom, Global, Value, check, context, sys};
use std::fmt::Write as _;

/// An exception waits in the context; see [`take_exception`].
#[derive(Debug)]
pub struct Thrown;

/// What can throw.
pub type Js<T> = Result<T, Thrown>;

/// The class of an error.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ErrorKind {
    /// `Error`
    Error,
    /// `TypeError`
    Type,
    /// `RangeError`
    Range,
    /// `SyntaxError`
    Syntax,
}

/// The constructors, as they were before any other code ran.
static CONSTRUCTORS: Global<[Value; 4]> = Global::new([Value::UNDEFINED; 4]);

pub(crate) fn install() -> Js<()> {
    let global = Value::global();
    let names = ["Error", "TypeError", "RangeError", "SyntaxError"];
    for (index, name) in names.into_iter().enumerate() {
        let constructor = global.get_named(name)?;
        // SAFETY: one thread; nothing else runs.
        unsafe { (&mut *CONSTRUCTORS.get())[index] = constructor }
    }
    Ok(())
}

/// Throws an error of this class.
#[cold]
pub fn throw(kind: ErrorKind, message: &str) -> Thrown {
    // SAFETY: written once, before any code that throws.
    let constructor = unsafe { &(&*CONSTRUCTORS.get())[kind as usize] };
    let error = Value::string(message).and_then(|message| constructor.construct(&[message]));
    match error {
        Ok(error) => throw_value(error),
        Err(thrown) => thrown,
    }
}

/// Throws a value.
#[cold]
pub fn throw_value(value: Value) -> Thrown {
    // SAFETY: the context takes over the value.
    unsafe { sys::JS_Throw(context(), value.into_raw()) };
    Thrown
}

/// Fetches the exception that waits in the context.
#[cold]
pub fn take_exception() -> Value {
    // SAFETY: plain C call.
    Value::own(unsafe { sys::JS_GetException(context()) })
}

/// What there is to say about something thrown.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// `TypeError: cannot read property 'x' of undefined`
    pub message: String,
    /// The module where it happened.
    pub file: Option<String>,
    /// Counted from 1.
    pub line: Option<u32>,
    /// Counted from 1.
    pub column: Option<u32>,
    /// The calls that led there, one per line, innermost first.
    pub stack: String,
}

impl Report {
    /// Describes something thrown.
    #[cold]
    pub fn of(thrown: &Value) -> Report {
        let mut stack = stack(thrown);
        // the plugin's own code says more than that of a web API it called
        let is_own = |(file, ..): &(&str, u32, u32)| !file.starts_with("outwit:");
        let mut positions = stack.lines().filter_map(position);
        let place = positions.clone().find(is_own).or_else(|| positions.next());
        let (file, line, column) = match place {
            Some((file, line, column)) => (Some(file.to_owned()), Some(line), Some(column)),
            None => (None, None, None),
        };
        push_causes(&mut stack, thrown, CAUSES);
        Report {
            message: message(thrown),
            file,
            line,
            column,
            stack,
        }
    }

    /// As the JSON that the builder reads.
    pub fn to_json(&self) -> String {
        let mut json = String::from("{\"message\":");
        json_string(&mut json, &self.message);
        json.push_str(",\"file\":");
        match &self.file {
            Some(file) => json_string(&mut json, file),
            None => json.push_str("null"),
        }
        for (key, value) in [("line", self.line), ("column", self.column)] {
            let _ = match value {
                Some(value) => write!(json, ",\"{key}\":{value}"),
                None => write!(json, ",\"{key}\":null"),
            };
        }
        json.push_str(",\"stack\":");
        json_string(&mut json, &self.stack);
        json.push('}');
        json
    }
}

/// The calls that led to an error, one per line.
fn stack(thrown: &Value) -> String {
    let stack = text_property(thrown, "stack").unwrap_or_default();
    stack.trim_end_matches('\n').to_owned()
}

/// How many causes of causes are told, and how many errors of an `AggregateError`.
const CAUSES: usize = 8;

/// Adds the errors that an error says it comes from, each with its stack.
fn push_causes(out: &mut String, error: &Value, most: usize) {
    if most == 0 || !error.is_object() {
        return;
    }
    let property = |object: &Value, name: &str| {
        let found = object.get_named(name);
        found.unwrap_or_else(|_| {
            drop(take_exception());
            Value::UNDEFINED
        })
    };
    let push = |out: &mut String, before: &str, error: &Value| {
        if !out.is_empty() {
            out.push('\n');
        }
        out.push_str(before);
        out.push_str(&message(error));
        let stack = stack(error);
        if !stack.is_empty() {
            out.push('\n');
            out.push_str(&stack);
        }
    };
    let cause = property(error, "cause");
    if !cause.is_undefined() {
        push(out, "caused by: ", &cause);
        push_causes(out, &cause, most - 1);
    }
    // Only of errors: any object may have a property of this name.
    let errors = property(error, "errors");
    if text_property(error, "name").as_deref() != Some("AggregateError") || !errors.is_object() {
        return;
    }
    for index in 0..CAUSES {
        let error = property(&errors, &index.to_string());
        if error.is_undefined() {
            break;
        }
        push(out, "one of them: ", &error);
        push_causes(out, &error, most / 2);
    }
}

/// What an error says of itself, with the name of its class.
fn message(thrown: &Value) -> String {
    if thrown.is_object() {
        let name = text_property(thrown, "name");
        let message = text_property(thrown, "message");
        match (name, message) {
            (Some(name), Some(message)) if message.is_empty() => return name,
            (Some(name), Some(message)) => return format!("{name}: {message}"),
            (None, Some(message)) => return message,
            _ => {}
        }
    }
    let text = match thrown.text() {
        Ok(text) => text.as_str().to_owned(),
        Err(_) => {
            drop(take_exception());
            return "something that has no string form was thrown".to_owned();
        }
    };
    if thrown.is_string() {
        return text;
    }
    let shown = match text.starts_with("[object ") {
        true => json(thrown).unwrap_or(text),
        false => text,
    };
    format!("{shown} (thrown as it is, not as an Error)")
}

/// A plain object as JSON, if it is short.
fn json(value: &Value) -> Option<String> {
    const LONGEST: usize = 1000;
    // SAFETY: the values are alive, and the result is owned.
    let text = check(unsafe {
        sys::JS_JSONStringify(
            context(),
            value.raw(),
            Value::UNDEFINED.raw(),
            Value::UNDEFINED.raw(),
        )
    });
    let Ok(text) = text else {
        drop(take_exception());
        return None;
    };
    let text = text.text().ok()?.as_str().to_owned();
    (text.starts_with(['{', '[']) && text.len() <= LONGEST).then_some(text)
}

fn text_property(object: &Value, name: &str) -> Option<String> {
    if !object.is_object() {
        return None;
    }
    let found = Atom::new(name).and_then(|name| object.get(&name));
    match found {
        Ok(value) if value.is_string() => Some(value.text().ok()?.as_str().to_owned()),
        Ok(_) => None,
        Err(_) => {
            drop(take_exception());
            None
        }
    }
}

/// Reads `    at name (file:1:2)` or `    at file:1:2`.
fn position(line: &str) -> Option<(&str, u32, u32)> {
    let place = line.trim().strip_prefix("at ")?;
    let place = match place.strip_suffix(')') {
        Some(place) => place.get(place.rfind('(')? + 1..)?,
        None => place,
    };
    let (rest, column) = place.rsplit_once(':')?;
    let (file, line) = rest.rsplit_once(':')?;
    Some((file, line.parse().ok()?, column.parse().ok()?))
}

fn json_string(json: &mut String, text: &str) {
    json.push('"');
    for c in text.chars() {
        let _ = match c {
            '"' => write!(json, "\\\""),
            '\\' => write!(json, "\\\\"),
            '\n' => write!(json, "\\n"),
            c if c < ' ' => write!(json, "\\u{:04x}", c as u32),
            c => write!(json, "{c}"),
        };
    }
    json.push('"');
}
