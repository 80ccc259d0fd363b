// SPDX-License-Identifier: MIT OR Apache-2.0
//! Frames, streams and names as GStreamer itself has them.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use gst::prelude::*;
use gst_check::Harness;
use gst_frameview::{Geometry, VideoStream, owns_plain_name, raw_caps, view};
use gst_video::{VideoFormat, VideoFrameExt, VideoFrameRef, VideoInfo};
use image::RgbImage;
use imaging::frame::{Orientation, Sampler};
use imaging::geometry::Rect;

fn info(format: VideoFormat, width: u32, height: u32) -> VideoInfo {
    VideoInfo::builder(format, width, height).fps(gst::Fraction::new(25, 1)).build().unwrap()
}

/// All there is in the frame, in upright display pixels.
fn shown(buffer: &gst::Buffer, info: &VideoInfo, orientation: Orientation) -> RgbImage {
    let frame = VideoFrameRef::from_buffer_ref_readable(buffer, info).unwrap();
    let view = view(&frame, orientation).unwrap();
    let (width, height) = view.display_size();
    let whole = Rect { x: 0.0, y: 0.0, width, height };
    let mut picture = RgbImage::default();
    Sampler::default().sample(&view, whole, width as u32, height as u32, &mut picture).unwrap();
    picture
}

/// The pixels of an RGB buffer without the padding of its rows.
fn pixels(buffer: &gst::Buffer, info: &VideoInfo) -> RgbImage {
    let frame = VideoFrameRef::from_buffer_ref_readable(buffer, info).unwrap();
    let stride = frame.plane_stride()[0] as usize;
    let data = frame.plane_data(0).unwrap();
    let at = |x: u32, y: u32| &data[y as usize * stride + 3 * x as usize..][..3];
    RgbImage::from_fn(frame.width(), frame.height(), |x, y| {
        image::Rgb(at(x, y).try_into().unwrap())
    })
}

#[test]
fn orientations_turn_as_videoflip_does() {
    gst::init().unwrap();
    let stored = info(VideoFormat::Rgb, 12, 8);
    let bytes: Vec<u8> = (0..stored.size()).map(|i| (i % 251) as u8).collect();
    let tags = [
        "rotate-0",
        "rotate-90",
        "rotate-180",
        "rotate-270",
        "flip-rotate-0",
        "flip-rotate-90",
        "flip-rotate-180",
        "flip-rotate-270",
    ];
    for name in tags {
        let mut list = gst::TagList::new();
        list.get_mut()
            .unwrap()
            .add::<gst::tags::ImageOrientation>(&name, gst::TagMergeMode::Replace);
        let tag = gst::event::Tag::new(list);

        let mut flip = Harness::new_parse("videoflip video-direction=auto");
        flip.push_event(tag.clone());
        flip.set_src_caps(stored.to_caps().unwrap());
        let buffer = gst::Buffer::from_slice(bytes.clone());
        let flipped = flip.push_and_pull(buffer.clone()).unwrap();
        let caps = flip.sinkpad().unwrap().current_caps().unwrap();
        let upright = pixels(&flipped, &VideoInfo::from_caps(&caps).unwrap());

        let mut stream = VideoStream::default();
        stream.event(&tag);
        assert_eq!(shown(&buffer, &stored, stream.orientation), upright, "{name}");

        // And points go where their pixels go.
        stream.event(&gst::event::Caps::new(&stored.to_caps().unwrap()));
        let geometry = stream.geometry().unwrap();
        let (x, y) = (2, 1);
        let [u, v] = geometry.to_upright([(f64::from(x) + 0.5) / 12.0, (f64::from(y) + 0.5) / 8.0]);
        let (width, height) = geometry.upright_size();
        let there = upright.get_pixel((u * width) as u32, (v * height) as u32);
        assert_eq!(there, pixels(&buffer, &stored).get_pixel(x, y), "{name}");
    }
}

#[test]
fn every_format_of_the_caps_is_shown_as_videoconvert_has_it() {
    gst::init().unwrap();
    let caps = raw_caps();
    let formats = caps.structure(0).unwrap().get::<gst::List>("format").unwrap();
    let rgb = info(VideoFormat::Rgb, 321, 179);
    // Smooth, so that chroma at half the resolution makes little difference.
    let mut bytes = vec![0; rgb.size()];
    let stride = rgb.stride()[0] as usize;
    for (y, row) in bytes.chunks_exact_mut(stride).enumerate() {
        for (x, pixel) in row.chunks_exact_mut(3).take(321).enumerate() {
            pixel.copy_from_slice(&[(x * 255 / 321) as u8, (y * 255 / 179) as u8, 90]);
        }
    }
    for name in formats.iter().map(|f| f.get::<String>().unwrap()) {
        let format = info(name.parse().unwrap(), 321, 179);
        let mut there = Harness::new("videoconvert");
        there.set_caps(rgb.to_caps().unwrap(), format.to_caps().unwrap());
        let buffer = there.push_and_pull(gst::Buffer::from_slice(bytes.clone())).unwrap();
        let mut back = Harness::new("videoconvert");
        back.set_caps(format.to_caps().unwrap(), rgb.to_caps().unwrap());
        let expected = pixels(&back.push_and_pull(buffer.clone()).unwrap(), &rgb);
        let found = shown(&buffer, &format, Orientation::Identity);
        assert_eq!(found.dimensions(), (321, 179));
        let apart = |(a, b): (&u8, &u8)| a.abs_diff(*b);
        let worst = found.as_raw().iter().zip(expected.as_raw()).map(apart).max();
        // Chroma between its samples is interpolated there and not here.
        assert!(worst <= Some(8), "{name}: {worst:?}");
    }
    // Another format is no panic.
    let other = info(VideoFormat::Gray16Le, 4, 4);
    let buffer = gst::Buffer::with_size(other.size()).unwrap();
    let frame = VideoFrameRef::from_buffer_ref_readable(&buffer, &other).unwrap();
    assert!(view(&frame, Orientation::Identity).is_none());
}

