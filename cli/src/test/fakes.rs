//! What tests make up: time that stands still, a network with the answers they give, storage that ends with them.

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt, Full};
use outwit::async_trait;
use outwit::performance::{Clock, SystemClock};
use outwit::timers::Scheduler;
use outwit::{fetch, keyvalue, storage};
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::Notify;

/// The name of the component that asks.
pub const CONTROL: &str = "outwit-test";

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// All of it, for one file of tests.
#[derive(Default)]
pub struct Fakes {
    pub time: Arc<Time>,
    pub network: Arc<Network>,
}

/// A question of a test.
#[derive(Deserialize)]
#[serde(tag = "op", rename_all = "kebab-case")]
enum Question {
    Now,
    Freeze { at: Option<f64> },
    Thaw,
    Step { to: f64 },
    Route(Route),
    Requests,
    Reset,
}

impl Fakes {
    /// Answers a question, both in JSON.
    fn answer(&self, question: &str) -> String {
        let answer = match serde_json::from_str(question) {
            Ok(Question::Now) => self.time.now(),
            Ok(Question::Freeze { at }) => self.time.freeze(at),
            Ok(Question::Thaw) => self.time.thaw(),
            Ok(Question::Step { to }) => self.time.step(to),
            Ok(Question::Route(route)) => self.network.add(route),
            Ok(Question::Requests) => self.network.requests(),
            Ok(Question::Reset) => self.network.reset(),
            Err(_) => Value::Null,
        };
        answer.to_string()
    }
}

/// A clock, and what timers wait on. It can be stopped, and then moves when a test says so.
#[derive(Default)]
pub struct Time {
    real: SystemClock,
    state: Mutex<State>,
    changed: Notify,
    /// How often something has happened: by this one sees that nothing does.
    events: AtomicU64,
}

#[derive(Default)]
struct State {
    /// What timers see while time stands still.
    frozen: Option<Duration>,
    /// What is added to the time of the machine.
    shift: Duration,
    /// What is added to that to make the time of day, in milliseconds, where a test has set it.
    of_day: Option<f64>,
    /// How far timers are ahead of what the clock shows.
    ahead: Duration,
    /// When time was stopped, as the clock showed it.
    since: Duration,
    /// Moments that somebody waits for, as the clock will show them and as timers count, and how many do.
    waiting: BTreeMap<(Duration, Duration), usize>,
}

/// Moments pass through plugins as milliseconds with fractions, and do not come back exactly. So timers get ahead by this with each step, or
/// one that is due could seem not to be, for ever; and clocks show so much more, or they could show a millisecond less.
const SLACK: Duration = Duration::from_micros(2);

impl State {
    /// What the clock will show at a moment that timers wait for: a whole number of milliseconds after time was stopped, for timers that have
    /// such a delay.
    fn shown_at(&self, when: Duration) -> Duration {
        const MILLI: u32 = 1_000_000;
        let exact = when.saturating_sub(self.ahead);
        let after = exact.saturating_sub(self.since);
        let over = after.subsec_nanos() % MILLI;
        match over {
            0..400_000 => exact.saturating_sub(Duration::from_nanos(over.into())),
            600_000.. => exact.saturating_add(Duration::from_nanos((MILLI - over).into())),
            _ => exact,
        }
    }
}

fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}

/// A time from JavaScript; one that is none is the beginning.
fn duration(millis: f64) -> Duration {
    Duration::try_from_secs_f64((millis / 1000.0).max(0.0)).unwrap_or_default()
}

impl Time {
    fn show(&self, state: &State) -> Duration {
        state
            .frozen
            .unwrap_or_else(|| self.real.monotonic().saturating_add(state.shift))
    }

    /// The time as timers count it.
    fn of_timers(&self, state: &State) -> Duration {
        self.show(state).saturating_add(state.ahead)
    }

    fn time_of_day(&self, state: &State) -> Duration {
        match state.of_day {
            Some(of_day) => duration(millis(self.show(state)) + of_day),
            None => self.real.wall(),
        }
    }

    fn now(&self) -> Value {
        let state = lock(&self.state);
        let counted = self.of_timers(&state);
        let mut ahead = state.waiting.keys().filter(|(_, when)| *when > counted);
        json!({
            "now": millis(self.show(&state)),
            "wall": millis(self.time_of_day(&state)),
            "real": millis(self.real.wall()),
            "isFrozen": state.frozen.is_some(),
            "next": ahead.next().map(|(shown, _)| millis(*shown)),
            "waiting": state.waiting.values().sum::<usize>(),
        })
    }

