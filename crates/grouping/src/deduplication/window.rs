// SPDX-License-Identifier: MIT OR Apache-2.0
//! Against the last few pictures kept: finds the runs of near-identical crops of somebody who holds
//! still, incrementally and in constant memory.

use std::collections::VecDeque;

use imaging::PerceptualHash;

/// Pictures that are remembered, as in video-to-faces.
pub const WINDOW: usize = 5;

/// The last pictures kept of a video, each with what the caller calls it.
#[derive(Debug, Clone)]
pub struct Window<T> {
    threshold: u32,
    kept: VecDeque<(PerceptualHash, T)>,
}

/// What the window says of a picture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen<T> {
    /// The nearest of those in the window, the oldest of equals; `None` for the first picture.
    pub nearest: Option<(T, u32)>,
    /// Whether it is near enough.
    pub is_duplicate: bool,
}

impl<T: Clone> Window<T> {
    /// An empty window; pictures within `threshold` bits are duplicates.
    pub fn new(threshold: u32) -> Self {
        Self { threshold, kept: VecDeque::with_capacity(WINDOW) }
    }

    /// Compares a picture with those that are kept.
    pub fn compare(&self, hash: PerceptualHash) -> Seen<T> {
        let nearest = self
            .kept
            .iter()
            .map(|(other, name)| (name, other.distance(hash)))
            // The first of equals.
            .min_by_key(|(_, distance)| *distance)
            .map(|(name, distance)| (name.clone(), distance));
        let is_duplicate =
            nearest.as_ref().is_some_and(|(_, distance)| *distance <= self.threshold);
        Seen { nearest, is_duplicate }
    }

    /// Remembers a picture that is kept.
    pub fn keep(&mut self, hash: PerceptualHash, name: T) {
        if self.kept.len() == WINDOW {
            self.kept.pop_front();
        }
        self.kept.push_back((hash, name));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn compared(threshold: u32, hashes: &[u64]) -> Vec<(Option<(usize, u32)>, bool)> {
        let mut window = Window::new(threshold);
        hashes
            .iter()
            .enumerate()
            .map(|(index, hash)| {
                let seen = window.compare(PerceptualHash(*hash));
                if !seen.is_duplicate {
                    window.keep(PerceptualHash(*hash), index);
                }
                (seen.nearest, seen.is_duplicate)
            })
            .collect()
    }

    #[test]
    fn compares_with_the_last_five_kept_and_names_the_oldest_of_equals() {
        let found = compared(1, &[0, 0xf, 0xff, 0xfff, 0xffff, 1, 0xf_ffff, 0]);
        assert_eq!(found[0], (None, false));
        // 0 and 0xf are as far from 3 as can be told; of equals the first is named.
        assert_eq!(compared(0, &[0, 0xf, 3])[2], (Some((0, 2)), false));
        assert_eq!(found[5], (Some((0, 1)), true));
        // Five others were kept since the first.
        assert_eq!(found[7], (Some((1, 4)), false));
    }

    /// video-to-faces compares with what it kept here too, so a drift is no duplicate for ever.
    #[test]
    fn what_was_not_kept_keeps_nothing_out() {
        let kept: Vec<bool> =
            compared(1, &[0, 1, 3, 7]).into_iter().map(|(_, gone)| !gone).collect();
        assert_eq!(kept, [true, false, true, false]);
    }

    /// In video-to-faces a threshold of 0 turned the search off.
    #[test]
    fn threshold_0_is_0() {
        let found = compared(0, &[5, 5, 4]);
        assert_eq!(found, [(None, false), (Some((0, 0)), true), (Some((0, 1)), false)]);
    }
}
