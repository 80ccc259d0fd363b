// SPDX-License-Identifier: MIT OR Apache-2.0
//! The command line.

use std::ffi::OsString;
use std::path::PathBuf;

use ::models::Flip;
use ::models::catalogue::Style;
use clap::{Args, Parser};
use framesource::hardware::Decoder;

mod algorithm;
mod choice;
mod command;
mod compat;
mod crop;
mod debug;
mod detect;
mod duplicates;
mod enrolment;
mod evaluate;
mod explain;
mod export;
mod find;
mod forget;
mod gallery;
mod import;
mod library;
mod manual;
mod mistake;
mod mode;
mod models;
mod output;
mod report;
mod review;
mod short;
mod source;
mod style;
mod time;
mod track;

use choice::choice;

pub use algorithm::GroupingArgs;
pub use command::Command;
pub use compat::{CompatArgs, Program};
pub use crop::CropArgs;
pub use debug::DebugArgs;
pub use detect::DetectArgs;
pub use duplicates::DuplicateArgs;
pub use enrolment::{EnrolmentArgs, PicturesArgs, RefsArgs, RefsCommand};
pub use evaluate::EvaluateArgs;
pub use explain::ExplainArgs;
pub use export::ExportArgs;
pub use find::{FindArgs, Which};
pub use forget::ForgetArgs;
pub use gallery::GalleryArgs;
pub use import::ImportArgs;
pub use library::{LibraryArgs, LibraryCommand};
pub use manual::Manual;
pub use mistake::meant_job;
pub use mode::Mode;
pub use models::{ModelsArgs, ModelsCommand};
pub use report::ReportArgs;
pub use review::ReviewArgs;
pub use source::SourceArgs;
pub use style::NetworkArgs;
pub use time::Time;
pub use track::TrackArgs;

const EXAMPLES: &str = "\
Examples:
  facegroup movie.mkv                        the people of a film, in out/movie/
  facegroup movie.mkv -o people --step 1     one frame a second
  facegroup shows/ -e mkv,mp4 -o out         every video of a folder, grouped together
  facegroup list.txt --from 1:30 --to 10:00  the files of a list, from minute 1:30 to minute 10
  facegroup img_%04d.jpg                     numbered pictures
  facegroup movie.mkv --refs people/         sort into known people, a folder of pictures each
  facegroup https://host/stream.m3u8         whatever GStreamer plays

Exit codes:
  0  done (also when no face was found)    2  wrong usage, or nothing could be done
  1  some inputs failed or ended early     130  interrupted; the same command goes on";

/// Give it video, get the people: every face, filed in one folder per person.
///
/// The result is a folder with faces/<person>/ (pictures), faces.jsonl (every face on every frame
/// looked at), groups.json, run.json and report.html, a page to look at. Run the same command again
/// after an interruption, and it goes on where it stopped. Nothing leaves this machine.
#[derive(Debug, Parser)]
#[command(name = "facegroup", version, after_long_help = EXAMPLES, args_conflicts_with_subcommands = true)]
#[command(subcommand_negates_reqs = true)]
pub struct Cli {
    /// What to do; `run` when left out
    #[command(subcommand)]
    pub command: Option<Command>,
    #[command(flatten)]
    pub run: RunArgs,
    /// Say more on standard error
    #[arg(short, long, global = true)]
    pub verbose: bool,
}

/// What to look at, how, and where the result goes.
#[derive(Debug, Args)]
pub struct RunArgs {
    /// Files, folders, lists (.txt, one file per line), numbered pictures (img_%04d.jpg), URIs, or - for
    /// standard input, which is read to its end first
    #[arg(required = true, value_name = "VIDEO")]
    pub inputs: Vec<OsString>,
    /// Folder of the result; made when missing [default: out/NAME, named after the first input]
    #[arg(short, long, value_name = "FOLDER")]
    pub output: Option<PathBuf>,
    /// Of folders, take the files with these extensions (comma-separated) [default: videos]
    #[arg(short, long, value_delimiter = ',', value_name = "EXT")]
    pub extensions: Vec<String>,
    /// Of folders, take the files in the folders within them too
    #[arg(short, long)]
    pub recursive: bool,
    /// What every picture's file name begins with
    #[arg(long, default_value = "", value_name = "TEXT", hide_default_value = true)]
    pub prefix: String,
    /// Replace the result of another run in the folder
    #[arg(long)]
    pub force: bool,
    /// How far to go
    #[arg(long, value_enum, default_value = "full", value_name = "MODE")]
    pub mode: Mode,

