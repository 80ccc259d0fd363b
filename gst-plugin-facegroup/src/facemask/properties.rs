// SPDX-License-Identifier: MIT OR Apache-2.0
//! The properties of `facemask`, and where their defaults live.

use gst::glib;
use gst::prelude::*;

/// What is done with a face.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, glib::Enum)]
#[repr(u32)]
#[enum_type(name = "GstRsFaceMaskMode")]
pub enum Mode {
    /// Squares of one colour.
    #[default]
    #[enum_value(name = "Squares of one colour, too few to know anybody by", nick = "pixelate")]
    Pixelate,
    /// Black.
    #[enum_value(name = "Black", nick = "fill")]
    Fill,
    /// A line around it, for a preview: green around the known, white around others.
    #[enum_value(name = "A line around it; green where it would be left visible", nick = "box")]
    Box,
}

/// What the user may set.
#[derive(Debug, Clone)]
pub(super) struct Settings {
    pub(super) mode: Mode,
    pub(super) margin: f64,
    pub(super) blocks: u32,
    pub(super) keep: Option<String>,
    pub(super) people: Option<String>,
    pub(super) threshold: f32,
    pub(super) object_class: String,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            mode: Mode::Pixelate,
            // Detectors box from brow to chin; hair and ears tell, too.
            margin: 0.25,
            // Recognition networks fail below some 10 pixels a face.
            blocks: 6,
            keep: None,
            people: None,
            threshold: -2.0,
            object_class: "face".into(),
        }
    }
}

pub(super) fn specs() -> Vec<glib::ParamSpec> {
    let default = Settings::default();
    vec![
        glib::ParamSpecEnum::builder_with_default("mode", default.mode)
            .nick("Mode")
            .blurb("What is done with a face")
            .mutable_playing()
            .build(),
        glib::ParamSpecDouble::builder("margin")
            .nick("Margin")
            .blurb("How much larger than the face's box the masked part is, in parts of the box on each side")
            .minimum(0.0)
            .maximum(10.0)
            .default_value(default.margin)
            .mutable_playing()
            .build(),
        glib::ParamSpecUInt::builder("blocks")
            .nick("Blocks")
            .blurb("pixelate: squares along the longer side of the masked part")
            .minimum(1)
            .maximum(1000)
            .default_value(default.blocks)
            .mutable_playing()
            .build(),
        glib::ParamSpecString::builder("keep")
            .nick("Keep")
            .blurb("Folder of a dataset whose people stay visible (unset = nobody); faceembed must be in front, with the same model")
            .mutable_ready()
            .build(),
        glib::ParamSpecString::builder("people")
            .nick("People")
            .blurb("Those of keep who stay visible, names of its folders with commas between (unset = all)")
            .mutable_ready()
            .build(),
        glib::ParamSpecFloat::builder("threshold")
            .nick("Threshold")
            .blurb("Least cosine similarity to a face of keep (-2 = the embedding model's own)")
            .minimum(-2.0)
            .maximum(1.0)
            .default_value(default.threshold)
            .mutable_ready()
            .build(),
        glib::ParamSpecString::builder("object-class")
            .nick("Object class")
            .blurb("Type of the regions of interest to mask where another detector attached them (empty = any)")
            .default_value(Some(default.object_class.as_str()))
            .mutable_playing()
            .build(),
        glib::ParamSpecBoolean::builder("qos")
            .nick("QoS")
            .blurb("Has no effect: no frame is dropped or left unmasked, however late")
            .default_value(false)
            .mutable_playing()
            .build(),
        glib::ParamSpecBoxed::builder::<gst::Structure>("stats")
            .nick("Statistics")
            .blurb("Frames passed, faces masked, faces left visible")
            .read_only()
            .build(),
    ]
}

impl Settings {
    /// Takes a property's new value.
    pub(super) fn set(&mut self, name: &str, value: &glib::Value) {
        match name {
            "mode" => self.mode = get(value),
            "margin" => self.margin = get(value),
            "blocks" => self.blocks = get(value),
            "keep" => self.keep = get(value),
            "people" => self.people = get(value),
            "threshold" => self.threshold = get(value),
            "object-class" => {
                self.object_class = get::<Option<String>>(value).unwrap_or_default();
            }
            // In place of the base class's, which drops frames.
            "qos" => (),
            _ => unimplemented!("own pspecs only"),
        }
    }

    /// A property's value; `None` for those that are not settings.
    pub(super) fn get(&self, name: &str) -> Option<glib::Value> {
        Some(match name {
            "mode" => self.mode.to_value(),
            "margin" => self.margin.to_value(),
            "blocks" => self.blocks.to_value(),
            "keep" => self.keep.to_value(),
            "people" => self.people.to_value(),
            "threshold" => self.threshold.to_value(),
            "object-class" => self.object_class.to_value(),
            "qos" => false.to_value(),
            _ => return None,
        })
    }
}

/// The value of an own pspec: its type is known.
#[allow(clippy::expect_used)]
fn get<'a, T: glib::value::FromValue<'a>>(value: &'a glib::Value) -> T {
    value.get().map_err(|_| ()).expect("type checked by GObject")
}
