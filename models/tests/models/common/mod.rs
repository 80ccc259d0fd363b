// SPDX-License-Identifier: MIT OR Apache-2.0
//! What the tests with real models and pictures share. What is missing is a skip.
#![allow(dead_code, clippy::unwrap_used, clippy::panic)]

use std::path::Path;

use image::RgbImage;
use models::catalogue::{self, Source, Task};
use models::store::{self, ModelFile};

/// An optional model, made of what lies beside the footage as set-up makes it, outside of anybody's home.
#[track_caller]
pub fn optional(id: &str) -> Option<ModelFile> {
    let entry = catalogue::find(id)?;
    let Source::Files { files, conversion, .. } = entry.source else {
        panic!("{id} has no files");
    };
    let folder = testkit::footage("../models")?;
    let mut sources = Vec::new();
    for file in files {
        let path = testkit::existing("optional-models", folder.join(file.name))?;
        sources.push(std::fs::read(path).unwrap());
    }
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(entry.file);
    let whole = tempfile::NamedTempFile::new_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    std::fs::write(whole.path(), conversion.apply(&sources).unwrap()).unwrap();
    whole.persist(&path).unwrap();
    let (id, sha256) = (id.to_owned(), entry.sha256.to_owned());
    let (kind, entry, parts) = (entry.kind, Some(entry), Vec::new());
    Some(ModelFile { id, path, kind, sha256, entry, parts, weight: 1.0 })
}

/// An installed model.
#[track_caller]
pub fn model(id: &str, task: Task) -> Option<ModelFile> {
    testkit::have(&format!("model-{id}"), store::resolve(id, None, task))
}

/// One of the photographs that set-up fetches.
#[track_caller]
pub fn photograph(name: &str) -> Option<RgbImage> {
    let path = store::home().join("photographs").join(name);
    let picture = image::open(&path).map_err(|error| format!("{}: {error}", path.display()));
    testkit::have("photographs", picture).map(|picture| picture.to_rgb8())
}

pub fn dot(a: &[f32], b: &[f32]) -> f32 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}
