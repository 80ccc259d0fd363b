// SPDX-License-Identifier: MIT OR Apache-2.0
//! What decodes the video.

use clap::ValueEnum;
use framesource::hardware;

/// What decodes the video.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum Decoder {
    /// Hardware where it works, else software
    #[default]
    Auto,
    /// Software only
    Software,
    /// Hardware of Intel and AMD by way of VA-API, or an error
    Va,
    /// Hardware of NVIDIA, or an error
    Nv,
}

impl From<Decoder> for hardware::Decoder {
    fn from(decoder: Decoder) -> Self {
        match decoder {
            Decoder::Auto => Self::Auto,
            Decoder::Software => Self::Software,
            Decoder::Va => Self::Va,
            Decoder::Nv => Self::Nv,
        }
    }
}
