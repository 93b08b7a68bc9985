//! The locks of every plugin: <https://w3c.github.io/web-locks/#algorithms>

use std::collections::{HashMap, VecDeque};
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::{oneshot, watch};

use crate::weak_map::WeakMap;

/// The locks of the plugins of an application, in its memory. Each plugin has its own; all its instances share them.
#[derive(Default)]
pub struct Locks {
    plugins: Mutex<WeakMap<String, Manager>>,
    clients: AtomicU64,
}

impl fmt::Debug for Locks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Locks").finish_non_exhaustive()
    }
}

impl Locks {
    /// The locks of a plugin, as long as an instance has them.
    pub(super) fn of(&self, plugin: &str) -> Arc<Manager> {
        let mut plugins = self.plugins.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(manager) = plugins.get(plugin) {
            return manager;
        }
        let manager = Arc::default();
        plugins.insert(plugin.to_string(), &manager);
        manager
    }

    /// A name for an instance.
    pub(super) fn client(&self) -> Arc<str> {
        let number = self.clients.fetch_add(1, Ordering::Relaxed);
        format!("instance-{number}").into()
    }
}

/// How a lock is held.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    Exclusive,
    Shared,
}

/// What to do if a lock cannot be had at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Patience {
    Wait,
    IfAvailable,
    Steal,
}

/// A lock or a request.
#[derive(Debug, Clone)]
pub(super) struct Info {
    pub(super) name: String,
    pub(super) mode: Mode,
    pub(super) client: Arc<str>,
}

/// The locks of one plugin.
#[derive(Debug, Default)]
pub(super) struct Manager {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    last: u64,
    held: Vec<Held>,
    queues: HashMap<String, VecDeque<Waiting>>,
}

#[derive(Debug)]
struct Held {
    id: u64,
    info: Info,
    stolen: watch::Sender<bool>,
}

#[derive(Debug)]
struct Waiting {
    id: u64,
    info: Info,
    granted: oneshot::Sender<HeldLock>,
}

/// What came of a request.
pub(super) enum Requested {
    /// The lock.
    Granted(HeldLock),
    /// Somebody else has it.
    Unavailable,
    /// It will come.
    Later(Pending),
    /// There are too many.
    TooMany,
}

impl Manager {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn request(
        self: &Arc<Self>,
        info: Info,
        patience: Patience,
        limit: u32,
    ) -> Requested {
        let mut state = self.state();
        let waiting: usize = state.queues.values().map(VecDeque::len).sum();
        if waiting + state.held.len() >= limit as usize {
            return Requested::TooMany;
        }
        if patience == Patience::Steal {
            state.held.retain(|held| {
                let stays = held.info.name != info.name;
                if !stays {
                    held.stolen.send_replace(true);
                }
                stays
            });
            return Requested::Granted(self.grant(&mut state, info));
        }
        if !state.queues.contains_key(&info.name) && state.is_free(&info) {
            return Requested::Granted(self.grant(&mut state, info));
        }
        if patience == Patience::IfAvailable {
            return Requested::Unavailable;
        }
        state.last += 1;
        let (granted, lock) = oneshot::channel();
        let pending = Pending {
            manager: self.clone(),
            id: state.last,
            name: info.name.clone(),
            lock,
        };
        let waiting = Waiting {
            id: state.last,
            info,
            granted,
        };
        state
            .queues
            .entry(pending.name.clone())
            .or_default()
            .push_back(waiting);
        Requested::Later(pending)
    }

    fn grant(self: &Arc<Self>, state: &mut State, info: Info) -> HeldLock {
        state.last += 1;
        let (stolen, is_stolen) = watch::channel(false);
        let lock = HeldLock {
            manager: self.clone(),
            id: state.last,
            name: info.name.clone(),
            is_stolen,
        };
        state.held.push(Held {
            id: state.last,
            info,
            stolen,
        });
        lock
    }

    /// Gives locks of a name to those who wait for them.
    fn process(self: &Arc<Self>, name: &str) {
        let mut granted = Vec::new();
        {
            let mut state = self.state();
            while let Some(first) = state.queues.get(name).and_then(VecDeque::front) {
                if !state.is_free(&first.info) {
                    break;
                }
                let first = state.queues.get_mut(name).and_then(VecDeque::pop_front);
                if let Some(Waiting {
                    info, granted: to, ..
                }) = first
                {
                    let lock = self.grant(&mut state, info);
                    granted.push((to, lock));
                }
            }
            if state.queues.get(name).is_some_and(VecDeque::is_empty) {
                state.queues.remove(name);
            }
        }
        for (to, lock) in granted {
            // Who is gone gives the lock back, which takes the state again.
            drop(to.send(lock));
        }
    }

