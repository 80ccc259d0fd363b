// SPDX-License-Identifier: MIT OR Apache-2.0
//! FaceGrab's command line in our words.

use std::path::{Path, PathBuf};

use clap::Parser;
use interchange::Stored;

use super::Translation;

/// Their measure's own threshold, which the preset has.
const BLUR: f32 = 10.0;
/// Its own tolerance, where none is given.
const TOLERANCE: f32 = 0.6;
/// The network whose vectors it compares.
const DLIB: &str = "dlib-resnet";
/// The network that compares here.
const OURS: &str = "sface";

/// Extracts the faces of one known person from a video.
#[derive(Debug, Parser)]
#[command(name = "facegrab", disable_help_flag = true, infer_long_args = true, after_help = super::AFTER_HELP)]
pub(super) struct Theirs {
    /// Picture or folder of pictures of a person, .npz of an earlier run, * for everyone [here: --refs]
    #[arg(short, long)]
    reference: String,
    /// Video, or numbered pictures [here: the input]
    #[arg(short, long)]
    input: PathBuf,
    /// Folder of the result; made when missing [here: -o]
    #[arg(short, long)]
    output: PathBuf,
    /// -sr: keep what is known of the person in this file [here: facegroup refs save, before]
    #[arg(long = "save_references", alias = "sr", value_name = "NPZ")]
    save: Option<String>,
    /// -bs: frames at once [here: without meaning on a processor; --detection-batch]
    #[arg(long = "batch_size", alias = "bs")]
    batch: Option<u32>,
    /// -sf: frames left out between two [here: --every, one more]
    #[arg(long = "skip_frames", alias = "sf", default_value_t = 6, allow_negative_numbers = true)]
    skip: i64,
    /// -xs: side of the pictures in pixels [here: --crop-size]
    #[arg(long = "extract_size", alias = "xs", default_value_t = 256)]
    size: u32,
    /// Part of its size at which a frame is searched [here: without meaning; --detection-size]
    #[arg(short, long)]
    scale: Option<f32>,
    /// -do: show frames and faces [here: --display]
    #[arg(long = "display_output", alias = "do")]
    display: bool,
    /// Distance of dlib's vectors up to which a face is the person's [here: --name-like facegrab with
    /// --name-threshold and --embedder dlib-resnet; without it facegroup's own network and threshold decide]
    #[arg(short, long)]
    tolerance: Option<f32>,
    /// Times a picture of the person is described, slightly moved [here: --jitters]
    #[arg(short, long, default_value_t = 5)]
    jitter: u32,
    /// -bt: variance of the Laplacian under which a picture is left out [here: --blur]
    #[arg(long = "blur_threshold", alias = "bt", default_value_t = BLUR)]
    blur: f32,
    /// -ds: how alike the pictures of the person are [here: facegroup refs inspect]
    #[arg(long = "display_stats", alias = "ds")]
    stats: bool,
}

/// One dash and several letters.
const SHORT: [(&str, &str); 7] = [
    ("-sr", "--save_references"),
    ("-bs", "--batch_size"),
    ("-sf", "--skip_frames"),
    ("-xs", "--extract_size"),
    ("-do", "--display_output"),
    ("-bt", "--blur_threshold"),
    ("-ds", "--display_stats"),
];

/// The same in our words.
pub fn translate(arguments: &[String]) -> Result<Translation, clap::Error> {
    let theirs: Theirs = super::parse(arguments, &SHORT)?;
    let mut ours = Translation::default();
    let output = super::placed(&mut ours, &theirs.output, Some(&theirs.input));
    ours.say(&["run", &theirs.input.to_string_lossy(), "-o", &output]);
    if theirs.skip <= 0 {
        ours.say(&["--every-frame"]);
    } else {
        ours.set("--every", theirs.skip + 1);
    }
    ours.say(&["--align", "points", "--crop-size", &theirs.size.to_string()]);
    // Every face is a picture there, at OpenCV's quality.
    ours.say(&["--samples", "0", "--quality", "95"]);
    if theirs.blur == BLUR {
        ours.say(&["--blur", "facegrab"]);
    } else if theirs.blur > 0.0 {
        ours.set("--blur", theirs.blur);
        ours.note_if(true, "-bt: measured on the face in the frame's own pixels, not on the crop");
    }
    if theirs.wants_dlib() {
        ours.say(&["--embedder", DLIB]);
    }
    ours.say(&["--refs", &theirs.reference]);
    if theirs.reference != "*" {
        theirs.say_person(&mut ours);
    }
    ours.note_if(theirs.stats, "-ds: facegroup refs inspect shows how alike the references are");
    if theirs.display {
        ours.say(&["--display"]);
    }
    ours.note_if(
        theirs.batch.is_some(),
        "-bs: frames are looked at one by one; see --detection-batch",
    );
    ours.note_if(
        theirs.scale.is_some(),
        "-s: frames are always scaled to the detector's size; see --detection-size",
    );
    ours.note_if(
        true,
        "dlib's detectors are not used: faces are found by centerface, the crop is aligned by five points \
         instead of 51, and files are named by frame",
    );
    Ok(ours)
}

impl Theirs {
    /// Whether dlib's network compares: a tolerance is one of its distances, and a file may hold its vectors.
    fn wants_dlib(&self) -> bool {
        let stored = || Stored::read(Path::new(&self.reference)).ok();
        let is_file = self.reference.ends_with(".npz");
        // FaceGrab's own files do not say whose vectors they hold.
        let of_dlib = |stored: Stored| stored.model.is_none_or(|model| model == DLIB);
        self.tolerance.is_some() || is_file && stored().is_some_and(of_dlib)
    }

