// SPDX-License-Identifier: MIT OR Apache-2.0
//! Frames that wait for others, so that they are looked at together; they leave in the order they came.

use std::collections::VecDeque;

/// A frame that waits, and how it is to be looked at; `None` where it only waits its turn.
#[derive(Debug)]
pub(super) struct Held<L> {
    pub(super) buffer: gst::Buffer,
    pub(super) look: Option<L>,
}

/// Frames before and after their look.
#[derive(Debug)]
pub(super) struct Batch<L> {
    size: usize,
    looks: usize,
    waiting: Vec<Held<L>>,
    done: VecDeque<gst::Buffer>,
}

impl<L> Default for Batch<L> {
    fn default() -> Self {
        Self::new(1)
    }
}

impl<L> Batch<L> {
    /// Of so many looks, at least one.
    pub(super) fn new(size: u32) -> Self {
        let size = size.max(1) as usize;
        Self { size, looks: 0, waiting: Vec::new(), done: VecDeque::new() }
    }

    /// Looks that the first one of a batch waits for.
    pub(super) fn others(&self) -> u64 {
        self.size as u64 - 1
    }

    /// Takes a frame in; whether it is time to look.
    #[must_use]
    pub(super) fn push(&mut self, buffer: gst::Buffer, look: Option<L>) -> bool {
        if self.waiting.is_empty() && look.is_none() {
            self.done.push_back(buffer);
            return false;
        }
        self.looks += usize::from(look.is_some());
        self.waiting.push(Held { buffer, look });
        self.looks >= self.size
    }

    /// The frames that wait, to be given back with [`Batch::finish`].
    pub(super) fn take(&mut self) -> Vec<Held<L>> {
        self.looks = 0;
        std::mem::take(&mut self.waiting)
    }

    /// Takes the frames that were looked at.
    pub(super) fn finish(&mut self, frames: impl IntoIterator<Item = gst::Buffer>) {
        self.done.extend(frames);
    }

    /// The next frame that may leave.
    pub(super) fn next(&mut self) -> Option<gst::Buffer> {
        self.done.pop_front()
    }

    /// Lets go of all frames.
    pub(super) fn clear(&mut self) {
        *self = Self { size: self.size, ..Self::default() };
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn frames_between_two_looks_keep_their_place() {
        gst::init().unwrap();
        let mut batch = Batch::new(2);
        let push = |batch: &mut Batch<u64>, number: u64, look: bool| {
            let mut buffer = gst::Buffer::new();
            buffer.get_mut().unwrap().set_offset(number);
            batch.push(buffer, look.then_some(number))
        };
        let left = |batch: &mut Batch<u64>| {
            std::iter::from_fn(|| batch.next()).map(|b| b.offset()).collect::<Vec<_>>()
        };
        assert!(!push(&mut batch, 0, false));
        assert_eq!(left(&mut batch), [0], "nobody waits");
        assert!(!push(&mut batch, 1, true) && !push(&mut batch, 2, false));
        assert_eq!(left(&mut batch), [0u64; 0]);
        assert!(push(&mut batch, 3, true));
        let held = batch.take();
        assert_eq!(held.iter().map(|h| h.look).collect::<Vec<_>>(), [Some(1), None, Some(3)]);
        batch.finish(held.into_iter().map(|h| h.buffer));
        assert!(!push(&mut batch, 4, false) && !push(&mut batch, 5, true));
        assert_eq!(left(&mut batch), [1, 2, 3, 4]);
        batch.clear();
        assert!(batch.take().is_empty() && !push(&mut batch, 6, true) && push(&mut batch, 7, true));
    }
}