    /// Look at a frame every so many seconds [default: 0.2; of pictures all, while a step takes numbered ones
    /// for a film of 25 per second]
    #[arg(long, value_name = "SECONDS", value_parser = positive, group = "sampling", help_heading = "What to look at")]
    pub step: Option<f64>,
    /// Let a look move by so many seconds to a frame that costs less to decode
    #[arg(long, value_name = "SECONDS", default_value_t = 0.0, hide_default_value = true, value_parser = not_negative, conflicts_with_all = ["every_frame", "every", "keyframes"], help_heading = "What to look at")]
    pub step_tolerance: f64,
    /// Look at every frame
    #[arg(long, group = "sampling", help_heading = "What to look at")]
    pub every_frame: bool,
    /// Look at every N-th frame, whatever its time
    #[arg(long, value_name = "N", value_parser = whole, group = "sampling", help_heading = "What to look at")]
    pub every: Option<u64>,
    /// Look at key frames only: quick, and enough for a first look
    #[arg(long, group = "sampling", help_heading = "What to look at")]
    pub keyframes: bool,
    /// Begin here (seconds, or h:mm:ss)
    #[arg(long, value_name = "TIME", help_heading = "What to look at")]
    pub from: Option<Time>,
    /// End here (seconds, or h:mm:ss)
    #[arg(long, value_name = "TIME", help_heading = "What to look at")]
    pub to: Option<Time>,
    /// Look at this part of the picture, in pixels
    #[arg(long, num_args = 4, value_names = ["X1", "Y1", "X2", "Y2"], help_heading = "What to look at")]
    pub area: Option<Vec<u32>>,

    #[command(flatten)]
    pub source: SourceArgs,

    /// What is in the pictures: chooses the models
    #[arg(long, value_parser = choice::<Style>(), default_value = "live", value_name = "STYLE", help_heading = "Faces")]
    pub style: Style,
    /// Least confidence of a face, 0 to 1 [default: the model's own]
    #[arg(long, value_name = "SCORE", value_parser = share, help_heading = "Faces")]
    pub threshold: Option<f32>,
    /// Least width and height of a face in pixels
    #[arg(long, default_value_t = 20, value_name = "PIXELS", help_heading = "Faces")]
    pub min_size: u32,
    /// Least part of the frame's area that a face takes, 0 to 1 (StreamFace: 0.005)
    #[arg(long, default_value_t = 0.0, value_name = "SHARE", value_parser = share, hide_default_value = true, help_heading = "Faces")]
    pub min_share: f32,
    /// Least distance of a face to the border in pixels; 0 keeps faces that reach outside
    #[arg(long, default_value_t = 0, value_name = "PIXELS", help_heading = "Faces")]
    pub min_border: u32,
    /// Face detector: id of the catalogue, or path of an ONNX file
    #[arg(long, default_value = "centerface", default_value_if("style", "anime", Style::Anime.detector()), value_name = "MODEL", help_heading = "Faces")]
    pub detector: String,
    /// Kind of the detector where it is a path
    #[arg(long, value_name = "KIND", help_heading = "Faces")]
    pub detector_kind: Option<String>,
    /// Long side of the detector's input in pixels; more finds smaller faces [default: 960 with centerface,
    /// else 640]
    #[arg(long, value_name = "PIXELS", value_parser = clap::value_parser!(u32).range(32..=4096), help_heading = "Faces")]
    pub detection_size: Option<u32>,
    /// Scale of a coarse pass over all of a frame, in parts of the detection size, after which only what
    /// might be a face is refined; 0 refines all of it [default: with centerface a quarter
    /// of the frame's long side in pixels, and a third and 320 pixels at least, else 0; pictures: 0]
    #[arg(long, alias = "first-look", value_name = "SCALE", value_parser = share, help_heading = "Faces")]
    pub coarse_scale: Option<f32>,
    /// Search the whole frame this often only, and those in between around the faces of the searches before
    /// and after, as long as little else changes; 0 searches the whole of every processed frame [default: 0.3; of
    /// live streams, where rejects are saved and with --detection-batch 0]
    #[arg(long, alias = "search", value_name = "SECONDS", value_parser = not_negative, help_heading = "Faces")]
    pub full_frame_interval: Option<f64>,

