//! Who is on which channel, and who waits for whom.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::oneshot;

use super::queue::{Failure, MOST, Message, Queue};

/// Brings messages from plugin to plugin, and from and to the application, which holds one as well. Plugins of all apps with
/// one hub hear each other.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), outwit::messaging::Failure> {
/// use std::sync::Arc;
/// use outwit::{Host, messaging::Hub};
///
/// let hub = Arc::new(Hub::default());
/// let host = Host::system().with_messaging(hub.clone());
/// # let _ = host;
///
/// // Two places on one channel: each hears the other. Plugins take theirs with `new BroadcastChannel("news")`.
/// let here = hub.channel("news");
/// let there = hub.channel("news");
/// here.post(b"rain".as_slice())?;
/// assert_eq!(&*there.receive().await?.data, b"rain");
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Default)]
pub struct Hub(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    last: u64,
    channels: HashMap<String, Vec<Member>>,
    connecting: HashMap<String, VecDeque<Caller>>,
    accepting: HashMap<String, VecDeque<Caller>>,
}

#[derive(Debug)]
struct Member {
    id: u64,
    inbox: Arc<Queue>,
}

/// Who waits for the other end of a connection.
#[derive(Debug)]
struct Caller {
    id: u64,
    name: Option<Arc<str>>,
    port: oneshot::Sender<Port>,
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Hub {
    /// Takes a place on a channel, for the application.
    #[must_use]
    pub fn channel(&self, name: &str) -> Channel {
        self.join(name, None, true)
    }

    /// Takes a place on a channel, with an inbox or without.
    pub(super) fn join(&self, name: &str, member: Option<Arc<str>>, hears: bool) -> Channel {
        let inbox = Arc::new(Queue::default());
        let mut state = self.0.state();
        state.last += 1;
        let id = state.last;
        if hears {
            let members = state.channels.entry(name.to_string()).or_default();
            members.push(Member {
                id,
                inbox: inbox.clone(),
            });
        }
        Channel {
            hub: self.0.clone(),
            id,
            name: name.to_string(),
            member,
            inbox,
        }
    }

    /// Connects to a plugin that accepts connections of this name, for the application. Waits until one does.
    pub async fn connect(&self, name: &str) -> Port {
        self.meet(name, None, Side::Connect).await
    }

    /// Waits for a plugin to connect by this name, for the application.
    pub async fn accept(&self, name: &str) -> Port {
        self.meet(name, None, Side::Accept).await
    }

    pub(super) async fn meet(&self, name: &str, caller: Option<Arc<str>>, side: Side) -> Port {
        loop {
            let place = {
                let mut state = self.0.state();
                state.last += 1;
                let id = state.last;
                let (others, ours) = state.callers(side);
                // Who has gone meanwhile is skipped.
                while let Some(other) = others.get_mut(name).and_then(VecDeque::pop_front) {
                    let (mine, theirs) = Port::pair(caller.clone(), other.name);
                    if other.port.send(theirs).is_ok() {
                        return mine;
                    }
                }
                others.remove(name);
                let (port, arrives) = oneshot::channel();
                let callers = ours.entry(name.to_string()).or_default();
                callers.push_back(Caller {
                    id,
                    name: caller.clone(),
                    port,
                });
                Place {
                    hub: self.0.clone(),
                    id,
                    name: name.to_string(),
                    side,
                    arrives,
                }
            };
            if let Some(port) = place.port().await {
                return port;
            }
        }
    }
}

/// Which end of a connection.
#[derive(Debug, Clone, Copy)]
pub(super) enum Side {
    Connect,
    Accept,
}

type Callers = HashMap<String, VecDeque<Caller>>;

impl State {
    /// Those on the other side, and those on this one.
    fn callers(&mut self, side: Side) -> (&mut Callers, &mut Callers) {
        match side {
            Side::Connect => (&mut self.accepting, &mut self.connecting),
            Side::Accept => (&mut self.connecting, &mut self.accepting),
        }
    }
}

/// A place in the queue of those who wait for a connection. Dropping it leaves the queue.
struct Place {
    hub: Arc<Shared>,
    id: u64,
    name: String,
    side: Side,
    arrives: oneshot::Receiver<Port>,
}

impl Place {
    async fn port(mut self) -> Option<Port> {
        (&mut self.arrives).await.ok()
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut state = self.hub.state();
        let (_, ours) = state.callers(self.side);
        if let Some(callers) = ours.get_mut(&self.name) {
            callers.retain(|caller| caller.id != self.id);
            if callers.is_empty() {
                ours.remove(&self.name);
            }
        }
    }
}

/// A place on a channel. Dropping it leaves the channel.
#[derive(Debug)]
pub struct Channel {
    hub: Arc<Shared>,
    id: u64,
    name: String,
    member: Option<Arc<str>>,
    inbox: Arc<Queue>,
}

impl Channel {
    /// Sends to everybody else on the channel: to all or, if one of them is full, to nobody.
    ///
    /// # Errors
    ///
    /// [`Failure::Full`] if a receiver does not keep up.
    pub fn post(&self, data: impl Into<Arc<[u8]>>) -> Result<(), Failure> {
        let message = Message {
            sender: self.member.clone(),
            data: data.into(),
        };
        // While the state is taken nobody else posts, so room stays room.
        let state = self.hub.state();
        let members = state
            .channels
            .get(&self.name)
            .map_or(&[][..], Vec::as_slice);
        let others = || members.iter().filter(|member| member.id != self.id);
        if !others().all(|member| member.inbox.has_room(message.data.len())) {
            return Err(Failure::Full(u32::try_from(MOST).unwrap_or(u32::MAX)));
        }
        for member in others() {
            member.inbox.push(message.clone());
        }
        Ok(())
    }