    fn freeze(&self, at: Option<f64>) -> Value {
        let mut state = lock(&self.state);
        let now = self.show(&state);
        let of_day = at.unwrap_or_else(|| millis(self.time_of_day(&state)));
        if state.frozen.is_none() {
            state.since = now;
        }
        state.frozen = Some(now);
        state.of_day = Some(of_day - millis(now));
        Value::Null
    }

    fn thaw(&self) -> Value {
        let mut state = lock(&self.state);
        if let Some(frozen) = state.frozen.take() {
            // What timers see never runs backwards.
            let frozen = frozen.saturating_add(std::mem::take(&mut state.ahead));
            state.shift = frozen.saturating_sub(self.real.monotonic());
            state.of_day = None;
        }
        drop(state);
        self.changed.notify_waiters();
        Value::Null
    }

    /// Moves to the next moment that somebody waits for, or to this one if it comes first.
    fn step(&self, to: f64) -> Value {
        let mut state = lock(&self.state);
        let now = self.show(&state);
        let to = duration(to).max(now);
        let counted = self.of_timers(&state);
        let next = state
            .waiting
            .keys()
            .copied()
            .find(|(_, when)| *when > counted);
        let next = next
            .map(|(shown, when)| (shown.max(now), when))
            .filter(|(shown, _)| *shown <= to);
        let (next, when) = next.unwrap_or((to, Duration::ZERO));
        if state.frozen.is_some() {
            state.frozen = Some(next);
            let enough = when.saturating_add(SLACK).saturating_sub(next);
            state.ahead = state.ahead.saturating_add(SLACK).max(enough);
        }
        drop(state);
        self.changed.notify_waiters();
        json!({ "isThere": next >= to })
    }

    /// Notes that something happens.
    fn happened(&self) {
        self.events.fetch_add(1, Ordering::Relaxed);
    }

    /// Returns when nothing happens any more, or after a while all the same.
    async fn settle(&self) {
        const PAUSE: Duration = Duration::from_millis(1);
        // Long enough for a plugin to compute what it does between two things that can be seen from here.
        const QUIET: u32 = 8;
        let mut quiet = 0;
        let mut before = self.events.load(Ordering::Relaxed);
        for count in 0..500 {
            tokio::time::sleep(PAUSE).await;
            let now = self.events.load(Ordering::Relaxed);
            // Whoever waits for what has come has not been told yet; or is in an instance that nobody calls, and is not told at all.
            let is_due = count < 30 && {
                let state = lock(&self.state);
                let now = self.of_timers(&state);
                state.waiting.keys().any(|(_, when)| *when <= now)
            };
            quiet = if now == before && !is_due {
                quiet + 1
            } else {
                0
            };
            if quiet == QUIET {
                return;
            }
            before = now;
        }
    }
}

/// For plugins there is one time, that of the day: they see it move as tests set it.
impl Clock for Time {
    fn monotonic(&self) -> Duration {
        self.time_of_day(&lock(&self.state)).saturating_add(SLACK)
    }

    fn wall(&self) -> Duration {
        self.time_of_day(&lock(&self.state)).saturating_add(SLACK)
    }
}

/// Somebody who waits for a moment.
struct Waiting<'a>(&'a Time, (Duration, Duration));

impl<'a> Waiting<'a> {
    fn new(time: &'a Time, when: Duration) -> Self {
        let mut state = lock(&time.state);
        let moment = (state.shown_at(when), when);
        *state.waiting.entry(moment).or_default() += 1;
        drop(state);
        time.happened();
        Self(time, moment)
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        let mut state = lock(&self.0.state);
        if let Some(count) = state.waiting.get_mut(&self.1) {
            *count -= 1;
            if *count == 0 {
                state.waiting.remove(&self.1);
            }
        }
        self.0.happened();
    }
}

#[async_trait]
impl Scheduler for Time {
    fn now(&self) -> Duration {
        self.of_timers(&lock(&self.state))
    }

    async fn wait_until(&self, when: Duration) {
        let _waiting = Waiting::new(self, when);
        loop {
            let changed = self.changed.notified();
            let (now, is_frozen) = {
                let state = lock(&self.state);
                (self.of_timers(&state), state.frozen.is_some())
            };
            if now >= when {
                return;
            }
            if is_frozen {
                changed.await;
            } else {
                // Nothing but a change matters before.
                let _ = tokio::time::timeout(when - now, changed).await;
            }
        }
    }
}

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
}

