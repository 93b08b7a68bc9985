//! Bodies, on their way between a plugin and the network.

use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::{Buf as _, Bytes};
use http_body::{Body as _, Frame, SizeHint};
use http_body_util::BodyExt as _;
use tokio::sync::{mpsc, oneshot};
use tokio::time::{Instant, Sleep, sleep};
use tokio_util::sync::PollSender;
use wasmtime::component::{
    Destination, FutureConsumer, FutureReader, Source, StreamConsumer, StreamProducer,
    StreamReader, StreamResult,
};
use wasmtime::{AsContextMut, StoreContextMut};

use super::{Body, Failure, Stage};
use crate::bindings::outwit::fetch::client::Error;

/// What a plugin asks of the host, in traces: each call, read of a body, and question how it ended.
pub(crate) const CROSSINGS: &str = "outwit::crossings";

/// The most bytes that are taken from a plugin at once.
const CHUNK: usize = 64 << 10;

/// When something last happened.
#[derive(Clone)]
pub(crate) struct Progress(Arc<Mutex<Instant>>);

impl Progress {
    pub(crate) fn new() -> Progress {
        Progress(Arc::new(Mutex::new(Instant::now())))
    }

    pub(crate) fn note(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now();
    }

    /// Returns once nothing has happened for so long.
    pub(crate) async fn stalled(&self, patience: Duration) {
        loop {
            let last = *self.0.lock().unwrap_or_else(PoisonError::into_inner);
            let Some(end) = last.checked_add(patience) else {
                return std::future::pending().await;
            };
            if end <= Instant::now() {
                return;
            }
            tokio::time::sleep_until(end).await;
        }
    }
}

/// The body of a request, from the plugin.
pub(crate) fn from_guest<D: 'static>(
    mut store: impl AsContextMut<Data = D>,
    content: StreamReader<u8>,
    end: FutureReader<Result<(), Error>>,
    length: Option<u64>,
    progress: Progress,
) -> wasmtime::Result<Body> {
    let (chunks, received) = mpsc::channel(1);
    content.pipe(&mut store, Taker(PollSender::new(chunks)))?;
    let (ended, end_received) = oneshot::channel();
    end.pipe(&mut store, EndTaker(Some(ended)))?;
    let body = FromGuest {
        chunks: received,
        end: end_received,
        promised: Promised(length),
        progress,
    };
    Ok(body.boxed_unsync())
}

/// Takes chunks from the plugin, one at a time.
struct Taker(PollSender<Bytes>);

impl<D> StreamConsumer<D> for Taker {
    type Item = u8;

    fn poll_consume(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        store: StoreContextMut<D>,
        source: Source<'_, u8>,
        finish: bool,
    ) -> Poll<wasmtime::Result<StreamResult>> {
        match self.0.poll_reserve(cx) {
            Poll::Ready(Ok(())) => {
                let mut source = source.as_direct(store);
                let there = source.remaining();
                let chunk = Bytes::copy_from_slice(there.get(..CHUNK).unwrap_or(there));
                let count = chunk.len();
                if count == 0 {
                    return Poll::Ready(Ok(StreamResult::Completed));
                }
                Poll::Ready(Ok(match self.0.send_item(chunk) {
                    Ok(()) => {
                        source.mark_read(count);
                        StreamResult::Completed
                    }
                    Err(_) => StreamResult::Dropped,
                }))
            }
            Poll::Ready(Err(_)) => Poll::Ready(Ok(StreamResult::Dropped)),
            Poll::Pending if finish => Poll::Ready(Ok(StreamResult::Cancelled)),
            Poll::Pending => Poll::Pending,
        }
    }
}

/// Takes what the plugin says of the end.
struct EndTaker(Option<oneshot::Sender<Result<(), Error>>>);

impl<D> FutureConsumer<D> for EndTaker {
    type Item = Result<(), Error>;

