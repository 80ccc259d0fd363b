// SPDX-License-Identifier: MIT OR Apache-2.0
//! A dataset opened for review.

use std::fs;
use std::path::Path;
use std::time::SystemTime;

use dataset::format::corrections::{Correction, Corrections, FaceKey, Statement, append};
use dataset::format::lines::Lines;
use dataset::format::npy;
use dataset::{DatasetError, FaceRecord, Groups, Layout, RunInfo, edited};
use ndarray::Array2;

use super::action::Wanted;
use super::history::{Act, History, title};
use super::people::{self, Person, Track};
use super::{Action, Done, ReviewError};
use crate::group::corrections::{Said, lay};
use crate::group::names::GroupNames;
use crate::group::relabel::{Labelling, commit};
use crate::group::stored::Stored;

/// A dataset in memory, with everything that a person said laid over it.
///
/// Memory is about 1 kB a face and the embeddings. Other programs may group the dataset meanwhile: what they did is
/// read before the next statement.
#[derive(Debug)]
pub struct Session {
    layout: Layout,
    pub(super) run: RunInfo,
    pub(super) before: Groups,
    pub(super) records: Vec<FaceRecord>,
    pub(super) embeddings: Array2<f32>,
    pub(super) stored: Stored,
    /// Who is who as the files say it.
    base: Labelling,
    /// Statements that the files follow already.
    laid: Vec<bool>,
    pub(super) corrections: Corrections,
    /// Who is who now.
    pub(super) labelling: Labelling,
    people: Vec<Person>,
    /// Index of the person of each face.
    of: Vec<usize>,
    version: u64,
    files: Files,
    committed: bool,
}

/// By which a change by another program is seen.
#[derive(Debug, Default, PartialEq, Eq)]
struct Files([Option<(u64, SystemTime)>; 3]);

impl Files {
    fn of(layout: &Layout) -> Self {
        let state = |path: &Path| {
            let file = fs::metadata(path).ok()?;
            Some((file.len(), file.modified().ok()?))
        };
        Self([&layout.lines(), &layout.groups(), &layout.corrections()].map(|path| state(path)))
    }
}

impl Session {
    /// Opens a grouped dataset, with what a person did in its folders.
    ///
    /// # Errors
    /// A folder without a dataset, one that was never grouped or that another process writes, a damaged file.
    pub fn open(location: &Path) -> Result<Self, ReviewError> {
        let layout = Layout::new(location);
        let none = || DatasetError::NoDataset { location: location.to_path_buf() };
        let run = RunInfo::read(&layout)?.ok_or_else(none)?;
        let ungrouped = || ReviewError::NotGrouped { location: location.to_path_buf() };
        {
            let _lock = layout.lock_for_writing()?;
            Groups::read(&layout)?.ok_or_else(ungrouped)?;
            edited::take(&layout, &run)?;
        }
        let before = Groups::read(&layout)?.ok_or_else(ungrouped)?;
        let records: Vec<FaceRecord> = Lines::open(&layout.lines())?.collect::<Result<_, _>>()?;
        let embeddings = npy::read(&layout.embeddings())?;
        let mut stored = Stored::new(&layout, &run, embeddings.nrows()).with_keys();
        for record in &records {
            stored.take(record)?;
        }
        let corrections = Corrections::read(&layout)?;
        let in_files = |(number, said): (usize, &Correction)| {
            number < before.statements || said.by == Correction::FOLDERS
        };
        let laid = corrections.all().iter().enumerate().map(in_files).collect();
        let mut session = Self {
            base: Labelling::stored(&before, &records, &stored),
            labelling: Labelling::default(),
            people: Vec::new(),
            of: Vec::new(),
            version: 0,
            files: Files::of(&layout),
            committed: corrections.len() == before.statements,
            layout,
            run,
            before,
            records,
            embeddings,
            stored,
            laid,
            corrections,
        };
        session.lay();
        Ok(session)
    }

    /// The folder's name.
    pub fn name(&self) -> &str {
        let root = &self.layout.root;
        root.file_name().and_then(|name| name.to_str()).unwrap_or("result")
    }

    /// Where its files are.
    pub fn layout(&self) -> &Layout {
        &self.layout
    }

    /// What was looked at, and how.
    pub fn run(&self) -> &RunInfo {
        &self.run
    }

    /// Grows with every change.
    pub fn version(&self) -> u64 {
        self.version
    }

    /// Everybody, the longest on screen first, the group of everybody else last; hidden people too.
    pub fn people(&self) -> &[Person] {
        self.people.split_last().map_or(&[], |(_, people)| people)
    }

    /// The unassigned faces.
    pub fn unsure(&self) -> Option<&Person> {
        self.people.last()
    }

    /// The person of that folder.
    pub fn person(&self, name: &str) -> Option<&Person> {
        self.people.iter().find(|person| person.name == name)
    }

