// SPDX-License-Identifier: MIT OR Apache-2.0
//! Writing faces as they are found.

use std::fs::{self, File};
use std::io::Write;
use std::path::Path;
use std::time::{Duration, Instant};

use image::RgbImage;
use imaging::encode;

use crate::format::lines;
use crate::format::npy::{self, Embeddings};
use crate::write::resume_point::ResumePoint;
use crate::write::retention::RetentionState;
use crate::write::sort::{self, Order};
use crate::{CropNames, DatasetError, FaceRecord, InputState, Layout, RunInfo, atomic};

/// How often `run.json` follows: what a power cut may cost. A kill costs the frame in flight only.
const CHECKPOINT: Duration = Duration::from_secs(10);

/// A dataset open for writing, by one process at a time.
///
/// Memory does not grow with the number of faces. After an error everything written before is valid and
/// the same face may be appended again.
#[derive(Debug)]
pub struct Dataset {
    pub(crate) layout: Layout,
    pub(crate) run: RunInfo,
    pub(crate) names: CropNames,
    pub(crate) lines: File,
    pub(crate) length: u64,
    pub(crate) embeddings: Option<Embeddings>,
    /// Where each input stands.
    pub(crate) resume_points: Vec<ResumePoint>,
    pub(crate) saved: Instant,
    /// Whether the faces are in the order of the inputs.
    pub(crate) order: Order,
    /// Which pictures are kept.
    pub(crate) retention: Option<RetentionState>,
    /// Held for its lock.
    pub(crate) _lock: File,
}

impl Dataset {
    /// The folder.
    pub fn location(&self) -> &Path {
        &self.layout.root
    }

    /// What is known of the run so far.
    pub fn run(&self) -> &RunInfo {
        &self.run
    }

    /// Changes what is known of the run (device, decoder, duration, timings, …) and saves it.
    pub fn update(&mut self, change: impl FnOnce(&mut RunInfo)) -> Result<(), DatasetError> {
        change(&mut self.run);
        self.save()
    }

    /// Writes one face: its picture, its embedding, its line, in this order.
    ///
    /// The faces of a frame come one after another, frames of one input in rising order, inputs in any order
    /// and at once. `face`, `file`,
    /// `embedding`, `group`, `hash` and `duplicate` of the record are set here. Tracks and shots of an input that is
    /// resumed may be numbered from 0 again; they are written as the continuation of what is there.
    /// `model` is the id of the embedder.
    pub fn append(
        &mut self,
        mut record: FaceRecord,
        picture: Option<&RgbImage>,
        embedding: Option<&[f32]>,
        model: &str,
    ) -> Result<(), DatasetError> {
        let input = self.open_input(&record.video)?;
        if let Some(resume_point) = self.resume_points.get(input) {
            resume_point.number(&mut record)?;
        }
        record.group = None;
        record.file = None;
        record.embedding = None;
        (record.hash, record.duplicate) = (None, None);
        record.round();

        let name = self.names.name(input, record.frame, record.face);
        let kept = match (&mut self.retention, picture) {
            (Some(retention), Some(picture)) => {
                let keep =
                    retention.check(input, &mut record, picture, &name, self.run.pictures)?;
                keep.then_some(picture)
            }
            _ => picture.filter(|_| !record.blurry),
        };
        if let Some(picture) = kept {
            record.file = Some(self.write_picture(picture, input, &record)?);
        }
        let rows = self.embeddings.as_ref().map_or(0, Embeddings::rows);
        let written = self.write_row(embedding, model).and_then(|row| {
            record.embedding = row;
            self.write_line(&record)
        });
        if let Err(error) = written {
            // Best effort: what stays is an orphan, and the next `create_or_resume` removes orphans.
            if let Some(file) = &record.file {
                let _ = fs::remove_file(self.layout.root.join(file));
            }
            if let Some(embeddings) = &mut self.embeddings {
                let _ = embeddings.cut(rows);
            }
            return Err(error);
        }

        if let Some(retention) = &mut self.retention {
            retention.note(input, &record, name);
        }
        if let Some(resume_point) = self.resume_points.get_mut(input) {
            resume_point.see(&record);
        }
        self.order.see(input, &record);
        if let Some(info) = self.run.inputs.get_mut(input) {
            info.state = InputState::Partial;
        }
        let mut count = |what: &str, some: bool| {
            *self.run.counts.entry(what.to_owned()).or_default() += u64::from(some);
        };
        count("faces", true);
        count("pictures", record.file.is_some());
        count("embeddings", record.embedding.is_some());
        Ok(())
    }

