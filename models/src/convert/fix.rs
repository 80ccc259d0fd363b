// SPDX-License-Identifier: MIT OR Apache-2.0
//! Small repairs of published ONNX files.

use std::collections::HashSet;

use prost::Message;

use super::ConvertError;
use crate::onnx::{Dimension, Graph, Model};

/// Makes batch, height and width free and takes the weights out of the graph's inputs: listed there
/// they may be overridden, which forbids ONNX Runtime to fold them (1.5 times slower). Weights that
/// no node reads, left over from training, go as well: the runtime would warn of each.
pub fn centerface(source: &[u8]) -> Result<Vec<u8>, ConvertError> {
    rewrite(source, |graph| {
        let weights: HashSet<_> = graph.initializer.iter().filter_map(|t| t.name.clone()).collect();
        graph.input.retain(|i| i.name.as_ref().is_none_or(|name| !weights.contains(name)));
        let read: HashSet<_> = graph.node.iter().flat_map(|node| node.input.clone()).collect();
        graph.initializer.retain(|t| t.name.as_ref().is_some_and(|name| read.contains(name)));
        for input in &mut graph.input {
            set_dims(input.dims_mut(), &[(0, "N"), (2, "H"), (3, "W")])?;
        }
        for output in &mut graph.output {
            set_dims(output.dims_mut(), &[(0, "N"), (2, "H/4"), (3, "W/4")])?;
        }
        Ok(())
    })
}

/// Makes a batch fixed at 1 free, in the shapes declared and in the shapes given to `Reshape`.
pub fn free_batch(source: &[u8]) -> Result<Vec<u8>, ConvertError> {
    rewrite(source, |graph| {
        for value in graph.input.iter_mut().chain(&mut graph.output) {
            set_dims(value.dims_mut(), &[(0, "N")])?;
        }
        graph.value_info.clear();
        let shapes: HashSet<String> = graph
            .node
            .iter()
            .filter(|node| node.op_type.as_deref() == Some("Reshape"))
            .filter_map(|node| node.input.get(1).cloned())
            .collect();
        let constants = graph
            .node
            .iter_mut()
            .filter(|node| node.op_type.as_deref() == Some("Constant"))
            .filter(|node| node.output.iter().any(|name| shapes.contains(name)))
            .flat_map(|node| &mut node.attribute)
            .filter_map(|attribute| attribute.t.as_mut());
        let initializers = graph
            .initializer
            .iter_mut()
            .filter(|tensor| tensor.name.as_ref().is_some_and(|name| shapes.contains(name)));
        for shape in constants.chain(initializers) {
            if let Some(mut lengths) = shape.int64s()
                && let Some(batch @ 1) = lengths.first_mut()
            {
                // In a shape given to Reshape, 0 copies the input's length.
                *batch = 0;
                shape.set_int64s(&lengths);
            }
        }
        Ok(())
    })
}

fn rewrite(
    source: &[u8],
    change: impl FnOnce(&mut Graph) -> Result<(), ConvertError>,
) -> Result<Vec<u8>, ConvertError> {
    let mut model = Model::decode(source).map_err(|e| ConvertError::Onnx(e.to_string()))?;
    let graph = model.graph.as_mut().ok_or_else(|| ConvertError::Onnx("no graph in it".into()))?;
    change(graph)?;
    Ok(model.encode_to_vec())
}

fn set_dims(
    dims: Option<&mut Vec<Dimension>>,
    names: &[(usize, &str)],
) -> Result<(), ConvertError> {
    let dims =
        dims.ok_or_else(|| ConvertError::Onnx("an input or output without a shape".into()))?;
    for &(axis, name) in names {
        let dim = dims
            .get_mut(axis)
            .ok_or_else(|| ConvertError::Onnx(format!("an input or output has no axis {axis}")))?;
        *dim = name.into();
    }
    Ok(())
}
