//! Streams and futures from one store to another.
//!
//! A pipe has one end in each store: what reads from the writer there, and what writes to the reader
//! here. Nothing is buffered: the writer's elements are taken only when the reader asks for them, so a
//! write ends when the reader has it, as if both were in one store. An end that goes away, because
//! its plugin dropped it or because its store ended, is seen at the other end.

use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use tokio::sync::Notify;
use wasmtime::component::{
    ComponentType, Destination, FutureAny, FutureConsumer, FutureProducer, FutureReader, Lift,
    Lower, ReadBuffer, Source, StreamAny, StreamConsumer, StreamProducer, StreamReader,
    StreamResult, Val, VecBuffer, WriteBuffer,
};
use wasmtime::{AsContextMut as _, Result, StoreContextMut};

use super::carry::{self, Carried};
use super::element::{self, Element};
use super::plan::{Payload, Plan};
use crate::error::Error;
use crate::state::State;

/// As many elements as are asked for when nobody says how many.
const MANY: usize = 1024;
/// The most elements that are on their way at a time, whatever two plugins agree on.
const MOST: usize = 1 << 16;

/// What one instance has to do with others.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    /// Ends of pipes.
    pub(crate) pipes: AtomicUsize,
    /// Handles to resources of other plugins.
    pub(crate) proxies: AtomicUsize,
    /// Resources of its own that other plugins have.
    pub(crate) owned: AtomicUsize,
    /// Told when the last pipe ends.
    wake: Arc<Notify>,
}

impl Tally {
    pub(crate) fn new(wake: Arc<Notify>) -> Tally {
        Tally {
            wake,
            ..Tally::default()
        }
    }
}

/// One end of a pipe keeps the instance it is in running.
struct End(Arc<Tally>);

impl End {
    fn new(tally: &Arc<Tally>) -> End {
        tally.pipes.fetch_add(1, Ordering::Relaxed);
        End(tally.clone())
    }
}

impl Drop for End {
    fn drop(&mut self) {
        if self.0.pipes.fetch_sub(1, Ordering::Relaxed) == 1 {
            self.0.wake.notify_one();
        }
    }
}

struct Pipe<T>(Mutex<Middle<T>>);

struct Middle<T> {
    /// How many the reader asks for. It gets them, or gives up, before it asks again.
    wanted: usize,
    /// Whether the reader only asks whether there are any.
    peeking: bool,
    /// Whether the writer waits with some.
    offered: bool,
    /// On their way.
    items: Vec<T>,
    reader_is_gone: bool,
    writer_is_gone: bool,
    reader: Option<Waker>,
    writer: Option<Waker>,
}

impl<T> Pipe<T> {
    fn new() -> Arc<Pipe<T>> {
        Arc::new(Pipe(Mutex::new(Middle {
            wanted: 0,
            peeking: false,
            offered: false,
            items: Vec::new(),
            reader_is_gone: false,
            writer_is_gone: false,
            reader: None,
            writer: None,
        })))
    }

    fn lock(&self) -> MutexGuard<'_, Middle<T>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn wake(waker: Option<Waker>) {
    if let Some(waker) = waker {
        waker.wake();
    }
}

/// The end that is read. Dropping it tells the writer.
pub(crate) struct Reader<T>(Arc<Pipe<T>>);

impl<T> Drop for Reader<T> {
    fn drop(&mut self) {
        let mut middle = self.0.lock();
        middle.reader_is_gone = true;
        let items = std::mem::take(&mut middle.items);
        let waker = middle.writer.take();
        drop(middle);
        drop(items);
        wake(waker);
    }
}

/// The end that is written to. Dropping it tells the reader.
struct Writer<T>(Arc<Pipe<T>>);

impl<T> Drop for Writer<T> {
    fn drop(&mut self) {
        let mut middle = self.0.lock();
        middle.writer_is_gone = true;
        let waker = middle.reader.take();
        drop(middle);
        wake(waker);
    }
}

