// SPDX-License-Identifier: MIT OR Apache-2.0
//! dlib's face recognition network as ONNX: input `chip` f32 [N, 3, height, width] RGB 0..255, output
//! `descriptor` f32 [N, 128], not normalised.
//!
//! The picture's normalisation and every affine layer are folded into the convolution beside them,
//! in f64. Exact for the picture's normalisation because the first convolution has no padding.

use super::ConvertError;
use super::dlib::{Layer, MAX_SIDE, Network, Window};
use crate::onnx::{Attribute, GraphBuilder};

/// Divisor of the picture's normalisation.
const INPUT_SCALE: f64 = 256.0;

/// The encoded ONNX file of a network.
pub fn to_onnx(network: &Network) -> Result<Vec<u8>, ConvertError> {
    if !matches!(network.layers.last(), Some(Layer::FullyConnected { .. })) {
        let why = "the network does not end in a fully connected layer".to_owned();
        return Err(ConvertError::Layer { layer: network.layers.len(), why });
    }
    let [height, width] = network.size;
    let mut builder = GraphBuilder::new("dlib_face_recognition_resnet");
    builder.input("chip", &["N".into(), 3.into(), (height as i64).into(), (width as i64).into()]);
    let mut walk = Walk {
        builder,
        current: Value { name: "chip".to_owned(), channels: 3, size: network.size },
        tagged: None,
        branch: None,
        mean: Some(network.mean),
    };
    let mut layers = network.layers.iter().enumerate().peekable();
    while let Some((index, layer)) = layers.next() {
        let affine = match layers.peek() {
            Some((_, Layer::Affine { gamma, beta })) => Some((gamma.as_slice(), beta.as_slice())),
            _ => None,
        };
        let folds = matches!(layer, Layer::Convolution { .. }) && affine.is_some();
        walk.layer(layer, affine).map_err(|why| ConvertError::Layer { layer: index, why })?;
        if folds {
            layers.next();
        }
    }
    let Value { name, channels, .. } = walk.current;
    walk.builder.node_to("Identity", &[&name], &[], "descriptor");
    walk.builder.output("descriptor", &["N".into(), (channels as i64).into()]);
    Ok(walk.builder.finish())
}

#[derive(Debug, Clone)]
struct Value {
    name: String,
    channels: usize,
    size: [usize; 2],
}

/// The way from input to output.
struct Walk {
    builder: GraphBuilder,
    current: Value,
    /// The block's input.
    tagged: Option<Value>,
    /// The block's other branch, where the shortcut is computed second.
    branch: Option<Value>,
    /// The picture's normalisation, until the first convolution has taken it in.
    mean: Option<[f64; 3]>,
}

impl Walk {
    fn layer(&mut self, layer: &Layer, affine: Option<(&[f32], &[f32])>) -> Result<(), String> {
        match layer {
            Layer::Tag => self.tag(),
            Layer::Convolution { window, shape, filters, biases } => {
                self.convolution(*window, *shape, filters, biases, affine)
            }
            Layer::Affine { .. } => Err("an affine layer that follows no convolution".into()),
            Layer::Relu => {
                self.current.name = self.builder.node("Relu", &[&self.current.name], &[]);
                Ok(())
            }
            Layer::AddTagged => self.add(),
            Layer::MaxPool(window) => self.pool("MaxPool", *window),
            Layer::AveragePool(window) if window.size == [0, 0] => {
                let name = self.builder.node("GlobalAveragePool", &[&self.current.name], &[]);
                self.current = Value { name, size: [1, 1], ..self.current.clone() };
                Ok(())
            }
            Layer::AveragePool(window) => self.pool("AveragePool", *window),
            Layer::FullyConnected { inputs, outputs, weights } => {
                self.fully_connected(*inputs, *outputs, weights)
            }
        }
    }

    /// A plain block tags its input; a down block tags its input, tags the end of its convolutions
    /// and then skips back to the input.
    fn tag(&mut self) -> Result<(), String> {
        match (&self.tagged, &self.branch) {
            (None, _) => self.tagged = Some(self.current.clone()),
            (Some(_), None) => self.branch = Some(self.current.clone()),
            (Some(input), Some(_)) => self.current = input.clone(),
        }
        Ok(())
    }

