//! Calls as people write them: a function and its arguments in WAVE syntax.

use crate::misfit::{Misfit, in_kebab_case, of_arguments};
use anyhow::{Context, Result, anyhow, bail};
use outwit::{App, Function, Val};
use outwit_js::nearest;
use std::ops::Range;
use wasm_wave::parser::{ParserError, ParserErrorKind};
use wasm_wave::untyped::UntypedFuncCall;

/// A call as it was written.
pub struct Call<'a> {
    /// Everything before the function's name: a plugin, an interface, both or neither.
    prefix: Option<&'a str>,
    function: &'a str,
    /// Both.
    callee: &'a str,
    /// The function's name and its arguments.
    text: &'a str,
}

impl<'a> Call<'a> {
    /// Reads a call, without its arguments.
    pub fn parse(text: &'a str) -> Result<Self> {
        let text = text.trim();
        let no_call = || {
            let what = if text.is_empty() {
                String::from("there is no call")
            } else {
                format!("`{text}` is not a call")
            };
            format!("{what}; write a function and its arguments, as in 'greet(\"x\")'")
        };
        let open = text.find('(').with_context(no_call)?;
        let callee = &text[..open];
        // A version has dots too, and a function's name has none: the last dot or colon ends the prefix.
        let start = callee.rfind(['.', ':']).map_or(0, |at| at + 1);
        let prefix = (start > 0).then(|| &callee[..start - 1]);
        if callee[start..].trim().is_empty() {
            bail!(no_call());
        }
        Ok(Self {
            prefix,
            function: &callee[start..],
            callee,
            text: &text[start..],
        })
    }

    /// The plugin and the interface that the prefix may mean.
    fn readings(&self, plugins: &[&str]) -> Vec<(Option<&'a str>, Option<&'a str>)> {
        let Some(prefix) = self.prefix else {
            return vec![(None, None)];
        };
        let mut readings = vec![(None, Some(prefix))];
        if plugins.contains(&prefix) {
            readings.push((Some(prefix), None));
        }
        if let Some((plugin, interface)) = prefix.split_once(':')
            && plugins.contains(&plugin)
        {
            readings.push((Some(plugin), Some(interface)));
        }
        readings
    }

    /// The plugin and the function that are called, in an app.
    pub fn find(&self, app: &App, single: bool) -> Result<(String, Function)> {
        let plugins: Vec<String> = app.plugins().map(|p| p.name().to_owned()).collect();
        let plugins: Vec<&str> = plugins.iter().map(String::as_str).collect();
        let readings = self.readings(&plugins);
        let mut found = Vec::new();
        let mut known = Vec::new();
        let mut names = Vec::new();
        for plugin in &plugins {
            for function in app.functions(plugin)? {
                // The debugger's own, which it adds to a component.
                if function.name() == outwit_quickjs::debug::WAKE {
                    continue;
                }
                let wanted = function.name() == self.function
                    && readings.iter().any(|(p, i)| {
                        p.is_none_or(|p| p == *plugin)
                            && i.is_none_or(|i| names_interface(i, function.interface()))
                    });
                let name = describe((!single).then_some(plugin), &function);
                if wanted {
                    found.push((name, (*plugin).to_owned(), function));
                } else {
                    known.push(name);
                    names.push((self.as_written(plugin, &function), function));
                }
            }
        }
        if found.len() <= 1
            && let Some((_, plugin, function)) = found.pop()
        {
            return Ok((plugin, function));
        }
        match found.len() {
            0 if known.is_empty() => bail!("no function is exported at all"),
            0 => {
                let meant = self
                    .meant(&names)
                    .map_or(String::from("."), |near| format!("; is `{near}` meant?"));
                bail!(
                    "there is no function `{}`{meant} These are exported:\n  {}",
                    self.callee,
                    known.join("\n  ")
                )
            }
            _ => {
                let names: Vec<_> = found.into_iter().map(|(name, ..)| name).collect();
                bail!(
                    "`{}` is ambiguous; put the plugin or the interface in front:\n  {}",
                    self.callee,
                    names.join("\n  ")
                )
            }
        }
    }

