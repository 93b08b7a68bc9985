//! `outwit debug`, driven as an editor drives it.

use crate::folder::Folder;
use serde_json::{Value, json};
use std::collections::VecDeque;
use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

const WIT: &str = "
    package demo:shop@0.1.0;
    interface shop {
        total: func(prices: list<u32>) -> u32;
        later: async func(by: u32) -> u32;
        fail: func(how: string) -> u32;
        spin: func(times: u32) -> u32;
    }
    world plugin { include outwit:console/imports@0.1.0; export shop; }
";

/// Lines are counted on: types take some that JavaScript does not have.
const TS: &str = "\
interface Cart {
    prices: number[];
    note?: string;
}

let calls = 0;

function sum(cart: Cart): number {
    let total = 0;
    for (const price of cart.prices) {
        const doubled = price * 2;
        total += doubled;
    }
    return total / 2;
}

async function wait(by: number): Promise<number> {
    await null;
    const result = by + 1;
    return result;
}

export const shop = {
    total(prices: Uint32Array): number {
        calls++;
        const cart: Cart = { prices: [...prices], note: 'all' };
        const result = sum(cart);
        console.log('total', result);
        return result;
    },
    async later(by: number): Promise<number> {
        const first = await wait(by);
        return first + 1;
    },
    fail(how: string): number {
        try {
            throw new RangeError('inside');
        } catch {
            calls++;
        }
        throw new TypeError(how);
    },
    spin(times: number): number {
        let at = 0;
        for (let i = 0; i < times; i++) {
            at = (at + i) & 1023;
        }
        return at;
    },
};
";

/// An editor, with the command at the other end.
struct Editor {
    command: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
    last: u64,
    events: VecDeque<Value>,
    file: String,
}

impl Editor {
    fn start(folder: &Folder, args: &[&str]) -> Editor {
        let cache = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("outwit-cache");
        let mut command = Command::new(env!("CARGO_BIN_EXE_outwit"))
            .arg("debug")
            .args(args)
            .current_dir(folder.path(""))
            .env("OUTWIT_CACHE", cache)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the command starts");
        let file = folder.path("shop.ts").canonicalize().expect("it is there");
        Editor {
            input: command.stdin.take().expect("piped"),
            output: BufReader::new(command.stdout.take().expect("piped")),
            command,
            last: 0,
            events: VecDeque::new(),
            file: file.to_str().expect("Unicode").to_owned(),
        }
    }

    fn read(&mut self) -> Value {
        let mut length = 0;
        loop {
            let mut line = String::new();
            assert!(
                self.output.read_line(&mut line).expect("a line") > 0,
                "the command has ended"
            );
            match line.trim_end().strip_prefix("Content-Length: ") {
                Some(number) => length = number.parse().expect("a number"),
                None if line == "\r\n" => break,
                None => panic!("no header: {line}"),
            }
        }
        let mut body = vec![0; length];
        self.output.read_exact(&mut body).expect("a message");
        serde_json::from_slice(&body).expect("JSON")
    }

    fn send(&mut self, command: &str, arguments: Value) -> u64 {
        self.last += 1;
        let request = json!({ "seq": self.last, "type": "request", "command": command, "arguments": arguments });
        let text = request.to_string();
        write!(self.input, "Content-Length: {}\r\n\r\n{text}", text.len()).expect("it listens");
        self.input.flush().expect("it listens");
        self.last
    }

    /// Makes a request, and gives the response.
    fn response(&mut self, command: &str, arguments: Value) -> Value {
        let seq = self.send(command, arguments);
        loop {
            let message = self.read();
            if message["type"] == "event" {
                self.events.push_back(message);
            } else if message["request_seq"] == json!(seq) {
                return message;
            }
        }
    }

    /// Makes a request that succeeds, and gives the body of the response.
    fn request(&mut self, command: &str, arguments: Value) -> Value {
        let response = self.response(command, arguments);
        assert_eq!(response["success"], json!(true), "{command}: {response}");
        response["body"].clone()
    }

    /// Waits for an event; others before it are forgotten.
    fn event(&mut self, name: &str) -> Value {
        loop {
            let message = self.events.pop_front().unwrap_or_else(|| self.read());
            if message["event"] == json!(name) {
                return message["body"].clone();
            }
            assert!(
                name == "terminated" || message["event"] != "terminated",
                "it ended before `{name}`"
            );
        }
    }

    /// Launches, with breakpoints on these lines.
    fn launch(&mut self, breakpoints: &Value, exceptions: &Value) {
        self.request("initialize", json!({ "adapterID": "outwit" }));
        self.request("launch", json!({}));
        self.event("initialized");
        self.breakpoints(breakpoints);
        self.request("setExceptionBreakpoints", json!({ "filters": exceptions }));
        self.request("configurationDone", json!({}));
    }

    fn breakpoints(&mut self, breakpoints: &Value) -> Value {
        let source = json!({ "path": self.file });
        let arguments = json!({ "source": source, "breakpoints": breakpoints });
        self.request("setBreakpoints", arguments)
    }