/// What can be in a stream or future.
pub(crate) trait Item:
    ComponentType + Lift + Lower + Send + Sync + Sized + Unpin + 'static
{
    /// It, between two stores.
    type Carried: Send + Unpin + 'static;

    fn detach(self, plan: &Plan, store: StoreContextMut<'_, State>) -> Result<Self::Carried>;

    fn attach(
        carried: Self::Carried,
        plan: &Plan,
        store: StoreContextMut<'_, State>,
    ) -> Result<Self>;
}

impl Item for u8 {
    type Carried = u8;
    fn detach(self, _: &Plan, _: StoreContextMut<'_, State>) -> Result<u8> {
        Ok(self)
    }
    fn attach(byte: u8, _: &Plan, _: StoreContextMut<'_, State>) -> Result<u8> {
        Ok(byte)
    }
}

impl Item for () {
    type Carried = ();
    fn detach(self, _: &Plan, _: StoreContextMut<'_, State>) -> Result<()> {
        Ok(())
    }
    fn attach(_: (), _: &Plan, _: StoreContextMut<'_, State>) -> Result<()> {
        Ok(())
    }
}

impl Item for Element {
    type Carried = Carried<Val>;
    fn detach(self, plan: &Plan, store: StoreContextMut<'_, State>) -> Result<Carried<Val>> {
        Ok(carry::detach_one(self.0, plan, store)?)
    }
    fn attach(
        carried: Carried<Val>,
        plan: &Plan,
        store: StoreContextMut<'_, State>,
    ) -> Result<Element> {
        Ok(Element(carry::attach_one(carried, plan, store)?))
    }
}

// ---- the end in the store of the writer ---------------------------------------------------------

/// Reads what a plugin writes, and hands it over.
pub(crate) struct Tap<T: Item> {
    plan: Arc<Plan>,
    pipe: Writer<T::Carried>,
    _end: End,
}

impl<T: Item> Tap<T> {
    /// How many elements to take now; none if the plugin has to wait.
    fn room(&self, cx: &Context<'_>, finish: bool, offered: usize) -> Room {
        let mut middle = self.pipe.0.lock();
        if middle.reader_is_gone {
            return Room::ReaderIsGone;
        }
        if middle.wanted > 0 && middle.items.is_empty() {
            return Room::For(middle.wanted);
        }
        if finish {
            middle.offered = false;
            return Room::GiveUp;
        }
        middle.writer = Some(cx.waker().clone());
        if offered > 0 {
            middle.offered = true;
            if middle.peeking {
                wake(middle.reader.take());
            }
        }
        Room::Wait
    }

    fn hand_over(&self, items: Vec<T::Carried>) {
        let mut middle = self.pipe.0.lock();
        if middle.reader_is_gone {
            return;
        }
        middle.items = items;
        middle.wanted = 0;
        middle.offered = false;
        wake(middle.reader.take());
    }
}

enum Room {
    For(usize),
    Wait,
    GiveUp,
    ReaderIsGone,
}

/// Room for so many elements and no more.
struct Batch<T> {
    items: Vec<T>,
    room: usize,
}

impl<T> Batch<T> {
    fn new(room: usize) -> Batch<T> {
        Batch {
            items: Vec::with_capacity(room),
            room,
        }
    }
}

impl<T: Send + Sync + 'static> ReadBuffer<T> for Batch<T> {
    fn extend<I: IntoIterator<Item = T>>(&mut self, items: I) {
        Extend::extend(&mut self.items, items);
    }

    fn remaining_capacity(&self) -> usize {
        self.room.saturating_sub(self.items.len())
    }

    fn move_from(&mut self, input: &mut dyn WriteBuffer<T>, count: usize) {
        self.items.move_from(input, count);
    }
}

impl<T: Item> StreamConsumer<State> for Tap<T> {
    type Item = T;

    fn poll_consume(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        mut store: StoreContextMut<State>,
        mut source: Source<'_, T>,
        finish: bool,
    ) -> Poll<Result<StreamResult>> {
        let offered = source.remaining(&mut store);
        let room = match self.room(cx, finish, offered) {
            Room::For(room) => room,
            Room::Wait => return Poll::Pending,
            Room::GiveUp => return Poll::Ready(Ok(StreamResult::Cancelled)),
            Room::ReaderIsGone => return Poll::Ready(Ok(StreamResult::Dropped)),
        };
        if offered > 0 {
            let mut items = Batch::new(offered.min(room).min(MOST));
            element::begin_read();
            source.read(&mut store, &mut items)?;
            let mut carried = Vec::with_capacity(items.items.len());
            for item in items.items {
                carried.push(item.detach(&self.plan, store.as_context_mut())?);
            }
            self.hand_over(carried);
        }
        Poll::Ready(Ok(StreamResult::Completed))
    }
}