    /// Lets `change` replace the lines and `run.json` as whole files in the middle of writing, and goes on behind
    /// what is there then.
    ///
    /// # Errors
    /// Those of `change`; what was written stays, and writing can go on. A folder that cannot be written.
    pub fn replaced_by<T>(
        &mut self,
        change: impl FnOnce(&Layout) -> Result<T, DatasetError>,
    ) -> Result<T, DatasetError> {
        self.save()?;
        let changed = change(&self.layout);
        // Maybe before it failed.
        let path = self.layout.lines();
        let lines = File::options().create(true).append(true).open(&path);
        self.lines = lines.map_err(|e| DatasetError::io("open", &path, e))?;
        self.length = self.lines.metadata().map_err(|e| DatasetError::io("open", &path, e))?.len();
        if let Some(run) = RunInfo::read(&self.layout)? {
            self.run.counts = run.counts;
        }
        changed
    }

    /// Says that every frame of an input before `frame` is done.
    pub fn progress(&mut self, video: &str, frame: u64) -> Result<(), DatasetError> {
        let input = self.open_input(video)?;
        if let (Some(info), Some(resume_point)) =
            (self.run.inputs.get_mut(input), self.resume_points.get(input))
        {
            info.state = InputState::Partial;
            resume_point.restart(frame).note(info);
        }
        if self.saved.elapsed() < CHECKPOINT { Ok(()) } else { self.save() }
    }

    /// Says that an input is done to its end.
    pub fn finish_input(&mut self, video: &str) -> Result<(), DatasetError> {
        self.close_input(video, InputState::Complete, None)
    }

    /// Says that an input was given up, and why; what was found in it stays, and a later run tries again.
    pub fn fail_input(&mut self, video: &str, error: &str) -> Result<(), DatasetError> {
        self.close_input(video, InputState::Failed, Some(error.to_owned()))
    }

    /// Saves everything, flushed to the device, and lets go of the folder. Faces that came in another order
    /// are brought into that of the inputs and their frames.
    pub fn finish(mut self) -> Result<(), DatasetError> {
        self.save()?;
        if self.order.is_kept() {
            return Ok(());
        }
        sort::restore(&self.layout, &self.run, self.embeddings.as_mut())?;
        self.intermediate().sort_logs()
    }

    fn close_input(
        &mut self,
        video: &str,
        state: InputState,
        error: Option<String>,
    ) -> Result<(), DatasetError> {
        let input = self.find_input(video)?;
        if let Some(info) = self.run.inputs.get_mut(input) {
            info.state = state;
            info.error = error;
        }
        self.save()
    }

    fn find_input(&self, video: &str) -> Result<usize, DatasetError> {
        let unknown =
            || DatasetError::Input { video: video.to_owned(), why: "run.json does not list it" };
        self.run.input(video).map(|(index, _)| index).ok_or_else(unknown)
    }

    fn open_input(&self, video: &str) -> Result<usize, DatasetError> {
        let input = self.find_input(video)?;
        match self.run.inputs.get(input).map(|info| info.state) {
            Some(InputState::Complete) => {
                Err(DatasetError::Input { video: video.to_owned(), why: "it is complete" })
            }
            _ => Ok(input),
        }
    }

    /// Saves `run.json`, after what it speaks of is on the device.
    pub fn save(&mut self) -> Result<(), DatasetError> {
        self.lines.sync_data().map_err(|e| DatasetError::io("write", &self.layout.lines(), e))?;
        if let Some(embeddings) = &self.embeddings {
            embeddings.sync()?;
        }
        self.run.write(&self.layout)?;
        self.saved = Instant::now();
        Ok(())
    }

    fn write_picture(
        &self,
        picture: &RgbImage,
        input: usize,
        record: &FaceRecord,
    ) -> Result<String, DatasetError> {
        let name = self.names.name(input, record.frame, record.face);
        let path = self.layout.faces().join(&name);
        let bytes = encode::encode(picture, self.run.pictures)
            .map_err(|cause| DatasetError::Picture { path: path.clone(), cause })?;
        let part = atomic::part(&path);
        fs::write(&part, bytes).and_then(|()| fs::rename(&part, &path)).map_err(|error| {
            let _ = fs::remove_file(&part);
            DatasetError::io("write", &path, error)
        })?;
        Ok(format!("faces/{name}"))
    }

    fn write_row(
        &mut self,
        embedding: Option<&[f32]>,
        model: &str,
    ) -> Result<Option<usize>, DatasetError> {
        let Some(embedding) = embedding else {
            return Ok(None);
        };
        if self.run.embedding_model.is_none() {
            self.run.embedding_model = Some(model.to_owned());
            // Before the first row: after a kill nobody could say whose numbers these are.
            self.run.write(&self.layout)?;
        }
        let held = self.run.embedding_model.as_deref().unwrap_or(model);
        let path = self.layout.embeddings();
        npy::push(&mut self.embeddings, &path, embedding, (model, held)).map(Some)
    }

    fn write_line(&mut self, record: &FaceRecord) -> Result<(), DatasetError> {
        let path = self.layout.lines();
        let line = lines::encode(record, &path)?;
        if let Err(error) = self.lines.write_all(&line) {
            let _ = self.lines.set_len(self.length);
            return Err(DatasetError::io("write", &path, error));
        }
        self.length += line.len() as u64;
        Ok(())
    }
}
