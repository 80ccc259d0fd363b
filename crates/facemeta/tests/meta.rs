// SPDX-License-Identifier: MIT OR Apache-2.0
//! The faces come back from a buffer as they were put on it, also behind other elements.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use facemeta::{CropOrigin, Embedding, Face, FrameBox, FrameFaces, FrameNumber, StoredBox};

fn init() {
    gst::init().unwrap();
    facemeta::init();
}

fn faces() -> FrameFaces {
    FrameFaces {
        frame: 17,
        faces: vec![
            Face {
                bbox: StoredBox([0.25, 0.125, 0.5, 0.25]),
                landmarks: Some([[0.3, 0.2], [0.6, 0.2], [0.45, 0.25], [0.35, 0.3], [0.55, 0.3]]),
                confidence: 0.75,
                track: Some(3),
                shot: Some(1),
                recurring_shot: Some(0),
                interpolated: true,
                quality: Some(0.5),
                sharpness: Some(100.0),
                blurry: true,
                embedding: Some(Embedding {
                    model: "some".into(),
                    values: vec![0.6, -0.8],
                    magnitude: Some(0.75),
                }),
            },
            Face { bbox: StoredBox([0.0, 0.0, 0.1, 0.1]), confidence: 0.5, ..Face::default() },
        ],
    }
}

fn buffer_with_faces() -> gst::Buffer {
    let mut buffer = gst::Buffer::with_size(64 * 64 * 3 / 2).unwrap();
    faces().write(buffer.get_mut().unwrap(), 64, 64).unwrap();
    buffer
}

#[test]
fn comes_back_whole() {
    init();
    let mut buffer = buffer_with_faces();
    assert_eq!(FrameFaces::read(&buffer, "face", 64, 64), Some(faces()));
    // Written again, it replaces what was there.
    let fewer = FrameFaces { frame: 18, faces: vec![] };
    fewer.write(buffer.get_mut().unwrap(), 64, 64).unwrap();
    assert_eq!(FrameFaces::read(&buffer, "face", 64, 64), Some(fewer));
    assert_eq!(buffer.iter_meta::<gst_video::VideoRegionOfInterestMeta>().count(), 0);
}

#[test]
fn nobody_looked_is_not_nobody_there() {
    init();
    let buffer = gst::Buffer::with_size(1).unwrap();
    assert_eq!(FrameFaces::read(&buffer, "face", 64, 64), None);
}

#[test]
fn regions_of_other_detectors_are_read() {
    init();
    let mut buffer = gst::Buffer::with_size(1).unwrap();
    gst_video::VideoRegionOfInterestMeta::add(buffer.get_mut().unwrap(), "face", (16, 8, 32, 16));
    gst_video::VideoRegionOfInterestMeta::add(buffer.get_mut().unwrap(), "car", (0, 0, 8, 8));
    let read = FrameFaces::read(&buffer, "face", 64, 64).unwrap();
    assert_eq!(read.faces.len(), 1);
    assert_eq!(read.faces[0].bbox.0, [0.25, 0.125, 0.5, 0.25]);
}