    /// Which of the functions is meant by a name that is none's, as [`as_written`](Self::as_written).
    fn meant<'b>(&self, names: &'b [(String, Function)]) -> Option<&'b str> {
        // A long interface does not make functions alike.
        let alike = names
            .iter()
            .filter(|(_, function)| nearest(self.function, &[function.name()]).is_some());
        let alike: Vec<&str> = alike.map(|(written, _)| written.as_str()).collect();
        nearest(self.callee, &alike).or_else(|| {
            // The same function of another interface, whatever that is called.
            let mut same = names
                .iter()
                .filter(|(_, function)| function.name() == self.function);
            match (same.next(), same.next()) {
                (Some((written, _)), None) => Some(written),
                _ => None,
            }
        })
    }

    /// A function's name, with as much in front of it as this call has.
    fn as_written(&self, plugin: &str, function: &Function) -> String {
        let (name, interface) = (function.name(), function.interface());
        let Some(prefix) = self.prefix else {
            return name.to_owned();
        };
        let interface = interface.map(|interface| match prefix.contains('@') {
            true => interface,
            false => interface.split('@').next().unwrap_or(interface),
        });
        match (interface, prefix.contains('/'), prefix.matches(':').count()) {
            (Some(interface), true, 2) => format!("{plugin}:{interface}.{name}"),
            (Some(interface), true, _) => format!("{interface}.{name}"),
            (None, true, 0 | 1) => name.to_owned(),
            _ => format!("{plugin}:{name}"),
        }
    }

    /// The arguments, as values of the function's parameters.
    pub fn params(&self, function: &Function) -> Result<Vec<Val>> {
        let call = UntypedFuncCall::parse(self.text)
            .map_err(|error| anyhow!("cannot read the call: {}", unreadable(self.text, &error)))?;
        let types: Vec<_> = function.ty().params().map(|(_, ty)| ty).collect();
        let misfit = call
            .params_node()
            .and_then(|params| of_arguments(&types, params, self.text));
        let converted = call.to_wasm_params::<Val>(&types);
        let what = match (converted, misfit) {
            // What the record does not have would be left out in silence.
            (Ok(_) | Err(_), Some(misfit)) if misfit.is_surplus => misfit.shown(self.text),
            (Ok(values), _) => return Ok(values),
            (Err(_), Some(misfit)) => misfit.shown(self.text),
            (Err(error), None) => {
                let given = call.params_node().and_then(|params| params.as_tuple().ok());
                let given = given.map_or(0, |given| given.len());
                let what = match error.kind() {
                    ParserErrorKind::InvalidParams if given != types.len() => format!(
                        "it takes {} argument{}, {given} {} given",
                        types.len(),
                        if types.len() == 1 { "" } else { "s" },
                        if given == 1 { "is" } else { "are" },
                    ),
                    _ => mistake(&error),
                };
                shown(&what, self.text, error.span())
            }
        };
        bail!(
            "the arguments do not fit `{}: {}`: {what}",
            function.name(),
            function.signature(),
        )
    }
}

/// Whether an interface is meant: by its full name, or without its version.
fn names_interface(meant: &str, interface: Option<&str>) -> bool {
    interface.is_some_and(|name| name == meant || name.split('@').next() == Some(meant))
}

fn describe(plugin: Option<&str>, function: &Function) -> String {
    let signature = function.signature();
    let name = function.full_name();
    match plugin {
        None => format!("{name}: {signature}"),
        Some(plugin) => format!("{plugin}:{name}: {signature}"),
    }
}

impl Misfit {
    fn shown(&self, text: &str) -> String {
        shown(&self.what, text, self.span.clone())
    }
}

/// What WAVE says of a mistake.
fn mistake(error: &ParserError) -> String {
    match (
        error.kind(),
        std::error::Error::source(error),
        error.detail(),
    ) {
        (ParserErrorKind::InvalidType, ..) => String::from("the value is of another type"),
        (_, Some(cause), _) => cause.to_string(),
        (ParserErrorKind::InvalidParams | ParserErrorKind::WasmValueError, _, Some(detail)) => {
            detail.to_owned()
        }
        (kind, _, Some(detail)) => format!("{kind}: {detail}"),
        (kind, ..) => kind.to_string(),
    }
}

