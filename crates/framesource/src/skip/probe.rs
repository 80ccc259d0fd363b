// SPDX-License-Identifier: MIT OR Apache-2.0
//! Holds coded pictures back before the decoder and feeds those that are planned.

use std::ops::Range;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, LazyLock, Mutex};

use gst::prelude::*;

use super::caps;
use super::mp4_index::Index;
use super::plan::{Boundary, CodedPicture, Order, Plan, Planner};
use super::seek::Seeker;
use super::seek_planner::{Arrival, SeekPlanner};
use super::state::{Held, State};
use crate::codec::coded::{Coded, Entry, Shown};
use crate::codec::parser::Recoder;
use crate::lock;
use crate::sampler::{Sampler, shifted};
use crate::sampling::{Chooser, Pace, Sampling};

/// Marks the events that drain the decoder: nobody behind it needs to see them.
static DRAINING: LazyLock<gst::Seqnum> = LazyLock::new(gst::Seqnum::next);

/// Whether an event only served to drain a decoder.
pub fn is_draining(event: &gst::EventRef) -> bool {
    event.type_() == gst::EventType::SegmentDone && event.seqnum() == *DRAINING
}

/// What stands before one decoder.
#[derive(Debug)]
pub struct Skipper {
    state: Mutex<State>,
    seeker: Seeker,
    sampler: Arc<Sampler>,
    /// The decoder is being fed by this very probe.
    feeding: AtomicBool,
    /// Nothing is left out before the decoder's frames are known to be those that are sampled.
    active: AtomicBool,
    /// Coded pictures that went by before.
    fed: AtomicU64,
    one_each: AtomicBool,
    keyframes_only: bool,
    /// Stream time that is shown as zero.
    origin: gst::ClockTime,
    /// References are left out before pictures of [`Entry::Open`], too.
    begins_anywhere: bool,
}

/// What to do for a picture that came.
#[derive(Debug)]
struct Step {
    plan: Plan<Held>,
    /// Stream time to read on at.
    seek: Option<gst::ClockTime>,
}

/// What follows a seek is not where it was to lead, twice.
#[derive(Debug)]
struct Lost;

impl Skipper {
    /// Stands before the decoder whose sink pad this is. With `decode_all`, it only counts and moves samples.
    /// With an `index` of the file, it has it read on where something is wanted.
    pub fn attach(
        pad: &gst::Pad,
        sampler: &Arc<Sampler>,
        sampling: Sampling,
        origin: gst::ClockTime,
        decode_all: bool,
        index: Option<Arc<Index>>,
    ) -> Arc<Self> {
        let mut planner = Planner::new(Chooser::new(sampling), sampling.tolerance);
        if sampling.is_everything() || decode_all && sampling.tolerance.is_zero() {
            planner.flush();
        } else if decode_all {
            planner.feed_everything();
        }
        let segment = gst::FormattedSegment::new();
        let state = State {
            planner,
            parser: None,
            recoder: Recoder::default(),
            segment,
            seek_planner: index.map(SeekPlanner::new),
            before_seek: None,
            begun: false,
        };
        let skipper = Arc::new(Self {
            state: Mutex::new(state),
            seeker: Seeker::default(),
            sampler: sampler.clone(),
            feeding: AtomicBool::new(false),
            active: AtomicBool::new(false),
            fed: AtomicU64::new(0),
            one_each: AtomicBool::new(false),
            keyframes_only: sampling.pace == Pace::Keyframes,
            origin,
            begins_anywhere: pad
                .parent_element()
                .and_then(|decoder| decoder.factory())
                .is_some_and(|decoder| begins_anywhere(&decoder)),
        });
        let mask = gst::PadProbeType::BUFFER
            | gst::PadProbeType::BUFFER_LIST
            | gst::PadProbeType::EVENT_DOWNSTREAM
            | gst::PadProbeType::EVENT_FLUSH;
        let probe = skipper.clone();
        pad.add_probe(mask, move |pad, info| probe.pass(pad, info));
        skipper
    }

    /// Begins to leave pictures out: the frames of this decoder are sampled.
    pub fn activate(&self) {
        self.sampler.fed.fetch_add(self.fed.load(Ordering::Relaxed), Ordering::Relaxed);
        let one_each = self.one_each.load(Ordering::Relaxed);
        self.sampler.one_each.store(one_each, Ordering::Relaxed);
        self.active.store(true, Ordering::Release);
    }

