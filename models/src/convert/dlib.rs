// SPDX-License-Identifier: MIT OR Apache-2.0
//! Reading dlib's serialised face recognition network.

use super::ConvertError;

/// A network as stored: what is done to the picture, then the layers from input to output.
#[derive(Debug)]
pub struct Network {
    /// Means subtracted from red, green, blue before dividing by 256.
    pub mean: [f64; 3],
    /// Height and width of the input.
    pub size: [usize; 2],
    /// From the input to the output.
    pub layers: Vec<Layer>,
}

/// One layer.
#[derive(Debug)]
pub enum Layer {
    /// Remembers its input or goes back to one remembered; which of both the file does not say.
    Tag,
    /// Cross-correlation.
    Convolution {
        /// How it moves over its input.
        window: Window,
        /// `[outputs, inputs, rows, columns]` of `filters`.
        shape: [usize; 4],
        /// Row-major.
        filters: Vec<f32>,
        /// One an output.
        biases: Vec<f32>,
    },
    /// `gamma * x + beta`, one of each a channel.
    Affine {
        /// Factors.
        gamma: Vec<f32>,
        /// Summands.
        beta: Vec<f32>,
    },
    /// `max(x, 0)`.
    Relu,
    /// Adds the tagged value, the smaller of the two filled up with zeros.
    AddTagged,
    /// Maximum over a window.
    MaxPool(Window),
    /// Mean over a window.
    AveragePool(Window),
    /// `x . weights`.
    FullyConnected {
        /// Length of x.
        inputs: usize,
        /// Length of the result.
        outputs: usize,
        /// `[inputs, outputs]`, row-major.
        weights: Vec<f32>,
    },
}

/// A window that moves over rows and columns; each pair is `[vertical, horizontal]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// 0: the whole input.
    pub size: [usize; 2],
    /// Step.
    pub stride: [usize; 2],
    /// Zeros added on every side.
    pub pad: [usize; 2],
}

/// dlib's mark for an innermost layer that stores its sample expansion factor.
const INNERMOST: i64 = 3;
const INPUT: &str = "input_rgb_image_sized";
/// Far beyond the 150 in use; keeps products of sizes small.
pub const MAX_SIDE: usize = 4096;

/// Reads a whole file. Errors: where and what was not as expected.
pub fn parse(data: &[u8]) -> Result<Network, ConvertError> {
    let mut reader = Reader { data, at: 0 };
    reader.version(1, "version 1 of the loss layer")?;
    match reader.string()? {
        "loss_metric_2" => reader.skip_floats(2)?,
        "loss_metric_" => {}
        other => return Err(reader.unexpected("a metric loss layer", other)),
    }
    let mut marks = Vec::new();
    while !reader.next_is_string(INPUT) {
        marks.push(reader.int()?);
    }
    reader.string()?;
    let mean = [reader.float()?, reader.float()?, reader.float()?];
    let size = [reader.length()?, reader.length()?];
    if !size.iter().all(|side| (1..=MAX_SIDE).contains(side)) {
        return Err(reader.unexpected("the size of a picture", format!("{size:?}")));
    }
    let innermost = marks.len().saturating_sub(1);
    let mut layers = Vec::with_capacity(marks.len());
    for (depth, mark) in marks.into_iter().enumerate().rev() {
        layers.push(if mark == 1 {
            Layer::Tag
        } else {
            layer(&mut reader, mark, depth == innermost)?
        });
    }
    if reader.at != data.len() {
        return Err(reader
            .unexpected("the end of the file", format!("{} more bytes", data.len() - reader.at)));
    }
    Ok(Network { mean, size, layers })
}

fn layer(reader: &mut Reader, mark: i64, innermost: bool) -> Result<Layer, ConvertError> {
    let layer = details(reader)?;
    for _ in 0..3 {
        reader.bool()?;
    }
    // Gradients and the cached output: stored, but empty.
    for _ in 0..3 {
        reader.tensor()?;
    }
    if innermost && mark >= INNERMOST {
        reader.int()?;
    }
    Ok(layer)
}

fn details(reader: &mut Reader) -> Result<Layer, ConvertError> {
    let tag = reader.string()?;
    match tag {
        "con_4" | "con_5" | "con_6" => {
            let parameters = reader.tensor()?;
            let outputs = reader.length()?;
            let size = [reader.length()?, reader.length()?];
            let stride = [reader.length()?, reader.length()?];
            let pad = [reader.length()?, reader.length()?];
            let shape = reader.alias()?;
            reader.alias()?;
            reader.skip_floats(4)?;
            for _ in 0..(tag != "con_4") as usize + (tag == "con_6") as usize {
                reader.bool()?;
            }
            let weights: usize = shape.iter().product();
            if shape[0] != outputs || shape[2..] != size || parameters.len() != weights + outputs {
                return Err(reader.unexpected(
                    "filters and biases of one size",
                    format!("{} parameters, filters {shape:?}", parameters.len()),
                ));
            }
            let (filters, biases) = parameters.split_at(weights);
            Ok(Layer::Convolution {
                window: Window { size, stride, pad },
                shape,
                filters: filters.to_vec(),
                biases: biases.to_vec(),
            })
        }
        "affine_" | "affine_2" => {
            let parameters = reader.tensor()?;
            let channels: usize = reader.alias()?.iter().product();
            reader.alias()?;
            reader.int()?;
            if tag == "affine_2" {
                reader.bool()?;
            }
            if parameters.len() != 2 * channels {
                return Err(reader.unexpected(
                    "one factor and summand a channel",
                    format!("{} parameters, {channels} channels", parameters.len()),
                ));
            }
            let (gamma, beta) = parameters.split_at(channels);
            Ok(Layer::Affine { gamma: gamma.to_vec(), beta: beta.to_vec() })
        }
        "relu_" => Ok(Layer::Relu),
        "relu_2" => reader.bool().map(|_| Layer::Relu),
        "add_prev_" => Ok(Layer::AddTagged),
        "max_pool_2" => reader.window().map(Layer::MaxPool),
        "avg_pool_2" => reader.window().map(Layer::AveragePool),
        "fc_2" | "fc_3" => {
            let (outputs, inputs) = (reader.length()?, reader.length()?);
            let weights = reader.tensor()?;
            reader.alias()?;
            reader.alias()?;
            reader.int()?;
            reader.skip_floats(4)?;
            if tag == "fc_3" {
                reader.bool()?;
            }
            if Some(weights.len()) != inputs.checked_mul(outputs) {
                return Err(reader.unexpected(
                    "a fully connected layer without biases",
                    format!(
                        "{} parameters for {inputs} inputs and {outputs} outputs",
                        weights.len()
                    ),
                ));
            }
            Ok(Layer::FullyConnected { inputs, outputs, weights })
        }
        other => Err(reader.unexpected("a layer of dlib's face recognition network", other)),
    }
}

