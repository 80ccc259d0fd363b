// SPDX-License-Identifier: MIT OR Apache-2.0
//! How good a gallery is: do a person's pictures show one person, and do two people look alike?

use ndarray::Array2;

use super::Gallery;
use super::Measure;

/// How similar the pictures of one person are to each other. Of one picture nothing can be said.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Consistency {
    /// Share of the pairs of pictures that are within the tolerance, 0 to 1; over all pictures this is
    /// the leave-one-out share of FaceGrab.
    pub share: Option<f64>,
    /// Mean distance of the pairs.
    pub mean: Option<f64>,
    /// Standard deviation of these distances, of the pairs there are (not an estimate for others).
    pub deviation: Option<f64>,
    /// Mean distance of each picture to the others, in their order; none where there is one.
    pub each: Vec<f64>,
}

/// Two people whose pictures are near each other.
#[derive(Debug, Clone, PartialEq)]
pub struct LookAlike {
    /// Which of the people, by index, the earlier first.
    pub people: (usize, usize),
    /// Their nearest pictures, by index within each person.
    pub pictures: (usize, usize),
    /// Distance of these pictures.
    pub nearest: f64,
    /// Mean distance of all pairs of pictures of the two.
    pub mean: f64,
}

/// The consistency of each person, in the order of people. A pair at the tolerance itself is within it;
/// without a tolerance every pair is.
pub fn consistency(
    gallery: &Gallery,
    measure: Measure,
    tolerance: Option<f32>,
) -> Vec<Consistency> {
    let of = |person: &super::Person| {
        let vectors: Vec<&[f32]> = person.references.iter().map(|r| r.vector.as_slice()).collect();
        let count = vectors.len();
        if count < 2 {
            return Consistency::default();
        }
        let mut sums = vec![0.0; count];
        let mut pairs = Vec::with_capacity(count * (count - 1) / 2);
        for (a, left) in vectors.iter().enumerate() {
            for (b, right) in vectors.iter().enumerate().skip(a + 1) {
                let distance = f64::from(measure.distance(dot(left, right)));
                pairs.push(distance);
                for place in [a, b] {
                    if let Some(sum) = sums.get_mut(place) {
                        *sum += distance;
                    }
                }
            }
        }
        let all = pairs.len() as f64;
        let mean = pairs.iter().sum::<f64>() / all;
        let variance = pairs.iter().map(|d| (d - mean).powi(2)).sum::<f64>() / all;
        let within = |d: &&f64| tolerance.is_none_or(|t| **d <= f64::from(t));
        Consistency {
            share: Some(pairs.iter().filter(within).count() as f64 / all),
            mean: Some(mean),
            deviation: Some(variance.sqrt()),
            each: sums.into_iter().map(|sum| sum / (count - 1) as f64).collect(),
        }
    };
    gallery.people().iter().map(of).collect()
}

/// All pairs of people, those with the nearest pictures first.
pub fn look_alikes(gallery: &Gallery, measure: Measure) -> Vec<LookAlike> {
    let (rows, owner) = gallery.rows();
    let similar: Array2<f32> = rows.dot(&rows.t());
    let mut starts = Vec::with_capacity(gallery.people().len());
    let mut start = 0;
    for person in gallery.people() {
        starts.push(start..start + person.references.len());
        start += person.references.len();
    }
    debug_assert_eq!(start, owner.len());
    let mut found = Vec::new();
    for (a, left) in starts.iter().enumerate() {
        for (b, right) in starts.iter().enumerate().skip(a + 1) {
            let mut nearest = (f64::INFINITY, (0, 0));
            let mut sum = 0.0;
            for i in left.clone() {
                for j in right.clone() {
                    let distance = f64::from(measure.distance(similar[[i, j]]));
                    sum += distance;
                    if distance < nearest.0 {
                        nearest = (distance, (i - left.start, j - right.start));
                    }
                }
            }
            let mean = sum / (left.len() * right.len()).max(1) as f64;
            let (nearest, pictures) = nearest;
            found.push(LookAlike { people: (a, b), pictures, nearest, mean });
        }
    }
    found.sort_by(|a, b| a.nearest.total_cmp(&b.nearest));
    found
}

fn dot(a: &[f32], b: &[f32]) -> f32 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::super::{Person, Reference};
    use super::*;
    use crate::cluster::Metric;

    /// Ann with three pictures, Bo with two, Cy with one.
    fn gallery() -> Gallery {
        let person = |name: &str, vectors: &[[f32; 3]]| Person {
            name: name.into(),
            group: None,
            references: vectors
                .iter()
                .map(|v| Reference { vector: v.to_vec(), ..Reference::default() })
                .collect(),
        };
        Gallery::new(vec![
            person("Ann", &[[1.0, 0.0, 0.0], [0.8, 0.6, 0.0], [0.0, 0.6, 0.8]]),
            person("Bo", &[[0.0, 0.0, 1.0], [0.0, 1.0, 0.0]]),
            person("Cy", &[[0.6, 0.0, 0.8]]),
        ])
        .unwrap()
    }

    fn close(found: f64, expected: f64) {
        assert!((found - expected).abs() < 1e-6, "{found} {expected}");
    }

    /// scipy.spatial.distance.pdist with numpy's mean and std.
    #[test]
    fn consistency_is_that_of_pairwise_distances() {
        let cosine = Measure::new(Metric::Cosine, 1.0);
        let found = consistency(&gallery(), cosine, Some(0.2 + 1e-6));
        close(found[0].share.unwrap(), 1.0 / 3.0);
        close(found[0].mean.unwrap(), 0.613_333_333);
        close(found[0].deviation.unwrap(), 0.327_142_51);
        close(found[0].each[1], 0.42);
        assert_eq!((found[2].share, found[2].mean, found[2].deviation), (None, None, None));
        let euclidean = Measure::new(Metric::Euclidean, 2.0);
        let found = consistency(&gallery(), euclidean, Some(1.265));
        close(found[0].mean.unwrap(), 2.118_693_3);
        close(found[0].deviation.unwrap(), 0.646_378_67);
        close(found[0].share.unwrap(), 1.0 / 3.0);
    }

    #[test]
    fn look_alikes_come_nearest_first() {
        let found = look_alikes(&gallery(), Measure::new(Metric::Cosine, 1.0));
        let order: Vec<_> = found.iter().map(|pair| (pair.people, pair.pictures)).collect();
        assert_eq!(order, [((0, 1), (2, 0)), ((1, 2), (0, 0)), ((0, 2), (2, 0))]);
        close(found[0].nearest, 0.2);
        close(found[1].mean, 0.6);
    }
}
