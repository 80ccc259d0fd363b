// SPDX-License-Identifier: MIT OR Apache-2.0
//! Interrupting whoever writes a dataset between any two changes on disk, as a kill would: for the tests of what
//! holds after one.
//!
//! Every change below a dataset that a grouping makes asks [`step`] first. Unless a test armed it on this thread,
//! that is the look at one number, beside a system call.

use std::cell::Cell;
use std::io;

thread_local! {
    /// Steps until the interruption; `None` for never.
    static LEFT: Cell<Option<u64>> = const { Cell::new(None) };
    static FIRED: Cell<bool> = const { Cell::new(false) };
    static PARSED: Cell<u64> = const { Cell::new(0) };
}

/// Lets `work` make `steps` changes on this thread and refuses all that follow, those of cleaning up too.
/// `None` where something was refused.
pub fn after<T>(steps: u64, work: impl FnOnce() -> T) -> Option<T> {
    LEFT.set(Some(steps));
    FIRED.set(false);
    let done = work();
    LEFT.set(None);
    (!FIRED.get()).then_some(done)
}

/// How many lines of `faces.jsonl` `work` parses on this thread.
pub fn lines_parsed<T>(work: impl FnOnce() -> T) -> (T, u64) {
    let before = PARSED.get();
    let done = work();
    (done, PARSED.get() - before)
}

/// Announces a change on disk.
///
/// # Errors
/// When a test asked for it: the change must not be made then.
pub fn step() -> io::Result<()> {
    match LEFT.get() {
        None => Ok(()),
        Some(0) => {
            FIRED.set(true);
            Err(io::Error::other("interrupted by a test"))
        }
        Some(left) => {
            LEFT.set(Some(left - 1));
            Ok(())
        }
    }
}

/// Notes that a line was parsed.
pub(crate) fn parsed() {
    PARSED.set(PARSED.get().wrapping_add(1));
}
