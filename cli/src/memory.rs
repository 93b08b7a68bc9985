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
                (
                    row.kind.clone(),
                    json!({ "count": row.count, "bytes": row.bytes }),
                )
            });
            Value::Object(rows.collect())
        };
        let json = json!({
            "memory": memory,
            "start": start.map(object),
            "afterCall": end.map(object),
        });
        return Ok(format!("{json:#}\n"));
    }
    let Some(start) = start else {
        return Ok(format!(
            "linear memory: {memory} bytes; only plugins in JavaScript have a heap that is known\n"
        ));
    };
    let mut text = String::from("                               instantiated");
    if end.is_some() {
        text.push_str("                after the call");
    }
    text.push_str("\nkind                           count     bytes");
    if end.is_some() {
        text.push_str("           count     bytes");
    }
    text.push('\n');
    for (index, row) in start.iter().enumerate() {
        let _ = write!(text, "{:<26}{:>10}{:>10}", row.kind, row.count, bytes(row));
        if let Some(row) = end.and_then(|rows| rows.get(index)) {
            let _ = write!(text, "      {:>10}{:>10}", row.count, bytes(row));
        }
        text.push('\n');
    }
    Ok(text)
}

/// Some kinds are parts of others, and have no size of their own.
fn bytes(row: &Row) -> String {
    match (row.bytes, row.count) {
        (0, 1..) => String::from("-"),
        (bytes, _) => bytes.to_string(),
    }
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
                seen.push(rows.collect());
                answer(json!({ "go": 0 }).to_string(), false)
            }
            _ => Answer::default(),
        }
    }
}
