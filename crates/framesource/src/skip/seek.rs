// SPDX-License-Identifier: MIT OR Apache-2.0
//! Lets the demuxer read on elsewhere, while the decoder and all behind it see no more than that pictures
//! are missing.

use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use gst::prelude::*;

/// How long a demuxer may take to begin.
const PATIENCE: Duration = Duration::from_secs(10);

/// Seeks before one decoder.
#[derive(Debug, Default)]
pub struct Seeker {
    /// Who waits for the demuxer to begin.
    waiting: Mutex<Option<Sender<bool>>>,
    /// What the decoder knows of its stream's time, which stays as it is.
    segment: Mutex<Option<gst::Event>>,
}

impl Seeker {
    /// Has what is before `pad` read on at the key frame before this stream time, and waits until nothing of
    /// what came before it can arrive any more. `false` where it cannot.
    pub fn seek(&self, pad: &gst::Pad, time: gst::ClockTime) -> bool {
        let Some(decoder) = pad.parent_element() else {
            return false;
        };
        // Half a microsecond later, as a time that was rounded down is before its picture.
        let time = time + gst::ClockTime::from_nseconds(500);
        let flags = gst::SeekFlags::FLUSH | gst::SeekFlags::KEY_UNIT | gst::SeekFlags::SNAP_BEFORE;
        let event =
            gst::event::Seek::new(1.0, flags, gst::SeekType::Set, time, gst::SeekType::None, time);
        let (answer, answered): (_, Receiver<bool>) = channel();
        *self.waiting() = Some(answer.clone());
        let upstream = pad.clone();
        // This thread is the demuxer's, or holds it up.
        decoder.call_async(move |decoder| {
            if !upstream.push_event(event) && answer.send(false).is_err() {
                gst::element_error!(
                    decoder,
                    gst::ResourceError::Seek,
                    ("could not read on at {time}")
                );
            }
        });
        let begun = answered.recv_timeout(PATIENCE);
        *self.waiting() = None;
        if begun.is_err() {
            gst::element_error!(decoder, gst::ResourceError::Seek, ("nothing reads on at {time}"));
        }
        begun.unwrap_or(true)
    }

    /// Takes an event that a seek brings about; `true` where the decoder is not to see it.
    pub fn hides(&self, pad: &gst::Pad, event: &gst::EventRef) -> bool {
        match event.type_() {
            gst::EventType::FlushStart => {
                if let Some(waiting) = self.waiting().take() {
                    // Who gave up waiting has no ears any more.
                    let _ = waiting.send(true);
                }
            }
            gst::EventType::FlushStop => {
                // Flushing took it from the pad.
                if let Some(segment) = &*self.segment.lock().unwrap_or_else(PoisonError::into_inner)
                {
                    let _ = pad.store_sticky_event(segment);
                }
            }
            gst::EventType::Segment => (),
            _ => return false,
        }
        true
    }

    /// Remembers what the decoder was told of its stream's time.
    pub fn note(&self, segment: &gst::Event) {
        *self.segment.lock().unwrap_or_else(PoisonError::into_inner) = Some(segment.clone());
    }

    fn waiting(&self) -> std::sync::MutexGuard<'_, Option<Sender<bool>>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
