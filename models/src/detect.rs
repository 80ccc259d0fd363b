// SPDX-License-Identifier: MIT OR Apache-2.0
//! Finding faces in a frame.

mod centerface;
mod coarse_to_fine;
mod ensemble;
mod faceboxes;
mod letterbox;
mod mtcnn;
mod network;
mod nms;
mod scrfd;
#[cfg(test)]
mod tests;
mod tiles;
mod turned;
mod yunet;

use crate::ModelError;
use crate::catalogue::Kind;
use crate::runtime::Device;
use crate::session::SessionOptions;
use crate::store::ModelFile;
use crate::tensor::Tensor;
use coarse_to_fine::CoarseScale;
use ensemble::Several;
use imaging::Detection;
use imaging::frame::FrameView;
use imaging::geometry::{Landmarks, Point, Rect};
use mtcnn::Cascade;
use network::Network;

/// Long side of the network's input, in pixels, where the user gives none and [`DetectorOptions::coarse_scale`]
/// is none by itself, either.
pub const DEFAULT_INPUT_SIZE: u32 = 640;

/// The same with a coarse pass, after which only parts of the picture get as much detail.
pub const DEFAULT_FINE_INPUT_SIZE: u32 = 960;

/// Two boxes of one network that overlap more are one face. Not tuned here.
pub const DEFAULT_IOU_THRESHOLD: f32 = 0.3;

/// A face is detected again from this part of the region on. Measured on a reel: a second inference at
/// faces of half of the frame moves landmarks for nothing and splits a person.
const TIGHT: f32 = 0.75;

/// Border of the second inference at such a face, in parts of the longer side.
const BORDER: f32 = 0.5;

/// Two boxes that overlap as much are of the same face.
const SAME_FACE: f32 = 0.4;

/// What to detect with, and how.
#[derive(Debug, Clone)]
pub struct DetectorOptions {
    /// The network.
    pub model: ModelFile,
    /// Where it runs.
    pub device: Device,
    /// Long side of the network's input in pixels, rounded up to a multiple of 32; 0 for
    /// [`DEFAULT_FINE_INPUT_SIZE`] with networks that have a `coarse_scale` of their own, else
    /// [`DEFAULT_INPUT_SIZE`]. Smaller frames are not enlarged. Ignored by files with a fixed size.
    pub input_size: u32,
    /// Scale of a coarse pass over all of a picture, in parts of `input_size`, after which only what might be
    /// a face is refined; 0 and 1 refine all of it at once. `None` for what suits the
    /// model: with `centerface` what shows faces of 40 display pixels with 10, a quarter of the picture's long
    /// side, but a third and 320 pixels at least; else 0. Ignored by files with a fixed size and by several
    /// networks.
    pub coarse_scale: Option<f32>,
    /// Least score of a face, 0 to 1.
    pub threshold: f32,
    /// Intersection over union above which the weaker of two boxes goes, 0 to 1; MTCNN has its own rule.
    pub iou_threshold: f32,
    /// Threads inside one run; 0 chooses.
    pub threads: usize,
    /// Run on the CPU, with a warning, where the device is not to be had.
    pub allow_fallback: bool,
    /// Detectors of the same network that may run at once on the CPU, each with a copy of it; the first to
    /// be opened says. 0 and 1 let them wait for each other.
    pub runs: usize,
}

impl DetectorOptions {
    /// The model's own threshold, the CPU, and defaults for the rest.
    pub fn new(model: ModelFile) -> Self {
        let threshold = model.entry.map_or(0.5, |entry| entry.thresholds.detect);
        Self {
            model,
            device: Device::Cpu,
            input_size: 0,
            coarse_scale: None,
            threshold,
            iou_threshold: DEFAULT_IOU_THRESHOLD,
            threads: 0,
            allow_fallback: false,
            runs: 1,
        }
    }
}

/// A face detector, ready to run.
#[derive(Debug)]
pub struct Detector {
    options: DetectorOptions,
    inner: Inner,
}

/// The networks.
#[derive(Debug)]
enum Inner {
    /// One network, once.
    Network(Box<Network>),
    /// Three networks, one after the other.
    Cascade(Box<Cascade>),
    /// Several detectors.
    Several(Several),
}

impl Detector {
    /// Loads the networks and tries each on a black picture.
    ///
    /// # Errors
    /// The model is no detector, is corrupt or has other inputs and outputs than its kind, the
    /// device is not available, or ONNX Runtime is missing.
    pub fn open(options: &DetectorOptions) -> Result<Self, ModelError> {
        let inner = match options.model.kind {
            Kind::Mtcnn => Inner::Cascade(Box::new(Cascade::open(options)?)),
            Kind::AnimeHeads => Inner::Several(Several::open(options)?),
            _ => Inner::Network(Box::new(Network::open(options)?)),
        };
        Ok(Self { options: options.clone(), inner })
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
        Ok(self.detect_all(&[(frame, region)])?.pop().unwrap_or_default())
    }

