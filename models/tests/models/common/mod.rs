// SPDX-License-Identifier: MIT OR Apache-2.0
//! What the tests with real models and pictures share. Each says why it is skipped.
#![allow(dead_code, clippy::unwrap_used, clippy::panic)]

use std::path::{Path, PathBuf};

use image::RgbImage;
use models::catalogue::{self, Source, Task};
use models::store::{self, ModelFile};

/// An optional model, made of what lies beside the footage as set-up makes it, outside of anybody's home.
pub fn optional(id: &str) -> Option<ModelFile> {
    let entry = catalogue::find(id)?;
    let Source::Files { files, conversion, .. } = entry.source else {
        panic!("{id} has no files");
    };
    let folder = footage()?.join("../models");
    let mut sources = Vec::new();
    for file in files {
        let Ok(source) = std::fs::read(folder.join(file.name)) else {
            println!("skipped: no {}", folder.join(file.name).display());
            return None;
        };
        sources.push(source);
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
