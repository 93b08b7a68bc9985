//! Does what plugins should not do.
#![allow(missing_docs, reason = "a test plugin")]

wit_bindgen::generate!({ path: "../wit", world: "native-attacker" });

use std::hint::black_box;
use std::sync::atomic::{AtomicU32, Ordering};

use exports::evil::plugin::attacks::Guest;

struct Plugin;
export!(Plugin);

static COUNT: AtomicU32 = AtomicU32::new(0);

impl Guest for Plugin {
    fn attack(how: String) {
        match how.as_str() {
            "loop" => loop {
                black_box(());
            },
            "grow" => {
                let mut bytes: Vec<u8> = Vec::new();
                loop {
                    bytes.extend_from_slice(&[1; 65_536]);
                    black_box(&bytes);
                }
            }
            "leak" => loop {
                std::mem::forget(black_box(vec![1_u8; 1 << 20]));
            },
            "panic" => panic!("a plugin may panic"),
            "abort" => std::process::abort(),
            "recurse" => _ = black_box(recurse(black_box(0))),
            "recurse with data" => _ = black_box(recurse_with_data(black_box(0))),
            "divide" => _ = black_box(1 / black_box(0)),
            "index" => _ = black_box([1, 2, 3][black_box(7)]),
            // The start of memory belongs to no object, and its end is far below this.
            "wild pointer" => unsafe { black_box(u32::MAX as *mut u8).write_volatile(1) },
            _ => {}
        }
    }

    fn bytes(length: u32) -> Vec<u8> {
        vec![7; length as usize]
    }

    fn count() -> u32 {
        COUNT.fetch_add(1, Ordering::Relaxed) + 1
    }
}

/// Goes down, for ever unless told otherwise.
#[inline(never)]
fn recurse(depth: u64) -> u64 {
    if black_box(depth) == u64::MAX {
        return 0;
    }
    recurse(depth + 1).wrapping_mul(31)
}

/// Goes down, with something in memory for each call: that has a stack of its own.
#[inline(never)]
fn recurse_with_data(depth: u64) -> u64 {
    let room = black_box([depth; 64]);
    if room[63] == u64::MAX {
        return 0;
    }
    recurse_with_data(depth + 1) + black_box(room)[0]
}
