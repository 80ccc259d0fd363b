// SPDX-License-Identifier: MIT OR Apache-2.0
//! The jobs, one file or folder a subcommand.

pub mod compat;
pub mod completions;
pub mod demo;
pub mod doctor;
pub mod evaluate;
pub mod explain;
pub mod export;
pub mod find;
pub mod forget;
pub mod gallery;
pub mod group;
pub mod import;
pub mod library;
pub mod models;
pub mod refs;
pub mod report;
pub mod review;
pub mod run;
