// SPDX-License-Identifier: MIT OR Apache-2.0
//! What the detector saw: frames with boxes, rejected faces, and the log of all detections, in
//! `intermediate/` as video-to-faces lays it out.

mod draw;

use std::sync::Mutex;
use std::sync::PoisonError;

use anyhow::{Context, Result};
use dataset::{Folder, Intermediate, Log, LogFile};
use facemeta::{Face, FrameFaces, Rejects};
use gst::prelude::*;
use gst_frameview::VideoStream;
use gstfacegroup::facesink::SharedDataset;
use image::{Rgb, RgbImage};
use imaging::frame::FrameView;
use imaging::geometry::Rect;
use imaging::jpeg;

use crate::cli::RunArgs;

/// Long side of saved frames; small ones are enlarged.
const FRAME_SIDE: f32 = 1024.0;
/// Quality of saved frames and of rejected faces, in percent.
const FRAME_QUALITY: u8 = 50;
const REJECT_QUALITY: u8 = 95;
/// Colour of faces.
pub const PASSED: Rgb<u8> = Rgb([0, 255, 0]);
const REJECTED: Rgb<u8> = Rgb([255, 0, 0]);

/// What is saved of the frames of one input.
struct Debugger {
    intermediate: Intermediate,
    input: usize,
    frames: bool,
    log: Option<Log>,
    /// Tests that are made.
    tests: usize,
    stream: VideoStream,
}

/// A detection of a frame, and why it was left out.
struct Detected<'f> {
    face: &'f Face,
    /// Low, small, close to the border, unconfirmed; `None` for one that passed.
    failed: Option<[bool; 4]>,
}

/// Saves what leaves `detect`, if that is wanted.
///
/// # Errors
/// A log that cannot be written.
pub fn attach(
    detect: &gst::Element,
    arguments: &RunArgs,
    dataset: &SharedDataset,
    video: &str,
) -> Result<()> {
    let debug = &arguments.debug;
    if !debug.wants_rejects() {
        return Ok(());
    }
    // Held until the log is open: of several inputs at once one writes its header.
    let dataset = dataset.lock().unwrap_or_else(PoisonError::into_inner);
    let input = dataset.run().input(video).map_or(0, |(index, _)| index);
    let intermediate = dataset.intermediate();
    let log = if debug.save_rejects {
        let columns = columns(arguments);
        let columns: Vec<&str> = columns.iter().map(String::as_str).collect();
        Some(intermediate.log(LogFile::Rejects, &columns)?)
    } else {
        None
    };
    drop(dataset);
    let frames = debug.save_frames;
    let stream = VideoStream::default();
    let tests = if arguments.detect.confirm_detector.is_some() { 4 } else { 3 };
    let debugger = Debugger { intermediate, input, frames, log, tests, stream };
    let debugger = Mutex::new(debugger);
    let pad = detect.static_pad("src").context("a detector without a source pad")?;
    let mask = gst::PadProbeType::BUFFER | gst::PadProbeType::EVENT_DOWNSTREAM;
    pad.add_probe(mask, move |pad, info| {
        let mut debugger = debugger.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(event) = info.event() {
            debugger.stream.event(event);
        } else if let Some(buffer) = info.buffer()
            && let Err(error) = debugger.save(buffer)
            && let Some(element) = pad.parent_element()
        {
            gst::element_error!(element, gst::ResourceError::Write, ("{error:#}"));
        }
        gst::PadProbeReturn::Ok
    });
    Ok(())
}

/// The columns as video-to-faces has them, with the tests that are made.
fn columns(arguments: &RunArgs) -> Vec<String> {
    let own = models::catalogue::find(&arguments.detector).map(|entry| entry.thresholds.detect);
    let score = arguments.threshold.or(own).unwrap_or(0.5);
    let (size, border) = (arguments.min_size, arguments.min_border);
    let mut columns: Vec<String> =
        ["file_name", "score", "width", "height", "x1", "y1", "x2", "y2"]
            .map(String::from)
            .to_vec();
    columns.push(format!("too_low(mscore={score})"));
    columns.push(format!("too_small(msize={size})"));
    columns.push(format!("too_close(mborder={border})"));
    if let Some(model) = &arguments.detect.confirm_detector {
        columns.push(format!("unconfirmed({model})"));
    }
    columns.push("rejected".into());
    columns
}

