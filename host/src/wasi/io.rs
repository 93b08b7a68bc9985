//! `wasi:io`, which has no authority of its own: its streams and polls come from the other groups, and
//! what is done to them is judged as theirs. What is written to standard streams is counted here.

use wasmtime::component::{HasData, Linker, Resource, ResourceTable, ResourceType};
use wasmtime_wasi::p2::pipe::{ClosedInputStream, SinkOutputStream};
use wasmtime_wasi_io::bindings::wasi::io;
use wasmtime_wasi_io::bindings::wasi::io::streams::{
    Host as _, HostInputStream as _, HostOutputStream as _, StreamError,
};
use wasmtime_wasi_io::streams::{DynInputStream, DynOutputStream, StreamError as Failure};

use super::gated::{Aim, Label, gated};
use super::operations;
use crate::state::State;

struct HasIo;

impl HasData for HasIo {
    type Data<'a> = &'a mut ResourceTable;
}

type Input = Resource<DynInputStream>;
type Output = Resource<DynOutputStream>;
type Answer<T> = wasmtime::Result<(Result<T, StreamError>,)>;

pub(crate) fn link(linker: &mut Linker<State>) -> wasmtime::Result<()> {
    io::error::add_to_linker::<State, HasIo>(linker, |s| &mut s.wasi.table)?;
    io::poll::add_to_linker::<State, HasIo>(linker, |s| &mut s.wasi.table)?;
    let mut streams = gated!(linker, "wasi:io/streams" {
        STREAM_READ |s, stream: Input, len: u64| (s.of(&stream)) denied (s.denied())
            does answer(s.wasi.table.read(stream, len), s);
        STREAM_BLOCKING_READ |s, stream: Input, len: u64| (s.of(&stream)) denied (s.denied())
            does answer(s.wasi.table.blocking_read(stream, len).await, s);
        STREAM_SKIP |s, stream: Input, len: u64| (s.of(&stream)) denied (s.denied())
            does answer(s.wasi.table.skip(stream, len), s);
        STREAM_BLOCKING_SKIP |s, stream: Input, len: u64| (s.of(&stream)) denied (s.denied())
            does answer(s.wasi.table.blocking_skip(stream, len).await, s);
        INPUT_SUBSCRIBE |s, stream: Input| (Aim::Nothing) denied (s.never())
            does Ok((io::streams::HostInputStream::subscribe(&mut s.wasi.table, stream)?,));
        CHECK_WRITE |s, stream: Output| (Aim::Nothing) denied (s.denied())
            does answer(s.wasi.table.check_write(stream), s);
        STREAM_WRITE |s, stream: Output, bytes: Vec<u8>| (s.of(&stream)) denied (s.denied())
            does match s.room(&stream, bytes.len() as u64) {
                Room::Full => Ok((Ok(()),)),
                Room::Marker(text) => answer(s.wasi.table.write(stream, text), s),
                Room::Free => answer(s.wasi.table.write(stream, bytes), s),
            };
        STREAM_BLOCKING_WRITE_AND_FLUSH |s, stream: Output, bytes: Vec<u8>| (s.of(&stream)) denied (s.denied())
            does match s.room(&stream, bytes.len() as u64) {
                Room::Full => Ok((Ok(()),)),
                Room::Marker(text) => {
                    answer(s.wasi.table.blocking_write_and_flush(stream, text).await, s)
                }
                Room::Free => answer(s.wasi.table.blocking_write_and_flush(stream, bytes).await, s),
            };
        FLUSH |s, stream: Output| (Aim::Nothing) denied (s.denied())
            does answer(s.wasi.table.flush(stream), s);
        BLOCKING_FLUSH |s, stream: Output| (Aim::Nothing) denied (s.denied())
            does answer(s.wasi.table.blocking_flush(stream).await, s);
        OUTPUT_SUBSCRIBE |s, stream: Output| (Aim::Nothing) denied (s.never())
            does Ok((io::streams::HostOutputStream::subscribe(&mut s.wasi.table, stream)?,));
        STREAM_WRITE_ZEROES |s, stream: Output, len: u64| (s.of(&stream)) denied (s.denied())
            does match s.room(&stream, len) {
                Room::Full => Ok((Ok(()),)),
                Room::Marker(text) => answer(s.wasi.table.write(stream, text), s),
                Room::Free => answer(s.wasi.table.write_zeroes(stream, len), s),
            };
        STREAM_BLOCKING_WRITE_ZEROES_AND_FLUSH |s, stream: Output, len: u64| (s.of(&stream)) denied (s.denied())
            does match s.room(&stream, len) {
                Room::Full => Ok((Ok(()),)),
                Room::Marker(text) => {
                    answer(s.wasi.table.blocking_write_and_flush(stream, text).await, s)
                }
                Room::Free => {
                    answer(s.wasi.table.blocking_write_zeroes_and_flush(stream, len).await, s)
                }
            };
        SPLICE |s, stream: Output, from: Input, len: u64| (s.of(&stream)) denied (s.denied())
            does match s.rest(&stream) {
                // What was to be written is dropped.
                Some(0) => answer(s.wasi.table.skip(from, len), s),
                rest => {
                    let len = len.min(rest.unwrap_or(len));
                    let moved = s.wasi.table.splice(stream, from, len);
                    s.moved(rest, &moved);
                    answer(moved, s)
                }
            };
        BLOCKING_SPLICE |s, stream: Output, from: Input, len: u64| (s.of(&stream)) denied (s.denied())
            does match s.rest(&stream) {
                Some(0) => answer(s.wasi.table.blocking_skip(from, len).await, s),
                rest => {
                    let len = len.min(rest.unwrap_or(len));
                    let moved = s.wasi.table.blocking_splice(stream, from, len).await;
                    s.moved(rest, &moved);
                    answer(moved, s)
                }
            };
    });
    streams.resource_async(
        "input-stream",
        ResourceType::host::<DynInputStream>(),
        |mut store, rep| {
            Box::new(async move {
                let state = store.data_mut();
                state.wasi.labels.remove(rep);
                let stream = Resource::<DynInputStream>::new_own(rep);
                io::streams::HostInputStream::drop(&mut state.wasi.table, stream).await
            })
        },
    )?;
    streams.resource_async(
        "output-stream",
        ResourceType::host::<DynOutputStream>(),
        |mut store, rep| {
            Box::new(async move {
                let state = store.data_mut();
                state.wasi.labels.remove(rep);
                let stream = Resource::<DynOutputStream>::new_own(rep);
                io::streams::HostOutputStream::drop(&mut state.wasi.table, stream).await
            })
        },
    )
}