/// Why a text is no call in WAVE, and where.
fn unreadable(text: &str, error: &ParserError) -> String {
    let at = error.span();
    let rest = text.get(at.start..).unwrap_or_default();
    let word = word_around(text, at.start);
    let name = text.get(word.clone()).unwrap_or_default();
    let kebab = in_kebab_case(name);
    if rest.starts_with('"')
        && text
            .get(..at.start)
            .is_some_and(|b| b.ends_with(['{', ' ', ',']))
        && rest.contains("\":")
    {
        return shown("the names of fields stand without quotes", text, at);
    }
    if rest.starts_with('"') {
        return shown(
            "the text does not end: its second `\"` is missing",
            text,
            at,
        );
    }
    if rest.starts_with('\'') {
        let what = "single quotes are for one character; a text stands in double quotes";
        return shown(what, text, at);
    }
    if name.starts_with(|c: char| c.is_ascii_alphabetic()) && kebab != name {
        let what = format!("names are in lower case, with - between words: `{kebab}`");
        return shown(&what, text, word);
    }
    let what = match error.kind() {
        ParserErrorKind::UnexpectedEnd => String::from("it ends too early"),
        ParserErrorKind::TrailingCharacters => String::from("nothing can stand behind the call"),
        ParserErrorKind::UnexpectedToken | ParserErrorKind::InvalidToken => {
            let token = text.get(at.clone()).unwrap_or_default();
            format!("`{token}` cannot stand here")
        }
        _ => mistake(error),
    };
    shown(&what, text, at)
}

/// The name that a place is in or behind.
fn word_around(text: &str, at: usize) -> Range<usize> {
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    let before = text.get(..at).unwrap_or_default();
    let start = before.trim_end_matches(is_part).len();
    let after = text.get(at..).unwrap_or_default();
    let end = at + (after.len() - after.trim_start_matches(is_part).len());
    start..end
}

/// A place in a call, below what is to be said about it.
fn shown(what: &str, text: &str, span: Range<usize>) -> String {
    if text.contains(['\n', '\t']) {
        return what.to_owned();
    }
    let before = text.get(..span.start).unwrap_or(text).chars().count();
    let width = text.get(span).unwrap_or_default().chars().count().max(1);
    format!(
        "{what}\n  {text}\n  {}{}",
        " ".repeat(before),
        "^".repeat(width)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> (Option<&str>, &str, &str) {
        let call = Call::parse(text).unwrap();
        (call.prefix, call.function, call.text)
    }

    #[test]
    fn the_function_is_what_stands_before_the_parenthesis() {
        assert_eq!(
            parsed("greet(\"a.b:c\")"),
            (None, "greet", "greet(\"a.b:c\")")
        );
        assert_eq!(
            parsed(" demo:g/fmt.add(1, 2)"),
            (Some("demo:g/fmt"), "add", "add(1, 2)")
        );
        assert_eq!(
            parsed("demo:g/fmt@0.1.0.add(1)"),
            (Some("demo:g/fmt@0.1.0"), "add", "add(1)")
        );
        assert_eq!(
            parsed("theme:demo:g/fmt.x()"),
            (Some("theme:demo:g/fmt"), "x", "x()")
        );
        assert_eq!(parsed("theme:x()"), (Some("theme"), "x", "x()"));
        assert!(Call::parse("greet").is_err());
    }

    #[test]
    fn a_prefix_can_be_a_plugin_an_interface_or_both() {
        let readings = |text| Call::parse(text).unwrap().readings(&["theme", "demo"]);
        assert_eq!(readings("x()"), [(None, None)]);
        assert_eq!(
            readings("theme:x()"),
            [(None, Some("theme")), (Some("theme"), None)]
        );
        assert_eq!(
            readings("demo:g/fmt.x()"),
            [(None, Some("demo:g/fmt")), (Some("demo"), Some("g/fmt"))]
        );
        assert_eq!(
            readings("theme:a:g/fmt.x()"),
            [
                (None, Some("theme:a:g/fmt")),
                (Some("theme"), Some("a:g/fmt"))
            ]
        );
    }

    #[test]
    fn a_version_may_be_left_out() {
        assert!(names_interface("demo:g/fmt", Some("demo:g/fmt@0.1.0")));
        assert!(names_interface(
            "demo:g/fmt@0.1.0",
            Some("demo:g/fmt@0.1.0")
        ));
        assert!(!names_interface(
            "demo:g/fmt@0.2.0",
            Some("demo:g/fmt@0.1.0")
        ));
        assert!(!names_interface("demo:g/fmt", None));
    }
}
