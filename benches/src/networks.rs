// SPDX-License-Identifier: MIT OR Apache-2.0
//! Synthetic networks: every white spot is a face, and a face is described by its mean colour.

use std::path::{Path, PathBuf};

use anyhow::Result;
use models::onnx::{Attribute, GraphBuilder};

/// A network of the kind `centerface` whose score is the brightness of a cell of four pixels; boxes
/// are 40x48 pixels.
pub fn spots(directory: &Path) -> Result<PathBuf> {
    let mut graph = GraphBuilder::new("spots");
    graph.input("x", &["n".into(), 3.into(), "h".into(), "w".into()]);
    let four = Attribute::Ints(&[4, 4]);
    let cells =
        graph.node("AveragePool", &["x"], &[("kernel_shape", four.clone()), ("strides", four)]);
    let mut output = |name: &str, weight: f32, values: &[f32]| {
        let channels = values.len() as i64;
        let weights = graph.floats(&[channels, 3, 1, 1], vec![weight; 3 * values.len()]);
        let values = graph.floats(&[channels], values.iter().copied());
        graph.node_to("Conv", &[&cells, &weights, &values], &[], name);
        graph.output(name, &["n".into(), channels.into(), "r".into(), "c".into()]);
    };
    output("heat", 1.0 / (3.0 * 255.0), &[0.0]);
    output("scale", 0.0, &[12f32.ln(), 10f32.ln()]);
    output("offset", 0.0, &[0.0; 2]);
    let points = [[0.3, 0.4], [0.7, 0.4], [0.5, 0.6], [0.35, 0.8], [0.65, 0.8]];
    output("points", 0.0, points.map(|[x, y]: [f32; 2]| [y, x]).as_flattened());
    let path = directory.join("spots.onnx");
    std::fs::write(&path, graph.finish())?;
    Ok(path)
}

/// A network of the kind `arcface`.
pub fn mean_colour(directory: &Path) -> Result<PathBuf> {
    let mut graph = GraphBuilder::new("mean_colour");
    graph.input("x", &["n".into(), 3.into(), 112.into(), 112.into()]);
    let mean = graph.node("GlobalAveragePool", &["x"], &[]);
    graph.node_to("Flatten", &[&mean], &[], "y");
    graph.output("y", &["m".into(), 3.into()]);
    let path = directory.join("mean-colour.onnx");
    std::fs::write(&path, graph.finish())?;
    Ok(path)
}
