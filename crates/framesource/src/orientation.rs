// SPDX-License-Identifier: MIT OR Apache-2.0
//! Turning a film, whatever its file says of it.

use gst::prelude::*;

/// Gives a stream that runs through `pad` an orientation of its own.
pub fn turn(pad: &gst::Pad, orientation: &'static str) {
    let mut tags = gst::TagList::new();
    if let Some(tags) = tags.get_mut() {
        tags.add::<gst::tags::ImageOrientation>(&orientation, gst::TagMergeMode::Replace);
    }
    let reported = std::sync::atomic::AtomicBool::new(false);
    let mask = gst::PadProbeType::BUFFER | gst::PadProbeType::EVENT_DOWNSTREAM;
    pad.add_probe(mask, move |pad, info| {
        if let Some(gst::PadProbeData::Event(event)) = &mut info.data {
            let says_other = match event.view() {
                gst::EventView::Tag(tag) => {
                    tag.tag().get::<gst::tags::ImageOrientation>().map(|o| o.get() != orientation)
                }
                _ => None,
            };
            if says_other == Some(true) {
                *event = gst::event::Tag::new(tags.clone());
            }
        } else if !reported.swap(true, std::sync::atomic::Ordering::Relaxed) {
            pad.send_event(gst::event::Tag::new(tags.clone()));
        }
        gst::PadProbeReturn::Ok
    });
}