#[test]
fn names_of_other_files_are_left_to_them() {
    gst::init().unwrap();
    let registry = gst::Registry::get();
    let file = registry.find_plugin("coreelements").unwrap();
    assert!(file.filename().is_some());
    assert!(owns_plain_name(&file, "identity"), "its own");
    assert!(owns_plain_name(&file, "nobody-has-this-name"));
    assert!(!owns_plain_name(&file, "videotestsrc"), "another file's");
    // Elements of the program itself always win.
    let program = registry.find_plugin("staticelements").unwrap();
    assert!(program.filename().is_none());
    assert!(owns_plain_name(&program, "videotestsrc"));
}

#[test]
fn a_stream_follows_its_events_and_counts_its_pictures() {
    gst::init().unwrap();
    facemeta::init();
    let mut stream = VideoStream::default();
    assert_eq!(stream.geometry(), None);
    let mut caps = info(VideoFormat::I420, 720, 576).to_caps().unwrap();
    caps.get_mut().unwrap().set("pixel-aspect-ratio", gst::Fraction::new(16, 15));
    stream.event(&gst::event::StreamStart::new("one"));
    stream.event(&gst::event::Caps::new(&caps));
    let expected = Geometry {
        width: 720,
        height: 576,
        pixel_aspect: 16.0 / 15.0,
        orientation: Orientation::Identity,
    };
    assert_eq!(stream.geometry(), Some(expected));
    assert_eq!(expected.display_size(), (768.0, 576.0));

    // A film that begins at 1.7 s of its file.
    let mut segment = gst::FormattedSegment::<gst::ClockTime>::new();
    segment.set_start(1700.mseconds());
    segment.set_time(500.mseconds());
    stream.event(&gst::event::Segment::new(&segment));
    let mut buffer = gst::Buffer::new();
    buffer.get_mut().unwrap().set_pts(1740.mseconds());
    assert_eq!(stream.stream_time(&buffer), Some(540.mseconds()));

    assert_eq!([stream.number(&buffer), stream.number(&buffer)], [0, 1]);
    facemeta::FrameNumber(40).write(buffer.get_mut().unwrap()).unwrap();
    assert_eq!(stream.number(&buffer), 40);
    assert_eq!(stream.number(&gst::Buffer::new()), 41, "counted on from there");
    stream.event(&gst::event::StreamStart::new("two"));
    assert_eq!((stream.number(&gst::Buffer::new()), stream.id.as_deref()), (0, Some("two")));
}

#[test]
fn behind_a_seek_pictures_are_numbered_by_their_time() {
    gst::init().unwrap();
    facemeta::init();
    let mut stream = VideoStream::default();
    let mut caps = info(VideoFormat::I420, 64, 48).to_caps().unwrap();
    caps.get_mut().unwrap().set("framerate", gst::Fraction::new(30_000, 1001));
    stream.event(&gst::event::Caps::new(&caps));
    stream.event(&gst::event::Segment::new(&gst::FormattedSegment::<gst::ClockTime>::new()));
    let at = |milliseconds: u64| {
        let mut buffer = gst::Buffer::new();
        buffer.get_mut().unwrap().set_pts(milliseconds.mseconds());
        buffer
    };
    assert_eq!((stream.number(&at(0)), stream.number(&at(33))), (0, 1));
    stream.event(&gst::event::FlushStop::new(true));
    // Picture 900 is at 30.03 s; the container has cut the time to milliseconds.
    assert_eq!((stream.number(&at(30_030)), stream.number(&at(30_063))), (900, 901));
    stream.event(&gst::event::FlushStop::new(true));
    assert_eq!(stream.number(&at(0)), 0);
    // Without a frame rate there is nothing to reckon with.
    caps.get_mut().unwrap().set("framerate", gst::Fraction::new(0, 1));
    stream.event(&gst::event::Caps::new(&caps));
    stream.event(&gst::event::FlushStop::new(true));
    assert_eq!(stream.number(&at(30_030)), 1);
}