/// As DL Streamer's gvadetect and gvatrack write it, and a reader of nothing but regions gets it.
#[test]
fn parameters_of_dl_streamer_are_read() {
    init();
    let mut buffer = gst::Buffer::with_size(1).unwrap();
    let mut roi = gst_video::VideoRegionOfInterestMeta::add(
        buffer.get_mut().unwrap(),
        "face",
        (16, 8, 32, 16),
    );
    let detection = gst::Structure::builder("detection")
        .field("x_min", 0.26f64)
        .field("x_max", 0.76f64)
        .field("y_min", 0.13f64)
        .field("y_max", 0.38f64)
        .field("confidence", 0.625f64)
        .field("label_id", 1i32);
    roi.add_param(detection.build());
    roi.add_param(gst::Structure::builder("object_id").field("id", 12i32).build());
    let points: Vec<u8> = [0.25f32, 0.5, 0.75, 0.5, 0.5, 0.75, 0.25, 1.0, 0.75, 1.0]
        .iter()
        .flat_map(|v| v.to_le_bytes())
        .collect();
    let landmarks = gst::Structure::builder("landmarks")
        .field("format", "landmark_points")
        .field("data_buffer", glib::Variant::array_from_fixed_array::<u8>(&points));
    roi.add_param(landmarks.build());
    let read = FrameFaces::read(&buffer, "face", 64, 64).unwrap().faces.remove(0);
    assert_eq!((read.confidence, read.track), (0.625, Some(12)));
    for (found, expected) in read.bbox.0.iter().zip([0.26, 0.13, 0.5, 0.25]) {
        assert!((found - expected).abs() < 1e-12, "the exact box: {:?}", read.bbox);
    }
    let nose = read.landmarks.unwrap()[2];
    assert!((nose[0] - 0.51).abs() < 1e-6 && (nose[1] - 0.3175).abs() < 1e-6, "{nose:?}");

    // Moved by somebody who knows nothing of the structure: the region counts.
    let mut buffer = gst::Buffer::with_size(1).unwrap();
    let mut roi = gst_video::VideoRegionOfInterestMeta::add(
        buffer.get_mut().unwrap(),
        "face",
        (0, 8, 32, 16),
    );
    roi.add_param(gst::Structure::builder("detection").field("x_min", 0.26f64).build());
    let read = FrameFaces::read(&buffer, "face", 64, 64).unwrap().faces.remove(0);
    assert_eq!((read.bbox.0, read.confidence), ([0.0, 0.125, 0.5, 0.25], 1.0));
}

#[test]
fn regions_of_any_type_are_read_where_none_is_named() {
    init();
    let mut buffer = gst::Buffer::with_size(1).unwrap();
    for class in ["head", "person"] {
        let rect = (16, 8, 32, 16);
        gst_video::VideoRegionOfInterestMeta::add(buffer.get_mut().unwrap(), class, rect);
    }
    let count = |class| FrameFaces::read(&buffer, class, 64, 64).map_or(0, |f| f.faces.len());
    assert_eq!((count("face"), count("head"), count("")), (0, 1, 2));
}

/// Without the custom meta, the regions alone give back everything but shot and quality.
#[test]
fn regions_alone_keep_track_landmarks_and_embedding() {
    init();
    let mut buffer = buffer_with_faces();
    buffer.get_mut().unwrap().foreach_meta_mut(|mut meta| {
        let region = meta.downcast_ref::<gst_video::VideoRegionOfInterestMeta>().is_some();
        std::ops::ControlFlow::Continue(if region {
            gst::buffer::BufferMetaForeachAction::Keep
        } else {
            gst::buffer::BufferMetaForeachAction::Remove
        })
    });
    let read = FrameFaces::read(&buffer, "face", 64, 64).unwrap().faces.remove(0);
    let written = faces().faces.remove(0);
    assert_eq!(read.embedding, written.embedding);
    assert_eq!((read.track, read.confidence), (written.track, written.confidence));
    for (a, b) in read.landmarks.unwrap().concat().iter().zip(written.landmarks.unwrap().concat()) {
        assert!((a - b).abs() < 1e-6);
    }
}

