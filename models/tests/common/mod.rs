// SPDX-License-Identifier: MIT OR Apache-2.0
//! What the tests with real models and pictures share. Each says why it is skipped.
#![allow(dead_code)]

use std::path::{Path, PathBuf};

use image::RgbImage;
use models::catalogue::{self, Task};
use models::store::{self, ModelFile};

/// An optional model, unchanged, as it lies beside the footage.
pub fn optional(id: &str) -> Option<ModelFile> {
    let entry = catalogue::find(id)?;
    let path = footage()?.join("../models").join(entry.source.file);
    if !path.exists() {
        println!("skipped: no {}", path.display());
        return None;
    }
    let (id, sha256) = (id.to_owned(), entry.source.sha256.to_owned());
    Some(ModelFile { id, path, kind: entry.kind, sha256, entry: Some(entry), parts: Vec::new() })
}

/// An installed model.
pub fn model(id: &str, task: Task) -> Option<ModelFile> {
    match store::resolve(id, None, task) {
        Ok(file) => Some(file),
        Err(error) => {
            println!("skipped: {error}");
            None
        }
    }
}

/// One of the photographs that set-up fetches.
pub fn photograph(name: &str) -> Option<RgbImage> {
    let path = store::home().join("photographs").join(name);
    let picture = image::open(&path).ok().map(|picture| picture.to_rgb8());
    if picture.is_none() {
        println!("skipped: no photograph {}", path.display());
    }
    picture
}

/// The folder of real footage.
pub fn footage() -> Option<PathBuf> {
    let given = std::env::var_os("FACEGROUP_FOOTAGE").map(PathBuf::from);
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/footage");
    let found = given.unwrap_or_else(beside).canonicalize().ok();
    if found.is_none() {
        println!("skipped: no footage");
    }
    found
}

pub fn dot(a: &[f32], b: &[f32]) -> f32 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}
