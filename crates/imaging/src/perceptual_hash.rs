// SPDX-License-Identifier: MIT OR Apache-2.0
//! Perceptual hashes: 64 bits that are alike where pictures look alike.

use std::fmt;
use std::str::FromStr;

use image::RgbImage;
use image_hasher::{BitOrder, HashAlg, HasherConfig};
use serde::{Deserialize, Serialize};

use crate::average_hash::average;
use crate::choice::{Choice, Worded};

/// What the bits of a hash say. Thresholds belong to a kind, and hashes of two kinds say nothing
/// about each other.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum HashKind {
    /// Lighter than the mean, bit for bit as video-to-faces has it.
    #[default]
    Average,
    /// Lighter than what is left of it (dHash).
    Gradient,
    /// The same from the left and from above, of fewer places: 60 bits.
    DoubleGradient,
    /// Not darker than the median.
    Median,
    /// Lighter than the median of its quarter, without shrinking (blockhash.io).
    Block,
}

impl Choice for HashKind {
    const ALL: &'static [Worded<Self>] = &[
        Worded::new(
            Self::Average,
            "average",
            "Which of 8x8 places are lighter than their mean, as video-to-faces has it",
        )
        .labelled("Lighter than the mean, as video-to-faces has it"),
        Worded::new(
            Self::Gradient,
            "gradient",
            "Which of 8x8 places are lighter than the place left of them",
        )
        .labelled("Lighter than what is left of it"),
        Worded::new(
            Self::DoubleGradient,
            "double-gradient",
            "The same from the left and from above, of fewer places: 60 bits",
        )
        .labelled("Lighter than what is left of it, and than what is above it: 60 bits"),
        Worded::new(
            Self::Median,
            "median",
            "Which of 8x8 places are at least as light as their median",
        )
        .labelled("Not darker than the median"),
        Worded::new(
            Self::Block,
            "block",
            "Which of 8x8 blocks are lighter than the median of their quarter (blockhash.io)",
        )
        .labelled("Blocks lighter than the median of their quarter"),
    ];
}

impl HashKind {
    /// Whether it is the one that is meant where none is said.
    pub fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

/// A perceptual hash. The first bit is the highest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PerceptualHash(pub u64);

impl PerceptualHash {
    /// The hash of a picture; 0 for an empty one.
    pub fn of(picture: &RgbImage, kind: HashKind) -> Self {
        let (algorithm, side) = match kind {
            HashKind::Average => return Self(average(picture)),
            HashKind::Gradient => (HashAlg::Gradient, 8),
            // 2 directions of 5 x 6 places; of 8 x 8 they would be 40 bits.
            HashKind::DoubleGradient => (HashAlg::DoubleGradient, 10),
            HashKind::Median => (HashAlg::Median, 8),
            HashKind::Block => (HashAlg::Blockhash, 8),
        };
        if picture.width() == 0 || picture.height() == 0 {
            return Self(0);
        }
        let hasher = HasherConfig::new()
            .hash_alg(algorithm)
            .hash_size(side, side)
            .bit_order(BitOrder::MsbFirst)
            .to_hasher();
        let hash = hasher.hash_image(picture);
        Self(hash.as_bytes().iter().fold(0, |bits, byte| bits << 8 | u64::from(*byte)))
    }

    /// Number of bits that differ, 0 to 64.
    pub fn distance(self, other: Self) -> u32 {
        (self.0 ^ other.0).count_ones()
    }
}

impl fmt::Display for PerceptualHash {
    /// 16 hexadecimal digits.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

impl FromStr for PerceptualHash {
    type Err = std::num::ParseIntError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        u64::from_str_radix(text, 16).map(Self)
    }
}

impl Serialize for PerceptualHash {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for PerceptualHash {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::average_hash::tests::synthetic;

    fn kinds() -> impl Iterator<Item = HashKind> {
        HashKind::ALL.iter().map(|worded| worded.value)
    }

    #[test]
    fn kinds_differ_and_a_change_of_light_does_not() {
        let picture = synthetic(1, 150, 204);
        let mut darker = picture.clone();
        darker.pixels_mut().flat_map(|pixel| &mut pixel.0).for_each(|v| *v = *v / 2 + 20);
        let mut seen = std::collections::HashSet::new();
        for kind in kinds() {
            let hash = PerceptualHash::of(&picture, kind);
            assert!(seen.insert(hash), "{}", kind.name());
            assert!((8..=56).contains(&hash.0.count_ones()), "{} {hash}", kind.name());
            let distance = hash.distance(PerceptualHash::of(&darker, kind));
            assert!(distance <= 8, "{} {distance}", kind.name());
            let other = hash.distance(PerceptualHash::of(&synthetic(2, 31, 57), kind));
            assert!(other > 8, "{} {other}", kind.name());
        }
    }

    /// Data never panics: the crate divides by sizes of blocks.
    #[test]
    fn pictures_of_any_size_have_a_hash() {
        for kind in kinds() {
            for width in 0..20 {
                for height in [0, 1, 2, 5, 7, 8, 9, 16, 17, 33] {
                    PerceptualHash::of(&synthetic(3, width, height), kind);
                    PerceptualHash::of(&synthetic(3, height, width), kind);
                }
            }
        }
    }

    #[test]
    fn names_are_those_in_files() {
        for kind in kinds() {
            assert_eq!(serde_json::to_string(&kind).unwrap(), format!("{:?}", kind.name()));
        }
        assert!(HashKind::Average.is_default() && !HashKind::Block.is_default());
    }

    #[test]
    fn distance_counts_bits_and_text_is_read_back() {
        let (a, b) = (PerceptualHash(0x8f1d_393f_6f5f_6767), PerceptualHash(0x8f1d_393f_6f5f_6760));
        assert_eq!((a.distance(b), a.distance(a)), (3, 0));
        assert_eq!(PerceptualHash(0).distance(PerceptualHash(u64::MAX)), 64);
        assert_eq!(
            PerceptualHash(7).to_string().parse::<PerceptualHash>().unwrap(),
            PerceptualHash(7)
        );
    }
}
