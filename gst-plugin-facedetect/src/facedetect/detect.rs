// SPDX-License-Identifier: MIT OR Apache-2.0
//! What `facedetect` finds on frames.

use gst_frameview::model_error;
use imaging::Detection;
use imaging::frame::FrameView;
use imaging::geometry::Rect;
use models::{Detector, ModelError};

use super::batch::Held;
use super::detectors::least_score;
use super::schedule::{Regions, Schedule, Seen};
use super::state::InferenceJob;
use super::{Settings, filter};

/// The part of a frame that is processed.
type Part<'a> = (&'a FrameView<'a>, Rect);

/// The faces in each part of a frame: around the known ones where that is enough, else in all of it.
fn find(
    detector: &Detector,
    parts: &[Part<'_>],
    times: impl Iterator<Item = Option<gst::ClockTime>>,
    settings: &Settings,
    schedule: &mut Schedule,
) -> Result<Vec<Vec<Detection>>, ModelError> {
    if settings.any_angle {
        schedule.always(parts.len());
        return parts.iter().map(|(view, part)| detector.detect_any_angle(view, *part)).collect();
    }
    let interval = settings.full_frame_interval;
    if interval.is_zero() {
        // Nothing need be remembered of the frames.
        schedule.always(parts.len());
        return detector.detect_fine(parts);
    }
    let seen: Vec<Seen> =
        parts.iter().zip(times).map(|(part, time)| Seen::new(*part, time)).collect();
    if settings.lookahead {
        return find_between(detector, parts, seen, schedule);
    }
    if let (&[part], [seen]) = (parts, &seen[..]) {
        let near = schedule.near(seen, interval);
        return Ok(vec![find_near(detector, part, seen.clone(), near, schedule)?]);
    }
    let found = detector.detect_fine(parts)?;
    for (seen, faces) in seen.into_iter().zip(&found) {
        schedule.searched(seen, faces);
    }
    Ok(found)
}

/// The faces in the last part, and around these and those of the frame before in the others.
fn find_between(
    detector: &Detector,
    parts: &[Part<'_>],
    mut seen: Vec<Seen>,
    schedule: &mut Schedule,
) -> Result<Vec<Vec<Detection>>, ModelError> {
    let (Some((last, between)), Some(after)) = (parts.split_last(), seen.pop()) else {
        return Ok(Vec::new());
    };
    let mut last = detector.detect_fine(&[*last])?;
    let faces = last.pop().unwrap_or_default();
    let mut found = Vec::with_capacity(parts.len());
    for (part, seen) in between.iter().zip(seen) {
        let near = schedule.between(&seen, (&after, &faces));
        found.push(find_near(detector, *part, seen, near, schedule)?);
    }
    schedule.searched(after, &faces);
    found.push(faces);
    Ok(found)
}

/// The faces near these places, or in all of a part where that is not enough.
fn find_near(
    detector: &Detector,
    (view, region): Part<'_>,
    seen: Seen,
    near: Option<Regions>,
    schedule: &mut Schedule,
) -> Result<Vec<Detection>, ModelError> {
    if let Some(Regions { tracked, candidates }) = near
        && let Some(faces) = detector.detect_near(view, region, &tracked, &candidates)?
    {
        schedule.followed(seen, &faces);
        return Ok(faces);
    }
    let faces = detector.detect_fine(&[(view, region)])?.pop().unwrap_or_default();
    schedule.searched(seen, &faces);
    Ok(faces)
}

/// What was found on a frame.
pub(super) type Found = (facemeta::FrameFaces, Option<facemeta::Rejects>);

/// The faces on the frames that are to be processed, in order.
pub(super) fn detect(
    held: &[Held<InferenceJob>],
    settings: &Settings,
    schedule: &mut Schedule,
) -> Result<Vec<Found>, gst::ErrorMessage> {
    let jobs: Vec<_> =
        held.iter().filter_map(|held| Some((&held.buffer, held.job.as_ref()?))).collect();
    let Some(detectors) = jobs.first().map(|(_, job)| job.detectors.clone()) else {
        return Ok(Vec::new());
    };
    let mut frames = Vec::with_capacity(jobs.len());
    for &(buffer, job) in &jobs {
        let frame = gst_video::VideoFrameRef::from_buffer_ref_readable(buffer, &job.info);
        frames.push(frame.map_err(|_| gst_frameview::map_error(buffer))?);
    }
    let view = |(frame, (buffer, job)): (_, &(&gst::Buffer, &InferenceJob))| {
        gst_frameview::view(frame, job.geometry.orientation)
            .ok_or_else(|| gst_frameview::map_error(buffer))
    };
    let views = frames.iter().zip(&jobs).map(view).collect::<Result<Vec<_>, _>>()?;
    let regions = views.iter().zip(jobs.iter().map(|(_, job)| job.region));
    let regions: Vec<_> = regions.collect();
    let times = jobs.iter().map(|(_, job)| job.time);
    let found = find(detectors.first(), &regions, times, settings, schedule);
    let found = found.map_err(|e| model_error(&e))?;
    let least = least_score(settings, detectors.first().model());
    let to_found = |((job, view), found)| {
        let job: &InferenceJob = job;
        let geometry = &job.geometry;
        let (width, height) = geometry.display_size();
        let area = (width * height) as f32;
        let mut tested = filter::test(found, job.region, area, least, settings);
        for face in tested.iter_mut().filter(|tested| tested.passed()) {
            face.unconfirmed = !detectors.confirm(view, &face.face, settings)?;
        }
        let faces = filter::passed(&tested, settings).map(|face| geometry.face(face)).collect();
        let reject = |tested: &filter::Tested| facemeta::Reject {
            face: geometry.face(&tested.face),
            low_score: tested.low_score,
            below_min_size: tested.below_min_size,
            at_border: tested.at_border,
            unconfirmed: tested.unconfirmed,
        };
        let rejects = settings.rejects.then(|| {
            facemeta::Rejects(tested.iter().filter(|t| !t.passed()).map(reject).collect())
        });
        Ok((facemeta::FrameFaces { frame: job.frame, faces }, rejects))
    };
    let jobs = jobs.into_iter().map(|(_, job)| job).zip(&views).zip(found);
    jobs.map(to_found).collect::<Result<_, _>>().map_err(|e| model_error(&e))
}
