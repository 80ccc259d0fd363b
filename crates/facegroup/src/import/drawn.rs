// SPDX-License-Identifier: MIT OR Apache-2.0
//! A face that detection missed and a person drew a box around: found close up, embedded, measured, added.

use std::path::Path;

use anyhow::{Context, Result, bail};
use dataset::format::lines::Lines;
use dataset::{Dataset, FaceRecord, Layout};
use image::RgbImage;
use imaging::Detection;
use imaging::geometry::{FrameBox, Point, Rect};
use models::catalogue::Style;
use serde_json::{Map, Value};

use super::face;
use crate::enrolment::Networks;

/// Least intersection over union of a drawn box and the face that it is taken for.
const LEAST_OVERLAP: f32 = 0.25;
/// How far around a drawn box a face is looked for, in its larger side.
const REACH: f32 = 2.5;

/// Where somebody saw a face.
#[derive(Debug, Clone, Copy)]
pub struct Drawn<'a> {
    /// Name of the input.
    pub video: &'a str,
    /// Number of the frame, from 0; some face on it is known.
    pub frame: u64,
    /// The box that was drawn.
    pub bbox: FrameBox,
}

impl Drawn<'_> {
    /// Adds the face to the result in `location`; `decode` gives a frame of a film or a picture: its path, the number
    /// from 0, the time in seconds.
    ///
    /// Where the detector sees nothing in the box the person's word counts, without landmarks, and the line says
    /// `"drawn": true`.
    ///
    /// # Errors
    /// No such input or frame, a film that cannot be decoded, a network that fails, a result that is in use.
    pub fn add(
        &self,
        location: &Path,
        networks: &Networks,
        style: Style,
        decode: impl FnOnce(&Path, u64, f64) -> Result<RgbImage>,
    ) -> Result<()> {
        let Self { video, frame, bbox } = *self;
        let run = Dataset::run_info(location)?;
        let (_, input) = run.input(video).with_context(|| format!("no input is called {video}"))?;
        let known = self.known(location)?;
        let pts = known.pts;
        let path = super::source(input, frame, Some(&known))
            .with_context(|| format!("the picture of frame {frame} of {video} is not there"))?;
        let picture = decode(&path, frame, pts)?;
        let [x, y, width, height] = bbox.0;
        let drawn = Rect { x, y, width, height };
        let found = find(networks, &picture, drawn)?;
        let is_seen = found.is_some();
        let face = found.unwrap_or(Detection { bbox: drawn, landmarks: None, score: 0.0 });
        let embedding = match run.embedder() {
            Some(_) => Some(networks.embed(&picture, &face)?),
            None => None,
        };
        let part = face::around(&picture, &face, style);
        let mut extra = Map::from_iter([("drawn".to_owned(), Value::from(!is_seen))]);
        extra.extend(known.extra.get("source").map(|source| ("source".to_owned(), source.clone())));
        let base =
            FaceRecord { video: video.to_owned(), frame, pts, extra, ..FaceRecord::default() };
        let record = face::record(base, &picture, &face, embedding.as_ref(), part);
        let values = embedding.as_ref().map(|embedding| embedding.values.as_slice());
        let model = &networks.embedder().id;
        Dataset::add(location, record, &face::cut(&picture, part), values, model)?;
        Ok(())
    }

    /// A face that is known on the frame.
    fn known(&self, location: &Path) -> Result<FaceRecord> {
        for record in Lines::open(&Layout::new(location).lines())? {
            let record = record?;
            if record.frame == self.frame && record.video == self.video {
                return Ok(record);
            }
        }
        bail!("nothing is known of frame {} of {}", self.frame, self.video)
    }
}

/// The face that a box was drawn around, as the detector sees it close up.
fn find(networks: &Networks, picture: &RgbImage, drawn: Rect) -> Result<Option<Detection>> {
    let side = REACH * drawn.width.max(drawn.height);
    let centre = drawn.centre();
    let begin = |middle: f32| (middle - side / 2.0).max(0.0);
    let (left, top) = (begin(centre.x) as u32, begin(centre.y) as u32);
    let side = (side as u32).max(1);
    let near = image::imageops::crop_imm(picture, left, top, side, side).to_image();
    let (left, top) = (left as f32, top as f32);
    let moved = networks.find_all(&near)?.into_iter().map(|found| Detection {
        bbox: Rect { x: found.bbox.x + left, y: found.bbox.y + top, ..found.bbox },
        landmarks: found
            .landmarks
            .map(|points| points.map(|point| Point { x: point.x + left, y: point.y + top })),
        ..found
    });
    let overlap = |found: &Detection| found.bbox.iou(&drawn);
    let best = moved.max_by(|a, b| overlap(a).total_cmp(&overlap(b)));
    Ok(best.filter(|found| overlap(found) >= LEAST_OVERLAP))
}
