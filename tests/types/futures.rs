//! Futures between a JavaScript plugin and its host, in plain wasmtime.

use crate::plain::{Plain, State};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};
use tokio::sync::oneshot;
use wasmtime::component::{
    FutureConsumer, FutureProducer, FutureReader, Lift, Lower, Source, TypedFunc,
};
use wasmtime::{AsContextMut, Result, StoreContextMut};

/// A value that comes when it is sent, and says whether anybody looked for it.
struct Later<T> {
    value: oneshot::Receiver<T>,
    was_read: Arc<AtomicBool>,
    is_gone: Arc<AtomicBool>,
}

/// The other side of it.
struct Sender<T> {
    value: oneshot::Sender<T>,
    was_read: Arc<AtomicBool>,
    is_gone: Arc<AtomicBool>,
}

impl<T> Drop for Later<T> {
    fn drop(&mut self) {
        self.is_gone.store(true, Ordering::Relaxed);
    }
}

impl<T: Send + Sync + 'static> FutureProducer<State> for Later<T> {
    type Item = T;

    fn poll_produce(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        _: StoreContextMut<State>,
        finish: bool,
    ) -> Poll<Result<Option<T>>> {
        self.was_read.store(true, Ordering::Relaxed);
        match Pin::new(&mut self.value).poll(context) {
            Poll::Ready(value) => Poll::Ready(Ok(value.ok())),
            Poll::Pending if finish => Poll::Ready(Ok(None)),
            Poll::Pending => Poll::Pending,
        }
    }
}

fn later<T: Lift + Lower + Send + Sync + 'static>(
    store: impl AsContextMut<Data = State>,
) -> (FutureReader<T>, Sender<T>) {
    let (sender, value) = oneshot::channel();
    let (was_read, is_gone) = <(Arc<AtomicBool>, Arc<AtomicBool>)>::default();
    let producer = Later {
        value,
        was_read: was_read.clone(),
        is_gone: is_gone.clone(),
    };
    let sender = Sender {
        value: sender,
        was_read,
        is_gone,
    };
    (FutureReader::new(store, producer).unwrap(), sender)
}

struct Take<T>(Option<oneshot::Sender<T>>);

impl<T: Lift + Send + Sync + 'static> FutureConsumer<State> for Take<T> {
    type Item = T;

    fn poll_consume(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
        mut store: StoreContextMut<State>,
        mut source: Source<'_, T>,
        _: bool,
    ) -> Poll<Result<()>> {
        let mut value = None;
        source.read(&mut store, &mut value)?;
        if let (Some(done), Some(value)) = (self.0.take(), value) {
            let _ = done.send(value);
        }
        Poll::Ready(Ok(()))
    }
}

/// What will be the value of a future.
fn take<T: Lift + Send + Sync + Unpin + 'static>(
    store: impl AsContextMut<Data = State>,
    future: FutureReader<T>,
) -> oneshot::Receiver<T> {
    let (done, taken) = oneshot::channel();
    future.pipe(store, Take(Some(done))).unwrap();
    taken
}

/// A function `double` gives its future before it has the value of the other.
pub async fn doubles(plain: &mut Plain) {
    let function: TypedFunc<(FutureReader<u32>,), (FutureReader<u32>,)> =
        plain.function("api", "double");
    let (future, sender) = later(&mut plain.store);
    let run = plain.store.run_concurrent(async |accessor| {
        let (future,) = function.call_concurrent(accessor, (future,)).await.unwrap();
        sender.value.send(21).unwrap();
        accessor.with(|store| take(store, future)).await.unwrap()
    });
    assert_eq!(run.await.unwrap(), 42);
}

#[tokio::test]
async fn a_value_that_is_awaited() {
    for twice in [false, true] {
        let mut plain = Plain::new("local", "locals").await;
        let function: TypedFunc<(FutureReader<u32>, bool), (u32,)> =
            plain.function("local", "value");
        let (future, sender) = later(&mut plain.store);
        let run = plain.store.run_concurrent(async |accessor| {
            let call = function.call_concurrent(accessor, (future, twice));
            let send = async {
                tokio::task::yield_now().await;
                sender.value.send(7).unwrap();
            };
            tokio::join!(call, send).0.unwrap().0
        });
        assert_eq!(run.await.unwrap(), 7);
    }
}

