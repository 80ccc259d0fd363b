// SPDX-License-Identifier: MIT OR Apache-2.0
//! SFace as ONNX Runtime runs it fast: input `chip` f32 [N, 3, 112, 112] RGB 0..255, output `embedding`
//! f32 [N, 128], not normalised.
//!
//! The published file is a chain of layers whose weights are 8-bit blocks. Here they are numbers, every batch
//! normalisation is folded into the layer beside it, in f64, and every PReLU is two depthwise convolutions,
//! which ONNX Runtime fuses and keeps in its blocked layout: 26 ms a face become 13 on one core with AVX-512.

use std::collections::HashMap;

use prost::Message;

use super::ConvertError;
use crate::onnx::{Attribute, Graph, GraphBuilder, Model, Node};

/// The encoded ONNX file for the published one.
pub fn to_onnx(source: &[u8]) -> Result<Vec<u8>, ConvertError> {
    let model = Model::decode(source).map_err(|e| ConvertError::Onnx(e.to_string()))?;
    let graph = model.graph.ok_or_else(|| ConvertError::Onnx("no graph in it".into()))?;
    layers(&graph).and_then(fold).and_then(build).map_err(ConvertError::Onnx)
}

/// An array of numbers, row-major.
#[derive(Debug, Clone)]
struct Array {
    dims: Vec<usize>,
    values: Vec<f64>,
}

