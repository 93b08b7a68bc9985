//! Clients of the debugger that send what they like, when they like, and leave in between.

use crate::debug::{Editor, shapes};
use serde_json::{Value, json};
use std::io::Write;

/// Numbers that look random and are the same in every run.
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).expect("31 bits") % limit
    }

    fn of<T: Clone>(&mut self, all: &[T]) -> T {
        all[self.below(all.len())].clone()
    }

    fn value(&mut self, depth: usize) -> Value {
        let most = if depth > 2 { 8 } else { 10 };
        match self.below(most) {
            0 => Value::Null,
            1 => json!(self.below(4)),
            2 => json!(-1),
            3 => json!(u64::MAX),
            4 => json!(1e300),
            5 => json!(self.below(2) == 0),
            6 => json!("x".repeat(self.below(3000))),
            7 => self.of(&[
                json!("shop.ts"),
                json!("{a}"),
                json!("throw 1"),
                json!("\u{0}"),
            ]),
            8 => (0..self.below(4)).map(|_| self.value(depth + 1)).collect(),
            _ => self.arguments(depth + 1),
        }
    }

    /// Keys that mean something, with values that may not.
    fn arguments(&mut self, depth: usize) -> Value {
        const KEYS: [&str; 24] = [
            "breakpoints",
            "calls",
            "column",
            "condition",
            "count",
            "endLine",
            "expression",
            "filter",
            "filters",
            "frameId",
            "hitCondition",
            "levels",
            "line",
            "logMessage",
            "name",
            "path",
            "source",
            "sourceReference",
            "start",
            "startFrame",
            "text",
            "threadId",
            "value",
            "variablesReference",
        ];
        let entries = (0..self.below(6)).map(|_| {
            let key = self.of(&KEYS);
            (key.to_owned(), self.value(depth))
        });
        Value::Object(entries.collect())
    }
}

const COMMANDS: [&str; 30] = [
    "initialize",
    "launch",
    "attach",
    "configurationDone",
    "continue",
    "next",
    "stepIn",
    "stepOut",
    "pause",
    "threads",
    "setBreakpoints",
    "breakpointLocations",
    "setExceptionBreakpoints",
    "setFunctionBreakpoints",
    "exceptionInfo",
    "stackTrace",
    "scopes",
    "variables",
    "evaluate",
    "setVariable",
    "setExpression",
    "completions",
    "loadedSources",
    "source",
    "cancel",
    "restart",
    "goto",
    "modules",
    "",
    "\u{0}",
];

/// Each request is answered once, whatever it says and whenever it comes, and the plugin can still be debugged.
#[test]
fn whatever_a_client_asks_it_is_answered() {
    let folder = shapes();
    let mut dice = Dice(1);
    for round in 0..4 {
        let mut editor = Editor::start(
            &folder,
            &["shop.wasm", "--", "look(3)", "look(2)", "look(1)"],
        );
        if round > 0 {
            editor.launch(&json!([{ "line": 7 }, { "line": 25 }]), &json!(["all"]));
            editor.stopped();
        }
        for _ in 0..100 {
            let (command, arguments) = (dice.of(&COMMANDS), dice.arguments(0));
            let answer = editor.response(command, arguments);
            assert_eq!(answer["command"], json!(command));
            assert!(answer["success"].is_boolean());
        }
        // neither are these
        for message in [
            json!(null),
            json!([]),
            json!(3),
            json!({}),
            json!({ "type": "response", "seq": -1 }),
            json!({ "type": "request", "command": 3 }),
            json!({ "type": "request", "seq": "x" }),
            json!({ "type": ["request"] }),
        ] {
            let text = message.to_string();
            write!(editor.input, "Content-Length: {}\r\n\r\n{text}", text.len())
                .expect("it listens");
        }
        editor.input.flush().expect("it listens");
        assert_eq!(editor.end(), Some(0), "round {round}");
    }
}

/// Whenever the client leaves, the command ends.
#[test]
fn a_client_may_leave_at_any_moment() {
    let folder = shapes();
    type Step = fn(&mut Editor);
    let steps: [Step; 9] = [
        |editor| drop(editor.request("initialize", json!({}))),
        |editor| drop(editor.request("launch", json!({}))),
        |editor| editor.launch_rest(),
        |editor| drop(editor.event("thread")),
        |editor| drop(editor.stopped()),
        |editor| {
            let frame = editor.frame();
            editor.send(
                "evaluate",
                json!({ "expression": "for (;;) {}", "frameId": frame }),
            );
        },
        |editor| {
            let _ = editor.send("variables", json!({ "variablesReference": 1 }));
        },
        |editor| {
            let _ = editor.send("continue", json!({ "threadId": 1 }));
        },
        |editor| {
            let _ = editor.send("terminate", json!({}));
        },
    ];
    for most in 0..=steps.len() {
        let mut editor = Editor::start(&folder, &["shop.wasm", "--", "look(3)"]);
        for step in &steps[..most] {
            step(&mut editor);
        }
        assert_eq!(editor.leave(), Some(0), "after {most} steps");
    }
}
