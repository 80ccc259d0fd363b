// SPDX-License-Identifier: MIT OR Apache-2.0
//! Frames that wait for others, so that they go through the network together; they leave in the order they came.

use std::collections::VecDeque;

/// A frame that waits, and how it is to be processed; `None` where it only waits its turn.
#[derive(Debug)]
pub(super) struct Held<L> {
    pub(super) buffer: gst::Buffer,
    pub(super) job: Option<L>,
}

/// Frames before and after inference.
#[derive(Debug)]
pub(super) struct Batch<L> {
    jobs: usize,
    waiting: Vec<Held<L>>,
    done: VecDeque<gst::Buffer>,
}

impl<L> Default for Batch<L> {
    fn default() -> Self {
        Self { jobs: 0, waiting: Vec::new(), done: VecDeque::new() }
    }
}

impl<L> Batch<L> {
    /// Takes a frame in; how many jobs wait.
    pub(super) fn push(&mut self, buffer: gst::Buffer, job: Option<L>) -> usize {
        if self.waiting.is_empty() && job.is_none() {
            self.done.push_back(buffer);
        } else {
            self.jobs += usize::from(job.is_some());
            self.waiting.push(Held { buffer, job });
        }
        self.jobs
    }

    /// The frames that wait, to be given back with [`Batch::finish`].
    pub(super) fn take(&mut self) -> Vec<Held<L>> {
        self.jobs = 0;
        std::mem::take(&mut self.waiting)
    }

    /// Takes the frames that were processed.
    pub(super) fn finish(&mut self, frames: impl IntoIterator<Item = gst::Buffer>) {
        self.done.extend(frames);
    }

    /// The next frame that may leave.
    pub(super) fn next(&mut self) -> Option<gst::Buffer> {
        self.done.pop_front()
    }

    /// Lets go of all frames.
    pub(super) fn clear(&mut self) {
        *self = Self::default();
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn frames_between_two_looks_keep_their_place() {
        gst::init().unwrap();
        let mut batch = Batch::default();
        let push = |batch: &mut Batch<u64>, number: u64, job: bool| {
            let mut buffer = gst::Buffer::new();
            buffer.get_mut().unwrap().set_offset(number);
            batch.push(buffer, job.then_some(number))
        };
        let left = |batch: &mut Batch<u64>| {
            std::iter::from_fn(|| batch.next()).map(|b| b.offset()).collect::<Vec<_>>()
        };
        assert_eq!(push(&mut batch, 0, false), 0);
        assert_eq!(left(&mut batch), [0], "nobody waits");
        assert_eq!([push(&mut batch, 1, true), push(&mut batch, 2, false)], [1, 1]);
        assert_eq!(left(&mut batch), [0u64; 0]);
        assert_eq!(push(&mut batch, 3, true), 2);
        let held = batch.take();
        assert_eq!(held.iter().map(|h| h.job).collect::<Vec<_>>(), [Some(1), None, Some(3)]);
        batch.finish(held.into_iter().map(|h| h.buffer));
        assert_eq!([push(&mut batch, 4, false), push(&mut batch, 5, true)], [0, 1]);
        assert_eq!(left(&mut batch), [1, 2, 3, 4]);
        batch.clear();
        assert!(batch.take().is_empty());
        assert_eq!([push(&mut batch, 6, true), push(&mut batch, 7, true)], [1, 2]);
    }
}
