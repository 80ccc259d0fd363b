// SPDX-License-Identifier: MIT OR Apache-2.0
//! Linkage and nearest neighbours of anything, against plain implementations of the definitions.
#![allow(clippy::unwrap_used)]

use grouping::cluster::{Constraints, Merge, average_linkage, sparse_linkage};
use grouping::index::{Exact, Index, Neighbour};
use ndarray::{Array2, Axis};
use proptest::prelude::*;

/// Up to `most` directions in `length` dimensions.
fn directions(most: usize, length: usize) -> impl Strategy<Value = Array2<f32>> {
    let row = prop::collection::vec(-1.0..1.0f32, length);
    prop::collection::vec(row, 1..=most).prop_map(move |rows| {
        let flat: Vec<f32> = rows.concat();
        let mut rows = Array2::from_shape_vec((rows.len(), length), flat).unwrap();
        for mut row in rows.rows_mut() {
            // None is of no length.
            row[0] += 2.0;
            row /= row.dot(&row).sqrt();
        }
        rows -= &rows.mean_axis(Axis(0)).unwrap();
        for mut row in rows.rows_mut() {
            let length = row.dot(&row).sqrt();
            row.mapv_inplace(|value| if length > 1e-3 { value / length } else { 0.0 });
        }
        rows
    })
}

fn pairs() -> impl Strategy<Value = Vec<(usize, usize)>> {
    prop::collection::vec((0..40usize, 0..40usize), 0..20)
}

fn within(pairs: &[(usize, usize)], items: usize) -> Constraints {
    Constraints::cannot_link(pairs.iter().copied().filter(|&(a, b)| a.max(b) < items))
}

/// All pairs of clusters compared anew before every join; a pair that may not be is passed over.
fn naive(similarity: &Array2<f32>, forbidden: &Constraints) -> Vec<Merge> {
    let items = similarity.nrows();
    let mut clusters: Vec<(usize, Vec<usize>)> =
        (0..items).map(|item| (item, vec![item])).collect();
    let apart = |a: &[usize], b: &[usize]| {
        let within = |pair: &(usize, usize)| {
            a.contains(&pair.0) && b.contains(&pair.1) || b.contains(&pair.0) && a.contains(&pair.1)
        };
        forbidden.pairs().iter().any(within)
    };
    let mut merges = Vec::new();
    loop {
        let mut best: Option<(f64, usize, usize)> = None;
        for (b, (_, second)) in clusters.iter().enumerate() {
            for (a, (_, first)) in clusters.iter().enumerate().take(b) {
                let all = first.iter().flat_map(|&i| second.iter().map(move |&j| (i, j)));
                let sum: f64 = all.map(|(i, j)| f64::from(similarity[[i.min(j), i.max(j)]])).sum();
                let mean = sum / (first.len() * second.len()) as f64;
                if best.is_none_or(|(most, ..)| mean > most) && !apart(first, second) {
                    best = Some((mean, a, b));
                }
            }
        }
        let Some((mean, a, b)) = best else { return merges };
        let (second, from) = clusters.remove(b);
        let (first, into) = &mut clusters[a];
        let clusters = ((*first).min(second), (*first).max(second));
        merges.push(Merge { clusters, similarity: mean as f32 });
        into.extend(from);
        *first = items + merges.len() - 1;
    }
}

