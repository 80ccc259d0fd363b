// SPDX-License-Identifier: MIT OR Apache-2.0
//! Which frames come too late for downstream, by its QoS events.

/// Running time before which downstream has no use for a frame.
#[derive(Debug, Clone, Copy, Default)]
pub struct Lateness {
    earliest: Option<gst::ClockTime>,
}

impl Lateness {
    /// Takes in QoS events; others pass by.
    pub fn event(&mut self, event: &gst::EventRef) {
        if let gst::EventView::Qos(qos) = event.view() {
            let (_, _, jitter, timestamp) = qos.get();
            // As GStreamer's own decoders reckon it: late by the jitter, so catch up twice that.
            let late = u64::try_from(jitter).unwrap_or(0).saturating_mul(2);
            self.earliest =
                timestamp.map(|time| time.saturating_add(gst::ClockTime::from_nseconds(late)));
        }
    }

    /// After a flush or a seek nothing is late.
    pub fn forget(&mut self) {
        self.earliest = None;
    }

    /// Whether a frame of this running time comes too late; one without a time never does.
    pub fn is_late(&self, running_time: Option<gst::ClockTime>) -> bool {
        running_time.zip(self.earliest).is_some_and(|(due, earliest)| due < earliest)
    }
}
