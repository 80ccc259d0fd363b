// SPDX-License-Identifier: MIT OR Apache-2.0
//! The ONNX file format as far as it is read, changed and written here.
//!
//! The messages were derived by hand from ONNX's public protobuf schema. Optional fields keep their
//! presence and parts never looked into are kept as encoded bytes, so that a file survives reading
//! and writing unchanged.

mod build;

pub use build::{Attribute, GraphBuilder};

use prost::Message;

/// `TensorProto.DataType` FLOAT.
pub const FLOAT: i32 = 1;
/// `TensorProto.DataType` INT8.
pub const INT8: i32 = 3;
/// `TensorProto.DataType` INT64.
pub const INT64: i32 = 7;

/// A whole file.
#[derive(Clone, PartialEq, Message)]
pub struct Model {
    /// Version of the file format.
    #[prost(int64, optional, tag = "1")]
    pub ir_version: Option<i64>,
    /// Program that wrote the file.
    #[prost(string, optional, tag = "2")]
    pub producer_name: Option<String>,
    /// Its version.
    #[prost(string, optional, tag = "3")]
    pub producer_version: Option<String>,
    /// Name space of the model.
    #[prost(string, optional, tag = "4")]
    pub domain: Option<String>,
    /// Version of the model.
    #[prost(int64, optional, tag = "5")]
    pub model_version: Option<i64>,
    /// Free text.
    #[prost(string, optional, tag = "6")]
    pub doc_string: Option<String>,
    /// The network.
    #[prost(message, optional, tag = "7")]
    pub graph: Option<Graph>,
    /// Versions of the operator sets used.
    #[prost(message, repeated, tag = "8")]
    pub opset_import: Vec<OperatorSet>,
    /// Encoded `StringStringEntryProto`s.
    #[prost(bytes = "vec", repeated, tag = "14")]
    pub metadata_props: Vec<Vec<u8>>,
    /// Encoded `TrainingInfoProto`s.
    #[prost(bytes = "vec", repeated, tag = "20")]
    pub training_info: Vec<Vec<u8>>,
    /// Encoded `FunctionProto`s.
    #[prost(bytes = "vec", repeated, tag = "25")]
    pub functions: Vec<Vec<u8>>,
    /// Encoded `DeviceConfigurationProto`s.
    #[prost(bytes = "vec", repeated, tag = "26")]
    pub configuration: Vec<Vec<u8>>,
}

/// One operator set and its version.
#[derive(Clone, PartialEq, Eq, Hash, Message)]
pub struct OperatorSet {
    /// Empty for ONNX's own operators.
    #[prost(string, optional, tag = "1")]
    pub domain: Option<String>,
    /// The version.
    #[prost(int64, optional, tag = "2")]
    pub version: Option<i64>,
}

/// A network: nodes in an order in which they can be computed.
#[derive(Clone, PartialEq, Message)]
pub struct Graph {
    /// The operations.
    #[prost(message, repeated, tag = "1")]
    pub node: Vec<Node>,
    /// The graph's name.
    #[prost(string, optional, tag = "2")]
    pub name: Option<String>,
    /// Weights.
    #[prost(message, repeated, tag = "5")]
    pub initializer: Vec<Tensor>,
    /// Free text.
    #[prost(string, optional, tag = "10")]
    pub doc_string: Option<String>,
    /// Inputs; an initializer that is also listed here is a default that the caller may override.
    #[prost(message, repeated, tag = "11")]
    pub input: Vec<ValueInfo>,
    /// Outputs.
    #[prost(message, repeated, tag = "12")]
    pub output: Vec<ValueInfo>,
    /// Shapes of values in between.
    #[prost(message, repeated, tag = "13")]
    pub value_info: Vec<ValueInfo>,
    /// Encoded `TensorAnnotation`s.
    #[prost(bytes = "vec", repeated, tag = "14")]
    pub quantization_annotation: Vec<Vec<u8>>,
    /// Encoded `SparseTensorProto`s.
    #[prost(bytes = "vec", repeated, tag = "15")]
    pub sparse_initializer: Vec<Vec<u8>>,
    /// Encoded `StringStringEntryProto`s.
    #[prost(bytes = "vec", repeated, tag = "16")]
    pub metadata_props: Vec<Vec<u8>>,
}