/// Requests that are answered.
#[derive(Clone, Deserialize)]
struct Route {
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
    fn add(&self, route: Route) -> Value {
        lock(&self.routes).insert(0, route);
        Value::Null
    }

    fn requests(&self) -> Value {
        Value::from(lock(&self.requests).clone())
    }

    fn reset(&self) -> Value {
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
            time: self.fakes.time.clone(),
            network: self.fakes.network.clone(),
            real: self.real.as_ref().map(|real| real.open(plugin, grant)),
        })
    }
}

struct Session {
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
        self.time.happened();
        let method = request.method().to_string();
        let url = allowed.target().url().to_owned();
        let reply = self.network.reply(&method, &url);
        if let (None, Some(real)) = (&reply, &self.real) {
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

/// Storage areas in memory. That of the tests is the plugin's; that of the control component is the fakes.
pub struct Storage {
    pub fakes: Arc<Fakes>,
    pub shared: Arc<storage::MemoryArea>,
    /// The plugin that is tested, and its tests.
    pub names: [String; 2],
}

impl storage::Storage for Storage {
    fn open(
        &self,
        plugin: &str,
        _: &storage::Grant,
    ) -> Result<Arc<dyn storage::Area>, storage::Failure> {
        Ok(if plugin == CONTROL {
            Arc::new(Control(self.fakes.clone()))
        } else if self.names.iter().any(|name| name == plugin) {
            self.shared.clone()
        } else {
            Arc::new(storage::MemoryArea::default())
        })
    }
}

/// The question that takes a while.
const SETTLE: &str = r#"{"op":"settle"}"#;

/// An area in which the value of a question is its answer.
struct Control(Arc<Fakes>);

#[async_trait]
impl storage::Area for Control {
    async fn length(&self, _: storage::Allowed) -> Result<u32, storage::Failure> {
        Ok(0)
    }

    async fn key(&self, _: storage::Allowed, _: u32) -> Result<Option<String>, storage::Failure> {
        Ok(None)
    }

    async fn get(
        &self,
        _: storage::Allowed,
        key: String,
    ) -> Result<Option<String>, storage::Failure> {
        if key == SETTLE {
            self.0.time.settle().await;
        }
        Ok(Some(self.0.answer(&key)))
    }

    async fn set(&self, _: storage::Allowed, _: String, _: String) -> Result<(), storage::Failure> {
        Ok(())
    }

    async fn remove(&self, _: storage::Allowed, _: String) -> Result<(), storage::Failure> {
        Ok(())
    }

    async fn clear(&self, _: storage::Allowed) -> Result<(), storage::Failure> {
        Ok(())
    }
}

/// Buckets in memory, the tests' being the plugin's.
#[derive(Default)]
pub struct KeyValue {
    memory: keyvalue::SystemKeyValue,
    names: [String; 2],
    opened: Mutex<HashMap<String, Arc<dyn keyvalue::Buckets>>>,
}

impl KeyValue {
    pub fn new(names: [String; 2]) -> KeyValue {
        KeyValue {
            names,
            ..KeyValue::default()
        }
    }
}

impl keyvalue::KeyValue for KeyValue {
    fn open(
        &self,
        plugin: &str,
        grant: &keyvalue::Grant,
    ) -> Result<Arc<dyn keyvalue::Buckets>, keyvalue::Failure> {
        let [tested, tests] = &self.names;
        let plugin = if plugin == tests { tested } else { plugin };
        if let Some(buckets) = lock(&self.opened).get(plugin) {
            return Ok(buckets.clone());
        }
        let grant = keyvalue::Grant::default()
            .with_quota(grant.quota)
            .with_buckets(grant.buckets);
        let buckets = self.memory.open(plugin, &grant)?;
        lock(&self.opened).insert(plugin.to_owned(), buckets.clone());
        Ok(buckets)
    }
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

    #[test]
    fn time_that_stands_still_moves_from_timer_to_timer() {
        let time = Time::default();
        time.freeze(Some(0.0));
        let start = time.show(&lock(&time.state));
        let when = start + Duration::from_millis(30);
        let waiting = Waiting::new(&time, when);
        let to = millis(start) + 100.0;
        assert_eq!(time.step(to)["isThere"], false);
        assert!(Scheduler::now(&time) > when);
        drop(waiting);
        assert_eq!(time.wall(), Duration::from_millis(30) + SLACK);
        assert_eq!(time.step(to)["isThere"], true);
        assert_eq!(time.wall(), Duration::from_millis(100) + SLACK);
        time.thaw();
        assert!(time.show(&lock(&time.state)) >= start + Duration::from_millis(100));
    }
}
