// SPDX-License-Identifier: MIT OR Apache-2.0
//! Finding the cuts between shots, on every picture or on a few a second.
//!
//! Two pictures are compared by what colours they hold, part by part, and by where light and dark
//! lie. A hard cut is a step that is large in itself and against the steps before it; a fade or a
//! dissolve is a picture that has little to do with the one of a moment ago. A false cut costs one
//! more track, a missed one mixes people, so in doubt it cuts.

use std::collections::VecDeque;

use image::RgbImage;

/// Width of the thumbnails that are compared.
pub const THUMB_WIDTH: u32 = 48;
/// Height of the thumbnails that are compared.
pub const THUMB_HEIGHT: u32 = 27;

/// Parts of a picture whose colours are counted on their own: 3 x 3.
const PARTS: usize = 3;
/// Steps of a colour channel.
const LEVELS: usize = 4;
const BINS: usize = LEVELS * LEVELS * LEVELS;
/// A step this many times as large as the steps before it is a cut; a shaking camera is not.
const AGAINST_USUAL: f32 = 2.2;
/// A step of half the threshold is a cut where it stands out this many times from the steps before
/// it: two shots of one setting.
const ALONE: f32 = 6.0;
/// What a still picture's steps are taken to be, in parts of the threshold: noise.
const STILL: f32 = 1.0 / 15.0;
/// How fast what is usual follows the latest step.
const USUAL_RATE: f32 = 0.25;
/// What a fade has to reach, in parts of what a hard cut has to: it is compared over longer.
const FADE_FACTOR: f32 = 1.25;
/// How far back a fade is looked for, in nanoseconds.
const FADE_SPAN: u64 = 1_200_000_000;
/// Mean of the luma below which a picture is black.
const BLACK: f32 = 18.0;

/// What is kept of a picture.
#[derive(Debug, Clone)]
struct Look {
    time: u64,
    /// Colour counts of each part, adding up to 1 in each.
    colours: Vec<[f32; BINS]>,
    /// Luma, less its mean, divided by its spread.
    luma: Vec<f32>,
    mean: f32,
    spread: f32,
}

/// Follows a stream of thumbnails.
#[derive(Debug, Default)]
pub struct ShotCutter {
    recent: VecDeque<Look>,
    usual: f32,
}

impl ShotCutter {
    /// Takes the next picture, a thumbnail of [`THUMB_WIDTH`] x [`THUMB_HEIGHT`] at `time`
    /// (nanoseconds); whether a new shot begins with it. `threshold` is the difference from 0
    /// (same) to 1 (nothing in common) that makes a cut.
    pub fn is_cut(&mut self, thumb: &RgbImage, time: u64, threshold: f32) -> bool {
        let look = Look::new(thumb, time);
        let Some(last) = self.recent.back() else {
            self.recent.push_back(look);
            return false;
        };
        let step = last.difference(&look);
        let out_of_black = last.is_black() && !look.is_black();
        let hard = step > threshold && step > AGAINST_USUAL * self.usual;
        let usual = self.usual.max(STILL * threshold);
        let alone = self.recent.len() > 2 && step > threshold / 2.0 && step > ALONE * usual;
        // Large whatever is usual: two cuts may follow each other.
        let surely = step > 2.0 * threshold;
        let oldest = self.recent.front().filter(|old| time.saturating_sub(old.time) <= FADE_SPAN);
        let faded = self.recent.len() > 2
            && oldest.is_some_and(|old| old.difference(&look) > FADE_FACTOR * threshold)
            // At the end of the fade, not all along.
            && step < threshold / 2.0;
        let cut = out_of_black || hard || alone || surely || faded;
        if cut {
            self.recent.clear();
            self.usual = 0.0;
        } else {
            self.usual += USUAL_RATE * (step - self.usual);
            while self.recent.front().is_some_and(|old| time.saturating_sub(old.time) > FADE_SPAN) {
                self.recent.pop_front();
            }
        }
        self.recent.push_back(look);
        cut
    }
}

impl Look {
    fn new(thumb: &RgbImage, time: u64) -> Self {
        let (width, height) = thumb.dimensions();
        let mut colours = vec![[0.0; BINS]; PARTS * PARTS];
        let mut counts = [0.0f32; PARTS * PARTS];
        let mut luma = Vec::with_capacity((width * height) as usize);
        for (x, y, pixel) in thumb.enumerate_pixels() {
            let [r, g, b] = pixel.0;
            luma.push(0.299 * f32::from(r) + 0.587 * f32::from(g) + 0.114 * f32::from(b));
            let part =
                y as usize * PARTS / height as usize * PARTS + x as usize * PARTS / width as usize;
            let level = |v: u8| usize::from(v) * LEVELS / 256;
            colours[part][(level(r) * LEVELS + level(g)) * LEVELS + level(b)] += 1.0;
            counts[part] += 1.0;
        }
        for (bins, count) in colours.iter_mut().zip(counts) {
            bins.iter_mut().for_each(|bin| *bin /= count.max(1.0));
        }
        let n = luma.len().max(1) as f32;
        let mean = luma.iter().sum::<f32>() / n;
        let spread = (luma.iter().map(|v| (v - mean).powi(2)).sum::<f32>() / n).sqrt();
        luma.iter_mut().for_each(|v| *v = (*v - mean) / spread.max(4.0));
        Self { time, colours, luma, mean, spread }
    }

    fn is_black(&self) -> bool {
        self.mean < BLACK && self.spread < BLACK / 2.0
    }

    /// From 0 (same) to 1 (nothing in common): the mean of the difference of colours, by the parts
    /// that differ least in the half of them (what moves through a picture is a part of it), and
    /// of the pattern of light and dark.
    fn difference(&self, other: &Self) -> f32 {
        let mut parts: Vec<f32> = self
            .colours
            .iter()
            .zip(&other.colours)
            .map(|(a, b)| a.iter().zip(b).map(|(a, b)| (a - b).abs()).sum::<f32>() / 2.0)
            .collect();
        parts.sort_by(f32::total_cmp);
        let typical = parts[parts.len() / 2];
        let n = self.luma.len().max(1) as f32;
        let alike = self.luma.iter().zip(&other.luma).map(|(a, b)| a * b).sum::<f32>() / n;
        let pattern = ((1.0 - alike) / 1.2).clamp(0.0, 1.0);
        (typical + pattern) / 2.0
    }
}
