//! What values were like when somebody agreed with them: in `__snapshots__/NAME.snap` beside a file of tests, or in the file itself. The form is
//! that of vitest, so that a suite that runs in both has the same.

use super::fakes::lock;
use anyhow::{Context, Result, bail};
use outwit_quickjs::source_map::SourceMaps;
use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Mutex;

/// What happens to snapshots that are not there, or are different.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mode {
    /// New ones are written.
    New,
    /// All are written.
    Update,
    /// None is written.
    #[default]
    Keep,
}

/// What became of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    pub written: usize,
    pub updated: usize,
    pub removed: usize,
    /// Nobody asks for them any more.
    pub obsolete: usize,
}

/// The snapshots of a file of tests.
#[derive(Default)]
pub struct Snapshots {
    path: PathBuf,
    folder: PathBuf,
    mode: Mode,
    maps: SourceMaps,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    entries: BTreeMap<String, String>,
    used: BTreeSet<String>,
    /// By file, line and column of the call.
    inline: BTreeMap<(PathBuf, u32, u32), String>,
    counts: Counts,
}

const HEADER: &str = "// Vitest Snapshot v1, https://vitest.dev/guide/snapshot.html";

impl Snapshots {
    /// Those of `test`; names in stacks are relative to `folder`.
    pub fn read(test: &Path, folder: &Path, mode: Mode, maps: SourceMaps) -> Result<Snapshots> {
        let name = test.file_name().unwrap_or_default().to_string_lossy();
        let beside = test.parent().unwrap_or(Path::new(""));
        let path = beside.join("__snapshots__").join(format!("{name}.snap"));
        let entries = match std::fs::read_to_string(&path) {
            Ok(text) => parse(&text).with_context(|| {
                format!(
                    "{} is not a file of snapshots; remove it, and they are written anew",
                    path.display()
                )
            })?,
            Err(_) => BTreeMap::new(),
        };
        Ok(Snapshots {
            path,
            folder: folder.to_owned(),
            mode,
            maps,
            state: Mutex::new(State {
                entries,
                ..State::default()
            }),
        })
    }

    /// Compares a value with its snapshot; gives what came of that, and what the snapshot was.
    pub fn compare(&self, name: &str, text: &str) -> (&'static str, Option<String>) {
        let mut state = lock(&self.state);
        state.used.insert(name.to_owned());
        let before = state.entries.get(name).cloned();
        let answer = match (&before, self.mode) {
            (Some(before), _) if before == text => "same",
            (None, Mode::Keep) => "missing",
            (Some(_), Mode::New | Mode::Keep) => "different",
            (before, _) => {
                match before {
                    Some(_) => state.counts.updated += 1,
                    None => state.counts.written += 1,
                }
                state.entries.insert(name.to_owned(), text.to_owned());
                "written"
            }
        };
        (answer, before)
    }

    /// Does the same with one that is not what the source has at the place where a stack begins.
    pub fn inline(&self, text: &str, stack: &str, is_there: bool) -> &'static str {
        match (self.mode, is_there) {
            (Mode::Keep, false) => return "missing",
            (Mode::New | Mode::Keep, true) => return "different",
            _ => {}
        }
        let stack = self.maps.stack(stack).text;
        let Some((file, line, column)) = place(&stack) else {
            return "different";
        };
        let place = (self.folder.join(file), line, column);
        let mut state = lock(&self.state);
        if let Some(other) = state.inline.get(&place) {
            // a test that is run for several rows
            return if other == text { "same" } else { "different" };
        }
        match is_there {
            true => state.counts.updated += 1,
            false => state.counts.written += 1,
        }
        state.inline.insert(place, text.to_owned());
        "written"
    }

    /// Writes down what is new. What nobody has asked for goes, if all tests were run.
    pub fn finish(&self, is_whole: bool) -> Result<Counts> {
        let mut state = lock(&self.state);
        let State {
            entries,
            used,
            inline,
            counts,
        } = &mut *state;
        if is_whole {
            let before = entries.len();
            if self.mode == Mode::Update {
                entries.retain(|name, _| used.contains(name));
                counts.removed = before - entries.len();
            } else {
                counts.obsolete = entries.keys().filter(|name| !used.contains(*name)).count();
            }
        }
        let is_changed = counts.written + counts.updated + counts.removed > inline.len();
        if is_changed {
            write(&self.path, entries)?;
        }
        for file in inline
            .keys()
            .map(|(file, ..)| file)
            .collect::<BTreeSet<_>>()
        {
            let source = std::fs::read_to_string(file)
                .with_context(|| format!("cannot read {}", file.display()))?;
            let of_file = inline.iter().filter(|((other, ..), _)| other == file);
            let edits = of_file.map(|((_, line, column), text)| (*line, *column, text.as_str()));
            let edited = insert(&source, edits)
                .with_context(|| format!("cannot write a snapshot into {}", file.display()))?;
            std::fs::write(file, edited)
                .with_context(|| format!("cannot write {}", file.display()))?;
        }
        Ok(*counts)
    }
}

