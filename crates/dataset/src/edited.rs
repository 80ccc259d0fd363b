// SPDX-License-Identifier: MIT OR Apache-2.0
//! The file manager as an editor: what a person did in `faces/` is read as what they want to say.
//!
//! | done | means |
//! |---|---|
//! | a group's folder has a new name | the person is called so |
//! | pictures lie in another group's folder | they belong to that group |
//! | pictures lie in a new folder | they are the person of that name |
//! | pictures lie in `unsure` | they are unassigned |
//! | a picture is gone | its face is not wanted |
//!
//! Faces of a track whose pictures all went the same way go with them.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fs;
use std::path::{Path, PathBuf};

use grouping::OTHER;

use crate::error::READ;
use crate::format::corrections::{Correction, Corrections, FaceKey, Statement, append};
use crate::format::lines::{self, Lines};
use crate::write::relocate;
use crate::{
    CropNames, DatasetError, FaceRecord, Groups, InputState, Layout, RunInfo, UNSURE, atomic,
    derived,
};
use imaging::extensions::{is_litter, is_picture};

/// Faces of a group that stand for it where others are said to belong to it.
const COMPANIONS: usize = 64;

/// Where a line's picture is to be found now.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Place {
    /// Where the line says, or it never had one.
    AsSaid,
    /// In this folder of `faces/`, at this path below the dataset.
    Moved(String, String),
    /// Nowhere.
    Gone,
}

/// What was done in `faces/` since the lines were written.
#[derive(Debug, Default)]
pub struct Edits {
    corrections: Vec<Correction>,
    /// By line: the group, and the picture.
    changed: HashMap<usize, (Option<String>, Option<String>)>,
    /// Old and new names of groups.
    renamed: BTreeMap<String, String>,
}

impl Edits {
    /// Looks for them.
    ///
    /// # Errors
    /// A folder that cannot be read, a damaged file.
    pub(super) fn find(layout: &Layout, run: &RunInfo) -> Result<Self, DatasetError> {
        if layout.moving().exists() {
            return Ok(Self::default());
        }
        Self::find_visiting(layout, run, |_| Ok(()))
    }

    /// Looks for them, and shows each record as it is.
    fn find_visiting(
        layout: &Layout,
        run: &RunInfo,
        mut visit: impl FnMut(&FaceRecord) -> Result<(), DatasetError>,
    ) -> Result<Self, DatasetError> {
        let names = CropNames::new(run)?;
        let mut listing = Listing::read(layout, &names)?;
        let corrections = Corrections::read(layout)?;
        let small = fs::metadata(layout.lines()).is_ok_and(|lines| lines.len() <= READ_AT_ONCE);
        let mut faces = Vec::new();
        let mut changed = false;
        let (mut pictured, mut gone) = (0usize, 0usize);
        for record in Lines::open(&layout.lines())? {
            let record = record?;
            let place = listing.place(layout, run, &names, &corrections, &record);
            pictured += usize::from(record.file.is_some());
            gone += usize::from(place == Place::Gone);
            changed |= place != Place::AsSaid;
            if small {
                faces.push(Seen::new(run, &record, place));
            }
            visit(&record)?;
        }
        listing.say_strange();
        if gone == pictured && gone > 0 {
            tracing::warn!(
                "none of the pictures in {} is there any more: taken for moved away, not for unwanted",
                layout.faces().display()
            );
            return Ok(Self::default());
        }
        if !changed {
            return Ok(Self::default());
        }
        if !small {
            // Most of the time nothing was done: then no face of a large result is held in memory.
            for record in Lines::open(&layout.lines())? {
                let record = record?;
                let place = listing.place(layout, run, &names, &corrections, &record);
                faces.push(Seen::new(run, &record, place));
            }
        }
        Ok(understand(&faces))
    }

    /// Whether nothing was done.
    pub(super) fn is_empty(&self) -> bool {
        self.corrections.is_empty() && self.changed.is_empty() && self.renamed.is_empty()
    }