/// A layer of the chain.
enum Layer {
    /// One number subtracted or multiplied: the operator, and the number.
    Scalar(&'static str, f64),
    /// A number multiplied and one added, for each channel.
    Affine { scale: Vec<f64>, shift: Vec<f64> },
    /// A convolution over channels of one group, or of as many groups as channels.
    Convolution { weights: Array, biases: Vec<f64>, groups: usize, stride: i64, pad: i64 },
    /// What negative values are multiplied with, for each channel.
    Slopes(Vec<f64>),
    /// All inputs with all outputs: `weights` is [outputs, inputs].
    Dense { weights: Array, biases: Vec<f64> },
}

/// The layers of the graph, as it has them.
fn layers(graph: &Graph) -> Result<Vec<Layer>, String> {
    let mut arrays: HashMap<&str, Array> = HashMap::new();
    let mut shapes: HashMap<&str, Vec<i64>> = HashMap::new();
    for tensor in &graph.initializer {
        let name = tensor.name.as_deref().unwrap_or_default();
        if let Some(shape) = tensor.int64s() {
            shapes.insert(name, shape);
        } else if let Some(values) = tensor.numbers() {
            let dims = tensor.dims.iter().map(|&length| length as usize).collect();
            arrays.insert(name, Array { dims, values });
        }
    }
    let mut layers = Vec::new();
    let mut current = "data";
    for node in &graph.node {
        let operator = node.op_type.as_deref().unwrap_or_default();
        let [output, ..] = &node.output[..] else {
            return Err(format!("a {operator} without an output"));
        };
        let input = |place: usize| node.input.get(place).map_or("", String::as_str);
        let array = |place: usize| {
            let name = input(place);
            arrays.get(name).ok_or_else(|| format!("no array {name:?} for {output}"))
        };
        match operator {
            "DequantizeLinear" => {
                let array = dequantised(node, array(0)?, array(1)?, array(2)?)
                    .ok_or_else(|| format!("{output}: blocks of other sizes than expected"))?;
                arrays.insert(output, array);
                continue;
            }
            "Reshape" => {
                let shape = shapes.get(input(1)).ok_or_else(|| format!("{output} has no shape"))?;
                let array = reshaped(array(0)?.clone(), shape)
                    .ok_or_else(|| format!("{output} does not fit its shape {shape:?}"))?;
                arrays.insert(output, array);
                continue;
            }
            "Constant" => continue,
            _ if input(0) != current => return Err(format!("{output} does not follow {current}")),
            // Of no effect once trained; order is the same flattened or not.
            "Dropout" | "Flatten" => {}
            "Sub" | "Mul" => {
                let operator = if operator == "Sub" { "Sub" } else { "Mul" };
                let &[value] = &array(1)?.values[..] else {
                    return Err(format!("{output} is not of one number"));
                };
                layers.push(Layer::Scalar(operator, value));
            }
            "Conv" => layers.push(convolution(node, array(1)?)?),
            "BatchNormalization" => layers.push(normalisation(node, [1, 2, 3, 4].map(array))?),
            "PRelu" => layers.push(Layer::Slopes(array(1)?.values.clone())),
            "Gemm" => {
                let transposed = node.attribute("transB").and_then(|a| a.i) == Some(1);
                let (weights, biases) = (array(1)?.clone(), array(2)?.values.clone());
                let fits = weights.dims.len() == 2 && weights.dims[0] == biases.len();
                if !transposed || !fits || weights.values.is_empty() {
                    return Err(format!("{output} is not of [outputs, inputs]"));
                }
                layers.push(Layer::Dense { weights, biases });
            }
            _ => return Err(format!("an operator {operator}")),
        }
        current = output;
    }
    Ok(layers)
}

/// `(quantised - zero) * scale`; a scale and a zero stand for a block of elements along one axis.
fn dequantised(node: &Node, quantised: &Array, scales: &Array, zeros: &Array) -> Option<Array> {
    let attribute = |name| node.attribute(name).and_then(|a| a.i);
    let axis = usize::try_from(attribute("axis")?).ok()?;
    let block = usize::try_from(attribute("block_size")?).ok().filter(|&block| block > 0)?;
    let dims = &quantised.dims;
    // Lengths beside one of zero may be any.
    if quantised.values.is_empty() {
        return None;
    }
    let (length, inner) = (*dims.get(axis)?, dims[axis + 1..].iter().product::<usize>());
    let blocks = length.div_ceil(block);
    let outer: usize = dims[..axis].iter().product();
    if [scales, zeros].iter().any(|array| array.values.len() != outer * blocks * inner) {
        return None;
    }
    let values = quantised.values.iter().enumerate().map(|(at, value)| {
        let (before, along, behind) = (at / (length * inner), at / inner % length, at % inner);
        let of = (before * blocks + along / block) * inner + behind;
        (value - zeros.values[of]) * scales.values[of]
    });
    Some(Array { dims: dims.clone(), values: values.collect() })
}

fn reshaped(array: Array, shape: &[i64]) -> Option<Array> {
    let dims: Vec<usize> =
        shape.iter().map(|&length| usize::try_from(length).ok()).collect::<Option<_>>()?;
    let count = dims.iter().try_fold(1usize, |count, &length| count.checked_mul(length));
    (count == Some(array.values.len())).then_some(Array { dims, ..array })
}

fn convolution(node: &Node, weights: &Array) -> Result<Layer, String> {
    let ints = |name| node.attribute(name).map_or(&[][..], |a| &a.ints);
    let groups = node.attribute("group").and_then(|a| a.i).unwrap_or(1);
    let square = matches!(weights.dims[..], [_, _, rows, columns] if rows == columns);
    let fits = square && !weights.values.is_empty();
    match (ints("strides"), ints("pads"), ints("dilations")) {
        (&[stride, across], &[pad, top, bottom, right], [] | [1, 1])
            if fits && stride == across && [top, bottom, right] == [pad; 3] =>
        {
            Ok(Layer::Convolution {
                weights: weights.clone(),
                biases: vec![0.0; weights.dims[0]],
                groups: usize::try_from(groups).unwrap_or(1),
                stride,
                pad,
            })
        }
        other => Err(format!("a convolution of {:?}, {other:?}", weights.dims)),
    }
}

fn normalisation(node: &Node, arrays: [Result<&Array, String>; 4]) -> Result<Layer, String> {
    let [gamma, beta, mean, variance] = arrays;
    let (gamma, beta, mean, variance) =
        (&gamma?.values, &beta?.values, &mean?.values, &variance?.values);
    let epsilon = node.attribute("epsilon").and_then(|a| a.f).unwrap_or(1e-5);
    if gamma.is_empty() || [beta, mean, variance].iter().any(|array| array.len() != gamma.len()) {
        return Err("a normalisation of arrays of different lengths, or of none".into());
    }
    let scale: Vec<f64> =
        gamma.iter().zip(variance).map(|(g, v)| g / (v + f64::from(epsilon)).sqrt()).collect();
    let shift = beta.iter().zip(mean).zip(&scale).map(|((b, m), s)| b - m * s).collect();
    Ok(Layer::Affine { scale, shift })
}

/// Takes every affine layer into the convolution or the dense layer before it, or the dense one behind it.
fn fold(layers: Vec<Layer>) -> Result<Vec<Layer>, String> {
    let mut folded: Vec<Layer> = Vec::new();
    for layer in layers {
        match (folded.last_mut(), layer) {
            (
                Some(Layer::Convolution { weights, biases, .. } | Layer::Dense { weights, biases }),
                Layer::Affine { scale, shift },
            ) if scale.len() == biases.len() => {
                let row = weights.values.len() / biases.len();
                for ((row, bias), (scale, shift)) in
                    weights.values.chunks_exact_mut(row).zip(biases).zip(scale.iter().zip(&shift))
                {
                    row.iter_mut().for_each(|weight| *weight *= scale);
                    *bias = *bias * scale + shift;
                }
            }
            (Some(Layer::Affine { scale, shift }), Layer::Dense { mut weights, mut biases })
                if weights.dims[1].is_multiple_of(scale.len()) =>
            {
                let area = weights.dims[1] / scale.len();
                for (row, bias) in weights.values.chunks_exact_mut(weights.dims[1]).zip(&mut biases)
                {
                    for (channel, part) in row.chunks_exact_mut(area).enumerate() {
                        *bias += part.iter().sum::<f64>() * shift[channel];
                        part.iter_mut().for_each(|weight| *weight *= scale[channel]);
                    }
                }
                folded.pop();
                folded.push(Layer::Dense { weights, biases });
            }
            (_, layer) => folded.push(layer),
        }
    }
    match folded.iter().any(|layer| matches!(layer, Layer::Affine { .. })) {
        true => Err("a normalisation beside no layer that could take it".into()),
        false => Ok(folded),
    }
}

fn build(layers: Vec<Layer>) -> Result<Vec<u8>, String> {
    let mut chain = Chain {
        builder: GraphBuilder::new("sface"),
        current: "chip".to_owned(),
        signs: Vec::new(),
    };
    chain.builder.input("chip", &["N".into(), 3.into(), 112.into(), 112.into()]);
    let mut outputs = 0;
    let mut layers = layers.into_iter().peekable();
    while let Some(layer) = layers.next() {
        match layer {
            Layer::Scalar(operator, value) => {
                let value = chain.builder.floats(&[1], [value as f32]);
                chain.current = chain.builder.node(operator, &[&chain.current, &value], &[]);
            }
            Layer::Convolution { mut weights, mut biases, groups, stride, pad } => {
                chain.sign_inputs(&mut weights, groups)?;
                if let Some(Layer::Slopes(slopes)) = layers.peek() {
                    chain.sign_outputs(slopes, &mut weights, &mut biases)?;
                }
                chain.current = chain.convolution(&weights, &biases, groups, stride, pad);
            }
            Layer::Slopes(slopes) => chain.slopes(&slopes),
            Layer::Dense { mut weights, biases } => {
                chain.sign_inputs(&mut weights, 1)?;
                outputs = biases.len() as i64;
                chain.dense(&weights, &biases);
            }
            // Folded.
            Layer::Affine { .. } => {}
        }
    }
    chain.builder.node_to("Identity", &[&chain.current], &[], "embedding");
    chain.builder.output("embedding", &["N".into(), outputs.into()]);
    Ok(chain.builder.finish())
}

/// The network as it grows.
struct Chain {
    builder: GraphBuilder,
    /// The last value.
    current: String,
    /// -1 for each of its channels that is kept with the other sign; empty where none is.
    signs: Vec<f64>,
}

impl Chain {
    /// Undoes the signs of the channels that these weights are for.
    fn sign_inputs(&mut self, weights: &mut Array, groups: usize) -> Result<(), String> {
        let signs = std::mem::take(&mut self.signs);
        if signs.is_empty() {
            return Ok(());
        }
        let inputs = weights.values.len() / weights.dims[0];
        let fits = match groups > 1 {
            true => weights.dims[0] == signs.len(),
            false => inputs >= signs.len() && inputs.is_multiple_of(signs.len()),
        };
        if !fits {
            return Err(format!("weights of {:?} behind {} channels", weights.dims, signs.len()));
        }
        for (output, row) in weights.values.chunks_exact_mut(inputs).enumerate() {
            if groups > 1 {
                row.iter_mut().for_each(|weight| *weight *= signs[output]);
            } else {
                for (part, sign) in row.chunks_exact_mut(inputs / signs.len()).zip(&signs) {
                    part.iter_mut().for_each(|weight| *weight *= sign);
                }
            }
        }
        Ok(())
    }

