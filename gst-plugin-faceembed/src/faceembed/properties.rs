// SPDX-License-Identifier: MIT OR Apache-2.0
//! The properties of `faceembed`, and where their defaults live.

use gst::glib;
use gst::prelude::*;
use gst_frameview::EnumType;
use models::Flip;

pub(super) struct FlipType;

impl EnumType for FlipType {
    type Choice = Flip;
    const NAME: &'static str = "GstRsFaceEmbedFlip";
}

/// What the user may set.
#[derive(Debug, Clone)]
pub(super) struct Settings {
    pub(super) model: String,
    pub(super) model_kind: Option<String>,
    pub(super) device: String,
    pub(super) allow_fallback: bool,
    pub(super) threads: u32,
    pub(super) flip: Flip,
    pub(super) max_samples: u32,
    pub(super) object_class: String,
    pub(super) qos: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            model: "sface".into(),
            model_kind: None,
            device: "cpu".into(),
            allow_fallback: false,
            threads: 0,
            flip: Flip::Auto,
            // As many as the grouping of tracks gains from.
            max_samples: 16,
            object_class: "face".into(),
            qos: false,
        }
    }
}

pub(super) fn specs() -> Vec<glib::ParamSpec> {
    let default = Settings::default();
    vec![
        glib::ParamSpecString::builder("model")
            .nick("Model")
            .blurb("Catalogue id (see `facegroup models`) or path (ONNX or OpenVINO's .xml) of a face embedder; several with commas between are an ensemble, each with a weight: sface=2,face-reid-0095")
            .default_value(Some(default.model.as_str()))
            .mutable_ready()
            .build(),
        glib::ParamSpecString::builder("model-kind")
            .nick("Model kind")
            .blurb("Kind of the network where model is a path: dlib-resnet, sface, face-reid, arcface, mobilefacenet, crop, crop-imagenet; one for all paths of an ensemble, or one for each part with commas between")
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
        FlipType::spec("flip", default.flip)
            .nick("Flip")
            .blurb("When to average with the mirrored face: twice the cost, and some models gain")
            .mutable_ready()
            .build(),
        glib::ParamSpecUInt::builder("max-samples")
            .nick("Maximum samples")
            .blurb("Most faces of a track that are embedded, spread over time and pose (0 = all)")
            .default_value(default.max_samples)
            .mutable_playing()
            .build(),
        glib::ParamSpecString::builder("object-class")
            .nick("Object class")
            .blurb("Type of the regions of interest to embed where another detector attached them (empty = any)")
            .default_value(Some(default.object_class.as_str()))
            .mutable_playing()
            .build(),
        glib::ParamSpecBoolean::builder("qos")
            .nick("QoS")
            .blurb("Skip embedding, never frames, when downstream says that buffers come late")
            .default_value(default.qos)
            .mutable_playing()
            .build(),
        glib::ParamSpecBoxed::builder::<gst::Structure>("stats")
            .nick("Statistics")
            .blurb("Faces passed, faces embedded, late frames passed without a look, device in use, mean nanoseconds per embedding")
            .read_only()
            .build(),
    ]
}
