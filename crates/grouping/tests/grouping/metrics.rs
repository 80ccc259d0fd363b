// SPDX-License-Identifier: MIT OR Apache-2.0
//! Metrics against values of scikit-learn 1.9.1.
#![allow(clippy::unwrap_used)]

use grouping::metrics::{Agreement, calinski_harabasz, davies_bouldin, silhouette};
use ndarray::{Array2, arr2};

/// What scikit-learn says of groups and people.
struct Expected {
    groups: &'static [u32],
    people: &'static [u32],
    /// `pair_confusion_matrix`: both, wrongly together, wrongly apart, as ordered pairs.
    pairs: (f64, f64, f64),
    nmi: f64,
    ari: f64,
    homogeneity: f64,
    completeness: f64,
}

const CASES: [Expected; 9] = [
    Expected {
        groups: &[0, 0, 0, 1, 1, 1, 2, 2, 3, 3, 3, 3],
        people: &[0, 0, 1, 1, 1, 1, 2, 0, 3, 3, 2, 3],
        pairs: (14.0, 12.0, 12.0),
        nmi: 0.659_716_011_806_679_8,
        ari: 0.425_253_991_291_727_14,
        homogeneity: 0.659_716_011_806_679_9,
        completeness: 0.659_716_011_806_679_8,
    },
    Expected {
        groups: &[0, 0, 0, 1, 1, 1, 2, 2, 2, 3, 3, 3, 4, 4, 5, 0, 0, 1, 2, 3, 4, 5, 6, 7, 1],
        people: &[3, 0, 2, 4, 1, 3, 0, 2, 4, 1, 3, 0, 2, 4, 1, 3, 0, 2, 4, 1, 3, 0, 2, 4, 1],
        pairs: (10.0, 62.0, 90.0),
        nmi: 0.344_448_129_396_721_87,
        ari: -0.027_027_027_027_027_03,
        homogeneity: 0.380_270_758_078_196_05,
        completeness: 0.314_793_638_765_43,
    },
    // One group.
    Expected {
        groups: &[0; 6],
        people: &[0, 0, 1, 1, 2, 2],
        pairs: (6.0, 24.0, 0.0),
        nmi: 0.0,
        ari: 0.0,
        homogeneity: 0.0,
        completeness: 1.0,
    },
    // All alone.
    Expected {
        groups: &[0, 1, 2, 3, 4, 5],
        people: &[0, 0, 1, 1, 2, 2],
        pairs: (0.0, 0.0, 6.0),
        nmi: 0.760_187_533_431_868_6,
        ari: 0.0,
        homogeneity: 1.0,
        completeness: 0.613_147_192_765_458_6,
    },
    // Perfect but for the names.
    Expected {
        groups: &[5, 5, 7, 7, 9],
        people: &[0, 0, 1, 1, 2],
        pairs: (4.0, 0.0, 0.0),
        nmi: 1.0,
        ari: 1.0,
        homogeneity: 1.0,
        completeness: 1.0,
    },
    // One person in one group, everybody alone, groups that say nothing of people, nothing.
    Expected {
        groups: &[0; 4],
        people: &[0; 4],
        pairs: (12.0, 0.0, 0.0),
        nmi: 1.0,
        ari: 1.0,
        homogeneity: 1.0,
        completeness: 1.0,
    },
    Expected {
        groups: &[0, 1, 2, 3],
        people: &[0, 1, 2, 3],
        pairs: (0.0, 0.0, 0.0),
        nmi: 1.0,
        ari: 1.0,
        homogeneity: 1.0,
        completeness: 1.0,
    },
    Expected {
        groups: &[0, 1, 0, 1],
        people: &[0, 0, 1, 1],
        pairs: (0.0, 4.0, 4.0),
        nmi: 0.0,
        ari: -0.5,
        homogeneity: 0.0,
        completeness: 0.0,
    },
    Expected {
        groups: &[],
        people: &[],
        pairs: (0.0, 0.0, 0.0),
        nmi: 1.0,
        ari: 1.0,
        homogeneity: 1.0,
        completeness: 1.0,
    },
];

fn assert_near(value: f64, expected: f64, what: &str) {
    assert!((value - expected).abs() < 1e-9, "{what}: {value}, not {expected}");
}