    /// The same, for an action.
    pub(super) fn known(&self, name: &str) -> Result<&Person, ReviewError> {
        self.person(name).ok_or_else(|| ReviewError::NoPerson { name: name.to_owned() })
    }

    /// Whose a face is; `None` for one that is not there.
    pub fn person_of(&self, face: usize) -> Option<&Person> {
        self.people.get(*self.of.get(face)?)
    }

    /// The line of a face.
    pub fn face(&self, face: usize) -> Option<&FaceRecord> {
        self.records.get(face)
    }

    /// Whether a person said that it is no face.
    pub fn is_no_face(&self, face: usize) -> bool {
        let key = self.records.get(face).map(FaceKey::of);
        let said = key.and_then(|key| Some(self.corrections.of(&key)?.1.clone()));
        matches!(said, Some(Statement::NotAFace))
    }

    /// Number of faces.
    pub fn faces(&self) -> usize {
        self.records.len()
    }

    /// The index of a face.
    pub fn find(&self, key: &FaceKey) -> Option<usize> {
        self.stored.keys.get(key).copied()
    }

    /// What faces are called in statements.
    pub(super) fn keys(&self, faces: &[usize]) -> Result<Vec<FaceKey>, ReviewError> {
        let key = |face: &usize| {
            let record = self.records.get(*face).ok_or(ReviewError::NoFace { face: *face })?;
            Ok(FaceKey::of(record))
        };
        faces.iter().map(key).collect()
    }

    /// The tracks of a person, in the order of videos and time.
    pub fn tracks(&self, person: &Person) -> Vec<Track> {
        people::tracks(&person.faces, &self.records)
    }

    /// All faces of a frame.
    pub fn frame_faces(&self, video: &str, frame: u64) -> Vec<usize> {
        // Lines are in the order of inputs and frames.
        let order = |name: &str| self.run.input(name).map_or(usize::MAX, |(index, _)| index);
        let at = (order(video), frame);
        let key = |record: &FaceRecord| (order(&record.video), record.frame);
        let first = self.records.partition_point(|record| key(record) < at);
        let here = self.records.iter().enumerate().skip(first);
        here.take_while(|(_, record)| key(record) == at).map(|(face, _)| face).collect()
    }

    /// The faces of the same person before and after one.
    pub fn neighbours(&self, face: usize) -> (Option<usize>, Option<usize>) {
        let Some(faces) = self.person_of(face).map(|person| &person.faces) else {
            return (None, None);
        };
        let at = faces.partition_point(|other| *other < face);
        let before = at.checked_sub(1).and_then(|at| faces.get(at)).copied();
        (before, faces.get(at + 1).copied())
    }

    /// Whether folders and lines show everything that was said.
    pub fn is_committed(&self) -> bool {
        self.committed
    }

    /// Does what a person asks for; it is on disk when this returns.
    ///
    /// # Errors
    /// Somebody who is not there any more, no faces, a name that is none, a dataset that another process writes.
    pub fn say(&mut self, action: &Action) -> Result<Done, ReviewError> {
        self.catch_up()?;
        let (wanted, text) = self.understand(action)?;
        self.add(wanted, text)
    }

    /// Takes back what was said last; `None` where nothing is left.
    ///
    /// # Errors
    /// A dataset that another process writes.
    pub fn undo(&mut self) -> Result<Option<Done>, ReviewError> {
        self.catch_up()?;
        let history = History::read(&self.corrections);
        let Some(act) = history.undoable() else { return Ok(None) };
        let text = format!("taken back: {}", title(&self.corrections, act));
        self.add(undo(act), text).map(Some)
    }

    /// Says again what was taken back last; `None` where nothing was.
    ///
    /// # Errors
    /// A dataset that another process writes.
    pub fn redo(&mut self) -> Result<Option<Done>, ReviewError> {
        self.catch_up()?;
        let history = History::read(&self.corrections);
        let Some((act, by)) = history.redoable() else { return Ok(None) };
        let text = format!("again: {}", title(&self.corrections, act));
        self.add(undo(by), text).map(Some)
    }

    /// What [`undo`](Self::undo) would take back.
    pub fn undoable(&self) -> Option<String> {
        Some(title(&self.corrections, History::read(&self.corrections).undoable()?))
    }

    /// What [`redo`](Self::redo) would say again.
    pub fn redoable(&self) -> Option<String> {
        Some(title(&self.corrections, &History::read(&self.corrections).redoable()?.0))
    }

