// SPDX-License-Identifier: MIT OR Apache-2.0
//! The properties of `facetrack`, and where their defaults live.
// Only on own pspecs, whose types GObject has checked.
#![allow(clippy::unwrap_used)]

use gst::glib;
use gst::prelude::*;

/// What the user may set.
#[derive(Debug, Clone)]
pub(super) struct Settings {
    pub(super) iou_threshold: f32,
    pub(super) max_age: gst::ClockTime,
    pub(super) min_length: u32,
    pub(super) shot_threshold: f32,
    pub(super) post_messages: bool,
    pub(super) object_class: String,
    pub(super) qos: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            iou_threshold: 0.3,
            max_age: gst::ClockTime::from_mseconds(1000),
            min_length: 1,
            shot_threshold: 0.3,
            post_messages: false,
            object_class: "face".into(),
            qos: false,
        }
    }
}

/// The properties, in the order of their settings.
pub(super) fn specs() -> Vec<glib::ParamSpec> {
    let default = Settings::default();
    vec![
        glib::ParamSpecFloat::builder("iou-threshold")
            .nick("Overlap threshold")
            .blurb("Least intersection over union of a face and where its track expects it")
            .minimum(0.0)
            .maximum(1.0)
            .default_value(default.iou_threshold)
            .mutable_playing()
            .build(),
        glib::ParamSpecUInt64::builder("max-age")
            .nick("Maximum age")
            .blurb("Nanoseconds a track lives on without a face (1000000000 is a second); at least one and a half times the time between two frames looked at")
            .default_value(default.max_age.nseconds())
            .mutable_playing()
            .build(),
        glib::ParamSpecUInt::builder("min-hits")
            .nick("Minimum hits")
            .blurb("Faces until a track is announced; in a result, fewest of a track that is somebody")
            .minimum(1)
            .default_value(default.min_length)
            .mutable_playing()
            .build(),
        glib::ParamSpecFloat::builder("shot-threshold")
            .nick("Shot threshold")
            .blurb("Difference between two pictures that makes a cut, 0 (same) to 1 (nothing in common)")
            .minimum(0.0)
            .maximum(1.0)
            .default_value(default.shot_threshold)
            .mutable_playing()
            .build(),
        glib::ParamSpecBoolean::builder("post-messages")
            .nick("Post messages")
            .blurb("Post an element message when a shot begins and when a track begins or ends")
            .default_value(default.post_messages)
            .mutable_playing()
            .build(),
        glib::ParamSpecString::builder("object-class")
            .nick("Object class")
            .blurb("Type of the regions of interest to follow where another detector attached them (empty = any)")
            .default_value(Some(default.object_class.as_str()))
            .mutable_playing()
            .build(),
        glib::ParamSpecBoolean::builder("qos")
            .nick("QoS")
            .blurb("Look for no cut, but never drop a frame, on frames without faces that downstream says come late")
            .default_value(default.qos)
            .mutable_playing()
            .build(),
        glib::ParamSpecBoxed::builder::<gst::Structure>("stats")
            .nick("Statistics")
            .blurb("Frames passed, shots, tracks, faces interpolated, late frames passed without a look")
            .read_only()
            .build(),
    ]
}

impl Settings {
    /// Takes a property's new value.
    pub(super) fn set(&mut self, name: &str, value: &glib::Value) {
        match name {
            "iou-threshold" => self.iou_threshold = value.get().unwrap(),
            "max-age" => self.max_age = gst::ClockTime::from_nseconds(value.get().unwrap()),
            "min-hits" => self.min_length = value.get().unwrap(),
            "shot-threshold" => self.shot_threshold = value.get().unwrap(),
            "post-messages" => self.post_messages = value.get().unwrap(),
            "object-class" => {
                self.object_class = value.get::<Option<String>>().unwrap().unwrap_or_default();
            }
            "qos" => self.qos = value.get().unwrap(),
            _ => unimplemented!("own pspecs only"),
        }
    }

    /// A property's value; `None` for those that are not settings.
    pub(super) fn get(&self, name: &str) -> Option<glib::Value> {
        Some(match name {
            "iou-threshold" => self.iou_threshold.to_value(),
            "max-age" => self.max_age.nseconds().to_value(),
            "min-hits" => self.min_length.to_value(),
            "shot-threshold" => self.shot_threshold.to_value(),
            "post-messages" => self.post_messages.to_value(),
            "object-class" => self.object_class.to_value(),
            "qos" => self.qos.to_value(),
            _ => return None,
        })
    }
}
