// SPDX-License-Identifier: MIT OR Apache-2.0
//! `facedetect`'s models: one that finds, and one that must agree where it is asked for.

use imaging::Detection;
use imaging::frame::FrameView;
use models::catalogue::Task;
use models::store::ModelFile;
use models::{Detector, DetectorOptions, ModelError};

use super::Settings;

/// What the second detector sees of a face's surroundings on each side, in parts of its longer side: networks are
/// made for faces with something around them.
const SURROUNDINGS: f32 = 1.0;

/// Boxes of two networks that overlap so much are of one face: each draws them its own way.
const SAME_FACE: f32 = 0.3;

/// Confidence from which on a detection is worth being shown as a reject.
const FAINT: f32 = 0.05;

/// Least confidence of a face.
pub(super) fn least_score(settings: &Settings, model: &ModelFile) -> f32 {
    let own = model.entry.map_or(0.5, |entry| entry.thresholds.detect);
    if settings.threshold < 0.0 { own } else { settings.threshold }
}

/// Loads the detector that finds.
fn open(settings: &Settings) -> Result<Detector, ModelError> {
    let model =
        models::store::resolve(&settings.model, settings.model_kind.as_deref(), Task::Detect)?;
    let threshold = least_score(settings, &model);
    let detector = Detector::open(&DetectorOptions {
        threshold: if settings.rejects { threshold.min(FAINT) } else { threshold },
        model,
        device: settings.device.parse()?,
        input_size: settings.input_size,
        coarse_scale: Some(settings.coarse_scale).filter(|scale| *scale >= 0.0),
        iou_threshold: settings.iou_threshold,
        threads: settings.threads as usize,
        allow_fallback: settings.allow_fallback,
        runs: 1,
    })?;
    if settings.batch_size > 1 {
        detector.takes_several()?;
    }
    Ok(detector)
}

/// What processes frames.
#[derive(Debug)]
pub(super) struct Detectors {
    first: Detector,
    second: Option<Detector>,
}

impl Detectors {
    /// Loads them.
    pub(super) fn open(settings: &Settings) -> Result<Self, ModelError> {
        let second = settings.confirm_model.as_deref().map(|model| {
            let kind = settings.confirm_model_kind.as_deref();
            let model = models::store::resolve(model, kind, Task::Detect)?;
            Detector::open(&DetectorOptions {
                device: settings.device.parse()?,
                threads: settings.threads as usize,
                allow_fallback: settings.allow_fallback,
                ..DetectorOptions::new(model)
            })
        });
        Ok(Self { first: open(settings)?, second: second.transpose()? })
    }

    /// The one that finds.
    pub(super) fn first(&self) -> &Detector {
        &self.first
    }

    /// Whether the second detector, if there is one, sees a face there too.
    pub(super) fn confirm(
        &self,
        frame: &FrameView<'_>,
        face: &Detection,
        settings: &Settings,
    ) -> Result<bool, ModelError> {
        let Some(second) = &self.second else { return Ok(true) };
        let place = face.bbox;
        let region = place.with_border(SURROUNDINGS * place.width.max(place.height));
        let seen = match settings.any_angle {
            true => second.detect_any_angle(frame, region)?,
            false => second.detect_in(frame, region)?,
        };
        Ok(seen.iter().any(|other| other.bbox.iou(&place) >= SAME_FACE))
    }
}
