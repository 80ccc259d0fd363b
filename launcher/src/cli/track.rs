// SPDX-License-Identifier: MIT OR Apache-2.0
//! The options about following faces, and about the shape of pixels.

use clap::Args;
use dataset::TrackSettings;
use framesource::aspect::{Aspects, PixelAspect};

const FACES: &str = "Faces";
const SOURCES: &str = "What to look at";

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
    /// Least faces of a track; those of shorter ones are nobody's and go to unsure (facerec: 3) [default: 1]
    #[arg(long, alias = "track-hits", value_name = "FACES", value_parser = clap::value_parser!(u32).range(1..=100_000), help_heading = FACES)]
    pub min_track_length: Option<u32>,
    /// Difference of two pictures that makes a cut, 0 (same) to 1 (nothing in common)
    /// [default: the element's own]
    #[arg(long, value_name = "SHARE", value_parser = super::share, help_heading = FACES)]
    pub shot_threshold: Option<f32>,
    /// Width of a pixel to its height, as 16:15, where the file tells it wrong
    #[arg(long, value_name = "N:D", help_heading = SOURCES)]
    pub pixel_aspect: Option<PixelAspect>,
    /// A table of the sizes at which videos are to be seen, for files that tell it wrong: CSV with the columns
    /// filename, display_width, display_height; a name may lack its extension, and a video without a row is
    /// shown as its file says
    #[arg(long, value_name = "CSV", value_parser = Aspects::read, conflicts_with = "pixel_aspect", help_heading = SOURCES)]
    pub aspect_csv: Option<Aspects>,
}

impl TrackArgs {
    /// For `run.json`; only what was asked for.
    pub fn settings(&self) -> Option<TrackSettings> {
        let sizes = |aspects: &Aspects| {
            aspects.sizes().map(|(name, size)| (name.to_owned(), serde_json::json!(size))).collect()
        };
        let settings = TrackSettings {
            overlap: self.track_overlap.map(f64::from),
            age: self.track_age,
            min_length: self.min_track_length.map(u64::from),
            shot_threshold: self.shot_threshold.map(f64::from),
            pixel_aspect: self.pixel_aspect.map(|aspect| aspect.to_string()),
            aspect_csv: self.aspect_csv.as_ref().map(sizes),
        };
        (settings != TrackSettings::default()).then_some(settings)
    }
}
