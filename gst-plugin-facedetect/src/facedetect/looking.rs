// SPDX-License-Identifier: MIT OR Apache-2.0
//! `facedetect`'s model, and what it finds on frames.

use gst_frameview::model_error;
use models::catalogue::Task;
use models::frame::FrameView;
use models::geometry::Rect;
use models::store::ModelFile;
use models::{Detection, Detector, DetectorOptions, ModelError};

use super::batch::Held;
use super::search::{Search, Seen};
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

/// The faces in each region of a frame: around the known ones where that is enough, else in all of it.
fn find(
    detector: &Detector,
    looks: &[(&FrameView<'_>, Rect)],
    times: impl Iterator<Item = Option<gst::ClockTime>>,
    interval: gst::ClockTime,
    search: &mut Search,
) -> Result<Vec<Vec<Detection>>, ModelError> {
    if interval.is_zero() {
        // Nothing need be remembered of the frames.
        search.always(looks.len());
        return detector.detect_closely(looks);
    }
    let seen: Vec<Seen> =
        looks.iter().zip(times).map(|(look, time)| Seen::new(*look, time)).collect();
    if let ([(view, region)], [seen]) = (looks, &seen[..])
        && let Some(known) = search.near(seen, interval)
        && let Some(faces) = detector.detect_near(view, *region, &known)?
    {
        search.followed(seen.clone(), &faces);
        return Ok(vec![faces]);
    }
    let found = detector.detect_closely(looks)?;
    for (seen, faces) in seen.into_iter().zip(&found) {
        search.searched(seen, faces);
    }
    Ok(found)
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
    let found = find(&detector, &regions, times, settings.search_interval, search);
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
