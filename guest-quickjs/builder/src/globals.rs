//! Globals that a plugin's author may expect and that are not there.

/// Those that come with an import, each with its package.
const IMPORTED: [(&str, &str); 11] = [
    ("BroadcastChannel", "messaging"),
    ("WebSocket", "websocket"),
    ("clearInterval", "timers"),
    ("clearTimeout", "timers"),
    ("console", "console"),
    ("crypto", "crypto"),
    ("fetch", "fetch"),
    ("localStorage", "storage"),
    ("performance", "performance"),
    ("setInterval", "timers"),
    ("setTimeout", "timers"),
];

/// Those of other places, each with what to use.
const ELSEWHERE: [(&str, &str); 12] = [
    (
        "Buffer",
        "use `Uint8Array`, `TextEncoder` and `TextDecoder`",
    ),
    ("Deno", "use the web APIs"),
    (
        "XMLHttpRequest",
        "use `fetch`, with `include outwit:fetch/imports@0.1.0;` in the world",
    ),
    ("__dirname", "import texts and JSON as modules"),
    ("__filename", "import texts and JSON as modules"),
    ("alert", "use `console.log`"),
    ("document", "there is no page: return HTML as text"),
    ("process", "pass what has to be known as a parameter"),
    ("require", "use `import`"),
    ("sessionStorage", "use `localStorage`"),
    (
        "setImmediate",
        "use `setTimeout`, with `include outwit:timers/imports@0.1.0;` in the world",
    ),
    ("window", "use `globalThis`"),
];

/// What to do about an error that says that a global is not there: `ReferenceError: fetch is not defined`.
#[must_use]
pub fn about_global(message: &str) -> Option<String> {
    let (before, _) = message.split_once(" is not defined")?;
    let name = before.rsplit(' ').next()?;
    let find = |list: &[(&str, &'static str)]| {
        let found = list.iter().find(|(global, _)| *global == name);
        found.map(|(_, what)| *what)
    };
    if let Some(package) = find(&IMPORTED) {
        return Some(format!(
            "`{name}` is there if the world imports it: add `include outwit:{package}/imports@0.1.0;` to the world"
        ));
    }
    find(&ELSEWHERE).map(|instead| format!("plugins have no `{name}`: {instead}"))
}

#[cfg(test)]
mod tests {
    use super::about_global;

    #[test]
    fn only_globals_are_explained() {
        let hint = about_global("ReferenceError: fetch is not defined").unwrap();
        assert!(hint.contains("`include outwit:fetch/imports@0.1.0;`"));
        assert!(about_global("ReferenceError: process is not defined").is_some());
        assert_eq!(about_global("ReferenceError: total is not defined"), None);
        assert_eq!(about_global("TypeError: fetch is not a function"), None);
    }
}
