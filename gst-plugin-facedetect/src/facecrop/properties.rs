// SPDX-License-Identifier: MIT OR Apache-2.0
//! The properties of `facecrop`, and where their defaults live.

use gst::glib;
use gst::prelude::*;

use super::Area;
use super::render::{self, CropStyle};

/// What the user may set.
#[derive(Debug, Clone)]
pub(super) struct Settings {
    pub(super) area: Area,
    pub(super) style: CropStyle,
    pub(super) object_class: String,
}

impl Default for Settings {
    fn default() -> Self {
        Self { area: Area::default(), style: CropStyle::default(), object_class: "face".into() }
    }
}

pub(super) fn specs() -> Vec<glib::ParamSpec> {
    let default = Settings::default();
    let scale = |name: &str, nick: &str, side: &str, value| {
        let blurb =
            format!("How far the crop reaches {side}, in halves of the box from its centre");
        glib::ParamSpecDouble::builder(name)
            .nick(nick)
            .blurb(&blurb)
            .minimum(0.0)
            .maximum(100.0)
            .default_value(value)
            .mutable_playing()
            .build()
    };
    let mut specs = vec![
        scale("scale-left", "Scale left", "to the left", default.area.left),
        scale("scale-right", "Scale right", "to the right", default.area.right),
        scale("scale-up", "Scale up", "up", default.area.up),
        scale("scale-down", "Scale down", "down", default.area.down),
        glib::ParamSpecBoolean::builder("square")
            .nick("Square")
            .blurb(
                "Extend the shorter side; shifted into the frame, cut where the frame is smaller",
            )
            .default_value(default.area.square)
            .mutable_playing()
            .build(),
        glib::ParamSpecString::builder("object-class")
            .nick("Object class")
            .blurb(
                "Type of the regions of interest to cut out where another detector attached them (empty = any)",
            )
            .default_value(Some(default.object_class.as_str()))
            .mutable_playing()
            .build(),
        glib::ParamSpecBoxed::builder::<gst::Structure>("stats")
            .nick("Statistics")
            .blurb("Frames taken, crops given, frames that became gaps")
            .read_only()
            .build(),
    ];
    specs.extend(render::specs());
    specs
}
