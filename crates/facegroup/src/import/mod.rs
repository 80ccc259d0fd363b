// SPDX-License-Identifier: MIT OR Apache-2.0
//! What was not made by a run as a result: folders of pictures.

mod pictures;

pub use pictures::{Pictures, Progress, around, shown};
