// SPDX-License-Identifier: MIT OR Apache-2.0
//! Where pictures leave the decoder: they are counted, chosen, and numbered; and where the film breaks off
//! before its end, that is held back until it is known whether it goes on behind the damage.

use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex};

use facemeta::FrameNumber;
use gst::prelude::*;

use super::Sampler;
use crate::lock;
use crate::sampling::{Choice, Chooser, Sampling};
use crate::skip;

/// Name of the message that an end was held back.
pub const ENDS_EARLY: &str = "facegroup-ends-early";

/// What stands behind one decoder.
struct Gate {
    sampler: Arc<Sampler>,
    chooser: Mutex<Chooser>,
    segment: Mutex<gst::FormattedSegment<gst::ClockTime>>,
    /// Stream time that is shown as zero.
    origin: gst::ClockTime,
    /// Time of the first picture and of the latest, and how many were counted.
    seen: Mutex<Option<(gst::ClockTime, gst::ClockTime)>>,
}

impl Sampler {
    /// Counts and chooses the pictures that leave through `pad`; the film begins at `origin`. An end that
    /// `is_early` is held back, and said on the bus.
    pub fn attach(
        self: &Arc<Self>,
        pad: &gst::Pad,
        sampling: Sampling,
        origin: gst::ClockTime,
        is_early: impl Fn() -> bool + Send + Sync + 'static,
    ) {
        self.has_video.store(true, Ordering::Relaxed);
        let gate = Gate {
            sampler: self.clone(),
            chooser: Mutex::new(Chooser::new(sampling)),
            segment: Mutex::new(gst::FormattedSegment::new()),
            origin,
            seen: Mutex::new(None),
        };
        let mask = gst::PadProbeType::BUFFER
            | gst::PadProbeType::EVENT_DOWNSTREAM
            | gst::PadProbeType::EVENT_FLUSH;
        pad.add_probe(mask, move |pad, info| match info.data {
            Some(gst::PadProbeData::Event(_)) => gate.event(pad, info, &is_early),
            Some(gst::PadProbeData::Buffer(_)) => gate.buffer(pad, info),
            _ => gst::PadProbeReturn::Ok,
        });
    }
}

impl Gate {
    fn event(
        &self,
        pad: &gst::Pad,
        info: &mut gst::PadProbeInfo,
        is_early: &impl Fn() -> bool,
    ) -> gst::PadProbeReturn {
        let Some(gst::PadProbeData::Event(event)) = &mut info.data else {
            return gst::PadProbeReturn::Ok;
        };
        let sampler = &self.sampler;
        if skip::is_draining(event) {
            return gst::PadProbeReturn::Handled;
        }
        let rejoining = sampler.rejoining.load(Ordering::Acquire);
        match event.view() {
            // What is behind here goes on as if nothing had happened.
            gst::EventView::FlushStart(_) | gst::EventView::FlushStop(_) if rejoining => {
                return gst::PadProbeReturn::Handled;
            }
            gst::EventView::Segment(new) => {
                let Some(time) = new.segment().downcast_ref::<gst::ClockTime>() else {
                    return gst::PadProbeReturn::Ok;
                };
                if rejoining {
                    return gst::PadProbeReturn::Handled;
                }
                let time = shifted(time, self.origin);
                let changed = gst::event::Segment::builder(&time).seqnum(event.seqnum());
                *event = changed.running_time_offset(event.running_time_offset()).build();
                *lock(&self.segment) = time;
            }
            gst::EventView::Eos(_) => {
                let over = sampler.over.load(Ordering::Relaxed);
                if over || sampler.stop.load(Ordering::Relaxed) || !is_early() {
                    return gst::PadProbeReturn::Ok;
                }
                let said = gst::Structure::new_empty(ENDS_EARLY);
                let element = pad.parent_element();
                let _ = element.map(|e| e.post_message(gst::message::Application::new(said)));
                return gst::PadProbeReturn::Handled;
            }
            _ => (),
        }
        gst::PadProbeReturn::Ok
    }

