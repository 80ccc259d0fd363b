// SPDX-License-Identifier: MIT OR Apache-2.0
//! What is in the pictures, and the models that look at them.

use clap::{Args, ValueEnum};

/// What is in the pictures.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum Style {
    /// Photographed people
    #[default]
    Live,
    /// Drawn people: whole heads, told apart by colours and shapes; much less sure than photographs
    Anime,
}

impl Style {
    /// The detector, where none is asked for.
    pub fn detector(self) -> &'static str {
        match self {
            Style::Live => "centerface",
            Style::Anime => "anime-heads",
        }
    }

    /// The embedder, where none is asked for.
    pub fn embedder(self) -> &'static str {
        match self {
            Style::Live => "sface",
            Style::Anime => "anime-mix",
        }
    }

    /// How far crops reach, where nothing is asked for: left, right, up, down, in halves of the box.
    pub fn crop_scale(self) -> [f64; 4] {
        match self {
            Style::Live => [1.5, 1.5, 2.2, 1.2],
            // The boxes hold the head already, but for the hair on top.
            Style::Anime => [1.2, 1.2, 1.5, 1.1],
        }
    }
}

/// What looks at pictures.
#[derive(Debug, Args, Clone)]
pub struct NetworkArgs {
    /// What is in the pictures: chooses the models
    #[arg(long, value_enum, default_value = "live", value_name = "STYLE")]
    pub style: Style,
    /// Face detector: id of the catalogue, or path of an ONNX file
    #[arg(long, default_value = "centerface", default_value_if("style", "anime", Style::Anime.detector()), value_name = "MODEL")]
    pub detector: String,
    /// Kind of the detector where it is a path
    #[arg(long, value_name = "KIND")]
    pub detector_kind: Option<String>,
    /// Face embedder: id of the catalogue, or path of an ONNX file
    #[arg(long, default_value = "sface", default_value_if("style", "anime", Style::Anime.embedder()), value_name = "MODEL")]
    pub embedder: String,
    /// Kind of the embedder where it is a path
    #[arg(long, value_name = "KIND")]
    pub embedder_kind: Option<String>,
    /// Average each vector with that of the mirrored face; auto: where the model gains from it
    #[arg(long, default_value = "auto", value_name = "WHEN", value_parser = ["auto", "never", "always"])]
    pub flip: String,
    /// Where the networks run: auto, cpu, cuda, cuda:N
    #[arg(long, default_value = "cpu", value_name = "DEVICE")]
    pub device: String,
}
