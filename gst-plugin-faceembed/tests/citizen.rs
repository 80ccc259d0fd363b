// SPDX-License-Identifier: MIT OR Apache-2.0
//! `faceembed` as a part of anybody's pipeline: what it owes as every element that passes frames on.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "../../gst-plugin-facedetect/tests/common/mod.rs"]
mod common;

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

fn with_embedder(check: fn(&dyn Fn() -> gst::Element)) {
    init();
    if !common::has_runtime() {
        return;
    }
    let directory = tempfile::tempdir().unwrap();
    let model = mean_colour(directory.path());
    check(&|| {
        gst::ElementFactory::make("faceembed")
            .property("model", model.to_str().unwrap())
            .property("model-kind", "arcface")
            .build()
            .unwrap()
    });
}

common::citizen::passes_frames!(embed, with_embedder);
