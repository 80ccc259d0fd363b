// SPDX-License-Identifier: MIT OR Apache-2.0
//! Which of several decoders' pictures are left out: those of the one whose frames are sampled.

use std::sync::{Arc, Mutex};

use gst::prelude::*;

use super::probe::Skipper;
use crate::lock;

/// What stands before the decoders of a pipeline.
#[derive(Debug, Default)]
pub struct Skippers(Mutex<Vec<(gst::Element, Arc<Skipper>)>>);

impl Skippers {
    /// Remembers what stands before a decoder.
    pub fn add(&self, decoder: &gst::Element, skipper: Arc<Skipper>) {
        lock(&self.0).push((decoder.clone(), skipper));
    }

    /// Activates the one whose decoder's frames leave through `pad`, where that is certain.
    pub fn activate(&self, pad: &gst::Pad) {
        let Some(element) = source_of(pad) else {
            return;
        };
        for (decoder, skipper) in lock(&self.0).drain(..) {
            if decoder == element {
                skipper.activate();
            }
        }
    }
}

/// The element inside of all bins whose buffers leave through `pad`.
fn source_of(pad: &gst::Pad) -> Option<gst::Element> {
    let mut pad = pad.clone();
    while let Some(ghost) = pad.downcast_ref::<gst::GhostPad>() {
        pad = ghost.target()?;
    }
    pad.parent_element()
}