    /// As [`detect_in`](Self::detect_in) of each region of a frame, in order, all through the network
    /// at once where [`takes_several`](Self::takes_several) and they need the same input size, else one
    /// after the other.
    ///
    /// # Errors
    /// A frame's planes are short, or the network fails.
    pub fn detect_all(
        &self,
        views: &[(&FrameView<'_>, Rect)],
    ) -> Result<Vec<Vec<Detection>>, ModelError> {
        let one_by_one = |find: &dyn Fn(&FrameView<'_>, Rect) -> _| {
            views.iter().map(|(frame, region)| find(frame, *region)).collect()
        };
        let mut found: Vec<Vec<Detection>> = match &self.inner {
            Inner::Network(network) => network.find(views),
            Inner::Cascade(cascade) => one_by_one(&|frame, region| cascade.find(frame, region)),
            Inner::Several(several) => one_by_one(&|frame, region| several.find(frame, region)),
        }?;
        for (faces, (_, region)) in found.iter_mut().zip(views) {
            faces.retain(|face| region.contains(face.bbox.centre()));
            // The cascade has its own rule for boxes that overlap.
            if !matches!(self.inner, Inner::Cascade(_)) {
                *faces = nms::suppress(std::mem::take(faces), self.options.iou_threshold);
            }
        }
        Ok(found)
    }

    /// As [`detect_all`](Self::detect_all), but where a face fills its region, the region is processed
    /// again with a border, which also makes it smaller: networks are made for faces with something
    /// around them, and place the landmarks of tight ones badly. Costs a second inference then.
    ///
    /// # Errors
    /// A frame's planes are short, or the network fails.
    pub fn detect_fine(
        &self,
        views: &[(&FrameView<'_>, Rect)],
    ) -> Result<Vec<Vec<Detection>>, ModelError> {
        let mut found = self.detect_all(views)?;
        for (faces, (frame, region)) in found.iter_mut().zip(views) {
            self.detect_again(frame, *region, faces)?;
        }
        Ok(found)
    }

    /// Replaces the faces that fill `region` by what inference with a border shows, where that is surer.
    fn detect_again(
        &self,
        frame: &FrameView<'_>,
        region: Rect,
        faces: &mut [Detection],
    ) -> Result<(), ModelError> {
        let fills = |face: &Detection| fills(&face.bbox, &region);
        if !faces.iter().any(fills) {
            return Ok(());
        }
        let border = BORDER * region.width.max(region.height);
        let again = self.detect_in(frame, region.with_border(border))?;
        for face in faces.iter_mut().filter(|face| fills(face)) {
            let same = again.iter().filter(|other| other.bbox.iou(&face.bbox) >= SAME_FACE);
            if let Some(better) = same.max_by(|a, b| a.score.total_cmp(&b.score)) {
                // The surer of the two.
                if better.score > face.score {
                    *face = *better;
                }
            }
        }
        Ok(())
    }

    /// That several frames go through the network at once.
    ///
    /// # Errors
    /// [`ModelError::Batch`] where the model is made of several networks, or its file or its outputs are
    /// those of one picture.
    pub fn takes_several(&self) -> Result<(), ModelError> {
        let tried = match &self.inner {
            Inner::Network(network) => network.takes_several(),
            Inner::Cascade(_) | Inner::Several(_) => Err("it is several networks".to_owned()),
        };
        tried.map_err(|why| ModelError::Batch { id: self.options.model.id.clone(), why })
    }

    /// The faces around those that were at `tracked` (display pixels) in a frame shortly before, and where
    /// some may be (`candidates`), best first: a small part of the work of a whole pass. `None` where that is
    /// not possible: one of the tracked is not there again, or fills the region, or there are so many that a
    /// whole pass costs little more, or the detector cannot do it (cascades, files with a fixed size).
    ///
    /// # Errors
    /// The frame's planes are short, or the network fails.
    pub fn detect_near(
        &self,
        frame: &FrameView<'_>,
        region: Rect,
        tracked: &[Rect],
        candidates: &[Rect],
    ) -> Result<Option<Vec<Detection>>, ModelError> {
        let Inner::Network(network) = &self.inner else {
            return Ok(None);
        };
        let regions = [tracked, candidates].concat();
        if regions.iter().any(|face| fills(face, &region)) {
            return Ok(None);
        }
        let Some(mut faces) = network.find_near(frame, region, &regions)? else {
            return Ok(None);
        };
        faces.retain(|face| region.contains(face.bbox.centre()));
        let faces = nms::suppress(faces, self.options.iou_threshold);
        Ok(tiles::all_again(tracked, &faces).then_some(faces))
    }

    /// The device really used, e.g. `cpu` or `cuda:0`.
    pub fn device(&self) -> &str {
        match &self.inner {
            Inner::Network(network) => network.device(),
            Inner::Cascade(cascade) => cascade.device(),
            Inner::Several(several) => several.device(),
        }
    }

    /// The network's file.
    pub fn model(&self) -> &ModelFile {
        &self.options.model
    }
}

impl DetectorOptions {
    /// Long side of the input in pixels.
    fn size(&self) -> u32 {
        match self.input_size {
            0 if coarse_to_fine::suits(self.model.kind) => DEFAULT_FINE_INPUT_SIZE,
            0 => DEFAULT_INPUT_SIZE,
            size => size,
        }
    }

    /// The coarse pass, if there is to be one.
    fn coarse_scale(&self) -> Option<CoarseScale> {
        match self.coarse_scale {
            Some(scale) => (scale > 0.0 && scale < 1.0).then_some(CoarseScale::Part(scale)),
            None => coarse_to_fine::suits(self.model.kind).then_some(CoarseScale::Fitting),
        }
    }

    fn session(&self) -> SessionOptions {
        let Self { device, threads, allow_fallback, runs, .. } = *self;
        SessionOptions { device, threads, allow_fallback, runs }
    }
}

/// Whether a face fills the region so far that a whole pass needs a border.
fn fills(face: &Rect, region: &Rect) -> bool {
    face.width > TIGHT * region.width || face.height > TIGHT * region.height
}

/// Reads a network's outputs for an input of (width, height): faces in input pixels that reach the
/// threshold, in any order.
type Decoder = fn(&[Tensor<'_>], (usize, usize), f32) -> Result<Vec<Detection>, String>;

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
