// SPDX-License-Identifier: MIT OR Apache-2.0
//! What the page cannot do by itself: decode films, run networks, group with the options of a command line.

use std::path::Path;

use facegroup::import::Drawn;
use image::RgbImage;

/// Groups the dataset in this folder again.
pub type GroupAgain = dyn Fn(&Path) -> anyhow::Result<()> + Send + Sync;
/// Decodes a frame of a film: its path, the frame's number from 0, its time in seconds.
pub type Frame = dyn Fn(&Path, u64, f64) -> anyhow::Result<RgbImage> + Send + Sync;
/// Adds a face that a person drew to the dataset in this folder.
pub type AddFace = dyn Fn(&Path, &Drawn<'_>) -> anyhow::Result<()> + Send + Sync;

/// What the caller does for the page; each may take seconds and is called off the server's threads.
pub struct Hooks {
    /// Groups again, with what was said so far.
    pub group_again: Box<GroupAgain>,
    /// Decodes one frame in display orientation.
    pub frame: Box<Frame>,
    /// Describes a face that detection missed, and adds it to the dataset.
    pub add_face: Box<AddFace>,
}

impl std::fmt::Debug for Hooks {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Hooks").finish_non_exhaustive()
    }
}