    /// Waits until it stops, and gives the reason and the stack: each frame as `name:line`.
    fn stopped(&mut self) -> (String, Vec<String>) {
        let reason = self.event("stopped")["reason"]
            .as_str()
            .expect("a reason")
            .to_owned();
        let stack = self.request("stackTrace", json!({ "threadId": 1 }));
        let frames = stack["stackFrames"].as_array().expect("frames").iter();
        let named = frames
            .filter(|frame| frame.get("source").is_some())
            .map(|frame| {
                assert_eq!(frame["source"]["path"], json!(self.file));
                format!("{}:{}", frame["name"].as_str().unwrap(), frame["line"])
            });
        (reason, named.collect())
    }

    fn step(&mut self, how: &str) -> (String, Vec<String>) {
        self.request(how, json!({ "threadId": 1 }));
        self.stopped()
    }

    /// The variables of a scope of the top frame, with their values.
    fn variables(&mut self, scope: &str) -> Vec<(String, Value)> {
        let scopes = self.request("scopes", json!({ "frameId": 1 }));
        let scopes = scopes["scopes"].as_array().expect("scopes").clone();
        let found = scopes
            .iter()
            .find(|found| found["name"] == json!(scope))
            .expect("the scope");
        self.expand(&found["variablesReference"])
    }

    fn expand(&mut self, reference: &Value) -> Vec<(String, Value)> {
        let body = self.request("variables", json!({ "variablesReference": reference }));
        let variables = body["variables"].as_array().expect("variables").iter();
        variables
            .map(|variable| {
                (
                    variable["name"].as_str().unwrap().to_owned(),
                    variable.clone(),
                )
            })
            .collect()
    }

    fn evaluate(&mut self, expression: &str) -> String {
        let arguments = json!({ "expression": expression, "frameId": 1, "context": "repl" });
        self.request("evaluate", arguments)["result"]
            .as_str()
            .expect("a text")
            .to_owned()
    }

    /// Ends the session, and gives what the command exits with.
    fn end(mut self) -> Option<i32> {
        self.request("disconnect", json!({}));
        self.command.wait().expect("it ends").code()
    }
}

fn built() -> Folder {
    let folder = Folder::with(&[("shop.ts", TS), ("wit/w.wit", WIT)]);
    folder.prints(&["build", "shop.ts", "-o", "shop.wasm"]);
    folder
}

fn value<'a>(variables: &'a [(String, Value)], name: &str) -> &'a str {
    let found = variables.iter().find(|(found, _)| found == name);
    found
        .unwrap_or_else(|| panic!("no {name} in {variables:?}"))
        .1["value"]
        .as_str()
        .unwrap()
}

#[test]
fn a_session_stops_looks_and_steps() {
    let folder = built();
    let mut editor = Editor::start(
        &folder,
        &["shop.wasm", "--grant", "console", "--", "total([1, 2])"],
    );
    editor.launch(&json!([{ "line": 12 }]), &json!([]));
    let (reason, frames) = editor.stopped();
    assert_eq!(reason, "breakpoint");
    assert_eq!(frames, ["sum:12", "total:27"]);

    let locals = editor.variables("Locals");
    assert_eq!(value(&locals, "doubled"), "2");
    assert_eq!(value(&locals, "total"), "0");
    assert_eq!(
        value(&locals, "cart"),
        "{prices: (2) [1, 2], note: \"all\"}"
    );
    let cart =
        locals.iter().find(|(name, _)| name == "cart").unwrap().1["variablesReference"].clone();
    let inside = editor.expand(&cart);
    assert_eq!(value(&inside, "note"), "\"all\"");

    assert_eq!(editor.evaluate("total + doubled * 100"), "200");
    assert_eq!(editor.evaluate("total = 1000"), "1000");
    assert_eq!(editor.evaluate("cart.prices.length"), "2");
    let refused = editor.response("evaluate", json!({ "expression": "nope", "frameId": 1 }));
    assert_eq!(refused["success"], json!(false));
    assert!(
        refused["message"]
            .as_str()
            .unwrap()
            .contains("nope is not defined")
    );

    // the loop goes on with what was assigned
    assert_eq!(editor.step("next").1, ["sum:11", "total:27"]);
    editor.breakpoints(&json!([]));
    assert_eq!(
        editor.step("stepOut"),
        ("step".to_owned(), vec!["total:28".to_owned()])
    );
    let locals = editor.variables("Locals");
    assert_eq!(value(&locals, "result"), "503");
    editor.request("continue", json!({ "threadId": 1 }));
    let printed: Vec<String> = (0..2)
        .map(|_| {
            editor.event("output")["output"]
                .as_str()
                .unwrap()
                .to_owned()
        })
        .collect();
    assert_eq!(printed, ["total 503\n", "503\n"]);
    editor.event("terminated");
    assert_eq!(editor.end(), Some(0));
}

