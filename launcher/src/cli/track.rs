// SPDX-License-Identifier: MIT OR Apache-2.0
//! The options about following faces, and about the shape of pixels.

use clap::Args;

const FACES: &str = "Faces";

/// How faces are followed from frame to frame.
#[derive(Debug, Args, Clone)]
pub struct TrackArgs {
    /// Least overlap (intersection over union) of a face and where its track expects it (facerec: 0.5)
    /// [default: 0.3]
    #[arg(long, value_name = "SHARE", value_parser = super::share, help_heading = FACES)]
    pub track_overlap: Option<f32>,
    /// How long a track lives on without its face [default: a second, and at least one and a half looks]
    #[arg(long, value_name = "SECONDS", value_parser = super::positive, help_heading = FACES)]
    pub track_age: Option<f64>,
    /// Difference of two pictures that makes a cut, 0 (same) to 1 (nothing in common)
    /// [default: the element's own]
    #[arg(long, value_name = "SHARE", value_parser = super::share, help_heading = FACES)]
    pub shot_threshold: Option<f32>,
    /// Width of a pixel to its height, as 16:15, where the file tells it wrong
    #[arg(long, value_name = "N:D", value_parser = ratio, help_heading = "What to look at")]
    pub pixel_aspect: Option<gst::Fraction>,
}

impl TrackArgs {
    /// The properties of `facetrack`.
    pub fn apply<'a>(
        &self,
        mut track: gst::element_factory::ElementBuilder<'a>,
        age: gst::ClockTime,
    ) -> gst::element_factory::ElementBuilder<'a> {
        if let Some(overlap) = self.track_overlap {
            track = track.property("iou-threshold", overlap);
        }
        if let Some(threshold) = self.shot_threshold {
            track = track.property("shot-threshold", threshold);
        }
        let age = self.track_age.map_or(age, gst::ClockTime::from_seconds_f64);
        track.property("max-age", age.nseconds())
    }

    /// What gives pixels another shape, where that is wanted.
    pub fn aspect(&self) -> Result<Option<gst::Element>, glib::BoolError> {
        let Some(aspect) = self.pixel_aspect else { return Ok(None) };
        let caps = gst::Caps::builder("video/x-raw").field("pixel-aspect-ratio", aspect).build();
        gst::ElementFactory::make("capssetter").property("caps", caps).build().map(Some)
    }

    /// For `run.json`; only what was asked for.
    pub fn settings(&self) -> Option<serde_json::Value> {
        let aspect = self.pixel_aspect.map(|a| format!("{}:{}", a.numer(), a.denom()));
        let settings = serde_json::json!({
            "overlap": self.track_overlap,
            "age": self.track_age,
            "shot-threshold": self.shot_threshold,
            "pixel-aspect": aspect,
        });
        let asked = settings.as_object().is_some_and(|map| map.values().any(|v| !v.is_null()));
        asked.then_some(settings)
    }
}

fn ratio(text: &str) -> Result<gst::Fraction, String> {
    let parts = text.split_once(':').and_then(|(n, d)| Some((n.parse().ok()?, d.parse().ok()?)));
    match parts {
        Some((n @ 1..=100_000, d @ 1..=100_000)) => Ok(gst::Fraction::new(n, d)),
        _ => Err("expected two whole numbers, as 16:15".into()),
    }
}
