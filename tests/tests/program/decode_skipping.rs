// SPDX-License-Identifier: MIT OR Apache-2.0
//! What is left undecoded changes nothing in the result.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;
use std::path::Path;

use dataset::Dataset;
use facegroup_tests::{check_dataset, faces, footage, run_ok};

/// Every file of a folder by its path in it.
fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut files = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in std::fs::read_dir(&next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = path.strip_prefix(folder).unwrap().to_string_lossy().into_owned();
                files.insert(name, std::fs::read(&path).unwrap());
            }
        }
    }
    files
}

/// Runs with and without skipping; gives the counts of the run that skipped.
fn same(clip: &str, arguments: &[&str]) -> Option<BTreeMap<String, u64>> {
    let clip = footage(clip)?;
    let folder = tempfile::tempdir().unwrap();
    let [some, all] = ["some", "all"].map(|name| folder.path().join(name));
    for (out, more) in [(&some, None), (&all, Some("--decode-all"))] {
        let mut line = vec![clip.to_str().unwrap(), "-o", out.to_str().unwrap(), "--quiet"];
        line.extend(arguments);
        line.extend(more);
        run_ok(&line);
    }
    check_dataset(&some);
    assert!(!faces(&some).is_empty());
    let (some_files, all_files) = (files(&some), files(&all));
    let names: Vec<_> = some_files.keys().collect();
    assert_eq!(names, all_files.keys().collect::<Vec<_>>());
    for name in names.into_iter().filter(|name| {
        name.starts_with("faces") || matches!(name.as_str(), "embeddings.npy" | "groups.json")
    }) {
        assert!(some_files[name] == all_files[name], "{name} of {}", clip.display());
    }
    let [some, all] = [some, all].map(|out| Dataset::read(&out).unwrap().run.counts);
    assert_eq!(some["frames"], all["frames"]);
    // All, but for what the decoder still holds when a part ends.
    assert!(all["coded_pictures"] - all["decoded_pictures"] < 8, "{all:?}");
    Some(some)
}

/// docs/design/predecessors.md 1.12 and 2.4 #3: every frame was decoded, or sought one by one.
#[test]
fn a_frame_a_second() {
    for clip in ["sitcom-poker-720p", "portrait-reel-720p"] {
        if let Some(counts) = same(&format!("clips/{clip}.mp4"), &["--step", "1"]) {
            assert!(counts["decoded_pictures"] * 2 < counts["coded_pictures"], "{counts:?}");
        }
    }
    for clip in ["vfr-dropped-frames", "anamorphic"] {
        if let Some(counts) = same(&format!("shots/{clip}.mp4"), &["--step", "1"]) {
            assert!(counts["decoded_pictures"] * 2 < counts["coded_pictures"], "{counts:?}");
        }
    }
}

#[test]
fn key_frames_only() {
    if let Some(counts) = same("clips/sitcom-poker-720p.mp4", &["--keyframes"]) {
        assert_eq!((counts["coded_pictures"], counts["frames"]), (632, 6));
        // Into open groups newer decoders are led by all references.
        let most = if gst::version() < (1, 23, 0, 0) { 12 } else { 32 };
        assert!(counts["decoded_pictures"] <= most, "{counts:?}");
    }
}

#[test]
fn a_part_of_a_film() {
    let part = ["--from", "10", "--to", "14"];
    if let Some(counts) = same("clips/sitcom-poker-720p.mp4", &part) {
        // Pictures from 0 to the group after 14 seconds are seen, those of the part decoded.
        assert!(counts["decoded_pictures"] < 100, "{counts:?}");
    }
}