    /// Changes the lines of a dataset in memory.
    pub fn apply(&self, faces: &mut [FaceRecord], groups: Option<&mut Groups>) {
        for (line, record) in faces.iter_mut().enumerate() {
            self.change(line, record);
        }
        if let Some(groups) = groups {
            self.rename(groups);
        }
    }

    fn change(&self, line: usize, record: &mut FaceRecord) {
        if let Some((group, file)) = self.changed.get(&line) {
            record.group.clone_from(group);
            record.file.clone_from(file);
        }
    }

    /// Writes down what was said, and changes lines and groups accordingly; shows each record as it is then.
    fn write(
        &self,
        layout: &Layout,
        mut visit: impl FnMut(&FaceRecord) -> Result<(), DatasetError>,
    ) -> Result<(), DatasetError> {
        // First what was said: told twice after a kill, it is the same.
        append(layout, &self.corrections)?;
        let records = Lines::open(&layout.lines())?.enumerate().map(|(line, record)| {
            let mut record = record?;
            self.change(line, &mut record);
            visit(&record)?;
            Ok(record)
        });
        lines::replace(&layout.lines(), records)?;
        if let Some(mut groups) = Groups::read(layout)?.filter(|_| !self.renamed.is_empty()) {
            self.rename(&mut groups);
            groups.write(layout)?;
        }
        Ok(())
    }

    fn rename(&self, groups: &mut Groups) {
        for group in &mut groups.groups {
            if let Some(name) = self.renamed.get(&group.name) {
                group.name.clone_from(name);
                group.person = Some(name.clone());
                for file in &mut group.best {
                    let picture = file.rsplit('/').next().unwrap_or(file).to_owned();
                    *file = format!("faces/{name}/{picture}");
                }
            }
        }
    }
}

/// Bytes of lines up to which what was done is understood as they are read, in one pass.
const READ_AT_ONCE: u64 = 128 << 20;

/// Brings lines and folders together as [`take`] does, but for pictures whose lines are to say another place at once,
/// and shows each record as it stands then to what `new` begins; read once where nothing was done in the folders.
///
/// # Errors
/// A folder that cannot be read or written, a damaged file, what `visit` says.
pub fn read<T>(
    layout: &Layout,
    run: &RunInfo,
    new: impl Fn() -> T,
    mut visit: impl FnMut(&mut T, &FaceRecord) -> Result<(), DatasetError>,
) -> Result<T, DatasetError> {
    if layout.moving().exists() {
        take(layout, run)?;
    }
    let mut seen = new();
    let edits = Edits::find_visiting(layout, run, |record| visit(&mut seen, record))?;
    if edits.corrections.is_empty() {
        return Ok(seen);
    }
    // Begun anew behind what was said: what `new` begins with may depend on that.
    let mut seen = None;
    edits.write(layout, |record| visit(seen.get_or_insert_with(&new), record))?;
    Ok(seen.unwrap_or_else(new))
}

/// Brings lines and folders together: after a kill the folders to the lines, else the lines to the folders,
/// with what that says written down as corrections.
///
/// # Errors
/// A folder that cannot be read or written, a damaged file.
pub fn take(layout: &Layout, run: &RunInfo) -> Result<(), DatasetError> {
    if layout.moving().exists() {
        relocate::relocate(layout)?;
        // A picture that was taken out before its line was told is nobody's word.
        let missing = |record: &FaceRecord| {
            record.file.as_ref().is_some_and(|file| !layout.root.join(file).exists())
        };
        lines::rewrite(&layout.lines(), |record| {
            if missing(record) {
                record.file = None;
            }
            true
        })?;
        return atomic::remove(&layout.moving());
    }
    let edits = Edits::find(layout, run)?;
    if !edits.corrections.is_empty() {
        edits.write(layout, |_| Ok(()))?;
    }
    // What was not understood goes back to where the lines have it.
    relocate::relocate(layout)
}

