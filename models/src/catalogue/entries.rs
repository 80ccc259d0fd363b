// SPDX-License-Identifier: MIT OR Apache-2.0
//! The catalogue's table. Every hash was taken from the file itself; embedders' thresholds were
//! measured on film and television clips with average linkage on tracks.

mod detectors;
mod embedders;
mod others;

use super::{Entry, Kind, Licence, Origin, Source, Style, Task, Thresholds};
use crate::convert::Conversion;

/// Every model, detectors first, defaults before others.
pub fn entries() -> &'static [Entry] {
    &ENTRIES
}

/// The model of that id, or the only one of the kind of that name: `scrfd` for `scrfd-2.5g`.
pub fn find(id: &str) -> Option<&'static Entry> {
    ENTRIES.iter().find(|entry| entry.id == id).or_else(|| {
        let kind: Kind = id.parse().ok()?;
        let mut of_kind = ENTRIES.iter().filter(|entry| entry.kind == kind);
        of_kind.next().filter(|_| of_kind.next().is_none())
    })
}

const MIT: Licence = Licence { name: "MIT", commercial: true, note: "stated in the repository" };

/// What an entry is before anything is said about it.
const PLAIN: Entry = Entry {
    id: "",
    task: Task::Other,
    kind: Kind::Other,
    style: Style::Live,
    default: false,
    about: "",
    source: Source {
        origin: Origin::Mirror { made_from: "" },
        file: "",
        sha256: "",
        size: 0,
        conversion: Conversion::None,
    },
    file: "",
    sha256: "",
    licence: MIT,
    flip: false,
    length: 1.0,
    thresholds: NONE,
    doubt: "",
};

/// Of what is made of other models.
const PARTS: Source = Source {
    origin: Origin::Parts(&[]),
    file: "",
    sha256: "",
    size: 0,
    conversion: Conversion::None,
};

const NONE: Thresholds = Thresholds {
    detect: 0.0,
    group: 0.0,
    same_pair: 0.0,
    name: 0.0,
    stranger_mean: 0.0,
    same_mean: 0.0,
};

static ENTRIES: [Entry; 20] = {
    let mut all = [PLAIN; 20];
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
