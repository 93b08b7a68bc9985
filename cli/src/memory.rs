//! `outwit inspect --memory`: what the memory of a plugin holds, once it is instantiated and after a call.

use crate::debug::AGENT;
use crate::grants::Grants;
use crate::run::Loaded;
use anyhow::Result;
use outwit::debug::{Answer, Debugger, Teller, WAKE};
use outwit::{Host, async_trait};
use serde_json::{Value, json};
use std::fmt::Write as _;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

/// What a plugin holds, as text or as JSON.
pub fn show(
    component: &Path,
    grants: &Grants,
    call: Option<&str>,
    as_json: bool,
) -> Result<String> {
    let watcher = Arc::new(Watcher::default());
    let host = Host::system().with_debugger(watcher.clone());
    let Loaded { app, single } = crate::run::app_on(component, grants, &[], Some(host))?;
    let memory = crate::run::block_on(async {
        let name = app.plugins().next().map(|plugin| plugin.name().to_owned());
        let name = name.unwrap_or_default();
        let functions = app.functions(&name)?;
        let is_javascript = functions.iter().any(|function| function.name() == WAKE);
        if is_javascript {
            app.call(&name, None, WAKE, &[]).await?;
        }
        if let Some(call) = call {
            crate::call::call(&app, single, call).await?;
            if is_javascript {
                app.call(&name, None, WAKE, &[]).await?;
            }
        }
        let metrics = app.metrics();
        Ok(metrics.plugins.get(&name).map_or(0, |plugin| plugin.memory))
    })?;
    let seen = watcher.0.lock().unwrap_or_else(PoisonError::into_inner);
    let start = seen.first().map(|rows| rows.as_slice());
    let end = seen
        .get(1)
        .map(|rows| rows.as_slice())
        .filter(|_| call.is_some());
    if as_json {
        let object = |rows: &[Row]| -> Value {
            let rows = rows.iter().map(|row| {
                let numbers = json!({ "count": row.count, "bytes": row.bytes });
                (row.kind.clone(), numbers)
            });
            Value::Object(rows.collect())
        };
        let difference = start.zip(end).map(|(start, end)| difference(start, end));
        let json = json!({
            "memory": memory,
            "start": start.map(object),
            "afterCall": end.map(object),
            "difference": difference.as_deref().map(object),
        });
        return Ok(format!("{json:#}\n"));
    }
    let Some(start) = start else {
        return Ok(format!(
            "linear memory: {memory} bytes; only plugins in JavaScript have a heap that is known\n"
        ));
    };
    Ok(table(start, end))
}

/// What makes up the heap; other kinds are parts of these.
const PARTS: [&str; 11] = [
    "atoms",
    "buffers and typed arrays",
    "bytecode",
    "fast arrays",
    "functions",
    "line tables",
    "objects",
    "properties",
    "shapes",
    "strings",
    REST,
];
/// What QuickJS does not tell apart: maps and sets, modules, and what allocating costs.
const REST: &str = "everything else";
/// The heap.
const ALL: &str = "all";

fn difference(start: &[Row], end: &[Row]) -> Vec<Row> {
    let rows = start.iter().zip(end).map(|(start, end)| Row {
        kind: start.kind.clone(),
        count: end.count - start.count,
        bytes: end.bytes - start.bytes,
    });
    rows.collect()
}

/// The largest kinds first, with their sum; then what is counted besides.
fn table(start: &[Row], end: Option<&[Row]>) -> String {
    let last = end.unwrap_or(start);
    let more = end.map(|end| difference(start, end));
    let mut order: Vec<usize> = (0..last.len()).collect();
    order.sort_by_key(|index| {
        let row = last.get(*index);
        let rank = row.map_or(2, |row| match row.kind.as_str() {
            kind if PARTS.contains(&kind) => 0,
            ALL => 1,
            _ => 2,
        });
        (rank, std::cmp::Reverse(row.map_or(0, |row| row.bytes)))
    });
    let mut text = format!("{:<26}{:>20}", "", "instantiated");
    if more.is_some() {
        let _ = write!(text, "{:>24}{:>24}", "after the call", "difference");
    }
    let _ = write!(text, "\n{:<26}{:>10}{:>10}", "kind", "count", "bytes");
    if more.is_some() {
        let _ = write!(text, "{0:>14}{1:>10}{0:>14}{1:>10}", "count", "bytes");
    }
    text.push('\n');
    for index in order {
        let Some(row) = start.get(index) else {
            continue;
        };
        let _ = write!(text, "{:<26}{:>10}{:>10}", row.kind, count(row), bytes(row));
        let columns = end.and_then(|end| end.get(index));
        if let Some((end, more)) = columns.zip(more.as_ref().and_then(|rows| rows.get(index))) {
            let _ = write!(text, "{:>14}{:>10}", count(end), bytes(end));
            let (more_count, more_bytes) = match (more.count, more.bytes) {
                (0, 0) => (String::new(), String::new()),
                (count, 0) => (format!("{count:+}"), String::new()),
                (0, bytes) => (String::new(), format!("{bytes:+}")),
                (count, bytes) => (format!("{count:+}"), format!("{bytes:+}")),
            };
            let _ = write!(text, "{more_count:>14}{more_bytes:>10}");
        }
        let kept = text.trim_end().len();
        text.truncate(kept);
        text.push('\n');
    }
    text
}

fn count(row: &Row) -> String {
    match row.kind.as_str() {
        REST => String::from("-"),
        _ => row.count.to_string(),
    }
}

/// Some kinds are parts of others, and have no size of their own.
fn bytes(row: &Row) -> String {
    match (row.bytes, row.count) {
        (0, 1..) => String::from("-"),
        (bytes, _) => bytes.to_string(),
    }
}

/// Adds what the kinds do not account for.
fn with_rest(mut rows: Vec<Row>) -> Vec<Row> {
    let bytes_of = |row: &Row| match row.kind.as_str() {
        ALL => row.bytes,
        kind if PARTS.contains(&kind) => -row.bytes,
        _ => 0,
    };
    let bytes = rows.iter().map(bytes_of).sum();
    rows.push(Row {
        kind: REST.to_owned(),
        count: 0,
        bytes,
    });
    rows
}

struct Row {
    kind: String,
    count: i64,
    bytes: i64,
}

/// Asks what the heap holds whenever the plugin is woken.
#[derive(Default)]
struct Watcher(Mutex<Vec<Vec<Row>>>);

#[async_trait]
impl Debugger for Watcher {
    async fn exchange(&self, teller: &Teller<'_>, message: String) -> Answer {
        if teller.component > 0 {
            return Answer::default();
        }
        let answer = |text: String, stopped| Answer { text, stopped };
        if message == "attach" {
            return answer(format!("{AGENT}\0"), true);
        }
        let message: Value = serde_json::from_str(&message).unwrap_or_default();
        let mut seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match message["t"].as_str() {
            Some("idle") => answer(json!({ "memory": seen.is_empty() }).to_string(), true),
            Some("answer") => {
                let entries = message["value"].as_array().map_or(&[][..], Vec::as_slice);
                let rows = entries.chunks_exact(3).filter_map(|row| match row {
                    [kind, count, bytes] => Some(Row {
                        kind: kind.as_str()?.to_owned(),
                        count: count.as_i64()?,
                        bytes: bytes.as_i64()?,
                    }),
                    _ => None,
                });
                seen.push(with_rest(rows.collect()));
                answer(json!({ "go": 0 }).to_string(), false)
            }
            _ => Answer::default(),
        }
    }
}