/// One operation.
#[derive(Clone, PartialEq, Message)]
pub struct Node {
    /// Names of the values read; empty where an optional one is left out.
    #[prost(string, repeated, tag = "1")]
    pub input: Vec<String>,
    /// Names of the values made.
    #[prost(string, repeated, tag = "2")]
    pub output: Vec<String>,
    /// The node's name, for messages.
    #[prost(string, optional, tag = "3")]
    pub name: Option<String>,
    /// The operator.
    #[prost(string, optional, tag = "4")]
    pub op_type: Option<String>,
    /// Its fixed parameters.
    #[prost(message, repeated, tag = "5")]
    pub attribute: Vec<AttributeValue>,
    /// Free text.
    #[prost(string, optional, tag = "6")]
    pub doc_string: Option<String>,
    /// Operator set.
    #[prost(string, optional, tag = "7")]
    pub domain: Option<String>,
    /// Overload of a function.
    #[prost(string, optional, tag = "8")]
    pub overload: Option<String>,
    /// Encoded `StringStringEntryProto`s.
    #[prost(bytes = "vec", repeated, tag = "9")]
    pub metadata_props: Vec<Vec<u8>>,
    /// Encoded `NodeDeviceConfigurationProto`s.
    #[prost(bytes = "vec", repeated, tag = "10")]
    pub device_configurations: Vec<Vec<u8>>,
}

impl Node {
    /// A fixed parameter by its name.
    pub fn attribute(&self, name: &str) -> Option<&AttributeValue> {
        self.attribute.iter().find(|attribute| attribute.name.as_deref() == Some(name))
    }
}

/// A fixed parameter of a node; which field holds it is told by `type`.
#[derive(Clone, PartialEq, Message)]
pub struct AttributeValue {
    /// The parameter's name.
    #[prost(string, optional, tag = "1")]
    pub name: Option<String>,
    /// Type 1.
    #[prost(float, optional, tag = "2")]
    pub f: Option<f32>,
    /// Type 2.
    #[prost(int64, optional, tag = "3")]
    pub i: Option<i64>,
    /// Type 3, UTF-8.
    #[prost(bytes = "vec", optional, tag = "4")]
    pub s: Option<Vec<u8>>,
    /// Type 4.
    #[prost(message, optional, tag = "5")]
    pub t: Option<Tensor>,
    /// Type 5, a graph of If or Loop.
    #[prost(message, optional, tag = "6")]
    pub g: Option<Graph>,
    /// Type 6.
    #[prost(float, repeated, packed = "false", tag = "7")]
    pub floats: Vec<f32>,
    /// Type 7.
    #[prost(int64, repeated, packed = "false", tag = "8")]
    pub ints: Vec<i64>,
    /// Type 8.
    #[prost(bytes = "vec", repeated, tag = "9")]
    pub strings: Vec<Vec<u8>>,
    /// Type 9.
    #[prost(message, repeated, tag = "10")]
    pub tensors: Vec<Tensor>,
    /// Type 10.
    #[prost(message, repeated, tag = "11")]
    pub graphs: Vec<Graph>,
    /// Free text.
    #[prost(string, optional, tag = "13")]
    pub doc_string: Option<String>,
    /// Type 13, an encoded `TypeProto`.
    #[prost(bytes = "vec", optional, tag = "14")]
    pub tp: Option<Vec<u8>>,
    /// Type 14, encoded `TypeProto`s.
    #[prost(bytes = "vec", repeated, tag = "15")]
    pub type_protos: Vec<Vec<u8>>,
    /// Which of the fields holds the value.
    #[prost(int32, optional, tag = "20")]
    pub r#type: Option<i32>,
    /// Inside a function: the caller's attribute to take the value from.
    #[prost(string, optional, tag = "21")]
    pub ref_attr_name: Option<String>,
    /// Type 11, an encoded `SparseTensorProto`.
    #[prost(bytes = "vec", optional, tag = "22")]
    pub sparse_tensor: Option<Vec<u8>>,
    /// Type 12, encoded `SparseTensorProto`s.
    #[prost(bytes = "vec", repeated, tag = "23")]
    pub sparse_tensors: Vec<Vec<u8>>,
}

