//! Backends that count whoever uses them.

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use outwit::async_trait;
use outwit::storage::{Allowed, Area, Failure, Storage};
use outwit::{console, crypto, fetch, keyvalue, performance, storage, timers, websocket};

/// Backends that count whoever uses them.
#[derive(Clone, Default)]
pub struct Tripwire(pub Arc<AtomicU64>);

impl Tripwire {
    pub fn touch(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

impl console::Sink for Tripwire {
    fn write(&self, _: &str, _: console::Level, _: &str) {
        self.touch();
    }
}

impl performance::Clock for Tripwire {
    fn monotonic(&self) -> Duration {
        self.touch();
        Duration::ZERO
    }

    fn wall(&self) -> Duration {
        self.touch();
        Duration::ZERO
    }
}

impl crypto::Entropy for Tripwire {
    fn fill(&self, _: &mut [u8]) -> std::io::Result<()> {
        self.touch();
        Ok(())
    }
}

#[async_trait]
impl timers::Scheduler for Tripwire {
    fn now(&self) -> Duration {
        self.touch();
        Duration::ZERO
    }

    async fn wait_until(&self, _: Duration) {
        self.touch();
    }
}

impl Storage for Tripwire {
    fn open(&self, _: &str, _: &storage::Grant) -> Result<Arc<dyn Area>, Failure> {
        Ok(Arc::new(self.clone()))
    }
}

#[async_trait]
impl Area for Tripwire {
    async fn length(&self, _: Allowed) -> Result<u32, Failure> {
        self.touch();
        Ok(0)
    }

    async fn key(&self, _: Allowed, _: u32) -> Result<Option<String>, Failure> {
        self.touch();
        Ok(None)
    }

    async fn get(&self, _: Allowed, _: String) -> Result<Option<String>, Failure> {
        self.touch();
        Ok(None)
    }

    async fn set(&self, _: Allowed, _: String, _: String) -> Result<(), Failure> {
        self.touch();
        Ok(())
    }

    async fn remove(&self, _: Allowed, _: String) -> Result<(), Failure> {
        self.touch();
        Ok(())
    }

    async fn clear(&self, _: Allowed) -> Result<(), Failure> {
        self.touch();
        Ok(())
    }
}

impl keyvalue::KeyValue for Tripwire {
    fn open(
        &self,
        _: &str,
        _: &keyvalue::Grant,
    ) -> Result<Arc<dyn keyvalue::Buckets>, keyvalue::Failure> {
        Ok(Arc::new(self.clone()))
    }
}

#[async_trait]
impl keyvalue::Buckets for Tripwire {
    async fn get(
        &self,
        _: keyvalue::Allowed,
        _: String,
        _: String,
    ) -> Result<Option<Vec<u8>>, keyvalue::Failure> {
        self.touch();
        Ok(None)
    }

    async fn keys(
        &self,
        _: keyvalue::Allowed,
        _: String,
        _: keyvalue::Range,
    ) -> Result<Vec<String>, keyvalue::Failure> {
        self.touch();
        Ok(Vec::new())
    }

    async fn entries(
        &self,
        _: keyvalue::Allowed,
        _: String,
        _: keyvalue::Range,
    ) -> Result<Vec<(String, Vec<u8>)>, keyvalue::Failure> {
        self.touch();
        Ok(Vec::new())
    }

    async fn commit(
        &self,
        _: keyvalue::Allowed,
        _: String,
        _: Vec<keyvalue::Expectation>,
        _: Vec<keyvalue::Change>,
    ) -> Result<bool, keyvalue::Failure> {
        self.touch();
        Ok(true)
    }

    async fn buckets(&self, _: keyvalue::Allowed) -> Result<Vec<String>, keyvalue::Failure> {
        self.touch();
        Ok(Vec::new())
    }

    async fn remove(&self, _: keyvalue::Allowed, _: String) -> Result<(), keyvalue::Failure> {
        self.touch();
        Ok(())
    }
}

/// Names are not even looked up.
#[async_trait]
impl fetch::Resolver for Tripwire {
    async fn resolve(&self, _: &str) -> std::io::Result<Vec<IpAddr>> {
        self.touch();
        Ok(Vec::new())
    }
}

/// Connections of which only the opening is no effect by itself: it is what leads to the others.
#[derive(Clone)]
pub struct Connections {
    pub wire: Tripwire,
    pub opened: Arc<AtomicU64>,
}

impl websocket::Connector for Connections {
    fn open(&self, _: &str, _: &websocket::Grant) -> Arc<dyn websocket::Session> {
        Arc::new(self.clone())
    }
}

#[async_trait]
impl websocket::Session for Connections {
    async fn connect(
        &self,
        _: fetch::Allowed,
        _: &[String],
    ) -> Result<Arc<dyn websocket::Socket>, websocket::Failure> {
        self.opened.fetch_add(1, Ordering::Relaxed);
        Ok(Arc::new(self.clone()))
    }
}

#[async_trait]
impl websocket::Socket for Connections {
    fn protocol(&self) -> &str {
        ""
    }

    async fn send(&self, _: websocket::Message) -> Result<(), websocket::Failure> {
        self.wire.touch();
        Ok(())
    }

    async fn receive(&self) -> Result<websocket::Event, websocket::Failure> {
        self.wire.touch();
        Ok(websocket::Event::Closed(websocket::Closing::default()))
    }

    async fn close(&self, _: websocket::Closing) -> Result<(), websocket::Failure> {
        self.wire.touch();
        Ok(())
    }
}