    /// The next message, once there is one.
    ///
    /// # Errors
    ///
    /// None at present.
    pub async fn receive(&self) -> Result<Message, Failure> {
        self.inbox.next().await
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }
}

impl Drop for Channel {
    fn drop(&mut self) {
        let mut state = self.hub.state();
        if let Some(members) = state.channels.get_mut(&self.name) {
            members.retain(|member| member.id != self.id);
            if members.is_empty() {
                state.channels.remove(&self.name);
            }
        }
    }
}

/// One end of a connection. Dropping it closes the connection.
#[derive(Debug)]
pub struct Port {
    owner: Option<Arc<str>>,
    inbox: Arc<Queue>,
    outbox: Arc<Queue>,
}

impl Port {
    fn pair(one: Option<Arc<str>>, other: Option<Arc<str>>) -> (Port, Port) {
        let (a, b) = (Arc::new(Queue::default()), Arc::new(Queue::default()));
        let first = Port {
            owner: one,
            inbox: a.clone(),
            outbox: b.clone(),
        };
        let second = Port {
            owner: other,
            inbox: b,
            outbox: a,
        };
        (first, second)
    }

    /// Sends to the other end.
    ///
    /// # Errors
    ///
    /// [`Failure::Full`] if the other end does not keep up, [`Failure::Closed`] if it is gone.
    pub fn post(&self, data: impl Into<Arc<[u8]>>) -> Result<(), Failure> {
        let data = data.into();
        if self.inbox.is_closed() {
            return Err(Failure::Closed);
        }
        if !self.outbox.has_room(data.len()) {
            return Err(Failure::Full(u32::try_from(MOST).unwrap_or(u32::MAX)));
        }
        self.outbox.push(Message {
            sender: self.owner.clone(),
            data,
        });
        Ok(())
    }

    /// The next message, once there is one.
    ///
    /// # Errors
    ///
    /// [`Failure::Closed`] if the other end is gone and nothing waits.
    pub async fn receive(&self) -> Result<Message, Failure> {
        self.inbox.next().await
    }
}

impl Drop for Port {
    fn drop(&mut self) {
        self.inbox.close();
        self.outbox.close();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn everybody_else_hears_or_nobody() {
        let hub = Hub::default();
        let (a, b, c) = (hub.channel("x"), hub.channel("x"), hub.channel("x"));
        let elsewhere = hub.channel("x/");
        a.post(*b"1").unwrap();
        assert_eq!(&*b.receive().await.unwrap().data, b"1");
        assert_eq!(&*c.receive().await.unwrap().data, b"1");
        for _ in 0..MOST {
            a.post(*b"2").unwrap();
        }
        assert_eq!(a.post(*b"3"), Err(Failure::Full(256)));
        for _ in 0..MOST {
            b.receive().await.unwrap();
        }
        // c is still full, so b does not hear more either.
        assert_eq!(a.post(*b"3"), Err(Failure::Full(256)));
        drop(c);
        a.post(*b"4").unwrap();
        assert_eq!(&*b.receive().await.unwrap().data, b"4");
        b.post(*b"5").unwrap();
        assert_eq!(&*a.receive().await.unwrap().data, b"5");
        let quiet = tokio::time::timeout(std::time::Duration::from_millis(5), elsewhere.receive());
        assert!(quiet.await.is_err());
        drop((a, b, elsewhere));
        assert!(hub.0.state().channels.is_empty());
    }

    #[tokio::test]
    async fn long_messages_fill_a_queue_too() {
        let hub = Hub::default();
        let (a, b) = (hub.channel("x"), hub.channel("x"));
        let long: Arc<[u8]> = vec![0; 3 << 20].into();
        a.post(long.clone()).unwrap();
        assert!(matches!(a.post(long.clone()), Err(Failure::Full(_))));
        b.receive().await.unwrap();
        a.post(long).unwrap();
    }

    #[tokio::test]
    async fn connections_are_made_by_name_and_end_with_either_side() {
        let hub = Hub::default();
        // Who gives up does not get the connection.
        let gone = tokio::time::timeout(std::time::Duration::from_millis(5), hub.accept("n"));
        assert!(gone.await.is_err());
        let (one, other) = tokio::join!(hub.connect("n"), hub.accept("n"));
        one.post(*b"a").unwrap();
        one.post(*b"b").unwrap();
        assert_eq!(&*other.receive().await.unwrap().data, b"a");
        other.post(*b"c").unwrap();
        drop(one);
        assert_eq!(&*other.receive().await.unwrap().data, b"b");
        assert_eq!(other.receive().await, Err(Failure::Closed));
        assert_eq!(other.post(*b"d"), Err(Failure::Closed));
        let state = hub.0.state();
        assert!(state.connecting.is_empty() && state.accepting.is_empty());
    }
}
