// SPDX-License-Identifier: MIT OR Apache-2.0
//! Every algorithm on the sets of faces that broke the systems before this one (docs/design/predecessors.md
//! 1.11, 4.7, 5.13 and 7).
#![allow(clippy::unwrap_used)]

use std::collections::BTreeSet;

use grouping::cluster::{
    Algorithm, Complete, Dbscan, Face, GaussianMixture, GroupError, Grouping, KMeans, Metric,
    Online, Options, SizeConstrained, group,
};
use ndarray::Array2;

fn kmeans(clusters: &str) -> Algorithm {
    let clusters = clusters.parse().unwrap();
    Algorithm::KMeans(KMeans { clusters, ..KMeans::default() })
}

/// Each with thresholds that suit the angles of these tests.
fn all() -> [Algorithm; 7] {
    [
        Algorithm::Average,
        kmeans("2-9"),
        Algorithm::GaussianMixture(GaussianMixture::default()),
        Algorithm::Complete(Complete::new(0.05)),
        Algorithm::SizeConstrained(SizeConstrained::default()),
        Algorithm::Dbscan(Dbscan { eps: 0.05, min_points: 1 }),
        Algorithm::Online(Online::new(0.05)),
    ]
}

/// Faces at these angles, one a frame, without tracks.
fn at(angles: &[f32]) -> (Vec<Face>, Array2<f32>) {
    let faces = (0..angles.len())
        .map(|i| Face { embedding: Some(i), ..Face::at(0, 5 * i as u64, [0.0, 0.0, 50.0, 50.0]) });
    let rows = Array2::from_shape_fn((angles.len(), 2), |(i, j)| {
        let angle = angles[i].to_radians();
        // Of some length: the algorithms look at directions.
        3.0 * if j == 0 { angle.cos() } else { angle.sin() }
    });
    (faces.collect(), rows)
}

fn run(angles: &[f32], algorithm: Algorithm) -> Grouping {
    let (faces, rows) = at(angles);
    let mut options = Options::new(0.95);
    options.calibrate = false;
    options.algorithm = algorithm;
    group(&faces, rows.view(), &options).unwrap()
}

/// Three people, three pictures each, mixed.
const PEOPLE: [f32; 9] = [0.0, 60.0, 120.0, 1.0, 61.0, 121.0, 2.0, 62.0, 122.0];

#[test]
fn three_people_are_three_to_all_but_bundles() {
    for algorithm in all() {
        let grouping = run(&PEOPLE, algorithm.clone());
        let expected: Vec<_> = (0..9)
            .map(|i| {
                Some(if matches!(algorithm, Algorithm::SizeConstrained(_)) { i } else { i % 3 })
            })
            .collect();
        assert_eq!(grouping.labels, expected, "{}", algorithm.name());
        for (label, info) in grouping.groups.iter().enumerate() {
            let size = grouping.labels.iter().filter(|l| **l == Some(label)).count();
            assert_eq!((info.size, info.tracks, info.best.len()), (size, size, size));
            assert!(info.cohesion > 0.99 && info.cohesion <= 1.000_001);
        }
    }
}

/// docs/design/predecessors.md 1.11 #1 and #7, 4.3: exceptions, and all pictures lost.
#[test]
fn zero_faces_and_one_face() {
    for algorithm in all() {
        let none = run(&[], algorithm.clone());
        assert!(none.labels.is_empty() && none.groups.is_empty());
        // DBSCAN with one point a group; with three it is noise.
        let one = run(&[30.0], algorithm);
        assert_eq!((one.labels, one.groups.len()), (vec![Some(0)], 1));
    }
    let noise = run(&[30.0], Algorithm::Dbscan(Dbscan::new(0.05)));
    assert_eq!((noise.labels, noise.groups.len()), (vec![None], 0));
}

#[test]
fn two_identical_faces_are_one_group_to_all_but_bundles() {
    for algorithm in all() {
        let expected = usize::from(matches!(algorithm, Algorithm::SizeConstrained(_))) + 1;
        assert_eq!(run(&[30.0, 30.0], algorithm).groups.len(), expected);
    }
}

/// docs/design/predecessors.md 1.11 #9: a threshold of 0 switched the comparison off. It asks for identity.
#[test]
fn a_threshold_of_zero_joins_identical_faces_only() {
    for algorithm in [
        Algorithm::Complete(Complete::new(0.0)),
        Algorithm::Dbscan(Dbscan { eps: 0.0, min_points: 2 }),
        Algorithm::Online(Online::new(0.0)),
        Algorithm::Online(Online { threshold: 0.0, metric: Metric::Euclidean }),
    ] {
        let labels = run(&[30.0, 31.0, 30.0, 30.0], algorithm.clone()).labels;
        assert!(labels[0] == labels[2] && labels[0] == labels[3], "{algorithm:?}");
        assert_ne!(labels[0], labels[1], "{algorithm:?}");
    }
}

