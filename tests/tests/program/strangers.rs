// SPDX-License-Identifier: MIT OR Apache-2.0
//! Inputs as strangers have them: photographs of any kind, pictures that move, numbers with gaps, names and
//! lists in any bytes, litter of systems beside the user's files.
#![allow(clippy::unwrap_used)]

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use dataset::{Dataset, RunInfo};
use facegroup_tests::{case, check_dataset, facegroup, faces, film, run, run_ok, skip, text};
use gst::prelude::*;

fn path(path: &Path) -> &str {
    path.to_str().unwrap()
}

fn run_of(out: &Path) -> RunInfo {
    Dataset::run_info(out).unwrap()
}

/// Frames looked at, by input.
fn frames(out: &Path) -> Vec<u64> {
    run_of(out).inputs.iter().map(|input| input.frames.unwrap()).collect()
}

/// Mean difference of two pictures brought to one size.
fn difference(a: &Path, b: &Path) -> f64 {
    let small =
        |path: &Path| image::imageops::thumbnail(&image::open(path).unwrap().into_rgb8(), 24, 24);
    let (a, b) = (small(a), small(b));
    let pairs = a.as_raw().iter().zip(b.as_raw());
    pairs.map(|(a, b)| f64::from(a.abs_diff(*b))).sum::<f64>() / a.as_raw().len() as f64
}

#[test]
fn photographs_are_upright_in_run_as_in_group() {
    let Some(case) = case("01-exif-photos") else { return };
    let root = tempfile::tempdir().unwrap();
    for (command, extra) in [("run", &["-e", "jpg"][..]), ("group", &[])] {
        let out = root.path().join(command);
        run_ok(&[&[command, path(&case), "-o", path(&out)], extra].concat());
        check_dataset(&out);
        let found = faces(&out);
        assert_eq!(found.len(), 8, "{command}");
        assert!(found.iter().all(|face| face.group.as_deref() == Some("0")));
        let pictures: Vec<_> =
            found.iter().map(|face| out.join(face.file.as_ref().unwrap())).collect();
        for picture in &pictures {
            let away = difference(&pictures[0], picture);
            assert!(away < 12.0, "{command} {}: {away}", picture.display());
        }
    }
}

#[test]
fn pictures_that_move_are_looked_at_frame_by_frame_and_end() {
    let Some(case) = case("22-animated") else { return };
    let root = tempfile::tempdir().unwrap();
    let files = ["anim.gif", "anim.webp", "anim.png", "anim.apng"].map(|name| case.join(name));
    let out = root.path().join("out");
    let mut arguments: Vec<&str> = files.iter().map(|file| path(file)).collect();
    arguments.extend(["--mode", "detect", "-o", path(&out)]);
    run_ok(&arguments);
    assert_eq!(frames(&out), [24, 24, 12, 12]);
    // Where a step is asked for they are films like others.
    let out = root.path().join("step");
    run_ok(&[path(&files[0]), "--step", "1", "--mode", "detect", "-o", path(&out)]);
    assert!(frames(&out)[0] < 5, "{:?}", frames(&out));
}

#[test]
fn a_folder_of_pictures_that_move_is_grouped_whole() {
    let Some(case) = case("22-animated") else { return };
    let root = tempfile::tempdir().unwrap();
    let (folder, out) = (root.path().join("in"), root.path().join("out"));
    fs::create_dir(&folder).unwrap();
    fs::copy(case.join("anim.apng"), folder.join("anim.apng")).unwrap();
    fs::write(folder.join("a.heic"), b"\0\0\0\x18ftypheic\0\0\0\0mif1heic").unwrap();
    let output = run(&["group", path(&folder), "-o", path(&out)]);
    // What cannot be read is not passed over in silence.
    assert_eq!(output.status.code(), Some(1), "{}", text(&output));
    assert!(text(&output).contains("a.heic: damaged") || text(&output).contains("heif-convert"));
    assert_eq!(faces(&out).len(), 12);
}

