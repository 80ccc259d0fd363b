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

use crate::catalogue::{self, Entry, Kind, Source, Task, ensemble};
use crate::convert::{Conversion, ConvertError};
use crate::error::ModelError;
use fetch::Fetcher;
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
    /// Its share in the ensemble that it is a part of, beside those of the others; 1 elsewhere.
    pub weight: f32,
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
/// (needless where the catalogue knows the file's hash). Several embedders, with commas between, are an
/// ensemble; `kind` is that of all paths among them, or has a kind for each part, with commas between.
///
/// # Errors
/// Unknown, not installed, changed since it was installed, or not for `task`.
pub fn resolve(model: &str, kind: Option<&str>, task: Task) -> Result<ModelFile, ModelError> {
    let file = match (catalogue::find(model), ensemble::parts(model)) {
        (Some(entry), _) => installed(&home(), entry)?,
        (None, Some(parts)) if !Path::new(model).is_file() => {
            return own_ensemble(&parts, kind, task);
        }
        _ if Path::new(model).is_file() => own(Path::new(model), kind)?,
        _ => {
            let known = catalogue::entries().iter().filter(|entry| entry.task == task);
            return Err(unknown(model, known));
        }
    };
    if file.kind.task() != task {
        return Err(ModelError::WrongTask { id: file.id, kind: file.kind, task });
    }
    Ok(file)
}

/// An ensemble with files of somebody's own among its parts.
fn own_ensemble(
    parts: &[(&str, f32)],
    kind: Option<&str>,
    task: Task,
) -> Result<ModelFile, ModelError> {
    let kinds: Vec<_> = kind.into_iter().flat_map(|kind| kind.split(',')).collect();
    let file = |(place, (model, _)): (usize, &(&str, f32))| {
        let own = if kinds.len() > 1 { kinds.get(place) } else { kinds.first() };
        resolve(model, own.copied().filter(|kind| !kind.is_empty()), task)
    };
    let files = parts.iter().enumerate().map(file).collect::<Result<Vec<_>, _>>()?;
    let id = ensemble::name(files.iter().zip(parts).map(|(file, part)| (file.id.as_str(), part.1)));
    match files.iter().find(|file| !file.parts.is_empty()) {
        Some(file) => Err(ModelError::NoPart { id: file.id.clone() }),
        None => Ok(of_parts(&id, Kind::Ensemble, None, files)),
    }
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
    let hint = match nearest(model, &known) {
        Some(meant) => format!("did you mean {meant}?"),
        None => format!("it is neither a catalogue id ({}) nor an existing file", known.join(", ")),
    };
    ModelError::Unknown { model: model.to_owned(), hint }
}

/// The name that was probably meant, where a word is none of them but much like one.
///
/// ```
/// assert_eq!(models::store::nearest("centerfase", &["yunet", "centerface"]), Some("centerface"));
/// assert_eq!(models::store::nearest("movie.mkv", &["yunet", "centerface"]), None);
/// ```
pub fn nearest<'a>(word: &str, names: &[&'a str]) -> Option<&'a str> {
    /// Jaro similarity; "grup" and "group" have 0.78.
    const ALIKE: f64 = 0.77;
    let alike = names.iter().map(|name| (strsim::jaro(word, name), *name));
    let best = alike.max_by(|a, b| a.0.total_cmp(&b.0)).filter(|(alike, _)| *alike >= ALIKE);
    best.map(|(_, name)| name)
}