#[test]
fn agreement_is_that_of_scikit_learn() {
    for (index, case) in CASES.iter().enumerate() {
        let pairs = case.groups.iter().map(Some).zip(case.people);
        let found = Agreement::of(pairs);
        let name = |measure: &str| format!("case {index}, {measure}");
        let (both, wrong, missed) = case.pairs;
        // Where there is no pair to judge, ours is 1; scikit-learn says nothing.
        let share = |whole: f64| if whole > 0.0 { both / whole } else { 1.0 };
        assert_near(found.pairwise.precision, share(both + wrong), &name("precision"));
        assert_near(found.pairwise.recall, share(both + missed), &name("recall"));
        assert_near(found.nmi, case.nmi, &name("NMI"));
        assert_near(found.ari, case.ari, &name("ARI"));
        assert_near(found.homogeneity, case.homogeneity, &name("homogeneity"));
        assert_near(found.completeness, case.completeness, &name("completeness"));
    }
}

#[test]
fn an_unsure_face_is_a_group_of_its_own() {
    let people = ["x", "x", "y", "y"];
    let alone = Agreement::of([Some(0), Some(0), None, None].into_iter().zip(people));
    let numbered = Agreement::of([Some(0), Some(0), Some(1), Some(2)].into_iter().zip(people));
    assert_eq!((alone.groups, alone.unsure), (1, 2));
    assert_eq!(Agreement { groups: 3, unsure: 0, ..alone }, numbered);
}

/// Twenty unit rows that chance did not make.
fn rows() -> Array2<f32> {
    let mut rows = Array2::from_shape_fn((20, 4), |(i, j)| {
        let own = if i % 3 == j { 2.5 } else { 0.0 };
        ((i * 37 + j * 61 + i * j * 13) % 101) as f32 / 50.0 - 1.0 + own
    });
    for mut row in rows.rows_mut() {
        let norm = row.dot(&row).sqrt();
        row /= norm;
    }
    rows
}

/// `silhouette_score(metric="cosine")`, `davies_bouldin_score`, `calinski_harabasz_score`.
fn assert_scores(labels: &[usize], expected: (f64, f64, f64)) {
    let rows = rows();
    let near = |value: f64, expected: f64| (value - expected).abs() < 1e-5 * expected.abs();
    let found = silhouette(rows.view(), labels).unwrap();
    assert_eq!(found.of, 20);
    assert!(near(found.mean, expected.0), "{} not {}", found.mean, expected.0);
    let found = davies_bouldin(rows.view(), labels).unwrap();
    assert!(near(found, expected.1), "{found} not {}", expected.1);
    let found = calinski_harabasz(rows.view(), labels).unwrap();
    assert!(near(found, expected.2), "{found} not {}", expected.2);
}

#[test]
fn scores_are_those_of_scikit_learn() {
    let good: Vec<usize> = (0..20).map(|i| i % 3).collect();
    assert_scores(
        &good,
        (0.746_230_730_853_648_4, 0.657_184_815_862_326_7, 26.270_359_125_969_833),
    );
    // One of these groups is a single face.
    let bad: Vec<usize> = (0..20).map(|i| if i == 7 { 9 } else { i * i % 5 }).collect();
    let expected = (-0.350_359_821_376_209_47, 5.328_566_575_145_042, 0.660_805_296_413_946_7);
    assert_scores(&bad, expected);
    let halves: Vec<usize> = (0..20).map(|i| usize::from(i >= 10)).collect();
    let expected = (-0.065_638_124_375_388_37, 8.945_454_184_970_561, 0.218_385_848_316_631_74);
    assert_scores(&halves, expected);
}

#[test]
fn scores_of_points_and_of_nothing() {
    let points = arr2(&[[1.0, 0.0], [1.0, 0.0], [0.0, 1.0], [0.0, 1.0]]);
    let labels = [0, 0, 1, 1];
    assert_eq!(silhouette(points.view(), &labels).unwrap().mean, 1.0);
    assert_eq!(davies_bouldin(points.view(), &labels), Some(0.0));
    assert_eq!(calinski_harabasz(points.view(), &labels), Some(1.0));
    // scikit-learn refuses these: one group, as many groups as faces, no face.
    for labels in [&[0, 0, 0, 0][..], &[0, 1, 2, 3]] {
        assert_eq!(silhouette(points.view(), labels), None);
        assert_eq!(davies_bouldin(points.view(), labels), None);
        assert_eq!(calinski_harabasz(points.view(), labels), None);
    }
    assert_eq!(silhouette(Array2::zeros((0, 2)).view(), &[]), None);
}
