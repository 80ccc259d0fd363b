// SPDX-License-Identifier: MIT OR Apache-2.0
//! `facesink` (also `rsfacesink`): writes faces to a folder, and at the end files them by person.
//!
//! Takes the crops of `facecrop`, with or without embeddings, and writes the dataset described in
//! `dataset`. At EOS the faces are grouped, the pictures moved into one folder per
//! person and `report.html` written, before the EOS message is posted. A pipeline that is stopped
//! earlier (`gst-launch-1.0` without `-e` by Ctrl-C) has what came grouped on the way to READY. That
//! waits ten seconds at most: what takes longer goes on behind a warning, and where the program ends
//! before it, the dataset is readable and `facegroup group` groups it.
//!
//! ```text
//! gst-launch-1.0 filesrc location=a.mp4 ! decodebin ! video/x-raw ! facedetect ! facecrop ! faceembed ! facesink location=out
//! ```
//!
//! With `refs=people/`, a folder of pictures for each known person, the folders at the end bear their names,
//! and everybody else goes where `others` says; the pictures are looked at with the model that the faces were
//! described by.
//!
//! # Bus messages
//! Before EOS an element message named as the element's factory with `-summary` behind it:
//! `location` (string), `faces`, `people`, `unsure` (uint64), `report` (string). In Rust a
//! [`SummaryMessage`].
//!
//! # Action signal
//! `group-now` groups what came so far while the stream goes on: it returns at once, `true` if
//! there is something to group, and the message above follows when it is done. The people of `refs` are named
//! then too; their pictures are looked at the first time. For streams that never end:
//!
//! ```c
//! gboolean begun;
//! g_signal_emit_by_name (sink, "group-now", &begun);
//! ```
//!
//! # Seeks and several streams
//! Frames that come again after a seek back are not written again. A stream behind another one (of
//! `concat`, say) goes on where that ended: frames, tracks and shots are counted on.

use std::sync::{Arc, Mutex};

use dataset::Dataset;
use glib::prelude::*;
use glib::subclass::prelude::*;
use gst::glib;

mod algorithm;
mod finish;
mod group_now;
mod identification;
mod imp;
mod message;
mod numbering;
mod properties;
mod queue;
mod record;
mod retention;
mod upstream;
mod writer;

pub use message::SummaryMessage;
pub use properties::{CropFormat, Mode};

/// A dataset that several sinks write, one after another or at once.
pub type SharedDataset = Arc<Mutex<Dataset>>;

glib::wrapper! {
    /// The element; see the [module](self).
    pub struct FaceSink(ObjectSubclass<imp::FaceSink>)
        @extends gst_base::BaseSink, gst::Element, gst::Object;
}

glib::wrapper! {
    /// The same element under its plain name.
    pub struct PlainFaceSink(ObjectSubclass<imp::PlainFaceSink>)
        @extends FaceSink, gst_base::BaseSink, gst::Element, gst::Object;
}

impl FaceSink {
    /// A sink that no name registers: the launcher puts it into its pipelines itself.
    #[allow(clippy::new_without_default)]
    pub fn new() -> Self {
        glib::Object::new()
    }

    /// Writes into a dataset that the application has opened, instead of opening `location`; the
    /// application also finishes and groups it. `video` must be one of its inputs. To be called
    /// before the element starts.
    pub fn set_dataset(&self, dataset: SharedDataset, video: &str) {
        self.imp().share(dataset, video);
    }

    /// The action signal `group-now`: groups and names what came so far while the stream goes on. Returns at
    /// once; `false` where nothing came yet, or where the dataset is the application's.
    pub fn group_now(&self) -> bool {
        self.imp().group_now()
    }
}

pub(crate) fn register(plugin: &gst::Plugin) -> Result<(), glib::BoolError> {
    let rank = gst::Rank::NONE;
    gst::Element::register(Some(plugin), "rsfacesink", rank, FaceSink::static_type())?;
    if gst_frameview::owns_plain_name(plugin, "facesink") {
        gst::Element::register(Some(plugin), "facesink", rank, PlainFaceSink::static_type())?;
    }
    Ok(())
}
