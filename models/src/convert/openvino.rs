// SPDX-License-Identifier: MIT OR Apache-2.0
//! OpenVINO's intermediate representation (version 10 and 11) as ONNX: a graph in XML, whose constants lie
//! in a binary beside it.
//!
//! Read are the layers of plain convolutional networks, which are named in [`Walk::layer`]. A batch of 1 is
//! made free. Outputs of one value a channel become `[N, channels]`.

use std::collections::HashMap;

use half::f16;
use roxmltree::{Document, Node};

use super::ConvertError;
use crate::onnx::{Attribute, Dimension, GraphBuilder};

/// The encoded ONNX file for a graph and its constants.
pub fn to_onnx(graph: &[u8], constants: &[u8]) -> Result<Vec<u8>, ConvertError> {
    let text = std::str::from_utf8(graph).map_err(|e| ConvertError::OpenVino(e.to_string()))?;
    let document = Document::parse(text).map_err(|e| ConvertError::OpenVino(e.to_string()))?;
    let net = document.root_element();
    let layers = child(net, "layers").ok_or_else(|| ConvertError::OpenVino("no layers".into()))?;
    let mut walk = Walk {
        builder: GraphBuilder::new(net.attribute("name").unwrap_or("openvino")),
        constants,
        edges: edges(net),
        values: HashMap::new(),
        shapes: HashMap::new(),
    };
    for layer in layers.children().filter(|node| node.has_tag_name("layer")) {
        let name = || layer.attribute("name").unwrap_or_default();
        walk.layer(layer).map_err(|why| {
            let of = layer.attribute("type").unwrap_or_default();
            ConvertError::OpenVino(format!("layer {:?} of type {of:?}: {why}", name()))
        })?;
    }
    Ok(walk.builder.finish())
}

/// A port of a layer: the ids of both.
type Port = (String, String);

/// Which port feeds which.
fn edges(net: Node<'_, '_>) -> HashMap<Port, Port> {
    let port = |edge: Node<'_, '_>, layer, port| {
        Some((edge.attribute(layer)?.to_owned(), edge.attribute(port)?.to_owned()))
    };
    let edges = child(net, "edges").into_iter().flat_map(|edges| edges.children());
    edges
        .filter_map(|edge| {
            Some((port(edge, "to-layer", "to-port")?, port(edge, "from-layer", "from-port")?))
        })
        .collect()
}

fn child<'a, 'i>(node: Node<'a, 'i>, name: &str) -> Option<Node<'a, 'i>> {
    node.children().find(|child| child.has_tag_name(name))
}

/// What a port gives.
#[derive(Clone)]
enum Value {
    /// Numbers known now.
    Constant { dims: Vec<i64>, elements: Vec<f32> },
    /// The value of that name in the graph.
    Computed(String),
}

struct Walk<'a> {
    builder: GraphBuilder,
    constants: &'a [u8],
    edges: HashMap<Port, Port>,
    values: HashMap<Port, Value>,
    /// Lengths of the dimensions of each port.
    shapes: HashMap<Port, Vec<i64>>,
}

