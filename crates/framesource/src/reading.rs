// SPDX-License-Identifier: MIT OR Apache-2.0
//! What comes out of the demuxer: whether anything does, and how far into the film it leads.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use gst::prelude::*;

/// Demuxers that measure a film's length by what they see of it, not by what it says of itself.
const MEASURING: [&str; 4] = ["tsdemux", "mpegpsdemux", "oggdemux", "rsflvdemux"];

/// What was read so far.
#[derive(Debug, Default)]
pub struct Reading {
    /// Packets of any stream.
    packets: AtomicU64,
    /// End of the latest packet of any stream, in nanoseconds of the stream.
    reached: AtomicU64,
    /// A demuxer is there whose length is that of the whole film.
    tells_length: AtomicBool,
}

impl Reading {
    /// Watches the demuxers of a pipeline.
    pub fn attach(self: &Arc<Self>, pipeline: &gst::Pipeline) {
        let reading = self.clone();
        pipeline.connect_deep_element_added(move |_, _, element| {
            let Some(factory) = element.factory() else { return };
            if !factory.metadata("klass").unwrap_or_default().contains("Demux") {
                return;
            }
            let measures = MEASURING.contains(&factory.name().as_str());
            reading.tells_length.fetch_or(!measures, Ordering::Relaxed);
            let reading = reading.clone();
            element.connect_pad_added(move |_, pad| reading.watch(pad));
        });
    }

    /// Packets so far.
    pub fn packets(&self) -> u64 {
        self.packets.load(Ordering::Relaxed)
    }

    /// How far into the film they lead, where that can be compared with its length.
    pub fn reached(&self) -> Option<gst::ClockTime> {
        let known = self.tells_length.load(Ordering::Relaxed);
        known.then(|| gst::ClockTime::from_nseconds(self.reached.load(Ordering::Relaxed)))
    }

    /// How far they lead, if that is too little for a film of this length.
    pub fn falls_short(&self, length: gst::ClockTime) -> Option<gst::ClockTime> {
        self.reached().filter(|reached| *reached + slack(length) < length)
    }

    fn watch(self: &Arc<Self>, pad: &gst::Pad) {
        let reading = self.clone();
        let segment = Mutex::new(gst::FormattedSegment::<gst::ClockTime>::new());
        let mask = gst::PadProbeType::BUFFER | gst::PadProbeType::EVENT_DOWNSTREAM;
        pad.add_probe(mask, move |_, info| {
            let mut segment = segment.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(gst::EventView::Segment(new)) = info.event().map(|event| event.view()) {
                if let Some(time) = new.segment().downcast_ref() {
                    *segment = time.clone();
                }
            } else if let Some(buffer) = info.buffer() {
                reading.packets.fetch_add(1, Ordering::Relaxed);
                let time = segment.to_stream_time(buffer.pts().or(buffer.dts()));
                if let Some(time) = time {
                    let end = time + buffer.duration().unwrap_or_default();
                    reading.reached.fetch_max(end.nseconds(), Ordering::Relaxed);
                }
            }
            gst::PadProbeReturn::Ok
        });
    }
}

/// What a film's length and its last packet may differ by: durations are rounded, last packets without one.
fn slack(length: gst::ClockTime) -> gst::ClockTime {
    let (least, most) = (gst::ClockTime::from_mseconds(200), gst::ClockTime::SECOND);
    (length / 10).clamp(least, most)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_film_may_be_a_little_shorter_than_it_says() {
        let reading = Reading::default();
        let ms = gst::ClockTime::from_mseconds;
        reading.reached.store(ms(1800).nseconds(), Ordering::Relaxed);
        assert_eq!(reading.falls_short(ms(4720)), None);
        reading.tells_length.store(true, Ordering::Relaxed);
        assert_eq!(reading.falls_short(ms(4720)), Some(ms(1800)));
        assert_eq!(reading.falls_short(ms(1960)), None);
        reading.reached.store(ms(7_199_100).nseconds(), Ordering::Relaxed);
        assert_eq!(reading.falls_short(ms(7_200_000)), None);
    }
}
