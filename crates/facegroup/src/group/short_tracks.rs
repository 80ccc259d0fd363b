// SPDX-License-Identifier: MIT OR Apache-2.0
//! Tracks with too few faces: what was seen for a moment only is nobody.

use std::borrow::Cow;
use std::collections::BTreeMap;

use grouping::cluster::Face;

/// The faces as grouping is to see them: those of tracks with fewer faces than `asked` have neither
/// looks nor track, so that they are unassigned.
pub(crate) fn followed(faces: &[Face], asked: Option<u64>) -> Cow<'_, [Face]> {
    let Some(least) = asked.filter(|least| *least > 1) else {
        return Cow::Borrowed(faces);
    };
    let mut lengths: BTreeMap<(usize, u64), u64> = BTreeMap::new();
    for face in faces {
        // What the tracker interpolated was not detected.
        if let (Some(track), true) = (face.track, face.score > 0.0) {
            *lengths.entry((face.video, track)).or_default() += 1;
        }
    }
    let seen = |face: &Face| {
        let key = face.track.map(|track| (face.video, track));
        match key.map(|key| lengths.get(&key).copied().unwrap_or(0)) {
            Some(length) if length < least => Face {
                embedding: None,
                track: None,
                recurring_shot: None,
                quality: 0.0,
                ..face.clone()
            },
            _ => face.clone(),
        }
    };
    Cow::Owned(faces.iter().map(seen).collect())
}