/// A constant array, row-major.
#[derive(Clone, PartialEq, Message)]
pub struct Tensor {
    /// Lengths of the dimensions.
    #[prost(int64, repeated, packed = "false", tag = "1")]
    pub dims: Vec<i64>,
    /// Element type, e.g. [`FLOAT`].
    #[prost(int32, optional, tag = "2")]
    pub data_type: Option<i32>,
    /// An encoded `Segment`.
    #[prost(bytes = "vec", optional, tag = "3")]
    pub segment: Option<Vec<u8>>,
    /// Elements, unless `raw_data` holds them.
    #[prost(float, repeated, tag = "4")]
    pub float_data: Vec<f32>,
    /// Elements of the integer types up to 32 bits and of half floats.
    #[prost(int32, repeated, tag = "5")]
    pub int32_data: Vec<i32>,
    /// Elements.
    #[prost(bytes = "vec", repeated, tag = "6")]
    pub string_data: Vec<Vec<u8>>,
    /// Elements.
    #[prost(int64, repeated, tag = "7")]
    pub int64_data: Vec<i64>,
    /// The value's name.
    #[prost(string, optional, tag = "8")]
    pub name: Option<String>,
    /// Elements, little-endian.
    #[prost(bytes = "vec", optional, tag = "9")]
    pub raw_data: Option<Vec<u8>>,
    /// Elements.
    #[prost(double, repeated, tag = "10")]
    pub double_data: Vec<f64>,
    /// Elements.
    #[prost(uint64, repeated, tag = "11")]
    pub uint64_data: Vec<u64>,
    /// Free text.
    #[prost(string, optional, tag = "12")]
    pub doc_string: Option<String>,
    /// Encoded `StringStringEntryProto`s: the file that holds the elements.
    #[prost(bytes = "vec", repeated, tag = "13")]
    pub external_data: Vec<Vec<u8>>,
    /// 1 where `external_data` holds the elements.
    #[prost(int32, optional, tag = "14")]
    pub data_location: Option<i32>,
    /// Encoded `StringStringEntryProto`s.
    #[prost(bytes = "vec", repeated, tag = "16")]
    pub metadata_props: Vec<Vec<u8>>,
}

impl Tensor {
    /// The elements of an [`INT64`] tensor, wherever they lie; `None` for another type or a torn one.
    pub fn int64s(&self) -> Option<Vec<i64>> {
        if self.data_type != Some(INT64) {
            return None;
        }
        let Some(raw) = &self.raw_data else {
            return Some(self.int64_data.clone());
        };
        let (elements, rest) = raw.as_chunks::<8>();
        rest.is_empty().then(|| elements.iter().map(|e| i64::from_le_bytes(*e)).collect())
    }

    /// The elements of a [`FLOAT`] or [`INT8`] tensor, wherever they lie; `None` for another type, a torn one,
    /// or another number of elements than `dims` says.
    pub fn numbers(&self) -> Option<Vec<f64>> {
        let count = self
            .dims
            .iter()
            .try_fold(1usize, |count, &length| count.checked_mul(usize::try_from(length).ok()?))?;
        let numbers: Vec<f64> = match (self.data_type?, &self.raw_data) {
            (FLOAT, Some(raw)) => {
                let (elements, rest) = raw.as_chunks::<4>();
                let floats = elements.iter().map(|e| f64::from(f32::from_le_bytes(*e)));
                rest.is_empty().then(|| floats.collect())?
            }
            (FLOAT, None) => self.float_data.iter().map(|&e| f64::from(e)).collect(),
            (INT8, Some(raw)) => raw.iter().map(|&e| f64::from(e.cast_signed())).collect(),
            (INT8, None) => self.int32_data.iter().map(|&e| f64::from(e)).collect(),
            _ => return None,
        };
        (numbers.len() == count).then_some(numbers)
    }

