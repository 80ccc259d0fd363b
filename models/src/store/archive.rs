// SPDX-License-Identifier: MIT OR Apache-2.0
//! Single files out of packages: wheels are zip files, sdists are gzipped tar files.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use crate::error::ModelError;

/// The contents of the files at `paths` inside the archive, in that order. In an sdist the paths are
/// below its one top folder. Errors: unreadable, or one of the files is not in it.
pub fn extract(archive: &Path, paths: &[&str]) -> Result<Vec<Vec<u8>>, ModelError> {
    let corrupt = |why: String| ModelError::Corrupt { path: archive.to_owned(), why };
    let file = File::open(archive).map_err(super::file::io_error(archive))?;
    let found = match archive.extension().and_then(|e| e.to_str()) {
        Some("whl" | "zip") => from_zip(file, paths).map_err(|e| corrupt(e.to_string()))?,
        _ => from_tar(file, paths).map_err(|e| corrupt(e.to_string()))?,
    };
    found
        .into_iter()
        .zip(paths)
        .map(|(contents, path)| contents.ok_or_else(|| corrupt(format!("{path} is not in it"))))
        .collect()
}

fn from_zip(file: File, paths: &[&str]) -> zip::result::ZipResult<Vec<Option<Vec<u8>>>> {
    let mut archive = zip::ZipArchive::new(file)?;
    let mut found = Vec::with_capacity(paths.len());
    for path in paths {
        found.push(match archive.index_for_name(path) {
            Some(index) => {
                let mut contents = Vec::new();
                archive.by_index(index)?.read_to_end(&mut contents)?;
                Some(contents)
            }
            None => None,
        });
    }
    Ok(found)
}

fn from_tar(file: File, paths: &[&str]) -> std::io::Result<Vec<Option<Vec<u8>>>> {
    let mut archive = tar::Archive::new(flate2::read::GzDecoder::new(file));
    let mut found = vec![None; paths.len()];
    for entry in archive.entries()? {
        let mut entry = entry?;
        let path = entry.path()?.into_owned();
        let inside: std::path::PathBuf = path.components().skip(1).collect();
        let Some(index) = paths.iter().position(|wanted| Path::new(wanted) == inside) else {
            continue;
        };
        let mut contents = Vec::new();
        entry.read_to_end(&mut contents)?;
        found[index] = Some(contents);
        if found.iter().all(Option::is_some) {
            break;
        }
    }
    Ok(found)
}
