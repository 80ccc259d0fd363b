// SPDX-License-Identifier: MIT OR Apache-2.0
//! One vector for the faces of a track.

use ndarray::{Array1, ArrayView1};

/// The weighted mean of the unit vectors of a track's faces, as its direction and its length.
///
/// The product of two means, each direction times its length, is the mean similarity of the faces behind them.
#[derive(Debug, Clone, PartialEq)]
pub struct Template {
    /// A unit vector.
    pub direction: Array1<f32>,
    /// Length of the mean, 0 to 1: how much the faces resemble each other.
    pub length: f32,
}

impl Template {
    /// Pools faces: their vectors of any length and their qualities from 0 to 1. `None` where no vector says anything.
    ///
    /// ```
    /// use grouping::matching::Template;
    /// use ndarray::array;
    ///
    /// let faces = [array![3.0f32, 0.0], array![0.0, 1.0]];
    /// let pooled = Template::pool(faces.iter().map(|face| (face.view(), 1.0))).unwrap();
    /// assert!((pooled.length - 0.5f32.sqrt()).abs() < 1e-6);
    /// assert!((pooled.direction[0] - pooled.direction[1]).abs() < 1e-6);
    /// ```
    pub fn pool<'v>(faces: impl IntoIterator<Item = (ArrayView1<'v, f32>, f32)>) -> Option<Self> {
        let mut sum: Option<Array1<f32>> = None;
        let mut total = 0.0;
        for (vector, quality) in faces {
            let length = vector.dot(&vector).sqrt();
            if !(length.is_finite() && length > 0.0) {
                continue;
            }
            let weight = crate::cluster::quality_weight(quality);
            let sum = sum.get_or_insert_with(|| Array1::zeros(vector.len()));
            if sum.len() == vector.len() {
                sum.scaled_add(weight / length, &vector);
                total += weight;
            }
        }
        let mean = sum? / total;
        let length = mean.dot(&mean).sqrt();
        (length.is_finite() && length > 0.0)
            .then(|| Self { direction: mean / length, length: length.min(1.0) })
    }

    /// The mean itself.
    pub fn mean(&self) -> Array1<f32> {
        &self.direction * self.length
    }
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;

    #[test]
    fn what_says_nothing_counts_for_nothing() {
        let faces = [array![0.0f32, 0.0], array![f32::NAN, 1.0], array![0.0, 2.0]];
        let pooled = Template::pool(faces.iter().map(|face| (face.view(), 0.5))).unwrap();
        assert_eq!((pooled.direction.to_vec(), pooled.length), (vec![0.0, 1.0], 1.0));
        assert!(Template::pool(faces[..2].iter().map(|face| (face.view(), 0.5))).is_none());
        assert!(Template::pool(std::iter::empty()).is_none());
    }

    #[test]
    fn better_faces_weigh_more() {
        let faces = [(array![1.0f32, 0.0], 1.0), (array![0.0, 1.0], 0.01)];
        let pooled = Template::pool(faces.iter().map(|(face, q)| (face.view(), *q))).unwrap();
        assert!(pooled.direction[0] > 0.99, "{pooled:?}");
    }
}
