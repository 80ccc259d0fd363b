// SPDX-License-Identifier: MIT OR Apache-2.0
//! Against all pictures kept: near neighbours among 64-bit hashes without comparing all pairs.
//!
//! By the pigeonhole principle, two hashes that differ in at most `d` bits agree in one of four
//! quarters up to `d / 4` bits. Each quarter has a table of the hashes kept, and a search visits the
//! entries of a table that are so near. Kept hashes differ from each other by more than `d`, so no
//! entry grows with the number of pictures.

use imaging::PerceptualHash;

use super::{Nearest, Verdict};

const QUARTERS: usize = 4;
const QUARTER_BITS: u32 = 16;

/// Hashes, to be searched.
#[derive(Debug, Clone)]
pub struct HammingIndex {
    threshold: u32,
    hashes: Vec<PerceptualHash>,
    /// By quarter and by its value.
    tables: [Vec<Vec<u32>>; QUARTERS],
    /// The differences of a quarter that a search tries.
    near: Vec<u16>,
}

impl HammingIndex {
    /// An empty index for searches up to `threshold` bits.
    pub fn new(threshold: u32) -> Self {
        let most = threshold / QUARTERS as u32;
        // Beyond that all hashes are compared sooner than all near entries.
        let near = if most * 2 < QUARTER_BITS {
            (0..=u16::MAX).filter(|difference| difference.count_ones() <= most).collect()
        } else {
            Vec::new()
        };
        let tables = std::array::from_fn(|_| vec![Vec::new(); 1 << QUARTER_BITS]);
        Self { threshold, hashes: Vec::new(), tables, near }
    }

    /// Adds a hash; its index is the number of those before it.
    pub fn add(&mut self, hash: PerceptualHash) {
        let index = self.hashes.len() as u32;
        for (quarter, table) in self.tables.iter_mut().enumerate() {
            if let Some(entry) = table.get_mut(usize::from(part(hash, quarter))) {
                entry.push(index);
            }
        }
        self.hashes.push(hash);
    }

    /// The nearest within the threshold, the first of equals.
    pub fn find(&self, hash: PerceptualHash) -> Option<Nearest<u32>> {
        if self.near.is_empty() || self.hashes.len() < QUARTERS * self.near.len() {
            return self.nearest(hash).filter(|found| found.distance <= self.threshold);
        }
        let mut best: Option<(u32, u32)> = None;
        for (quarter, table) in self.tables.iter().enumerate() {
            let own = part(hash, quarter);
            for difference in &self.near {
                for &index in table.get(usize::from(own ^ difference)).into_iter().flatten() {
                    let distance =
                        self.hashes.get(index as usize).map_or(u32::MAX, |h| h.distance(hash));
                    if distance <= self.threshold
                        && best.is_none_or(|best| (distance, index) < best)
                    {
                        best = Some((distance, index));
                    }
                }
            }
        }
        best.map(|(distance, index)| Nearest { index: index as usize, distance })
    }

    /// The nearest of all however far, the first of equals, by comparing with each.
    pub fn nearest(&self, hash: PerceptualHash) -> Option<Nearest<u32>> {
        let distances = self.hashes.iter().map(|other| other.distance(hash));
        let (index, distance) = distances.enumerate().min_by_key(|(_, distance)| *distance)?;
        Some(Nearest { index, distance })
    }
}

fn part(hash: PerceptualHash, quarter: usize) -> u16 {
    (hash.0 >> (QUARTER_BITS as usize * quarter)) as u16
}

/// What a verdict is to say of pictures that are no duplicates.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Search {
    /// Nothing.
    Near,
    /// The nearest however far: compares all pairs of kept pictures, 100,000 of them in some seconds.
    Far,
}

/// For each picture the nearest earlier one that is kept, the first of equals.
pub fn hash_duplicates(
    hashes: &[PerceptualHash],
    threshold: u32,
    search: Search,
) -> Vec<Verdict<u32>> {
    let mut index = HammingIndex::new(threshold);
    let mut kept = Vec::new();
    hashes
        .iter()
        .enumerate()
        .map(|(picture, hash)| {
            let near = index.find(*hash);
            let found = match (near, search) {
                (None, Search::Far) => index.nearest(*hash),
                _ => near,
            };
            if near.is_none() {
                index.add(*hash);
                kept.push(picture);
            }
            let nearest =
                found.and_then(|found| Some(Nearest { index: *kept.get(found.index)?, ..found }));
            Verdict { nearest, is_duplicate: near.is_some() }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use fastrand::Rng;

    use super::*;

    /// Hashes in families: some bits of a common one turned.
    fn families(count: usize, rng: &mut Rng) -> Vec<PerceptualHash> {
        let heads: Vec<u64> = (0..count / 10).map(|_| rng.u64(..)).collect();
        (0..count)
            .map(|_| {
                let head = heads.get(rng.usize(..heads.len())).copied().unwrap_or_default();
                PerceptualHash((0..rng.u32(..24)).fold(head, |hash, _| hash ^ 1 << rng.u32(..64)))
            })
            .collect()
    }

    #[test]
    fn finds_what_comparing_all_finds() {
        let mut rng = Rng::with_seed(3);
        for threshold in [0, 3, 8, 13, 20, 40, 64] {
            let hashes = families(4000, &mut rng);
            let mut kept: Vec<usize> = Vec::new();
            let expected: Vec<_> = (0..hashes.len())
                .map(|i| {
                    let near = kept.iter().map(|&j| (hashes[j].distance(hashes[i]), j)).min();
                    match near {
                        Some((distance, index)) if distance <= threshold => Verdict {
                            nearest: Some(Nearest { index, distance }),
                            is_duplicate: true,
                        },
                        near => {
                            kept.push(i);
                            let nearest = near.map(|(distance, index)| Nearest { index, distance });
                            Verdict { nearest, is_duplicate: false }
                        }
                    }
                })
                .collect();
            assert_eq!(hash_duplicates(&hashes, threshold, Search::Far), expected, "{threshold}");
            for (near, far) in
                hash_duplicates(&hashes, threshold, Search::Near).iter().zip(expected)
            {
                assert_eq!(near.nearest, far.nearest.filter(|_| far.is_duplicate));
            }
        }
    }

    /// A, B and C, each a little further: video-to-faces removes B for A, and C for the removed B.
    #[test]
    fn no_chains_through_what_was_removed() {
        let hashes = [0, 0b11, 0b1111, 0b11_1111].map(PerceptualHash);
        let found = hash_duplicates(&hashes, 3, Search::Near);
        let gone: Vec<bool> = found.iter().map(|verdict| verdict.is_duplicate).collect();
        assert_eq!(gone, [false, true, false, true]);
    }

    #[test]
    fn none_and_one_and_two_equal_ones() {
        let gone = |hashes: &[u64], threshold| -> Vec<Option<usize>> {
            let hashes: Vec<_> = hashes.iter().copied().map(PerceptualHash).collect();
            let found = hash_duplicates(&hashes, threshold, Search::Near);
            found.iter().map(|verdict| verdict.nearest.map(|n| n.index)).collect()
        };
        assert!(gone(&[], 8).is_empty());
        assert_eq!(gone(&[9], 8), [None]);
        assert_eq!(gone(&[9, 9, 9], 0), [None, Some(0), Some(0)]);
        assert_eq!(gone(&[9, 8], 0), [None, None]);
    }
}