    /// Keeps the channels with slopes above one with the other sign.
    fn sign_outputs(
        &mut self,
        slopes: &[f64],
        weights: &mut Array,
        biases: &mut [f64],
    ) -> Result<(), String> {
        if slopes.len() != biases.len() {
            return Err(format!("{} slopes for {} channels", slopes.len(), biases.len()));
        }
        let row = weights.values.len() / biases.len();
        let rows = weights.values.chunks_exact_mut(row).zip(biases);
        for ((row, bias), _) in rows.zip(slopes).filter(|(_, slope)| **slope > 1.0) {
            row.iter_mut().for_each(|weight| *weight = -*weight);
            *bias = -*bias;
        }
        if slopes.iter().any(|&slope| slope > 1.0) {
            let sign = |&slope: &f64| if slope > 1.0 { -1.0 } else { 1.0 };
            self.signs = slopes.iter().map(sign).collect();
        }
        Ok(())
    }

    fn convolution(
        &mut self,
        weights: &Array,
        biases: &[f64],
        groups: usize,
        stride: i64,
        pad: i64,
    ) -> String {
        let dims: Vec<i64> = weights.dims.iter().map(|&length| length as i64).collect();
        let filters = self.builder.floats(&dims, weights.values.iter().map(|&w| w as f32));
        let biases =
            self.builder.floats(&[biases.len() as i64], biases.iter().map(|&bias| bias as f32));
        self.builder.node(
            "Conv",
            &[&self.current, &filters, &biases],
            &[
                ("kernel_shape", Attribute::Ints(&dims[2..])),
                ("group", Attribute::Int(groups as i64)),
                ("strides", Attribute::Ints(&[stride; 2])),
                ("pads", Attribute::Ints(&[pad; 4])),
            ],
        )
    }