    #[command(flatten)]
    pub detect: DetectArgs,
    #[command(flatten)]
    pub track: TrackArgs,

    /// How far crops reach left, right, up and down, in halves of the box from its centre
    /// [default: 1.5 1.5 2.2 1.2, with --style anime 1.2 1.2 1.5 1.1]
    #[arg(long, num_args = 4, value_names = ["L", "R", "U", "D"], value_parser = positive, help_heading = "Crops")]
    pub crop_scale: Option<Vec<f64>>,
    /// Make crops square
    #[arg(long, help_heading = "Crops")]
    pub square: bool,
    /// Scale crops to this long side [default: as they are]
    #[arg(
        long,
        default_value_t = 0,
        value_name = "PIXELS",
        hide_default_value = true,
        help_heading = "Crops"
    )]
    pub crop_size: u32,
    #[command(flatten)]
    pub crop: CropArgs,
    /// Quality of JPEG pictures
    #[arg(long, default_value_t = 90, value_name = "PERCENT", value_parser = clap::value_parser!(u8).range(1..=100), help_heading = "Crops")]
    pub quality: u8,
    /// Most faces of a track that are kept as pictures and embedded; 0 for all
    #[arg(long, default_value_t = 16, value_name = "NUMBER", help_heading = "Crops")]
    pub samples: u32,
    #[command(flatten)]
    pub duplicates: DuplicateArgs,
    #[command(flatten)]
    pub debug: DebugArgs,

    /// Face embedder: id of the catalogue, or path of an ONNX file or of an OpenVINO IR (.xml); several with
    /// commas between work together: sface,face-reid-0095 [default: that of the result that is resumed,
    /// else sface, with --style anime anime-mix]
    #[arg(long, value_name = "MODEL", help_heading = "People")]
    pub embedder: Option<String>,
    /// Kind of the embedder where it is a path; of several, one for all paths or one for each with commas
    /// between
    #[arg(long, value_name = "KIND", help_heading = "People")]
    pub embedder_kind: Option<String>,
    /// Average each embedding with that of the mirrored face; auto: where the model gains from it
    #[arg(long, default_value = "auto", value_name = "WHEN", value_parser = choice::<Flip>(), help_heading = "People")]
    pub flip: Flip,
    #[command(flatten)]
    pub grouping: GroupingArgs,
    #[command(flatten)]
    pub enrolment: EnrolmentArgs,
    /// Folder of a library: who is known there gets the name, whoever is new joins; made when missing
    #[arg(long, value_name = "LIB", help_heading = "Known people")]
    pub library: Option<PathBuf>,

    /// Where the networks run: auto, cpu, cuda, cuda:N; one that is missing is an error
    #[arg(long, default_value = "cpu", value_name = "DEVICE", help_heading = "Machine")]
    pub device: String,
    /// Take the CPU where the device is missing
    #[arg(long, help_heading = "Machine")]
    pub allow_fallback: bool,
    /// What decodes the video; va and nv that are missing or cannot do it are an error
    #[arg(
        long,
        value_parser = choice::<Decoder>(),
        default_value = "auto",
        value_name = "DECODER",
        help_heading = "Machine"
    )]
    pub decoder: Decoder,
    /// Threads of one inference [default: what suits the machine]
    #[arg(
        long,
        default_value_t = 0,
        value_name = "NUMBER",
        hide_default_value = true,
        help_heading = "Machine"
    )]
    pub threads: u32,
    /// Inputs worked on at once; result and names are the same for any number. 0: two, on more than eight
    /// cores more, and with them all live ones (rtsp, rtmp, rtp, udp, srt, rist, v4l2), which cannot wait
    #[arg(short, long, default_value_t = 0, value_name = "NUMBER", value_parser = clap::value_parser!(u32).range(0..=64), hide_default_value = true, help_heading = "Machine")]
    pub jobs: u32,
    /// Frames that go through the detector at once, where its model takes several; on a CPU it costs memory
    /// and gains nothing
    #[arg(long, default_value_t = 1, value_name = "FRAMES", value_parser = clap::value_parser!(u32).range(1..=64), hide_default_value = true, help_heading = "Machine")]
    pub detection_batch: u32,
    /// Decode every picture, also those that nobody looks at; the result is the same, only slower
    #[arg(long, help_heading = "Machine")]
    pub decode_all: bool,
    /// Print the summary as JSON
    #[arg(long, help_heading = "Machine")]
    pub json: bool,
    /// No progress, no summary
    #[arg(short, long, help_heading = "Machine")]
    pub quiet: bool,
}