/// A pattern was played at 25 frames per second and sampled five times per second.
#[test]
fn every_one_of_numbered_pictures_is_looked_at_from_any_number_on() {
    let Some(photograph) = film::photograph() else { return };
    let folder = tempfile::tempdir().unwrap();
    for number in [98, 99, 100, 101, 107, 108] {
        let picture = film::picture(&photograph, number);
        picture.save(folder.path().join(format!("img_{number:03}.png"))).unwrap();
    }
    let (pattern, out) = (folder.path().join("img_%03d.png"), folder.path().join("out"));
    let output = run_ok(&[path(&pattern), "-o", path(&out)]);
    assert!(text(&output).contains("102 to 106"), "{}", text(&output));
    check_dataset(&out);
    assert_eq!(faces(&out).iter().map(|face| face.frame).collect::<Vec<_>>(), [0, 1, 2, 3, 4, 5]);
    let files = run_of(&out).inputs[0].extra["files"].clone();
    assert_eq!((files[0].as_str(), files[4].as_str()), (Some("img_098.png"), Some("img_107.png")));
    let out = folder.path().join("step");
    run_ok(&[path(&pattern), "--step", "0.08", "--mode", "detect", "-o", path(&out)]);
    assert_eq!(frames(&out), [3]);
    // One that cannot be read is named, and its number stays free.
    fs::write(folder.path().join("img_100.png"), "no picture").unwrap();
    let out = folder.path().join("damaged");
    let output = run_ok(&[path(&pattern), "--mode", "detect", "-o", path(&out)]);
    let said = text(&output);
    assert!(said.contains("img_100.png") && said.contains("1 picture lost"), "{said}");
    assert_eq!(faces(&out).iter().map(|face| face.frame).collect::<Vec<_>>(), [0, 1, 3, 4, 5]);
}

/// A camera's telephone numbers its pictures too: who stands where another one stood is another person.
#[test]
fn faces_at_the_same_place_of_two_photographs_are_not_one_person_for_that() {
    let Some(photograph) = film::photograph() else { return };
    let folder = tempfile::tempdir().unwrap();
    let other = models::store::home().join("photographs/biden.jpg");
    let other = image::open(other).unwrap().into_rgb8();
    let (width, height) = photograph.dimensions();
    for (number, picture) in [&photograph, &other, &photograph, &other].into_iter().enumerate() {
        let picture = image::imageops::thumbnail(picture, width / 3, height / 3);
        picture.save(folder.path().join(format!("{number}.jpg"))).unwrap();
    }
    let (pattern, out) = (folder.path().join("%d.jpg"), folder.path().join("out"));
    run_ok(&[path(&pattern), "-o", path(&out)]);
    let found = faces(&out);
    assert!(found.iter().all(|face| face.track.is_none()));
    let groups: Vec<_> = found.iter().map(|face| face.group.as_deref().unwrap()).collect();
    assert_eq!((groups.len(), groups[0], groups[1]), (4, groups[2], groups[3]));
    assert_ne!(groups[0], groups[1]);
}

#[test]
fn several_people_on_one_picture_are_all_found_by_group() {
    let Some(photograph) = film::photograph() else { return };
    let root = tempfile::tempdir().unwrap();
    let (folder, out) = (root.path().join("in"), root.path().join("out"));
    fs::create_dir(&folder).unwrap();
    let other = image::open(models::store::home().join("photographs/biden.jpg")).unwrap();
    let half = |picture: &image::RgbImage| image::imageops::thumbnail(picture, 400, 500);
    let mut both = image::RgbImage::new(800, 500);
    image::imageops::replace(&mut both, &half(&photograph), 0, 0);
    image::imageops::replace(&mut both, &half(&other.into_rgb8()), 400, 0);
    both.save(folder.join("both.jpg")).unwrap();
    half(&photograph).save(folder.join("one.jpg")).unwrap();
    run_ok(&["group", path(&folder), "-o", path(&out)]);
    check_dataset(&out);
    let found = faces(&out);
    let source = |face: &dataset::FaceRecord| face.extra["source"].as_str() == Some("both.jpg");
    assert_eq!(found.iter().filter(|face| source(face)).count(), 2);
    let mut groups: Vec<_> = found.iter().map(|face| face.group.clone().unwrap()).collect();
    groups.sort();
    assert_eq!(groups, ["0", "0", "1"]);
}

#[test]
fn names_and_lists_are_bytes() {
    let Some(photograph) = film::photograph() else { return };
    let folder = tempfile::tempdir().unwrap();
    let names = [&b"caf\xe9.jpg"[..], b"caf\xe8.jpg"].map(OsStr::from_bytes);
    for (number, name) in (0..).zip(names) {
        let plain = folder.path().join("plain.jpg");
        film::picture(&photograph, number).save(&plain).unwrap();
        if let Err(error) = fs::rename(plain, folder.path().join(name)) {
            skip("names", error);
            return;
        }
    }
    let list = folder.path().join("list.txt");
    let lines = [b"\xef\xbb\xbf# mine\r\n\"caf\xe9.jpg\"\r\nfile '", names[1].as_bytes(), b"'\r\n"];
    fs::write(&list, lines.concat()).unwrap();
    for (place, input) in [("a", folder.path()), ("b", &list)] {
        let out = folder.path().join(place);
        run_ok(&[path(input), "-e", "jpg", "--mode", "detect", "-o", path(&out)]);
        let mut names: Vec<_> = run_of(&out).inputs.into_iter().map(|input| input.name).collect();
        names.sort();
        assert_eq!(names, ["caf%E8.jpg", "caf%E9.jpg"]);
        assert_eq!(faces(&out).len(), 2);
    }
    let out = folder.path().join("c");
    let mut command = facegroup(&["--mode", "detect", "-o", path(&out)]);
    let output = command.arg(folder.path().join(names[0])).output().unwrap();
    assert!(output.status.success(), "{}", text(&output));
    assert_eq!(faces(&out)[0].video, "caf%E9.jpg");
}

