//! Where plugins are attacked: an app with a neighbour, and what has to hold afterwards.

use outwit::{App, Error, LimitKind, Limits, Plugin, PluginConfig, Val};
use outwit_tests::{engine, js};
use std::sync::LazyLock;
use std::time::Duration;
use tokio::sync::{RwLock, RwLockReadGuard, RwLockWriteGuard};

/// The name of the plugin that attacks.
pub const EVIL: &str = "evil";
const NEIGHBOUR: &str = "neighbour";

/// A way to attack, and what must come of it.
pub struct Attack {
    pub how: &'static str,
    pub expected: Expected,
}

/// The error an attack must end in.
pub enum Expected {
    Limit(LimitKind),
    /// With this reason.
    Trap(&'static str),
    /// With this message.
    Exception(&'static str),
}

impl Expected {
    pub fn check(&self, what: &str, function: &str, error: &Error) {
        let fits = match (self, error) {
            (
                Expected::Limit(expected),
                Error::Limit {
                    plugin,
                    limit,
                    used,
                    allowed,
                },
            ) => plugin == EVIL && limit == expected && used >= allowed,
            (
                Expected::Trap(expected),
                Error::Trap {
                    plugin,
                    function: f,
                    reason,
                    ..
                },
            ) => plugin == EVIL && f == function && reason == expected,
            (
                Expected::Exception(expected),
                Error::Exception {
                    plugin,
                    function: f,
                    message,
                    ..
                },
            ) => plugin == EVIL && f == function && message == expected,
            _ => false,
        };
        assert!(fits, "{what}: {error:?}");
    }
}

/// Little enough that tests are quick, and memory runs out before the time.
pub fn limits() -> Limits {
    let mut limits = Limits::default();
    limits.cpu = Duration::from_secs(20);
    limits.wall = Duration::from_secs(60);
    limits.host_calls = 1 << 40;
    limits
}

/// The limits with little computing time.
pub fn hasty() -> Limits {
    let mut limits = limits();
    limits.cpu = Duration::from_millis(50);
    limits
}

/// The limits with little patience.
pub fn impatient() -> Limits {
    let mut limits = limits();
    limits.wall = Duration::from_millis(400);
    limits
}

/// A plugin of this component under the attacker's name.
pub fn evil(bytes: &[u8]) -> Plugin {
    Plugin::from_bytes(&engine(), EVIL, bytes).expect("it is a component")
}

/// The attacker in JavaScript.
pub fn javascript() -> Plugin {
    static BYTES: LazyLock<Vec<u8>> =
        LazyLock::new(|| js("evil/attacker.js", "evil/wit", "attacker"));
    evil(&BYTES)
}

/// The attacker in Rust.
pub fn native() -> Plugin {
    evil(&outwit_tests::rust("evil/native"))
}

fn neighbour() -> Plugin {
    static PLUGIN: LazyLock<Plugin> = LazyLock::new(|| {
        let bytes = js("evil/counter.js", "evil/wit", "attacker");
        Plugin::from_bytes(&engine(), NEIGHBOUR, bytes).expect("it is a component")
    });
    PLUGIN.clone()
}

/// An app of the plugin that attacks and a neighbour that counts.
pub struct Arena {
    pub app: App,
    /// How often the neighbour was asked to count.
    asked: u32,
}

impl Arena {
    pub fn new(plugin: &Plugin, limits: Limits) -> Arena {
        let evil = PluginConfig::new().limits(limits);
        Arena::of(App::builder(&engine()).plugin(plugin.clone(), evil))
    }

    pub fn of(app: outwit::AppBuilder) -> Arena {
        Arena::try_of(app).expect("the app loads")
    }

    /// For attackers that may not even load.
    pub fn try_of(app: outwit::AppBuilder) -> outwit::Result<Arena> {
        let app = app.plugin(neighbour(), PluginConfig::new()).build()?;
        Ok(Arena { app, asked: 0 })
    }

    /// Lets the attacker count.
    pub async fn count(&self) -> u32 {
        let counted = self.app.call_typed(EVIL, None, "count", ()).await;
        let (count,): (u32,) = counted.unwrap_or_else(|error| panic!("it cannot count: {error}"));
        count
    }

    /// The neighbour counts on, in the instance it always had.
    pub async fn ask_neighbour(&mut self) {
        self.asked += 1;
        let counted = self.app.call_typed(NEIGHBOUR, None, "count", ()).await;
        let (count,): (u32,) = counted.unwrap_or_else(|error| panic!("the neighbour: {error}"));
        assert_eq!(count, self.asked, "the neighbour lost its state");
    }

    /// Calls the attacker, and, whenever it lets others of this thread run, the neighbour.
    pub async fn call(&mut self, function: &str, args: &[Val]) -> outwit::Result<Vec<Val>> {
        let app = self.app.clone();
        let attack = app.call(EVIL, None, function, args);
        tokio::pin!(attack);
        loop {
            tokio::select! {
                biased;
                result = &mut attack => return result,
                () = tokio::task::yield_now() => self.ask_neighbour().await,
            }
        }
    }

    /// Attacks by a function that takes the way to attack; the error is as expected, the neighbour
    /// notices nothing, and the next call of the attacker works, in a new instance.
    pub async fn attack(&mut self, function: &str, attack: &Attack) -> Error {
        self.ask_neighbour().await;
        assert!(self.count().await > 0);
        let full_name = self.full_name(function);
        let result = self.call(function, &[Val::String(attack.how.into())]).await;
        let error = match result {
            Err(error) => error,
            Ok(_) => panic!("{}: nothing happened", attack.how),
        };
        attack.expected.check(attack.how, &full_name, &error);
        self.ask_neighbour().await;
        assert_eq!(
            self.count().await,
            1,
            "{}: the state is not gone",
            attack.how
        );
        error
    }

    /// Nothing is left of the attacker: no handle in another plugin and none of its own to one, no stream; and when its
    /// instance ends it gives all memory back. That an attack failed is counted.
    pub async fn check_nothing_is_left(&self, what: &str, failed: bool) {
        let health = self.app.health();
        let health = health.iter().find(|health| health.plugin == EVIL);
        let health = health.expect("it is there");
        let handles = (health.proxies, health.resources, health.streams);
        assert_eq!(handles, (0, 0, 0), "{what}");
        assert_eq!(health.faults > 0, failed, "{what}: {health:?}");
        self.app.restart(EVIL).await.expect("it is there");
        // An instance may be ended by a task of its own.
        for _ in 0..1000 {
            let metrics = &self.app.metrics().plugins[EVIL];
            if (metrics.live, metrics.memory) == (0, 0) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("{what}: {:?}", self.app.metrics().plugins[EVIL]);
    }

    fn full_name(&self, function: &str) -> String {
        let functions = self.app.functions(EVIL).expect("it is there");
        let function = functions.iter().find(|f| f.name() == function);
        function.expect("it exports this").full_name()
    }
}

/// Memory is measured for the whole process, so tests that measure it run alone.
static MEMORY: RwLock<()> = RwLock::const_new(());

/// For tests that others may run beside.
pub async fn beside_others() -> RwLockReadGuard<'static, ()> {
    MEMORY.read().await
}

/// The same for tests that are not asynchronous.
pub fn beside_others_blocking() -> RwLockReadGuard<'static, ()> {
    MEMORY.blocking_read()
}

/// For tests that measure memory.
pub async fn alone() -> RwLockWriteGuard<'static, ()> {
    MEMORY.write().await
}

/// The memory of this process that is in use, in bytes, where that can be told.
pub fn resident() -> Option<u64> {
    let statm = std::fs::read_to_string("/proc/self/statm").ok()?;
    let pages: u64 = statm.split_whitespace().nth(1)?.parse().ok()?;
    Some(pages * 4096)
}
