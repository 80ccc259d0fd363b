// SPDX-License-Identifier: MIT OR Apache-2.0
//! The properties of `facedetect`, and where their defaults live.

use gst::glib;
use gst::prelude::*;

use super::Region;

/// Jobs held for a later full-frame detection at most: frames are memory.
const MOST_LOOKAHEAD: u64 = 7;

/// When to post what was found.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, glib::Enum)]
#[repr(u32)]
#[enum_type(name = "GstRsFaceDetectPostMessages")]
pub enum PostMessages {
    /// Never.
    #[default]
    #[enum_value(name = "Never", nick = "none")]
    None,
    /// When the number of faces changes.
    #[enum_value(name = "When the number of faces changes", nick = "on-change")]
    OnChange,
    /// On every processed frame.
    #[enum_value(name = "On every processed frame", nick = "every-frame")]
    EveryFrame,
}

/// What the user may set.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Catalogue id or path of a detector.
    pub model: String,
    /// Kind of the network where `model` is a path.
    pub model_kind: Option<String>,
    /// Where to run: auto, cpu, cuda, cuda:N.
    pub device: String,
    /// Take the CPU where the device is missing.
    pub allow_fallback: bool,
    /// Threads of one inference; 0 lets the runtime choose.
    pub threads: u32,
    /// Least confidence; negative takes the model's own.
    pub threshold: f32,
    /// Boxes that overlap by more are one face.
    pub iou_threshold: f32,
    /// Least width and height in display pixels.
    pub min_size: u32,
    /// Part of the frame's area that a face must pass; 0 for any.
    pub min_share: f32,
    /// Attach the faces that fail a test, too.
    pub rejects: bool,
    /// Least distance to the border in display pixels.
    pub min_border: u32,
    /// Most faces per frame; 0 for all.
    pub max_faces: u32,
    /// Process every N-th frame.
    pub inference_interval: u32,
    /// Process the next frame after this much stream time.
    pub interval: gst::ClockTime,
    /// Detect on the full frame again after this much stream time.
    pub full_frame_interval: gst::ClockTime,
    /// Hold frames until the next one with full-frame detection.
    pub lookahead: bool,
    /// The part to process.
    pub region: Option<Region>,
    /// Why the last text for it was none.
    pub wrong_region: Option<String>,
    /// Long side of the network's input; 0 for what suits the model.
    pub input_size: u32,
    /// Scale of the coarse pass in parts of that; negative for what suits the model.
    pub coarse_scale: f32,
    /// Frames that go through the network at once.
    pub batch_size: u32,
    /// When to post.
    pub post_messages: PostMessages,
    /// Skip inference on frames that come too late.
    pub qos: bool,
    /// Find faces that lie on their side or stand on their head, too.
    pub any_angle: bool,
    /// Catalogue id or path of a detector that must see a face, too.
    pub confirm_model: Option<String>,
    /// Kind of that network where it is a path.
    pub confirm_model_kind: Option<String>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            model: "centerface".into(),
            model_kind: None,
            device: "cpu".into(),
            allow_fallback: false,
            threads: 0,
            threshold: -1.0,
            // Usual for faces: neighbours in a crowd overlap less.
            iou_threshold: 0.3,
            min_size: 0,
            min_share: 0.0,
            rejects: false,
            min_border: 0,
            max_faces: 0,
            inference_interval: 1,
            interval: gst::ClockTime::ZERO,
            full_frame_interval: gst::ClockTime::ZERO,
            lookahead: false,
            region: None,
            wrong_region: None,
            input_size: 0,
            coarse_scale: -1.0,
            batch_size: 1,
            post_messages: PostMessages::None,
            qos: false,
            any_angle: false,
            confirm_model: None,
            confirm_model_kind: None,
        }
    }
}

