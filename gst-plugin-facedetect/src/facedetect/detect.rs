// SPDX-License-Identifier: MIT OR Apache-2.0
//! `facedetect`'s model, and what it finds on frames.

use gst_frameview::model_error;
use imaging::Detection;
use imaging::frame::FrameView;
use imaging::geometry::Rect;
use models::catalogue::Task;
use models::store::ModelFile;
use models::{Detector, DetectorOptions, ModelError};

use super::batch::Held;
use super::schedule::{Places, Search, Seen};
use super::state::Look;
use super::{Settings, filter};

/// Confidence from which on a detection is worth being shown as a reject.
const FAINT: f32 = 0.05;

/// Least confidence of a face.
fn least_score(settings: &Settings, model: &ModelFile) -> f32 {
    let own = model.entry.map_or(0.5, |entry| entry.thresholds.detect);
    if settings.threshold < 0.0 { own } else { settings.threshold }
}

/// Loads the detector.
pub(super) fn open(settings: &Settings) -> Result<Detector, ModelError> {
    let model =
        models::store::resolve(&settings.model, settings.model_kind.as_deref(), Task::Detect)?;
    let threshold = least_score(settings, &model);
    let detector = Detector::open(&DetectorOptions {
        threshold: if settings.rejects { threshold.min(FAINT) } else { threshold },
        model,
        device: settings.device.parse()?,
        input_size: settings.input_size,
        first_look: Some(settings.first_look).filter(|scale| *scale >= 0.0),
        iou_threshold: settings.iou_threshold,
        threads: settings.threads as usize,
        allow_fallback: settings.allow_fallback,
        runs: 1,
    })?;
    if settings.batch_size > 1 {
        detector.takes_several()?;
    }
    Ok(detector)
}

/// The part of a frame that is looked at.
type Part<'a> = (&'a FrameView<'a>, Rect);

/// The faces in each part of a frame: around the known ones where that is enough, else in all of it.
fn find(
    detector: &Detector,
    parts: &[Part<'_>],
    times: impl Iterator<Item = Option<gst::ClockTime>>,
    settings: &Settings,
    search: &mut Search,
) -> Result<Vec<Vec<Detection>>, ModelError> {
    let interval = settings.search_interval;
    if interval.is_zero() {
        // Nothing need be remembered of the frames.
        search.always(parts.len());
        return detector.detect_closely(parts);
    }
    let seen: Vec<Seen> =
        parts.iter().zip(times).map(|(part, time)| Seen::new(*part, time)).collect();
    if settings.search_ahead {
        return find_between(detector, parts, seen, search);
    }
    if let (&[part], [seen]) = (parts, &seen[..]) {
        let near = search.near(seen, interval);
        return Ok(vec![find_near(detector, part, seen.clone(), near, search)?]);
    }
    let found = detector.detect_closely(parts)?;
    for (seen, faces) in seen.into_iter().zip(&found) {
        search.searched(seen, faces);
    }
    Ok(found)
}

/// The faces in the last part, and around these and those of the frame before in the others.
fn find_between(
    detector: &Detector,
    parts: &[Part<'_>],
    mut seen: Vec<Seen>,
    search: &mut Search,
) -> Result<Vec<Vec<Detection>>, ModelError> {
    let (Some((last, between)), Some(after)) = (parts.split_last(), seen.pop()) else {
        return Ok(Vec::new());
    };
    let mut last = detector.detect_closely(&[*last])?;
    let faces = last.pop().unwrap_or_default();
    let mut found = Vec::with_capacity(parts.len());
    for (part, seen) in between.iter().zip(seen) {
        let near = search.between(&seen, (&after, &faces));
        found.push(find_near(detector, *part, seen, near, search)?);
    }
    search.searched(after, &faces);
    found.push(faces);
    Ok(found)
}

/// The faces near these places, or in all of a part where that is not enough.
fn find_near(
    detector: &Detector,
    (view, region): Part<'_>,
    seen: Seen,
    near: Option<Places>,
    search: &mut Search,
) -> Result<Vec<Detection>, ModelError> {
    if let Some(Places { known, perhaps }) = near
        && let Some(faces) = detector.detect_near(view, region, &known, &perhaps)?
    {
        search.followed(seen, &faces);
        return Ok(faces);
    }
    let faces = detector.detect_closely(&[(view, region)])?.pop().unwrap_or_default();
    search.searched(seen, &faces);
    Ok(faces)
}

/// What was found on a frame.
pub(super) type Found = (facemeta::FrameFaces, Option<facemeta::Rejects>);

/// The faces on the frames that are to be looked at, in order.
pub(super) fn detect(
    held: &[Held<Look>],
    settings: &Settings,
    search: &mut Search,
) -> Result<Vec<Found>, gst::ErrorMessage> {
    let looks: Vec<_> =
        held.iter().filter_map(|held| Some((&held.buffer, held.look.as_ref()?))).collect();
    let Some(detector) = looks.first().map(|(_, look)| look.detector.clone()) else {
        return Ok(Vec::new());
    };
    let mut frames = Vec::with_capacity(looks.len());
    for &(buffer, look) in &looks {
        let frame = gst_video::VideoFrameRef::from_buffer_ref_readable(buffer, &look.info);
        frames.push(frame.map_err(|_| gst_frameview::map_error(buffer))?);
    }
    let view = |(frame, (buffer, look)): (_, &(&gst::Buffer, &Look))| {
        gst_frameview::view(frame, look.geometry.orientation)
            .ok_or_else(|| gst_frameview::map_error(buffer))
    };
    let views = frames.iter().zip(&looks).map(view).collect::<Result<Vec<_>, _>>()?;
    let regions = views.iter().zip(looks.iter().map(|(_, look)| look.region));
    let regions: Vec<_> = regions.collect();
    let times = looks.iter().map(|(_, look)| look.time);
    let found = find(&detector, &regions, times, settings, search);
    let found = found.map_err(|e| model_error(&e))?;
    let least = least_score(settings, detector.model());
    let judge = |((_, look), found)| {
        let look: &Look = look;
        let geometry = &look.geometry;
        let (width, height) = geometry.display_size();
        let area = (width * height) as f32;
        let tested = filter::test(found, look.region, area, least, settings);
        let faces = filter::passed(&tested, settings).map(|face| geometry.face(face)).collect();
        let reject = |tested: &filter::Tested| facemeta::Reject {
            face: geometry.face(&tested.face),
            too_low: tested.too_low,
            too_small: tested.too_small,
            too_close: tested.too_close,
        };
        let rejects = settings.rejects.then(|| {
            facemeta::Rejects(tested.iter().filter(|t| !t.passed()).map(reject).collect())
        });
        (facemeta::FrameFaces { frame: look.frame, faces }, rejects)
    };
    Ok(looks.into_iter().zip(found).map(judge).collect())
}
