//! The stack of a stopped plugin, and its sources.

use super::places::Places;
use super::session::{Reply, Session, number, thread_of};
use serde_json::{Value, json};

impl Session {
    pub fn stack(&mut self, arguments: &Value) -> Reply {
        let id = thread_of(arguments);
        self.must_be_stopped(id)?;
        let frames = match self.threads.get(&id) {
            Some(thread) => thread.frames.clone(),
            None => Vec::new(),
        };
        // those of this side of the engine are not shown
        let mut shown: Vec<(usize, &Value)> = frames.iter().enumerate().collect();
        shown.retain(|(_, frame)| frame["file"].is_string());
        let total = shown.len();
        let at = |key: &str| number(&arguments[key]).and_then(|n| usize::try_from(n).ok());
        let start = at("startFrame").unwrap_or(0);
        let levels = at("levels").filter(|levels| *levels > 0).unwrap_or(total);
        let shown = shown.into_iter().skip(start).take(levels);
        let described: Vec<Value> = shown
            .map(|(index, frame)| {
                let reference = self.references.frame(id, index);
                self.describe_frame(id, reference, frame)
            })
            .collect();
        Ok(json!({ "stackFrames": described, "totalFrames": total }))
    }

    fn describe_frame(&self, thread: u64, reference: u64, frame: &Value) -> Value {
        let places = self.threads.get(&thread).map(|thread| &thread.places);
        let file = frame["file"].as_str().unwrap_or_default();
        let at = |key: &str| number(&frame[key]).unwrap_or_default();
        let place = places.and_then(|places| {
            let (line, column) = places.original(file, at("line"), at("column"))?;
            Some((line, column, places.source(file)))
        });
        let name = match frame["name"].as_str() {
            Some("") | None => "(anonymous)",
            Some(name) => name,
        };
        let name = match frame["waits"] == json!(true) {
            true => format!("await in {name}"),
            false => name.to_owned(),
        };
        let mut described = json!({ "id": reference, "name": name, "line": 0, "column": 0 });
        match place {
            Some((line, column, source)) => {
                described["line"] = json!(self.line_out(line));
                described["column"] = json!(self.column_out(column));
                described["source"] = source;
            }
            // web APIs, and code that was made
            None => described["presentationHint"] = json!("subtle"),
        }
        described
    }

    pub fn sources(&self) -> Vec<Value> {
        let mut sources: Vec<Value> = Vec::new();
        for source in self.threads.values().flat_map(|t| t.places.sources()) {
            if !sources.contains(&source) {
                sources.push(source);
            }
        }
        sources
    }

    pub fn source(&self, arguments: &Value) -> Reply {
        let reference = number(&arguments["source"]["sourceReference"]);
        let reference = reference.or_else(|| number(&arguments["sourceReference"]));
        let reference = reference.and_then(|number| usize::try_from(number).ok());
        let content = reference.and_then(|reference| {
            let mut threads = self.threads.values();
            threads.find_map(|thread| thread.places.content(reference))
        });
        // by its path, for clients that have no number
        let of_path = |places: &'_ Places| {
            let file = places.file(&arguments["source"])?;
            places.text(&file).map(str::to_owned)
        };
        let mut threads = self.threads.values();
        let content = match content {
            Some(content) => Some(content.to_owned()),
            None => threads.find_map(|thread| of_path(&thread.places)),
        };
        let content = content.ok_or("there is no such source")?;
        Ok(json!({ "content": content, "mimeType": "text/typescript" }))
    }
}
