// SPDX-License-Identifier: MIT OR Apache-2.0
//! `library.json`: what a library is of.

use std::fs;
use std::path::Path;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::LibraryError;
use crate::error::READ;
use crate::{DatasetError, atomic};

/// Version of the layout on disk; a library of a newer one is refused.
pub const FORMAT: u32 = 1;

/// What `library.json` holds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LibraryInfo {
    /// Version of the layout on disk.
    pub format: u32,
    /// Version of the program that made it.
    pub version: String,
    /// Whose vectors it holds.
    pub embeddings: Embeddings,
    /// How people are found in them: `average`, or `online` for StreamFace's tree.
    pub algorithm: String,
    /// The folder of the store.
    pub store: String,
    /// Fields of later versions, kept as they are.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

/// Whose vectors a library holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Embeddings {
    /// Id of the embedder.
    pub model: String,
    /// SHA-256 of its file, where that is known.
    #[serde(default)]
    pub sha256: Option<String>,
    /// Numbers of a vector.
    pub dimensions: usize,
}

impl LibraryInfo {
    /// The file of a library in this folder.
    pub(super) fn path(location: &Path) -> std::path::PathBuf {
        location.join("library.json")
    }

    /// Reads it; `None` where there is none.
    pub(super) fn read(location: &Path) -> Result<Option<Self>, LibraryError> {
        let path = Self::path(location);
        let bytes = match fs::read(&path) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            bytes => bytes.map_err(|e| DatasetError::io(READ, &path, e))?,
        };
        let damaged =
            |what: String| LibraryError::File(DatasetError::Damaged { path: path.clone(), what });
        // The format first: what a newer one holds may not fit.
        let value: Value = serde_json::from_slice(&bytes).map_err(|e| damaged(e.to_string()))?;
        let format = value.get("format").and_then(Value::as_u64).unwrap_or_default() as u32;
        if format > FORMAT {
            let location = location.to_path_buf();
            return Err(LibraryError::Newer { location, found: format, known: FORMAT });
        }
        let info: Self = serde_json::from_value(value).map_err(|e| damaged(e.to_string()))?;
        let plain = info.store.strip_prefix("store-").and_then(|n| n.parse::<u32>().ok());
        if plain.is_none() || info.embeddings.dimensions == 0 {
            return Err(damaged("it names no store, or vectors without numbers".into()));
        }
        Ok(Some(info))
    }

    pub(super) fn write(&self, location: &Path) -> Result<(), LibraryError> {
        let path = Self::path(location);
        let text = serde_json::to_vec_pretty(self)
            .map_err(|e| DatasetError::io("write", &path, e.into()))?;
        Ok(atomic::replace(&path, &text)?)
    }
}
