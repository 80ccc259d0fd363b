// SPDX-License-Identifier: MIT OR Apache-2.0
//! The options around known people.

use std::path::PathBuf;

use anyhow::{Result, bail};
use clap::{Args, Subcommand, ValueEnum};
use grouping::cluster::Metric;
use grouping::identification::{Identification, Knn, Level, Others, Rule, RuleKind};
use imaging::choice::Choice;
use models::catalogue::Entry;

use super::choice::choice;

const KNOWN: &str = "Known people";
/// Said where a network of one's own names nobody for want of a threshold.
const NO_THRESHOLD: &str = "the embedder is not in the catalogue, so nothing is known of its distances: give --name-threshold";

/// The embedder that FaceGrab and FaceRipper use.
const DLIB: &str = "dlib-resnet";

/// Who is known, and how faces are identified.
#[derive(Debug, Args, Clone, Default)]
pub struct EnrolmentArgs {
    /// Sort into known people: a folder with a folder of pictures for each, one folder or picture of
    /// one person, FaceRipper's config.json, a .npz file, or * for everyone [default: ref/ in or beside
    /// the result, where there is one]
    #[arg(long, value_name = "PATH", help_heading = KNOWN)]
    pub refs: Option<String>,
    /// Where the faces of everybody else go [default: one]
    #[arg(long, value_parser = choice::<Others>(), value_name = "WHERE", help_heading = KNOWN)]
    pub others: Option<Others>,
    /// How faces get names [default: nearest]
    #[arg(long, value_parser = choice::<RuleKind>(), value_name = "RULE", help_heading = KNOWN)]
    pub name_rule: Option<RuleKind>,
    /// Distance from which on a face is nobody's; -1 for no limit [default: the embedder's own]
    #[arg(long, value_name = "DISTANCE", value_parser = limit, allow_negative_numbers = true, help_heading = KNOWN)]
    pub name_threshold: Option<f32>,
    /// What distances are [default: cosine]
    #[arg(long, value_parser = choice::<Metric>(), value_name = "METRIC", help_heading = KNOWN)]
    pub name_metric: Option<Metric>,
    /// What gets a name as a whole [default: group]
    #[arg(long, value_parser = choice::<Level>(), value_name = "WHAT", help_heading = KNOWN)]
    pub name_level: Option<Level>,
    /// votes: pictures of a person that must be within the threshold [default: 2]
    #[arg(long, alias = "agreeing", value_name = "NUMBER", value_parser = count, help_heading = KNOWN)]
    pub votes: Option<usize>,
    /// knn: nearest pictures that vote [default: 10]
    #[arg(long, value_name = "NUMBER", value_parser = count, help_heading = KNOWN)]
    pub neighbours: Option<usize>,
    /// knn: pictures that every person counts with at least [default: 20]
    #[arg(long, value_name = "NUMBER", value_parser = count, help_heading = KNOWN)]
    pub per_person: Option<usize>,
    /// Name as another program does it, with its rule, its distances and its threshold
    #[arg(long, value_enum, value_name = "PROGRAM", help_heading = KNOWN)]
    pub name_like: Option<Like>,
    /// Describe each picture of a known person so often, slightly moved, and take the mean
    /// [default: 0, as it is]
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u32).range(0..=1000), help_heading = KNOWN)]
    pub jitters: Option<u32>,
    /// config.json: call people GROUP___LABEL
    #[arg(long, help_heading = KNOWN)]
    pub group_names: bool,
}

/// Programs whose way of identifying is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Like {
    /// Nearest of the first picture of each person, cosine, other from 0.9 on, face by face
    VideoToFaces,
    /// Any picture within Euclidean 0.6, face by face, 5 jitters
    Facegrab,
    /// Any picture within Euclidean 0.325, face by face
    Faceripper,
    /// 10 nearest of 20 pictures per person, nobody is unknown, by group
    Facerec,
}