/// Makes sure that all of these are here, each a catalogue id, a path or several with commas between, and ONNX
/// Runtime with them: one look at all, so that one command mends all.
///
/// # Errors
/// [`ModelError::SomeNotInstalled`], with the command. What else is wrong with one is said when it is opened.
pub fn require(models: &[&str]) -> Result<(), ModelError> {
    let home = home();
    let mut missing: Vec<&'static Entry> = Vec::new();
    for model in models {
        let parts = match (catalogue::find(model), ensemble::parts(model)) {
            (Some(entry), _) if entry.kind == Kind::Ensemble => {
                entry.parts().unwrap_or_default().to_vec()
            }
            (None, Some(parts)) => parts.into_iter().map(|(part, _)| part).collect(),
            _ => vec![*model],
        };
        for entry in parts.into_iter().filter_map(catalogue::find) {
            let lacks = matches!(installed(&home, entry), Err(ModelError::NotInstalled { .. }));
            if lacks && !missing.iter().any(|known| known.id == entry.id) {
                missing.push(entry);
            }
        }
    }
    // One that ORT_DYLIB_PATH names is the user's own matter, and opening it says what is wrong.
    let library = crate::runtime::library();
    let lacks_runtime = library == runtime_path() && !library.is_file();
    if missing.is_empty() && !lacks_runtime {
        return Ok(());
    }
    let by_default = lacks_runtime || missing.iter().any(|entry| entry.default);
    let others = missing.iter().filter(|entry| !entry.default || !by_default).map(|entry| entry.id);
    let command = ["facegroup models get"].into_iter().chain(by_default.then_some("--default"));
    let command = command.chain(others).collect::<Vec<_>>().join(" ");
    let runtime = lacks_runtime.then_some("ONNX Runtime");
    let ids: Vec<_> = runtime.into_iter().chain(missing.iter().map(|entry| entry.id)).collect();
    let ids = match ids.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} and {last}", rest.join(", ")),
        _ => ids.concat(),
    };
    Err(ModelError::SomeNotInstalled { ids, command })
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
    Ok(ModelFile {
        id,
        path,
        kind: entry.kind,
        sha256,
        entry: Some(entry),
        parts: Vec::new(),
        weight: 1.0,
    })
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
    Ok(of_parts(entry.id, entry.kind, Some(entry), parts))
}

/// A model of others; of an ensemble the name says their weights.
fn of_parts(
    id: &str,
    kind: Kind,
    entry: Option<&'static Entry>,
    mut parts: Vec<ModelFile>,
) -> ModelFile {
    for (part, (_, weight)) in parts.iter_mut().zip(ensemble::parts(id).unwrap_or_default()) {
        part.weight = weight;
    }
    let hashes = parts.iter().map(|part| part.sha256.as_str());
    let hashes: Vec<_> = std::iter::once(id).chain(hashes).collect();
    ModelFile {
        id: id.to_owned(),
        path: parts.first().map(|part| part.path.clone()).unwrap_or_default(),
        kind,
        sha256: file::sha256_of(hashes.join("\n").as_bytes()),
        entry,
        parts,
        weight: 1.0,
    }
}

fn own(path: &Path, kind: Option<&str>) -> Result<ModelFile, ModelError> {
    let sha256 = match constants(path) {
        Some(constants) => {
            let hashes = [file::sha256(path)?, file::sha256(&constants)?];
            file::sha256_of(hashes.join("\n").as_bytes())
        }
        None => file::sha256(path)?,
    };
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
    let (path, parts) = (path.to_owned(), Vec::new());
    Ok(ModelFile { id, path, kind, sha256, entry, parts, weight: 1.0 })
}

/// The file of constants beside the graph of an OpenVINO IR; `None` for a file that is no such graph.
fn constants(path: &Path) -> Option<PathBuf> {
    path.extension().is_some_and(|extension| extension == "xml").then(|| path.with_extension("bin"))
}

/// The ONNX file for a model file that is to be converted whenever it is opened; `None` where it is to be
/// taken as it is.
pub(crate) fn converted(path: &Path) -> Result<Option<Vec<u8>>, ModelError> {
    let Some(constants) = constants(path) else {
        return Ok(None);
    };
    let read = |path: &Path| std::fs::read(path).map_err(file::io_error(path));
    let sources = [read(path)?, read(&constants)?];
    let corrupt =
        |e: ConvertError| ModelError::Corrupt { path: path.to_owned(), why: e.to_string() };
    Conversion::OpenVino.apply(&sources).map(Some).map_err(corrupt)
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
    let (origins, files, conversion) = match entry.source {
        Source::Files { origins, files, conversion } => (origins, files, conversion),
        Source::Parts(parts) => {
            return made_of(entry, |part| obtain_entry(home, part, options, progress), parts);
        }
    };
    if !entry.licence.commercial && !options.accept_licence {
        return Err(ModelError::LicenceNotAccepted {
            id: entry.id.to_owned(),
            licence: format!("{} ({})", entry.licence.name, entry.licence.note),
        });
    }
    let mut fetcher = Fetcher::new(options.mirror.as_deref(), progress)?;
    let sources = fetcher.files(entry.id, origins, files)?;
    progress(&format!("{}: checked, installing", entry.id));
    let first = files.first().map_or("", |file| file.name);
    let bytes = conversion
        .apply(&sources)
        .map_err(|e| ModelError::Corrupt { path: first.into(), why: e.to_string() })?;
    let path = path_in(home, entry);
    file::write(&path, &bytes)?;
    Stamp::of(&path, files.first().map(|file| file.sha256))?.write(&path)?;
    installed(home, entry)
}

#[cfg(test)]
mod tests;
