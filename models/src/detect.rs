// SPDX-License-Identifier: MIT OR Apache-2.0
//! Finding faces in a frame.

mod centerface;
mod letterbox;
mod nms;
mod scrfd;
#[cfg(test)]
mod tests;
mod yunet;

use std::sync::{Arc, Mutex, PoisonError};

use image::RgbImage;

use crate::ModelError;
use crate::catalogue::{Kind, Task};
use crate::frame::{FrameView, Sampler};
use crate::geometry::{Landmarks, Point, Rect};
use crate::runtime::Device;
use crate::session::{Session, SessionOptions};
use crate::store::ModelFile;
use crate::tensor::{Normalisation, Tensor};
use letterbox::Letterbox;

/// Long side of the network's input, in pixels, where the user gives none: about 40 ms a frame with
/// `centerface` on one core.
pub const DEFAULT_INPUT_SIZE: u32 = 640;

/// Two boxes of one network that overlap more are one face. Not tuned here.
pub const DEFAULT_IOU_THRESHOLD: f32 = 0.3;

/// What to detect with, and how.
#[derive(Debug, Clone)]
pub struct DetectorOptions {
    /// The network.
    pub model: ModelFile,
    /// Where it runs.
    pub device: Device,
    /// Long side of the network's input in pixels, rounded up to a multiple of 32; 0 for
    /// [`DEFAULT_INPUT_SIZE`]. Smaller frames are not enlarged. Ignored by files with a fixed size.
    pub input_size: u32,
    /// Least score of a face, 0 to 1.
    pub threshold: f32,
    /// Intersection over union above which the weaker of two boxes goes, 0 to 1.
    pub iou_threshold: f32,
    /// Threads inside one run; 0 chooses.
    pub threads: usize,
    /// Run on the CPU, with a warning, where the device is not to be had.
    pub allow_fallback: bool,
}

impl DetectorOptions {
    /// The model's own threshold, the CPU, and defaults for the rest.
    pub fn new(model: ModelFile) -> Self {
        let threshold = model.entry.map_or(0.5, |entry| entry.thresholds.detect);
        Self {
            model,
            device: Device::Cpu,
            input_size: DEFAULT_INPUT_SIZE,
            threshold,
            iou_threshold: DEFAULT_IOU_THRESHOLD,
            threads: 0,
            allow_fallback: false,
        }
    }
}

/// A face found, in display pixels.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Detection {
    /// The face; it may reach outside the picture.
    pub bbox: Rect,
    /// The five points, where the network gives them.
    pub landmarks: Option<Landmarks>,
    /// How sure the network is, 0 to 1.
    pub score: f32,
}

impl Detection {
    /// Moves box and landmarks.
    fn shift(&mut self, x: f32, y: f32) {
        self.bbox.x += x;
        self.bbox.y += y;
        for point in self.landmarks.iter_mut().flatten() {
            point.x += x;
            point.y += y;
        }
    }
}

