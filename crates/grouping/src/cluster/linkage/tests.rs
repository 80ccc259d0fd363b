// SPDX-License-Identifier: MIT OR Apache-2.0

use fastrand::Rng;
use ndarray::{Array2, arr2};

use super::sparse::link;
use super::*;

/// `items` unit rows around as many unit centres as `people`, at the given cosine to them.
fn synthetic(
    items: usize,
    people: usize,
    length: usize,
    similarity: f32,
) -> (Array2<f32>, Vec<usize>) {
    let mut rng = Rng::with_seed(3);
    let mut direction = || {
        let values: Vec<f32> = (0..length).map(|_| (0..6).map(|_| rng.f32() - 0.5).sum()).collect();
        let norm = values.iter().map(|v| v * v).sum::<f32>().sqrt();
        values.into_iter().map(|v| v / norm).collect::<Vec<f32>>()
    };
    let centres: Vec<_> = (0..people).map(|_| direction()).collect();
    let truth: Vec<usize> = (0..items).map(|item| item * item % 7919 % people).collect();
    let mut rows = Array2::zeros((items, length));
    for (mut row, &person) in rows.rows_mut().into_iter().zip(&truth) {
        let other = (1.0 - similarity * similarity).sqrt();
        for ((value, centre), noise) in row.iter_mut().zip(&centres[person]).zip(direction()) {
            *value = similarity * centre + other * noise;
        }
    }
    (rows, truth)
}

fn some_pairs(items: usize, count: usize) -> Vec<(usize, usize)> {
    let mut rng = Rng::with_seed(4);
    (0..count).map(|_| (rng.usize(..items), rng.usize(..items))).collect()
}

/// Pairs of items that one labelling merges and the other does not.
fn differing(a: &[usize], b: &[usize]) -> usize {
    let pairs = (0..a.len()).flat_map(|i| (i + 1..a.len()).map(move |j| (i, j)));
    pairs.filter(|&(i, j)| (a[i] == a[j]) != (b[i] == b[j])).count()
}

#[test]
fn without_the_matrix_the_groups_are_the_same_at_every_cut() {
    let (rows, _) = synthetic(1500, 90, 64, 0.7);
    // The first 300 are known to be 100, whatever they look like.
    let must_link: Vec<usize> = (0..1500).map(|i| if i < 300 { i / 3 } else { i }).collect();
    let cannot_link =
        some_pairs(1500, 400).into_iter().filter(|(a, b)| must_link[*a] != must_link[*b]);
    let forbidden = Constraints::cannot_link(cannot_link).must_link(must_link.clone());
    let exact = average_linkage(rows.dot(&rows.t()).view(), &forbidden, None);
    let sparse = sparse_linkage(rows.view(), &forbidden, 0.1);
    let all = exact.cut(1.0);
    assert!((0..300).all(|i| all[i] == all[i / 3 * 3]) && all[0] != all[3]);
    for cut in [0.1, 0.2, 0.3, 0.4, 0.5, 0.6] {
        assert_eq!(sparse.cut(cut), exact.cut(cut), "at {cut}");
    }
    let merges = exact.merges().iter().filter(|merge| merge.similarity >= 0.1).count();
    assert_eq!(sparse.merges().len(), merges);
}

#[test]
fn neighbourhoods_find_nearly_the_same_groups() {
    let (rows, truth) = synthetic(6000, 300, 64, 0.75);
    let nobody = Constraints::default();
    let exact = sparse_linkage(rows.view(), &nobody, 0.3).cut(0.3);
    let near = link(rows.view(), &nobody, 0.3, 512).cut(0.3);
    assert_ne!(exact, truth);
    let merged = differing(&exact, &(0..6000).collect::<Vec<_>>());
    let differing = differing(&exact, &near);
    assert!(differing * 200 < merged, "{differing} of {merged} pairs");
}