/// The pictures in `faces/`, by name.
struct Listing {
    /// Path below the dataset with `/` between parts, and the folder of `faces/` that it is in.
    found: HashMap<String, (String, Option<String>)>,
    /// Pictures that are none of this dataset's, or lie there twice.
    strange: Vec<PathBuf>,
}

impl Listing {
    fn read(layout: &Layout, names: &CropNames) -> Result<Self, DatasetError> {
        let mut listing = Self { found: HashMap::new(), strange: Vec::new() };
        listing.visit(layout, names, &layout.faces(), None, "faces")?;
        Ok(listing)
    }

    fn visit(
        &mut self,
        layout: &Layout,
        names: &CropNames,
        folder: &Path,
        top: Option<&str>,
        path: &str,
    ) -> Result<(), DatasetError> {
        let failed = |e| DatasetError::io(READ, folder, e);
        let entries = match fs::read_dir(folder) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
            entries => entries.map_err(failed)?,
        };
        for entry in entries {
            let entry = entry.map_err(failed)?;
            let kind = entry.file_type().map_err(failed)?;
            let name = entry.file_name();
            if is_litter(&name) {
                continue;
            }
            let Some(name) = name.to_str() else {
                if kind.is_dir() {
                    self.strange.push(entry.path());
                }
                continue;
            };
            let below = format!("{path}/{name}");
            if kind.is_dir() {
                // Copies of k-means lie there.
                if top.is_some() || !derived::is_ours(name) {
                    self.visit(layout, names, &entry.path(), Some(top.unwrap_or(name)), &below)?;
                }
            } else if names.parse(name).is_some() {
                self.add(layout, name, below, top);
            } else if is_picture(name) {
                self.strange.push(entry.path());
            }
        }
        Ok(())
    }

    fn add(&mut self, layout: &Layout, name: &str, path: String, top: Option<&str>) {
        let place = (path, top.map(str::to_owned));
        if let Some((other, _)) = self.found.insert(name.to_owned(), place) {
            self.strange.push(layout.root.join(other));
        }
    }

    fn say_strange(&mut self) {
        for path in self.strange.drain(..) {
            tracing::warn!(
                "{} is no picture of this result, or lies there twice: it says nothing and is left alone",
                path.display()
            );
        }
    }

    fn place(
        &self,
        layout: &Layout,
        run: &RunInfo,
        names: &CropNames,
        corrections: &Corrections,
        record: &FaceRecord,
    ) -> Place {
        let Some((index, input)) = run.input(&record.video) else { return Place::AsSaid };
        // Is to be looked at again, whatever there is of it.
        if input.state != InputState::Complete && record.frame >= input.next_frame {
            return Place::AsSaid;
        }
        let key = FaceKey::of(record);
        let (name, said) = match &record.file {
            Some(file) if layout.root.join(file).exists() => return Place::AsSaid,
            Some(file) => (file.rsplit('/').next().unwrap_or(file).to_owned(), true),
            // Fetched back from where it was thrown away.
            None if corrections.hides(&key) => {
                (names.name(index, record.frame, record.face), false)
            }
            None => return Place::AsSaid,
        };
        match self.found.get(&name) {
            Some((path, Some(folder))) => Place::Moved(folder.clone(), path.clone()),
            // Straight in faces/: no person's place. It goes back.
            Some((_, None)) => Place::AsSaid,
            None if said => Place::Gone,
            None => Place::AsSaid,
        }
    }
}

/// A line, as far as corrections are about it.
struct Seen {
    key: FaceKey,
    group: Option<String>,
    file: Option<String>,
    track: Option<(usize, u64)>,
    place: Place,
}

impl Seen {
    fn new(run: &RunInfo, record: &FaceRecord, place: Place) -> Self {
        let video = run.input(&record.video).map_or(usize::MAX, |(index, _)| index);
        Self {
            key: FaceKey::of(record),
            track: record.track.map(|track| (video, track)),
            group: record.group.clone(),
            file: record.file.clone(),
            place,
        }
    }