    fn pass(&self, pad: &gst::Pad, info: &mut gst::PadProbeInfo) -> gst::PadProbeReturn {
        if self.feeding.load(Ordering::Acquire) {
            return gst::PadProbeReturn::Ok;
        }
        let mut seek = None;
        let plan = match &info.data {
            Some(gst::PadProbeData::Event(event)) => {
                if self.is_seeking() && self.seeker.hides(pad, event) {
                    return gst::PadProbeReturn::Handled;
                }
                match self.event(event) {
                    Some(plan) => plan,
                    None => return gst::PadProbeReturn::Ok,
                }
            }
            Some(gst::PadProbeData::Buffer(buffer)) => {
                let active = self.active.load(Ordering::Acquire);
                let step = self.buffer(buffer, active);
                if !active {
                    self.fed.fetch_add(self.shown(buffer), Ordering::Relaxed);
                    return gst::PadProbeReturn::Ok;
                }
                let Ok(step) = step else {
                    info.flow_res = Err(lost(pad));
                    info.data = None;
                    return gst::PadProbeReturn::Handled;
                };
                seek = step.seek;
                step.plan
            }
            // Nothing that is decoded sends these.
            _ => lock(&self.state).planner.give_up(),
        };
        let is_buffer = matches!(info.data, Some(gst::PadProbeData::Buffer(_)));
        let end = plan.end;
        let mut flow = self.feed(pad, plan);
        if end && flow.is_ok() {
            self.sampler.over.store(true, Ordering::Relaxed);
            flow = Err(gst::FlowError::Eos);
        }
        if !is_buffer {
            return gst::PadProbeReturn::Ok;
        }
        if let Some(time) = seek.filter(|_| flow.is_ok()) {
            flow = self.seek(pad, time);
        }
        // The buffer is held, fed or left out; it must not go on by itself.
        info.flow_res = flow;
        info.data = None;
        gst::PadProbeReturn::Handled
    }

    /// Reads on elsewhere, or where it is.
    fn seek(
        &self,
        pad: &gst::Pad,
        time: gst::ClockTime,
    ) -> Result<gst::FlowSuccess, gst::FlowError> {
        if self.seeker.seek(pad, time + self.origin) {
            return Ok(gst::FlowSuccess::Ok);
        }
        let stays = lock(&self.state).seek_planner.as_mut().is_some_and(SeekPlanner::stay);
        if stays { Ok(gst::FlowSuccess::Ok) } else { Err(lost(pad)) }
    }

    fn is_seeking(&self) -> bool {
        lock(&self.state).seek_planner.as_ref().is_some_and(SeekPlanner::is_seeking)
    }

    /// What is to be done before the event goes on.
    fn event(&self, event: &gst::Event) -> Option<Plan<Held>> {
        let mut state = lock(&self.state);
        match event.view() {
            gst::EventView::Caps(caps) => {
                let plan = state.planner.finish(Boundary::Inside);
                state.parser = caps::parser(caps.caps());
                self.one_each.store(makes_one_each(caps.caps()), Ordering::Relaxed);
                Some(plan)
            }
            gst::EventView::Segment(segment) => {
                let plan = state.planner.finish(Boundary::Inside);
                if let Some(time) = segment.segment().downcast_ref() {
                    state.segment = shifted(time, self.origin);
                }
                self.seeker.note(event);
                Some(plan)
            }
            gst::EventView::Eos(_) => Some(state.planner.finish(Boundary::End)),
            gst::EventView::Gap(_)
            | gst::EventView::StreamStart(_)
            | gst::EventView::SegmentDone(_) => Some(state.planner.finish(Boundary::Inside)),
            gst::EventView::FlushStop(_) => {
                state.planner.flush();
                None
            }
            _ => None,
        }
    }

    /// Takes a coded picture; fed already where nothing is left out yet.
    fn buffer(&self, buffer: &gst::Buffer, active: bool) -> Result<Step, Lost> {
        let keyframe = !buffer.flags().contains(gst::BufferFlags::DELTA_UNIT);
        let mut state = lock(&self.state);
        let (running, time) = (
            state.segment.to_running_time(buffer.pts()),
            state.segment.to_stream_time(buffer.pts()),
        );
        if state.has_seen(time) {
            return Ok(Step { plan: Plan::default(), seek: None });
        }
        let (coded, recipe, before) = state.parse(buffer, active);
        let coded = self.entered(coded);
        let outside = running.is_none() || time.is_none();
        // What is outside, the decoder cuts off, or moves to where the segment begins.
        let shown = if outside { Shown::Unknown } else { coded.shown };
        let mut step = Step { plan: before, seek: None };
        if self.sampler.unproven.load(Ordering::Relaxed) && !state.planner.has_given_up() {
            tracing::info!("the decoder lost pictures: all are decoded from here on");
            step.plan.append(state.planner.give_up());
        }
        match state.arrive(time.filter(|_| shown == Shown::Once), coded.entry) {
            Arrival::Next => (),
            Arrival::Again => return Ok(step),
            Arrival::Behind(passed) => {
                // The entry that the seek was decided at divides it from what stays unread.
                step.plan.append(state.planner.finish(Boundary::End));
                self.pass_over(&mut state, passed);
            }
            Arrival::Unknown => {
                step.seek = Some(state.back().ok_or(Lost)?);
                return Ok(step);
            }
        }
        self.sampler.coded.fetch_add(1, Ordering::Relaxed);
        if keyframe
            && self.keyframes_only
            && let Some(pts) = buffer.pts()
        {
            self.sampler.note_keyframe(pts);
        }
        // The first picture is decoded for certain, so that a stream that cannot be shows.
        let keep = coded.keep || !std::mem::replace(&mut state.begun, true);
        let picture = CodedPicture {
            coded: Coded { shown, keep, ..coded },
            payload: active.then(|| Held { buffer: buffer.clone(), recipe }),
            bytes: buffer.size(),
            running,
            time,
            keyframe,
        };
        let entry = picture.coded.entry;
        step.plan.append(state.planner.push(picture));
        if self.sampler.stop.load(Ordering::Relaxed) {
            step.plan.end = true;
        }
        if active && entry == Entry::Closed && !step.plan.end {
            // Held until it has arrived: where it does not, what follows needs the entry.
            step.seek = state.seek();
        }
        Ok(step)
    }

