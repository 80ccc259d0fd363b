// SPDX-License-Identifier: MIT OR Apache-2.0
//! `facedetect` (also `rsfacedetect`): finds the faces on video frames.
//!
//! Frames pass through untouched; the faces travel with them as metas (crate `facemeta`). A frame
//! that was processed carries a list, be it empty; a frame between two inferences carries none.
//! Pixels are read straight from the planes, turned upright by the stream's orientation tag and
//! made square by its pixel aspect ratio, so no `videoconvert`, `videoflip` or `videoscale` is
//! wanted in front.
//!
//! ```text
//! gst-launch-1.0 filesrc location=a.mp4 ! decodebin ! video/x-raw ! facedetect ! facecrop ! faceembed ! facesink location=out
//! ```
//!
//! # Bus messages
//! With `post-messages=on-change` (the number of faces changed) or `every-frame`, an element
//! message named as the element's factory: `timestamp`, `stream-time`, `running-time`,
//! `duration` (clock times), `stream-id` (string), `frame` (uint64), `faces` (array of structures
//! `face` with `x`, `y`, `width`, `height` in pixels of the stored frame and `confidence`). In Rust
//! a [`FacesMessage`].
//!
//! # Times
//! GStreamer's properties have no units: times are in nanoseconds, and 0.2 s is `interval=200000000`.
//!
//! # Batches
//! With `batch-size` above 1 frames wait until so many are to be processed, go through the network
//! together, and leave in the order they came, those in between in their places. What waits is processed and
//! sent on in front of every event and of queries for frames (drain, allocation), so that the end of the
//! stream, a change of caps and a gap lose nothing; a flush drops it. Latency queries count the wait as
//! far as the frame rate in the caps tells it, and upstream is asked for so many more buffers. A model that
//! takes one frame at a time (its file says so, or it is several networks) is an error at the start.
//!
//! With `rejects` what fails a test (confidence, size, border) is attached too, apart from the faces, as
//! `facemeta::Rejects`.
//!
//! # In a pipeline
//! Frames may lie in the memory of a device (CUDA, VA, DMABuf with linear rows, VASurface, OpenGL): they
//! stay there, and are mapped for reading only where they are processed. One that cannot be mapped is an
//! error that names the memory and the element that downloads it.
//!
//! Work is done in the streaming thread. The time it takes is measured and added to what latency queries
//! answer; a live pipeline is told (latency message) when it changes. With `qos=true` frames that downstream
//! calls late pass without inference; no frame is ever dropped.
//!
//! `GST_DEBUG=facedetect:6` tells of each frame what was found and how long it took, or why it passed.
//!
//! With `first-look` below 1 (by default, with networks of the kind `centerface`) a coarse pass sees
//! all of a frame; only what might be a face there is refined at the scale of `input-size`, in a tile. Where there
//! are many, all of the frame is. The default shows faces of 40 pixels of the frame with 10: a pass at 320
//! pixels for 720p, at 480 for 1080p, and from 4K on all of the frame is refined.
//!
//! With `search-interval` the whole frame is searched that often only; looks between see the surroundings
//! of the faces known, at a fraction of the work. A face that is not found again, or another scene, has the
//! whole frame searched at once; somebody who comes into a scene is found at the next search.
//!
//! With `search-ahead` too, the frames between two searches wait for the later one, and are looked at around
//! the faces of both: who comes or leaves meanwhile is found on each. A known face that is not found, or a
//! frame that has changed by more than people move, has the whole frame searched. At most 7 frames wait; as
//! with batches, latency queries count the wait, upstream is asked for the buffers, what waits goes in front
//! of every event and drain, and a flush drops it.
//!
//! With `any-angle` a frame is looked at in four turns, and faces that lie on their side or stand on their head are
//! found too; their boxes and landmarks are those of the frame as it is. With `confirm-model` a second detector looks
//! at what surrounds each face, and what it does not see is none.
//!
//! Sessions are shared: however many elements run a model on a device, it is loaded once.

use glib::prelude::*;
use gst::glib;

mod batch;
mod detect;
mod detectors;
mod filter;
mod imp;
mod message;
mod properties;
mod region;
mod schedule;
mod state;

pub use message::{FacesMessage, FoundFace};
pub use properties::{PostMessages, Settings};
pub use region::Region;

glib::wrapper! {
    /// The element; see the [module](self).
    pub struct FaceDetect(ObjectSubclass<imp::FaceDetect>)
        @extends gst_base::BaseTransform, gst::Element, gst::Object;
}

glib::wrapper! {
    /// The same element under its plain name.
    pub struct PlainFaceDetect(ObjectSubclass<imp::PlainFaceDetect>)
        @extends FaceDetect, gst_base::BaseTransform, gst::Element, gst::Object;
}

pub(crate) fn register(plugin: &gst::Plugin) -> Result<(), glib::BoolError> {
    gst::Element::register(
        Some(plugin),
        "rsfacedetect",
        gst::Rank::NONE,
        FaceDetect::static_type(),
    )?;
    if gst_frameview::owns_plain_name(plugin, "facedetect") {
        gst::Element::register(
            Some(plugin),
            "facedetect",
            gst::Rank::NONE,
            PlainFaceDetect::static_type(),
        )?;
    }
    Ok(())
}
