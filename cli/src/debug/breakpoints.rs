//! Breakpoints as the editor sets them.

use super::conditions::Hit;
use super::session::{Reply, Session, number};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// More breakpoints than this in one source are not set.
const MOST: usize = 1000;

/// A breakpoint in a source.
#[derive(Clone, Debug, Default)]
pub struct Breakpoint {
    pub id: u64,
    /// The source as the editor names it.
    source: Value,
    /// The line that was asked for.
    line: u32,
    pub condition: Option<String>,
    pub hit: Option<Hit>,
    pub log: Option<String>,
    /// Where it is, by thread: the function and the place in it.
    pub places: BTreeMap<u64, (usize, u64)>,
    /// The line that it is at, if it is somewhere.
    placed: Option<u32>,
    pub hits: u64,
}

impl Breakpoint {
    fn new(id: u64, source: &Value, wanted: &Value) -> Self {
        let text = |key: &str| {
            let text = wanted[key].as_str().filter(|text| !text.trim().is_empty());
            text.map(str::to_owned)
        };
        Self {
            id,
            source: source.clone(),
            line: number(&wanted["line"]).unwrap_or_default(),
            condition: text("condition"),
            hit: text("hitCondition").as_deref().and_then(Hit::parse),
            log: text("logMessage"),
            ..Self::default()
        }
    }

    fn has_source(&self, source: &Value) -> bool {
        let same = |key: &str| self.source[key] == source[key];
        match source["sourceReference"].as_u64() {
            Some(1..) => same("sourceReference"),
            _ => same("path"),
        }
    }
}

impl Session {
    /// Finds the places of all breakpoints in a thread, and tells the editor about those that were not known.
    pub fn place_breakpoints(&mut self, thread: u64) -> Vec<(usize, u64)> {
        let Some(places) = self.threads.get(&thread).map(|thread| &thread.places) else {
            return Vec::new();
        };
        let mut all = Vec::new();
        let mut changed = Vec::new();
        for (index, breakpoint) in self.breakpoints.iter_mut().enumerate() {
            let file = places.file(&breakpoint.source);
            let found = file.and_then(|file| places.breakpoint(&file, breakpoint.line));
            let Some((line, place)) = found else {
                continue;
            };
            all.push(place);
            breakpoint.places.insert(thread, place);
            if breakpoint.placed != Some(line) {
                breakpoint.placed = Some(line);
                changed.push(index);
            }
        }
        for index in changed {
            if let Some(breakpoint) = self.breakpoints.get(index) {
                let breakpoint = self.describe_breakpoint(breakpoint);
                let body = json!({ "reason": "changed", "breakpoint": breakpoint });
                self.out.event("breakpoint", body);
            }
        }
        all.sort_unstable();
        all.dedup();
        all
    }

    /// As the protocol describes it.
    fn describe_breakpoint(&self, breakpoint: &Breakpoint) -> Value {
        let source = match breakpoint.source.is_object() {
            true => breakpoint.source.clone(),
            false => json!({}),
        };
        let (id, line) = (breakpoint.id, breakpoint.placed);
        let mut described = json!({
            "id": id,
            "verified": line.is_some(),
            "line": self.line_out(line.unwrap_or(breakpoint.line)),
            "source": source,
        });
        if line.is_none() {
            let (reason, message) = match self.threads.is_empty() {
                true => ("pending", "the plugin does not run yet"),
                false => ("failed", "no function of what runs has code here"),
            };
            described["reason"] = json!(reason);
            described["message"] = json!(message);
        }
        described
    }

    pub async fn set_breakpoints(&mut self, arguments: &Value) -> Value {
        let source = &arguments["source"];
        self.breakpoints
            .retain(|breakpoint| !breakpoint.has_source(source));
        let first = self.breakpoints.len();
        let wanted = arguments["breakpoints"].as_array();
        for wanted in wanted.into_iter().flatten().take(MOST) {
            self.last_breakpoint += 1;
            let mut breakpoint = Breakpoint::new(self.last_breakpoint, source, wanted);
            breakpoint.line = self.line_in(breakpoint.line);
            for (id, thread) in &self.threads {
                let places = &thread.places;
                let file = places.file(source);
                let found = file.and_then(|file| places.breakpoint(&file, breakpoint.line));
                if let Some((line, place)) = found {
                    breakpoint.placed = Some(line);
                    breakpoint.places.insert(*id, place);
                }
            }
            self.breakpoints.push(breakpoint);
        }
        let new = self.breakpoints.get(first..).unwrap_or_default();
        let new = new
            .iter()
            .map(|breakpoint| self.describe_breakpoint(breakpoint));
        let described: Vec<Value> = new.collect();
        self.changed().await;
        json!({ "breakpoints": described })
    }

    /// The lines of a source where a breakpoint can be.
    pub fn breakpoint_locations(&self, arguments: &Value) -> Value {
        let line = |key: &str| number(&arguments[key]).map(|line| self.line_in(line));
        let from = line("line").unwrap_or(1);
        let to = line("endLine").unwrap_or(from);
        let lines = self.threads.values().flat_map(|thread| {
            let file = thread.places.file(&arguments["source"]);
            file.map(|file| thread.places.lines(&file, from, to))
                .unwrap_or_default()
        });
        let lines: BTreeSet<u32> = lines.collect();
        let lines = lines
            .into_iter()
            .map(|line| json!({ "line": self.line_out(line) }));
        json!({ "breakpoints": lines.collect::<Vec<_>>() })
    }

    pub async fn set_exception_breakpoints(&mut self, arguments: &Value) -> Reply {
        let filters = arguments["filters"].as_array();
        let mut throws = "";
        for filter in filters.into_iter().flatten() {
            match filter.as_str() {
                Some("all") => throws = "all",
                Some("uncaught") if throws == "all" => {}
                Some("uncaught") => throws = "uncaught",
                _ => return Err(format!("there is no exception filter {filter}")),
            }
        }
        self.throws = throws;
        self.changed().await;
        let set = filters.into_iter().flatten();
        let set: Vec<Value> = set.map(|_| json!({ "verified": true })).collect();
        Ok(json!({ "breakpoints": set }))
    }
}
