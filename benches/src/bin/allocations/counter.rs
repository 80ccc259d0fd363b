// SPDX-License-Identifier: MIT OR Apache-2.0
//! The system's allocator, with a count of what is asked of it and, where wanted, from where.

use std::alloc::{GlobalAlloc, Layout, System};
use std::backtrace::Backtrace;
use std::cell::Cell;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

/// As many kinds of work are told apart.
pub const KINDS: usize = 4;

/// Counts while [`COUNTING`].
#[derive(Debug)]
pub struct Counter;

#[global_allocator]
static COUNTER: Counter = Counter;

/// Whether allocations are counted.
pub static COUNTING: AtomicBool = AtomicBool::new(false);
/// Whether the way to each counted one is kept in [`PLACES`].
pub static TRACING: AtomicBool = AtomicBool::new(false);
/// The kind of work that is going on.
pub static KIND: AtomicUsize = AtomicUsize::new(0);
/// The ways to the allocations, with their bytes.
pub static PLACES: Mutex<Vec<(Backtrace, u64)>> = Mutex::new(Vec::new());

static COUNTS: [(AtomicU64, AtomicU64); KINDS] =
    [const { (AtomicU64::new(0), AtomicU64::new(0)) }; KINDS];

thread_local! {
    /// Keeping the way to an allocation allocates.
    static BUSY: Cell<bool> = const { Cell::new(false) };
}

/// Allocations and bytes of a kind of work since the last call.
pub fn take(kind: usize) -> (u64, u64) {
    let take = |count: &AtomicU64| count.swap(0, Ordering::Relaxed);
    COUNTS.get(kind).map_or((0, 0), |(count, bytes)| (take(count), take(bytes)))
}

fn count(bytes: usize) {
    if !COUNTING.load(Ordering::Relaxed) || BUSY.get() {
        return;
    }
    let kind = KIND.load(Ordering::Relaxed);
    if let Some((count, sum)) = COUNTS.get(kind) {
        count.fetch_add(1, Ordering::Relaxed);
        sum.fetch_add(bytes as u64, Ordering::Relaxed);
    }
    if TRACING.load(Ordering::Relaxed) {
        BUSY.set(true);
        let way = Backtrace::force_capture();
        PLACES.lock().unwrap_or_else(PoisonError::into_inner).push((way, bytes as u64));
        BUSY.set(false);
    }
}

// SAFETY: every call is handed on unchanged to the system's allocator; counting touches no memory of
// the caller's and does not unwind.
unsafe impl GlobalAlloc for Counter {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(layout.size());
        // SAFETY: the caller keeps to the contract, which is the same.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        count(layout.size());
        // SAFETY: as above.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn realloc(&self, memory: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        count(size);
        // SAFETY: as above; the memory comes from there.
        unsafe { System.realloc(memory, layout, size) }
    }

    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        // SAFETY: as above; the memory comes from there.
        unsafe { System.dealloc(memory, layout) }
    }
}
