// SPDX-License-Identifier: MIT OR Apache-2.0
//! Opening a folder for writing: new, resumed, or refused.

use std::fs::{self, File};
use std::io::Write;
use std::path::Path;
use std::time::Instant;

use crate::derived::{self, Clear};
use crate::error::READ;
use crate::format::npy::Embeddings;
use crate::format::run::FORMAT;
use crate::write::recover;
use crate::{
    CropNames, Dataset, DatasetError, InputState, Intermediate, Layout, RunInfo, UNSURE, atomic,
    edited,
};

/// Where a run goes on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resume {
    /// Whether there was nothing before.
    pub fresh: bool,
    /// The inputs, in the order of `run.json`.
    pub inputs: Vec<ResumeInput>,
}

/// Where one input goes on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResumeInput {
    /// What records call it.
    pub name: String,
    /// How far it came.
    pub state: InputState,
    /// The first frame still to do; 0 for one not begun.
    pub next_frame: u64,
}

impl Resume {
    /// Whether every input is done: nothing to look at again, only to group.
    pub fn is_complete(&self) -> bool {
        !self.fresh && self.inputs.iter().all(|input| input.state == InputState::Complete)
    }
}

impl Dataset {
    /// Opens `location` for this run: begins a dataset, or resumes the one there if it is of the
    /// same run (same inputs, models, settings, prefix and picture format).
    ///
    /// Files that are not ours are left alone. What a kill left half done is repaired first.
    ///
    /// # Errors
    /// Another run's dataset, foreign files under our names, another process writing there, a folder that
    /// cannot be written.
    pub fn create_or_resume(location: &Path, run: RunInfo) -> Result<(Self, Resume), DatasetError> {
        let names = CropNames::new(&run)?;
        let layout = Layout::new(location);
        fs::create_dir_all(location).map_err(|e| DatasetError::io("create", location, e))?;
        let lock = layout.lock_for_writing()?;
        let held = RunInfo::read(&layout)?;
        let fresh = held.is_none();
        let mut run = match held {
            None => {
                refuse_foreign(&layout, &names)?;
                run
            }
            Some(held) => {
                let differs = run.differences(&held);
                if !differs.is_empty() {
                    return Err(DatasetError::OtherRun {
                        location: location.to_path_buf(),
                        held: held.describe(),
                        differs: differs.join(", "),
                    });
                }
                run.continued(held)
            }
        };
        if fresh {
            run.write(&layout)?;
        }
        fs::create_dir_all(layout.faces())
            .map_err(|e| DatasetError::io("create", &layout.faces(), e))?;
        edited::take(&layout, &run)?;
        // Before pictures are removed to be made again: their copies would be left behind.
        derived::clear(&layout, &names, Clear::Copies)?;
        let recovered = recover::recover(&layout, &mut run, &names)?;

        Intermediate::new(&layout, &names).forget(|input, frame| {
            run.inputs.get(input).is_none_or(|input| {
                input.state != InputState::Complete && frame >= input.next_frame
            })
        })?;

        let path = layout.lines();
        let lines = File::options().create(true).append(true).open(&path);
        let lines = lines.map_err(|e| DatasetError::io("open", &path, e))?;
        let length = lines.metadata().map_err(|e| DatasetError::io("open", &path, e))?.len();
        let embeddings = Embeddings::open(&layout.embeddings(), recovered.rows)?;
        let inputs = run
            .inputs
            .iter()
            .map(|input| ResumeInput {
                name: input.name.clone(),
                state: input.state,
                next_frame: input.next_frame,
            })
            .collect();
        let dataset = Self {
            layout,
            run,
            names,
            lines,
            length,
            embeddings,
            resume_points: recovered.resume_points,
            saved: Instant::now(),
            order: recovered.order,
            retention: None,
            _lock: lock,
        };
        Ok((dataset, Resume { fresh, inputs }))
    }

    /// Removes the dataset in `location`, of whatever run, so that `next` may begin: its pictures,
    /// lines, embeddings and pages. Other files, also those among the pictures, are left alone, and what a
    /// person said is kept in `corrections.old.jsonl`.
    ///
    /// # Errors
    /// Another process writing there, a folder that cannot be written, files of somebody else where `next`
    /// would write; nothing is removed then.
    pub fn discard(location: &Path, next: &RunInfo) -> Result<(), DatasetError> {
        let next = CropNames::new(next)?;
        let layout = Layout::new(location);
        if !layout.run().exists() {
            return Ok(());
        }
        let _lock = layout.lock_for_writing()?;
        let Some(run) = RunInfo::read(&layout)? else {
            return Ok(());
        };
        let names = CropNames::new(&run)?;
        refuse_pictures(&layout, |name| next.parse(name).is_some() && names.parse(name).is_none())?;
        put_corrections_by(&layout)?;
        derived::clear(&layout, &names, Clear::Everything)?;
        Intermediate::new(&layout, &names).forget(|_, _| true)?;
        let mut failed = None;
        let mut folders = vec![layout.faces().join(UNSURE)];
        layout.visit_pictures(|folder, name| {
            if names.parse(name).is_some() {
                failed = atomic::remove(&folder.join(name)).err().or(failed.take());
                folders.push(folder.to_path_buf());
            }
        })?;
        failed.map_or(Ok(()), Err)?;
        folders.push(layout.faces());
        for folder in folders {
            // Only an empty folder can be removed so: one with other files in it stays.
            let _ = fs::remove_dir(folder);
        }
        // run.json last: as long as it is there, the rest is known to be ours.
        for path in [
            layout.report(),
            layout.evaluation(),
            layout.references(),
            layout.groups(),
            layout.embeddings(),
            layout.lines(),
            layout.corrections(),
            layout.moving(),
            layout.run(),
        ] {
            atomic::remove(&path)?;
        }
        Ok(())
    }
}