    /// Brings lines, folders, `groups.json` and the report to what was said, without grouping again.
    ///
    /// # Errors
    /// A dataset that another process writes, a folder that cannot be written; doing it again does all of it.
    pub fn commit(&mut self) -> Result<(), ReviewError> {
        {
            // What was done in the folders meanwhile is said first.
            let _lock = self.layout.lock_for_writing()?;
            edited::take(&self.layout, &self.run)?;
        }
        self.catch_up()?;
        if self.committed {
            return Ok(());
        }
        let said = Said::find(&self.corrections, &self.stored.keys);
        {
            let _lock = self.layout.lock_for_writing()?;
            let (run, labelling) = (self.run.clone(), self.labelling.clone());
            commit(&self.layout, run, &self.stored, labelling, &said, None)?;
        }
        self.records = Lines::open(&self.layout.lines())?.collect::<Result<_, _>>()?;
        self.files = Files::of(&self.layout);
        self.committed = true;
        self.version += 1;
        Ok(())
    }

    /// Describes the groups anew from the lines, also where nothing was said: after faces were taken out.
    ///
    /// # Errors
    /// Those of [`commit`](Self::commit).
    pub(crate) fn describe(&mut self) -> Result<(), ReviewError> {
        self.committed = false;
        self.commit()
    }

    /// Reads everything anew, as after another grouping.
    ///
    /// # Errors
    /// Those of [`open`](Self::open).
    pub fn reload(&mut self) -> Result<(), ReviewError> {
        let version = self.version;
        *self = Self::open(&self.layout.root)?;
        self.version = version + 1;
        Ok(())
    }

    /// Reads everything anew where another program changed the files; says whether one did.
    ///
    /// # Errors
    /// Those of [`open`](Self::open).
    pub fn catch_up(&mut self) -> Result<bool, ReviewError> {
        let changed = Files::of(&self.layout) != self.files;
        if changed {
            self.reload()?;
        }
        Ok(changed)
    }

    pub(super) fn add(&mut self, wanted: Vec<Wanted>, text: String) -> Result<Done, ReviewError> {
        let said: Vec<Correction> = wanted
            .into_iter()
            .enumerate()
            .map(|(index, (what, faces))| {
                let also = index > 0;
                Correction { also, ..Correction::now(Correction::REVIEW, what, faces) }
            })
            .collect();
        {
            let _lock = self.layout.lock_for_writing()?;
            append(&self.layout, &said)?;
        }
        let regroup = said.iter().any(|said| match said.what {
            Statement::Undo { statement } => self.is_laid(statement),
            _ => false,
        });
        self.corrections.extend(said);
        self.committed = false;
        self.files = Files::of(&self.layout);
        let before = std::mem::take(&mut self.people);
        self.lay();
        self.version += 1;
        let changed = self.changed(&before);
        Ok(Done { text, changed, version: self.version, regroup })
    }

    /// Whether the files follow a statement, or what it takes back, so that only grouping again undoes it.
    fn is_laid(&self, statement: usize) -> bool {
        let laid = self.laid.get(statement).copied().unwrap_or(false);
        let places = |number: usize| {
            self.corrections.all().get(number).is_some_and(|said| said.what.places())
        };
        match self.corrections.all().get(statement).map(|said| &said.what) {
            Some(Statement::Undo { statement }) => laid && places(*statement),
            _ => laid && places(statement),
        }
    }

    fn changed(&self, before: &[Person]) -> Vec<String> {
        let stamp = |people: &[Person]| -> std::collections::BTreeMap<String, u64> {
            people.iter().map(|person| (person.name.clone(), person.stamp)).collect()
        };
        let (old, new) = (stamp(before), stamp(&self.people));
        let mut changed: Vec<String> = new
            .iter()
            .filter(|(name, stamp)| old.get(*name) != Some(stamp))
            .map(|(n, _)| n.clone())
            .collect();
        changed.extend(old.into_keys().filter(|name| !new.contains_key(name)));
        changed
    }

    /// Lays what was said over what the files say.
    fn lay(&mut self) {
        let said = Said::find(&self.corrections, &self.stored.keys);
        let mut labelling = self.base.clone();
        lay(&said, &self.stored.faces, &mut labelling);
        let on_screen = self.stored.on_screen(&self.run, &labelling.grouping);
        let group_names =
            GroupNames::new(&labelling.grouping, labelling.names.clone(), &on_screen, true);
        // From now on what has a number keeps it.
        labelling.names.resize_with(labelling.grouping.groups.len(), Default::default);
        for (group, name) in labelling.names.iter_mut().enumerate() {
            name.folder = Some(group_names.folder(group).to_owned());
        }
        self.people =
            people::people(&self.stored, &self.run, &said, &labelling.grouping, &group_names);
        self.of = vec![self.people.len().saturating_sub(1); self.records.len()];
        for (index, person) in self.people.iter().enumerate() {
            for face in &person.faces {
                if let Some(of) = self.of.get_mut(*face) {
                    *of = index;
                }
            }
        }
        self.labelling = labelling;
    }
}

/// The statements that take an act back.
fn undo(act: &Act) -> Vec<Wanted> {
    act.numbers().map(|statement| (Statement::Undo { statement }, Vec::new())).collect()
}
