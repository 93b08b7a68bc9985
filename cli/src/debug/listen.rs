//! Who the debugger talks to: standard input and output, or one client of a port.

use super::session::{MOST_WAITING, Request};
use super::wire::{self, Writer};
use anyhow::{Context, Result, bail};
use serde_json::Value;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Sender, channel};
use std::time::Duration;
use tokio::sync::mpsc;

/// Connections that have not sent a request yet.
const MOST_STRANGERS: usize = 16;
/// How long one may take to send the first.
const PATIENCE: Duration = Duration::from_secs(10);

pub struct Client {
    pub input: Input,
    pub output: Writer,
}

/// What a client sends, and the first message if it was read already.
pub struct Input {
    first: Option<Value>,
    rest: Box<dyn BufRead + Send>,
}

impl Client {
    pub fn new(input: impl Read + Send + 'static, output: impl Write + Send + 'static) -> Self {
        Self {
            input: Input {
                first: None,
                rest: Box::new(BufReader::new(input)),
            },
            output: Writer::new(Box::new(output)),
        }
    }
}

/// Waits for the first who sends a request. Others are not listened to: whoever speaks something else, such as a browser for a web page,
/// is sent away, and so are those that connect and say nothing.
pub fn listen(address: SocketAddr) -> Result<Client> {
    if !address.ip().is_loopback() {
        bail!(
            "--listen {address}: whoever can connect controls the plugin, so only addresses of this machine will do, such as 127.0.0.1:4711"
        );
    }
    let listener =
        TcpListener::bind(address).with_context(|| format!("cannot listen on {address}"))?;
    eprintln!("listening on {}", listener.local_addr()?);
    let (clients, found) = channel();
    std::thread::Builder::new()
        .name("outwit-debug-listen".into())
        .spawn(move || accept(&listener, &clients))?;
    Ok(found.recv()?)
}

fn accept(listener: &TcpListener, clients: &Sender<Client>) {
    let strangers = Arc::new(AtomicUsize::new(0));
    loop {
        let Ok((stream, _)) = listener.accept() else {
            continue;
        };
        if strangers.load(Ordering::Relaxed) >= MOST_STRANGERS {
            continue;
        }
        strangers.fetch_add(1, Ordering::Relaxed);
        let (clients, strangers) = (clients.clone(), strangers.clone());
        let greet = move || {
            if let Some(client) = greet(stream) {
                // somebody else was first if this fails
                let _ = clients.send(client);
            }
            strangers.fetch_sub(1, Ordering::Relaxed);
        };
        let thread = std::thread::Builder::new().name("outwit-debug-greet".into());
        if thread.spawn(greet).is_err() {
            return;
        }
    }
}

/// The client at the other end, if it begins as one.
fn greet(stream: TcpStream) -> Option<Client> {
    stream.set_read_timeout(Some(PATIENCE)).ok()?;
    let mut input = BufReader::new(stream.try_clone().ok()?);
    let first = wire::read(&mut input).ok()??;
    if first["command"].as_str() != Some("initialize") {
        return None;
    }
    stream.set_read_timeout(None).ok()?;
    Some(Client {
        input: Input {
            first: Some(first),
            rest: Box::new(input),
        },
        output: Writer::new(Box::new(stream)),
    })
}

/// Reads requests for as long as somebody takes them.
pub fn read(mut input: Input) -> Result<mpsc::Receiver<Request>> {
    let (sender, requests) = mpsc::channel(MOST_WAITING);
    let first = input.first.take();
    std::thread::Builder::new()
        .name("outwit-debug-input".into())
        .spawn(move || {
            let mut next = first;
            loop {
                let request = match next.take() {
                    Some(first) => Request::Message(first),
                    None => match wire::read(&mut input.rest) {
                        Ok(Some(request)) => Request::Message(request),
                        Ok(None) => return,
                        Err(error) => Request::Broken(error),
                    },
                };
                let is_last = matches!(request, Request::Broken(_));
                if sender.blocking_send(request).is_err() || is_last {
                    return;
                }
            }
        })?;
    Ok(requests)
}