impl EnrolmentArgs {
    /// An option that says how to name, where one is given: without known people it does nothing.
    pub fn idle_option(&self) -> Option<&'static str> {
        let given = [
            (self.others.is_some(), "--others"),
            (self.name_rule.is_some(), "--name-rule"),
            (self.name_threshold.is_some(), "--name-threshold"),
            (self.name_metric.is_some(), "--name-metric"),
            (self.name_level.is_some(), "--name-level"),
            (self.votes.is_some(), "--votes"),
            (self.neighbours.is_some(), "--neighbours"),
            (self.per_person.is_some(), "--per-person"),
            (self.name_like.is_some(), "--name-like"),
            (self.jitters.is_some(), "--jitters"),
            (self.group_names, "--group-names"),
        ];
        given.into_iter().find_map(|(given, option)| given.then_some(option))
    }

    /// Times a picture is described, moved a little.
    pub fn jitters(&self) -> u32 {
        self.jitters.unwrap_or(if self.name_like == Some(Like::Facegrab) { 5 } else { 0 })
    }

    /// Whether only the first picture of each person counts.
    pub fn first_only(&self) -> bool {
        self.name_like == Some(Like::VideoToFaces)
    }

    /// The same as settings, for the embeddings of a model of the catalogue or of another one.
    ///
    /// # Errors
    /// An option of another rule than the one asked for: it would do nothing.
    pub fn identification(&self, model: Option<&Entry>) -> Result<Identification> {
        let length = model.map_or(1.0, |entry| entry.length);
        let (rule, metric, level) = match self.name_like {
            None => (RuleKind::Nearest, Metric::Cosine, Level::Group),
            Some(Like::VideoToFaces) => (RuleKind::Nearest, Metric::Cosine, Level::Face),
            Some(Like::Facegrab | Like::Faceripper) => {
                (RuleKind::Any, Metric::Euclidean, Level::Face)
            }
            Some(Like::Facerec) => (RuleKind::Knn, Metric::Euclidean, Level::Group),
        };
        let rule = self.name_rule.unwrap_or(rule);
        for (given, option, of) in [
            (self.votes.is_some(), "--votes", RuleKind::Votes),
            (self.neighbours.is_some(), "--neighbours", RuleKind::Knn),
            (self.per_person.is_some(), "--per-person", RuleKind::Knn),
        ] {
            if given && rule != of {
                bail!("{option} is an option of --name-rule {}", of.name());
            }
        }
        let dlib = matches!(self.name_like, Some(Like::Facegrab | Like::Faceripper));
        if dlib && self.name_threshold.is_none() && model.is_none_or(|entry| entry.id != DLIB) {
            bail!(
                "the threshold of that program is one of {DLIB}'s distances: add --embedder {DLIB}, \
                 or give --name-threshold"
            );
        }
        let metric = self.name_metric.unwrap_or(metric);
        let level = self.name_level.unwrap_or(level);
        let knn = Knn::default();
        let mut identification = Identification {
            rule: match rule {
                RuleKind::Nearest => Rule::Nearest,
                RuleKind::Any => Rule::Any,
                RuleKind::Votes => Rule::Votes { least: self.votes.unwrap_or(2) },
                RuleKind::Knn => Rule::Knn(Knn {
                    neighbours: self.neighbours.unwrap_or(knn.neighbours),
                    per_person: self.per_person.unwrap_or(knn.per_person),
                }),
            },
            metric,
            level,
            length,
            threshold: None,
            others: self.others.unwrap_or_default(),
        };
        identification.threshold = match (self.name_threshold, self.name_like) {
            (Some(threshold), _) => Some(threshold).filter(|threshold| *threshold >= 0.0),
            (None, Some(Like::VideoToFaces)) => Some(0.9),
            (None, Some(Like::Facegrab)) => Some(0.6),
            (None, Some(Like::Faceripper)) => Some(0.325),
            (None, Some(Like::Facerec)) => None,
            (None, None) => {
                let Some(model) = model else { bail!(NO_THRESHOLD) };
                let distance = identification.measure().distance(own(model, &identification));
                Some((distance * 1e4).round() / 1e4)
            }
        };
        identification.check()?;
        Ok(identification)
    }
}

/// The similarity that the embedder itself asks for: less for the mean of many faces than for two.
fn own(model: &Entry, identification: &Identification) -> f32 {
    let of_means = identification.rule == Rule::Nearest && identification.level != Level::Face;
    if of_means { model.thresholds.name } else { model.thresholds.same_pair }
}

/// `facegroup refs`.
#[derive(Debug, Args)]
pub struct RefsArgs {
    /// What to do
    #[command(subcommand)]
    pub command: RefsCommand,
}

/// Jobs around known people.
#[derive(Debug, Subcommand)]
pub enum RefsCommand {
    /// Show which face was taken from each picture, how alike a person's pictures are, and who looks
    /// like somebody else
    Inspect {
        #[command(flatten)]
        pictures: PicturesArgs,
        /// Write the faces that were taken into a folder, to look at
        #[arg(long, value_name = "FOLDER")]
        faces: Option<PathBuf>,
        /// Print as JSON
        #[arg(long)]
        json: bool,
    },
    /// Keep the vectors of known people in a file that FaceGrab and numpy read
    Save {
        #[command(flatten)]
        pictures: PicturesArgs,
        /// The file to write
        #[arg(value_name = "FILE.npz")]
        file: PathBuf,
    },
}

