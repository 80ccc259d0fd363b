// SPDX-License-Identifier: MIT OR Apache-2.0
//! A coarse pass loses nobody who is large enough, however large the picture and however many there are.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use crate::common;
use std::path::PathBuf;

use image::imageops::{replace, thumbnail};
use image::{Rgb, RgbImage};
use imaging::Detection;
use imaging::frame::FrameView;
use models::catalogue::Task;
use models::{Detector, DetectorOptions};

/// Faces of so many pixels and more count.
const LEAST: f32 = 40.0;

fn pictures(folder: &str) -> Vec<PathBuf> {
    let Some(folder) = testkit::footage(folder) else {
        return Vec::new();
    };
    let list =
        |folder: PathBuf| std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let (folders, mut files): (Vec<_>, Vec<_>) = list(folder).partition(|path| path.is_dir());
    files.extend(folders.into_iter().flat_map(list));
    files.sort();
    files
}

/// The faces that looks at all of a picture find, and those of them that default settings find.
fn kept(picture: &RgbImage) -> Option<(usize, usize)> {
    let model = common::model("centerface", Task::Detect)?;
    let find = |coarse_scale| -> Vec<Detection> {
        let own = DetectorOptions::new(model.clone());
        let options = DetectorOptions { input_size: 960, coarse_scale, ..own };
        Detector::open(&options).unwrap().detect(&FrameView::from_rgb(picture)).unwrap()
    };
    let (full, own) = (find(Some(0.0)), find(None));
    let large = full.iter().filter(|face| face.bbox.height >= LEAST);
    let again = |face: &&Detection| own.iter().any(|other| other.bbox.iou(&face.bbox) > 0.4);
    Some((large.clone().count(), large.filter(again).count()))
}

/// cases/29-crowd: 24 of 300.
#[test]
fn a_crowd_is_found() {
    let people = pictures("faces/lfw10");
    if people.is_empty() {
        return;
    }
    for count in [50, 150] {
        let mut picture = RgbImage::from_pixel(1920, 1080, Rgb([90, 100, 90]));
        for (place, person) in (0..count).zip(people.iter().cycle()) {
            let head = thumbnail(&image::open(person).unwrap().into_rgb8(), 96, 96);
            replace(&mut picture, &head, place % 19 * 100, place / 19 * 100);
        }
        let Some((full, kept)) = kept(&picture) else { return };
        println!("{kept} of {full} in a crowd of {count}");
        assert!(full * 10 >= count as usize * 8, "{full} of {count} in full");
        assert!(kept * 100 >= full * 98, "{kept} of {full}");
    }
}

/// cases/48-small-faces-hd: 53 of 75.
#[test]
fn people_far_off_in_a_large_frame_are_found() {
    let groups = pictures("faces/bbt-groups");
    let (mut full, mut kept_all) = (0, 0);
    for group in &groups {
        let scene = image::open(group).unwrap().into_rgb8();
        for (width, height, part) in [(1920, 1080, 0.2), (1920, 1080, 0.26), (3840, 2160, 0.14)] {
            let scale = (f64::from(height) * part / f64::from(scene.height()))
                .min(f64::from(width) / f64::from(scene.width()));
            let [wide, high] =
                [scene.width(), scene.height()].map(|side| (f64::from(side) * scale) as u32);
            let filter = image::imageops::FilterType::Triangle;
            let scene = image::imageops::resize(&scene, wide, high, filter);
            let mut picture = RgbImage::from_pixel(width, height, Rgb([60, 60, 70]));
            let left = i64::from(width - wide) / 2;
            replace(&mut picture, &scene, left, i64::from(height - high) / 2);
            let Some((all, found)) = kept(&picture) else { return };
            println!("{width}x{height} at {part}: {found} of {all} in {}", group.display());
            full += all;
            kept_all += found;
        }
    }
    assert!(kept_all * 100 >= full * 98, "{kept_all} of {full}");
}
