// SPDX-License-Identifier: MIT OR Apache-2.0
//! `python -m videotofaces` in our words.

use std::path::{Path, PathBuf};

use clap::Parser;

use super::Translation;

/// Cosine distance at which FaceNet's vectors are usually taken for one person's. A distance of its
/// scale becomes the same part of our embedder's own.
const FACENET_PAIR: f32 = 0.4;

/// Frames that go through our detector at once at most.
const MOST_AT_ONCE: u32 = 64;

/// Takes faces from videos and groups them by person.
#[derive(Debug, Parser)]
#[command(name = "videotofaces", disable_help_flag = true, infer_long_args = true, after_help = super::AFTER_HELP)]
pub(super) struct Theirs {
    /// Video, folder of videos or list (.txt) [here: the input]
    #[arg(short, long)]
    input_path: Option<PathBuf>,
    /// Of a folder, files with these extensions, with ; between [here: -e, with commas]
    #[arg(short = 'e', long, value_delimiter = ';')]
    input_ext: Vec<String>,
    /// Folder of the result, else the input's [here: -o; made when missing]
    #[arg(short, long)]
    out_dir: Option<PathBuf>,
    /// -op: what names of pictures begin with [here: --prefix]
    #[arg(long)]
    out_prefix: Option<String>,
    /// live or anime [here: --style]
    #[arg(short, long, default_value = "live")]
    style: String,
    /// full, detection or grouping [here: run, run --mode detect, group]
    #[arg(short, long, default_value = "full")]
    mode: String,
    /// auto, cpu, cuda:0 [here: --device]
    #[arg(short, long, default_value = "auto")]
    device: String,
    /// Keep the frames with boxes drawn [here: --save-frames]
    #[arg(long)]
    save_frames: bool,
    /// Keep the faces that were rejected [here: --save-rejects]
    #[arg(long)]
    save_rejects: bool,
    /// Keep the duplicates [here: --save-duplicates]
    #[arg(long)]
    save_dupes: bool,
    /// Seconds between two frames [here: --step]
    #[arg(long, default_value_t = 1.0)]
    video_step: f64,
    /// First and last minute; a negative one is open [here: --from, --to]
    #[arg(long, num_args = 2, allow_negative_numbers = true)]
    video_fragment: Vec<f64>,
    /// Part of the frame in pixels [here: --area]
    #[arg(long, num_args = 4)]
    video_area: Vec<u32>,
    /// opencv or decord [here: without meaning; --decoder]
    #[arg(long)]
    video_reader: Option<String>,
    /// yolo, mtcnn or rcnn [here: centerface, --detector mtcnn, anime-heads]
    #[arg(long)]
    det_model: Option<String>,
    /// Frames at once [here: --detection-batch]
    #[arg(long)]
    det_batch_size: Option<u32>,
    /// Least score of a face [here: --threshold]
    #[arg(long, default_value_t = 0.4)]
    det_min_score: f32,
    /// Least width and height of a face in pixels [here: --min-size]
    #[arg(long, default_value_t = 50)]
    det_min_size: u32,
    /// Least distance to the border in pixels [here: --min-border]
    #[arg(long, default_value_t = 5)]
    det_min_border: u32,
    /// How far pictures reach left, right, up, down [here: --crop-scale]
    #[arg(long, num_args = 4, default_values_t = [1.5, 1.5, 2.2, 1.2])]
    det_scale: Vec<f64>,
    /// Square pictures [here: --square]
    #[arg(long)]
    det_square: bool,
    /// Difference of hashes up to which a face is a duplicate, -1 for none [here: --duplicate-hash and --duplicate-window]
    #[arg(long, default_value_t = 8, allow_negative_numbers = true)]
    hash_thr: i32,
    /// Network that describes faces [here: sface; --embedder]
    #[arg(long)]
    enc_model: Option<String>,
    /// Faces at once [here: without meaning]
    #[arg(long)]
    enc_batch_size: Option<u32>,
    /// Part of the picture that is described [here: without need, faces are described from the frame, not from the picture]
    #[arg(long, num_args = 4)]
    enc_area: Vec<f64>,
    /// Distance up to which a face is a duplicate, -1 for none [here: --duplicate-embedding, on our network's scale]
    #[arg(long, default_value_t = 0.25, allow_negative_numbers = true)]
    enc_dup_thr: f32,
    /// clustering or classification [here: --algorithm kmeans, --refs]
    #[arg(long, default_value = "clustering")]
    group_mode: String,
    /// Numbers of groups to try: 5, 2,4,6 or 2-9 [here: --clusters]
    #[arg(long, default_value = "2-9")]
    clusters: String,
    /// Keep the groups of every number [here: --save-all]
    #[arg(long)]
    clusters_save_all: bool,
    /// Seed [here: --random-state]
    #[arg(long, default_value_t = 0)]
    random_state: u64,
    /// Folder with a folder of pictures for each known person [here: --refs]
    #[arg(long)]
    ref_dir: Option<PathBuf>,
    /// Distance from which on a face is other, -1 for none [here: --name-threshold]
    #[arg(long, allow_negative_numbers = true)]
    enc_oth_thr: Option<f32>,
    /// Keep a table of the grouping [here: always kept in faces/]
    #[arg(long)]
    group_log: bool,
}

