// SPDX-License-Identifier: MIT OR Apache-2.0
//! Turning published model files into the ONNX files that are installed. The same bytes in give the
//! same bytes out on every machine, so that the result can be checked by its hash.

mod dlib;
mod fix;
mod mtcnn;
mod resnet;
mod torch;

pub use mtcnn::Stage;

/// Raised whenever a conversion's result changes; written into the stamp beside an installed file.
pub const VERSION: u32 = 1;

/// What turns a source file into the installed one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Conversion {
    /// Installed as it is.
    None,
    /// dlib's face recognition ResNet (`.dat`) to ONNX.
    DlibResnet,
    /// CenterFace: batch, height and width made free, weights made constant.
    CenterFace,
    /// Batch of 1 made free.
    FreeBatch,
    /// A network of MTCNN, from PyTorch's old format (`.pt`) to ONNX.
    Mtcnn(Stage),
}

impl Conversion {
    /// The bytes to install for the bytes of the source file. Errors: the source is not what this
    /// conversion reads.
    pub fn apply(self, source: Vec<u8>) -> Result<Vec<u8>, ConvertError> {
        match self {
            Conversion::None => Ok(source),
            Conversion::DlibResnet => resnet::to_onnx(&dlib::parse(&source)?),
            Conversion::CenterFace => fix::centerface(&source),
            Conversion::FreeBatch => fix::free_batch(&source),
            Conversion::Mtcnn(stage) => mtcnn::to_onnx(stage, &source),
        }
    }
}

/// Why a file could not be converted.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum ConvertError {
    /// The file ends in the middle.
    #[error("it ends at byte {0}, in the middle of a value")]
    Truncated(usize),
    /// Something else than the format has at this place.
    #[error("byte {offset}: expected {expected}, found {found}")]
    Unexpected {
        /// Where, counted from 0.
        offset: usize,
        /// What the format has there.
        expected: &'static str,
        /// What is there.
        found: String,
    },
    /// The layers do not fit together.
    #[error("layer {layer}: {why}")]
    Layer {
        /// Counted from the input, from 0.
        layer: usize,
        /// What does not fit.
        why: String,
    },
    /// Not an ONNX file, or not the one expected.
    #[error("not the expected ONNX file: {0}")]
    Onnx(String),
}

#[cfg(test)]
mod tests;
