// SPDX-License-Identifier: MIT OR Apache-2.0
//! FaceRipper's command line in our words.

use std::path::PathBuf;

use clap::Parser;

use super::Translation;

/// Their measure's own threshold, which the preset has.
const BLUR: f32 = 250.0;

/// Extracts the faces of many known people from videos, for training.
#[derive(Debug, Parser)]
#[command(name = "faceripper", disable_help_flag = true, infer_long_args = true, after_help = super::AFTER_HELP)]
pub(super) struct Theirs {
    /// People: label and folder of pictures of each [here: --refs]
    #[arg(long)]
    config: String,
    /// Folder of the videos, and of those in folders within it [here: the input]
    #[arg(long)]
    video_dir: PathBuf,
    /// Folder of the result; made when missing [here: -o]
    #[arg(long)]
    target_dir: PathBuf,
    /// Distance of dlib's vectors up to which a face is a person's [here: --name-threshold; 0.325]
    #[arg(long)]
    tolerance: Option<f32>,
    /// Processes [here: without meaning, all cores are used]
    #[arg(long, allow_negative_numbers = true)]
    threads: Option<i32>,
    /// Times a reference is described, slightly moved [here: --jitters]
    #[arg(long, default_value_t = 0)]
    jitters: u32,
    /// hog or cnn [here: without meaning, faces are found by centerface]
    #[arg(long)]
    model: Option<String>,
    /// Variance of the Laplacian under which a picture is left out, 0 for none [here: --blur]
    #[arg(long, default_value_t = BLUR)]
    blur: f32,
    /// Keep the blurry pictures too [here: --save-blurry, into intermediate/blurry/]
    #[arg(long, alias = "save_blurry", num_args = 0..=1, default_missing_value = "true", default_value = "false")]
    save_blurry: String,
}

/// The same in our words.
pub fn translate(arguments: &[String]) -> Result<Translation, clap::Error> {
    let theirs: Theirs = super::parse(arguments, &[])?;
    let mut ours = Translation::default();
    let target = super::placed(&mut ours, &theirs.target_dir, Some(&theirs.video_dir));
    let videos = theirs.video_dir.to_string_lossy();
    ours.say(&["run", &videos, "--recursive", "-o", &target, "--every-frame"]);
    // More than 100 pixels wide and high, the box itself, at PIL's quality, every face.
    ours.say(&["--min-size", "101", "--crop-scale", "1", "1", "1", "1"]);
    ours.say(&["--samples", "0", "--quality", "75"]);
    let is_on = theirs.blur > 0.0;
    if theirs.blur == BLUR {
        ours.say(&["--blur", "faceripper"]);
    } else if is_on {
        ours.set("--blur", theirs.blur);
        ours.note_if(true, "--blur: measured on the luma of the face, not on its three channels");
    }
    // There "False" is true as well; here it is what it says.
    let save = !["false", "no", "0", ""].contains(&theirs.save_blurry.to_lowercase().as_str());
    if save && is_on {
        ours.say(&["--save-blurry"]);
        ours.note_if(
            true,
            "--save-blurry: in intermediate/blurry/, not in the folders of people, where training loaders \
             would find it",
        );
    }
    // Its numbers are distances of dlib's network.
    ours.say(&["--embedder", "dlib-resnet"]);
    ours.say(&["--refs", &theirs.config, "--name-like", "faceripper", "--others", "drop"]);
    if let Some(tolerance) = theirs.tolerance {
        ours.set("--name-threshold", tolerance);
    }
    ours.set("--jitters", theirs.jitters);
    ours.note_if(
        theirs.threads.is_some(),
        "--threads: the work is spread over all cores by itself",
    );
    ours.note_if(
        true,
        "dlib's detectors are not used: faces are found by centerface; each face is one file, of the \
         nearest person, named by its frame, in faces/<label>/",
    );
    Ok(ours)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    const COMMON: &str = "--config people.json --video-dir videos --target-dir out";

    fn ours(line: &str) -> Translation {
        let line = format!("{COMMON} {line}");
        translate(&line.split_whitespace().map(str::to_owned).collect::<Vec<_>>()).unwrap()
    }

    #[test]
    fn the_defaults_are_theirs() {
        assert_eq!(
            ours("").command(),
            "facegroup run videos --recursive -o out --every-frame --min-size 101 --crop-scale 1 1 1 1 \
             --samples 0 --quality 75 --blur faceripper --embedder dlib-resnet --refs people.json \
             --name-like faceripper --others drop --jitters 0"
        );
    }

    #[test]
    fn every_option_is_taken_or_named() {
        let all =
            ours("--tolerance 0.4 --threads 8 --jitters 2 --model cnn --blur 100 --save-blurry");
        let command = all.command();
        assert!(command.contains("--blur 100 --save-blurry"), "{command}");
        assert!(command.ends_with("--name-threshold 0.4 --jitters 2"), "{command}");
        for word in ["--threads", "--blur", "intermediate/blurry"] {
            assert!(all.notes.iter().any(|note| note.contains(word)), "{word}");
        }
        assert!(!ours("--save-blurry False").command().contains("--save-blurry"));
        assert!(!ours("--blur 0 --save-blurry").command().contains("blur"));
        assert!(translate(&[]).is_err());
    }
}