impl Debugger {
    fn save(&mut self, buffer: &gst::BufferRef) -> Result<()> {
        let (Some(info), Some(geometry)) = (self.stream.info.clone(), self.stream.geometry())
        else {
            return Ok(());
        };
        // Frames that were not looked at are not sampled ones.
        let Some(found) = FrameFaces::read(buffer, "face", info.width(), info.height()) else {
            return Ok(());
        };
        let rejects = Rejects::read(buffer).unwrap_or_default();
        let passed = found.faces.iter().map(|face| Detected { face, failed: None });
        let failed = rejects.0.iter().map(|reject| Detected {
            face: &reject.face,
            failed: Some([
                reject.low_score,
                reject.below_min_size,
                reject.at_border,
                reject.unconfirmed,
            ]),
        });
        let mut all: Vec<Detected<'_>> = passed.chain(failed).collect();
        all.sort_by(|a, b| b.face.confidence.total_cmp(&a.face.confidence));
        let frame = gst_video::VideoFrameRef::from_buffer_ref_readable(buffer, &info)
            .ok()
            .context("a frame that cannot be read")?;
        let view = gst_frameview::view(&frame, geometry.orientation)
            .context("a frame of a format that cannot be read")?;
        let boxed = |face: &Face| corners(geometry.detection(face).bbox);
        if self.log.is_some() {
            self.save_rejects(found.frame, &view, &all, boxed)?;
        }
        if self.frames {
            let name = self.intermediate.names().debug(self.input, found.frame, None);
            let boxes = all.iter().map(|detected| Shown {
                bbox: geometry.detection(detected.face).bbox,
                colour: if detected.failed.is_some() { REJECTED } else { PASSED },
                text: format!("{:.2}", detected.face.confidence),
            });
            let picture = drawn(&view, boxes)?;
            self.intermediate.save(
                Folder::Frames,
                &name,
                &jpeg::encode(&picture, FRAME_QUALITY)?,
            )?;
        }
        Ok(())
    }

    fn save_rejects(
        &mut self,
        frame: u64,
        view: &FrameView<'_>,
        all: &[Detected<'_>],
        boxed: impl Fn(&Face) -> [f32; 4],
    ) -> Result<()> {
        let (mut passed, mut rejected) = (0, 0);
        for detected in all {
            let [x1, y1, x2, y2] = boxed(detected.face);
            let name = match detected.failed {
                None => {
                    passed += 1;
                    self.intermediate.names().name(self.input, frame, passed - 1)
                }
                Some(_) => {
                    rejected += 1;
                    let name =
                        self.intermediate.names().debug(self.input, frame, Some(rejected - 1));
                    if let Some(picture) = part(view, [x1, y1, x2, y2])? {
                        let contents = jpeg::encode(&picture, REJECT_QUALITY)?;
                        self.intermediate.save(Folder::Rejects, &name, &contents)?;
                    }
                    name
                }
            };
            let flag = |on: bool| if on { "1" } else { "0" }.to_owned();
            let mut row = vec![name, format!("{:.2}", detected.face.confidence)];
            row.extend([x2 - x1, y2 - y1, x1, y1, x2, y2].map(|v| format!("{v:.0}")));
            // The last test has a column where it is made.
            let tests = detected.failed.unwrap_or_default();
            row.extend(tests.iter().take(self.tests).map(|failed| flag(*failed)));
            row.push(flag(detected.failed.is_some()));
            if let Some(log) = &mut self.log {
                log.row(&row)?;
            }
        }
        Ok(())
    }
}

/// Left, top, right and bottom in whole pixels, outwards.
fn corners(b: Rect) -> [f32; 4] {
    [b.x.floor(), b.y.floor(), (b.x + b.width).ceil(), (b.y + b.height).ceil()]
}

/// What lies in a box, as far as that is within the frame.
fn part(view: &FrameView<'_>, [x1, y1, x2, y2]: [f32; 4]) -> Result<Option<RgbImage>> {
    let (width, height) = view.display_size();
    let (x1, x2) = (x1.clamp(0.0, width), x2.clamp(0.0, width));
    let (y1, y2) = (y1.clamp(0.0, height), y2.clamp(0.0, height));
    let (w, h) = (x2 - x1, y2 - y1);
    if w < 1.0 || h < 1.0 {
        return Ok(None);
    }
    let rect = Rect { x: x1, y: y1, width: w, height: h };
    Ok(Some(view.sample(rect, w as u32, h as u32)?))
}

/// A box to draw.
pub struct Shown {
    /// Where, in display pixels.
    pub bbox: Rect,
    /// How.
    pub colour: Rgb<u8>,
    /// Digits and full stops above it.
    pub text: String,
}

/// The whole frame, its long side 1024 pixels, with boxes.
pub fn drawn(view: &FrameView<'_>, boxes: impl Iterator<Item = Shown>) -> Result<RgbImage> {
    let (width, height) = view.display_size();
    let scale = FRAME_SIDE / width.max(height);
    let side = |length: f32| (length * scale).round().max(1.0) as u32;
    let whole = Rect { x: 0.0, y: 0.0, width, height };
    let mut picture = view.sample(whole, side(width), side(height))?;
    for Shown { bbox: b, colour, text } in boxes {
        let corners = [b.x, b.y, b.x + b.width, b.y + b.height].map(|v| v * scale);
        draw::labelled_box(&mut picture, corners, &text, colour);
    }
    Ok(picture)
}
