//! What passes between a process and its compiling child, both of one build of this crate.
//!
//! A request begins with a key drawn for it; the answer ends with an HMAC under that key. So
//! whatever else ends up on a child's standard output is not taken for code, and half an answer
//! isn't either.

use std::io::{self, Read};

use hmac_13::{Hmac, Mac as _};
use sha2_11::Sha256;

use crate::engine::Settings;
use outwit_cache::Kind;

const MAGIC: &[u8; 8] = b"OUTWITM1";

/// What a child is asked for.
#[derive(Debug, PartialEq)]
pub(super) struct Request<'a> {
    /// Authenticates the answer.
    pub(super) key: [u8; 32],
    pub(super) kind: Kind,
    pub(super) settings: Settings,
    /// See [`outwit_cache::engine_digest`].
    pub(super) engine: [u8; 32],
    /// In bytes.
    pub(super) memory: u64,
    /// In seconds.
    pub(super) time: u64,
    pub(super) bytes: std::borrow::Cow<'a, [u8]>,
}

/// What a child answers.
#[derive(Debug, PartialEq)]
pub(super) enum Answer {
    /// Compiled code.
    Code(Vec<u8>),
    /// Why the bytes cannot be compiled.
    Invalid(String),
    /// The memory it had taken, in bytes, when that was too much.
    Memory(u64),
    /// The child is set up for another engine.
    OtherEngine,
    /// The compiler itself failed.
    Panic(String),
}

fn bad(message: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, message)
}

impl Request<'_> {
    /// Everything but the bytes.
    pub(super) fn head(&self) -> Vec<u8> {
        let Request {
            key,
            kind,
            settings:
                Settings {
                    max_wasm_stack,
                    debug_info,
                },
            engine,
            memory,
            time,
            bytes,
        } = self;
        let mut head = Vec::new();
        head.extend_from_slice(MAGIC);
        head.extend_from_slice(key);
        head.push(kind.byte());
        head.extend_from_slice(engine);
        let (stack, debug_info) = (*max_wasm_stack as u64, u64::from(*debug_info));
        for number in [stack, debug_info, *memory, *time, bytes.len() as u64] {
            head.extend_from_slice(&number.to_le_bytes());
        }
        head
    }

    pub(super) fn read(from: &mut impl Read) -> io::Result<Request<'static>> {
        if &array::<8>(from)? != MAGIC {
            return Err(bad("this is not a request"));
        }
        let key = array(from)?;
        let [kind] = array(from)?;
        let kind = Kind::of_byte(kind).ok_or_else(|| bad("there is no such kind"))?;
        let engine = array(from)?;
        let (max_wasm_stack, debug_info) = (number(from)?, number(from)?);
        let (memory, time, length) = (number(from)?, number(from)?, number(from)?);
        let mut bytes = Vec::new();
        from.take(length).read_to_end(&mut bytes)?;
        if bytes.len() as u64 != length {
            return Err(bad("the request is cut off"));
        }
        Ok(Request {
            key,
            kind,
            settings: Settings {
                max_wasm_stack: usize::try_from(max_wasm_stack)
                    .map_err(|_| bad("the stack is larger than this machine"))?,
                debug_info: debug_info != 0,
            },
            engine,
            memory,
            time,
            bytes: bytes.into(),
        })
    }
}

fn array<const N: usize>(from: &mut impl Read) -> io::Result<[u8; N]> {
    let mut bytes = [0; N];
    from.read_exact(&mut bytes)?;
    Ok(bytes)
}

fn number(from: &mut impl Read) -> io::Result<u64> {
    Ok(u64::from_le_bytes(array(from)?))
}

impl Answer {
    /// The answer as parts of a message: what it is, the body, the HMAC.
    pub(super) fn seal(&self, key: &[u8; 32]) -> ([u8; 9], &[u8], [u8; 32]) {
        let (tag, body): (u8, &[u8]) = match self {
            Answer::Code(code) => (1, code),
            Answer::Invalid(text) => (2, text.as_bytes()),
            Answer::Memory(_) => (3, &[]),
            Answer::OtherEngine => (4, &[]),
            Answer::Panic(text) => (5, text.as_bytes()),
        };
        let number = match self {
            Answer::Memory(used) => *used,
            _ => body.len() as u64,
        };
        let [a, b, c, d, e, f, g, h] = number.to_le_bytes();
        let head = [tag, a, b, c, d, e, f, g, h];
        let mac = mac(key, &head, body).finalize().into_bytes().into();
        (head, body, mac)
    }

    /// The answer in a message, if it is a genuine one.
    pub(super) fn open(mut message: Vec<u8>, key: &[u8; 32]) -> Option<Answer> {
        let (head, rest) = message.split_first_chunk::<9>()?;
        let (body, code) = rest.split_last_chunk::<32>()?;
        mac(key, head, body).verify_slice(code).ok()?;
        let [tag, number @ ..] = *head;
        let text = || String::from_utf8_lossy(body).into_owned();
        match tag {
            1 => {
                message.truncate(message.len() - 32);
                message.drain(..9);
                Some(Answer::Code(message))
            }
            2 => Some(Answer::Invalid(text())),
            3 => Some(Answer::Memory(u64::from_le_bytes(number))),
            4 => Some(Answer::OtherEngine),
            5 => Some(Answer::Panic(text())),
            _ => None,
        }
    }
}

fn mac(key: &[u8; 32], head: &[u8], body: &[u8]) -> Hmac<Sha256> {
    let mut mac = outwit_cache::hmac(key);
    mac.update(head);
    mac.update(body);
    mac
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_arrive() {
        let request = Request {
            key: [1; 32],
            kind: Kind::Module,
            settings: Settings {
                max_wasm_stack: 12_345,
                debug_info: true,
            },
            engine: [2; 32],
            memory: 3,
            time: 4,
            bytes: vec![5; 6].into(),
        };
        let mut message = request.head();
        message.extend_from_slice(&request.bytes);
        assert_eq!(Request::read(&mut message.as_slice()).unwrap(), request);
        for at in 0..message.len() {
            assert!(Request::read(&mut &message[..at]).is_err(), "{at}");
        }
    }

    #[test]
    fn answers_arrive_or_are_refused() {
        let key = [9; 32];
        for answer in [
            Answer::Code(vec![1, 2, 3]),
            Answer::Invalid("no".into()),
            Answer::Memory(77),
            Answer::OtherEngine,
            Answer::Panic("oh".into()),
        ] {
            let (head, body, mac) = answer.seal(&key);
            let message = [head.as_slice(), body, &mac].concat();
            assert_eq!(Answer::open(message.clone(), &key), Some(answer));
            assert_eq!(Answer::open(message.clone(), &[8; 32]), None);
            for at in 0..message.len() {
                let mut flipped = message.clone();
                flipped[at] ^= 1;
                assert_eq!(Answer::open(flipped, &key), None);
                assert_eq!(Answer::open(message[..at].to_vec(), &key), None);
            }
            let with_noise = [b"hello\n", message.as_slice()].concat();
            assert_eq!(Answer::open(with_noise, &key), None);
        }
    }
}