impl Dataset {
    /// Whether a person said anything of a result, in `corrections.jsonl` or by what they did in `faces/`.
    ///
    /// # Errors
    /// No dataset, a folder that cannot be read, a damaged file.
    pub fn is_corrected(location: &Path) -> Result<bool, DatasetError> {
        let layout = Layout::new(location);
        let run = Self::run_info(location)?;
        Ok(layout.corrections().exists() || !edited::Edits::find(&layout, &run)?.is_empty())
    }

    /// Removes a folder that held a dataset, where nothing is left in it.
    ///
    /// # Errors
    /// A folder that cannot be written.
    pub fn remove_empty(location: &Path) -> Result<(), DatasetError> {
        atomic::remove(&Layout::new(location).lock())?;
        // Only an empty folder can be removed so.
        let _ = fs::remove_dir(location);
        Ok(())
    }
}

/// Keeps what a person said about a result that goes.
fn put_corrections_by(layout: &Layout) -> Result<(), DatasetError> {
    let (from, to) = (layout.corrections(), layout.root.join("corrections.old.jsonl"));
    let said = match fs::read(&from) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        said => said.map_err(|e| DatasetError::io(READ, &from, e))?,
    };
    let old = File::options().create(true).append(true).open(&to);
    let kept = old.and_then(|mut old| old.write_all(&said).and_then(|()| old.sync_all()));
    kept.map_err(|e| DatasetError::io("write", &to, e))
}

/// A folder without `run.json` may hold anything, but nothing under the names that we would write.
fn refuse_foreign(layout: &Layout, names: &CropNames) -> Result<(), DatasetError> {
    for path in [
        layout.lines(),
        layout.embeddings(),
        layout.groups(),
        layout.evaluation(),
        layout.references(),
        layout.corrections(),
        layout.report(),
    ] {
        if path.symlink_metadata().is_ok() {
            return Err(DatasetError::InTheWay { path });
        }
    }
    if layout.faces().is_file() {
        return Err(DatasetError::InTheWay { path: layout.faces() });
    }
    refuse_pictures(layout, |name| names.parse(name).is_some())
}

/// Refuses a folder with such a picture among those of `faces/`.
fn refuse_pictures(layout: &Layout, such: impl Fn(&str) -> bool) -> Result<(), DatasetError> {
    let mut found = None;
    layout.visit_pictures(|folder, name| {
        if such(name) {
            found.get_or_insert_with(|| folder.join(name));
        }
    })?;
    found.map_or(Ok(()), |path| Err(DatasetError::InTheWay { path }))
}

impl RunInfo {
    /// `run.json` of a dataset, if there is one.
    pub fn read(layout: &Layout) -> Result<Option<Self>, DatasetError> {
        let path = layout.run();
        let text = match fs::read(&path) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            text => text.map_err(|e| DatasetError::io(READ, &path, e))?,
        };
        let damaged = |what| DatasetError::Damaged { path: path.clone(), what };
        let run: Self = serde_json::from_slice(&text)
            .map_err(|e| DatasetError::Foreign { path: path.clone(), what: e.to_string() })?;
        if run.format > FORMAT {
            return Err(damaged(format!(
                "a newer facegroup ({}) wrote it; use that one",
                run.version
            )));
        }
        Ok(Some(run))
    }

    /// Replaces `run.json`.
    ///
    /// # Errors
    /// A folder that cannot be written.
    pub fn write(&self, layout: &Layout) -> Result<(), DatasetError> {
        let path = layout.run();
        let mut text = serde_json::to_vec_pretty(self)
            .map_err(|e| DatasetError::io("write", &path, e.into()))?;
        text.push(b'\n');
        atomic::replace(&path, &text)
    }

    /// This run as the continuation of `held`: its own words on version, arguments and device, the
    /// other's on how far it came.
    fn continued(self, held: Self) -> Self {
        let or = |new: Option<String>, old| new.or(old);
        Self {
            version: self.version,
            arguments: self.arguments,
            device: or(self.device, held.device.clone()),
            decoder: or(self.decoder, held.decoder.clone()),
            ..held
        }
    }
}
