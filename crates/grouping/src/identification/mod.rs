// SPDX-License-Identifier: MIT OR Apache-2.0
//! Which enrolled identity a face is (open-set identification): the [`Gallery`], how similar they are
//! ([`consistency`], [`look_alikes`]), and who each face is ([`identify`]).
//!
//! | rule | of | a face is |
//! |---|---|---|
//! | [`Rule::Nearest`] | video-to-faces | the nearest person's, nobody's at the threshold or beyond |
//! | [`Rule::Any`] | FaceGrab, FaceRipper | the one's with the nearest picture, if that is within the threshold |
//! | [`Rule::Votes`] | FaceGrab | the one's with most pictures within the threshold |
//! | [`Rule::Knn`] | facerec | the one's with the largest share of the nearest pictures |
//!
//! A face is one person's at most, and its picture lies in one folder. Names are given to faces, to
//! tracks, or to the groups that clustering finds ([`Level`]); who is nobody of these goes where
//! [`Others`] says.

mod assign;
mod distances;
mod error;
mod folders;
mod gallery;
mod knn;
pub mod statistics;
mod vote;

use imaging::choice::{Choice, Worded};
use ndarray::ArrayView2;

use crate::cluster::{Face, GroupError, Metric, Options};

pub use assign::{Identified, Name};
pub use distances::Measure;
pub use error::EnrolmentError;
pub use folders::folders;
pub use gallery::{Gallery, Person, Reference};
pub use knn::Knn;
pub use statistics::{Consistency, LookAlike, consistency, look_alikes};

/// How faces get names.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Rule {
    /// The nearest person: the mean distance to the nearer half of the person's pictures counts. At the
    /// threshold itself a face is nobody's, so a threshold of 0 names nobody.
    Nearest,
    /// The person with the nearest picture, if that is within the threshold, itself included. Of a track
    /// or a group every face votes, also for nobody; most votes win.
    Any,
    /// The person with most pictures within the threshold, itself included, and at least so many; of
    /// those with as many the nearest. Votes as for [`Rule::Any`].
    Votes {
        /// Votes that a person needs, at least 1: one per picture within the threshold.
        least: usize,
    },
    /// Shares of the nearest pictures.
    Knn(Knn),
}

impl Rule {
    /// What `groups.json` calls it, where names stay as they are.
    fn recorded(&self) -> &'static str {
        match self.kind() {
            RuleKind::Votes => "agreeing",
            kind => kind.name(),
        }
    }

    /// Which of the rules it is, whatever its settings.
    pub fn kind(&self) -> RuleKind {
        match self {
            Self::Nearest => RuleKind::Nearest,
            Self::Any => RuleKind::Any,
            Self::Votes { .. } => RuleKind::Votes,
            Self::Knn(_) => RuleKind::Knn,
        }
    }
}

/// The rules without their settings.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum RuleKind {
    /// [`Rule::Nearest`].
    #[default]
    Nearest,
    /// [`Rule::Any`].
    Any,
    /// [`Rule::Votes`].
    Votes,
    /// [`Rule::Knn`].
    Knn,
}

impl Choice for RuleKind {
    const ALL: &'static [Worded<Self>] = &[
        Worded::new(
            Self::Nearest,
            "nearest",
            "The nearest person's; all pictures of a person count together",
        ),
        Worded::new(Self::Any, "any", "The person's with the nearest picture"),
        Worded::new(Self::Votes, "votes", "The person's with most pictures within the threshold")
            .formerly("agreeing"),
        Worded::new(
            Self::Knn,
            "knn",
            "The person's with the largest share of the nearest pictures",
        ),
    ];
}

/// What gets a name as a whole.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Level {
    /// Each face by itself; one without an embedding follows its track.
    Face,
    /// The faces of a track together.
    Track,
    /// The faces of a group together, after grouping.
    #[default]
    Group,
}

impl Choice for Level {
    const ALL: &'static [Worded<Self>] = &[
        Worded::new(Self::Face, "face", "Every face by itself"),
        Worded::new(Self::Track, "track", "The faces of a track together"),
        Worded::new(Self::Group, "group", "The faces of a group together"),
    ];
}

