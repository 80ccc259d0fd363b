// SPDX-License-Identifier: MIT OR Apache-2.0
//! What options say of elements: their properties.

use framesource::aspect::with_aspect;
use gst::element_factory::ElementBuilder;
use imaging::choice::Choice;

use crate::cli::{CropArgs, TrackArgs};

/// The properties of `facetrack`.
pub fn facetrack<'a>(
    arguments: &TrackArgs,
    mut track: ElementBuilder<'a>,
    age: gst::ClockTime,
) -> ElementBuilder<'a> {
    if let Some(overlap) = arguments.track_overlap {
        track = track.property("iou-threshold", overlap);
    }
    if let Some(threshold) = arguments.shot_threshold {
        track = track.property("shot-threshold", threshold);
    }
    if let Some(length) = arguments.min_track_length {
        track = track.property("min-hits", length);
    }
    let age = arguments.track_age.map_or(age, gst::ClockTime::from_seconds_f64);
    track.property("max-age", age.nseconds())
}

/// The properties of `facecrop`.
pub fn facecrop<'a>(arguments: &CropArgs, mut crop: ElementBuilder<'a>) -> ElementBuilder<'a> {
    if let Some(align) = arguments.align {
        crop = crop.property_from_str("align", align.name());
    }
    if let Some(padding) = arguments.padding {
        crop = crop.property("padding", f64::from(padding));
    }
    if let Some([width, height]) = arguments.resize_to.as_deref() {
        crop = crop.property("fit-width", *width).property("fit-height", *height);
    }
    if let Some(blur) = arguments.blur {
        crop = crop.property("blur", blur.to_string());
    }
    crop
}

/// What gives the pixels of a video, by the path or address of its file, another shape, where that is wanted.
pub fn aspect(arguments: &TrackArgs, video: &str) -> Result<Option<gst::Element>, glib::BoolError> {
    if let Some(aspect) = arguments.pixel_aspect {
        return with_aspect(move |_, _| Some(aspect.into())).map(Some);
    }
    let size = arguments.aspect_csv.as_ref().and_then(|aspects| aspects.of(video));
    size.map(|size| with_aspect(move |width, height| size.pixel_aspect(width, height))).transpose()
}
