//! Calls as people write them: a function and its arguments in WAVE syntax.

use anyhow::{Context, Result, anyhow, bail};
use outwit::{App, Function, Val};
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
            format!(
                "`{text}` is not a call; write a function and its arguments, as in 'greet(\"x\")'"
            )
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
        for plugin in &plugins {
            for function in app.functions(plugin)? {
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
            0 => bail!(
                "no function `{}`; there is\n  {}",
                self.callee,
                known.join("\n  ")
            ),
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

    /// The arguments, as values of the function's parameters.
    pub fn params(&self, function: &Function) -> Result<Vec<Val>> {
        let call = UntypedFuncCall::parse(self.text)
            .map_err(|error| anyhow!("cannot read the call: {}", mistake(self.text, &error)))?;
        let types: Vec<_> = function.ty().params().map(|(_, ty)| ty).collect();
        call.to_wasm_params::<Val>(&types).map_err(|error| {
            anyhow!(
                "the arguments do not fit `{}: {}`: {}",
                function.name(),
                function.signature(),
                mistake(self.text, &error)
            )
        })
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

/// What is wrong with a call in WAVE, and where.
fn mistake(text: &str, error: &ParserError) -> String {
    let what = match (
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
    };
    if text.contains(['\n', '\t']) {
        return what;
    }
    let span = error.span();
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
