// SPDX-License-Identifier: MIT OR Apache-2.0
//! What the shot cutter keeps of a picture, and how two and three pictures compare.

use image::RgbImage;

/// Parts of a picture whose colours are counted on their own: 3 x 3.
const PARTS: usize = 3;
/// Steps of a colour channel.
const LEVELS: usize = 4;
const BINS: usize = LEVELS * LEVELS * LEVELS;
/// Spread of the luma below which there is nothing in a picture to recognise.
const FLAT: f32 = 4.0;
/// Mean and spread of the luma below which a picture is black, with a small title at most.
const BLACK: (f32, f32) = (4.0, 9.0);

/// A thumbnail with what is compared of it.
#[derive(Debug, Clone)]
pub struct Signature {
    /// When it was, in nanoseconds.
    pub time: u64,
    /// Mean of the luma, 0 to 255.
    pub mean: f32,
    /// Standard deviation of the luma.
    pub spread: f32,
    pixels: Vec<u8>,
    /// Colour counts of each part, adding up to 1 in each.
    colours: Vec<[f32; BINS]>,
    /// Luma, less its mean, divided by its spread.
    luma: Vec<f32>,
}

/// How two pictures differ.
#[derive(Debug, Clone, Copy)]
pub struct Difference {
    /// Colours that one has and the other has not, in a typical part: 0 to 1.
    pub colours: f32,
    /// Where light and dark lie: 0 (same, whatever the brightness) to 1 (nothing in common).
    pub pattern: f32,
}

/// How a picture lies between two others.
#[derive(Debug, Clone, Copy)]
pub struct Between {
    /// How far it is from the first (0) to the last (1).
    pub way: f32,
    /// What of it is no mixture of the two, against what the two differ by.
    pub rest: f32,
}

impl Signature {
    /// Of a thumbnail at `time` (nanoseconds).
    pub fn new(thumb: &RgbImage, time: u64) -> Self {
        let (width, height) = thumb.dimensions();
        let mut colours = vec![[0.0; BINS]; PARTS * PARTS];
        let mut counts = [0.0f32; PARTS * PARTS];
        let mut luma = luma(thumb);
        for (x, y, pixel) in thumb.enumerate_pixels() {
            let [r, g, b] = pixel.0;
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
        luma.iter_mut().for_each(|v| *v = (*v - mean) / spread.max(FLAT));
        Self { time, mean, spread, pixels: thumb.as_raw().clone(), colours, luma }
    }

    /// Whether there is nothing to recognise in it: black, white, or another single colour.
    pub fn is_blank(&self) -> bool {
        self.spread < FLAT || (self.mean < BLACK.0 && self.spread < BLACK.1)
    }

    /// How much this picture and another differ.
    pub fn difference(&self, other: &Self) -> Difference {
        let mut parts: Vec<f32> = self
            .colours
            .iter()
            .zip(&other.colours)
            .map(|(a, b)| a.iter().zip(b).map(|(a, b)| (a - b).abs()).sum::<f32>() / 2.0)
            .collect();
        parts.sort_by(f32::total_cmp);
        Difference { colours: parts[parts.len() / 2], pattern: self.pattern_difference(other) }
    }

    /// [`Difference::pattern`] alone. A picture without any pattern is half way from every other.
    pub fn pattern_difference(&self, other: &Self) -> f32 {
        let n = self.luma.len().max(1) as f32;
        let apart = self.luma.iter().zip(&other.luma).map(|(a, b)| (a - b).powi(2)).sum::<f32>();
        // Half the squared distance is 1 less the correlation; pictures of different places
        // correlate a little less than not at all at most.
        (apart / n / 2.0 / 1.2).min(1.0)
    }

    /// How this picture lies between `first` and `last`. In a dissolve it is a mixture of the two;
    /// where the camera or what it sees moves, it is not.
    pub fn between(&self, first: &Self, last: &Self) -> Between {
        let (mut along, mut length, mut off) = (0.0f32, 0.0f32, 0.0f32);
        for ((&m, &a), &b) in self.pixels.iter().zip(&first.pixels).zip(&last.pixels) {
            let (m, a, b) = (f32::from(m), f32::from(a), f32::from(b));
            along += (m - a) * (b - a);
            length += (b - a) * (b - a);
            off += (m - a) * (m - a);
        }
        let length = length.max(1.0);
        let way = (along / length).clamp(0.0, 1.0);
        let rest = (off - 2.0 * way * along + way * way * length) / length;
        Between { way, rest: rest.max(0.0) }
    }
}

/// The luma of each pixel, row by row: 0 to 255 (weights of ITU-R BT.601).
pub fn luma(thumb: &RgbImage) -> Vec<f32> {
    let weighed = |[r, g, b]: [f32; 3]| 0.299 * r + 0.587 * g + 0.114 * b;
    thumb.pixels().map(|pixel| weighed(pixel.0.map(f32::from))).collect()
}

impl Difference {
    /// Both together: 0 (same) to 1 (nothing in common). Colours of the parts that differ least in
    /// the half of them count, for what moves through a picture is a part of it.
    pub fn total(self) -> f32 {
        (self.colours + self.pattern) / 2.0
    }
}
