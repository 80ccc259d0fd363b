// SPDX-License-Identifier: MIT OR Apache-2.0
//! Who is seen together, and so cannot be the same person.

use std::collections::BTreeMap;

use ndarray::ArrayView2;

use super::Face;
use super::template::{Templates, usable};

/// Pairs of templates seen on one frame, without the exempt ones (mirrors, picture in picture,
/// video walls, two boxes on one face): there the same face is on the frame twice, and its two
/// crops resemble each other as two crops of one moment do.
pub fn pairs(
    faces: &[Face],
    embeddings: ArrayView2<'_, f32>,
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
    for together in frames.values() {
        for (position, &a) in together.iter().enumerate() {
            for &b in &together[position + 1..] {
                let (Some(ta), Some(tb)) = (of[a], of[b]) else {
                    continue;
                };
                if ta == tb {
                    continue;
                }
                let count = seen.entry((ta.min(tb), ta.max(tb))).or_default();
                if let (Some(ea), Some(eb)) =
                    (usable(&faces[a], &embeddings), usable(&faces[b], &embeddings))
                {
                    let cosine = ea.dot(&eb) / (ea.dot(&ea) * eb.dot(&eb)).sqrt();
                    count.0 += 1;
                    count.1 += u32::from(cosine >= identical);
                }
            }
        }
    }
    seen.into_iter()
        .filter(|(_, (compared, identical))| *compared == 0 || 2 * identical <= *compared)
        .map(|(pair, _)| pair)
        .collect()
}
