//! `wasi:random`: randomness of this machine.

use wasmtime::component::Linker;
use wasmtime_wasi::p2::bindings::random::insecure::Host as _;
use wasmtime_wasi::p2::bindings::random::insecure_seed::Host as _;
use wasmtime_wasi::p2::bindings::random::random::Host as _;
use wasmtime_wasi::random::WasiRandomView as _;

use super::gated::{Aim, gated};
use super::operations;
use crate::state::State;

/// Lets a plugin have randomness.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Grant {}

pub(crate) fn link(linker: &mut Linker<State>) -> wasmtime::Result<()> {
    gated!(linker, "wasi:random/random" {
        GET_RANDOM_BYTES |s, len: u64| (Aim::Bytes(len)) denied (Ok((Vec::new(),)))
            does Ok((s.random().get_random_bytes(len)?,));
        GET_RANDOM_U64 |s| (Aim::Bytes(8)) denied (Ok((0,)))
            does Ok((s.random().get_random_u64()?,));
    });
    gated!(linker, "wasi:random/insecure" {
        GET_INSECURE_RANDOM_BYTES |s, len: u64| (Aim::Bytes(len)) denied (Ok((Vec::new(),)))
            does Ok((s.random().get_insecure_random_bytes(len)?,));
        GET_INSECURE_RANDOM_U64 |s| (Aim::Bytes(8)) denied (Ok((0,)))
            does Ok((s.random().get_insecure_random_u64()?,));
    });
    gated!(linker, "wasi:random/insecure-seed" {
        INSECURE_SEED |s| (Aim::Bytes(16)) denied (Ok(((0, 0),)))
            does Ok((s.random().insecure_seed()?,));
    });
    Ok(())
}
