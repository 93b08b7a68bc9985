//! A network with the answers that tests give.

use super::time::{Time, duration};
use super::{Fakes, Quiet, lock};
use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt, Full};
use outwit::timers::Scheduler;
use outwit::{async_trait, fetch};
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};

/// An answer that a test gives.
#[derive(Clone, Deserialize)]
struct Reply {
    #[serde(default)]
    status: u16,
    #[serde(default)]
    headers: Vec<(String, String)>,
    /// Base64.
    #[serde(default)]
    body: String,
    error: Option<String>,
    /// How long it takes, in milliseconds of the time that tests move.
    #[serde(default)]
    delay: f64,
}

/// Requests that are answered.
#[derive(Clone, Deserialize)]
pub struct Route {
    method: String,
    url: String,
    replies: Vec<Reply>,
}

impl Route {
    fn fits(&self, method: &str, url: &str) -> bool {
        (self.method == "*" || self.method.eq_ignore_ascii_case(method)) && fits(&self.url, url)
    }
}

/// Whether a text is of this pattern, in which `*` stands for any.
fn fits(pattern: &str, text: &str) -> bool {
    let mut parts = pattern.split('*');
    let Some(mut rest) = text.strip_prefix(parts.next().unwrap_or_default()) else {
        return false;
    };
    let parts: Vec<&str> = parts.collect();
    let Some((last, between)) = parts.split_last() else {
        return rest.is_empty();
    };
    for part in between {
        match rest.split_once(part) {
            Some((_, after)) => rest = after,
            None => return false,
        }
    }
    rest.ends_with(last)
}

/// The network as tests make it up.
#[derive(Default)]
pub struct Network {
    routes: Mutex<Vec<Route>>,
    requests: Mutex<Vec<Value>>,
}

impl Network {
    /// A route that was added later comes first.
    pub fn add(&self, route: Route) -> Value {
        lock(&self.routes).insert(0, route);
        Value::Null
    }

    pub fn requests(&self) -> Value {
        Value::from(lock(&self.requests).clone())
    }

    pub fn reset(&self) -> Value {
        lock(&self.routes).clear();
        lock(&self.requests).clear();
        Value::Null
    }

    fn reply(&self, method: &str, url: &str) -> Option<Reply> {
        let mut routes = lock(&self.routes);
        let route = routes.iter_mut().find(|route| route.fits(method, url))?;
        if route.replies.len() > 1 {
            return Some(route.replies.remove(0));
        }
        route.replies.first().cloned()
    }
}

/// Gives plugins the made-up network, and what is behind it if the real one may be used.
pub struct Client {
    pub fakes: Arc<Fakes>,
    pub real: Option<fetch::HttpClient>,
}

impl fetch::Client for Client {
    fn open(&self, plugin: &str, grant: &fetch::Grant) -> Arc<dyn fetch::Session> {
        Arc::new(Session {
            quiet: self.fakes.quiet.clone(),
            time: self.fakes.time.clone(),
            network: self.fakes.network.clone(),
            real: self.real.as_ref().map(|real| real.open(plugin, grant)),
        })
    }
}

struct Session {
    quiet: Arc<Quiet>,
    time: Arc<Time>,
    network: Arc<Network>,
    real: Option<Arc<dyn fetch::Session>>,
}

#[async_trait]
impl fetch::Session for Session {
    async fn send(
        &self,
        allowed: fetch::Allowed,
        request: Request<fetch::Body>,
    ) -> Result<Response<fetch::Body>, fetch::Failure> {
        let method = request.method().to_string();
        let url = allowed.target().url().to_owned();
        let reply = self.network.reply(&method, &url);
        if let (None, Some(real)) = (&reply, &self.real) {
            let _abroad = self.quiet.abroad();
            return real.send(allowed, request).await;
        }
        let (head, body) = request.into_parts();
        let body = body.collect().await?.to_bytes();
        let headers: Vec<(String, String)> = head
            .headers
            .iter()
            .map(|(name, value)| {
                let value = String::from_utf8_lossy(value.as_bytes());
                (name.to_string(), value.into_owned())
            })
            .collect();
        lock(&self.network.requests).push(json!({
            "method": method,
            "url": url,
            "headers": headers,
            "body": String::from_utf8_lossy(&body),
        }));
        let Some(reply) = reply else {
            return Err(fetch::Failure::Protocol(format!(
                "no test answers {method} {url}: write fake.fetch('{method} {url}', {{ body: '…' }}), or run `outwit test --network`"
            )));
        };
        if reply.delay > 0.0 {
            let now = Scheduler::now(&*self.time);
            let delay = duration(reply.delay);
            self.time.wait_until(now.saturating_add(delay)).await;
        }
        if let Some(error) = reply.error {
            return Err(fetch::Failure::Protocol(error));
        }
        let mut response = Response::builder().status(reply.status);
        for (name, value) in &reply.headers {
            response = response.header(name, value);
        }
        let body = Bytes::from(base64(&reply.body));
        let body = Full::new(body)
            .map_err(|never| match never {})
            .boxed_unsync();
        response
            .body(body)
            .map_err(|error| fetch::Failure::Protocol(format!("the answer of the test: {error}")))
    }
}

/// The bytes of a text as `btoa` makes them.
fn base64(text: &str) -> Vec<u8> {
    let digit = |c: u8| match c {
        b'A'..=b'Z' => Some(c - b'A'),
        b'a'..=b'z' => Some(c - b'a' + 26),
        b'0'..=b'9' => Some(c - b'0' + 52),
        b'+' => Some(62),
        b'/' => Some(63),
        _ => None,
    };
    let digits: Vec<u32> = text.bytes().filter_map(digit).map(u32::from).collect();
    let mut bytes = Vec::new();
    for group in digits.chunks(4) {
        let bits = group.iter().fold(0, |bits, digit| bits << 6 | digit) << (6 * (4 - group.len()));
        let three = [(bits >> 16) as u8, (bits >> 8) as u8, bits as u8];
        bytes.extend(three.iter().take(group.len().saturating_sub(1)));
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stands_for_any_text() {
        for (pattern, text, expected) in [
            ("https://a.example/b", "https://a.example/b", true),
            ("https://a.example/b", "https://a.example/bc", false),
            ("https://a.example/*", "https://a.example/b/c", true),
            ("https://*/b", "https://a.example/b", true),
            ("*b*d*", "abcde", true),
            ("*b*d", "abcde", false),
            ("*", "", true),
            ("", "", true),
        ] {
            assert_eq!(fits(pattern, text), expected, "{pattern} {text}");
        }
    }

    #[test]
    fn base64_is_undone() {
        assert_eq!(base64(""), b"");
        assert_eq!(base64("YQ=="), b"a");
        assert_eq!(base64("YWI="), b"ab");
        assert_eq!(base64("YWJj/+8="), b"abc\xff\xef");
    }
}