/// Pictures of known people, and what looks at them.
#[derive(Debug, Args)]
pub struct PicturesArgs {
    /// A folder with a folder of pictures for each person, one folder or picture of one person,
    /// FaceRipper's config.json, or a .npz file
    pub path: String,
    /// config.json: call people GROUP___LABEL
    #[arg(long)]
    pub group_names: bool,
    /// Describe each picture so often, slightly moved, and take the mean
    #[arg(long, default_value_t = 0, value_name = "NUMBER", value_parser = clap::value_parser!(u32).range(0..=1000))]
    pub jitters: u32,
    #[command(flatten)]
    pub networks: super::NetworkArgs,
}

fn limit(text: &str) -> Result<f32, String> {
    match text.parse() {
        Ok(-1.0) => Ok(-1.0),
        _ => super::number(text, 0.0..=100.0, "a distance from 0 to 100, or -1").map(|v| v as f32),
    }
}

fn count(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(number @ 1..=1_000_000) => Ok(number),
        _ => Err("expected a number from 1 to 1000000".into()),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use clap::Parser;

    use super::super::{Cli, Command};
    use super::*;

    fn identification(arguments: &str, model: &str) -> Result<Identification> {
        let arguments = ["facegroup", "group", "out", "--refs", "people"]
            .into_iter()
            .chain(arguments.split_whitespace());
        match Cli::try_parse_from(arguments)?.command {
            Some(Command::Group(arguments)) => {
                arguments.enrolment.identification(models::catalogue::find(model))
            }
            _ => bail!("parsed as something else"),
        }
    }

    #[test]
    fn thresholds_are_the_model_s_and_follow_the_metric() {
        let entry = models::catalogue::find("dlib-resnet").unwrap();
        let default = identification("", "dlib-resnet").unwrap();
        assert_eq!(
            default,
            Identification { length: 1.38, ..Identification::new(entry.thresholds.name) }
        );
        let own =
            Identification::new(models::catalogue::find("edgeface-xs").unwrap().thresholds.name);
        assert_eq!(identification("", "edgeface-xs").unwrap().threshold, own.threshold);
        // 1.38 * sqrt(2 * (1 - .92)).
        let euclidean = identification("--name-metric euclidean", "dlib-resnet").unwrap();
        assert!((euclidean.threshold.unwrap() - 0.552).abs() < 1e-4, "{euclidean:?}");
        let old = identification("--name-rule agreeing --agreeing 3", "dlib-resnet").unwrap();
        assert_eq!(old.rule, Rule::Votes { least: 3 });
        let single = identification("--name-rule any", "mobilefacenet").unwrap();
        assert!((single.threshold.unwrap() - 0.6).abs() < 1e-6, "{single:?}");
    }

    #[test]
    fn zero_is_a_threshold_and_minus_one_is_none() {
        assert_eq!(
            identification("--name-threshold 0", "dlib-resnet").unwrap().threshold,
            Some(0.0)
        );
        assert_eq!(identification("--name-threshold -1", "dlib-resnet").unwrap().threshold, None);
        assert!(identification("--name-threshold -0.5", "dlib-resnet").is_err());
    }

    /// The figures of docs/design/predecessors.md, sections 1.1, 2.1, 3.1 and 4.4.
    #[test]
    fn other_programs_values_are_there() {
        let of = |like: &str| {
            let identification =
                identification(&format!("--name-like {like}"), "dlib-resnet").unwrap();
            (
                identification.rule,
                identification.metric,
                identification.threshold,
                identification.level,
            )
        };
        let euclidean = Metric::Euclidean;
        assert_eq!(of("video-to-faces"), (Rule::Nearest, Metric::Cosine, Some(0.9), Level::Face));
        assert_eq!(of("facegrab"), (Rule::Any, euclidean, Some(0.6), Level::Face));
        assert_eq!(of("faceripper"), (Rule::Any, euclidean, Some(0.325), Level::Face));
        let knn = Rule::Knn(Knn { neighbours: 10, per_person: 20 });
        assert_eq!(of("facerec"), (knn, euclidean, None, Level::Group));
        let moved =
            identification("--name-like facegrab --name-threshold 0.5", "dlib-resnet").unwrap();
        assert_eq!((moved.rule, moved.threshold), (Rule::Any, Some(0.5)));
    }

    #[test]
    fn what_would_do_nothing_is_refused() {
        for wrong in [
            "--agreeing 2",
            "--name-rule any --neighbours 3",
            "--per-person 9",
            "--name-rule votes --votes 0",
            "--others everybody",
        ] {
            assert!(identification(wrong, "dlib-resnet").is_err(), "{wrong}");
        }
        assert!(identification("--name-like facegrab", "edgeface-xs").is_err(), "other distances");
        assert!(identification("--name-like facegrab --name-threshold 1", "edgeface-xs").is_ok());
        assert_eq!(EnrolmentArgs::default().idle_option(), None);
        let given = EnrolmentArgs { jitters: Some(3), ..EnrolmentArgs::default() };
        assert_eq!(given.idle_option(), Some("--jitters"));
    }
}