#[cfg(feature = "v1_24")]
#[test]
fn objects_of_the_analytics_meta_are_written_and_read() {
    use gst_analytics::prelude::*;
    use gst_analytics::{AnalyticsODMtd, AnalyticsRelationMeta};

    init();
    let mut buffer = gst::Buffer::with_size(1).unwrap();
    {
        // Somebody else's object stays.
        let mut meta = AnalyticsRelationMeta::add(buffer.get_mut().unwrap());
        meta.add_od_mtd(glib::Quark::from_str("dog"), 1, 2, 3, 4, 0.5).unwrap();
    }
    let mut detected = faces();
    detected.faces.iter_mut().for_each(|face| face.track = None);
    detected.write(buffer.get_mut().unwrap(), 64, 64).unwrap();
    // Again, as the tracker does: nothing is there twice.
    faces().write(buffer.get_mut().unwrap(), 64, 64).unwrap();
    {
        let meta = buffer.meta::<AnalyticsRelationMeta>().unwrap();
        let objects: Vec<_> =
            meta.iter::<AnalyticsODMtd>().map(|o| o.obj_type().unwrap()).collect();
        assert_eq!(objects.iter().map(|o| o.as_str()).collect::<Vec<_>>(), ["dog", "face", "face"]);
        let ids: Vec<_> = meta.iter::<AnalyticsODMtd>().map(|o| o.id() as i32).skip(1).collect();
        let regions = buffer.iter_meta::<gst_video::VideoRegionOfInterestMeta>();
        assert_eq!(regions.map(|r| r.id()).collect::<Vec<_>>(), ids, "one id for both forms");
    }
    buffer.get_mut().unwrap().foreach_meta_mut(|mut meta| {
        let analytics = meta.downcast_ref::<AnalyticsRelationMeta>().is_some();
        std::ops::ControlFlow::Continue(if analytics {
            gst::buffer::BufferMetaForeachAction::Keep
        } else {
            gst::buffer::BufferMetaForeachAction::Remove
        })
    });
    let read = FrameFaces::read(&buffer, "face", 64, 64).unwrap().faces;
    assert_eq!(read.len(), 2);
    assert_eq!((read[0].bbox.0, read[0].track), ([0.25, 0.125, 0.5, 0.25], Some(3)));
    assert_eq!((read[0].confidence, read[1].track), (0.75, None));
    assert_eq!(FrameFaces::read(&buffer, "dog", 64, 64).unwrap().faces.len(), 1);
}

#[test]
fn both_forms_say_the_same() {
    init();
    let buffer = buffer_with_faces();
    let rois: Vec<_> = buffer.iter_meta::<gst_video::VideoRegionOfInterestMeta>().collect();
    assert_eq!(rois.len(), 2);
    assert_eq!(rois[0].rect(), (16, 8, 32, 16));
    assert_eq!(rois[0].param("object_id").unwrap().get::<i32>("id").unwrap(), 3);
    let tensor = rois[0].param("inference_layer_name:embedding").unwrap();
    assert_eq!(tensor.get::<&str>("model_name").unwrap(), "some");
    assert_ne!(rois[0].id(), rois[1].id());
}

#[test]
fn survives_conversion_and_scaling_but_not_cropping() {
    init();
    for (element, survives) in [
        ("videoconvert ! capsfilter caps=video/x-raw,format=RGB", true),
        ("videoscale ! capsfilter caps=video/x-raw,width=32,height=48", true),
        ("videocrop left=8", false),
        ("videoflip video-direction=90r", false),
    ] {
        let mut harness = gst_check::Harness::new_parse(element);
        harness.set_src_caps_str("video/x-raw,format=I420,width=64,height=64,framerate=25/1");
        let out = harness.push_and_pull(buffer_with_faces()).unwrap();
        let read = FrameFaces::read(&out, "no such class", 32, 48);
        assert_eq!(read, survives.then(faces), "{element}");
    }
}

#[test]
fn number_and_origin_come_back() {
    init();
    let mut buffer = gst::Buffer::new();
    assert_eq!(FrameNumber::read(&buffer), None);
    FrameNumber(7).write(buffer.get_mut().unwrap()).unwrap();
    assert_eq!(FrameNumber::read(&buffer), Some(FrameNumber(7)));
    let origin = CropOrigin {
        frame: 7,
        index: 1,
        stream_time: Some(gst::ClockTime::from_mseconds(40)),
        bbox: FrameBox([1.0, 2.0, 3.0, 4.0]),
        landmarks: None,
        face: faces().faces.remove(0),
    };
    origin.write(buffer.get_mut().unwrap()).unwrap();
    assert_eq!(CropOrigin::read(&buffer), Some(origin));
}

#[test]
fn rejects_come_back_as_they_were_written() {
    init();
    let mut buffer = gst::Buffer::new();
    assert_eq!(facemeta::Rejects::read(&buffer), None);
    let reject = facemeta::Reject {
        face: Face { bbox: StoredBox([0.1, 0.2, 0.3, 0.4]), confidence: 0.31, ..Face::default() },
        low_score: true,
        below_min_size: false,
        at_border: true,
        unconfirmed: true,
    };
    let rejects = facemeta::Rejects(vec![reject.clone(), facemeta::Reject::default()]);
    rejects.write(buffer.get_mut().unwrap()).unwrap();
    assert_eq!(facemeta::Rejects::read(&buffer), Some(rejects));
}
