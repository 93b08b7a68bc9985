//! `wasi:clocks`: the clocks of this machine.

use wasmtime::component::Linker;
use wasmtime_wasi::clocks::WasiClocksView as _;
use wasmtime_wasi::p2::bindings::clocks::monotonic_clock::{self, Host as _};
use wasmtime_wasi::p2::bindings::clocks::wall_clock::{self, Datetime};

use super::gated::{Aim, gated};
use super::operations;
use crate::state::State;

/// Lets a plugin read the clocks and wait on them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Grant {}

pub(crate) fn link(linker: &mut Linker<State>) -> wasmtime::Result<()> {
    gated!(linker, "wasi:clocks/wall-clock" {
        WALL_NOW |s| (Aim::Nothing) denied (Ok((EPOCH,)))
            does Ok((wall_clock::Host::now(&mut s.clocks())?,));
        WALL_RESOLUTION |s| (Aim::Nothing) denied (Ok((EPOCH,)))
            does Ok((wall_clock::Host::resolution(&mut s.clocks())?,));
    });
    gated!(linker, "wasi:clocks/monotonic-clock" {
        MONOTONIC_NOW |s| (Aim::Nothing) denied (Ok((0,)))
            does Ok((monotonic_clock::Host::now(&mut s.clocks())?,));
        MONOTONIC_RESOLUTION |s| (Aim::Nothing) denied (Ok((0,)))
            does Ok((monotonic_clock::Host::resolution(&mut s.clocks())?,));
        SUBSCRIBE_INSTANT |s, when: u64| (Aim::Nothing)
            denied (Ok((s.clocks().subscribe_instant(0)?,)))
            does Ok((s.clocks().subscribe_instant(when)?,));
        SUBSCRIBE_DURATION |s, nanoseconds: u64| (Aim::Millis(nanoseconds / 1_000_000))
            denied (Ok((s.clocks().subscribe_instant(0)?,)))
            does Ok((s.clocks().subscribe_duration(nanoseconds)?,));
    });
    Ok(())
}

/// What a clock shows to a plugin whose call ends.
const EPOCH: Datetime = Datetime {
    seconds: 0,
    nanoseconds: 0,
};
