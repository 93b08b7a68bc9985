//! Plugins in plain wasmtime, without Outwit's host: streams between host and plugin.

use outwit_tests::{engine, js};
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};
use tokio::sync::oneshot;
use wasmtime::component::{
    Component, ComponentNamedList, Destination, Instance, Lift, Linker, Lower, Source,
    StreamConsumer, StreamProducer, StreamReader, StreamResult, TypedFunc, VecBuffer,
};
use wasmtime::{AsContextMut, ResourceLimiter, Result, Store, StoreContextMut};

/// What a store knows.
#[derive(Default)]
pub struct State {
    /// The size of the largest memory, in bytes.
    pub memory: usize,
    /// Calls of `gate.pass` that have not been let through: their argument, and what lets them through.
    pub gate: Vec<(u32, oneshot::Sender<()>)>,
}

impl ResourceLimiter for State {
    fn memory_growing(&mut self, _: usize, desired: usize, _: Option<usize>) -> Result<bool> {
        self.memory = self.memory.max(desired);
        Ok(true)
    }

    fn table_growing(&mut self, _: usize, _: usize, _: Option<usize>) -> Result<bool> {
        Ok(true)
    }
}

/// An instance in a store of its own.
pub struct Plain {
    pub store: Store<State>,
    instance: Instance,
}

impl Plain {
    /// Instantiates a JavaScript plugin of `channels`.
    pub async fn new(name: &str, world: &str) -> Plain {
        let component = js(
            &format!("types/channels/{name}.js"),
            "types/channels/wit",
            world,
        );
        Plain::load(&component).await
    }

    /// Instantiates a component.
    pub async fn load(component: &[u8]) -> Plain {
        let engine = engine().wasmtime().clone();
        let component = Component::from_binary(&engine, component).unwrap();
        let mut linker = Linker::<State>::new(&engine);
        let mut gate = linker.instance("test:channels/gate@0.1.0").unwrap();
        gate.func_wrap_concurrent("pass", |accessor, (n,): (u32,)| {
            let (let_through, passed) = oneshot::channel();
            accessor.with(|mut access| access.data_mut().gate.push((n, let_through)));
            Box::pin(async move {
                let _ = passed.await;
                Ok((n,))
            })
        })
        .unwrap();
        gate.func_wrap_concurrent("take", |accessor, (bytes,): (StreamReader<u8>,)| {
            let (let_through, passed) = oneshot::channel();
            accessor.with(|mut access| {
                access.data_mut().gate.push((0, let_through));
                bytes.pipe(access, Through(Valve::default())).unwrap();
            });
            Box::pin(async move {
                let _ = passed.await;
                Ok(())
            })
        })
        .unwrap();
        let mut store = Store::new(&engine, State::default());
        store.limiter(|state| state);
        store.set_epoch_deadline(u64::MAX / 2);
        let instance = linker
            .instantiate_async(&mut store, &component)
            .await
            .unwrap();
        Plain { store, instance }
    }

    /// An exported function of an interface of `test:channels`.
    pub fn function<P, R>(&mut self, interface: &str, name: &str) -> TypedFunc<P, R>
    where
        P: ComponentNamedList + Lower,
        R: ComponentNamedList + Lift,
    {
        let interface = format!("test:channels/{interface}@0.1.0");
        let interface = self
            .instance
            .get_export_index(&mut self.store, None, &interface)
            .unwrap();
        let function = self
            .instance
            .get_export_index(&mut self.store, Some(&interface), name)
            .unwrap();
        self.instance
            .get_typed_func(&mut self.store, function)
            .unwrap()
    }

    /// Calls a function and waits for its result alone.
    pub async fn call<P, R>(&mut self, interface: &str, name: &str, params: P) -> Result<R>
    where
        P: ComponentNamedList + Lower + Send + Sync + 'static,
        R: ComponentNamedList + Lift + Send + Sync + 'static,
    {
        let function = self.function::<P, R>(interface, name);
        let call = async |accessor: &wasmtime::component::Accessor<State>| {
            function.call_concurrent(accessor, params).await
        };
        self.store.run_concurrent(call).await?
    }
}

/// Takes elements as they come, and gives them all when the stream has ended.
pub struct Collect<T> {
    items: Vec<T>,
    /// How many it takes before it drops the stream.
    most: usize,
    done: Option<oneshot::Sender<Vec<T>>>,
}