/// docs/design/predecessors.md 1.11 #5, #6 and #7.
#[test]
fn kmeans_takes_one_number_one_cluster_and_as_many_as_faces() {
    let groups = |clusters, angles: &[f32]| run(angles, kmeans(clusters)).groups.len();
    assert_eq!(groups("3", &PEOPLE), 3);
    assert_eq!(groups("1", &PEOPLE), 1);
    assert_eq!(groups("9", &PEOPLE), 9);
    assert_eq!(groups("50", &PEOPLE), 9);
    assert_eq!(groups("2-9", &PEOPLE[..2]), 2);
    let tried = run(&PEOPLE, kmeans("1,3,9")).tried;
    let scored: Vec<bool> = tried.iter().map(|tried| tried.silhouette.is_some()).collect();
    assert_eq!(scored, [false, true, false]);
    assert!(tried.iter().all(|tried| tried.labels.is_empty()));
}

#[test]
fn kmeans_keeps_every_number_on_request() {
    let clusters = "2-4".parse().unwrap();
    let algorithm = Algorithm::KMeans(KMeans { clusters, save_all: true, random_state: 0 });
    let grouping = run(&PEOPLE, algorithm);
    for tried in &grouping.tried {
        let labels: BTreeSet<_> = tried.labels.iter().flatten().collect();
        assert_eq!((labels.len(), tried.labels.len()), (tried.clusters, 9));
    }
    assert_eq!(grouping.tried[1].labels, grouping.labels);
}

#[test]
fn rows_that_are_no_numbers_are_nobody_s_and_faces_without_rows_follow_their_track() {
    for algorithm in all() {
        let (mut faces, mut rows) = at(&PEOPLE);
        rows[[4, 0]] = f32::NAN;
        faces[5].embedding = None;
        faces[5].track = Some(1);
        faces[2].track = Some(1);
        let mut options = Options::new(0.95);
        options.calibrate = false;
        options.algorithm = algorithm;
        let grouping = group(&faces, rows.view(), &options).unwrap();
        assert_eq!(grouping.labels[4], None);
        assert!(grouping.labels[5].is_some() && grouping.labels[5] == grouping.labels[2]);
    }
}

#[test]
fn the_same_faces_in_another_order_are_in_the_same_groups() {
    for algorithm in all() {
        let (faces, rows) = at(&PEOPLE);
        let mut options = Options::new(0.95);
        options.calibrate = false;
        options.algorithm = algorithm;
        let straight = group(&faces, rows.view(), &options).unwrap();
        let backwards: Vec<Face> = faces.iter().rev().cloned().collect();
        let mut labels = group(&backwards, rows.view(), &options).unwrap().labels;
        labels.reverse();
        assert_eq!(labels, straight.labels, "time decides, not the list");
    }
}

#[test]
fn labels_say_what_they_promise() {
    // The last person is on most pictures.
    let angles = [0.0, 60.0, 61.0, 120.0, 121.0, 122.0];
    let by_size: Vec<_> = [2, 1, 1, 0, 0, 0].map(Some).to_vec();
    let in_time: Vec<_> = [0, 1, 1, 2, 2, 2].map(Some).to_vec();
    assert_eq!(run(&angles, kmeans("3")).labels, by_size);
    assert_eq!(run(&angles, Algorithm::Complete(Complete::new(0.05))).labels, by_size);
    assert_eq!(run(&angles, Algorithm::Online(Online::new(0.05))).labels, in_time);
}

#[test]
fn options_out_of_range_are_refused_with_the_range() {
    let complete = Complete::new(0.3);
    let bundles = SizeConstrained::default();
    let cases = [
        (Algorithm::Complete(Complete { matching_threshold: -0.1, ..complete }), "from 0 to 2"),
        (Algorithm::Complete(Complete { merging_threshold: f32::NAN, ..complete }), "from 0 to 2"),
        (Algorithm::Complete(Complete { batch_size: 1, ..complete }), "from 2 to 50000"),
        (Algorithm::SizeConstrained(SizeConstrained { size: 0, ..bundles }), "from 1 to 100000"),
        (
            Algorithm::SizeConstrained(SizeConstrained { min_size: 19, ..bundles }),
            "from 1 to the bundle size",
        ),
        (
            Algorithm::SizeConstrained(SizeConstrained { max_size: 17, ..bundles }),
            "from the bundle size",
        ),
        (Algorithm::Dbscan(Dbscan::new(2.1)), "from 0 to 2"),
        (Algorithm::Dbscan(Dbscan { eps: 0.5, min_points: 0 }), "from 1 to"),
        (Algorithm::Online(Online::new(f32::INFINITY)), "from 0 to 2"),
    ];
    for (algorithm, range) in cases {
        let (faces, rows) = at(&PEOPLE);
        let mut options = Options::new(0.9);
        options.algorithm = algorithm;
        let error = group(&faces, rows.view(), &options).unwrap_err();
        assert!(matches!(error, GroupError::Option { .. }));
        assert!(error.to_string().contains(range), "{error}");
    }
}
