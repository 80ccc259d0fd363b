// SPDX-License-Identifier: MIT OR Apache-2.0
//! The catalogue's table. Every hash was taken from the file itself; embedders' thresholds were
//! measured on film and television clips with average linkage on tracks.

mod detectors;
mod embedders;
mod others;

use super::{Entry, Kind, Level, Licence, Source, Style, Task, Thresholds, ensemble};

/// Every model, detectors first, defaults before others.
pub fn entries() -> &'static [Entry] {
    &ENTRIES
}

/// The model of that id, the ensemble of that name (`sface,face-reid-0095`), or the only model of the kind of
/// that name: `scrfd` for `scrfd-2.5g`.
pub fn find(id: &str) -> Option<&'static Entry> {
    ENTRIES.iter().find(|entry| entry.id == id).or_else(|| ensemble::find(id)).or_else(|| {
        let kind: Kind = id.parse().ok()?;
        let mut of_kind = ENTRIES.iter().filter(|entry| entry.kind == kind);
        of_kind.next().filter(|_| of_kind.next().is_none())
    })
}

const MIT: Licence = Licence { name: "MIT", commercial: true, note: "stated in the repository" };

/// What an entry is before anything is said about it.
pub(super) const PLAIN: Entry = Entry {
    id: "",
    task: Task::Other,
    kind: Kind::Other,
    style: Style::Live,
    default: false,
    about: "",
    source: Source::Parts(&[]),
    file: "",
    sha256: "",
    licence: MIT,
    flip: false,
    length: 1.0,
    thresholds: NONE,
    doubt: "",
};

const NONE: Thresholds = Thresholds {
    detect: 0.0,
    group: 0.0,
    same_pair: 0.0,
    name: 0.0,
    recognisable: 0.0,
    impostor: Level { mean: 0.0, spread: 0.0 },
    genuine: Level { mean: 0.0, spread: 0.0 },
};

static ENTRIES: [Entry; 22] = {
    let mut all = [PLAIN; 22];
    let mut count = 0;
    let parts: [&[Entry]; 3] = [&detectors::ENTRIES, &embedders::ENTRIES, &others::ENTRIES];
    let mut part = 0;
    while part < parts.len() {
        let mut index = 0;
        while index < parts[part].len() {
            all[count] = parts[part][index];
            count += 1;
            index += 1;
        }
        part += 1;
    }
    all
};
