//! WebAssembly frames as people read them: innermost first, with the names of Rust's functions as their author wrote them,
//! and without those that are no part of the plugin's own code.

use wasmtime::{FrameInfo, WasmBacktrace};

use crate::text::visible;

/// How functions begin that only carry a panic out.
const PANIC: [&str; 5] = ["__rustc::", "core::", "std::", "alloc::", "rust_"];

/// The frames, one a line: `at hello::greet (src/lib.rs:3:5)`.
pub(crate) fn frames(trace: &WasmBacktrace) -> String {
    // Only in this form are names demangled.
    let text = trace.to_string();
    let frames: Vec<String> = trace
        .frames()
        .iter()
        .zip(names(&text))
        .flat_map(|(frame, name)| lines(frame, name))
        .collect();
    let is_panic = |frame: &String| {
        let name = frame.trim_start_matches("at ").trim_start_matches('<');
        PANIC.iter().any(|start| name.starts_with(start))
    };
    let panics = frames.iter().any(|frame| frame.contains("panicking"));
    let skipped = match panics {
        true => frames.iter().take_while(|frame| is_panic(frame)).count(),
        false => 0,
    };
    // All of it is better than nothing.
    let skipped = if skipped == frames.len() { 0 } else { skipped };
    visible(&recursion_once(frames.get(skipped..).unwrap_or_default()).join("\n"))
}

/// The frames with only one of a function that calls itself.
fn recursion_once(frames: &[String]) -> Vec<String> {
    let mut out = Vec::new();
    for group in frames.chunk_by(|a, b| a == b) {
        out.extend(group.first().cloned());
        if let more @ 1.. = group.len() - 1 {
            out.push(format!("at the same, {more} times more"));
        }
    }
    out
}

/// The names of the functions of a backtrace: `  0:  0x1a2b - module!name`.
fn names(text: &str) -> impl Iterator<Item = Option<&str>> {
    let is_frame = |line: &&str| {
        let number = line.trim_start().split(':').next().unwrap_or_default();
        !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit())
    };
    text.lines().skip(1).filter(is_frame).map(|line| {
        let (_, place) = line.split_once(" - ")?;
        Some(place)
    })
}

/// A frame, and what was inlined into it.
fn lines(frame: &FrameInfo, place: Option<&str>) -> Vec<String> {
    let place = place.unwrap_or("<unknown>");
    let (module, name) = match place.split_once('!') {
        // With debug information there is no module in front.
        Some((module, name)) if frame.symbols().is_empty() => (module, name),
        _ => ("", place),
    };
    let name = rust_name(name);
    let offset = frame.module_offset().unwrap_or_default();
    let shown = match name.contains("::") || module.is_empty() {
        true => name,
        false => format!("{module}!{name}"),
    };
    if frame.symbols().is_empty() {
        // What has no name is found by its place.
        return vec![match shown.contains("<wasm function") {
            true => format!("at {shown} ({offset:#x})"),
            false => format!("at {shown}"),
        }];
    }
    let symbols = frame.symbols().iter().enumerate();
    let lines = symbols.map(|(index, symbol)| {
        let own = symbol.name().map(demangled);
        let name = match (index, own) {
            (_, Some(name)) => name,
            (0, None) => shown.clone(),
            (_, None) => String::from("<inlined function>"),
        };
        let Some(file) = symbol.file() else {
            return format!("at {name}");
        };
        let mut at = format!("at {name} ({}", relative(file));
        for number in [symbol.line(), symbol.column()].into_iter().flatten() {
            at.push_str(&format!(":{number}"));
        }
        at + ")"
    });
    lines.collect()
}

/// A name of the debug information, which wasmtime gives as it is there.
fn demangled(name: &str) -> String {
    rust_name(&rustc_demangle::demangle(name).to_string())
}

/// A name without the hashes that the compiler adds: `::h0123456789abcdef` at the end, `[0123456789abcdef]` behind a crate.
fn rust_name(name: &str) -> String {
    let mut out = String::new();
    let mut rest = name;
    while let Some(at) = rest.find('[') {
        let (before, inside) = rest.split_at(at);
        let end = inside.find(']').map_or(inside.len(), |end| end + 1);
        let hash = inside.get(1..end.saturating_sub(1)).unwrap_or_default();
        out.push_str(before);
        if hash.len() < 8 || !hash.bytes().all(|b| b.is_ascii_hexdigit()) {
            out.push_str(inside.get(..end).unwrap_or_default());
        }
        rest = inside.get(end..).unwrap_or_default();
    }
    out.push_str(rest);
    let is_hash = |hash: &str| hash.len() == 16 && hash.bytes().all(|b| b.is_ascii_hexdigit());
    match out.rsplit_once("::h") {
        Some((name, hash)) if is_hash(hash) => name.to_owned(),
        _ => out,
    }
}

/// A file of the crate as its author knows it, one of others from their name on: no path of the machine it was built on.
fn relative(file: &str) -> &str {
    for start in ["/registry/src/", "/library/"] {
        if let Some((_, rest)) = file.split_once(start) {
            return match start {
                "/library/" => rest,
                _ => rest.split_once('/').map_or(rest, |(_, rest)| rest),
            };
        }
    }
    match file.rfind("/src/") {
        Some(at) if file.starts_with('/') => file.get(at + 1..).unwrap_or(file),
        _ => file,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_are_left_out() {
        for (mangled, plain) in [
            ("hello::greet::h0123456789abcdef", "hello::greet"),
            ("hello[0123456789abcdef]::greet", "hello::greet"),
            (
                "<a[12345678abcdef00]::B as c[00000000deadbeef]::D>::e",
                "<a::B as c::D>::e",
            ),
            ("hello::hash", "hello::hash"),
            ("<[u8]>::len", "<[u8]>::len"),
            ("a::b[", "a::b["),
        ] {
            assert_eq!(rust_name(mangled), plain);
        }
    }

    #[test]
    fn paths_of_machines_are_left_out() {
        for (path, plain) in [
            ("/home/ann/hello/src/lib.rs", "src/lib.rs"),
            ("src/lib.rs", "src/lib.rs"),
            (
                "/rustc/1234/library/core/src/option.rs",
                "core/src/option.rs",
            ),
            (
                "/home/ann/.cargo/registry/src/index.crates.io-1/serde-1.0.0/src/de.rs",
                "serde-1.0.0/src/de.rs",
            ),
        ] {
            assert_eq!(relative(path), plain);
        }
    }
}