    fn poll_consume(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
        store: StoreContextMut<D>,
        mut source: Source<'_, Result<(), Error>>,
        _finish: bool,
    ) -> Poll<wasmtime::Result<()>> {
        let mut value = None;
        source.read(store, &mut value)?;
        if let (Some(value), Some(ended)) = (value, self.0.take()) {
            // Nobody may be there to hear it.
            let _ = ended.send(value);
        }
        Poll::Ready(Ok(()))
    }
}

struct FromGuest {
    chunks: mpsc::Receiver<Bytes>,
    end: oneshot::Receiver<Result<(), Error>>,
    promised: Promised,
    progress: Progress,
}

/// What is left of the length that a plugin promised for a body, if it did.
#[derive(Clone, Copy)]
pub(crate) struct Promised(pub(crate) Option<u64>);

impl Promised {
    /// Notes that something was sent. More than was promised is an error.
    pub(crate) fn sent(&mut self, bytes: usize) -> Result<(), Failure> {
        if let Some(left) = &mut self.0 {
            *left = left.checked_sub(bytes as u64).ok_or(Failure::RequestBody)?;
        }
        Ok(())
    }

    /// Whether nothing is missing.
    pub(crate) fn is_kept(self) -> bool {
        self.0.unwrap_or(0) == 0
    }

    pub(crate) fn size_hint(self) -> SizeHint {
        self.0.map_or_else(SizeHint::default, SizeHint::with_exact)
    }
}

impl http_body::Body for FromGuest {
    type Data = Bytes;
    type Error = Failure;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Failure>>> {
        if let Some(chunk) = ready!(self.chunks.poll_recv(cx)) {
            self.progress.note();
            let sent = self.promised.sent(chunk.len());
            return Poll::Ready(Some(sent.map(|()| Frame::data(chunk))));
        }
        // Only what the plugin says is the end is one: it may have been stopped halfway.
        let whole = matches!(ready!(Pin::new(&mut self.end).poll(cx)), Ok(Ok(())));
        Poll::Ready(match whole && self.promised.is_kept() {
            true => None,
            false => Some(Err(Failure::RequestBody)),
        })
    }

    fn size_hint(&self) -> SizeHint {
        self.promised.size_hint()
    }
}

/// A body that may have so many bytes and no more.
pub(crate) fn limited(body: Body, most: u64) -> Body {
    Limited { body, left: most }.boxed_unsync()
}

struct Limited {
    body: Body,
    left: u64,
}

