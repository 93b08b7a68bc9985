//! What a stopped plugin's variables are, and what is evaluated in it.

use super::session::{Reply, Session, number};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// More numbers than this are not given in one stop.
const MOST: usize = 1 << 20;

/// More elements of a list than this are not given at once.
const LONGEST: u32 = 10_000;

/// The numbers by which an editor asks for frames and for what unfolds. They are never used twice.
#[derive(Default)]
pub struct References {
    last: u64,
    known: BTreeMap<u64, Reference>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Reference {
    thread: u64,
    what: What,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum What {
    /// The index of a frame, as the agent counts them.
    Frame(usize),
    /// An object that the agent has under this number, and the frame if it is the scope of one.
    Object(u64, Option<usize>),
    /// What was thrown.
    Exception,
}

impl References {
    fn add(&mut self, thread: u64, what: What) -> u64 {
        if self.known.len() >= MOST {
            return 0;
        }
        self.last += 1;
        self.known.insert(self.last, Reference { thread, what });
        self.last
    }

    pub fn frame(&mut self, thread: u64, index: usize) -> u64 {
        let what = What::Frame(index);
        let is_same = |known: &&Reference| known.thread == thread && known.what == what;
        let known = self.known.iter().find(|(_, known)| is_same(known));
        match known {
            Some((number, _)) => *number,
            None => self.add(thread, what),
        }
    }

    /// What a thread has is different after it went on.
    pub fn forget(&mut self, thread: u64) {
        self.known.retain(|_, known| known.thread != thread);
    }
}

impl Session {
    /// The thread and the frame that a request names.
    fn frame(&self, value: &Value) -> Result<(u64, usize), String> {
        let known = value.as_u64().and_then(|n| self.references.known.get(&n));
        match known {
            Some(Reference {
                thread,
                what: What::Frame(index),
            }) => Ok((*thread, *index)),
            _ => Err("there is no such frame: the plugin has gone on".into()),
        }
    }

    fn reference(&self, value: &Value) -> Result<Reference, String> {
        let known = value.as_u64().and_then(|n| self.references.known.get(&n));
        let known = known.copied();
        known.ok_or_else(|| "there is nothing to show: the plugin has gone on".to_owned())
    }

    pub async fn scopes(&mut self, arguments: &Value) -> Reply {
        let (thread, frame) = self.frame(&arguments["frameId"])?;
        let mut scopes = Vec::new();
        let thrown = self.threads.get(&thread).map(|t| !t.exception.is_null());
        if thrown == Some(true) && frame == 0 {
            scopes.push(json!({
                "name": "Exception",
                "variablesReference": self.references.add(thread, What::Exception),
                "expensive": false,
            }));
        }
        for (name, hint, command) in [
            ("Locals", Some("locals"), json!({ "scope": [frame, 0] })),
            ("Closure", None, json!({ "scope": [frame, 1] })),
            ("Global", None, json!({ "global": 0 })),
        ] {
            let found = self.ask(thread, command).await;
            let Some(object) = found["ref"].as_u64().filter(|object| *object > 0) else {
                continue;
            };
            let of = (name != "Global").then_some(frame);
            let mut scope = json!({
                "name": name,
                "variablesReference": self.references.add(thread, What::Object(object, of)),
                "expensive": name == "Global",
            });
            if let Some(hint) = hint {
                scope["presentationHint"] = json!(hint);
            }
            scopes.push(scope);
        }
        Ok(json!({ "scopes": scopes }))
    }

    pub async fn variables(&mut self, arguments: &Value) -> Reply {
        let Reference { thread, what } = self.reference(&arguments["variablesReference"])?;
        let (object, frame) = match what {
            What::Object(object, frame) => (object, frame),
            What::Exception => {
                let exception = self.threads.get(&thread).map(|t| t.exception.clone());
                let mut described = self.describe(thread, &exception.unwrap_or_default());
                described["name"] = json!("exception");
                return Ok(json!({ "variables": [described] }));
            }
            What::Frame(_) => return Err("a frame is no variable".into()),
        };
        let [start, count] = ["start", "count"].map(|key| number(&arguments[key]).unwrap_or(0));
        let count = count.min(LONGEST);
        let command = json!({ "expand": [object, arguments["filter"], start, count] });
        let found = self.ask(thread, command).await;
        let mut variables = Vec::new();
        for variable in found.as_array().into_iter().flatten() {
            let mut described = self.describe(thread, variable);
            described["name"] = variable["name"].clone();
            let is_variable = !variable["name"]
                .as_str()
                .unwrap_or_default()
                .starts_with("[[");
            if frame.is_some() && is_variable {
                described["evaluateName"] = variable["name"].clone();
            }
            variables.push(described);
        }
        Ok(json!({ "variables": variables }))
    }

    pub async fn evaluate(&mut self, arguments: &Value) -> Reply {
        let (thread, frame) = match &arguments["frameId"] {
            Value::Null => {
                let stopped = self.threads.iter().find(|(_, thread)| thread.is_stopped());
                let thread = stopped.map(|(id, _)| *id);
                (thread.ok_or("the plugin runs; pause it first")?, -1)
            }
            id => {
                let (thread, frame) = self.frame(id)?;
                (thread, i64::try_from(frame).unwrap_or(-1))
            }
        };
        let text = arguments["expression"].as_str();
        let text = text.ok_or("there is no `expression`")?;
        let value = self.value_of(thread, frame, text).await?;
        let mut described = self.describe(thread, &value);
        described["result"] = described["value"].take();
        if let Some(described) = described.as_object_mut() {
            described.remove("value");
        }
        Ok(described)
    }

    /// Evaluates in a frame.
    async fn value_of(&mut self, thread: u64, frame: i64, text: &str) -> Result<Value, String> {
        let found = self.ask(thread, json!({ "evaluate": [frame, text] })).await;
        succeeded(found)
    }

    pub async fn set_variable(&mut self, arguments: &Value) -> Reply {
        let Reference { thread, what } = self.reference(&arguments["variablesReference"])?;
        let name = arguments["name"].as_str().ok_or("there is no `name`")?;
        let value = arguments["value"].as_str().ok_or("there is no `value`")?;
        let command = match what {
            What::Object(_, Some(frame)) => {
                json!({ "evaluate": [frame, format!("{name} = ({value})")] })
            }
            What::Object(object, None) => json!({ "set": [object, name, value] }),
            What::Exception | What::Frame(_) => return Err("this cannot be set".into()),
        };
        let found = self.ask(thread, command).await;
        let found = succeeded(found)?;
        Ok(self.describe(thread, &found))
    }

    pub async fn set_expression(&mut self, arguments: &Value) -> Reply {
        let (thread, frame) = self.frame(&arguments["frameId"])?;
        let target = arguments["expression"].as_str();
        let target = target.ok_or("there is no `expression`")?;
        let value = arguments["value"].as_str().ok_or("there is no `value`")?;
        let frame = i64::try_from(frame).unwrap_or(-1);
        let text = format!("{target} = ({value})");
        let found = self.value_of(thread, frame, &text).await?;
        Ok(self.describe(thread, &found))
    }

    /// What a name could become that somebody types: nothing of the plugin is run for it.
    pub async fn complete(&mut self, arguments: &Value) -> Reply {
        let (thread, frame) = self.frame(&arguments["frameId"])?;
        let text = arguments["text"].as_str().unwrap_or_default();
        let column = number(&arguments["column"]).map_or(1, |column| self.column_in(column));
        // columns count UTF-16 code units
        let units: Vec<u16> = text.encode_utf16().collect();
        let end = usize::try_from(column.saturating_sub(1)).unwrap_or(usize::MAX);
        let before = String::from_utf16_lossy(units.get(..end.min(units.len())).unwrap_or(&[]));
        let is_part = |c: char| c.is_alphanumeric() || matches!(c, '_' | '$' | '.');
        let path = before.rsplit(|c| !is_part(c)).next().unwrap_or_default();
        let (object, prefix) = path.rsplit_once('.').unwrap_or(("", path));
        let names: Vec<&str> = object.split('.').filter(|name| !name.is_empty()).collect();
        let found = self
            .ask(thread, json!({ "complete": [frame, names] }))
            .await;
        let found = found.as_array().into_iter().flatten();
        let found = found.filter_map(|entry| Some((entry[0].as_str()?, entry[1].as_str()?)));
        let fitting = found.filter(|(name, _)| name.starts_with(prefix));
        let start =
            column.saturating_sub(u32::try_from(prefix.encode_utf16().count()).unwrap_or(0));
        let targets = fitting.map(|(name, kind)| {
            json!({
                "label": name,
                "type": kind,
                "start": self.column_out(start),
                "length": prefix.encode_utf16().count(),
            })
        });
        Ok(json!({ "targets": targets.collect::<Vec<_>>() }))
    }

    /// A value of the agent's as the protocol describes it.
    fn describe(&mut self, thread: u64, value: &Value) -> Value {
        let object = value["ref"].as_u64().filter(|object| *object > 0);
        let reference = match object {
            Some(object) => self.references.add(thread, What::Object(object, None)),
            None => 0,
        };
        let mut described = json!({
            "value": value["value"].as_str().unwrap_or_default(),
            "type": value["type"].as_str().unwrap_or_default(),
            "variablesReference": reference,
        });
        if let Some(indexed) = value["indexed"].as_u64() {
            described["indexedVariables"] = json!(indexed);
            described["namedVariables"] = json!(value["named"].as_u64().unwrap_or(1));
        }
        if value["hint"].is_object() {
            described["presentationHint"] = value["hint"].clone();
        }
        described
    }
}

fn succeeded(found: Value) -> Result<Value, String> {
    if found["ok"] == json!(true) {
        return Ok(found);
    }
    let error = found["value"].as_str().or(found["failed"].as_str());
    let error = error.unwrap_or("the plugin has ended meanwhile");
    Err(match error {
        "InternalError: interrupted" => "interrupted: it took too long, or was cancelled".into(),
        error => error.to_owned(),
    })
}
