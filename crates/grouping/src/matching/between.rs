// SPDX-License-Identifier: MIT OR Apache-2.0
//! How similar people are between two videos.

use crate::cluster::{Levels, likelihood};

/// Least distance of the cut from the mean of impostors, in their standard deviations. More than within a video: in a
/// library each group meets everybody who was ever seen, not the few people of its film.
const LEAST_DEVIATIONS: f32 = 2.0;

/// The scale of a pair of videos: what their people's similarities mean.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Between {
    /// How similar templates of different people are, and those of one person; `None` where nothing is known of the
    /// embedder.
    pub levels: Option<Levels>,
    /// Mean similarity of templates from which on they are taken for one person's, -1 to 1.
    pub cut: f32,
}

impl Between {
    /// The scale of an embedder alone, whose groups stop merging at `threshold`.
    pub fn usual(levels: Option<Levels>, threshold: f32) -> Self {
        Self::at(levels, levels, threshold)
    }

    /// The scale of two videos, by the similarities of their templates, most of which are of different people; it leans on
    /// what is usual with the embedder, the more the fewer pairs there are.
    pub fn fit(
        usual: Option<Levels>,
        threshold: f32,
        similarities: impl IntoIterator<Item = f32>,
    ) -> Self {
        let fitted = usual.map(|usual| usual.fitted(similarities));
        Self::at(usual, fitted, threshold)
    }

    fn at(usual: Option<Levels>, levels: Option<Levels>, threshold: f32) -> Self {
        let cut = match (usual, levels) {
            (Some(usual), Some(levels)) => levels.cut_as(&usual, threshold, LEAST_DEVIATIONS),
            _ => threshold,
        };
        Self { levels, cut }
    }

    /// Estimated probability that two sides of a mean similarity are one person, 0 to 1; 0.5 at the cut.
    pub fn likelihood(&self, similarity: f32) -> f32 {
        likelihood(similarity, self.cut, self.levels.map(|levels| levels.impostor.mean))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cluster::Level;

    const USUAL: Levels = Levels {
        impostor: Level { mean: 0.1, spread: 0.1 },
        genuine: Level { mean: 0.6, spread: 0.3 },
    };

    #[test]
    fn where_everybody_looks_alike_more_is_asked_for() {
        let usual = Between::usual(Some(USUAL), 0.4);
        assert!(usual.cut >= 0.4 - 1e-4, "{usual:?}");
        let alike = (0..4000).map(|i| 0.3 + 0.1 * (i % 100) as f32 / 100.0);
        let between = Between::fit(Some(USUAL), 0.4, alike);
        assert!(between.cut > usual.cut + 0.05, "{between:?}");
        assert!((between.likelihood(between.cut) - 0.5).abs() < 1e-6);
        assert!(between.likelihood(0.35) < 0.2 && between.likelihood(0.9) > 0.9);
    }

    #[test]
    fn without_pairs_or_levels_the_embedders_own_holds() {
        let none = Between::fit(Some(USUAL), 0.4, []);
        assert!((none.cut - Between::usual(Some(USUAL), 0.4).cut).abs() < 1e-3);
        assert_eq!(Between::fit(None, 0.4, [0.9, 0.8]).cut, 0.4);
    }
}
