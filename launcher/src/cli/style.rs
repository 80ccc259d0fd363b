// SPDX-License-Identifier: MIT OR Apache-2.0
//! What is in the pictures, and the models that look at them.

use clap::Args;
use models::Flip;
use models::catalogue::Style;

use super::choice::choice;

/// What looks at pictures.
#[derive(Debug, Args, Clone)]
pub struct NetworkArgs {
    /// What is in the pictures: chooses the models
    #[arg(long, value_parser = choice::<Style>(), default_value = "live", value_name = "STYLE")]
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
    #[arg(long, default_value = "auto", value_name = "WHEN", value_parser = choice::<Flip>())]
    pub flip: Flip,
    /// Where the networks run: auto, cpu, cuda, cuda:N
    #[arg(long, default_value = "cpu", value_name = "DEVICE")]
    pub device: String,
}