#[test]
fn what_lies_beside_the_users_files_is_no_input() {
    let Some(photograph) = film::photograph() else { return };
    let root = tempfile::tempdir().unwrap();
    let folder = root.path().join("in");
    for name in ["a.jpg", "._a.jpg", "@eaDir/a.jpg/THUMB.jpg", ".cache/b.jpg", "old/faces/0/c.jpg"]
    {
        let file = folder.join(name);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        film::picture(&photograph, 3).save(&file).unwrap();
    }
    // Another result, and macOS's second half of a file.
    fs::write(folder.join("old/run.json"), "{}").unwrap();
    fs::write(folder.join("._a.jpg"), "Mac OS X").unwrap();
    for arguments in [&["group"][..], &["run", "-r", "-e", "jpg"]] {
        let out = root.path().join(arguments[0]);
        run_ok(&[arguments, &[path(&folder), "-o", path(&out)]].concat());
        assert_eq!(faces(&out).len(), 1, "{arguments:?}");
    }
}

/// Five clusters of four faces were four, without a word.
#[test]
fn more_clusters_than_faces_are_said() {
    let Some(photograph) = film::photograph() else { return };
    let folder = tempfile::tempdir().unwrap();
    for number in 0..3 {
        film::picture(&photograph, number)
            .save(folder.path().join(format!("{number}.jpg")))
            .unwrap();
    }
    let out = folder.path().join("out");
    let kmeans = ["--algorithm", "kmeans", "--clusters", "5"];
    let output = run_ok(&[&["group", path(folder.path()), "-o", path(&out)], &kmeans[..]].concat());
    let said = text(&output);
    assert!(said.contains("5 clusters") && said.contains("3 faces"), "{said}");
}

/// `facetrack min-hits` only delayed messages where `--track-hits` makes nobody of short tracks, and the
/// pictures of known people did not hear of `faceembed flip`.
#[test]
fn elements_come_to_what_the_program_comes_to() {
    let Some(photograph) = film::photograph() else { return };
    let root = tempfile::tempdir().unwrap();
    let (file, program, elements) =
        (root.path().join("film.mp4"), root.path().join("program"), root.path().join("elements"));
    let other = image::open(models::store::home().join("photographs/biden.jpg")).unwrap();
    let other = image::imageops::thumbnail(&other.into_rgb8(), 130, 170);
    let pictures = (0..12).map(|number| match number {
        0..6 => film::picture(&photograph, 3),
        6..10 => image::RgbImage::from_pixel(film::WIDTH, film::HEIGHT, image::Rgb([90; 3])),
        _ => {
            let mut picture =
                image::RgbImage::from_pixel(film::WIDTH, film::HEIGHT, image::Rgb([30, 60, 90]));
            image::imageops::replace(&mut picture, &other, 5, 20);
            picture
        }
    });
    let times: Vec<u64> = (0..12).map(|number| number * 40).collect();
    if !film::write(pictures, &times, "x264enc speed-preset=veryfast ! h264parse ! mp4mux", &file) {
        return;
    }
    run_ok(
        &[
            &[path(&file), "-o", path(&program), "--every-frame"],
            &["--track-hits", "3", "--flip", "always"][..],
        ]
        .concat(),
    );
    facegroup_tests::plugins::register();
    let description = format!(
        "filesrc location={} ! decodebin ! videoconvert ! facedetect min-size=20 search-interval=300000000 \
         search-ahead=true ! facetrack min-hits=3 ! faceembed flip=always ! facecrop ! facesink location={}",
        path(&file),
        path(&elements)
    );
    let pipeline = gst::parse::launch(&description).unwrap();
    pipeline.set_state(gst::State::Playing).unwrap();
    let ends = [gst::MessageType::Eos, gst::MessageType::Error];
    let bus = pipeline.bus().unwrap();
    let end = bus.timed_pop_filtered(gst::ClockTime::from_seconds(120), &ends).unwrap();
    assert_eq!(end.type_(), gst::MessageType::Eos, "{end:?}");
    pipeline.set_state(gst::State::Null).unwrap();
    let found = |out: &Path| -> Vec<_> {
        faces(out).into_iter().map(|face| (face.frame, face.bbox, face.group)).collect()
    };
    let groups: Vec<_> = found(&program).into_iter().map(|(_, _, group)| group.unwrap()).collect();
    assert_eq!(groups, ["0", "0", "0", "0", "0", "0", "unsure", "unsure"]);
    assert_eq!(found(&elements), found(&program));
    assert_eq!(run_of(&elements).settings.flip, run_of(&program).settings.flip);
}