/// Whether two joins, or a join and a cut, are so near that rounding decides.
fn is_close(merges: &[Merge], cut: f32) -> bool {
    merges.iter().any(|merge| (merge.similarity - cut).abs() < 1e-4)
        || merges.windows(2).any(|two| (two[0].similarity - two[1].similarity).abs() < 1e-5)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn joins_are_those_of_comparing_all(rows in directions(24, 6), pairs in pairs()) {
        let forbidden = within(&pairs, rows.nrows());
        let similarity = rows.dot(&rows.t());
        let wanted = naive(&similarity, &forbidden);
        let dendrogram = average_linkage(similarity.view(), &forbidden, None);
        prop_assume!(!is_close(&wanted, f32::NAN));
        prop_assert_eq!(dendrogram.merges().len(), wanted.len());
        for (found, wanted) in dendrogram.merges().iter().zip(&wanted) {
            prop_assert_eq!(found.clusters, wanted.clusters);
            prop_assert!((found.similarity - wanted.similarity).abs() < 1e-4);
        }
    }

    #[test]
    fn who_may_not_be_one_never_is(
        rows in directions(40, 4), pairs in pairs(), cut in -1.0..1.0f32,
    ) {
        let forbidden = within(&pairs, rows.nrows());
        let dense = average_linkage(rows.dot(&rows.t()).view(), &forbidden, None);
        let sparse = sparse_linkage(rows.view(), &forbidden, -0.9);
        for labels in [dense.cut(cut), dense.cut(-1.0), sparse.cut(cut.max(-0.9)), sparse.cut(-0.9)] {
            prop_assert!(forbidden.pairs().iter().all(|&(a, b)| labels[a] != labels[b]));
        }
    }

    // 24 neighbours are kept: all of 25 items.
    #[test]
    fn without_the_matrix_the_groups_are_the_same(
        rows in directions(25, 5), pairs in pairs(), cut in -0.5..1.0f32,
    ) {
        let forbidden = within(&pairs, rows.nrows());
        let dense = average_linkage(rows.dot(&rows.t()).view(), &forbidden, None);
        prop_assume!(!is_close(dense.merges(), cut));
        prop_assert_eq!(sparse_linkage(rows.view(), &forbidden, -0.5).cut(cut), dense.cut(cut));
    }

    #[test]
    fn who_is_one_is_one_at_every_cut(rows in directions(20, 4), people in 1..6usize, cut in -1.0..1.0f32) {
        let labels: Vec<usize> = (0..rows.nrows()).map(|item| item % people).collect();
        let must_link = Constraints::default().must_link(labels.clone());
        let found = average_linkage(rows.dot(&rows.t()).view(), &must_link, None).cut(cut);
        prop_assert!((0..labels.len()).all(|item| found[item] == found[item % people]));
    }

    #[test]
    fn a_lower_cut_only_joins(rows in directions(24, 4), a in -1.0..1.0f32, b in -1.0..1.0f32) {
        let dendrogram = average_linkage(rows.dot(&rows.t()).view(), &Constraints::default(), None);
        let (low, high) = (dendrogram.cut(a.min(b)), dendrogram.cut(a.max(b)));
        for i in 0..low.len() {
            prop_assert!((0..i).all(|j| high[i] != high[j] || low[i] == low[j]));
        }
    }
}

/// Rows and queries of a few values, so that there are equals.
fn coarse(most: usize) -> impl Strategy<Value = Array2<f32>> {
    let row = prop::collection::vec((-2..3i8).prop_map(f32::from), 3);
    prop::collection::vec(row, 0..=most)
        .prop_map(|rows| Array2::from_shape_vec((rows.len(), 3), rows.concat()).unwrap())
}

proptest! {
    #[test]
    fn an_exact_index_finds_what_comparing_one_by_one_finds(
        rows in coarse(60),
        queries in coarse(6),
        k in 0..12usize,
        least in (-6..9i8).prop_map(f32::from),
    ) {
        let index = Exact::new(rows.view());
        let (nearest, within) = (index.nearest(queries.view(), k), index.within(queries.view(), least));
        prop_assert_eq!((index.len(), nearest.len(), within.len()), (rows.nrows(), queries.nrows(), queries.nrows()));
        for (query, (nearest, within)) in queries.rows().into_iter().zip(nearest.iter().zip(&within)) {
            // Whole numbers: products are exact in any order.
            let mut all: Vec<(f32, usize)> =
                rows.rows().into_iter().map(|row| row.dot(&query)).zip(0..).collect();
            all.sort_by(|a, b| b.0.partial_cmp(&a.0).unwrap().then(a.1.cmp(&b.1)));
            let told = |found: &[Neighbour]| -> Vec<(f32, usize)> {
                found.iter().map(|near| (near.similarity, near.row)).collect()
            };
            prop_assert_eq!(told(nearest), &all[..k.min(all.len())]);
            let near: Vec<_> = all.into_iter().filter(|(similarity, _)| *similarity >= least).collect();
            prop_assert_eq!(index.any_within(&query.to_vec(), least), !near.is_empty());
            prop_assert_eq!(told(within), near);
        }
    }
}