#[tokio::test]
async fn a_future_that_nobody_looks_at_is_not_read() {
    let mut plain = Plain::new("local", "locals").await;
    let (first, first_sender) = later::<u32>(&mut plain.store);
    let (second, second_sender) = later::<u32>(&mut plain.store);
    second_sender.value.send(5).unwrap();
    let (value,): (u32,) = plain
        .call("local", "second", (first, second))
        .await
        .unwrap();
    assert_eq!(value, 5);
    assert!(second_sender.was_read.load(Ordering::Relaxed));
    assert!(!first_sender.was_read.load(Ordering::Relaxed));
}

#[tokio::test]
async fn futures_that_are_forgotten_are_dropped() {
    let mut plain = Plain::new("local", "locals").await;
    let mut senders = vec![];
    // they are in cycles, so it takes a collection
    for _ in 0..5000 {
        let (future, sender) = later::<u32>(&mut plain.store);
        let () = plain
            .call("local", "ignore-value", (future,))
            .await
            .unwrap();
        senders.push(sender);
    }
    let is_gone = |sender: &&Sender<u32>| sender.is_gone.load(Ordering::Relaxed);
    let gone = senders.iter().filter(is_gone).count();
    assert!(gone > 3000, "{gone} of 5000 are dropped");
    assert!(
        senders
            .iter()
            .all(|sender| !sender.was_read.load(Ordering::Relaxed))
    );
}

#[tokio::test]
async fn a_future_that_is_passed_on() {
    let mut plain = Plain::new("provider", "provider").await;
    let function: TypedFunc<(FutureReader<u32>,), (FutureReader<u32>,)> =
        plain.function("api", "pass-future");
    let (future, sender) = later(&mut plain.store);
    let run = plain.store.run_concurrent(async |accessor| {
        let (future,) = function.call_concurrent(accessor, (future,)).await.unwrap();
        assert!(
            !sender.was_read.load(Ordering::Relaxed),
            "it is passed on unread"
        );
        sender.value.send(9).unwrap();
        accessor.with(|store| take(store, future)).await.unwrap()
    });
    assert_eq!(run.await.unwrap(), 9);
}

#[tokio::test]
async fn a_future_whose_error_is_a_rejection() {
    let mut plain = Plain::new("local", "locals").await;
    for (value, expected) in [(Ok(5), "5"), (Err("late".to_owned()), "late!")] {
        let (future, sender) = later::<Result<u32, String>>(&mut plain.store);
        sender.value.send(value).unwrap();
        let (text,): (String,) = plain.call("local", "settle", (future,)).await.unwrap();
        assert_eq!(text, expected);
    }
}

#[tokio::test]
async fn a_future_out_of_a_synchronous_function() {
    let mut plain = Plain::new("local", "locals").await;
    let (future,): (FutureReader<u32>,) =
        plain.call("local", "value-at-once", (6u32,)).await.unwrap();
    let value = plain
        .store
        .run_concurrent(async |accessor| accessor.with(|store| take(store, future)).await.unwrap());
    assert_eq!(value.await.unwrap(), 6);
}

/// As many calls leave nothing behind: no memory, no handles.
#[tokio::test]
async fn calls_leave_nothing_behind() {
    let mut plain = Plain::new("provider", "provider").await;
    let double: TypedFunc<(FutureReader<u32>,), (FutureReader<u32>,)> =
        plain.function("api", "double");
    let when: TypedFunc<(FutureReader<()>,), (String,)> = plain.function("api", "when");
    let mut marks = vec![];
    for round in [5_000, 45_000] {
        let run = plain.store.run_concurrent(async |accessor| {
            for i in 0..round {
                let (future, sender) = accessor.with(|store| later(store));
                let (future,) = double.call_concurrent(accessor, (future,)).await.unwrap();
                let doubled = accessor.with(|store| take(store, future));
                sender.value.send(i).unwrap();
                assert_eq!(doubled.await.unwrap(), i * 2);
                let (future, sender) = accessor.with(|store| later(store));
                sender.value.send(()).unwrap();
                when.call_concurrent(accessor, (future,)).await.unwrap();
            }
            for _ in 0..100 {
                tokio::task::yield_now().await;
            }
        });
        run.await.unwrap();
        let handles = plain.store.concurrent_state_table_size();
        marks.push((plain.store.data().memory, handles));
    }
    assert_eq!(marks[0], marks[1]);
}