    /// Replaces the elements of an [`INT64`] tensor; their number must fit `dims`.
    pub fn set_int64s(&mut self, elements: &[i64]) {
        self.int64_data.clear();
        self.raw_data = Some(elements.iter().flat_map(|e| e.to_le_bytes()).collect());
    }
}

/// Name, type and shape of an input, an output or a value in between.
#[derive(Clone, PartialEq, Message)]
pub struct ValueInfo {
    /// The value's name.
    #[prost(string, optional, tag = "1")]
    pub name: Option<String>,
    /// Type and shape.
    #[prost(message, optional, tag = "2")]
    pub r#type: Option<Type>,
    /// Free text.
    #[prost(string, optional, tag = "3")]
    pub doc_string: Option<String>,
    /// Encoded `StringStringEntryProto`s.
    #[prost(bytes = "vec", repeated, tag = "4")]
    pub metadata_props: Vec<Vec<u8>>,
}

impl ValueInfo {
    /// The dimensions, where it is a tensor with a shape.
    pub fn dims_mut(&mut self) -> Option<&mut Vec<Dimension>> {
        let tensor = self.r#type.as_mut()?.tensor_type.as_mut()?;
        Some(&mut tensor.shape.as_mut()?.dim)
    }
}

/// The type of a value; exactly one field is set.
#[derive(Clone, PartialEq, Message)]
pub struct Type {
    /// A tensor.
    #[prost(message, optional, tag = "1")]
    pub tensor_type: Option<TensorType>,
    /// An encoded `TypeProto.Sequence`.
    #[prost(bytes = "vec", optional, tag = "4")]
    pub sequence_type: Option<Vec<u8>>,
    /// An encoded `TypeProto.Map`.
    #[prost(bytes = "vec", optional, tag = "5")]
    pub map_type: Option<Vec<u8>>,
    /// What the value stands for.
    #[prost(string, optional, tag = "6")]
    pub denotation: Option<String>,
    /// An encoded `TypeProto.Opaque`.
    #[prost(bytes = "vec", optional, tag = "7")]
    pub opaque_type: Option<Vec<u8>>,
    /// An encoded `TypeProto.SparseTensor`.
    #[prost(bytes = "vec", optional, tag = "8")]
    pub sparse_tensor_type: Option<Vec<u8>>,
    /// An encoded `TypeProto.Optional`.
    #[prost(bytes = "vec", optional, tag = "9")]
    pub optional_type: Option<Vec<u8>>,
}

/// Element type and shape.
#[derive(Clone, PartialEq, Message)]
pub struct TensorType {
    /// Element type, e.g. [`FLOAT`].
    #[prost(int32, optional, tag = "1")]
    pub elem_type: Option<i32>,
    /// Absent: any shape.
    #[prost(message, optional, tag = "2")]
    pub shape: Option<Shape>,
}

/// The dimensions, outermost first.
#[derive(Clone, PartialEq, Message)]
pub struct Shape {
    /// The dimensions.
    #[prost(message, repeated, tag = "1")]
    pub dim: Vec<Dimension>,
}

/// One dimension.
#[derive(Clone, PartialEq, Eq, Hash, Message)]
pub struct Dimension {
    /// Length or name; absent: anything.
    #[prost(oneof = "DimensionValue", tags = "1, 2")]
    pub value: Option<DimensionValue>,
    /// What the dimension stands for.
    #[prost(string, optional, tag = "3")]
    pub denotation: Option<String>,
}

/// The length of a dimension.
#[derive(Clone, PartialEq, Eq, Hash, prost::Oneof)]
pub enum DimensionValue {
    /// Fixed.
    #[prost(int64, tag = "1")]
    Value(i64),
    /// Any, but equal wherever the name is the same.
    #[prost(string, tag = "2")]
    Param(String),
}

impl From<i64> for Dimension {
    fn from(length: i64) -> Self {
        Self { value: Some(DimensionValue::Value(length)), denotation: None }
    }
}

impl From<&str> for Dimension {
    fn from(name: &str) -> Self {
        Self { value: Some(DimensionValue::Param(name.to_owned())), denotation: None }
    }
}
