// SPDX-License-Identifier: MIT OR Apache-2.0
//! Which decoder runs, and that it is said.
#![allow(clippy::unwrap_used)]

use std::path::{Path, PathBuf};

use facegroup_tests::{check_dataset, faces, film, run, run_ok, text};
use serde_json::Value;
use tempfile::TempDir;

/// A second of a face; `None` where it cannot be made, which is printed.
fn film_in(folder: &TempDir) -> Option<PathBuf> {
    let photograph = film::photograph()?;
    let file = folder.path().join("film.mp4");
    let pictures = (0..25).map(|n| film::picture(&photograph, n));
    let times: Vec<u64> = (0..25).map(|n| 40 * n).collect();
    film::write(pictures, &times, "x264enc ! h264parse ! mp4mux", &file).then_some(file)
}

fn path(path: &Path) -> &str {
    path.to_str().unwrap()
}

#[test]
fn software_finds_the_same_faces_as_whatever_was_chosen() {
    let folder = tempfile::tempdir().unwrap();
    let Some(film) = film_in(&folder) else { return };
    let of = |decoder: &str| {
        let out = folder.path().join(decoder);
        let arguments = [path(&film), "-o", path(&out), "--step", "0.2", "--decoder", decoder];
        let output = run_ok(&arguments);
        check_dataset(&out);
        let run: Value =
            serde_json::from_slice(&std::fs::read(out.join("run.json")).unwrap()).unwrap();
        let plugged = run["inputs"][0]["decoder"].as_str().unwrap().to_owned();
        let said = text(&output);
        assert!(said.contains(&format!("film.mp4: decoded by {plugged} (")), "{said}");
        (plugged, said, faces(&out))
    };
    let (software, said, by_software) = of("software");
    assert!(said.contains(&format!("{software} (software)")), "{said}");
    let (plugged, _, by_choice) = of("auto");
    assert_eq!(by_software.len(), 5);
    if plugged == software {
        assert_eq!(by_software, by_choice);
    } else {
        println!("{plugged} rounds otherwise than {software}: only frames and number compared");
        let frames =
            |faces: &[dataset::FaceRecord]| faces.iter().map(|face| face.frame).collect::<Vec<_>>();
        assert_eq!(frames(&by_software), frames(&by_choice));
    }
}

#[test]
fn hardware_that_is_missing_is_an_error_and_nothing_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let Some(film) = film_in(&folder) else { return };
    for (decoder, device) in [("nv", "/dev/nvidia0"), ("va", "/dev/dri")] {
        let out = folder.path().join(decoder);
        let output = run(&[path(&film), "-o", path(&out), "--decoder", decoder]);
        let said = text(&output);
        if Path::new(device).exists() {
            println!("there is a {device} here: {said}");
            assert!(output.status.success() || said.contains(&format!("--decoder {decoder}")));
            continue;
        }
        assert_eq!(output.status.code(), Some(2), "{said}");
        assert!(said.contains(&format!("--decoder {decoder}: ")), "{said}");
        assert!(said.contains("gstreamer1.0-plugins-bad") && said.contains("--decoder auto"));
        assert!(!out.exists(), "{said}");
    }
}