impl http_body::Body for Limited {
    type Data = Bytes;
    type Error = Failure;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Failure>>> {
        let frame = ready!(Pin::new(&mut self.body).poll_frame(cx));
        if let Some(Ok(frame)) = &frame
            && let Some(data) = frame.data_ref()
        {
            match self.left.checked_sub(data.len() as u64) {
                Some(left) => self.left = left,
                None => return Poll::Ready(Some(Err(Failure::BodyTooLarge))),
            }
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// Gives the body of a response to the plugin, as it asks for it.
pub(crate) struct ToGuest<F> {
    body: Body,
    /// What has come and the plugin has not asked for yet.
    rest: Bytes,
    encode: F,
    end: Option<oneshot::Sender<Result<(), Error>>>,
    patience: Duration,
    /// Runs while the plugin waits.
    timer: Option<Pin<Box<Sleep>>>,
    /// Whether a read of the plugin is going on.
    is_reading: bool,
    /// Whether it has waited for what may come right behind.
    has_lingered: bool,
}

impl<F: FnMut(Failure) -> Error + Send + Unpin + 'static> ToGuest<F> {
    pub(crate) fn new(
        body: Body,
        patience: Duration,
        encode: F,
        end: oneshot::Sender<Result<(), Error>>,
    ) -> ToGuest<F> {
        ToGuest {
            body,
            rest: Bytes::new(),
            encode,
            end: Some(end),
            patience,
            timer: None,
            is_reading: false,
            has_lingered: false,
        }
    }

    /// Nothing comes any more.
    fn finish(&mut self, failure: Option<Failure>) {
        let result = failure.map_or(Ok(()), |failure| Err((self.encode)(failure)));
        if let Some(end) = self.end.take() {
            let _ = end.send(result);
        }
    }

    /// Takes the next bytes into `rest`. Nothing is left of the body if it says so.
    fn poll_more(&mut self, cx: &mut Context<'_>) -> Poll<bool> {
        while self.rest.is_empty() {
            if self.body.is_end_stream() {
                self.finish(None);
                return Poll::Ready(false);
            }
            match Pin::new(&mut self.body).poll_frame(cx) {
                Poll::Ready(Some(Ok(frame))) => {
                    self.timer = None;
                    if let Ok(data) = frame.into_data() {
                        self.rest = data;
                    }
                }
                Poll::Ready(Some(Err(failure))) => {
                    self.finish(Some(failure));
                    return Poll::Ready(false);
                }
                Poll::Ready(None) => {
                    self.finish(None);
                    return Poll::Ready(false);
                }
                Poll::Pending => {
                    let patience = self.patience;
                    let timer = self.timer.get_or_insert_with(|| Box::pin(sleep(patience)));
                    ready!(timer.as_mut().poll(cx));
                    self.finish(Some(Failure::Timeout(Stage::Body)));
                    return Poll::Ready(false);
                }
            }
        }
        Poll::Ready(true)
    }
}

impl<D, F: FnMut(Failure) -> Error + Send + Unpin + 'static> StreamProducer<D> for ToGuest<F> {
    type Item = u8;
    type Buffer = Option<u8>;

    fn poll_produce<'a>(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        store: StoreContextMut<'a, D>,
        destination: Destination<'a, u8, Option<u8>>,
        finish: bool,
    ) -> Poll<wasmtime::Result<StreamResult>> {
        let this = self.get_mut();
        if !std::mem::replace(&mut this.is_reading, true) {
            tracing::trace!(target: CROSSINGS, "read");
        }
        let produced = this.produce(cx, store, destination, finish);
        if produced.is_ready() {
            this.is_reading = false;
            this.has_lingered = false;
            // What the plugin does in between is not waited for.
            this.timer = None;
        }
        produced
    }
}

impl<F: FnMut(Failure) -> Error + Send + Unpin + 'static> ToGuest<F> {
    fn produce<'a, D>(
        &mut self,
        cx: &mut Context<'_>,
        mut store: StoreContextMut<'a, D>,
        destination: Destination<'a, u8, Option<u8>>,
        finish: bool,
    ) -> Poll<wasmtime::Result<StreamResult>> {
        let is_question = destination.remaining(&mut store) == Some(0);
        let mut destination = destination.as_direct(store, CHUNK);
        let mut written = 0;
        loop {
            // Looks for more also when there is no room for it, so that the end comes with the last bytes.
            match self.poll_more(cx) {
                Poll::Ready(true) => {}
                Poll::Ready(false) => return Poll::Ready(Ok(StreamResult::Dropped)),
                Poll::Pending if written > 0 => return Poll::Ready(Ok(StreamResult::Completed)),
                Poll::Pending if finish => return Poll::Ready(Ok(StreamResult::Cancelled)),
                Poll::Pending => return Poll::Pending,
            }
            // What ends the body is often right behind: a moment's patience saves the plugin a read.
            if written == 0 && !self.has_lingered && !finish && !self.body.is_end_stream() {
                self.has_lingered = true;
                cx.waker().wake_by_ref();
                return Poll::Pending;
            }
            let room = destination.remaining();
            let count = room.len().min(self.rest.len());
            if is_question || count == 0 {
                return Poll::Ready(Ok(StreamResult::Completed));
            }
            if let Some(room) = room.get_mut(..count) {
                self.rest.copy_to_slice(room);
            }
            destination.mark_written(count);
            written += count;
        }
    }
}