/// The same in our words.
pub fn translate(arguments: &[String]) -> Result<Translation, clap::Error> {
    let theirs: Theirs = super::parse(arguments, &[("-op", "--out-prefix")])?;
    let mut ours = Translation::default();
    let out = super::placed(&mut ours, &theirs.out(), theirs.input_path.as_deref());
    if theirs.mode == "grouping" {
        ours.say(&["group"]);
        ours.arguments.push(out);
    } else {
        theirs.say_run(&mut ours, &out);
    }
    theirs.say_grouping(&mut ours);
    theirs.note(&mut ours);
    Ok(ours)
}

impl Theirs {
    /// Where the result goes: where it says, else where the input lies.
    fn out(&self) -> PathBuf {
        match (&self.out_dir, &self.input_path) {
            (Some(out), _) => out.clone(),
            (None, Some(input)) if input.is_dir() => input.clone(),
            (None, Some(input)) => {
                let folder = input.parent().filter(|folder| *folder != Path::new(""));
                folder.map_or(PathBuf::from("."), Path::to_owned)
            }
            (None, None) => PathBuf::from("."),
        }
    }

    fn say_run(&self, ours: &mut Translation, out: &str) {
        ours.say(&["run"]);
        if let Some(input) = &self.input_path {
            ours.arguments.push(input.display().to_string());
        }
        ours.set("-o", out);
        if !self.input_ext.is_empty() {
            ours.set("-e", self.input_ext.join(","));
        }
        if let Some(prefix) = &self.out_prefix {
            ours.set("--prefix", prefix);
        }
        ours.set("--device", &self.device);
        ours.set("--step", self.video_step);
        if let [from, to] = self.video_fragment.as_slice() {
            for (option, minutes) in [("--from", from), ("--to", to)] {
                if *minutes >= 0.0 {
                    ours.set(option, minutes * 60.0);
                }
            }
        }
        let numbers = |numbers: &[f64]| numbers.iter().map(f64::to_string).collect::<Vec<_>>();
        if !self.video_area.is_empty() {
            ours.say(&["--area"]);
            ours.arguments.extend(self.video_area.iter().map(u32::to_string));
        }
        if self.style == "anime" {
            ours.say(&["--style", "anime"]);
        }
        if self.det_model.as_deref() == Some("mtcnn") {
            ours.say(&["--detector", "mtcnn"]);
        } else if let (Some(frames), "live") = (self.det_batch_size, self.style.as_str()) {
            ours.set("--detection-batch", frames.clamp(1, MOST_AT_ONCE));
        }
        ours.set("--threshold", self.det_min_score);
        ours.set("--min-size", self.det_min_size);
        ours.set("--min-border", self.det_min_border);
        ours.say(&["--crop-scale"]);
        ours.arguments.extend(numbers(&self.det_scale));
        // Every face is a picture there, at OpenCV's quality.
        ours.say(&["--samples", "0", "--quality", "95"]);
        for (on, option) in [
            (self.det_square, "--square"),
            (self.save_frames, "--save-frames"),
            (self.save_rejects, "--save-rejects"),
        ] {
            if on {
                ours.say(&[option]);
            }
        }
        if self.mode == "detection" {
            ours.say(&["--mode", "detect"]);
        }
        // 0 turns it off there too, by mistake.
        if self.hash_thr > 0 {
            ours.set("--duplicate-window", self.hash_thr);
            ours.set("--duplicate-hash", self.hash_thr);
        }
    }

