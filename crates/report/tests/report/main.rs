// SPDX-License-Identifier: MIT OR Apache-2.0
//! Pages as they are written: of results, of pictures and of tables.

mod browser;
mod fixture;
mod gallery;
mod page;
mod snapshots;