/// What becomes of the faces of people who are not known.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Others {
    /// One folder, `other`.
    #[default]
    One,
    /// A numbered group for each of them.
    Group,
    /// Their pictures are removed; their lines say `other`.
    Drop,
}

impl Choice for Others {
    const ALL: &'static [Worded<Self>] = &[
        Worded::new(Self::One, "one", "All into faces/other/")
            .labelled("All into the folder other"),
        Worded::new(Self::Group, "group", "Grouped, into faces/0/, faces/1/, …")
            .labelled("Grouped"),
        Worded::new(Self::Drop, "drop", "Nowhere: their pictures are removed")
            .labelled("Their pictures are removed"),
    ];
}

/// How faces are identified.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Identification {
    /// How.
    pub rule: Rule,
    /// What distances are.
    pub metric: Metric,
    /// Distance from which on a face is nobody's; see the rules for what holds at the threshold itself.
    /// `None`: everybody is somebody. 0 is a threshold like any other.
    pub threshold: Option<f32>,
    /// Length of vectors that Euclidean distances are measured on: 1 for unit vectors, the network's own
    /// for distances as other programs give them.
    pub length: f32,
    /// What gets a name.
    pub level: Level,
    /// Where everybody else goes.
    pub others: Others,
}

impl Identification {
    /// The nearest person for each group, by cosine; `similarity` is the embedder's own least one.
    pub fn new(similarity: f32) -> Self {
        Self {
            rule: Rule::Nearest,
            metric: Metric::Cosine,
            // In six decimals: nobody wants to read .07999998.
            threshold: Some((1e6 - 1e6 * similarity).round() / 1e6),
            length: 1.0,
            level: Level::default(),
            others: Others::default(),
        }
    }

    /// How distances are measured.
    pub fn measure(&self) -> Measure {
        Measure::new(self.metric, self.length)
    }

    /// Refuses what nobody could be named with.
    ///
    /// # Errors
    /// The first setting out of its range.
    pub fn check(&self) -> Result<(), EnrolmentError> {
        let wrong = |option, value: String, expected| {
            Err(GroupError::Option { option, value, expected }.into())
        };
        if let Some(threshold) = self.threshold
            && !(threshold.is_finite() && threshold >= 0.0)
        {
            return wrong("name-threshold", threshold.to_string(), "a distance from 0 on, or none");
        }
        if !(self.length.is_finite() && self.length > 0.0) {
            return wrong("length", self.length.to_string(), "a length above 0");
        }
        match self.rule {
            Rule::Votes { least: 0 } => wrong("votes", "0".into(), "at least 1 picture"),
            Rule::Knn(Knn { neighbours: 0, .. }) => {
                wrong("neighbours", "0".into(), "at least 1 picture")
            }
            _ => Ok(()),
        }
    }

    /// The settings by their names, as a user would write them.
    pub fn settings(&self) -> Vec<(&'static str, String)> {
        let threshold = self.threshold.map_or("none".to_owned(), |t| t.to_string());
        let mut settings = vec![
            ("named-by", self.rule.recorded().to_owned()),
            ("of-each", self.level.name().to_owned()),
            ("metric", self.metric.name().to_owned()),
            ("name-threshold", threshold),
        ];
        match self.rule {
            Rule::Votes { least } => settings.push(("agreeing", least.to_string())),
            Rule::Knn(knn) => settings.push(("neighbours", knn.neighbours.to_string())),
            Rule::Nearest | Rule::Any => (),
        }
        settings
    }
}

/// Names faces, and groups those that get no name where that is wanted.
///
/// `options` say how groups are found. Faces of which nothing is known stay unassigned.
///
/// # Errors
/// Options out of range, a gallery of another length than the embeddings, a face that names a row
/// that is not there.
pub fn identify(
    faces: &[Face],
    embeddings: ArrayView2<'_, f32>,
    gallery: &Gallery,
    identification: &Identification,
    options: &Options,
) -> Result<Identified, EnrolmentError> {
    identification.check()?;
    if embeddings.nrows() > 0 && embeddings.ncols() != gallery.dimensions() {
        return Err(EnrolmentError::Model {
            given: gallery.dimensions(),
            given_model: "of the references".into(),
            held: embeddings.ncols(),
            held_model: "of embeddings.npy".into(),
        });
    }
    assign::compose(faces, embeddings, gallery, identification, options)
}
