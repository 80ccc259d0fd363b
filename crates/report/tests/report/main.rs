// SPDX-License-Identifier: MIT OR Apache-2.0
//! Pages as they are written: of results, of pictures and of tables.

mod fixture;
mod gallery;
mod snapshots;