    fn is_pictured(&self) -> bool {
        self.file.is_some() || self.place != Place::AsSaid
    }
}

/// Where a group's or a track's pictures went.
fn ways<'s, K: Ord>(
    faces: &'s [Seen],
    of: impl Fn(&'s Seen) -> Option<K>,
) -> BTreeMap<K, BTreeSet<Option<&'s str>>> {
    let mut ways: BTreeMap<K, BTreeSet<Option<&str>>> = BTreeMap::new();
    for face in faces.iter().filter(|face| face.is_pictured()) {
        let Some(key) = of(face) else { continue };
        ways.entry(key).or_default().insert(match &face.place {
            Place::AsSaid => None,
            Place::Moved(folder, _) => Some(folder),
            Place::Gone => Some(""),
        });
    }
    ways
}

fn understand(faces: &[Seen]) -> Edits {
    let groups: BTreeSet<&str> = faces.iter().filter_map(|face| face.group.as_deref()).collect();
    let of_tracks = ways(faces, |face| Some((face.track?, face.group.as_deref())));
    let of_groups = ways(faces, |face| face.group.as_deref());
    let mut edits = Edits::default();
    for (group, ways) in &of_groups {
        // Thrown away is not gone elsewhere.
        let mut ways = ways.iter().filter(|way| **way != Some(""));
        if let (Some(Some(name)), None) = (ways.next(), ways.next())
            && *group != UNSURE
            && !groups.contains(name)
        {
            edits.renamed.insert((*group).to_owned(), (*name).to_owned());
        }
    }
    let mut statements: BTreeMap<(Kind, &str), Vec<FaceKey>> = BTreeMap::new();
    for (line, face) in faces.iter().enumerate() {
        let renamed = face.group.as_deref().and_then(|group| edits.renamed.get(group));
        let of_track = || {
            let ways = of_tracks.get(&(face.track?, face.group.as_deref()))?;
            let mut ways = ways.iter();
            ways.next().copied().flatten().filter(|_| ways.next().is_none())
        };
        let (way, file) = match &face.place {
            Place::Moved(folder, path) => (Some(folder.as_str()), Some(path.clone())),
            Place::Gone => (Some(""), None),
            Place::AsSaid if face.file.is_some() => (None, face.file.clone()),
            // Without a picture of its own.
            Place::AsSaid => (renamed.map(String::as_str).or_else(of_track), None),
        };
        let Some(way) = way else { continue };
        let (kind, group) = match way {
            "" => (Kind::Hide, UNSURE),
            UNSURE => (Kind::Unsure, UNSURE),
            name if name != OTHER && name.parse::<u64>().is_ok() && groups.contains(name) => {
                (Kind::Same, name)
            }
            name => (Kind::Name, name),
        };
        statements.entry((kind, group)).or_default().push(face.key.clone());
        edits.changed.insert(line, (Some(group.to_owned()), file));
    }
    for ((kind, group), keys) in statements {
        let what = match kind {
            Kind::Name => Statement::Name { name: group.to_owned() },
            Kind::Same => Statement::Same { with: companions(faces, group) },
            Kind::Unsure => Statement::Unsure,
            Kind::Hide => Statement::Hide,
        };
        tracing::info!("{} faces: {what:?}", keys.len());
        edits.corrections.push(Correction::by_folders(what, keys));
    }
    edits
}

/// The kinds of [`Statement`], in the order in which they are written.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Name,
    Same,
    Unsure,
    Hide,
}

/// Faces that stayed in a group, spread over it.
fn companions(faces: &[Seen], group: &str) -> Vec<FaceKey> {
    let stayed: Vec<&Seen> = faces
        .iter()
        .filter(|face| face.place == Place::AsSaid && face.group.as_deref() == Some(group))
        .collect();
    let step = stayed.len().div_ceil(COMPANIONS).max(1);
    stayed.iter().step_by(step).map(|face| face.key.clone()).collect()
}
