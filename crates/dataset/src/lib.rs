// SPDX-License-Identifier: MIT OR Apache-2.0
//! The dataset on disk: the product's real interface.
//!
//! ```text
//! out/faces/<group>/[prefix][KK_]FFFFFF_I.jpg   pictures; straight in faces/ until they are grouped
//! out/faces/log_clustering.csv, G<k>/<label>/   what k-means tried; only after it, see [`derived`]
//! out/faces/log_classification.csv              distances to enrolled identities; only after identification
//! out/faces.jsonl                               one face a line, append-only while a run writes; at its end
//!                                               in the order of inputs, frames and faces
//! out/embeddings.npy                            float32 rows, valid after every row
//! out/run.json, groups.json, report.html        replaced whole, by write-then-rename
//! out/references.npz                            vectors of enrolled identities, made of their pictures
//! out/evaluation.json                           how good the groups are, once evaluated; gone when they change
//! out/corrections.jsonl                         what a person said, see [`format::corrections`]; only ever added to
//! out/intermediate/                             what was not kept, and logs; only when asked for
//! out/.moving                                   there while pictures move to where their lines say they are
//! out/.lock                                     locked by the kernel while a process writes here
//! ```
//!
//! # What holds after a kill
//! A face is written in the order picture, embedding row, line, so a line never names something that
//! is not there. When a dataset is opened for writing again, [`write`] drops a torn last line,
//! goes back to the first frame that may be incomplete, and removes what was written from there on. Inputs
//! may be written at once: their lines come as they are found, and its end sorts them when all is done, in steps
//! after each of which every line names its own row.
//!
//! # What holds after a power cut
//! `faces.jsonl` and `embeddings.npy` are flushed to the device before `run.json` says that the frames
//! before some frame are done (every ten seconds and at the end of an input), and `run.json` itself is
//! flushed before it is renamed. Pictures are not flushed one by one: those of about the last half minute
//! may be lost; empty ones are found when the run is resumed, and made again.

pub mod atomic;
pub mod derived;
pub mod edited;
mod error;
pub mod format;
mod intermediate;
#[doc(hidden)]
pub mod interrupt;
mod layout;
pub mod library;
mod read;
pub mod write;

pub use error::{DatasetError, READ, Remedy};
pub use format::crop_name::CropNames;
pub use format::duplicate::{By, Duplicate};
pub use format::groups::{Cut, GroupSummary, Groups, Histograms, Outlier, Suggestion};
pub use format::record::FaceRecord;
pub use format::run::{InputInfo, InputState, ModelInfo, RunInfo};
pub use format::segments::Segment;
pub use format::settings::{CropSettings, RunSettings, TrackSettings};
pub use grouping::{OTHER, UNSURE};
pub use imaging::CropFormat;
pub use imaging::extensions::{is_litter, is_picture, path_text};
pub use intermediate::{Folder, Intermediate, Log, LogFile};
pub use layout::{Layout, is_result};
pub use read::Loaded;
pub use write::describe::Description;
pub use write::open::{Resume, ResumeInput};
pub use write::retention::Retention;
pub use write::writer::Dataset;
