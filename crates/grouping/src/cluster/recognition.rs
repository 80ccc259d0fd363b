// SPDX-License-Identifier: MIT OR Apache-2.0
//! Faces that no person could recognise are nobody: the back of a head, half a forehead at the border, black,
//! a smear.
//!
//! Two signs say so: the quality, which falls with light, sharpness, size and what the frame holds of the face;
//! and the length of the network's vector before it is brought to one. Networks trained with a margin make
//! short vectors of faces that they cannot place (MagFace, Meng et al. 2021), without having been told to.

use std::collections::BTreeMap;

use super::{Face, Options};

/// Quality from which a face can be recognised: a frontal face of 20 pixels, or a sharp profile.
const LEAST_QUALITY: f32 = 0.1;
/// A group is evaluated by this face, the best counted first: one lucky face is no person.
const JUDGED: usize = 3;
/// How much more is asked of a group of one face than of many; of n faces the root of n of it. Measured on
/// twelve clips: nobody of the ground truth is lost, and backs of heads are.
const ASKED_OF_FEW: f32 = 0.667;

/// What makes a group somebody.
#[derive(Debug, Clone, Copy)]
pub(super) struct Recognition {
    magnitude: Option<f32>,
    keep: bool,
}

impl Recognition {
    /// As the options say.
    pub(super) fn of(options: &Options) -> Self {
        Self { magnitude: options.recognisable, keep: options.keep_unrecognisable }
    }

    /// Takes the labels off the faces of groups in which nobody can be recognised.
    pub(super) fn hide(self, faces: &[Face], labels: &mut [Option<usize>]) {
        if self.keep {
            return;
        }
        let mut groups: BTreeMap<usize, Evidence> = BTreeMap::new();
        for (face, label) in faces.iter().zip(labels.iter()) {
            if let Some(label) = label {
                groups.entry(*label).or_default().add(face);
            }
        }
        groups.retain(|_, evidence| !self.is_somebody(evidence));
        for label in
            labels.iter_mut().filter(|label| label.is_some_and(|l| groups.contains_key(&l)))
        {
            *label = None;
        }
    }

    fn is_somebody(self, evidence: &Evidence) -> bool {
        let asked = |least: f32| least * (1.0 + ASKED_OF_FEW / (evidence.faces as f32).sqrt());
        let recognised = match (self.magnitude, evidence.decisive()) {
            (Some(least), Some(magnitude)) => magnitude >= asked(least),
            _ => true,
        };
        recognised && evidence.quality >= LEAST_QUALITY
    }
}

/// What a group shows.
#[derive(Debug, Default)]
struct Evidence {
    faces: usize,
    /// The best.
    quality: f32,
    /// The largest ones, largest first.
    magnitudes: Vec<f32>,
}

impl Evidence {
    fn add(&mut self, face: &Face) {
        self.faces += 1;
        self.quality = self.quality.max(face.quality);
        if let Some(magnitude) = face.magnitude {
            let place = self.magnitudes.partition_point(|other| *other > magnitude);
            self.magnitudes.insert(place, magnitude);
            self.magnitudes.truncate(JUDGED);
        }
    }

    /// The magnitude that the group is evaluated by.
    fn decisive(&self) -> Option<f32> {
        self.magnitudes.last().copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(faces: &[(f32, Option<f32>)], keep: bool) -> Vec<Option<usize>> {
        let faces: Vec<Face> = faces
            .iter()
            .enumerate()
            .map(|(i, &(quality, magnitude))| Face {
                quality,
                magnitude,
                ..Face::at(0, i as u64, [0.0; 4])
            })
            .collect();
        let mut labels = vec![Some(0); faces.len()];
        Recognition { magnitude: Some(0.3), keep }.hide(&faces, &mut labels);
        labels
    }

    #[test]
    fn whom_nobody_can_recognise_is_nobody_however_many_faces_there_are() {
        assert_eq!(labels(&[(0.05, None); 40], false), [None; 40]);
        assert_eq!(labels(&[(0.3, Some(0.2)); 40], false), [None; 40]);
        assert_eq!(labels(&[(0.3, Some(0.2)); 40], true), [Some(0); 40]);
        // Without a magnitude the quality alone says so.
        assert_eq!(labels(&[(0.3, None); 2], false), [Some(0); 2]);
    }

    #[test]
    fn more_is_asked_of_few_faces_and_one_lucky_face_is_not_enough() {
        assert_eq!(labels(&[(0.3, Some(0.4))], false), [None]);
        assert_eq!(labels(&[(0.3, Some(0.4)); 9], false), [Some(0); 9]);
        let mut lucky = [(0.3, Some(0.2)); 20];
        lucky[7].1 = Some(0.9);
        assert_eq!(labels(&lucky, false), [None; 20]);
    }
}