    /// Who is wanted, and how sure it must be.
    fn say_person(&self, ours: &mut Translation) {
        match self.tolerance {
            Some(tolerance) => {
                ours.say(&["--name-like", "facegrab", "--others", "drop"]);
                ours.set("--name-threshold", tolerance);
            }
            None => {
                ours.say(&["--others", "drop"]);
                ours.notes.push(strictness());
            }
        }
        ours.set("--jitters", self.jitter);
        if let Some(file) = &self.save {
            // numpy adds the ending.
            let file = if file.ends_with(".npz") { file.clone() } else { format!("{file}.npz") };
            let mut words = vec!["refs", "save", &self.reference, &file];
            if self.wants_dlib() {
                words.extend(["--embedder", DLIB]);
            } else {
                ours.notes.push(format!(
                    "{file} holds {OURS}'s vectors, which FaceGrab cannot compare; with -t it holds dlib's"
                ));
            }
            let jitter = self.jitter.to_string();
            words.extend(["--jitters", &jitter]);
            ours.before = Some(words.into_iter().map(str::to_owned).collect());
        }
    }
}

/// What both programs ask of a face before it is a person's.
fn strictness() -> String {
    let ours = models::catalogue::find(OURS).map_or(0.0, |model| 1.0 - model.thresholds.name);
    format!(
        "FaceGrab takes each face within {TOLERANCE} of any reference by dlib's vectors; here {OURS} describes \
         faces, and a group of them must be within a cosine distance of {ours:.2} of the person, which lets \
         fewer strangers in. -t {TOLERANCE} asks for FaceGrab's rule and network"
    )
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn ours(line: &str) -> Translation {
        translate(&line.split_whitespace().map(str::to_owned).collect::<Vec<_>>()).unwrap()
    }

    #[test]
    fn the_defaults_are_theirs() {
        assert_eq!(
            ours("-r people/ann -i film.mp4 -o out").command(),
            "facegroup run film.mp4 -o out --every 7 --align points --crop-size 256 --samples 0 \
             --quality 95 --blur facegrab --refs people/ann --others drop --jitters 5"
        );
    }

    /// The four lines of its README.
    #[test]
    fn long_names_have_underscores_and_references_are_kept() {
        let shown = ours("-r pics/A -i video/A.mp4 -o extract/A --display_output").command();
        assert!(shown.ends_with(" --display"), "{shown}");
        let saved = ours("-r pics/A -i video/A.mp4 -o extract/A --save_references A.npz");
        let before = "refs save pics/A A.npz --jitters 5";
        assert_eq!(saved.before.unwrap().join(" "), before);
        assert!(saved.notes.iter().any(|note| note.contains("holds sface's vectors")));
        let dlib = ours("-r pics/A -i video/A.mp4 -o extract/A --save_references A.npz -t 0.6");
        let before = "refs save pics/A A.npz --embedder dlib-resnet --jitters 5";
        assert_eq!(dlib.before.unwrap().join(" "), before);
        assert!(dlib.notes.iter().all(|note| !note.contains("vectors")));
        // numpy's habit.
        let bare = ours("-r pics/A -i video/A.mp4 -o extract/A -sr A").before.unwrap();
        assert_eq!(bare[3], "A.npz");
        let all = ours(
            "--reference * --input a.mp4 --output out --batch_size 64 --skip_frames 3 --extract_size 512 \
             --scale 0.5 --tolerance 0.5 --jitter 2",
        );
        assert!(all.command().contains("--every 4 --align points --crop-size 512"));
        // As Python's argparse takes them.
        assert!(ours("--ref * --inp a.mp4 --out out --skip 0").command().contains("--every-frame"));
    }

    #[test]
    fn whose_strictness_decides_is_said() {
        let own = ours("-r a.jpg -i a.mp4 -o out");
        assert!(!own.command().contains("name-like"));
        let note = own.notes.iter().find(|note| note.contains("within 0.6")).unwrap();
        assert!(note.contains("sface") && note.contains("-t 0.6"), "{note}");
        assert!(!own.command().contains("dlib"));
        let theirs = ours("-r a.jpg -i a.mp4 -o out -t 0.6");
        assert!(
            theirs.command().contains("--name-like facegrab --others drop --name-threshold 0.6")
        );
        assert!(theirs.notes.iter().all(|note| !note.contains("within")));
    }

    #[test]
    fn every_option_is_taken_or_named() {
        let ours =
            ours("-r * -i img_%04d.jpg -o out -sf 0 -xs 128 -bt 0 -s 0.3 -do -bs 32 -sr a.npz -ds");
        assert_eq!(
            ours.command(),
            "facegroup run img_%04d.jpg -o out --every-frame --align points --crop-size 128 --samples 0 \
             --quality 95 --refs '*' --display"
        );
        for word in ["-s:", "-bs:", "refs inspect"] {
            assert!(ours.notes.iter().any(|note| note.contains(word)), "{word}: {:?}", ours.notes);
        }
        let own = self::ours("-r a.jpg -i a.mp4 -o out -t 0.5 -j 1 -bt 30").command();
        assert!(
            own.contains("--blur 30 ") && own.ends_with("--name-threshold 0.5 --jitters 1"),
            "{own}"
        );
        assert!(translate(&["-i".into(), "a.mp4".into()]).is_err());
    }
}