    fn buffer(&self, pad: &gst::Pad, info: &mut gst::PadProbeInfo) -> gst::PadProbeReturn {
        let sampler = &self.sampler;
        let Some(gst::PadProbeData::Buffer(buffer)) = &mut info.data else {
            return gst::PadProbeReturn::Ok;
        };
        let (time, running) = {
            let segment = lock(&self.segment);
            (segment.to_stream_time(buffer.pts()), segment.to_running_time(buffer.pts()))
        };
        if sampler.rejoining.load(Ordering::Acquire) && !self.rejoin(pad, time) {
            return gst::PadProbeReturn::Drop;
        }
        if let Some(time) = time {
            let mut seen = lock(&self.seen);
            let first = seen.map_or(time, |(first, _)| first);
            *seen = Some((first, time.max(seen.map_or(time, |(_, latest)| latest))));
        }
        if let Some(running) = running {
            sampler.note_lost(running);
        }
        let keyframe = buffer.pts().is_some_and(|pts| lock(&sampler.keyframes).remove(&pts));
        let mut choice = {
            let mut chooser = lock(&self.chooser);
            // The rule runs over what was not decoded, too: it counts pictures and times.
            for (running, time) in sampler.skipped_before(running) {
                sampler.choose(&mut chooser, Some(running), Some(time), false);
            }
            let choice = sampler.choose(&mut chooser, running, time, keyframe);
            sampler.taken.store(chooser.taken(), Ordering::Relaxed);
            choice
        };
        sampler.decoded.fetch_add(1, Ordering::Relaxed);
        if buffer.flags().contains(gst::BufferFlags::CORRUPTED) {
            sampler.damaged.fetch_add(1, Ordering::Relaxed);
        }
        if let Some(time) = time {
            sampler.position.store(time.nseconds(), Ordering::Relaxed);
        }
        if sampler.stop.load(Ordering::Relaxed) {
            choice = Choice::End;
        }
        match choice {
            Choice::Take(number) => {
                if sampler.sampled.fetch_add(1, Ordering::Relaxed) == 0 {
                    let begun = time.map_or(0, gst::ClockTime::nseconds);
                    sampler.begun.store(begun, Ordering::Relaxed);
                }
                // Only ever fails on a shared buffer, and this one was just made our own.
                let _ = FrameNumber(number).write(buffer.make_mut());
                gst::PadProbeReturn::Ok
            }
            Choice::Leave => gst::PadProbeReturn::Drop,
            Choice::End => {
                sampler.over.store(true, Ordering::Relaxed);
                info.flow_res = Err(gst::FlowError::Eos);
                gst::PadProbeReturn::Handled
            }
        }
    }

    /// Goes on behind damage, with the numbers that pictures there have by their times; `false` for what was
    /// seen before it.
    fn rejoin(&self, pad: &gst::Pad, time: Option<gst::ClockTime>) -> bool {
        let sampler = &self.sampler;
        let (Some(time), Some((first, latest))) = (time, *lock(&self.seen)) else { return false };
        if time <= latest {
            return false;
        }
        let mut chooser = lock(&self.chooser);
        let rate = pad.current_caps().and_then(|caps| {
            let rate = caps.structure(0)?.get::<gst::Fraction>("framerate").ok()?;
            (rate.numer() > 0).then(|| f64::from(rate.denom()) / f64::from(rate.numer()))
        });
        let counted = chooser.number().saturating_sub(1).max(1);
        let mean = (latest - first).nseconds() as f64 / 1e9 / counted as f64;
        let step = rate.unwrap_or(mean).max(1e-3);
        let missing = ((time - latest).nseconds() as f64 / 1e9 / step).round() as u64;
        let missing = missing.saturating_sub(1);
        chooser.pass_over(missing);
        sampler.missing.fetch_add(missing, Ordering::Relaxed);
        sampler.rejoining.store(false, Ordering::Release);
        lock(&sampler.awaited).clear();
        true
    }
}

/// The same segment with times that begin at `origin`.
pub fn shifted(
    segment: &gst::FormattedSegment<gst::ClockTime>,
    origin: gst::ClockTime,
) -> gst::FormattedSegment<gst::ClockTime> {
    let mut shifted = segment.clone();
    let time = segment.time().unwrap_or_default();
    let by = time.min(origin);
    shifted.set_time(time - by);
    // A time below zero cannot be said; a later start can.
    if let Some(start) = segment.start().filter(|_| by < origin) {
        shifted.set_start(start + (origin - by));
    }
    shifted
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn times_begin_at_the_origin() {
        gst::init().unwrap();
        let ms = gst::ClockTime::from_mseconds;
        let mut stream = gst::FormattedSegment::<gst::ClockTime>::new();
        stream.set_start(ms(780));
        stream.set_time(ms(780));
        assert_eq!(shifted(&stream, ms(780)).to_stream_time(ms(820)), Some(ms(40)));
        let plain = gst::FormattedSegment::<gst::ClockTime>::new();
        assert_eq!(shifted(&plain, ms(80)).to_stream_time(ms(120)), Some(ms(40)));
        assert_eq!(shifted(&stream, ms(0)).to_stream_time(ms(820)), Some(ms(820)));
    }
}
