//! `outwit debug`, driven as an editor drives it.

use crate::folder::Folder;
use serde_json::{Value, json};
use std::collections::VecDeque;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

pub const WIT: &str = "
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
pub const TS: &str = "\
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
pub struct Editor {
    pub command: Child,
    pub input: Box<dyn Write>,
    output: Box<dyn BufRead>,
    last: u64,
    events: VecDeque<Value>,
    folder: PathBuf,
    /// The source that is open.
    file: String,
    /// The thread that stopped last.
    thread: Value,
}

/// The command, before it starts.
pub fn debug(folder: &Folder, args: &[&str]) -> Command {
    let cache = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("outwit-cache");
    let mut command = Command::new(env!("CARGO_BIN_EXE_outwit"));
    command
        .arg("debug")
        .args(args)
        .current_dir(folder.path(""))
        .env("OUTWIT_CACHE", cache)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped());
    command
}

impl Editor {
    pub fn start(folder: &Folder, args: &[&str]) -> Editor {
        let mut command = debug(folder, args).spawn().expect("the command starts");
        let input = command.stdin.take().expect("piped");
        let output = command.stdout.take().expect("piped");
        Editor::over(folder, command, Box::new(output), Box::new(input))
    }

    fn over(
        folder: &Folder,
        command: Child,
        output: Box<dyn Read>,
        input: Box<dyn Write>,
    ) -> Editor {
        Editor {
            input,
            output: Box::new(BufReader::new(output)),
            command,
            last: 0,
            events: VecDeque::new(),
            folder: folder.path("").canonicalize().expect("it is there"),
            file: String::new(),
            thread: json!(1),
        }
        .with_source("shop.ts")
    }

    fn with_source(mut self, name: &str) -> Editor {
        self.source(name);
        self
    }

    /// Opens a source.
    fn source(&mut self, name: &str) {
        let path = self.folder.join(name);
        self.file = path.to_str().expect("Unicode").to_owned();
    }