impl RunArgs {
    /// Where the result goes: where it says, else to a folder in `out/` that is named after the first input.
    pub fn output(&self) -> PathBuf {
        self.output.clone().unwrap_or_else(|| output::named_after(&self.inputs))
    }

    /// The embedder: the one asked for, else that of the style.
    pub fn embedder(&self) -> &str {
        self.embedder.as_deref().unwrap_or_else(|| self.style.embedder())
    }

    /// How far crops reach: left, right, up, down, in halves of the box.
    pub fn crop_scale(&self) -> Vec<f64> {
        self.crop_scale.clone().unwrap_or_else(|| self.style.crop_scale().to_vec())
    }
}

/// Which result to group again.
#[derive(Debug, Args)]
pub struct GroupArgs {
    /// Folder of a result; with -o, a folder of face pictures
    pub location: PathBuf,
    /// Where the result of a folder of pictures goes
    #[arg(short, long, value_name = "FOLDER")]
    pub output: Option<PathBuf>,
    #[command(flatten)]
    pub grouping: GroupingArgs,
    #[command(flatten)]
    pub enrolment: EnrolmentArgs,
    /// Folder of a library: who is known there gets the name, whoever is new joins; made when missing
    #[arg(long, value_name = "LIB", help_heading = "Known people")]
    pub library: Option<PathBuf>,
    /// Pictures: what is in them; chooses the models
    #[arg(long, value_parser = choice::<Style>(), default_value = "live", value_name = "STYLE", requires = "output")]
    pub style: Style,
    /// Pictures: the face detector [default: centerface]
    #[arg(long, value_name = "MODEL", requires = "output")]
    pub detector: Option<String>,
    /// Pictures: the face embedder [default: sface]; for --refs that of the result, where it is a
    /// file of your own
    #[arg(long, value_name = "MODEL")]
    pub embedder: Option<String>,
    /// Kind of the embedder where it is a path
    #[arg(long, value_name = "KIND")]
    pub embedder_kind: Option<String>,
    #[command(flatten)]
    pub duplicates: DuplicateArgs,
    /// Print the summary as JSON
    #[arg(long)]
    pub json: bool,
}

fn number(text: &str, allowed: std::ops::RangeInclusive<f64>, what: &str) -> Result<f64, String> {
    match text.parse() {
        Ok(value) if allowed.contains(&value) => Ok(value),
        _ => Err(format!("expected {what}")),
    }
}

fn positive(text: &str) -> Result<f64, String> {
    number(text, 1e-6..=1e6, "a number above 0")
}

