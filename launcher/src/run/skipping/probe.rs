// SPDX-License-Identifier: MIT OR Apache-2.0
//! Holds coded pictures back before the decoder and feeds those that are planned.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use gst::prelude::*;

use super::coded::{Coded, Entry, Parser, Recipe, Recoder, Shown};
use super::plan::{Boundary, Order, Picture, Plan, Planner};
use crate::run::sampling::{Chooser, Pace, Sampler, Sampling};

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
    sampler: Arc<Sampler>,
    /// The decoder is being fed by this very probe.
    feeding: AtomicBool,
    /// Nothing is left out before the decoder's frames are known to be those that are sampled.
    active: AtomicBool,
    keyframes_only: bool,
    /// References are left out before pictures of [`Entry::Open`], too.
    begins_anywhere: bool,
}

#[derive(Debug)]
struct State {
    planner: Planner<Held>,
    parser: Option<Parser>,
    recoder: Recoder,
    segment: gst::FormattedSegment<gst::ClockTime>,
    /// Pictures were seen.
    begun: bool,
}

/// A coded picture that is held back.
#[derive(Debug)]
struct Held {
    buffer: gst::Buffer,
    recipe: Recipe,
}

impl Skipper {
    /// Stands before the decoder whose sink pad this is. With `decode_all`, it only counts and moves samples.
    pub fn attach(
        pad: &gst::Pad,
        sampler: &Arc<Sampler>,
        sampling: Sampling,
        decode_all: bool,
    ) -> Arc<Self> {
        let mut planner = Planner::new(Chooser::new(sampling), sampling.tolerance);
        if sampling.is_everything() || decode_all && sampling.tolerance.is_zero() {
            planner.flush();
        } else if decode_all {
            planner.feed_everything();
        }
        let segment = gst::FormattedSegment::new();
        let state =
            State { planner, parser: None, recoder: Recoder::default(), segment, begun: false };
        let skipper = Arc::new(Self {
            state: Mutex::new(state),
            sampler: sampler.clone(),
            feeding: AtomicBool::new(false),
            active: AtomicBool::new(false),
            keyframes_only: sampling.pace == Pace::Keyframes,
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
        self.active.store(true, Ordering::Release);
    }

    fn pass(&self, pad: &gst::Pad, info: &mut gst::PadProbeInfo) -> gst::PadProbeReturn {
        if self.feeding.load(Ordering::Acquire) {
            return gst::PadProbeReturn::Ok;
        }
        let plan = match &info.data {
            Some(gst::PadProbeData::Event(event)) => match self.event(event) {
                Some(plan) => plan,
                None => return gst::PadProbeReturn::Ok,
            },
            Some(gst::PadProbeData::Buffer(buffer)) => {
                let active = self.active.load(Ordering::Acquire);
                let plan = self.buffer(buffer, active);
                if !active {
                    return gst::PadProbeReturn::Ok;
                }
                plan
            }
            // Nothing that is decoded sends these.
            _ => lock(&self.state).planner.give_up(),
        };
        let is_buffer = matches!(info.data, Some(gst::PadProbeData::Buffer(_)));
        let end = plan.end;
        let mut flow = self.feed(pad, plan);
        if end && flow.is_ok() {
            flow = Err(gst::FlowError::Eos);
        }
        if !is_buffer {
            return gst::PadProbeReturn::Ok;
        }
        // The buffer is held, fed or left out; it must not go on by itself.
        info.flow_res = flow;
        info.data = None;
        gst::PadProbeReturn::Handled
    }

    /// What is to be done before the event goes on.
    fn event(&self, event: &gst::Event) -> Option<Plan<Held>> {
        let mut state = lock(&self.state);
        match event.view() {
            gst::EventView::Caps(caps) => {
                let plan = state.planner.finish(Boundary::Inside);
                state.parser = Parser::new(caps.caps());
                Some(plan)
            }
            gst::EventView::Segment(segment) => {
                let plan = state.planner.finish(Boundary::Inside);
                if let Some(time) = segment.segment().downcast_ref() {
                    state.segment = time.clone();
                }
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
    fn buffer(&self, buffer: &gst::Buffer, active: bool) -> Plan<Held> {
        let keyframe = !buffer.flags().contains(gst::BufferFlags::DELTA_UNIT);
        self.sampler.coded.fetch_add(1, Ordering::Relaxed);
        if keyframe
            && self.keyframes_only
            && let Some(pts) = buffer.pts()
        {
            self.sampler.note_keyframe(pts);
        }
        let mut state = lock(&self.state);
        let mut before = Plan::default();
        let unknown = || (Coded::UNKNOWN, Recipe::default());
        let (coded, recipe) = match (state.planner.has_given_up(), &mut state.parser) {
            (true, _) => unknown(),
            (false, Some(parser)) if buffer.pts().is_some() => match buffer.map_readable() {
                Ok(data) => {
                    let (coded, recipe) = parser.parse(&data);
                    if !active {
                        // It goes on as it is, as all before it.
                        state.recoder.feed(&recipe, &data);
                    }
                    (coded, recipe)
                }
                Err(_) => unknown(),
            },
            _ => {
                tracing::info!("coded pictures cannot be told apart: all are decoded");
                before = state.planner.give_up();
                unknown()
            }
        };
        let coded = self.entered(coded);
        let (running, time) = (
            state.segment.to_running_time(buffer.pts()),
            state.segment.to_stream_time(buffer.pts()),
        );
        let outside = running.is_none() || time.is_none();
        // What is outside, the decoder cuts off, or moves to where the segment begins.
        let shown = if outside { Shown::Unknown } else { coded.shown };
        // The first picture is decoded for certain, so that a stream that cannot be shows.
        let keep = coded.keep || !std::mem::replace(&mut state.begun, true);
        let picture = Picture {
            coded: Coded { shown, keep, ..coded },
            payload: active.then(|| Held { buffer: buffer.clone(), recipe }),
            bytes: buffer.size(),
            running,
            time,
            keyframe,
        };
        let mut plan = state.planner.push(picture);
        plan.orders.splice(..0, before.orders);
        if self.sampler.stop.load(Ordering::Relaxed) {
            plan.end = true;
        }
        plan
    }

    /// As the decoder can take it.
    fn entered(&self, coded: Coded) -> Coded {
        match coded.entry {
            Entry::Open if !self.begins_anywhere => Coded { entry: Entry::No, ..coded },
            _ => coded,
        }
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
        self.sampler.note_moves(plan.moves);
        self.feeding.store(true, Ordering::Release);
        let mut flow = Ok(gst::FlowSuccess::Ok);
        for order in plan.orders {
            match order {
                Order::Feed(held) => flow = pad.chain(self.recoded(held)),
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

/// Those of a pipeline, by their decoders.
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

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
