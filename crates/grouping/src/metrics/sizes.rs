// SPDX-License-Identifier: MIT OR Apache-2.0
//! How many groups have how many faces.

use serde::{Deserialize, Serialize};

/// Groups of about one size.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bucket {
    /// Least number of faces.
    pub from: usize,
    /// Most; `None` for no end.
    pub to: Option<usize>,
    /// Groups of this size.
    pub groups: usize,
    /// Faces in them.
    pub faces: usize,
}

/// Where buckets begin: 1, 2, 6, then the tens, the hundreds, and 1000.
fn edges() -> impl Iterator<Item = usize> {
    let tens = (1..10).map(|n| 10 * n);
    let hundreds = (1..=10).map(|n| 100 * n);
    [1, 2, 6].into_iter().chain(tens).chain(hundreds)
}

/// Sorts the sizes of groups into buckets 1, 2-5, 6-9, 10-19, …, 100-199, …, 1000 and more; empty
/// ones are left out, and so are groups of no face.
pub fn sizes(groups: impl IntoIterator<Item = usize>) -> Vec<Bucket> {
    let ends = edges().skip(1).map(|next| Some(next - 1)).chain([None]);
    let mut buckets: Vec<Bucket> =
        edges().zip(ends).map(|(from, to)| Bucket { from, to, groups: 0, faces: 0 }).collect();
    for size in groups.into_iter().filter(|size| *size > 0) {
        if let Some(bucket) = buckets.iter_mut().rfind(|bucket| bucket.from <= size) {
            bucket.groups += 1;
            bucket.faces += size;
        }
    }
    buckets.retain(|bucket| bucket.groups > 0);
    buckets
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edges_belong_to_the_bucket_they_begin() {
        let found = sizes([0, 1, 1, 2, 5, 6, 9, 10, 19, 99, 100, 999, 1000, 50_000]);
        let found: Vec<_> = found.iter().map(|b| (b.from, b.to, b.groups, b.faces)).collect();
        let expected = [
            (1, Some(1), 2, 2),
            (2, Some(5), 2, 7),
            (6, Some(9), 2, 15),
            (10, Some(19), 2, 29),
            (90, Some(99), 1, 99),
            (100, Some(199), 1, 100),
            (900, Some(999), 1, 999),
            (1000, None, 2, 51_000),
        ];
        assert_eq!(found, expected);
        assert_eq!(sizes([]), []);
    }
}
