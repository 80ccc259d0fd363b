// SPDX-License-Identifier: MIT OR Apache-2.0
//! Duplicates among 100,000 faces, in a process of its own whose memory is looked at afterwards.
// A program of its own: what is measured is the most memory of the whole process.
#![allow(clippy::unwrap_used)]

use fastrand::Rng;
use grouping::deduplication::{Search, cosine_duplicates, hash_duplicates};
use imaging::PerceptualHash;
use ndarray::Array2;

const FACES: usize = 100_000;
/// Numbers of an embedding: as many as dlib's.
const NUMBERS: usize = 128;
/// Pictures of one person in a row that are all but the same.
const ALIKE: usize = 4;

/// The most memory that the process had so far, in MiB; `None` where the system does not say.
fn peak() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    Some(line.split_whitespace().nth(1)?.parse::<u64>().ok()? / 1024)
}

/// docs/design/predecessors.md 1.12: a matrix of all pairs, three times over: 3.2 GB for 20,000 faces, 80 GB
/// for these. The vectors are 49 MiB; a list of all pairs that are alike or a matrix of single bits would be
/// told.
#[test]
fn a_hundred_thousand_faces_take_a_small_part_of_a_gigabyte() {
    let mut rng = Rng::with_seed(6);
    let mut hashes = Vec::with_capacity(FACES);
    let mut vectors = Array2::<f32>::zeros((FACES, NUMBERS));
    for (face, mut row) in vectors.rows_mut().into_iter().enumerate() {
        // The first of each few is new; the others differ by a bit and by next to nothing.
        if face % ALIKE == 0 {
            hashes.push(PerceptualHash(rng.u64(..)));
            row.iter_mut().for_each(|value| *value = rng.f32() - 0.5);
        } else {
            hashes.push(PerceptualHash(hashes[face - face % ALIKE].0 ^ 1 << rng.u32(..64)));
            row.fill(0.0);
        }
    }
    for face in (0..FACES).filter(|face| face % ALIKE != 0) {
        let head = vectors.row(face - face % ALIKE).to_owned();
        vectors.row_mut(face).assign(&head);
        vectors[(face, face % NUMBERS)] += 0.01;
    }
    let by_hash = hash_duplicates(&hashes, 2, Search::Near);
    let by_vector = cosine_duplicates(vectors.view(), 0.01);
    for face in 0..FACES {
        let again = face % ALIKE != 0;
        assert_eq!(by_vector[face].is_duplicate, again, "{face} by vector");
        // Of so many hashes a few are near by chance.
        assert!(!again || by_hash[face].is_duplicate, "{face} by hash");
    }
    let found = by_hash.iter().filter(|verdict| verdict.is_duplicate).count();
    assert!(found < FACES - FACES / ALIKE + FACES / 1000, "{found}");
    let Some(peak) = peak() else {
        testkit::skip("proc", "no /proc/self/status");
        return;
    };
    println!("{peak} MiB at most");
    assert!(peak < 200, "{peak} MiB");
}
