// SPDX-License-Identifier: MIT OR Apache-2.0
//! The properties of `facesink`, and where their defaults live.

use dataset::Retention;
use facegroup::GroupingSettings;
use grouping::cluster::{GroupError, Options};
use gst::glib;
use gst::prelude::*;

use super::identification::IdentificationSettings;
use super::{algorithm, identification, retention};

/// What happens at the end of the stream.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, glib::Enum)]
#[repr(u32)]
#[enum_type(name = "GstRsFaceSinkMode")]
pub enum Mode {
    /// The faces are grouped and committed.
    #[default]
    #[enum_value(name = "Collect the faces, then group and file them", nick = "group")]
    Group,
    /// Nothing: the application or `facegroup group` does it.
    #[enum_value(name = "Only collect the faces", nick = "collect")]
    Collect,
}

/// How pictures are stored.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, glib::Enum)]
#[repr(u32)]
#[enum_type(name = "GstRsFaceSinkFormat")]
pub enum CropFormat {
    /// Small.
    #[default]
    #[enum_value(name = "JPEG", nick = "jpeg")]
    Jpeg,
    /// Lossless.
    #[enum_value(name = "PNG", nick = "png")]
    Png,
    /// Lossless and smaller.
    #[enum_value(name = "Lossless WebP", nick = "webp")]
    WebP,
}

/// What the user may set.
#[derive(Debug, Clone)]
pub(super) struct Settings {
    pub(super) location: String,
    pub(super) prefix: String,
    pub(super) video: Option<String>,
    pub(super) mode: Mode,
    /// Cosine similarity at which groups stop merging; below -1 takes the model's own.
    pub(super) threshold: f32,
    pub(super) calibrate: bool,
    pub(super) format: CropFormat,
    pub(super) quality: u32,
    pub(super) overwrite: bool,
    /// The rest of how to group; its threshold and calibration are those above.
    pub(super) grouping: GroupingSettings,
    /// Which pictures are kept.
    pub(super) retention: Retention,
    /// Known people.
    pub(super) identification: IdentificationSettings,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            location: "out".into(),
            prefix: String::new(),
            video: None,
            mode: Mode::Group,
            threshold: -2.0,
            calibrate: true,
            format: CropFormat::Jpeg,
            quality: 90,
            overwrite: false,
            grouping: GroupingSettings::default(),
            retention: Retention::default(),
            identification: IdentificationSettings::default(),
        }
    }
}

pub(super) fn specs() -> Vec<glib::ParamSpec> {
    let default = Settings::default();
    let mut specs = vec![
        glib::ParamSpecString::builder("location")
            .nick("Location")
            .blurb("Folder of the dataset; made when missing, resumed when it holds this run")
            .default_value(Some(default.location.as_str()))
            .mutable_ready()
            .build(),
        glib::ParamSpecString::builder("prefix")
            .nick("Prefix")
            .blurb("What every picture's file name begins with")
            .default_value(Some(default.prefix.as_str()))
            .mutable_ready()
            .build(),
        glib::ParamSpecString::builder("video")
            .nick("Video")
            .blurb("Name of the video in the dataset (unset = the file name of what is played)")
            .mutable_ready()
            .build(),
        glib::ParamSpecEnum::builder_with_default("mode", default.mode)
            .nick("Mode")
            .blurb("What happens at the end of the stream")
            .mutable_ready()
            .build(),
        glib::ParamSpecFloat::builder("threshold")
            .nick("Threshold")
            .blurb(
                "Cosine similarity at which groups stop merging (-2 = the embedding model's own)",
            )
            .minimum(-2.0)
            .maximum(1.0)
            .default_value(default.threshold)
            .mutable_ready()
            .build(),
        glib::ParamSpecBoolean::builder("calibrate")
            .nick("Calibrate")
            .blurb("Let the video itself move the threshold where it offers evidence")
            .default_value(default.calibrate)
            .mutable_ready()
            .build(),
        glib::ParamSpecEnum::builder_with_default("format", default.format)
            .nick("Format")
            .blurb("How pictures are stored")
            .mutable_ready()
            .build(),
        glib::ParamSpecUInt::builder("quality")
            .nick("Quality")
            .blurb("Quality of JPEG pictures in percent")
            .minimum(1)
            .maximum(100)
            .default_value(default.quality)
            .mutable_ready()
            .build(),
        glib::ParamSpecBoolean::builder("overwrite")
            .nick("Overwrite")
            .blurb("Remove the dataset at location first, of whatever run it is")
            .default_value(default.overwrite)
            .mutable_ready()
            .build(),
    ];
    specs.extend(algorithm::specs());
    specs.extend(retention::specs());
    specs.extend(identification::specs());
    specs.push(
        glib::ParamSpecBoxed::builder::<gst::Structure>("stats")
            .nick("Statistics")
            .blurb("Faces taken, of these repeated ones not written again, and how many wait to be written")
            .read_only()
            .build(),
    );
    specs
}

impl Settings {
    /// How to group the embeddings of `model`; without one there are none.
    pub(super) fn options(&self, model: Option<&str>) -> Result<Options, GroupError> {
        let threshold = (self.threshold >= -1.0).then_some(self.threshold);
        let settings =
            GroupingSettings { threshold, calibrate: self.calibrate, ..self.grouping.clone() };
        match model {
            Some(model) => settings.options(models::catalogue::find(model)),
            None => settings.without_embeddings(),
        }
    }

    /// Takes a property's new value.
    pub(super) fn set(&mut self, name: &str, value: &glib::Value) {
        let text = || get::<Option<String>>(value);
        match name {
            "location" => self.location = text().unwrap_or_default(),
            "prefix" => self.prefix = text().unwrap_or_default(),
            "video" => self.video = text(),
            "mode" => self.mode = get(value),
            "threshold" => self.threshold = get(value),
            "calibrate" => self.calibrate = get(value),
            "format" => self.format = get(value),
            "quality" => self.quality = get(value),
            "overwrite" => self.overwrite = get(value),
            _ => assert!(
                algorithm::set(&mut self.grouping, name, value)
                    || retention::set(&mut self.retention, name, value)
                    || identification::set(&mut self.identification, name, value),
                "own pspecs only"
            ),
        }
    }

    /// A property's value.
    pub(super) fn get(&self, name: &str) -> glib::Value {
        match name {
            "location" => self.location.to_value(),
            "prefix" => self.prefix.to_value(),
            "video" => self.video.to_value(),
            "mode" => self.mode.to_value(),
            "threshold" => self.threshold.to_value(),
            "calibrate" => self.calibrate.to_value(),
            "format" => self.format.to_value(),
            "quality" => self.quality.to_value(),
            "overwrite" => self.overwrite.to_value(),
            _ => match algorithm::value(&self.grouping, name)
                .or_else(|| retention::value(&self.retention, name))
                .or_else(|| identification::value(&self.identification, name))
            {
                Some(value) => value,
                None => unimplemented!("own pspecs only"),
            },
        }
    }
}

/// The value of an own pspec: its type is known.
#[allow(clippy::expect_used)]
pub(super) fn get<'a, T: glib::value::FromValue<'a>>(value: &'a glib::Value) -> T {
    value.get().map_err(|_| ()).expect("type checked by GObject")
}