/// Reads a network's outputs for an input of (width, height): faces in input pixels that reach the
/// threshold, in any order.
type Decoder = fn(&[Tensor<'_>], (usize, usize), f32) -> Result<Vec<Detection>, String>;

/// A face detection network, ready to run.
#[derive(Debug)]
pub struct Detector {
    session: Arc<Session>,
    options: DetectorOptions,
    decode: Decoder,
    normalisation: Normalisation,
    scratch: Mutex<Scratch>,
}

/// Buffers kept from frame to frame.
#[derive(Debug, Default)]
struct Scratch {
    sampler: Sampler,
    picture: RgbImage,
    input: Vec<f32>,
}

impl Detector {
    /// Loads the network and tries it on a black picture.
    ///
    /// # Errors
    /// The model is no detector, is corrupt or has other inputs and outputs than its kind, the
    /// device is not available, or ONNX Runtime is missing.
    pub fn open(options: &DetectorOptions) -> Result<Self, ModelError> {
        let (decode, normalisation): (Decoder, _) = match options.model.kind {
            Kind::CenterFace => (centerface::decode, Normalisation::RAW),
            Kind::YuNet => (yunet::decode, Normalisation { bgr: true, ..Normalisation::RAW }),
            Kind::Scrfd => (scrfd::decode, Normalisation::uniform(127.5, 128.0)),
            kind => {
                let id = options.model.id.clone();
                return Err(ModelError::WrongTask { id, kind, task: Task::Detect });
            }
        };
        let session = Session::open(
            &options.model,
            &SessionOptions {
                device: options.device,
                threads: options.threads,
                allow_fallback: options.allow_fallback,
            },
        )?;
        let scratch = Mutex::default();
        let detector = Self { session, options: options.clone(), decode, normalisation, scratch };
        // A network of another shape is refused now, not at the first frame.
        let black = Letterbox::new((64.0, 64.0), 64, detector.fixed_size());
        let input = vec![0.0; 3 * black.width as usize * black.height as usize];
        detector.run(&black, &input).map_err(|error| match error {
            ModelError::Inference { why, .. } => {
                ModelError::Corrupt { path: options.model.path.clone(), why }
            }
            error => error,
        })?;
        Ok(detector)
    }

    /// The faces in `frame`, best first.
    ///
    /// # Errors
    /// The frame's planes are short, or the network fails.
    pub fn detect(&self, frame: &FrameView<'_>) -> Result<Vec<Detection>, ModelError> {
        let (width, height) = frame.display_size();
        self.detect_in(frame, Rect { x: 0.0, y: 0.0, width, height })
    }

    /// The faces whose middle lies in `region` of `frame` (display pixels), best first; the
    /// network sees the region as large as it would see a whole frame of that size.
    ///
    /// # Errors
    /// The frame's planes are short, or the network fails.
    pub fn detect_in(
        &self,
        frame: &FrameView<'_>,
        region: Rect,
    ) -> Result<Vec<Detection>, ModelError> {
        let size = match self.options.input_size {
            0 => DEFAULT_INPUT_SIZE,
            size => size,
        };
        let letterbox = Letterbox::new((region.width, region.height), size, self.fixed_size());
        let Rect { width, height, .. } = letterbox.region();
        let shown = Rect { width, height, ..region };
        let mut scratch = self.scratch.lock().unwrap_or_else(PoisonError::into_inner);
        let Scratch { sampler, picture, input } = &mut *scratch;
        sampler.sample(frame, shown, letterbox.width, letterbox.height, picture)?;
        input.clear();
        self.normalisation.append(picture, input);
        let mut faces = self.run(&letterbox, input)?;
        drop(scratch);
        for face in &mut faces {
            letterbox.to_display(face);
            face.shift(region.x, region.y);
        }
        faces.retain(|face| region.contains(face.bbox.centre()));
        Ok(nms::suppress(faces, self.options.iou_threshold))
    }

    /// The device really used, e.g. `cpu` or `cuda:0`.
    pub fn device(&self) -> &str {
        self.session.device()
    }

    /// The network's file.
    pub fn model(&self) -> &ModelFile {
        &self.options.model
    }

    fn run(&self, letterbox: &Letterbox, input: &[f32]) -> Result<Vec<Detection>, ModelError> {
        let (width, height) = (letterbox.width as usize, letterbox.height as usize);
        self.session.run([1, 3, height, width], input, |tensors| {
            let faces = (self.decode)(tensors, (width, height), self.options.threshold)?;
            Ok(faces.into_iter().filter(is_sane).collect())
        })
    }

    /// Width and height of the input, where the file fixes them.
    fn fixed_size(&self) -> Option<(u32, u32)> {
        let [_, _, height, width] = self.session.input();
        Some((u32::try_from(width?).ok()?, u32::try_from(height?).ok()?))
    }
}

/// Networks fed with noise or sick weights give infinities; no face has them.
fn is_sane(face: &Detection) -> bool {
    let Rect { x, y, width, height } = face.bbox;
    let points = face.landmarks.iter().flatten().flat_map(|p| [p.x, p.y]);
    [x, y, width, height, face.score].into_iter().chain(points).all(f32::is_finite)
        && width > 0.0
        && height > 0.0
}

/// Five points from ten numbers x, y, x, y, …
fn landmarks(value: impl Fn(usize) -> f32) -> Landmarks {
    std::array::from_fn(|i| Point { x: value(2 * i), y: value(2 * i + 1) })
}
