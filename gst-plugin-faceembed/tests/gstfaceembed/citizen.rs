// SPDX-License-Identifier: MIT OR Apache-2.0
//! `faceembed` as a part of anybody's pipeline: what it owes as every element that passes frames on.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use crate::{common, init, mean_colour};

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
