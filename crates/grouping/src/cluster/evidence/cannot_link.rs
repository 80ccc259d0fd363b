// SPDX-License-Identifier: MIT OR Apache-2.0
//! Who is seen together, and so cannot be the same person.

use std::collections::BTreeMap;

use crate::cluster::Face;
use crate::cluster::embeddings::Embeddings;
use crate::cluster::templates::Templates;

/// Pairs of templates seen on one frame, without the exempt ones (mirrors, picture in picture,
/// video walls, two boxes on one face): there the same face is on the frame twice, and its two
/// crops resemble each other as two crops of one moment do.
pub fn pairs(
    faces: &[Face],
    embeddings: &Embeddings<'_>,
    templates: &Templates,
    identical: f32,
) -> Vec<(usize, usize)> {
    let of = templates.of_faces(faces.len());
    let mut frames: BTreeMap<(usize, u64), Vec<usize>> = BTreeMap::new();
    for (index, face) in faces.iter().enumerate() {
        frames.entry((face.video, face.frame)).or_default().push(index);
    }
    // Frames on which a pair was compared, and on how many of them it looked identical.
    let mut seen: BTreeMap<(usize, usize), (u32, u32)> = BTreeMap::new();
    for together in frames.values().filter(|together| together.len() > 1) {
        let vectors: Vec<_> = together.iter().map(|&face| embeddings.of(&faces[face])).collect();
        for (i, &a) in together.iter().enumerate() {
            for (j, &b) in together.iter().enumerate().skip(i + 1) {
                let (Some(ta), Some(tb)) = (of[a], of[b]) else {
                    continue;
                };
                if ta == tb {
                    continue;
                }
                let count = seen.entry((ta.min(tb), ta.max(tb))).or_default();
                if let (Some(one), Some(other)) = (&vectors[i], &vectors[j]) {
                    count.0 += 1;
                    count.1 += u32::from(one.dot(other) >= identical);
                }
            }
        }
    }
    seen.into_iter()
        .filter(|(_, (compared, identical))| *compared == 0 || 2 * identical <= *compared)
        .map(|(pair, _)| pair)
        .collect()
}