/// A stream that has nothing.
pub(crate) fn empty(table: &mut ResourceTable) -> wasmtime::Result<Input> {
    let stream: DynInputStream = Box::new(ClosedInputStream);
    Ok(table.push(stream)?)
}

/// A stream that drops what is written to it.
pub(crate) fn sink(table: &mut ResourceTable) -> wasmtime::Result<Output> {
    let stream: DynOutputStream = Box::new(SinkOutputStream);
    Ok(table.push(stream)?)
}

/// What still fits into the output of this call.
enum Room {
    Free,
    /// Nothing, and this is to be said.
    Marker(Vec<u8>),
    Full,
}

impl State {
    fn of<T: 'static>(&self, stream: &Resource<T>) -> Aim {
        Aim::Of(self.wasi.labels.of(stream))
    }

    fn denied<T>(&mut self) -> Answer<T> {
        let denied = std::io::Error::from(std::io::ErrorKind::PermissionDenied);
        answer(Err(Failure::LastOperationFailed(denied.into())), self)
    }

    /// What a function returns that is never denied.
    fn never<T>(&self) -> wasmtime::Result<T> {
        Err(wasmtime::Error::msg("this is never asked about"))
    }

    /// The bytes that may still be written to a standard stream in this call.
    fn rest<T: 'static>(&self, stream: &Resource<T>) -> Option<u64> {
        let left = self.meter.limits().output.saturating_sub(self.wasi.written);
        self.wasi.labels.of(stream).output.then_some(left)
    }

    fn moved(&mut self, counted: Option<u64>, moved: &Result<u64, Failure>) {
        if let (Some(_), Ok(bytes)) = (counted, moved) {
            self.wasi.written = self.wasi.written.saturating_add((*bytes).max(1));
        }
    }

    fn room<T: 'static>(&mut self, stream: &Resource<T>, bytes: u64) -> Room {
        let Label { output, .. } = self.wasi.labels.of(stream);
        if !output {
            return Room::Free;
        }
        let limit = self.meter.limits().output;
        // Nothing is without weight, or endless empty writes would be free.
        let before = self.wasi.written;
        self.wasi.written = before.saturating_add(bytes.max(1));
        if self.wasi.written <= limit {
            Room::Free
        } else if before <= limit {
            self.wasi.written = limit.saturating_add(1);
            Room::Marker(format!("\n[output of this call ends here: over {limit} bytes]\n").into())
        } else {
            Room::Full
        }
    }
}

fn answer<T>(result: Result<T, Failure>, state: &mut State) -> Answer<T> {
    Ok((match result {
        Ok(value) => Ok(value),
        Err(failure) => Err(state.wasi.table.convert_stream_error(failure)?),
    },))
}