    fn say_grouping(&self, ours: &mut Translation) {
        if self.save_dupes {
            ours.say(&["--save-duplicates"]);
        }
        if self.mode == "detection" {
            return;
        }
        let anime = self.style == "anime";
        let model = models::catalogue::find(if anime { "anime-mix" } else { "sface" });
        if let (Some(model), true) = (model, self.enc_dup_thr > 0.0) {
            let part = (1.0 - model.thresholds.same_pair) / FACENET_PAIR;
            ours.set("--duplicate-embedding", format!("{:.4}", self.enc_dup_thr * part));
            ours.notes.push(format!(
                "--enc-dup-thr {} is a distance of FaceNet's; for {} it is {:.2}, which leaves out as much",
                self.enc_dup_thr,
                model.id,
                self.enc_dup_thr * part
            ));
        }
        if self.group_mode == "classification" {
            let people = self.ref_dir.clone().unwrap_or_else(|| self.out().join("ref"));
            ours.set("--refs", people.display());
            ours.say(&["--name-like", "video-to-faces"]);
            if let Some(threshold) = self.enc_oth_thr {
                ours.set("--name-threshold", if threshold > 0.0 { threshold } else { -1.0 });
            }
            return;
        }
        // A folder ref/ beside it is of no meaning there.
        ours.say(&["--refs", "*", "--algorithm", "kmeans"]);
        ours.set("--clusters", &self.clusters);
        ours.set("--random-state", self.random_state);
        if self.clusters_save_all {
            ours.say(&["--save-all"]);
        }
    }

