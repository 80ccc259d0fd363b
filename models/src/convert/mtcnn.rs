// SPDX-License-Identifier: MIT OR Apache-2.0
//! MTCNN's three networks as ONNX: input `picture` f32 [N, 3, H, W] RGB (x-127.5)/128; outputs `box`
//! [N, 4, …] offsets of the sides in parts of the box, `score` [N, 2, …] background and face, and of the
//! last one `points` [N, 10].

use std::collections::BTreeMap;

use super::ConvertError;
use super::torch::{self, Tensor};
use crate::onnx::{Attribute, Dimension, GraphBuilder};

/// Which of the three.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// Looks at a whole picture in steps of two pixels.
    Proposal,
    /// Looks at 24x24 pixels.
    Refinement,
    /// Looks at 48x48 pixels and finds the landmarks.
    Output,
}

/// A layer, by the name of its weights.
enum Layer {
    Convolution(&'static str),
    Prelu(&'static str),
    /// Side of the window; it moves by two, and the last one may reach outside.
    Pool(i64),
    /// Columns before rows before channels, as the weights were trained in another framework.
    Flatten,
    Dense(&'static str),
}
use Layer::{Convolution, Dense, Flatten, Pool, Prelu};

impl Stage {
    fn trunk(self) -> &'static [Layer] {
        match self {
            Stage::Proposal => &[
                Convolution("conv1"),
                Prelu("prelu1"),
                Pool(2),
                Convolution("conv2"),
                Prelu("prelu2"),
                Convolution("conv3"),
                Prelu("prelu3"),
            ],
            Stage::Refinement => &[
                Convolution("conv1"),
                Prelu("prelu1"),
                Pool(3),
                Convolution("conv2"),
                Prelu("prelu2"),
                Pool(3),
                Convolution("conv3"),
                Prelu("prelu3"),
                Flatten,
                Dense("dense4"),
                Prelu("prelu4"),
            ],
            Stage::Output => &[
                Convolution("conv1"),
                Prelu("prelu1"),
                Pool(3),
                Convolution("conv2"),
                Prelu("prelu2"),
                Pool(3),
                Convolution("conv3"),
                Prelu("prelu3"),
                Pool(2),
                Convolution("conv4"),
                Prelu("prelu4"),
                Flatten,
                Dense("dense5"),
                Prelu("prelu5"),
            ],
        }
    }

    /// Name of the output, its layer, whether its values add up to one.
    fn heads(self) -> &'static [(&'static str, Layer, bool)] {
        match self {
            Stage::Proposal => {
                &[("box", Convolution("conv4_2"), false), ("score", Convolution("conv4_1"), true)]
            }
            Stage::Refinement => {
                &[("box", Dense("dense5_2"), false), ("score", Dense("dense5_1"), true)]
            }
            Stage::Output => &[
                ("box", Dense("dense6_2"), false),
                ("score", Dense("dense6_1"), true),
                ("points", Dense("dense6_3"), false),
            ],
        }
    }

    /// Side of its input, where it is fixed.
    fn side(self) -> Option<i64> {
        match self {
            Stage::Proposal => None,
            Stage::Refinement => Some(24),
            Stage::Output => Some(48),
        }
    }
}

