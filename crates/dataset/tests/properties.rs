// SPDX-License-Identifier: MIT OR Apache-2.0
//! What holds of every line and every name.
#![allow(clippy::unwrap_used)]

use std::io::Cursor;
use std::path::Path;

use dataset::format::lines::{Lines, encode};
use dataset::{By, CropFormat, CropNames, Duplicate, FaceRecord, InputInfo, RunInfo};
use imaging::PerceptualHash;
use imaging::geometry::{CropBox, FrameBox};
use proptest::option::of;
use proptest::prelude::*;

/// Strings with everything that JSON, paths and terminals find odd.
fn text() -> impl Strategy<Value = String> {
    let odd = prop::sample::select(vec![
        '"', '\\', '\n', '\r', '\0', '\u{7f}', '\u{2028}', '\u{feff}', '映', '😀', '/', '%', '{',
    ]);
    prop::collection::vec(prop_oneof![odd, any::<char>()], 0..12)
        .prop_map(|characters| characters.into_iter().collect())
}

fn number() -> impl Strategy<Value = f32> {
    prop_oneof![-1e4..1e4f32, prop::num::f32::NORMAL, prop::num::f32::SUBNORMAL, Just(0.0)]
}

prop_compose! {
    fn looks()(
        bbox in prop::array::uniform4(number()).prop_map(FrameBox),
        landmarks in of(prop::array::uniform5(prop::array::uniform2(number()))),
        (score, quality, sharpness) in (number(), number(), number()),
        in_picture in of(prop::array::uniform4(number()).prop_map(CropBox)),
        magnitude in of(number()),
        // As they are written: in microseconds.
        pts in 0..1_000_000_000_000u64,
    ) -> FaceRecord {
        let pts = pts as f64 / 1e6;
        FaceRecord { bbox, landmarks, score, quality, sharpness, in_picture, magnitude, pts, ..FaceRecord::default() }
    }
}

prop_compose! {
    fn record()(
        looks in looks(),
        video in text(),
        (frame, face) in any::<(u64, u32)>(),
        (track, shot, recurring_shot) in any::<(Option<u64>, Option<u64>, Option<u64>)>(),
        (group, file) in (of(text()), of(text())),
        embedding in of(any::<usize>()),
        hash in of(any::<u64>()),
        duplicate in of((text(), number())),
        blurry in any::<bool>(),
        extra in of((text(), text())),
    ) -> FaceRecord {
        let by = if blurry { By::Hash } else { By::Embedding };
        let duplicate = duplicate.map(|(of, distance)| Duplicate { of, by, distance });
        // Names that begin so are no other field's.
        let extra = extra.map(|(name, value)| (format!("x-{name}"), value.into()));
        FaceRecord {
            video, frame, face, track, shot, recurring_shot, group, file, embedding, duplicate, blurry,
            hash: hash.map(PerceptualHash),
            extra: extra.into_iter().collect(),
            ..looks
        }
    }
}

fn written(records: &[FaceRecord]) -> Vec<u8> {
    records.iter().flat_map(|record| encode(record, Path::new("x")).unwrap()).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn a_line_is_one_line_and_is_read_as_it_was_written(record in record()) {
        let line = written(std::slice::from_ref(&record));
        prop_assert_eq!(line.iter().filter(|byte| **byte == b'\n').count(), 1);
        let read: Vec<_> = Lines::of(Cursor::new(line), Path::new("x")).collect();
        prop_assert_eq!(read.len(), 1);
        prop_assert_eq!(read[0].as_ref().unwrap(), &record);
    }

    #[test]
    fn a_file_torn_anywhere_has_the_records_before(
        records in prop::collection::vec(record(), 0..5), at in any::<prop::sample::Index>(),
    ) {
        let whole = written(&records);
        let torn = &whole[..at.index(whole.len() + 1)];
        let complete = torn.iter().filter(|byte| **byte == b'\n').count();
        let mut lines = Lines::of(Cursor::new(torn.to_vec()), Path::new("x"));
        let read: Result<Vec<_>, _> = lines.by_ref().collect();
        prop_assert_eq!(read.unwrap(), &records[..complete]);
        prop_assert_eq!(lines.torn, torn.last().is_some_and(|last| *last != b'\n'));
    }

    #[test]
    fn rounded_is_finite_and_stays(
        record in record(), bbox in prop::array::uniform4(-1e4..1e4f32), score in 0.0..1.0f32,
    ) {
        let mut any = record;
        any.round();
        prop_assert!(any.is_finite());
        // Of what frames and detectors can give; far beyond, a hundredth is no step of f32.
        let mut once = FaceRecord { bbox: FrameBox(bbox), score, ..FaceRecord::default() };
        once.round();
        let mut twice = once.clone();
        twice.round();
        prop_assert_eq!(once, twice);
    }

    #[test]
    fn names_are_parsed_as_they_were_made(
        prefix in "([a-z0-9_ -]|映|%){0,8}", inputs in 1..200usize, input in any::<prop::sample::Index>(),
        frame in any::<u64>(), face in any::<u32>(), reject in 0..1000usize, other in any::<u64>(),
        pictures in prop::sample::select(vec![CropFormat::default(), CropFormat::Png]),
    ) {
        let input = input.index(inputs);
        let run = RunInfo { prefix, pictures, ..RunInfo::new(vec![InputInfo::default(); inputs]) };
        let names = CropNames::new(&run).unwrap();
        let name = names.name(input, frame, face);
        prop_assert_eq!(names.parse(&name), Some((input, frame, face)), "{}", name);
        for name in [&name, &names.debug(input, frame, None), &names.debug(input, frame, Some(reject))] {
            prop_assert_eq!(names.frame_of(name), Some((input, frame)), "{}", name);
        }
        prop_assert_eq!(names.name(input, other, face) == name, other == frame);
    }

    #[test]
    fn any_name_is_either_ours_as_it_is_or_not_ours(prefix in "[0-9_]{0,4}", name in "[0-9_r]{1,24}(.jpg)?") {
        let run = RunInfo { prefix, ..RunInfo::new(vec![InputInfo::default(); 3]) };
        let names = CropNames::new(&run).unwrap();
        if let Some((input, frame, face)) = names.parse(&name) {
            prop_assert_eq!(names.name(input, frame, face), name.clone());
            prop_assert_eq!(names.frame_of(&name), Some((input, frame)));
        }
    }
}
