// SPDX-License-Identifier: MIT OR Apache-2.0
//! What no run found: folders of pictures as a result, a face that a person drew a box around.

mod drawn;
mod face;
mod pictures;
mod source;

pub use drawn::Drawn;
pub use pictures::{Pictures, Progress};
pub use source::source;
