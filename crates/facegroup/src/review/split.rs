// SPDX-License-Identifier: MIT OR Apache-2.0
//! Which faces of a person are likeliest somebody else's.

use grouping::cluster::{self, Algorithm, Face, KMeans, Options};

use super::Session;
use super::people::{self, Person};

impl Session {
    /// The smaller half of a person that is cut in two by k-means, in whole tracks; empty where all looks are alike or
    /// nothing is known of them.
    pub fn split(&self, person: &Person) -> Vec<usize> {
        let all =
            || person.faces.iter().filter_map(|face| Some((*face, self.stored.faces.get(*face)?)));
        let known: Vec<(usize, &Face)> =
            all().filter(|(_, face)| face.embedding.is_some()).collect();
        if known.len() < 2 {
            return Vec::new();
        }
        let faces: Vec<Face> = known.iter().map(|(_, face)| (*face).clone()).collect();
        let mut options = Options::new(0.0);
        let clusters = 2.into();
        options.algorithm =
            Algorithm::KMeans(KMeans { clusters, save_all: false, random_state: 0 });
        let Ok(halves) = cluster::group(&faces, self.embeddings.view(), &options) else {
            return Vec::new();
        };
        let half: std::collections::HashMap<usize, bool> = known
            .iter()
            .zip(&halves.labels)
            .map(|((face, _), label)| (*face, *label == Some(1)))
            .collect();
        let tracks = people::tracks(&person.faces, &self.records);
        let [mut stay, mut go] = [Vec::new(), Vec::new()];
        for track in tracks {
            let votes = track.faces.iter().filter_map(|face| half.get(face));
            let balance: i64 = votes.map(|second| if *second { 1 } else { -1 }).sum();
            if balance > 0 { go.extend(track.faces) } else { stay.extend(track.faces) }
        }
        if go.len() > stay.len() {
            std::mem::swap(&mut stay, &mut go);
        }
        if stay.is_empty() { Vec::new() } else { go }
    }
}
