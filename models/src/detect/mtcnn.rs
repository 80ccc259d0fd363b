// SPDX-License-Identifier: MIT OR Apache-2.0
//! MTCNN: a small network proposes boxes on a pyramid of the picture, a second one sorts them out, a third
//! one decides and finds the landmarks. Every step is that of `facenet-pytorch` 2.6.0, with its numbers.

mod boxes;
mod shrink;

use std::sync::{Arc, Mutex, PoisonError};

use image::RgbImage;

use super::{DetectorOptions, is_sane};
use crate::ModelError;
use crate::session::Session;
use crate::tensor::{Tensor, outputs};
use boxes::{Candidate, Overlap, suppress};
use imaging::Detection;
use imaging::frame::{FrameView, MAX_SIDE, Sampler};
use imaging::geometry::{Point, Rect};
use shrink::{Part, planes};

/// Smallest face looked for, in pixels of the picture as it is looked at.
const MIN_FACE: f64 = 20.0;
/// Side of what the first network looks at, in pixels, and from one look to the next.
const CELL: f64 = 12.0;
const STRIDE: f32 = 2.0;
/// From one picture of the pyramid to the next.
const FACTOR: f64 = 0.709;
/// Least scores of the first and the second network; that of the third is the user's.
const PROPOSED: f32 = 0.6;
const REFINED: f32 = 0.7;
/// Overlaps of boxes that are one: at one size, of all sizes, of the second and of the third network.
const SAME_SIZE: f32 = 0.5;
const SAME: f32 = 0.7;
/// Sides of the inputs of the second and of the third network.
const REFINEMENT: usize = 24;
const OUTPUT: usize = 48;
/// Boxes in one run of a network: bounds the memory held.
const MAX_BATCH: usize = 128;

/// The three networks.
#[derive(Debug)]
pub(super) struct Cascade {
    proposal: Arc<Session>,
    refinement: Arc<Session>,
    output: Arc<Session>,
    threshold: f32,
    size: u32,
    scratch: Mutex<(Sampler, RgbImage)>,
}

impl Cascade {
    /// Loads the networks and tries each on a black picture.
    pub(super) fn open(options: &DetectorOptions) -> Result<Self, ModelError> {
        let [proposal, refinement, output] = options.model.parts.as_slice() else {
            let why = format!("{} is not made of three networks", options.model.id);
            return Err(ModelError::Corrupt { path: options.model.path.clone(), why });
        };
        let open = |part| Session::open(part, &options.session());
        let cascade = Self {
            proposal: open(proposal)?,
            refinement: open(refinement)?,
            output: open(output)?,
            threshold: options.threshold,
            size: options.size(),
            scratch: Mutex::default(),
        };
        let corrupt = |error| match error {
            ModelError::Inference { why, .. } => {
                ModelError::Corrupt { path: options.model.path.clone(), why }
            }
            error => error,
        };
        let black = RgbImage::new(64, 64);
        let all = Candidate { bbox: [0.0, 0.0, 63.0, 63.0], ..Candidate::default() };
        cascade.propose(&black, 0.5).map_err(corrupt)?;
        cascade.refine(&black, vec![all]).map_err(corrupt)?;
        cascade.decide(&black, vec![all]).map_err(corrupt)?;
        Ok(cascade)
    }

    /// The faces in `region`, in display pixels, each once, best first.
    pub(super) fn find(
        &self,
        frame: &FrameView<'_>,
        region: Rect,
    ) -> Result<Vec<Detection>, ModelError> {
        let long = f64::from(region.width.max(region.height));
        let scale = (f64::from(self.size) / long).min(1.0);
        let side = |length: f32| ((f64::from(length) * scale).round() as u32).clamp(1, MAX_SIDE);
        let (width, height) = (side(region.width), side(region.height));
        let mut scratch = self.scratch.lock().unwrap_or_else(PoisonError::into_inner);
        let (sampler, picture) = &mut *scratch;
        sampler.sample(frame, region, width, height, picture)?;
        let found = self.run_cascade(picture)?;
        drop(scratch);
        let scale = [region.width / width as f32, region.height / height as f32];
        let place =
            |x: f32, y: f32| Point { x: region.x + x * scale[0], y: region.y + y * scale[1] };
        let face = |candidate: Candidate| {
            let [x1, y1, x2, y2] = candidate.bbox;
            let (low, high) = (place(x1, y1), place(x2, y2));
            let (width, height) = (high.x - low.x, high.y - low.y);
            let bbox = Rect { x: low.x, y: low.y, width, height };
            let landmarks = Some(candidate.points.map(|[x, y]| place(x, y)));
            Detection { bbox, landmarks, score: candidate.score }
        };
        Ok(found.into_iter().map(face).filter(is_sane).collect())
    }

