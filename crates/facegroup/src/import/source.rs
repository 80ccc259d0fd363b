// SPDX-License-Identifier: MIT OR Apache-2.0
//! The file that a frame came from.

use std::path::{Path, PathBuf};

use dataset::{FaceRecord, InputInfo};

/// The film of a frame, or the picture that it is; `record` is the line of a face on it, where one is known.
///
/// Of a folder of pictures each line names its own, of numbered ones the run does. `None` where that is not there or lies
/// outside the input's folder: what a line says may have been written by anybody.
pub fn source(input: &InputInfo, frame: u64, record: Option<&FaceRecord>) -> Option<PathBuf> {
    let path = Path::new(&input.path);
    let own = record.and_then(|record| record.extra.get("source")?.as_str());
    let listed = input
        .extra
        .get("files")
        .and_then(|files| files.get(usize::try_from(frame).ok()?)?.as_str());
    let (folder, file) = match (own, listed) {
        (Some(file), _) if path.is_dir() => (path, file),
        (_, Some(file)) => (path.parent()?, file),
        _ => return Some(path.to_owned()),
    };
    let folder = folder.canonicalize().ok()?;
    let file = folder.join(file).canonicalize().ok()?;
    (file.starts_with(&folder) && file.is_file()).then_some(file)
}
