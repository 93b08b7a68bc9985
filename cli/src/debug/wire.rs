//! Messages of the Debug Adapter Protocol: JSON with a header that says how long it is.

use serde_json::{Value, json};
use std::io::{self, BufRead, Read, Write};

/// More bytes than this no client sends.
const LARGEST: usize = 16 << 20;

/// Reads a message. None at the end, and where there is something else than a message.
pub fn read(input: &mut impl BufRead) -> Option<Value> {
    let mut length = None;
    loop {
        let mut line = String::new();
        if input.take(1000).read_line(&mut line).ok()? == 0 {
            return None;
        }
        let line = line.trim_end();
        if line.is_empty() {
            break;
        }
        if let Some((name, value)) = line.split_once(':')
            && name.eq_ignore_ascii_case("content-length")
        {
            length = value.trim().parse().ok();
        }
    }
    let length: usize = length.filter(|length| *length <= LARGEST)?;
    let mut body = Vec::new();
    input.take(length as u64).read_to_end(&mut body).ok()?;
    if body.len() < length {
        return None;
    }
    serde_json::from_slice(&body).ok()
}

/// Writes messages, and numbers them.
pub struct Writer {
    out: Box<dyn Write + Send>,
    last: u64,
}

impl Writer {
    pub fn new(out: Box<dyn Write + Send>) -> Self {
        Self { out, last: 0 }
    }

    pub fn event(&mut self, event: &str, body: Value) -> io::Result<()> {
        self.send(json!({ "type": "event", "event": event, "body": body }))
    }

    pub fn response(&mut self, request: &Value, outcome: Result<Value, String>) -> io::Result<()> {
        let mut message = json!({
            "type": "response",
            "request_seq": request["seq"],
            "command": request["command"],
            "success": outcome.is_ok(),
        });
        match outcome {
            Ok(body) => message["body"] = body,
            Err(error) => {
                message["message"] = json!(error);
                message["body"] =
                    json!({ "error": { "id": 1, "format": error, "showUser": true } });
            }
        }
        self.send(message)
    }

    fn send(&mut self, mut message: Value) -> io::Result<()> {
        self.last += 1;
        message["seq"] = json!(self.last);
        let text = message.to_string();
        write!(self.out, "Content-Length: {}\r\n\r\n{text}", text.len())?;
        self.out.flush()
    }
}