    /// The faces of a picture, in its pixels.
    fn run_cascade(&self, picture: &RgbImage) -> Result<Vec<Candidate>, ModelError> {
        let mut scale = CELL / MIN_FACE;
        let mut shorter = f64::from(picture.width().min(picture.height())) * scale;
        let mut proposed = Vec::new();
        while shorter >= CELL {
            let found = self.propose(picture, scale)?;
            proposed.extend(suppress(found, SAME_SIZE, Overlap::Union));
            scale *= FACTOR;
            shorter *= FACTOR;
        }
        let mut proposed = suppress(proposed, SAME, Overlap::Union);
        for candidate in &mut proposed {
            candidate.correct(0.0);
            candidate.make_square();
        }
        let mut refined = suppress(self.refine(picture, proposed)?, SAME, Overlap::Union);
        for candidate in &mut refined {
            candidate.correct(1.0);
            candidate.make_square();
        }
        let mut found = self.decide(picture, refined)?;
        found.iter_mut().for_each(|candidate| candidate.correct(1.0));
        Ok(suppress(found, SAME, Overlap::Smaller))
    }

    /// Where the first network sees a face in the picture at `scale`.
    fn propose(&self, picture: &RgbImage, scale: f64) -> Result<Vec<Candidate>, ModelError> {
        let side = |length: u32| (f64::from(length) * scale + 1.0) as usize;
        let (width, height) = (side(picture.width()), side(picture.height()));
        let mut input = Vec::with_capacity(3 * width * height);
        planes(picture, Part::all(picture), (width, height), &mut input);
        self.proposal.run([1, 3, height, width], &input, |tensors| {
            let [offsets, scores] = outputs(tensors)?;
            let &[_, _, rows, columns] = scores.shape.as_slice() else {
                return Err(format!("output '{}' is {:?}", scores.name, scores.shape));
            };
            let cells = rows.checked_mul(columns).ok_or("too many cells")?;
            let scores = scores.expect(&[1, 2, rows, columns])?;
            let offsets = offsets.expect(&[1, 4, rows, columns])?;
            let corner =
                |index: usize, from: f32| ((STRIDE * index as f32 + from) / scale as f32).floor();
            let found = scores.iter().skip(cells).enumerate();
            let found = found.filter(|(_, score)| **score >= PROPOSED).map(|(cell, &score)| {
                let (row, column) = (cell / columns, cell % columns);
                let far = CELL as f32;
                let (low, high) =
                    ([column, row].map(|i| corner(i, 1.0)), [column, row].map(|i| corner(i, far)));
                Candidate {
                    bbox: [low[0], low[1], high[0], high[1]],
                    score,
                    offsets: std::array::from_fn(|side| offsets[side * cells + cell]),
                    ..Candidate::default()
                }
            });
            Ok(found.collect())
        })
    }

    /// Those that the second network takes for faces too, with its offsets.
    fn refine(
        &self,
        picture: &RgbImage,
        candidates: Vec<Candidate>,
    ) -> Result<Vec<Candidate>, ModelError> {
        batches(&self.refinement, picture, candidates, REFINEMENT, |tensors, seen| {
            let [offsets, scores] = outputs(tensors)?;
            refined(offsets, scores, seen, REFINED)
        })
    }

    /// Those that the third network takes for faces, with its offsets and the landmarks.
    fn decide(
        &self,
        picture: &RgbImage,
        candidates: Vec<Candidate>,
    ) -> Result<Vec<Candidate>, ModelError> {
        batches(&self.output, picture, candidates, OUTPUT, |tensors, seen| {
            let [offsets, scores, points] = outputs(tensors)?;
            let (points, _) = points.expect(&[seen.len(), 10])?.as_chunks::<10>();
            let placed: Vec<_> = seen.iter().zip(points).map(|(c, p)| c.with_points(p)).collect();
            refined(offsets, scores, &placed, self.threshold)
        })
    }

    /// The device really used.
    pub(super) fn device(&self) -> &str {
        self.output.device()
    }
}

/// The candidates that a network scores above a threshold, with its score and its offsets.
fn refined(
    offsets: &Tensor<'_>,
    scores: &Tensor<'_>,
    seen: &[Candidate],
    threshold: f32,
) -> Result<Vec<Candidate>, String> {
    let (offsets, _) = offsets.expect(&[seen.len(), 4])?.as_chunks::<4>();
    let (scores, _) = scores.expect(&[seen.len(), 2])?.as_chunks::<2>();
    let refined = seen.iter().zip(offsets).zip(scores);
    let refined = refined.map(|((candidate, offsets), [_, score])| Candidate {
        score: *score,
        offsets: *offsets,
        ..*candidate
    });
    Ok(refined.filter(|candidate| candidate.score > threshold).collect())
}

/// Runs a network on what the boxes of candidates show, those outside of the picture left out.
fn batches(
    session: &Session,
    picture: &RgbImage,
    candidates: Vec<Candidate>,
    side: usize,
    read: impl Fn(&[Tensor<'_>], &[Candidate]) -> Result<Vec<Candidate>, String>,
) -> Result<Vec<Candidate>, ModelError> {
    let shown = |candidate: Candidate| Some((Part::of(&candidate.bbox, picture)?, candidate));
    let (parts, candidates): (Vec<_>, Vec<_>) = candidates.into_iter().filter_map(shown).unzip();
    let mut found = Vec::new();
    let mut input = Vec::new();
    for (parts, candidates) in parts.chunks(MAX_BATCH).zip(candidates.chunks(MAX_BATCH)) {
        input.clear();
        for part in parts {
            planes(picture, *part, (side, side), &mut input);
        }
        let shape = [candidates.len(), 3, side, side];
        found.extend(session.run(shape, &input, |tensors| read(tensors, candidates))?);
    }
    Ok(found)
}