/// The place in the first line of a stack that has one: `at f (plugin.test.ts:7:37)`.
fn place(stack: &str) -> Option<(&str, u32, u32)> {
    stack.lines().find_map(|line| {
        let line = line.trim().strip_prefix("at ").unwrap_or(line.trim());
        if line.contains("outwit:test") || line.contains("(native)") {
            return None;
        }
        let place = line.rsplit('(').next()?.trim_end_matches(')');
        let mut parts = place.rsplitn(3, ':');
        let column = parts.next()?.parse().ok()?;
        let line = parts.next()?.parse().ok()?;
        Some((parts.next()?, line, column))
    })
}

fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\")
        .replace('`', "\\`")
        .replace("${", "\\${")
}

/// Reads from after a quote to the next that is not escaped; gives the text, and what follows.
fn quoted(text: &str) -> Option<(String, &str)> {
    let mut found = String::new();
    let mut chars = text.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            '`' => return Some((found, text.get(at + 1..)?)),
            '\\' => found.push(chars.next()?.1),
            c => found.push(c),
        }
    }
    None
}

fn parse(text: &str) -> Option<BTreeMap<String, String>> {
    let mut entries = BTreeMap::new();
    let mut rest = text;
    while let Some(at) = rest.find("exports[`") {
        let (name, after) = quoted(rest.get(at + "exports[`".len()..)?)?;
        let after = after.strip_prefix("] = `")?;
        let (value, after) = quoted(after)?;
        entries.insert(name, value);
        rest = after.strip_prefix(';')?;
    }
    Some(entries)
}

fn write(path: &Path, entries: &BTreeMap<String, String>) -> Result<()> {
    if entries.is_empty() {
        let _ = std::fs::remove_file(path);
        return Ok(());
    }
    let mut names: Vec<&String> = entries.keys().collect();
    names.sort_by(|a, b| natural(a, b));
    let mut text = format!("{HEADER}\n");
    for name in names {
        let value = entries.get(name).map(String::as_str).unwrap_or_default();
        text.push_str(&format!(
            "\nexports[`{}`] = `{}`;\n",
            escaped(name),
            escaped(value)
        ));
    }
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)
            .with_context(|| format!("cannot make the folder {}", folder.display()))?;
    }
    std::fs::write(path, text).with_context(|| format!("cannot write {}", path.display()))
}

/// The order in which `a 2` comes before `a 10`.
fn natural(a: &str, b: &str) -> Ordering {
    let number = |text: &str| -> Option<(u64, usize)> {
        let digits = text.bytes().take_while(u8::is_ascii_digit).count();
        Some((text.get(..digits)?.parse().ok()?, digits))
    };
    let (mut a, mut b) = (a, b);
    loop {
        if let (Some((x, after_x)), Some((y, after_y))) = (number(a), number(b)) {
            if x != y {
                return x.cmp(&y);
            }
            (a, b) = (
                a.get(after_x..).unwrap_or(""),
                b.get(after_y..).unwrap_or(""),
            );
            continue;
        }
        let (mut x, mut y) = (a.chars(), b.chars());
        match (x.next(), y.next()) {
            (Some(one), Some(other)) if one == other => (a, b) = (x.as_str(), y.as_str()),
            (one, other) => return one.cmp(&other),
        }
    }
}