    /// Counts pictures that were not read.
    fn pass_over(&self, state: &mut State, passed: Range<usize>) {
        for count in [&self.sampler.coded, &self.sampler.passed_over] {
            count.fetch_add(passed.len() as u64, Ordering::Relaxed);
        }
        let times =
            state.seek_planner.iter().flat_map(|seek_planner| seek_planner.times(passed.clone()));
        let times = times.filter_map(|time| {
            let time = gst::ClockTime::from_nseconds(u64::try_from(time).ok()?);
            let position = state.segment.position_from_stream_time(time);
            Some((state.segment.to_running_time(position)?, time))
        });
        let times: Vec<_> = times.collect();
        // Before any frame that is shown later comes out.
        self.sampler.note_skipped(state.planner.pass_over(times));
    }

    /// As the decoder can take it.
    fn entered(&self, coded: Coded) -> Coded {
        match coded.entry {
            Entry::Open if !self.begins_anywhere => Coded { entry: Entry::No, ..coded },
            _ => coded,
        }
    }

    /// 1 for a picture that is to come out, 0 for one that is only decoded for others: a film that was cut without
    /// loss hides what is before its cut.
    fn shown(&self, buffer: &gst::Buffer) -> u64 {
        let time = buffer.pts();
        u64::from(time.is_none() || lock(&self.state).segment.to_running_time(time).is_some())
    }

    /// What the decoder is given of a picture.
    fn recoded(&self, held: Held) -> gst::Buffer {
        let data = held.buffer.map_readable().ok();
        let recoded = data.and_then(|data| lock(&self.state).recoder.feed(&held.recipe, &data));
        recoded.and_then(|data| like(&held.buffer, data)).unwrap_or(held.buffer)
    }

    fn feed(&self, pad: &gst::Pad, plan: Plan<Held>) -> Result<gst::FlowSuccess, gst::FlowError> {
        // Before any frame that is shown later comes out.
        self.sampler.note_skipped(plan.skipped);
        self.sampler.note_awaited(plan.awaited);
        self.sampler.note_moves(plan.moves);
        self.feeding.store(true, Ordering::Release);
        let mut flow = Ok(gst::FlowSuccess::Ok);
        for order in plan.orders {
            match order {
                Order::Feed(held) => {
                    let shown = self.shown(&held.buffer);
                    self.sampler.fed.fetch_add(shown, Ordering::Relaxed);
                    flow = pad.chain(self.recoded(held));
                }
                Order::Drain => {
                    lock(&self.state).recoder.drained();
                    // Decoders finish what they have, and go on with what comes.
                    let at = gst::ClockTime::ZERO;
                    pad.send_event(gst::event::SegmentDone::builder(at).seqnum(*DRAINING).build());
                }
            }
            if flow.is_err() {
                break;
            }
        }
        self.feeding.store(false, Ordering::Release);
        flow
    }
}

/// Whether each coded picture becomes one that is shown: no fields, no hidden references.
fn makes_one_each(caps: &gst::CapsRef) -> bool {
    caps.structure(0).is_some_and(|stream| {
        let mode = stream.get::<&str>("interlace-mode").unwrap_or("progressive");
        ["video/x-h264", "video/x-h265"].contains(&stream.name().as_str()) && mode == "progressive"
    })
}

fn lost(pad: &gst::Pad) -> gst::FlowError {
    if let Some(decoder) = pad.parent_element() {
        let why = "its tables lead elsewhere than where they say: try --decode-all";
        gst::element_error!(decoder, gst::StreamError::Demux, ("{why}"));
    }
    gst::FlowError::Error
}

/// A buffer of these bytes that is otherwise like the one before.
fn like(before: &gst::BufferRef, data: Vec<u8>) -> Option<gst::Buffer> {
    let mut buffer = gst::Buffer::from_mut_slice(data);
    before.copy_into(buffer.get_mut()?, gst::BUFFER_COPY_METADATA, ..).ok()?;
    Some(buffer)
}

/// Whether what a decoder gives is whole where it begins anew at a picture that the ones before it may
/// refer to: tried with libav's in GStreamer 1.22. With 1.26 it loses frames behind such a gap, by a race
/// between its wrapper and its threads.
pub(super) fn begins_anywhere(decoder: &gst::ElementFactory) -> bool {
    decoder.name().starts_with("avdec_") && gst::version() < (1, 23, 0, 0)
}