/// The properties, in the order `gst-inspect-1.0` shows them by name.
pub(super) fn specs() -> Vec<glib::ParamSpec> {
    let default = Settings::default();
    vec![
        glib::ParamSpecString::builder("model")
            .nick("Model")
            .blurb("Catalogue id (see `facegroup models`) or path of an ONNX face detector")
            .default_value(Some(default.model.as_str()))
            .mutable_ready()
            .build(),
        glib::ParamSpecString::builder("model-kind")
            .nick("Model kind")
            .blurb("Kind of the network where model is a path: centerface, yunet, scrfd, faceboxes")
            .mutable_ready()
            .build(),
        glib::ParamSpecString::builder("device")
            .nick("Device")
            .blurb("Where to run: auto, cpu, cuda, cuda:N; one that is missing is an error")
            .default_value(Some(default.device.as_str()))
            .mutable_ready()
            .build(),
        glib::ParamSpecBoolean::builder("allow-fallback")
            .nick("Allow fallback")
            .blurb("Take the CPU where the device asked for is missing, with a warning")
            .default_value(default.allow_fallback)
            .mutable_ready()
            .build(),
        glib::ParamSpecUInt::builder("threads")
            .nick("Threads")
            .blurb("Threads of one inference (0 = as many as suit the machine)")
            .maximum(256)
            .default_value(default.threads)
            .mutable_ready()
            .build(),
        glib::ParamSpecFloat::builder("threshold")
            .nick("Threshold")
            .blurb("Least confidence of a face (-1 = the model's own)")
            .minimum(-1.0)
            .maximum(1.0)
            .default_value(default.threshold)
            .mutable_ready()
            .build(),
        glib::ParamSpecFloat::builder("iou-threshold")
            .nick("Overlap threshold")
            .blurb("Boxes whose intersection over union is larger are one face")
            .minimum(0.0)
            .maximum(1.0)
            .default_value(default.iou_threshold)
            .mutable_ready()
            .build(),
        glib::ParamSpecUInt::builder("min-size")
            .nick("Minimum size")
            .blurb("Least width and height of a face in pixels (0 = any)")
            .default_value(default.min_size)
            .mutable_playing()
            .build(),
        glib::ParamSpecFloat::builder("min-share")
            .nick("Minimum share")
            .blurb("Part of the frame's area that a face must pass (0 = any)")
            .minimum(0.0)
            .maximum(1.0)
            .default_value(default.min_share)
            .mutable_playing()
            .build(),
        glib::ParamSpecBoolean::builder("rejects")
            .nick("Rejects")
            .blurb("Attach the faces that fail a test too, apart from the others; looks for faint ones")
            .default_value(default.rejects)
            .mutable_ready()
            .build(),
        glib::ParamSpecUInt::builder("min-border")
            .nick("Minimum border")
            .blurb("Least distance of a face to the border of the region in pixels (0 = faces may reach outside)")
            .default_value(default.min_border)
            .mutable_playing()
            .build(),
        glib::ParamSpecUInt::builder("max-faces")
            .nick("Maximum faces")
            .blurb("Most faces a frame, the strongest first (0 = all)")
            .default_value(default.max_faces)
            .mutable_playing()
            .build(),
        glib::ParamSpecUInt::builder("inference-interval")
            .nick("Inference interval")
            .blurb("Process every N-th frame")
            .minimum(1)
            .default_value(default.inference_interval)
            .mutable_playing()
            .build(),
        glib::ParamSpecUInt64::builder("interval")
            .nick("Interval")
            .blurb("Process the next frame after this many nanoseconds of stream time (200000000 is 0.2 s; 0 = every frame that inference-interval lets through)")
            .default_value(default.interval.nseconds())
            .mutable_playing()
            .build(),
        glib::ParamSpecUInt64::builder("search-interval")
            .nick("Full-frame interval")
            .blurb("Search the whole frame again after this many nanoseconds of stream time (300000000 is 0.3 s); frames between see only what surrounds the tracked faces (0 = every look searches all of it)")
            .default_value(default.full_frame_interval.nseconds())
            .mutable_playing()
            .build(),
        glib::ParamSpecBoolean::builder("search-ahead")
            .nick("Lookahead")
            .blurb("Hold the frames between two searches, 7 at most, until the later one is done, and search on them around the faces of both")
            .default_value(default.lookahead)
            .mutable_ready()
            .build(),
        glib::ParamSpecString::builder("region")
            .nick("Region")
            .blurb("Part of the upright frame to process, as x,y,width,height in pixels (unset = all of it; another text is an error)")
            .mutable_playing()
            .build(),
        glib::ParamSpecUInt::builder("input-size")
            .nick("Input size")
            .blurb("Long side of the network's input in pixels; larger finds smaller faces and costs more (0 = 960 with centerface, which refines parts only, else 640)")
            .maximum(4096)
            .default_value(default.input_size)
            .mutable_ready()
            .build(),
        glib::ParamSpecFloat::builder("first-look")
            .nick("Coarse scale")
            .blurb("Scale of a coarse pass over all of a frame, in parts of the input size, after which only what might be a face is refined (0 and 1 = all of it is, -1 = what suits the model: with centerface a quarter of the frame's long side in pixels, so that faces of 40 have 10, and a third and 320 pixels at least; else 0)")
            .minimum(-1.0)
            .maximum(1.0)
            .default_value(default.coarse_scale)
            .mutable_ready()
            .build(),
        glib::ParamSpecUInt::builder("batch-size")
            .nick("Batch size")
            .blurb("Frames that go through the network at once; they are held until there are so many (a model that takes one at a time is an error; with search-ahead frames are looked at one by one)")
            .minimum(1)
            .maximum(64)
            .default_value(default.batch_size)
            .mutable_ready()
            .build(),
        glib::ParamSpecBoolean::builder("any-angle")
            .nick("Any angle")
            .blurb("Process every frame in four turns, and find faces that lie on their side or stand on their head (four inferences instead of one; search-interval and search-ahead are not looked at)")
            .default_value(default.any_angle)
            .mutable_ready()
            .build(),
        glib::ParamSpecString::builder("confirm-model")
            .nick("Confirming model")
            .blurb("Catalogue id or path of a second face detector, without which no face counts: it looks at what surrounds each (unset = none)")
            .mutable_ready()
            .build(),
        glib::ParamSpecString::builder("confirm-model-kind")
            .nick("Kind of the confirming model")
            .blurb("Kind of the network where confirm-model is a path")
            .mutable_ready()
            .build(),
        glib::ParamSpecEnum::builder_with_default("post-messages", default.post_messages)
            .nick("Post messages")
            .blurb("When to post an element message with the faces")
            .mutable_playing()
            .build(),
        glib::ParamSpecBoolean::builder("qos")
            .nick("QoS")
            .blurb("Skip inference, never frames, when downstream says that buffers come late")
            .default_value(default.qos)
            .mutable_playing()
            .build(),
        glib::ParamSpecBoxed::builder::<gst::Structure>("stats")
            .nick("Statistics")
            .blurb("Frames passed, frames processed, frames searched as a whole, faces found, device in use, mean nanoseconds per inference")
            .read_only()
            .build(),
    ]
}