impl<T: Item> FutureConsumer<State> for Tap<T> {
    type Item = T;

    fn poll_consume(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        mut store: StoreContextMut<State>,
        mut source: Source<'_, T>,
        finish: bool,
    ) -> Poll<Result<()>> {
        match self.room(cx, finish, 1) {
            // If nobody wants it, it is taken and dropped.
            Room::For(_) | Room::ReaderIsGone => {}
            Room::Wait => return Poll::Pending,
            Room::GiveUp => return Poll::Ready(Ok(())),
        }
        let mut item: Option<T> = None;
        element::begin_read();
        source.read(&mut store, &mut item)?;
        if let Some(item) = item {
            let item = item.detach(&self.plan, store)?;
            self.hand_over(vec![item]);
        }
        Poll::Ready(Ok(()))
    }
}

// ---- the end in the store of the reader ---------------------------------------------------------

/// Gives a plugin what was handed over.
struct Target<T: Item> {
    /// The plugin whose future this is.
    from: Arc<str>,
    plan: Arc<Plan>,
    pipe: Reader<T::Carried>,
    _end: End,
}

impl<T: Item> StreamProducer<State> for Target<T> {
    type Item = T;
    type Buffer = VecBuffer<T>;

    fn poll_produce<'a>(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        mut store: StoreContextMut<'a, State>,
        mut destination: Destination<'a, T, VecBuffer<T>>,
        finish: bool,
    ) -> Poll<Result<StreamResult>> {
        let room = destination.remaining(&mut store).unwrap_or(MANY);
        let items = {
            let mut middle = self.pipe.0.lock();
            if middle.items.is_empty() {
                if middle.writer_is_gone {
                    return Poll::Ready(Ok(StreamResult::Dropped));
                }
                if finish {
                    middle.wanted = 0;
                    middle.peeking = false;
                    return Poll::Ready(Ok(StreamResult::Cancelled));
                }
                if room == 0 && middle.offered {
                    middle.peeking = false;
                    return Poll::Ready(Ok(StreamResult::Completed));
                }
                middle.peeking = room == 0;
                middle.wanted = room;
                middle.reader = Some(cx.waker().clone());
                if room > 0 {
                    wake(middle.writer.take());
                }
                return Poll::Pending;
            }
            let some = middle.items.len().min(room);
            let rest = middle.items.split_off(some);
            std::mem::replace(&mut middle.items, rest)
        };
        let mut attached = Vec::with_capacity(items.len());
        for item in items {
            attached.push(T::attach(item, &self.plan, store.as_context_mut())?);
        }
        if !attached.is_empty() {
            destination.set_buffer(attached.into());
        }
        Poll::Ready(Ok(StreamResult::Completed))
    }
}

impl<T: Item> FutureProducer<State> for Target<T> {
    type Item = T;

    fn poll_produce(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        store: StoreContextMut<State>,
        finish: bool,
    ) -> Poll<Result<Option<T>>> {
        let item = {
            let mut middle = self.pipe.0.lock();
            match middle.items.pop() {
                Some(item) => item,
                None if middle.writer_is_gone => {
                    return Poll::Ready(Err(Error::BrokenFuture {
                        plugin: store.data().meter.plugin().to_string(),
                        provider: self.from.to_string(),
                    }
                    .into()));
                }
                None if finish => {
                    middle.wanted = 0;
                    return Poll::Ready(Ok(None));
                }
                None => {
                    middle.wanted = 1;
                    middle.reader = Some(cx.waker().clone());
                    wake(middle.writer.take());
                    return Poll::Pending;
                }
            }
        };
        Poll::Ready(Ok(Some(T::attach(item, &self.plan, store)?)))
    }
}

// ---- a stream or future on its way --------------------------------------------------------------

/// A stream or future between two stores. Dropping it tells the writer.
pub(crate) struct Channel {
    from: Arc<str>,
    pipe: AnyReader,
}

enum AnyReader {
    Units(Reader<()>),
    Bytes(Reader<u8>),
    Values(Reader<Carried<Val>>, Arc<Plan>),
}

fn end(store: &StoreContextMut<'_, State>) -> Result<End> {
    let links = &store.data().links;
    links.check_pipes()?;
    Ok(End::new(&links.tally))
}

fn plugin(store: &StoreContextMut<'_, State>) -> Arc<str> {
    store.data().meter.plugin().clone()
}