impl Walk<'_> {
    fn layer(&mut self, layer: Node<'_, '_>) -> Result<(), String> {
        let data = child(layer, "data");
        let text = |name: &str| data.and_then(|data| data.attribute(name));
        let ints = |name: &str| text(name).map(numbers).transpose().map(Option::unwrap_or_default);
        let value = match layer.attribute("type").unwrap_or_default() {
            "Parameter" => self.parameter(layer, &ints("shape")?)?,
            "Const" => self.constant(&ints("shape")?, text)?,
            "Convert" => match self.input(layer, 0)? {
                constant @ Value::Constant { .. } => constant,
                Value::Computed(_) => return Err("converts what is not constant".into()),
            },
            "Multiply" => self.binary("Mul", layer)?,
            "Add" => self.binary("Add", layer)?,
            "Convolution" => self.convolution(layer, text, false)?,
            "GroupConvolution" => self.convolution(layer, text, true)?,
            "PReLU" => self.prelu(layer)?,
            "ReLU" => self.unary("Relu", layer)?,
            "Sigmoid" => self.unary("Sigmoid", layer)?,
            "AvgPool" => self.average(layer, text)?,
            "Result" => return self.result(layer),
            _ => return Err("layers of this type are not read".into()),
        };
        let id = layer.attribute("id").unwrap_or_default();
        let ports = child(layer, "output").into_iter().flat_map(|output| output.children());
        for port in ports.filter(|node| node.has_tag_name("port")) {
            let place = (id.to_owned(), port.attribute("id").unwrap_or_default().to_owned());
            let dims = port.children().filter(|node| node.has_tag_name("dim"));
            let dims = dims.map(|dim| dim.text().unwrap_or_default().trim().parse());
            let dims = dims.collect::<Result<_, _>>().map_err(|_| "a length that is no number")?;
            self.shapes.insert(place.clone(), dims);
            self.values.insert(place, value.clone());
        }
        Ok(())
    }

    /// The port that feeds the layer's input at a place.
    fn source(&self, layer: Node<'_, '_>, place: usize) -> Result<&Port, String> {
        let ports = child(layer, "input").into_iter().flat_map(|input| input.children());
        let port = ports.filter(|node| node.has_tag_name("port")).nth(place);
        let id = port.and_then(|port| port.attribute("id")).ok_or("too few inputs")?;
        let layer = layer.attribute("id").unwrap_or_default();
        let place = (layer.to_owned(), id.to_owned());
        self.edges.get(&place).ok_or_else(|| format!("nothing feeds its port {id}"))
    }

    fn input(&self, layer: Node<'_, '_>, place: usize) -> Result<Value, String> {
        let source = self.source(layer, place)?;
        let value = self.values.get(source).cloned();
        value.ok_or_else(|| "it stands before a layer that feeds it".into())
    }

    /// The dimensions of the layer's input at a place.
    fn shape(&self, layer: Node<'_, '_>, place: usize) -> Result<&[i64], String> {
        Ok(self.shapes.get(self.source(layer, place)?).map_or(&[], Vec::as_slice))
    }

    /// The name of the layer's input at a place.
    fn named(&mut self, layer: Node<'_, '_>, place: usize) -> Result<String, String> {
        Ok(match self.input(layer, place)? {
            Value::Constant { dims, elements } => self.builder.floats(&dims, elements),
            Value::Computed(name) => name,
        })
    }

    /// The layer's weights: its second input.
    fn weights(&self, layer: Node<'_, '_>) -> Result<(Vec<i64>, Vec<f32>), String> {
        match self.input(layer, 1)? {
            Value::Constant { dims, elements } => Ok((dims, elements)),
            Value::Computed(_) => Err("its weights are not constant".into()),
        }
    }

    fn parameter(&mut self, layer: Node<'_, '_>, shape: &[i64]) -> Result<Value, String> {
        let (first, rest) = shape.split_first().ok_or("no shape")?;
        if ![1, -1].contains(first) {
            return Err(format!("a batch of {first}"));
        }
        let name = layer.attribute("name").unwrap_or("input");
        self.builder.input(name, &with_batch(rest));
        Ok(Value::Computed(name.to_owned()))
    }

    fn constant<'t>(
        &self,
        shape: &[i64],
        text: impl Fn(&str) -> Option<&'t str>,
    ) -> Result<Value, String> {
        let number = |name| text(name).and_then(|text| text.parse::<usize>().ok());
        let (offset, size) = number("offset").zip(number("size")).ok_or("no offset or no size")?;
        let end = offset.checked_add(size);
        let bytes = end.and_then(|end| self.constants.get(offset..end));
        let bytes = bytes.ok_or("it lies outside of the file of constants")?;
        let elements: Vec<f32> = match text("element_type") {
            Some("f16") => bytes
                .as_chunks()
                .0
                .iter()
                .map(|&bytes| f16::from_le_bytes(bytes).to_f32())
                .collect(),
            Some("f32") => {
                bytes.as_chunks().0.iter().map(|&bytes| f32::from_le_bytes(bytes)).collect()
            }
            other => return Err(format!("elements of type {other:?}")),
        };
        let count = shape.iter().try_fold(1i64, |count, &length| count.checked_mul(length));
        match count == i64::try_from(elements.len()).ok() {
            true => Ok(Value::Constant { dims: shape.to_vec(), elements }),
            false => Err(format!("{} elements for {shape:?}", elements.len())),
        }
    }

    fn unary(&mut self, operator: &str, layer: Node<'_, '_>) -> Result<Value, String> {
        let input = self.named(layer, 0)?;
        Ok(Value::Computed(self.builder.node(operator, &[&input], &[])))
    }

    fn binary(&mut self, operator: &str, layer: Node<'_, '_>) -> Result<Value, String> {
        let inputs = [self.named(layer, 0)?, self.named(layer, 1)?];
        Ok(Value::Computed(self.builder.node(operator, &[&inputs[0], &inputs[1]], &[])))
    }

    fn convolution<'t>(
        &mut self,
        layer: Node<'_, '_>,
        text: impl Fn(&str) -> Option<&'t str>,
        grouped: bool,
    ) -> Result<Value, String> {
        let (mut dims, elements) = self.weights(layer)?;
        let mut groups = 1;
        if grouped {
            // [groups, outputs of a group, …] here, [outputs, …] there.
            let [count, outputs, ..] = dims[..] else {
                return Err(format!("weights of {dims:?}"));
            };
            groups = count;
            dims.splice(..2, [count * outputs]);
        }
        if dims.len() != 4 {
            return Err(format!("weights of {dims:?}"));
        }
        let (strides, pads) = window(&text)?;
        let dilations = numbers(text("dilations").unwrap_or("1,1"))?;
        let input = self.named(layer, 0)?;
        let weights = self.builder.floats(&dims, elements);
        Ok(Value::Computed(self.builder.node(
            "Conv",
            &[&input, &weights],
            &[
                ("kernel_shape", Attribute::Ints(&dims[2..])),
                ("group", Attribute::Int(groups)),
                ("strides", Attribute::Ints(&strides)),
                ("pads", Attribute::Ints(&pads)),
                ("dilations", Attribute::Ints(&dilations)),
            ],
        )))
    }

    /// With one slope for all it is a LeakyRelu, which ONNX Runtime takes into the convolution before it.
    fn prelu(&mut self, layer: Node<'_, '_>) -> Result<Value, String> {
        let (_, slopes) = self.weights(layer)?;
        let input = self.named(layer, 0)?;
        Ok(Value::Computed(match slopes[..] {
            [slope] => {
                self.builder.node("LeakyRelu", &[&input], &[("alpha", Attribute::Float(slope))])
            }
            _ => {
                let slopes = self.builder.floats(&[slopes.len() as i64, 1, 1], slopes);
                self.builder.node("PRelu", &[&input, &slopes], &[])
            }
        }))
    }

    fn average<'t>(
        &mut self,
        layer: Node<'_, '_>,
        text: impl Fn(&str) -> Option<&'t str>,
    ) -> Result<Value, String> {
        let kernel = numbers(text("kernel").ok_or("no kernel")?)?;
        let (strides, pads) = window(&text)?;
        let all =
            self.shape(layer, 0)?.get(2..) == Some(&kernel[..]) && pads.iter().all(|&p| p == 0);
        let input = self.named(layer, 0)?;
        if all {
            return Ok(Value::Computed(self.builder.node("GlobalAveragePool", &[&input], &[])));
        }
        let counts_pad = matches!(text("exclude-pad"), Some("false" | "0"));
        let up = text("rounding_type") == Some("ceil");
        Ok(Value::Computed(self.builder.node(
            "AveragePool",
            &[&input],
            &[
                ("kernel_shape", Attribute::Ints(&kernel)),
                ("strides", Attribute::Ints(&strides)),
                ("pads", Attribute::Ints(&pads)),
                ("count_include_pad", Attribute::Int(counts_pad.into())),
                ("ceil_mode", Attribute::Int(up.into())),
            ],
        )))
    }

    fn result(&mut self, layer: Node<'_, '_>) -> Result<(), String> {
        let shape = self.shape(layer, 0)?.to_vec();
        let input = self.named(layer, 0)?;
        let name = layer.attribute("name").unwrap_or("output");
        match shape[..] {
            [_, channels, 1, 1] => {
                let axis = [("axis", Attribute::Int(1))];
                self.builder.node_to("Flatten", &[&input], &axis, name);
                self.builder.output(name, &with_batch(&[channels]));
            }
            [_, ref rest @ ..] => {
                self.builder.node_to("Identity", &[&input], &[], name);
                self.builder.output(name, &with_batch(rest));
            }
            [] => return Err("no shape".into()),
        }
        Ok(())
    }
}

/// The dimensions of any number of what has these.
fn with_batch(rest: &[i64]) -> Vec<Dimension> {
    std::iter::once("N".into()).chain(rest.iter().map(|&length| length.into())).collect()
}

/// Strides, and pads at the beginnings and at the ends.
fn window<'t>(text: &impl Fn(&str) -> Option<&'t str>) -> Result<(Vec<i64>, Vec<i64>), String> {
    if let Some(auto) = text("auto_pad").filter(|auto| !["explicit", "notset"].contains(auto)) {
        return Err(format!("pads by the rule {auto:?}"));
    }
    let ints = |name| numbers(text(name).ok_or_else(|| format!("no {name}"))?);
    let pads = [ints("pads_begin")?, ints("pads_end")?].concat();
    Ok((ints("strides")?, pads))
}

/// Numbers between commas.
fn numbers(text: &str) -> Result<Vec<i64>, String> {
    let number = |part: &str| part.trim().parse().map_err(|_| format!("no numbers: {text:?}"));
    text.split(',').filter(|part| !part.trim().is_empty()).map(number).collect()
}