    pub(super) fn snapshot(&self) -> (Vec<Info>, Vec<Info>) {
        let state = self.state();
        let held = state.held.iter().map(|held| held.info.clone()).collect();
        let mut waiting: Vec<_> = state.queues.values().flatten().collect();
        waiting.sort_by_key(|waiting| waiting.id);
        (
            held,
            waiting
                .into_iter()
                .map(|waiting| waiting.info.clone())
                .collect(),
        )
    }
}

impl State {
    /// Whether what is held leaves room for this.
    fn is_free(&self, info: &Info) -> bool {
        !self.held.iter().any(|held| {
            held.info.name == info.name
                && (held.info.mode == Mode::Exclusive || info.mode == Mode::Exclusive)
        })
    }
}

/// A request that waits. Dropping it takes it back.
pub(super) struct Pending {
    manager: Arc<Manager>,
    id: u64,
    name: String,
    lock: oneshot::Receiver<HeldLock>,
}

impl Pending {
    /// Waits for the lock.
    pub(super) async fn granted(mut self) -> Option<HeldLock> {
        (&mut self.lock).await.ok()
    }
}

impl Drop for Pending {
    fn drop(&mut self) {
        {
            let mut state = self.manager.state();
            if let Some(queue) = state.queues.get_mut(&self.name) {
                queue.retain(|waiting| waiting.id != self.id);
            }
        }
        // Those behind it may go ahead.
        self.manager.process(&self.name);
    }
}

/// A lock that is held. Dropping it releases it.
#[derive(Debug)]
pub(super) struct HeldLock {
    manager: Arc<Manager>,
    id: u64,
    name: String,
    is_stolen: watch::Receiver<bool>,
}

impl HeldLock {
    /// What tells when somebody has stolen it.
    pub(super) fn is_stolen(&self) -> watch::Receiver<bool> {
        self.is_stolen.clone()
    }
}

impl Drop for HeldLock {
    fn drop(&mut self) {
        self.manager.state().held.retain(|held| held.id != self.id);
        self.manager.process(&self.name);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn info(name: &str, mode: Mode) -> Info {
        Info {
            name: name.to_string(),
            mode,
            client: "test".into(),
        }
    }

    fn held(requested: Requested) -> HeldLock {
        match requested {
            Requested::Granted(lock) => lock,
            _ => panic!("not granted"),
        }
    }

    fn later(requested: Requested) -> Pending {
        match requested {
            Requested::Later(pending) => pending,
            _ => panic!("not waiting"),
        }
    }

    #[tokio::test]
    async fn locks_are_given_in_order_and_by_mode() {
        let locks = Locks::default();
        let manager = locks.of("p");
        let request = |name, mode, patience| manager.request(info(name, mode), patience, 99);
        let (exclusive, shared) = (Mode::Exclusive, Mode::Shared);
        let first = held(request("a", shared, Patience::Wait));
        let second = held(request("a", shared, Patience::Wait));
        let writer = later(request("a", exclusive, Patience::Wait));
        // Behind a writer, even a reader waits.
        let reader = later(request("a", shared, Patience::Wait));
        assert!(matches!(
            request("a", shared, Patience::IfAvailable),
            Requested::Unavailable
        ));
        drop(held(request("b", exclusive, Patience::IfAvailable)));
        let (has, wants) = manager.snapshot();
        assert_eq!((has.len(), wants.len()), (2, 2));
        assert_eq!(wants[0].mode, exclusive);
        drop(first);
        drop(second);
        let writer = writer.granted().await.unwrap();
        // Who gives up is skipped.
        let gone = later(request("a", exclusive, Patience::Wait));
        let last = later(request("a", shared, Patience::Wait));
        drop(gone);
        drop(writer);
        let (reader, last) = (
            reader.granted().await.unwrap(),
            last.granted().await.unwrap(),
        );
        // Another plugin has locks of its own.
        drop(held(locks.of("q").request(
            info("a", exclusive),
            Patience::Wait,
            99,
        )));
        // A thief waits for nobody, and whoever is robbed learns of it.
        let thief = held(request("a", exclusive, Patience::Steal));
        assert!(*reader.is_stolen().borrow() && *last.is_stolen().borrow());
        drop(reader);
        assert!(matches!(
            request("a", shared, Patience::IfAvailable),
            Requested::Unavailable
        ));
        drop((last, thief));
        let (has, wants) = manager.snapshot();
        assert!(has.is_empty() && wants.is_empty());
        let limit = manager.request(info("a", exclusive), Patience::Wait, 0);
        assert!(matches!(limit, Requested::TooMany));
    }
}