    pub fn read(&mut self) -> Value {
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

    pub fn send(&mut self, command: &str, arguments: Value) -> u64 {
        self.last += 1;
        let request = json!({ "seq": self.last, "type": "request", "command": command, "arguments": arguments });
        let text = request.to_string();
        write!(self.input, "Content-Length: {}\r\n\r\n{text}", text.len()).expect("it listens");
        self.input.flush().expect("it listens");
        self.last
    }

    /// Makes a request, and gives the response.
    pub fn response(&mut self, command: &str, arguments: Value) -> Value {
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
    pub fn request(&mut self, command: &str, arguments: Value) -> Value {
        let response = self.response(command, arguments);
        assert_eq!(response["success"], json!(true), "{command}: {response}");
        response["body"].clone()
    }

    /// Waits for an event; others before it are forgotten.
    pub fn event(&mut self, name: &str) -> Value {
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
    pub fn launch(&mut self, breakpoints: &Value, exceptions: &Value) {
        self.request("initialize", json!({ "adapterID": "outwit" }));
        self.request("launch", json!({}));
        self.event("initialized");
        self.breakpoints(breakpoints);
        self.request("setExceptionBreakpoints", json!({ "filters": exceptions }));
        self.request("configurationDone", json!({}));
    }

    pub fn breakpoints(&mut self, breakpoints: &Value) -> Value {
        let source = json!({ "path": self.file });
        let arguments = json!({ "source": source, "breakpoints": breakpoints });
        self.request("setBreakpoints", arguments)
    }

    /// Waits until it stops, and gives the reason and the stack: each frame as `name:line`.
    pub fn stopped(&mut self) -> (String, Vec<String>) {
        let stopped = self.event("stopped");
        let reason = stopped["reason"].as_str().expect("a reason").to_owned();
        self.thread = stopped["threadId"].clone();
        let stack = self.request("stackTrace", json!({ "threadId": self.thread }));
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

    /// Waits until it stops in this source, and gives the top frame as `name:line`.
    fn stopped_in(&mut self, file: &str) -> String {
        self.source(file);
        self.thread = self.event("stopped")["threadId"].clone();
        let stack = self.request("stackTrace", json!({ "threadId": self.thread }));
        let frame = &stack["stackFrames"][0];
        assert_eq!(frame["source"]["path"], json!(self.file));
        format!(
            "{}:{}",
            frame["name"].as_str().expect("a name"),
            frame["line"]
        )
    }

    /// The number of the top frame of the thread that stopped last.
    pub fn frame(&mut self) -> Value {
        let stack = self.request(
            "stackTrace",
            json!({ "threadId": self.thread, "levels": 1 }),
        );
        stack["stackFrames"][0]["id"].clone()
    }

    /// The variables of a scope of the top frame, with their values.
    fn variables(&mut self, scope: &str) -> Vec<(String, Value)> {
        let frame = self.frame();
        let scopes = self.request("scopes", json!({ "frameId": frame }));
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
        let frame = self.frame();
        let arguments = json!({ "expression": expression, "frameId": frame, "context": "repl" });
        self.request("evaluate", arguments)["result"]
            .as_str()
            .expect("a text")
            .to_owned()
    }

    /// What is left to do after the launch.
    pub fn launch_rest(&mut self) {
        self.breakpoints(&json!([{ "line": 7 }]));
        self.request("configurationDone", json!({}));
    }

    /// Is gone without a word, and gives what the command exits with.
    pub fn leave(self) -> Option<i32> {
        let Editor {
            mut command,
            input,
            output,
            ..
        } = self;
        drop((input, output));
        command.wait().expect("it ends").code()
    }

    /// Ends the session, and gives what the command exits with.
    pub fn end(mut self) -> Option<i32> {
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
    let frame = editor.frame();
    let refused = editor.response(
        "evaluate",
        json!({ "expression": "nope", "frameId": frame }),
    );
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

/// Lines are counted on.
const SHAPES: &str = "\
class Point {
    #secret = 41;
    x = 1;
    get answer() { return this.#secret + 1; }
    inner(times: number) {
        const scale = [1, 2].map((n) => n * this.x * times);
        return scale;
    }
    outer(times: number) {
        return this.inner(times).length;
    }
}

function blocks(n: number): number {
    let kept = 0;
    {
        const first = 'first';
        kept += first.length;
    }
    kept += 1;
    for (let i = 0; i < 2; i++) {
        const second = i * 2;
        kept += second;
    }
    if (n > 0) {
        const third = kept;
        kept += third;
        return kept;
    }
    try {
        throw new Error('x');
    } catch (caught) {
        kept += 1;
    }
    return kept;
}

export const look = (n: number): number => {
    const map = new Map<string, number>([['a', 1], ['b', 2]]);
    const set = new Set(['x']);
    const long = Array.from({ length: 1000 }, (_, i) => i);
    const bytes = new Uint8Array(300);
    const when = new Date(0);
    const pattern = /a+/gi;
    const proxy = new Proxy({ real: 1 }, { ownKeys() { throw new Error('asked'); } });
    const promise = Promise.resolve(7);
    const point = new Point();
    point.outer(n);
    return blocks(n) + map.size + set.size + long.length + bytes.length + when.getTime() + pattern.flags.length + (proxy as any).real + point.x + (promise ? 1 : 0);
};
export const forever = (): number => 1;
";

pub fn shapes() -> Folder {
    let wit = "package demo:shapes; world shapes { export look: func(n: s32) -> s32; export forever: func() -> u32; }";
    let folder = Folder::with(&[("shop.ts", SHAPES), ("wit/w.wit", wit)]);
    folder.prints(&["build", "shop.ts", "-o", "shop.wasm"]);
    folder
}

fn names(variables: &[(String, Value)]) -> Vec<&str> {
    variables.iter().map(|(name, _)| name.as_str()).collect()
}

#[test]
fn blocks_that_have_ended_are_not_shown() {
    let folder = shapes();
    let mut editor = Editor::start(&folder, &["shop.wasm", "--", "look(0)", "look(1)"]);
    let lines = [18, 20, 23, 25, 27, 33, 35].map(|line| json!({ "line": line }));
    editor.launch(&json!(lines), &json!([]));
    let mut seen = |expected: &[(&str, &[&str])]| {
        for (at, variables) in expected {
            let (_, frames) = editor.stopped();
            assert_eq!(&frames[0], at);
            let locals = editor.variables("Locals");
            assert_eq!(&names(&locals), variables, "{at}");
            editor.request("continue", json!({ "threadId": 1 }));
        }
    };
    let until_if: [(&str, &[&str]); 5] = [
        ("blocks:18", &["first", "kept", "n"]),
        ("blocks:20", &["kept", "n"]),
        ("blocks:23", &["second", "i", "kept", "n"]),
        ("blocks:23", &["second", "i", "kept", "n"]),
        ("blocks:25", &["kept", "n"]),
    ];
    seen(&until_if);
    seen(&[
        ("blocks:33", &["caught", "kept", "n"]),
        ("blocks:35", &["kept", "n"]),
    ]);
    seen(&until_if);
    seen(&[("blocks:27", &["third", "kept", "n"])]);
    editor.event("terminated");
    assert_eq!(editor.end(), Some(0));
}

#[test]
fn objects_unfold_by_their_kind() {
    let folder = shapes();
    let mut editor = Editor::start(&folder, &["shop.wasm", "--", "look(2)"]);
    editor.launch(&json!([{ "line": 49 }]), &json!([]));
    editor.stopped();
    let locals = editor.variables("Locals");
    for (name, expected) in [
        ("map", "Map(2) {\"a\" => 1, \"b\" => 2}"),
        ("set", "Set(1) {\"x\"}"),
        ("long", "(1000) [0, 1, 2, 3, 4, …]"),
        ("bytes", "Uint8Array(300) [0, 0, 0, 0, 0, …]"),
        ("when", "1970-01-01T00:00:00.000Z"),
        ("pattern", "/a+/gi"),
        ("proxy", "Proxy {real: 1}"),
        ("promise", "Promise {7}"),
        ("point", "Point {x: 1}"),
    ] {
        assert_eq!(value(&locals, name), expected);
    }
    let of = |name: &str| {
        locals
            .iter()
            .find(|(found, _)| found == name)
            .unwrap()
            .1
            .clone()
    };

    // long lists are asked for page by page
    let long = of("long");
    assert_eq!(long["indexedVariables"], json!(1000));
    let page = json!({ "variablesReference": long["variablesReference"], "filter": "indexed", "start": 990, "count": 100 });
    let page = editor.request("variables", page)["variables"].clone();
    assert_eq!(page.as_array().unwrap().len(), 10);
    assert_eq!(
        (&page[0]["name"], &page[0]["value"]),
        (&json!("990"), &json!("990"))
    );
    let named = json!({ "variablesReference": long["variablesReference"], "filter": "named" });
    let named = editor.request("variables", named)["variables"].clone();
    assert_eq!(named[0]["name"], json!("length"));

    let entries = editor.expand(&of("map")["variablesReference"]);
    assert_eq!(value(&entries, "[[0]]"), "{key: \"a\", value: 1}");
    let proxy = editor.expand(&of("proxy")["variablesReference"]);
    assert_eq!(names(&proxy), ["[[Target]]", "[[Handler]]"]);

    // private fields are shown, accessors are called when somebody asks
    let point = editor.expand(&of("point")["variablesReference"]);
    assert_eq!(value(&point, "#secret"), "41");
    let answer = &point.iter().find(|(name, _)| name == "answer").unwrap().1;
    assert_eq!(answer["value"], json!("(…)"));
    assert_eq!(answer["presentationHint"], json!({ "lazy": true }));
    let called = editor.expand(&answer["variablesReference"]);
    assert_eq!(called[0].1["value"], json!("42"));

    // properties can be set
    let set = json!({ "variablesReference": of("point")["variablesReference"], "name": "x", "value": "1 + 4" });
    assert_eq!(editor.request("setVariable", set)["value"], json!("5"));
    assert_eq!(editor.evaluate("point.x"), "5");
    assert_eq!(editor.end(), Some(0));
}

#[test]
fn this_is_known_in_every_frame() {
    let folder = shapes();
    let mut editor = Editor::start(&folder, &["shop.wasm", "--", "look(3)"]);
    editor.launch(&json!([{ "line": 7 }]), &json!([]));
    assert_eq!(editor.stopped().1[..3], ["inner:7", "outer:10", "look:48"]);
    let stack = editor.request("stackTrace", json!({ "threadId": 1 }))["stackFrames"].clone();
    for frame in 0..2 {
        let arguments =
            json!({ "expression": "this.x + this.answer", "frameId": stack[frame]["id"] });
        assert_eq!(editor.request("evaluate", arguments)["result"], json!("43"));
    }
    let locals = editor.variables("Locals");
    assert_eq!(value(&locals, "this"), "Point {x: 1}");
    assert!(!names(&locals).contains(&"[[Return value]]"));
    let arguments = json!({ "text": "this.an", "column": 8, "frameId": stack[1]["id"] });
    let targets = editor.request("completions", arguments)["targets"].clone();
    assert_eq!(targets[0]["label"], json!("answer"));
    assert_eq!(
        (&targets[0]["start"], &targets[0]["length"]),
        (&json!(6), &json!(2))
    );
    assert_eq!(editor.end(), Some(0));
}

#[test]
fn what_a_function_returned_is_shown_where_it_was_called() {
    let folder = shapes();
    let mut editor = Editor::start(&folder, &["shop.wasm", "--", "look(3)"]);
    editor.launch(&json!([{ "line": 7 }]), &json!([]));
    assert_eq!(editor.stopped().1[..2], ["inner:7", "outer:10"]);
    assert_eq!(editor.step("next").1[0], "look:49");
    let locals = editor.variables("Locals");
    // what `inner` returned is not what was returned to here
    assert!(!names(&locals).contains(&"[[Return value]]"));
    editor.end();

    let mut editor = Editor::start(&folder, &["shop.wasm", "--", "look(3)"]);
    editor.launch(&json!([{ "line": 10 }]), &json!([]));
    assert_eq!(editor.stopped().1[0], "outer:10");
    assert_eq!(editor.step("stepOut").1[0], "look:49");
    let locals = editor.variables("Locals");
    assert_eq!(value(&locals, "[[Return value]]"), "2");
    // a step more, and it is gone
    editor.request("stepIn", json!({ "threadId": 1 }));
    editor.stopped();
    let locals = editor.variables("Locals");
    assert!(!names(&locals).contains(&"[[Return value]]"));
    assert_eq!(editor.end(), Some(0));
}

/// What is evaluated can be cancelled, and does not keep the session from ending.
#[test]
fn what_is_evaluated_can_be_cancelled() {
    let folder = shapes();
    let mut editor = Editor::start(&folder, &["shop.wasm", "--", "look(3)"]);
    editor.launch(&json!([{ "line": 7 }]), &json!([]));
    editor.stopped();
    let frame = editor.request("stackTrace", json!({}))["stackFrames"][0]["id"].clone();
    let endless = json!({ "expression": "for (;;) {}", "frameId": frame });
    let seq = editor.send("evaluate", endless.clone());
    editor.send("cancel", json!({ "requestId": seq }));
    let answer = loop {
        let message = editor.read();
        if message["request_seq"] == json!(seq) {
            break message;
        }
    };
    assert_eq!(answer["success"], json!(false));
    assert_eq!(
        answer["message"],
        json!("interrupted: it took too long, or was cancelled")
    );
    assert_eq!(editor.evaluate("times"), "3");
    editor.send("evaluate", endless);
    assert_eq!(editor.end(), Some(0));
}

/// The same over a port, where whoever is no client of a debugger is sent away.
#[test]
fn a_port_has_one_client() {
    use std::net::TcpStream;
    let folder = shapes();
    let mut command = debug(&folder, &["--listen", "127.0.0.1:0"]);
    let mut command = command.stderr(Stdio::piped()).spawn().expect("it starts");
    let mut said = String::new();
    let mut stderr = BufReader::new(command.stderr.take().expect("piped"));
    stderr.read_line(&mut said).expect("it says where");
    let address = said
        .trim()
        .strip_prefix("listening on ")
        .expect("an address");
    let connect = || TcpStream::connect(address).expect("it listens");
    for stranger in [
        &b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"[..],
        b"POST / HTTP/1.1\r\nContent-Length: 40\r\n\r\nContent-Length: 2\r\n\r\n{}",
        b"Content-Length: 26\r\n\r\n{\"command\":\"disconnect\",1}",
        b"Content-Length: 2\r\n\r\n{}",
        b"\0",
    ] {
        let mut stream = connect();
        stream.write_all(stranger).expect("it listens");
        stream
            .shutdown(std::net::Shutdown::Write)
            .expect("it is open");
        let mut answer = Vec::new();
        // what it was sent and did not read resets the connection
        let _ = stream.read_to_end(&mut answer);
        assert_eq!(answer, b"", "{}", String::from_utf8_lossy(stranger));
    }
    let silent = connect();
    let stream = connect();
    let input = stream.try_clone().expect("a socket");
    let mut editor = Editor::over(&folder, command, Box::new(input), Box::new(stream));
    editor.request("initialize", json!({}));
    editor.request(
        "launch",
        json!({ "program": "shop.wasm", "calls": ["look(3)"] }),
    );
    editor.breakpoints(&json!([{ "line": 7 }]));
    editor.request("configurationDone", json!({}));
    assert_eq!(editor.stopped().1[0], "inner:7");
    drop(silent);
    assert_eq!(editor.end(), Some(0));
}

#[test]
fn requests_come_in_order() {
    let folder = shapes();
    let mut editor = Editor::start(&folder, &["shop.wasm", "--", "look(3)"]);
    let refused = |editor: &mut Editor, command: &str| {
        let answer = editor.response(command, json!({}));
        assert_eq!(answer["success"], json!(false), "{command}");
        assert_eq!(answer["body"]["error"]["format"], json!("{error}"));
        answer["message"].as_str().expect("a text").to_owned()
    };
    let first = "the first request has to be `initialize`";
    assert_eq!(refused(&mut editor, "threads"), first);
    editor.request("initialize", json!({}));
    assert_eq!(
        refused(&mut editor, "initialize"),
        "the session is initialized already"
    );
    assert_eq!(
        refused(&mut editor, "configurationDone"),
        "it was not launched"
    );
    assert_eq!(
        refused(&mut editor, "evaluate"),
        "the plugin runs; pause it first"
    );
    assert_eq!(refused(&mut editor, "next"), "nothing runs");
    assert_eq!(
        refused(&mut editor, "nonsense"),
        "`nonsense` is not supported"
    );
    let wrong = editor.response("launch", json!({ "calls": "look(3)" }));
    assert_eq!(wrong["message"], json!("`calls` has to be a list of texts"));
    editor.request("launch", json!({ "stopOnEntry": true }));
    assert_eq!(refused(&mut editor, "launch"), "it is launched already");
    let wrong = editor.response("setExceptionBreakpoints", json!({ "filters": ["some"] }));
    assert_eq!(
        wrong["message"],
        json!("there is no exception filter \"some\"")
    );
    editor.request("configurationDone", json!({}));
    let (reason, frames) = editor.stopped();
    assert_eq!((reason.as_str(), frames[0].as_str()), ("entry", "look:39"));
    editor.request("terminate", json!({}));
    editor.event("terminated");
    assert_eq!(refused(&mut editor, "stackTrace"), "nothing runs");
    assert_eq!(editor.end(), Some(0));
}

/// What is no message ends the session with one error.
#[test]
fn what_is_no_message_ends_the_session() {
    let folder = Folder::with(&[("shop.ts", "")]);
    for bytes in [
        &b"hello\r\n\r\n"[..],
        b"Content-Length: 99999999999\r\n\r\n",
        b"Content-Length: 5\r\n\r\n{\"a\":",
    ] {
        let mut command = debug(&folder, &[]);
        let command = command.stderr(Stdio::piped());
        let mut command = command.spawn().expect("it starts");
        let mut input = command.stdin.take().expect("piped");
        input.write_all(bytes).expect("it listens");
        drop(input);
        let output = command.wait_with_output().expect("it ends");
        assert_eq!(output.status.code(), Some(1));
        let said = String::from_utf8_lossy(&output.stderr);
        let start = "error: the client does not speak the Debug Adapter Protocol: ";
        assert!(said.starts_with(start), "{said}");
    }
}

/// A component that others were composed into: each of those in JavaScript has breakpoints.
#[test]
fn what_is_composed_is_debugged() {
    let folder = two();
    folder.prints(&["compose", "near.wasm", "far.wasm", "-o", "both.wasm"]);
    let mut editor = Editor::start(&folder, &["both.wasm", "--", "ask(20)"]);
    between(&mut editor);
    assert_eq!(editor.end(), Some(0));
}

/// So are all plugins of an app, and those that are fused, too.
#[test]
fn the_plugins_of_an_app_are_debugged_together() {
    for link in ["trampoline", "fused"] {
        let folder = two();
        let manifest = format!(
            "[app]\nname = \"two\"\n\n[link]\nmode = \"{link}\"\n\n[plugins.near]\npath = \"near.wasm\"\n\n[plugins.far]\npath = \"far.wasm\"\n"
        );
        folder.write("outwit.toml", manifest);
        let mut editor = Editor::start(&folder, &["outwit.toml", "--", "near:ask(20)"]);
        between(&mut editor);
        assert_eq!(editor.end(), Some(0));
        // a step goes from one into the other, and back
        let mut editor = Editor::start(&folder, &["outwit.toml", "--", "near:ask(20)"]);
        editor.source("near.ts");
        editor.launch(&json!([{ "line": 4 }]), &json!([]));
        assert_eq!(editor.stopped_in("near.ts"), "ask:4");
        for (how, file, at) in [
            ("stepIn", "far.ts", "twice:2"),
            ("next", "far.ts", "twice:3"),
            ("stepOut", "near.ts", "ask:5"),
        ] {
            editor.request(how, json!({ "threadId": editor.thread }));
            assert_eq!(editor.stopped_in(file), at);
        }
        assert_eq!(editor.end(), Some(0));
        // or only one of them is debugged
        let args = ["outwit.toml", "--plugin", "far", "--", "near:ask(20)"];
        let mut editor = Editor::start(&folder, &args);
        editor.launch(&json!([{ "line": 4 }]), &json!([]));
        editor.source("far.ts");
        editor.breakpoints(&json!([{ "line": 2 }]));
        assert_eq!(editor.stopped().1, ["twice:2"]);
        assert_eq!(editor.end(), Some(0));
    }
}

/// Two plugins, of which the first calls the second.
fn two() -> Folder {
    let near = "\
import { twice } from 'demo:two/far';

export const ask = (n: number): number => {
    const doubled = twice(n);
    return doubled + 1;
};
";
    let far = "\
export const far = { twice(n: number): number {
    const result = n * 2;
    return result;
} };
";
    let wit = "
        package demo:two;
        interface far { twice: func(n: u32) -> u32; }
        world near { import far; export ask: func(n: u32) -> u32; }
        world behind { export far; }
    ";
    let folder = Folder::with(&[("near.ts", near), ("far.ts", far), ("wit/w.wit", wit)]);
    folder.prints(&["build", "near.ts", "--world", "near", "-o", "near.wasm"]);
    folder.prints(&["build", "far.ts", "--world", "behind", "-o", "far.wasm"]);
    folder
}

/// Stops in both.
fn between(editor: &mut Editor) {
    editor.request("initialize", json!({}));
    editor.request("launch", json!({}));
    for (file, line) in [("near.ts", 4), ("far.ts", 3)] {
        editor.source(file);
        editor.breakpoints(&json!([{ "line": line }]));
    }
    editor.request("configurationDone", json!({}));
    let mut threads = Vec::new();
    for (file, at) in [
        ("near.ts", "ask:4"),
        ("far.ts", "twice:3"),
        ("near.ts", "ask:5"),
    ] {
        assert_eq!(editor.stopped_in(file), at);
        let thread = editor.thread.clone();
        if at == "ask:4" {
            editor.breakpoints(&json!([{ "line": 5 }]));
        }
        editor.request("continue", json!({ "threadId": thread }));
        threads.push(thread);
    }
    assert_ne!(threads[0], threads[1]);
    assert_eq!(threads[0], threads[2]);
    assert_eq!(editor.event("output")["output"], json!("41\n"));
    editor.event("terminated");
}

/// What is not on this machine comes from the source map, and has breakpoints by its number.
#[test]
fn sources_without_files_are_shown_from_the_source_map() {
    let folder = shapes();
    folder.write("other/shop.ts", folder.read("shop.ts"));
    std::fs::remove_file(folder.path("shop.ts")).expect("it is there");
    let mut editor = Editor::start(&folder, &["shop.wasm", "--", "look(3)"]);
    editor.request(
        "initialize",
        json!({ "linesStartAt1": false, "columnsStartAt1": false }),
    );
    editor.request("launch", json!({ "stopOnEntry": true }));
    editor.request("configurationDone", json!({}));
    let stopped = editor.event("stopped");
    assert_eq!(stopped["reason"], json!("entry"));
    let stack = editor.request("stackTrace", json!({ "threadId": 1 }));
    let frame = &stack["stackFrames"][0];
    // lines count from 0 here
    assert_eq!(frame["line"], json!(38));
    let reference = frame["source"]["sourceReference"].clone();
    let source = editor.request("source", json!({ "sourceReference": reference }));
    assert_eq!(source["content"], json!(SHAPES));
    let wanted =
        json!({ "source": { "sourceReference": reference }, "breakpoints": [{ "line": 6 }] });
    let set = editor.request("setBreakpoints", wanted)["breakpoints"].clone();
    assert_eq!(
        (&set[0]["verified"], &set[0]["line"]),
        (&json!(true), &json!(6))
    );
    editor.request("continue", json!({ "threadId": 1 }));
    let stopped = editor.event("stopped");
    assert_eq!(stopped["hitBreakpointIds"], json!([set[0]["id"]]));
    let unknown = editor.response("source", json!({ "sourceReference": 999_999 }));
    assert_eq!(unknown["message"], json!("there is no such source"));
    assert_eq!(editor.end(), Some(0));

    // a folder may be named
    let mut editor = Editor::start(
        &folder,
        &["--sources", "other", "shop.wasm", "--", "look(3)"],
    );
    editor.source("other/shop.ts");
    editor.launch(&json!([{ "line": 7 }]), &json!([]));
    assert_eq!(editor.stopped().1[0], "inner:7");
    assert_eq!(editor.end(), Some(0));
}

#[test]
fn a_program_can_be_run_without_being_debugged() {
    let folder = shapes();
    let mut editor = Editor::start(&folder, &["shop.wasm", "--", "forever()"]);
    editor.request("initialize", json!({}));
    editor.request("launch", json!({ "noDebug": true, "stopOnEntry": true }));
    editor.breakpoints(&json!([{ "line": 51 }]));
    editor.request("configurationDone", json!({}));
    assert_eq!(editor.event("output")["output"], json!("1\n"));
    assert_eq!(editor.event("exited")["exitCode"], json!(0));
    assert_eq!(editor.end(), Some(0));
}