    fn convolution(
        &mut self,
        window: Window,
        shape: [usize; 4],
        filters: &[f32],
        biases: &[f32],
        affine: Option<(&[f32], &[f32])>,
    ) -> Result<(), String> {
        let [outputs, inputs, rows, columns] = shape;
        let area = rows * columns;
        if inputs != self.current.channels || inputs == 0 || outputs == 0 || area == 0 {
            return Err(format!("filters {shape:?} on {} channels", self.current.channels));
        }
        if affine.is_some_and(|(gamma, _)| gamma.len() != outputs) {
            return Err(format!("an affine layer of another size than {outputs} channels"));
        }
        let mean = self.mean.take();
        if mean.is_some() && (inputs != 3 || window.pad != [0, 0]) {
            return Err("a first convolution that is padded or not on three colours".into());
        }
        let mut weights = Vec::with_capacity(filters.len());
        let mut offsets = Vec::with_capacity(outputs);
        for (output, (filter, &bias)) in filters.chunks_exact(inputs * area).zip(biases).enumerate()
        {
            let (gamma, beta) = match affine {
                Some((gamma, beta)) => (f64::from(gamma[output]), f64::from(beta[output])),
                None => (1.0, 0.0),
            };
            let mut offset = f64::from(bias);
            for (channel, plane) in filter.chunks_exact(area).enumerate() {
                let (scale, mean) = match mean {
                    Some(mean) => (1.0 / INPUT_SCALE, mean[channel]),
                    None => (1.0, 0.0),
                };
                for &weight in plane {
                    let weight = f64::from(weight) * scale;
                    offset -= weight * mean;
                    weights.push((weight * gamma) as f32);
                }
            }
            offsets.push((offset * gamma + beta) as f32);
        }
        let size = moved(window, self.current.size)?;
        let weights = self.builder.floats(&shape.map(|d| d as i64), weights);
        let offsets = self.builder.floats(&[outputs as i64], offsets);
        let [pad_y, pad_x] = window.pad.map(|p| p as i64);
        let name = self.builder.node(
            "Conv",
            &[&self.current.name, &weights, &offsets],
            &[
                ("kernel_shape", Attribute::Ints(&window.size.map(|s| s as i64))),
                ("strides", Attribute::Ints(&window.stride.map(|s| s as i64))),
                ("pads", Attribute::Ints(&[pad_y, pad_x, pad_y, pad_x])),
            ],
        );
        self.current = Value { name, channels: outputs, size };
        Ok(())
    }

    fn pool(&mut self, op: &str, window: Window) -> Result<(), String> {
        if window.pad != [0, 0] {
            return Err("a padded pooling layer".into());
        }
        let size = moved(window, self.current.size)?;
        let name = self.builder.node(
            op,
            &[&self.current.name],
            &[
                ("kernel_shape", Attribute::Ints(&window.size.map(|s| s as i64))),
                ("strides", Attribute::Ints(&window.stride.map(|s| s as i64))),
            ],
        );
        self.current = Value { name, size, ..self.current.clone() };
        Ok(())
    }

    fn add(&mut self) -> Result<(), String> {
        let tagged = self.tagged.take();
        let other = self.branch.take().or(tagged).ok_or("a sum without a tagged value")?;
        let larger = Value {
            name: String::new(),
            channels: self.current.channels.max(other.channels),
            size: [0, 1].map(|axis| self.current.size[axis].max(other.size[axis])),
        };
        let current = self.padded(&self.current.clone(), &larger);
        let other = self.padded(&other, &larger);
        let name = self.builder.node("Add", &[&current, &other], &[]);
        self.current = Value { name, ..larger };
        Ok(())
    }

    /// `value` filled up with zeros to the size of `larger`: channels at the end, rows below,
    /// columns to the right.
    fn padded(&mut self, value: &Value, larger: &Value) -> String {
        let missing = [
            larger.channels - value.channels,
            larger.size[0] - value.size[0],
            larger.size[1] - value.size[1],
        ]
        .map(|m| m as i64);
        if missing == [0, 0, 0] {
            return value.name.clone();
        }
        let [channels, rows, columns] = missing;
        let pads = self.builder.ints(&[0, 0, 0, 0, 0, channels, rows, columns]);
        self.builder.node("Pad", &[&value.name, &pads], &[])
    }

    fn fully_connected(
        &mut self,
        inputs: usize,
        outputs: usize,
        weights: &[f32],
    ) -> Result<(), String> {
        let Value { channels, size, .. } = self.current;
        if channels * size[0] * size[1] != inputs {
            return Err(format!("{inputs} inputs for {channels} channels of {size:?}"));
        }
        let weights =
            self.builder.floats(&[inputs as i64, outputs as i64], weights.iter().copied());
        let flat =
            self.builder.node("Flatten", &[&self.current.name], &[("axis", Attribute::Int(1))]);
        let name = self.builder.node("MatMul", &[&flat, &weights], &[]);
        self.current = Value { name, channels: outputs, size: [1, 1] };
        Ok(())
    }
}

/// Rows and columns left after a window has moved over `size`.
fn moved(window: Window, size: [usize; 2]) -> Result<[usize; 2], String> {
    let mut left = [0; 2];
    for axis in 0..2 {
        let (stride, length) = (window.stride[axis], window.size[axis]);
        let room = (size[axis] + 2 * window.pad[axis]).checked_sub(length);
        left[axis] = match room {
            Some(room) if stride > 0 && length > 0 && room < MAX_SIDE => 1 + room / stride,
            _ => return Err(format!("a window {window:?} on {size:?}")),
        };
    }
    Ok(left)
}
