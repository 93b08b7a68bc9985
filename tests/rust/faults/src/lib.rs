//! Goes wrong in all ways that Rust has.

#[allow(missing_docs)]
mod bindings {
    outwit_guest::wit_bindgen::generate!({
        path: "wit",
        runtime_path: "outwit_guest::wit_bindgen::rt",
    });
}

use bindings::exports::test::faults::faults::Guest;
use std::hint::black_box;

struct Faults;

impl Guest for Faults {
    fn panics(message: String) {
        complain(&message);
    }

    fn reads(index: u32) -> u32 {
        black_box(&[1, 2, 3][..])[index as usize]
    }

    fn unwraps() {
        black_box(None::<u32>).unwrap();
    }

    fn traps() {
        stop();
    }

    fn recurses(depth: u64) -> u64 {
        black_box(descend(depth))
    }

    fn eats() {
        let mut all = Vec::new();
        loop {
            all.push(black_box(vec![1u8; 1 << 20]));
        }
    }
}

bindings::export!(Faults with_types_in bindings);

#[inline(never)]
fn complain(message: &str) {
    panic!("{message}");
}

#[inline(never)]
fn stop() {
    #[cfg(target_arch = "wasm32")]
    core::arch::wasm32::unreachable();
}

#[inline(never)]
#[allow(unconditional_recursion)] // its purpose
fn descend(depth: u64) -> u64 {
    let frame = black_box([depth; 64]);
    descend(black_box(depth + 1)) + frame[(depth % 64) as usize]
}
