//! Messages of the Debug Adapter Protocol: JSON with a header that says how long it is.

use serde_json::{Value, json};
use std::io::{self, BufRead, Read, Write};

/// More bytes than this no client sends.
const LARGEST: usize = 4 << 20;
/// Lines of a header, and bytes of a line.
const HEADERS: usize = 8;
const LONGEST: u64 = 200;

/// Reads a message. None at the end.
///
/// # Errors
///
/// What came instead. What speaks another protocol is told by its first line, and nothing more of it is read: a web page
/// can make a browser send what it likes to a port of this machine, but only behind a line of HTTP.
pub fn read(input: &mut impl BufRead) -> Result<Option<Value>, String> {
    let mut length = None;
    for at in 0..=HEADERS {
        let mut line = Vec::new();
        let read = input.take(LONGEST).read_until(b'\n', &mut line);
        match read.map_err(|error| error.to_string())? {
            0 if at == 0 => return Ok(None),
            0 => return Err("the header of a message ended too early".into()),
            _ => {}
        }
        let Some(line) = line.strip_suffix(b"\n") else {
            return Err("this is no header of a message".into());
        };
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        if line.is_empty() && at > 0 {
            return body(input, length).map(Some);
        }
        let text = std::str::from_utf8(line).unwrap_or_default();
        match text.split_once(':') {
            Some((name, value)) if name.eq_ignore_ascii_case("content-length") => {
                let value: Option<usize> = value.trim().parse().ok();
                let value = value.filter(|value| *value <= LARGEST);
                length = Some(value.ok_or("a message of this length is not read")?);
            }
            Some((name, _)) if name.eq_ignore_ascii_case("content-type") => {}
            _ => return Err("this is no header of a message".into()),
        }
    }
    Err("the header of a message is too long".into())
}

fn body(input: &mut impl BufRead, length: Option<usize>) -> Result<Value, String> {
    let length = length.ok_or("the header of a message does not say how long it is")?;
    let mut body = Vec::new();
    let read = input.take(length as u64).read_to_end(&mut body);
    read.map_err(|error| error.to_string())?;
    if body.len() < length {
        return Err("a message ended too early".into());
    }
    serde_json::from_slice(&body).map_err(|error| format!("a message is no JSON: {error}"))
}

/// Writes messages, and numbers them. Where nobody reads any more, nothing is written.
pub struct Writer {
    out: Box<dyn Write + Send>,
    last: u64,
    is_broken: bool,
}

impl Writer {
    pub fn new(out: Box<dyn Write + Send>) -> Self {
        Self {
            out,
            last: 0,
            is_broken: false,
        }
    }

    /// Whether the other side has gone.
    pub fn is_broken(&self) -> bool {
        self.is_broken
    }

    pub fn event(&mut self, event: &str, body: Value) {
        self.send(json!({ "type": "event", "event": event, "body": body }));
    }

    pub fn response(&mut self, request: &Value, outcome: Result<Value, String>) {
        let mut message = json!({
            "type": "response",
            "request_seq": request["seq"].as_u64().unwrap_or_default(),
            "command": request["command"].as_str().unwrap_or_default(),
            "success": outcome.is_ok(),
        });
        match outcome {
            // some clients take no body where the protocol has none
            Ok(Value::Null) => {}
            Ok(body) => message["body"] = body,
            Err(error) => {
                message["message"] = json!(error);
                // what stands in braces would be taken for a variable
                message["body"] = json!({ "error": {
                    "id": 1,
                    "format": "{error}",
                    "variables": { "error": error },
                    "showUser": true,
                } });
            }
        }
        self.send(message);
    }

    fn send(&mut self, mut message: Value) {
        if self.is_broken {
            return;
        }
        self.last += 1;
        message["seq"] = json!(self.last);
        self.is_broken = self.write(&message.to_string()).is_err();
    }

    fn write(&mut self, text: &str) -> io::Result<()> {
        write!(self.out, "Content-Length: {}\r\n\r\n{text}", text.len())?;
        self.out.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(bytes: &[u8]) -> Result<Option<Value>, String> {
        read(&mut &*bytes)
    }

    #[test]
    fn messages_are_read() {
        assert_eq!(of(b""), Ok(None));
        let message = b"Content-Length: 7\r\n\r\n{\"a\":1}rest";
        assert_eq!(of(message), Ok(Some(json!({ "a": 1 }))));
        let message = b"content-type: x\ncontent-length:2\n\n{}";
        assert_eq!(of(message), Ok(Some(json!({}))));
    }

    #[test]
    fn what_is_no_message_is_refused() {
        let deep = format!("Content-Length: 100000\r\n\r\n{}", "[".repeat(100_000));
        let long = format!("Content-Length: {}", "1".repeat(100_000));
        let many = "Content-Type: a\r\n".repeat(100);
        for bytes in [
            &b"GET / HTTP/1.1\r\nContent-Length: 2\r\n\r\n{}"[..],
            b"POST /Content-Length: 2\r\n\r\n{}",
            b"\r\n\r\n{}",
            b"Content-Length: 99999999999999999999\r\n\r\n{}",
            b"Content-Length: 4194305\r\n\r\n{}",
            b"Content-Length: -1\r\n\r\n{}",
            b"Content-Length: 3\r\n\r\n{}",
            b"Content-Length: 2\r\n\r\nab",
            b"Content-Length: 2",
            b"Content-Type: 2\r\n\r\n{}",
            b"\xff\xfe: 1\r\n\r\n",
            deep.as_bytes(),
            long.as_bytes(),
            many.as_bytes(),
        ] {
            assert!(of(bytes).is_err(), "{:?}", String::from_utf8_lossy(bytes));
        }
    }

    #[test]
    fn nothing_is_written_to_who_has_gone() {
        struct Gone;
        impl Write for Gone {
            fn write(&mut self, _: &[u8]) -> io::Result<usize> {
                Err(io::ErrorKind::BrokenPipe.into())
            }
            fn flush(&mut self) -> io::Result<()> {
                Ok(())
            }
        }
        let mut writer = Writer::new(Box::new(Gone));
        writer.event("output", json!({}));
        assert!(writer.is_broken());
    }
}