impl Settings {
    /// Whether frames wait for the next one that is searched as a whole.
    pub(super) fn has_lookahead(&self) -> bool {
        self.lookahead && !self.full_frame_interval.is_zero() && !self.any_angle
    }

    /// Jobs that the first one waits for, at most.
    pub(super) fn others(&self) -> u64 {
        if self.has_lookahead() {
            MOST_LOOKAHEAD
        } else {
            u64::from(self.batch_size).saturating_sub(1)
        }
    }

    /// Takes a property's new value; a region that cannot be read is refused with a reason.
    pub(super) fn set(&mut self, name: &str, value: &glib::Value) -> Result<(), String> {
        match name {
            "model" => self.model = get::<Option<String>>(value).unwrap_or_default(),
            "model-kind" => self.model_kind = get(value),
            "device" => self.device = get::<Option<String>>(value).unwrap_or_default(),
            "allow-fallback" => self.allow_fallback = get(value),
            "threads" => self.threads = get(value),
            "threshold" => self.threshold = get(value),
            "iou-threshold" => self.iou_threshold = get(value),
            "min-size" => self.min_size = get(value),
            "min-share" => self.min_share = get(value),
            "rejects" => self.rejects = get(value),
            "min-border" => self.min_border = get(value),
            "max-faces" => self.max_faces = get(value),
            "inference-interval" => self.inference_interval = get(value),
            "interval" => self.interval = gst::ClockTime::from_nseconds(get(value)),
            "search-interval" => {
                self.full_frame_interval = gst::ClockTime::from_nseconds(get(value));
            }
            "search-ahead" => self.lookahead = get(value),
            "region" => {
                let region = get::<Option<String>>(value).map(|text| text.parse::<Region>());
                let read = region.transpose().map_err(|error| error.to_string());
                self.wrong_region = read.as_ref().err().cloned();
                self.region = read?;
            }
            "input-size" => self.input_size = get(value),
            "first-look" => self.coarse_scale = get(value),
            "batch-size" => self.batch_size = get(value),
            "post-messages" => self.post_messages = get(value),
            "qos" => self.qos = get(value),
            "any-angle" => self.any_angle = get(value),
            "confirm-model" => self.confirm_model = get(value),
            "confirm-model-kind" => self.confirm_model_kind = get(value),
            _ => unimplemented!("own pspecs only"),
        }
        Ok(())
    }

    /// A property's value; `None` for those that are not settings.
    pub(super) fn get(&self, name: &str) -> Option<glib::Value> {
        Some(match name {
            "model" => self.model.to_value(),
            "model-kind" => self.model_kind.to_value(),
            "device" => self.device.to_value(),
            "allow-fallback" => self.allow_fallback.to_value(),
            "threads" => self.threads.to_value(),
            "threshold" => self.threshold.to_value(),
            "iou-threshold" => self.iou_threshold.to_value(),
            "min-size" => self.min_size.to_value(),
            "min-share" => self.min_share.to_value(),
            "rejects" => self.rejects.to_value(),
            "min-border" => self.min_border.to_value(),
            "max-faces" => self.max_faces.to_value(),
            "inference-interval" => self.inference_interval.to_value(),
            "interval" => self.interval.nseconds().to_value(),
            "search-interval" => self.full_frame_interval.nseconds().to_value(),
            "search-ahead" => self.lookahead.to_value(),
            "region" => self.region.map(|r| r.to_string()).to_value(),
            "input-size" => self.input_size.to_value(),
            "first-look" => self.coarse_scale.to_value(),
            "batch-size" => self.batch_size.to_value(),
            "post-messages" => self.post_messages.to_value(),
            "qos" => self.qos.to_value(),
            "any-angle" => self.any_angle.to_value(),
            "confirm-model" => self.confirm_model.to_value(),
            "confirm-model-kind" => self.confirm_model_kind.to_value(),
            _ => return None,
        })
    }
}

/// The value of an own pspec: its type is known.
#[allow(clippy::expect_used)]
fn get<'a, T: glib::value::FromValue<'a>>(value: &'a glib::Value) -> T {
    value.get().map_err(|_| ()).expect("type checked by GObject")
}