/// Reads a stream to its end, or up to so many elements. What comes out is there when the stream has ended.
pub fn collect<T: Lift + Send + Sync + Unpin + 'static>(
    store: impl AsContextMut<Data = State>,
    stream: StreamReader<T>,
    most: usize,
) -> oneshot::Receiver<Vec<T>> {
    let (done, collected) = oneshot::channel();
    let items = Vec::new();
    let done = Some(done);
    stream.pipe(store, Collect { items, most, done }).unwrap();
    collected
}

impl<T> Drop for Collect<T> {
    fn drop(&mut self) {
        if let Some(done) = self.done.take() {
            let _ = done.send(std::mem::take(&mut self.items));
        }
    }
}

impl<T: Lift + Send + Sync + Unpin + 'static> StreamConsumer<State> for Collect<T> {
    type Item = T;

    fn poll_consume(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
        mut store: StoreContextMut<State>,
        mut source: Source<'_, T>,
        _: bool,
    ) -> Poll<Result<StreamResult>> {
        let room = self.most - self.items.len();
        let count = source.remaining(&mut store).min(room);
        self.items.reserve_exact(count);
        let mut items = Vec::with_capacity(count);
        source.read(&mut store, &mut items)?;
        self.items.append(&mut items);
        Poll::Ready(Ok(match self.items.len() == self.most {
            true => StreamResult::Dropped,
            false => StreamResult::Completed,
        }))
    }
}

/// A valve: lets through as much as it is told to.
#[derive(Clone, Default)]
pub struct Valve(Arc<Mutex<Inner>>);

#[derive(Default)]
struct Inner {
    allowed: usize,
    passed: usize,
    is_gone: bool,
    waker: Option<Waker>,
}

impl Valve {
    /// Lets so many more through.
    pub fn open(&self, count: usize) {
        let mut inner = self.0.lock().unwrap();
        inner.allowed += count;
        if let Some(waker) = inner.waker.take() {
            waker.wake();
        }
    }

    /// How many have been let through.
    pub fn passed(&self) -> usize {
        self.0.lock().unwrap().passed
    }

    /// Whether the other end has let go of it.
    pub fn is_gone(&self) -> bool {
        self.0.lock().unwrap().is_gone
    }

    /// How many may pass now; else whoever asks is woken when some may.
    fn take(&self, context: &mut Context<'_>, wanted: usize) -> usize {
        let mut inner = self.0.lock().unwrap();
        let count = inner.allowed.min(wanted);
        inner.allowed -= count;
        inner.passed += count;
        if count == 0 {
            inner.waker = Some(context.waker().clone());
        }
        count
    }
}

/// A consumer that takes what a valve lets through, or a producer that gives so much.
pub struct Through(pub Valve);

impl Drop for Through {
    fn drop(&mut self) {
        self.0.0.lock().unwrap().is_gone = true;
    }
}

impl StreamConsumer<State> for Through {
    type Item = u8;

    fn poll_consume(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        mut store: StoreContextMut<State>,
        mut source: Source<'_, u8>,
        finish: bool,
    ) -> Poll<Result<StreamResult>> {
        let count = self.0.take(context, source.remaining(&mut store));
        if count == 0 {
            return match finish {
                true => Poll::Ready(Ok(StreamResult::Cancelled)),
                false => Poll::Pending,
            };
        }
        let mut items = Vec::with_capacity(count);
        source.read(&mut store, &mut items)?;
        Poll::Ready(Ok(StreamResult::Completed))
    }
}

impl StreamProducer<State> for Through {
    type Item = u8;
    type Buffer = VecBuffer<u8>;

    fn poll_produce<'a>(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        mut store: StoreContextMut<'a, State>,
        mut destination: Destination<'a, u8, VecBuffer<u8>>,
        finish: bool,
    ) -> Poll<Result<StreamResult>> {
        let before = self.0.passed();
        let wanted = destination.remaining(&mut store).unwrap_or(1);
        let count = self.0.take(context, wanted);
        if count == 0 {
            return match finish {
                true => Poll::Ready(Ok(StreamResult::Cancelled)),
                false => Poll::Pending,
            };
        }
        let bytes: Vec<u8> = (before..before + count).map(|i| i as u8).collect();
        destination.set_buffer(bytes.into());
        Poll::Ready(Ok(StreamResult::Completed))
    }
}