/// Puts snapshots into the calls at these places of a source, by line and column from 1.
fn insert<'a>(
    source: &str,
    edits: impl DoubleEndedIterator<Item = (u32, u32, &'a str)>,
) -> Result<String> {
    const CALL: &str = "InlineSnapshot(";
    let mut edited = source.to_owned();
    // From the end to the beginning: so places stay what they are.
    for (line, column, text) in edits.rev() {
        let start: usize = source
            .split_inclusive('\n')
            .take(usize::try_from(line)?.saturating_sub(1))
            .map(str::len)
            .sum();
        let row = source.get(start..).unwrap_or_default();
        let indent: String = row
            .chars()
            .take_while(|c| matches!(c, ' ' | '\t'))
            .collect();
        let before: usize = row
            .chars()
            .take(usize::try_from(column)?.saturating_sub(1))
            .map(char::len_utf8)
            .sum();
        // The place is that of the name or of what follows it.
        let name = "toThrowErrorMatching".len() + CALL.len();
        let mut from = row
            .get(..before)
            .map_or(0, |text| text.len().saturating_sub(name));
        while !row.is_char_boundary(from) {
            from += 1;
        }
        let calls = row.get(from..).unwrap_or_default().match_indices(CALL);
        let open = calls
            .map(|(at, _)| from + at + CALL.len())
            .find(|open| *open >= before)
            .context("the call is not where it seemed to be")?;
        let argument = row.get(open..).unwrap_or_default();
        let blank = argument.len() - argument.trim_start().len();
        let argument = argument.trim_start();
        let old = if argument.starts_with(')') {
            0
        } else if let Some(inside) = argument.strip_prefix('`') {
            let (_, after) = quoted(inside).context("a text has no end")?;
            argument.len() - after.len()
        } else {
            bail!("what is in the call at line {line} is no text in backticks");
        };
        let at = start + open + blank;
        edited.replace_range(at..at + old, &literal(text, &indent));
    }
    Ok(edited)
}

/// A snapshot as it stands in a source.
fn literal(text: &str, indent: &str) -> String {
    let text = escaped(text);
    let Some(inside) = text
        .strip_prefix('\n')
        .and_then(|text| text.strip_suffix('\n'))
    else {
        return format!("`{text}`");
    };
    let lines: String = inside
        .split('\n')
        .map(|line| match line {
            "" => "\n".to_owned(),
            line => format!("{indent}  {line}\n"),
        })
        .collect();
    format!("`\n{lines}{indent}`")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.snap");
        let entries: BTreeMap<String, String> = [
            ("a 10", "`${x}` \\ \\`"),
            ("a 2", "\n{\n  \"a\": 1,\n}\n"),
            ("b`c", ""),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into();
        write(&path, &entries).unwrap();
        let text = std::fs::read_to_string(&path).unwrap();
        assert_eq!(parse(&text), Some(entries));
        assert!(
            text.find("a 2").unwrap() < text.find("a 10").unwrap(),
            "{text}"
        );
        assert_eq!(parse("exports[`a`] = `b"), None);
        assert_eq!(parse("exports[`a"), None);
    }

    #[test]
    fn snapshots_are_put_into_sources() {
        let source = "it('a', () => {\n    expect(a).toMatchInlineSnapshot(); expect(b).toMatchInlineSnapshot( `old\\`` );\n});\n";
        let at =
            |part: &str| u32::try_from(source.lines().nth(1).unwrap().find(part).unwrap()).unwrap();
        let [one, other] = [at("toMatch") + 1, at(" expect(b)") + 12];
        let edited = insert(
            source,
            [(2, one, "\n{\n  \"a\": 1,\n}\n"), (2, other, "\"x\"")].into_iter(),
        );
        assert_eq!(
            edited.unwrap(),
            "it('a', () => {\n    expect(a).toMatchInlineSnapshot(`\n      {\n        \"a\": 1,\n      }\n    `); expect(b).toMatchInlineSnapshot( `\"x\"` );\n});\n"
        );
        assert!(insert("f();\n", [(1, 1, "x")].into_iter()).is_err());
        assert!(insert("é", [(9, 9, "x")].into_iter()).is_err());
    }

    #[test]
    fn places_are_found_in_stacks() {
        let stack = "    at file (outwit:test.expect.js:3:4)\n    at f (a/b.test.ts:7:37)\n";
        assert_eq!(place(stack), Some(("a/b.test.ts", 7, 37)));
        assert_eq!(place("    at a.test.ts:7:3"), Some(("a.test.ts", 7, 3)));
        assert_eq!(place("nothing"), None);
    }
}