/// dlib's primitives, read one after the other.
struct Reader<'a> {
    data: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    fn unexpected(&self, expected: &'static str, found: impl ToString) -> ConvertError {
        ConvertError::Unexpected { offset: self.at, expected, found: found.to_string() }
    }

    fn take(&mut self, length: usize) -> Result<&'a [u8], ConvertError> {
        let rest = self.data.get(self.at..).unwrap_or_default();
        let taken = rest.get(..length).ok_or(ConvertError::Truncated(self.data.len()))?;
        self.at += length;
        Ok(taken)
    }

    fn byte(&mut self) -> Result<u8, ConvertError> {
        self.take(1).map(|b| b[0])
    }

    /// A control byte (bit 7: negative, low bits: length), then the magnitude, little-endian.
    fn int(&mut self) -> Result<i64, ConvertError> {
        let control = self.byte()?;
        let length = usize::from(control & 0x0f);
        if !(1..=8).contains(&length) {
            return Err(self.unexpected("an integer of 1 to 8 bytes", format!("{length} bytes")));
        }
        let magnitude =
            self.take(length)?.iter().rev().fold(0_u64, |value, &b| value << 8 | u64::from(b));
        let value = i64::try_from(magnitude)
            .map_err(|_| self.unexpected("an integer of 63 bits", magnitude))?;
        Ok(if control & 0x80 == 0 { value } else { -value })
    }

    /// An integer that counts something.
    fn length(&mut self) -> Result<usize, ConvertError> {
        let value = self.int()?;
        // Far beyond any length in use; keeps products of two in range.
        usize::try_from(value)
            .ok()
            .filter(|&v| v < 1 << 24)
            .ok_or_else(|| self.unexpected("a length", value))
    }

    fn version(&mut self, version: i64, expected: &'static str) -> Result<(), ConvertError> {
        match self.int()? {
            v if v == version => Ok(()),
            other => Err(self.unexpected(expected, other)),
        }
    }

    fn bool(&mut self) -> Result<bool, ConvertError> {
        match self.byte()? {
            b'0' => Ok(false),
            b'1' => Ok(true),
            other => Err(self.unexpected("a truth value", other)),
        }
    }

    fn string(&mut self) -> Result<&'a str, ConvertError> {
        let length = self.length()?;
        let bytes = self.take(length)?;
        std::str::from_utf8(bytes).map_err(|e| self.unexpected("text", e))
    }

    fn next_is_string(&self, text: &str) -> bool {
        let mut ahead = Reader { data: self.data, at: self.at };
        ahead.string().is_ok_and(|found| found == text)
    }

    /// Mantissa and exponent of two; exponents above 32000 mean infinities and NaN.
    fn float(&mut self) -> Result<f64, ConvertError> {
        let (mantissa, exponent) = (self.int()?, self.int()?);
        match i32::try_from(exponent) {
            Ok(exponent) if exponent.abs() < 2000 => {
                Ok(mantissa as f64 * f64::from(exponent).exp2())
            }
            _ => Err(self.unexpected("a finite number", format!("exponent {exponent}"))),
        }
    }

    fn skip_floats(&mut self, count: usize) -> Result<(), ConvertError> {
        for _ in 0..2 * count {
            self.int()?;
        }
        Ok(())
    }

    fn dims(&mut self) -> Result<[usize; 4], ConvertError> {
        let dims = [self.length()?, self.length()?, self.length()?, self.length()?];
        let elements = dims.iter().try_fold(1_usize, |product, &d| product.checked_mul(d));
        // A product beyond the file's size cannot be meant: later products stay small.
        if elements.is_none_or(|e| e > self.data.len()) {
            return Err(self.unexpected("a tensor that fits the file", format!("{dims:?}")));
        }
        Ok(dims)
    }

    fn tensor(&mut self) -> Result<Vec<f32>, ConvertError> {
        self.version(2, "version 2 of a tensor")?;
        let elements: usize = self.dims()?.iter().product();
        let (bytes, _) = self.take(4 * elements)?.as_chunks::<4>();
        Ok(bytes.iter().map(|b| f32::from_le_bytes(*b)).collect())
    }

    /// The shape of a part of a tensor stored elsewhere.
    fn alias(&mut self) -> Result<[usize; 4], ConvertError> {
        self.version(1, "version 1 of a tensor's part")?;
        self.dims()
    }

    fn window(&mut self) -> Result<Window, ConvertError> {
        let mut pair = || Ok([self.length()?, self.length()?]);
        Ok(Window { size: pair()?, stride: pair()?, pad: pair()? })
    }
}
