// SPDX-License-Identifier: MIT OR Apache-2.0
//! The element `faceembed`.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod citizen;
#[path = "../../../gst-plugin-facedetect/tests/gstfacedetect/common/mod.rs"]
mod common;
mod faceembed;

use std::path::{Path, PathBuf};
use std::sync::Once;

use models::onnx::GraphBuilder;

fn init() {
    static INIT: Once = Once::new();
    common::init();
    INIT.call_once(|| gstfaceembed::plugin_register_static().unwrap());
}

/// A network of the kind `arcface`: the mean of each colour.
fn mean_colour(directory: &Path) -> PathBuf {
    let mut graph = GraphBuilder::new("mean_colour");
    graph.input("x", &["n".into(), 3.into(), 112.into(), 112.into()]);
    let mean = graph.node("GlobalAveragePool", &["x"], &[]);
    graph.node_to("Flatten", &[&mean], &[], "y");
    graph.output("y", &["m".into(), 3.into()]);
    let path = directory.join("mean-colour.onnx");
    std::fs::write(&path, graph.finish()).unwrap();
    path
}
