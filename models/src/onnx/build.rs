// SPDX-License-Identifier: MIT OR Apache-2.0
//! Writing a network node by node.

use prost::Message;

use super::{
    AttributeValue, Dimension, FLOAT, Graph, INT64, Model, Node, OperatorSet, Shape, Tensor,
    TensorType, Type, ValueInfo,
};

/// Version of the file format written: the one that came with operator set 13.
const IR_VERSION: i64 = 7;
/// Version of ONNX's operator set written.
const OPSET: i64 = 13;

/// A fixed parameter of a node.
#[derive(Debug, Clone)]
pub enum Attribute<'a> {
    /// One integer.
    Int(i64),
    /// One number.
    Float(f32),
    /// Several integers.
    Ints(&'a [i64]),
}

impl Attribute<'_> {
    fn named(&self, name: &str) -> AttributeValue {
        let mut value = AttributeValue { name: Some(name.to_owned()), ..Default::default() };
        let number = match self {
            Attribute::Float(f) => {
                value.f = Some(*f);
                1
            }
            Attribute::Int(i) => {
                value.i = Some(*i);
                2
            }
            Attribute::Ints(ints) => {
                value.ints = ints.to_vec();
                7
            }
        };
        value.r#type = Some(number);
        value
    }
}

/// Builds a network of float tensors; every value is named by the caller or numbered.
#[derive(Debug)]
pub struct GraphBuilder {
    graph: Graph,
    values: usize,
}

impl GraphBuilder {
    /// An empty network of that name.
    pub fn new(name: &str) -> Self {
        Self { graph: Graph { name: Some(name.to_owned()), ..Default::default() }, values: 0 }
    }

    /// Declares a float input.
    pub fn input(&mut self, name: &str, dims: &[Dimension]) {
        self.graph.input.push(float_value(name, dims));
    }

    /// Declares a float output.
    pub fn output(&mut self, name: &str, dims: &[Dimension]) {
        self.graph.output.push(float_value(name, dims));
    }

    /// Adds a float constant, row-major, and gives its name.
    pub fn floats(&mut self, dims: &[i64], elements: impl IntoIterator<Item = f32>) -> String {
        let raw = elements.into_iter().flat_map(f32::to_le_bytes).collect();
        self.constant(FLOAT, dims, raw)
    }

    /// Adds a one-dimensional integer constant and gives its name.
    pub fn ints(&mut self, elements: &[i64]) -> String {
        let raw = elements.iter().flat_map(|e| e.to_le_bytes()).collect();
        self.constant(INT64, &[elements.len() as i64], raw)
    }

    fn constant(&mut self, data_type: i32, dims: &[i64], raw: Vec<u8>) -> String {
        let name = self.name();
        self.graph.initializer.push(Tensor {
            dims: dims.to_vec(),
            data_type: Some(data_type),
            name: Some(name.clone()),
            raw_data: Some(raw),
            ..Default::default()
        });
        name
    }

    /// Adds a node with one output and gives the output's name.
    pub fn node(&mut self, op: &str, inputs: &[&str], attributes: &[(&str, Attribute)]) -> String {
        let output = self.name();
        self.node_to(op, inputs, attributes, &output);
        output
    }

    /// Adds a node whose one output is called `output`.
    pub fn node_to(
        &mut self,
        op: &str,
        inputs: &[&str],
        attributes: &[(&str, Attribute)],
        output: &str,
    ) {
        self.graph.node.push(Node {
            input: inputs.iter().map(|&i| i.to_owned()).collect(),
            output: vec![output.to_owned()],
            name: Some(format!("{op}_{output}")),
            op_type: Some(op.to_owned()),
            attribute: attributes.iter().map(|(name, a)| a.named(name)).collect(),
            ..Default::default()
        });
    }

    /// The encoded file.
    pub fn finish(self) -> Vec<u8> {
        Model {
            ir_version: Some(IR_VERSION),
            producer_name: Some("facegroup".to_owned()),
            graph: Some(self.graph),
            opset_import: vec![OperatorSet { domain: Some(String::new()), version: Some(OPSET) }],
            ..Default::default()
        }
        .encode_to_vec()
    }

    fn name(&mut self) -> String {
        self.values += 1;
        format!("v{}", self.values)
    }
}

fn float_value(name: &str, dims: &[Dimension]) -> ValueInfo {
    let tensor = TensorType { elem_type: Some(FLOAT), shape: Some(Shape { dim: dims.to_vec() }) };
    ValueInfo {
        name: Some(name.to_owned()),
        r#type: Some(Type { tensor_type: Some(tensor), ..Default::default() }),
        ..Default::default()
    }
}