    /// PReLU is `a x + (1 - a) relu(x)`, and `(1 - a) relu(x)` is `relu((1 - a) x)` as long as a is not above
    /// one. Above, with the other sign kept, it is `x + relu((a - 1) x)`. Either way it is a sum of two
    /// depthwise convolutions of one pixel, one of them followed by ReLU.
    fn slopes(&mut self, slopes: &[f64]) {
        let scaled = |chain: &mut Self, by: &dyn Fn(f64) -> f64| {
            let count = slopes.len();
            let values = slopes.iter().map(|&slope| by(slope)).collect();
            let weights = Array { dims: vec![count, 1, 1, 1], values };
            chain.convolution(&weights, &vec![0.0; count], count, 1, 0)
        };
        let bent = scaled(self, &|slope| (1.0 - slope).abs());
        let bent = self.builder.node("Relu", &[&bent], &[]);
        let straight = scaled(self, &|slope| slope.min(1.0));
        self.current = self.builder.node("Add", &[&straight, &bent], &[]);
    }

    fn dense(&mut self, weights: &Array, biases: &[f64]) {
        let flat = self.builder.node("Flatten", &[&self.current], &[("axis", Attribute::Int(1))]);
        let dims: Vec<i64> = weights.dims.iter().map(|&length| length as i64).collect();
        let matrix = self.builder.floats(&dims, weights.values.iter().map(|&w| w as f32));
        let biases =
            self.builder.floats(&[biases.len() as i64], biases.iter().map(|&bias| bias as f32));
        let transposed = [("transB", Attribute::Int(1))];
        self.current = self.builder.node("Gemm", &[&flat, &matrix, &biases], &transposed);
    }
}