    fn note(&self, ours: &mut Translation) {
        let anime = self.style == "anime";
        let detector = self.det_model.is_some() || self.mode != "grouping";
        ours.note_if(
            detector && self.det_model.as_deref() != Some("mtcnn"),
            if anime {
                "Faster R-CNN is not used: heads are found by anime-heads"
            } else {
                "YOLOv3 is not used: faces are found by centerface"
            },
        );
        ours.note_if(
            self.mode != "detection",
            if anime {
                "ViT is not used: faces are described by anime-mix, which is less sure"
            } else {
                "FaceNet is not used: faces are turned upright and described by sface"
            },
        );
        ours.note_if(self.video_reader.is_some(), "--video-reader: GStreamer chooses the decoder");
        ours.note_if(
            self.det_batch_size.is_some() && (anime || self.det_model.as_deref() == Some("mtcnn")),
            "--det-batch-size: this detector looks at one frame at a time",
        );
        ours.note_if(
            self.enc_batch_size.is_some(),
            "--enc-batch-size: the faces of a frame are described together",
        );
        ours.note_if(
            !self.enc_area.is_empty(),
            "--enc-area: not needed, as faces are described from the frame, tightly and upright, whatever \
             --det-scale makes of the pictures",
        );
        ours.note_if(
            !self.video_area.is_empty(),
            "--video-area: boxes are told in pixels of the whole frame, and crops may reach outside \
             of the area",
        );
        ours.note_if(
            self.input_ext.is_empty()
                && self.input_path.as_ref().is_some_and(|input| input.is_dir()),
            "of a folder the videos are taken, not every file",
        );
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::cli::{Cli, Command};

    fn ours(line: &str) -> Translation {
        translate(&line.split_whitespace().map(str::to_owned).collect::<Vec<_>>()).unwrap()
    }

    #[test]
    fn the_defaults_are_theirs() {
        let ours = ours("-i shows/a.mkv -o out -s live");
        let expected = "facegroup run shows/a.mkv -o out --device auto --step 1 --threshold 0.4 \
                        --min-size 50 --min-border 5 --crop-scale 1.5 1.5 2.2 1.2 --samples 0 \
                        --quality 95 --duplicate-window 8 --duplicate-hash 8 --duplicate-embedding";
        assert!(ours.command().starts_with(expected), "{}", ours.command());
        // Known people in a folder ref/ beside the result are not asked for.
        let end = "--refs '*' --algorithm kmeans --clusters 2-9 --random-state 0";
        assert!(ours.command().ends_with(end), "{}", ours.command());
        assert!(ours.notes.iter().any(|note| note.contains("FaceNet")));
        // What it says can be run.
        let words = std::iter::once("facegroup".to_owned()).chain(ours.arguments);
        let Some(Command::Run(run)) = Cli::try_parse_from(words).unwrap().command else {
            unreachable!()
        };
        let thresholds = run.duplicates.thresholds();
        assert_eq!((thresholds.window, thresholds.hash), (Some(8), Some(8)));
        let distance = thresholds.embedding.unwrap();
        // As far as that program goes between duplicates and strangers.
        let pair = 1.0 - models::catalogue::find("sface").unwrap().thresholds.same_pair;
        assert!((0.6..0.65).contains(&(distance / pair)), "{distance} of {pair}");
    }

    #[test]
    fn every_option_is_taken() {
        let ours = ours(
            "-i d -e mkv;mp4 -o out -op x- --save-frames --save-rejects --save-dupes --video-step 0.5 \
             --video-fragment -1 2.5 --video-area 0 10 600 400 --det-min-border 0 --det-scale 1 1 1 1 \
             --det-square --hash-thr 0 --enc-dup-thr -1 --clusters 5 --clusters-save-all -d cuda:0 \
             --det-batch-size 100",
        );
        let expected = "facegroup run d -o out -e mkv,mp4 --prefix x- --device cuda:0 --step 0.5 \
                        --to 150 --area 0 10 600 400 --detection-batch 64 --threshold 0.4 --min-size 50 --min-border 0 \
                        --crop-scale 1 1 1 1 --samples 0 --quality 95 --square --save-frames \
                        --save-rejects --save-duplicates --refs '*' --algorithm kmeans --clusters 5 \
                        --random-state 0 --save-all";
        assert_eq!(ours.command(), expected);
        let words = std::iter::once("facegroup".to_owned()).chain(ours.arguments);
        assert!(Cli::try_parse_from(words).is_ok());
    }

    #[test]
    fn other_modes_and_what_cannot_be_honoured() {
        let identification = ours("-i a.mkv -o out --group-mode classification --enc-oth-thr -1");
        let end = "--refs out/ref --name-like video-to-faces --name-threshold -1";
        assert!(identification.command().ends_with(end), "{}", identification.command());
        assert!(ours("-m grouping -o out").command().starts_with("facegroup group out "));
        assert!(ours("-i a.mkv -m detection").command().contains(" -o . "));
        let odd = ours(
            "-i a.mkv -s anime --video-reader decord --enc-area 0 0 1 1 --det-model mtcnn \
             --det-batch-size 4 --enc-batch-size 16",
        );
        assert!(!odd.command().contains("--detection-batch"), "{}", odd.command());
        for word in ["ViT", "--video-reader", "--enc-area", "--det-batch", "--enc-batch"] {
            assert!(odd.notes.iter().any(|note| note.contains(word)), "{word}");
        }
        assert!(odd.command().contains(" --style anime --detector mtcnn "), "{}", odd.command());
        assert!(!odd.notes.iter().any(|note| note.contains("R-CNN")));
        assert!(translate(&["--nonsense".to_owned()]).is_err());
    }
}
