// SPDX-License-Identifier: MIT OR Apache-2.0
//! How similar people are between two videos.
//!
//! Measured with sface on 18 halves of ten clips, 129 groups of people: with the scale of the two videos, never below the
//! embedder's open-set threshold, and less trust in few faces, of 15 matches with other clips' people 1 is left, and of 25 with
//! the same clip's 22 stay.

use crate::cluster::{Levels, likelihood};

/// Least distance of the cut from the mean of impostors, in their standard deviations. More than within a video: in a
/// library each group meets everybody who was ever seen, not the few people of its film.
const LEAST_DEVIATIONS: f64 = 2.0;

/// What is usual with an embedder.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Usual {
    /// How similar templates are; `None` where nothing is known of it.
    pub levels: Option<Levels>,
    /// Mean similarity at which groups of one video stop merging, -1 to 1.
    pub group: f32,
    /// Mean similarity from which on a group is somebody who is known, -1 to 1: that of open-set identification.
    pub name: f32,
}

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
    /// The scale of an embedder alone; see [`Usual`].
    pub fn usual(usual: &Usual) -> Self {
        Self::at(usual, usual.levels)
    }

    /// The scale of two videos, by the similarities of their templates, most of which are of different people; it leans on
    /// what is usual with the embedder, the more the fewer pairs there are.
    pub fn fit(usual: &Usual, similarities: impl IntoIterator<Item = f32>) -> Self {
        Self::at(usual, usual.levels.map(|levels| levels.fitted(similarities)))
    }

    fn at(usual: &Usual, levels: Option<Levels>) -> Self {
        let cut = match (usual.levels, levels) {
            (Some(usual_levels), Some(levels)) => {
                levels.cut_as(&usual_levels, usual.group, LEAST_DEVIATIONS).max(usual.name)
            }
            _ => usual.name,
        };
        Self { levels, cut }
    }

    /// Estimated probability that two sides of a mean similarity are one person, 0 to 1; 0.5 at the cut.
    pub fn likelihood(&self, similarity: f32) -> f32 {
        likelihood(similarity, self.cut, self.levels.map(|levels| levels.impostor.mean))
    }

    /// The same where the two sides have so many faces: of few the similarity is less certain, so that it counts as lower by
    /// the spread of impostors for one face, and by its part of a root for more.
    pub fn likelihood_of(&self, similarity: f32, faces: [u32; 2]) -> f32 {
        let Some(levels) = &self.levels else { return self.likelihood(similarity) };
        let part: f32 = faces.iter().map(|count| 1.0 / (*count).max(1) as f32).sum();
        self.likelihood(levels.lowered(similarity, levels.impostor.spread * part.sqrt()))
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

    fn embedder(levels: Option<Levels>) -> Usual {
        Usual { levels, group: 0.3, name: 0.4 }
    }

    #[test]
    fn where_everybody_looks_alike_more_is_asked_for_and_never_less_than_usual() {
        let usual = Between::usual(&embedder(Some(USUAL)));
        assert!((usual.cut - 0.4).abs() < 1e-4, "{usual:?}");
        // Impostors of 0.3, and one person in ten pairs.
        let alike =
            (0..4000).map(|i| if i % 10 == 0 { 0.8 } else { 0.25 + 0.001 * (i % 100) as f32 });
        let between = Between::fit(&embedder(Some(USUAL)), alike);
        assert!(between.cut > usual.cut + 0.05, "{between:?}");
        assert!((between.likelihood(between.cut) - 0.5).abs() < 1e-6);
        assert!(between.likelihood(0.35) < 0.2 && between.likelihood(0.9) > 0.9);
        let unlike = (0..4000).map(|i| -0.2 + 0.1 * (i % 100) as f32 / 100.0);
        assert!(Between::fit(&embedder(Some(USUAL)), unlike).cut >= 0.4);
    }

    #[test]
    fn few_faces_are_trusted_less() {
        let usual = Between::usual(&embedder(Some(USUAL)));
        let of = |faces| usual.likelihood_of(0.5, faces);
        assert!(of([1, 1]) < of([1, 9]) && of([1, 9]) < of([9, 9]));
        assert!(of([9, 9]) < usual.likelihood(0.5));
    }

    #[test]
    fn without_pairs_or_levels_the_embedders_own_holds() {
        let none = Between::fit(&embedder(Some(USUAL)), []);
        assert!((none.cut - 0.4).abs() < 1e-3);
        assert_eq!(Between::fit(&embedder(None), [0.9, 0.8]).cut, 0.4);
    }
}
