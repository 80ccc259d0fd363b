// SPDX-License-Identifier: MIT OR Apache-2.0
//! A library on disk: many datasets, the people that run through them, and an index over their templates.
//!
//! ```text
//! lib/library.json     which embedder the vectors are of, which store holds
//! lib/store-1/         an LMDB environment: everything else, changed by transactions only
//! lib/.lock            locked by the kernel while a process writes here
//! ```
//!
//! The store holds records ([`DatasetRecord`], [`PersonRecord`], [`TemplateRecord`]), the vectors of templates in blocks
//! that are read where they lie ([`Block`]), and above some number of them a graph of nearest neighbours. Numbers of
//! datasets, people and templates are given once and never again.
//!
//! # What holds after a kill
//! What a transaction wrote is there as a whole or not at all. A store is replaced as a whole by
//! [`Library::rewrite`]: the new one is complete and flushed before `library.json` names it, and only then the old one
//! goes; what neither is, is removed by the next writer.
//!
//! LMDB works on file systems of this machine; a library does not belong on a network share.

mod blocks;
mod error;
mod graph;
mod info;
mod open;
mod records;
mod rewrite;
mod tables;

pub use blocks::{BLOCK, Block, Owner};
pub use error::LibraryError;
pub use graph::{EXACT_UP_TO, Searcher};
pub use info::{Embeddings, LibraryInfo};
pub use open::{Library, is_library};
pub use records::{
    DatasetRecord, ErasedTrack, Erasure, Evidence, Member, PersonRecord, Source, TemplateRecord,
    VideoRecord,
};
pub use tables::{Reading, View, Writing};
