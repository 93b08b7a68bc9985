//! `wasi:clocks`: the clocks of this machine.

use wasmtime::component::Linker;
use wasmtime_wasi::clocks::{WasiClocks, WasiClocksView as _};
use wasmtime_wasi::p2::bindings::clocks;

use crate::state::State;

/// Lets a plugin read the clocks and wait on them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Grant {}

pub(crate) fn link(linker: &mut Linker<State>) -> wasmtime::Result<()> {
    clocks::wall_clock::add_to_linker::<State, WasiClocks>(linker, State::clocks)?;
    clocks::monotonic_clock::add_to_linker::<State, WasiClocks>(linker, State::clocks)
}
