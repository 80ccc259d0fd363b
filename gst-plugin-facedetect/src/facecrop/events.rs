// SPDX-License-Identifier: MIT OR Apache-2.0
//! What passes the pads of facecrop besides frames: its crops have caps, a segment and an upright picture
//! of their own.
// Only on locks.
#![allow(clippy::unwrap_used)]

use gst::prelude::*;
use gst::subclass::prelude::*;

use super::imp::FaceCrop;

impl FaceCrop {
    pub(super) fn sink_event(&self, pad: &gst::Pad, event: gst::Event) -> bool {
        let mut state = self.state.lock().unwrap();
        state.stream.event(&event);
        match event.view() {
            // Ours describe the crops.
            gst::EventView::Caps(_) => return true,
            gst::EventView::Segment(_) if state.announced.is_none() => {
                state.segment = Some(event);
                return true;
            }
            gst::EventView::StreamStart(_) => state.announced = None,
            // It belongs to what was flushed.
            gst::EventView::FlushStop(_) => state.segment = None,
            gst::EventView::Eos(_) if state.segment.is_some() => {
                drop(state);
                self.announce(self.likely_size());
                return gst::Pad::event_default(pad, Some(&*self.obj()), event);
            }
            _ => (),
        }
        drop(state);
        // The crops are upright whatever the frames were: the tag must not turn them again.
        if let Some(event) = upright(event) {
            return gst::Pad::event_default(pad, Some(&*self.obj()), event);
        }
        true
    }

    pub(super) fn src_query(&self, pad: &gst::Pad, query: &mut gst::QueryRef) -> bool {
        let answered = gst::Pad::query_default(pad, Some(&*self.obj()), query);
        if let (true, gst::QueryViewMut::Latency(latency)) = (answered, query.view_mut()) {
            self.state.lock().unwrap().processing.answer(latency);
        }
        answered
    }

    pub(super) fn sink_query(&self, pad: &gst::Pad, query: &mut gst::QueryRef) -> bool {
        match query.view_mut() {
            // Downstream wants crops, so its wishes say nothing about frames.
            gst::QueryViewMut::Caps(caps) => {
                let mut supported = pad.pad_template_caps();
                if let Some(filter) = caps.filter_owned() {
                    supported =
                        filter.intersect_with_mode(&supported, gst::CapsIntersectMode::First);
                }
                caps.set_result(&supported);
                true
            }
            gst::QueryViewMut::AcceptCaps(accept) => {
                let accepted = accept.caps().can_intersect(&pad.pad_template_caps());
                accept.set_result(accepted);
                true
            }
            gst::QueryViewMut::Allocation(allocation) => {
                allocation.add_allocation_meta::<gst_video::VideoMeta>(None);
                true
            }
            _ => gst::Pad::query_default(pad, Some(&*self.obj()), query),
        }
    }
}

/// Takes the orientation out of tags.
fn upright(event: gst::Event) -> Option<gst::Event> {
    let gst::EventView::Tag(tag) = event.view() else {
        return Some(event);
    };
    if tag.tag().index::<gst::tags::ImageOrientation>(0).is_none() {
        return Some(event);
    }
    let mut tags = tag.tag_owned();
    tags.make_mut().remove::<gst::tags::ImageOrientation>();
    (tags.n_tags() > 0).then(|| gst::event::Tag::builder(tags).seqnum(event.seqnum()).build())
}
