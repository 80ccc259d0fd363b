// SPDX-License-Identifier: MIT OR Apache-2.0
//! One file a format: what the files of a dataset hold.

pub mod corrections;
pub mod crop_name;
pub mod duplicate;
pub mod evaluation;
pub mod groups;
pub mod lines;
pub mod npy;
pub mod record;
pub mod run;
pub mod segments;
pub mod settings;
