// SPDX-License-Identifier: MIT OR Apache-2.0
//! Stopping a pipeline, also one of whose elements does not listen any more.

use std::sync::mpsc::channel;
use std::thread;
use std::time::Duration;

use gst::prelude::*;

/// How long stopping may take: the sink writes what is queued.
const PATIENCE: Duration = Duration::from_secs(60);

/// Stops a pipeline; `None` where it does not stop, and `Some(false)` where it says that something failed.
///
/// What spins in a demuxer can be neither asked nor killed: its thread stays until the program ends.
pub fn close(pipeline: &gst::Pipeline) -> Option<bool> {
    let (done, wait) = channel();
    let pipeline = pipeline.clone();
    let stopping = thread::Builder::new().name("stopping".into()).spawn(move || {
        let stopped = pipeline.set_state(gst::State::Null).is_ok();
        // Who waits relies on nobody holding it, nor what it holds.
        drop(pipeline);
        // Who gave up waiting has no ears any more.
        let _ = done.send(stopped);
    });
    stopping.ok()?;
    wait.recv_timeout(PATIENCE).ok()
}