#[test]
fn the_same_input_gives_the_same_tree() {
    let (rows, _) = synthetic(3000, 100, 32, 0.7);
    let forbidden = Constraints::cannot_link(some_pairs(3000, 300));
    for exhaustive in [512, 4000] {
        let first = link(rows.view(), &forbidden, 0.2, exhaustive);
        let second = link(rows.view(), &forbidden, 0.2, exhaustive);
        assert_eq!(first.merges(), second.merges());
    }
}

#[test]
fn forbidden_pairs_never_join_however_alike() {
    let (rows, _) = synthetic(2000, 10, 32, 0.9);
    let pairs = some_pairs(2000, 1000);
    let forbidden = Constraints::cannot_link(pairs.iter().copied());
    for exhaustive in [512, 4000] {
        let labels = link(rows.view(), &forbidden, -0.5, exhaustive).cut(-0.5);
        assert!(forbidden.pairs().iter().all(|&(a, b)| labels[a] != labels[b]));
    }
}

#[test]
fn none_one_and_two() {
    let nobody = Constraints::default();
    let rows = arr2(&[[1.0f32, 0.0], [0.8, 0.6]]);
    let none = sparse_linkage(Array2::zeros((0, 2)).view(), &nobody, 0.5);
    assert!(none.merges().is_empty() && none.cut(0.5).is_empty());
    assert_eq!(sparse_linkage(rows.slice(ndarray::s![..1, ..]), &nobody, 0.5).cut(0.5), [0]);
    let two = sparse_linkage(rows.view(), &nobody, 0.5);
    assert_eq!((two.cut(0.5), two.cut(0.81)), (vec![0, 0], vec![0, 1]));
    assert!((two.merges()[0].similarity - 0.8).abs() < 1e-6);
    assert_eq!(two.merges()[0].clusters, (0, 1));
}

#[test]
fn identical_vectors_are_one_group() {
    let rows = Array2::from_elem((3000, 3), 1.0 / 3f32.sqrt());
    for exhaustive in [512, 4000] {
        let labels = link(rows.view(), &Constraints::default(), 0.9, exhaustive).cut(0.9);
        assert!(labels.iter().all(|&label| label == 0), "{exhaustive}");
    }
}

#[test]
fn vectors_of_no_length_and_no_numbers_join_nothing() {
    let mut rows = Array2::<f32>::zeros((1200, 4));
    rows.column_mut(0).fill(1.0);
    rows.row_mut(7).fill(0.0);
    rows.row_mut(8).fill(f32::NAN);
    for exhaustive in [512, 4000] {
        let dendrogram = link(rows.view(), &Constraints::default(), 0.5, exhaustive);
        assert!(dendrogram.merges().iter().all(|merge| merge.similarity.is_finite()));
        let labels = dendrogram.cut(0.5);
        assert_eq!((labels[6], labels[7], labels[8], labels[9]), (0, 1, 2, 0));
        assert_eq!(labels.iter().max(), Some(&2));
    }
}

#[test]
fn rows_need_not_lie_side_by_side() {
    let (rows, _) = synthetic(300, 20, 16, 0.8);
    let nobody = Constraints::default();
    let across = rows.t().as_standard_layout().into_owned();
    let straight = sparse_linkage(rows.view(), &nobody, 0.3);
    assert_eq!(sparse_linkage(across.t(), &nobody, 0.3).cut(0.3), straight.cut(0.3));
}

#[test]
fn neighbours_are_the_pairs_above_the_floor() {
    let rows = arr2(&[[1.0f32, 0.0], [0.8, 0.6], [0.0, 1.0], [1.0, 0.0]]);
    let found = neighbours(rows.view(), &Constraints::cannot_link([(3, 0)]), 0.7);
    let pairs: Vec<_> = found.keys().copied().collect();
    assert_eq!(pairs, [(0, 1), (1, 3)]);
    assert!((found[&(0, 1)] - 0.8).abs() < 1e-6);
}