#[test]
fn breakpoints_have_conditions_counts_and_messages() {
    let folder = built();
    let mut editor = Editor::start(
        &folder,
        &[
            "--grant",
            "console",
            "--",
            "total([5, 6, 7])",
            "total([1, 2, 3, 4])",
        ],
    );
    editor.request("initialize", json!({}));
    editor.request("launch", json!({ "program": "shop.wasm" }));
    editor.event("initialized");
    // line 5 has no code
    let set = editor.breakpoints(&json!([
        { "line": 11, "condition": "price === 6" },
        { "line": 14, "hitCondition": "2" },
        { "line": 12, "logMessage": "doubled is {doubled}" },
    ]));
    assert_eq!(set["breakpoints"].as_array().unwrap().len(), 3);
    editor.request("configurationDone", json!({}));
    let (reason, frames) = editor.stopped();
    assert_eq!(
        (reason.as_str(), frames[0].as_str()),
        ("breakpoint", "sum:11")
    );
    assert_eq!(editor.evaluate("price"), "6");
    editor.request("continue", json!({}));
    let (_, frames) = editor.stopped();
    assert_eq!(frames[0], "sum:14");
    assert_eq!(editor.evaluate("cart.prices.length"), "4");
    assert_eq!(editor.end(), Some(0));
}

#[test]
fn a_step_over_await_ends_behind_it() {
    let folder = built();
    let mut editor = Editor::start(
        &folder,
        &["shop.wasm", "--grant", "console", "--", "later(40)"],
    );
    editor.launch(&json!([{ "line": 32 }, { "line": 19 }]), &json!([]));
    assert_eq!(editor.stopped().1, ["later:32"]);
    editor.request("continue", json!({}));
    // who waits is on the stack
    assert_eq!(editor.stopped().1, ["wait:19", "await in later:32"]);
    assert_eq!(editor.step("next").1[0], "wait:20");
    let stepped = editor.step("next").1;
    assert_eq!(stepped, ["later:33"]);
    assert_eq!(editor.evaluate("first"), "41");
    editor.request("continue", json!({}));
    assert_eq!(editor.event("output")["output"], json!("42\n"));
    assert_eq!(editor.end(), Some(0));
}

#[test]
fn exceptions_stop_where_they_are_thrown() {
    let folder = built();
    let mut editor = Editor::start(
        &folder,
        &["shop.wasm", "--grant", "console", "--", "fail(\"no\")"],
    );
    editor.launch(&json!([]), &json!(["all", "uncaught"]));
    assert_eq!(
        editor.stopped(),
        ("exception".to_owned(), vec!["fail:37".to_owned()])
    );
    let info = editor.request("exceptionInfo", json!({ "threadId": 1 }));
    assert_eq!(info["description"], json!("RangeError: inside"));
    assert_eq!(info["breakMode"], json!("always"));
    editor.request(
        "setExceptionBreakpoints",
        json!({ "filters": ["uncaught"] }),
    );
    editor.request("continue", json!({}));
    assert_eq!(editor.stopped().1, ["fail:41"]);
    let info = editor.request("exceptionInfo", json!({ "threadId": 1 }));
    assert_eq!(info["exceptionId"], json!("TypeError"));
    assert_eq!(info["breakMode"], json!("unhandled"));
    editor.request("continue", json!({}));
    let said = editor.event("output")["output"]
        .as_str()
        .unwrap()
        .to_owned();
    assert!(
        said.contains("TypeError: no") && said.contains("> 41 |"),
        "{said}"
    );
    assert_eq!(editor.event("exited")["exitCode"], json!(1));
    assert_eq!(editor.end(), Some(0));
}

/// What computes is interrupted; neither that nor the stop counts as computing.
#[test]
fn a_plugin_that_computes_can_be_paused() {
    let folder = built();
    let args = [
        "shop.wasm",
        "--grant",
        "console",
        "--limit",
        "cpu=10min,wall=20min",
        "--",
        "spin(4000000000)",
    ];
    let mut editor = Editor::start(&folder, &args);
    editor.launch(&json!([]), &json!([]));
    editor.request("pause", json!({ "threadId": 1 }));
    let (reason, frames) = editor.stopped();
    assert_eq!(reason, "pause");
    assert!(frames[0].starts_with("spin:4"), "{frames:?}");
    assert_eq!(editor.evaluate("times"), "4000000000");
    // breakpoints that are set while it runs are reached, too
    editor.request("continue", json!({}));
    editor.breakpoints(&json!([{ "line": 46, "condition": "i > 10" }]));
    assert_eq!(editor.stopped().1[0], "spin:46");
    editor.evaluate("times = 0");
    editor.breakpoints(&json!([]));
    editor.request("continue", json!({}));
    editor.event("terminated");
    assert_eq!(editor.end(), Some(0));
}

#[test]
fn only_this_machine_can_connect() {
    let error = Folder::new().error(&["debug", "--listen", "0.0.0.0:0"]);
    assert!(
        error.starts_with("--listen 0.0.0.0:0: whoever can connect controls the plugin"),
        "{error}"
    );
}
