//! Allowing an operation, and recording that, allocates nothing.

#![allow(clippy::disallowed_methods)] // tests use files

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use outwit::Host;
use outwit::audit::{JsonLines, Ring};
use outwit::policy::{Operation, Target, Trial, operations};

/// Counts what this thread allocates.
struct Counting;

thread_local! {
    static COUNT: Cell<u64> = const { Cell::new(0) };
}

// SAFETY: everything is left to the system's allocator.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        COUNT.set(COUNT.get() + 1);
        // SAFETY: the caller keeps the contract.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        // SAFETY: the caller keeps the contract.
        unsafe { System.dealloc(at, layout) }
    }

    unsafe fn realloc(&self, at: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        COUNT.set(COUNT.get() + 1);
        // SAFETY: the caller keeps the contract.
        unsafe { System.realloc(at, layout, size) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// Decides at once, without a runtime.
fn allowed(trial: &Trial, operation: &Operation, target: Target<'_>) -> bool {
    let mut context = Context::from_waker(Waker::noop());
    match pin!(trial.decide(operation, target)).poll(&mut context) {
        Poll::Ready(outcome) => outcome.is_ok(),
        Poll::Pending => panic!("it waits"),
    }
}

fn allocations(host: &Host) -> u64 {
    let trial = Trial::new("guest", host);
    let all: Vec<&Operation> = operations().collect();
    let targets = [
        Target::None,
        Target::Key("settings/theme"),
        Target::Paths("/in/a/b", "/out/\u{202e}b"),
        Target::Host("example.com", 443),
        Target::Bytes(65_536),
    ];
    let round = || {
        for operation in &all {
            for target in targets {
                assert!(allowed(&trial, operation, target));
            }
        }
    };
    // Buffers get their size the first time.
    round();
    let before = COUNT.get();
    for _ in 0..10 {
        round();
    }
    COUNT.get() - before
}

#[test]
fn allowing_allocates_nothing() {
    assert_eq!(allocations(&Host::system()), 0, "without audit");
    let ring = Arc::new(Ring::new(100));
    let host = Host::system().with_audit(ring.clone());
    assert_eq!(allocations(&host.with_secrets(["hunter2"])), 0, "in memory");
    assert!(ring.overwritten() > 0);
    let folder = tempfile::tempdir().unwrap();
    let file = JsonLines::open(folder.path().join("audit.jsonl")).unwrap();
    let host = Host::system().with_audit(Arc::new(file));
    assert_eq!(allocations(&host), 0, "in a file");
}