/// The encoded ONNX file of one of PyTorch's.
pub fn to_onnx(stage: Stage, source: &[u8]) -> Result<Vec<u8>, ConvertError> {
    let tensors = torch::tensors(source)?;
    let side = |name: &'static str| stage.side().map_or_else(|| name.into(), Into::into);
    let mut builder = GraphBuilder::new("mtcnn");
    builder.input("picture", &["N".into(), 3.into(), side("H"), side("W")]);
    let mut writer = Writer { builder, tensors, flat: false };
    let failed = |layer: usize| move |why: String| ConvertError::Layer { layer, why };
    let mut value = "picture".to_owned();
    for (index, layer) in stage.trunk().iter().enumerate() {
        value = writer.layer(&value, layer).map_err(failed(index))?;
    }
    for (index, (name, layer, shares)) in stage.heads().iter().enumerate() {
        let failed = failed(stage.trunk().len() + index);
        let head = writer.layer(&value, layer).map_err(&failed)?;
        let (op, attributes): (&str, &[_]) = match shares {
            true => ("Softmax", &[("axis", Attribute::Int(1))]),
            false => ("Identity", &[]),
        };
        writer.builder.node_to(op, &[&head], attributes, name);
        let channels = writer.outputs(layer).map_err(failed)?;
        let mut dims: Vec<Dimension> = vec!["N".into(), channels.into()];
        if !writer.flat {
            dims.extend(["rows".into(), "columns".into()]);
        }
        writer.builder.output(name, &dims);
    }
    Ok(writer.builder.finish())
}

struct Writer {
    builder: GraphBuilder,
    tensors: BTreeMap<String, Tensor>,
    /// After [`Flatten`] values have no rows and columns.
    flat: bool,
}

impl Writer {
    fn tensor(&self, name: &str) -> Result<&Tensor, String> {
        self.tensors.get(name).ok_or_else(|| format!("there is no {name}"))
    }

    /// Adds a tensor as a constant of these dimensions.
    fn constant(&mut self, name: &str, dims: Option<&[i64]>) -> Result<String, String> {
        let Tensor { shape, values } = self.tensor(name)?.clone();
        let own: Vec<i64> = shape.iter().map(|length| *length as i64).collect();
        Ok(self.builder.floats(dims.unwrap_or(&own), values))
    }

    /// Number of values that a layer gives.
    fn outputs(&self, layer: &Layer) -> Result<i64, String> {
        match layer {
            Convolution(name) | Dense(name) => {
                let shape = &self.tensor(&format!("{name}.bias"))?.shape;
                shape.first().map(|length| *length as i64).ok_or("no values".to_owned())
            }
            _ => Err("a head without weights".to_owned()),
        }
    }

    fn layer(&mut self, input: &str, layer: &Layer) -> Result<String, String> {
        Ok(match layer {
            Convolution(name) => {
                let shape = self.tensor(&format!("{name}.weight"))?.shape.clone();
                let [_, _, rows, columns] = shape[..] else {
                    return Err(format!("{name} has weights of {shape:?}"));
                };
                let weights = self.constant(&format!("{name}.weight"), None)?;
                let bias = self.constant(&format!("{name}.bias"), None)?;
                let kernel = [rows as i64, columns as i64];
                let attributes = [("kernel_shape", Attribute::Ints(&kernel))];
                self.builder.node("Conv", &[input, &weights, &bias], &attributes)
            }
            Prelu(name) => {
                let name = format!("{name}.weight");
                let channels = self.tensor(&name)?.values.len() as i64;
                let dims: &[i64] = if self.flat { &[channels] } else { &[channels, 1, 1] };
                let slopes = self.constant(&name, Some(dims))?;
                self.builder.node("PRelu", &[input, &slopes], &[])
            }
            Pool(side) => self.builder.node(
                "MaxPool",
                &[input],
                &[
                    ("kernel_shape", Attribute::Ints(&[*side; 2])),
                    ("strides", Attribute::Ints(&[2; 2])),
                    ("ceil_mode", Attribute::Int(1)),
                ],
            ),
            Flatten => {
                self.flat = true;
                let order = [("perm", Attribute::Ints(&[0, 3, 2, 1]))];
                let turned = self.builder.node("Transpose", &[input], &order);
                self.builder.node("Flatten", &[&turned], &[])
            }
            Dense(name) => {
                let weights = self.constant(&format!("{name}.weight"), None)?;
                let bias = self.constant(&format!("{name}.bias"), None)?;
                let turned = [("transB", Attribute::Int(1))];
                self.builder.node("Gemm", &[input, &weights, &bias], &turned)
            }
        })
    }
}
