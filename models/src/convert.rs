// SPDX-License-Identifier: MIT OR Apache-2.0
//! Turning published model files into the ONNX files that are installed. The same bytes in give the
//! same bytes out on every machine, so that the result can be checked by its hash.

mod dlib;
mod fix;
mod mtcnn;
mod openvino;
mod resnet;
mod sface;
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
    /// SFace's ONNX of 8-bit blocks to one of plain numbers, with everything folded that can be.
    Sface,
    /// An OpenVINO IR, its graph (`.xml`) and its constants (`.bin`), to ONNX.
    OpenVino,
}

impl Conversion {
    /// The bytes to install for the contents of the source files.
    ///
    /// # Errors
    /// The sources are not what this conversion reads, or not as many.
    pub fn apply(self, sources: &[Vec<u8>]) -> Result<Vec<u8>, ConvertError> {
        match (self, sources) {
            (Conversion::None, [source]) => Ok(source.clone()),
            (Conversion::DlibResnet, [source]) => resnet::to_onnx(&dlib::parse(source)?),
            (Conversion::CenterFace, [source]) => fix::centerface(source),
            (Conversion::FreeBatch, [source]) => fix::free_batch(source),
            (Conversion::Mtcnn(stage), [source]) => mtcnn::to_onnx(stage, source),
            (Conversion::Sface, [source]) => sface::to_onnx(source),
            (Conversion::OpenVino, [graph, constants]) => openvino::to_onnx(graph, constants),
            _ => Err(ConvertError::Sources(sources.len())),
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
    /// Not an OpenVINO IR, or one with something that is not read.
    #[error("not an OpenVINO IR that can be read: {0}")]
    OpenVino(String),
    /// Another number of files than the conversion reads.
    #[error("{0} files, which is not what this conversion reads")]
    Sources(usize),
}

#[cfg(test)]
mod tests;