fn whole(text: &str) -> Result<u64, String> {
    match text.parse() {
        Ok(number @ 1..) => Ok(number),
        _ => Err("expected a whole number from 1 on".into()),
    }
}

fn not_negative(text: &str) -> Result<f64, String> {
    number(text, 0.0..=1e6, "0 or a number above it")
}

fn share(text: &str) -> Result<f32, String> {
    number(text, 0.0..=1.0, "a number from 0 to 1").map(|v| v as f32)
}

fn cosine(text: &str) -> Result<f32, String> {
    number(text, -1.0..=1.0, "a cosine from -1 to 1").map(|v| v as f32)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn is_well_formed() {
        Cli::command().debug_assert();
    }

    #[test]
    fn run_is_the_default() {
        let cli = Cli::try_parse_from(["facegroup", "a.mkv", "-o", "x", "--step", "0.5"]).unwrap();
        assert!(cli.command.is_none());
        assert_eq!((cli.run.inputs.len(), cli.run.step), (1, Some(0.5)));
        let cli = Cli::try_parse_from(["facegroup", "run", "a.mkv"]).unwrap();
        assert!(matches!(cli.command, Some(Command::Run(_))));
    }

    #[test]
    fn a_style_chooses_models_and_crops_that_were_not_asked_for() {
        let run = |line: &str| Cli::try_parse_from(line.split(' ')).unwrap().run;
        let live = run("facegroup a.mkv");
        assert_eq!((&*live.detector, live.embedder()), ("centerface", "sface"));
        assert_eq!(live.crop_scale(), [1.5, 1.5, 2.2, 1.2]);
        let anime = run("facegroup a.mkv --style anime");
        assert_eq!((&*anime.detector, anime.embedder()), ("anime-heads", "anime-mix"));
        assert_ne!(anime.crop_scale(), live.crop_scale());
        let own = run("facegroup a.mkv --style anime --detector yunet --crop-scale 1 1 1 1");
        assert_eq!((&*own.detector, own.embedder()), ("yunet", "anime-mix"));
        assert_eq!(own.crop_scale(), [1.0; 4]);
    }

    #[test]
    fn options_of_before_are_understood() {
        let run = |line: &str| Cli::try_parse_from(line.split(' ')).unwrap().run;
        let old = run("facegroup a.mkv --first-look 0.5 --search 2 --track-hits 3");
        assert_eq!(old.coarse_scale, Some(0.5));
        assert_eq!(old.full_frame_interval, Some(2.0));
        assert_eq!(old.track.min_track_length, Some(3));
        let help = Cli::command().render_long_help().to_string();
        assert!(
            !["--first-look", "--search", "--track-hits", "--agreeing"]
                .iter()
                .any(|o| help.contains(o))
        );
    }

    #[test]
    fn refuses_what_makes_no_sense() {
        for wrong in [
            &["facegroup"][..],
            &["facegroup", "a", "--step", "0"],
            &["facegroup", "a", "--step", "-1"],
            &["facegroup", "a", "--step", "nan"],
            &["facegroup", "a", "--step", "1", "--every-frame"],
            &["facegroup", "a", "--step", "1", "--every", "2"],
            &["facegroup", "a", "--every", "0"],
            &["facegroup", "a", "--decoder", "cuda"],
            &["facegroup", "a", "--save-blurry"],
            &["facegroup", "a", "--blur", "soft"],
            &["facegroup", "a", "--crop-size", "9", "--resize-to", "9", "9"],
            &["facegroup", "a", "--png", "--webp"],
            &["facegroup", "a", "--threshold", "2"],
            &["facegroup", "a", "--from", "1:2:3:4"],
            &["facegroup", "a", "--area", "1", "2", "3"],
            &["facegroup", "a", "--pixel-aspect", "16"],
            &["facegroup", "a", "--pixel-aspect", "0:1"],
            &["facegroup", "a", "--track-overlap", "2"],
        ] {
            assert!(Cli::try_parse_from(wrong).is_err(), "{wrong:?}");
        }
    }
}