/// Something that is copied.
fn copy() -> Arc<Plan> {
    Arc::new(Plan::Copy)
}

fn source<T: Item>(
    plan: Arc<Plan>,
    store: &StoreContextMut<'_, State>,
) -> Result<(Tap<T>, Reader<T::Carried>)> {
    let pipe = Pipe::new();
    let source = Tap {
        plan,
        pipe: Writer(pipe.clone()),
        _end: end(store)?,
    };
    Ok((source, Reader(pipe)))
}

/// The reading end of a stream or a future in a store.
pub(crate) trait ReadingEnd {
    /// Has what comes out of it go to a tap.
    fn pipe<T: Item>(self, store: &mut StoreContextMut<'_, State>, tap: Tap<T>) -> Result<()>;
}

impl ReadingEnd for StreamAny {
    fn pipe<T: Item>(self, store: &mut StoreContextMut<'_, State>, tap: Tap<T>) -> Result<()> {
        self.try_into_stream_reader::<T>()?.pipe(store, tap)
    }
}

impl ReadingEnd for FutureAny {
    fn pipe<T: Item>(self, store: &mut StoreContextMut<'_, State>, tap: Tap<T>) -> Result<()> {
        self.try_into_future_reader::<T>()?.pipe(store, tap)
    }
}

impl Channel {
    /// Takes the reading end of a stream or a future out of a store.
    pub(crate) fn of(
        end: impl ReadingEnd,
        payload: &Payload,
        mut store: StoreContextMut<'_, State>,
    ) -> Result<Channel> {
        fn pipe<T: Item>(
            end: impl ReadingEnd,
            plan: Arc<Plan>,
            store: &mut StoreContextMut<'_, State>,
        ) -> Result<Reader<T::Carried>> {
            let (source, reader) = source::<T>(plan, store)?;
            end.pipe(store, source)?;
            Ok(reader)
        }
        let from = plugin(&store);
        let store = &mut store;
        let pipe = match payload {
            Payload::Units => AnyReader::Units(pipe::<()>(end, copy(), store)?),
            Payload::Bytes => AnyReader::Bytes(pipe::<u8>(end, copy(), store)?),
            Payload::Values(plan) => {
                AnyReader::Values(pipe::<Element>(end, plan.clone(), store)?, plan.clone())
            }
        };
        Ok(Channel { from, pipe })
    }

    fn target<T: Item>(
        from: Arc<str>,
        pipe: Reader<T::Carried>,
        plan: Arc<Plan>,
        store: &StoreContextMut<'_, State>,
    ) -> Result<Target<T>> {
        Ok(Target {
            from,
            plan,
            pipe,
            _end: end(store)?,
        })
    }

    /// Puts it into a store, as a stream.
    pub(crate) fn into_stream(self, mut store: StoreContextMut<'_, State>) -> Result<StreamAny> {
        fn open<T: Item>(
            target: Target<T>,
            store: &mut StoreContextMut<'_, State>,
        ) -> Result<StreamAny> {
            let reader = StreamReader::<T>::new(&mut *store, target)?;
            reader.try_into_stream_any(store)
        }
        let Channel { from, pipe } = self;
        let store = &mut store;
        match pipe {
            AnyReader::Units(pipe) => open::<()>(Self::target(from, pipe, copy(), store)?, store),
            AnyReader::Bytes(pipe) => open::<u8>(Self::target(from, pipe, copy(), store)?, store),
            AnyReader::Values(pipe, plan) => {
                open::<Element>(Self::target(from, pipe, plan, store)?, store)
            }
        }
    }

    /// Puts it into a store, as a future.
    pub(crate) fn into_future(self, mut store: StoreContextMut<'_, State>) -> Result<FutureAny> {
        fn open<T: Item>(
            target: Target<T>,
            store: &mut StoreContextMut<'_, State>,
        ) -> Result<FutureAny> {
            let reader = FutureReader::<T>::new(&mut *store, target)?;
            reader.try_into_future_any(store)
        }
        let Channel { from, pipe } = self;
        let store = &mut store;
        match pipe {
            AnyReader::Units(pipe) => open::<()>(Self::target(from, pipe, copy(), store)?, store),
            AnyReader::Bytes(pipe) => open::<u8>(Self::target(from, pipe, copy(), store)?, store),
            AnyReader::Values(pipe, plan) => {
                open::<Element>(Self::target(from, pipe, plan, store)?, store)
            }
        }
    }
}
