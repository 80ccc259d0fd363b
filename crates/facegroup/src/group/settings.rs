// SPDX-License-Identifier: MIT OR Apache-2.0
//! How faces are to be grouped, as a user says it: for the element's properties and the program's
//! options.

use grouping::cluster::{
    self, Clusters, Complete, Dbscan, GaussianMixture, GroupError, KMeans, Level, Levels, Online,
    Options, SizeConstrained,
};
use imaging::choice::{Choice, Worded};
use models::catalogue::{self, Entry};

/// The group threshold is about means of distances. Where every single distance is held against a
/// bound, this part of it is used: StreamFace's 0.3 to its 0.5. Measured over three embedders on
/// two clips, 0.5 to 0.7 are about equally good for complete linkage and DBSCAN, and 1 joins
/// strangers.
const SINGLE_DISTANCES: f32 = 0.6;

/// The ways to group.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub enum Algorithm {
    /// The one that is best for video.
    #[default]
    Average,
    /// As video-to-faces does it.
    Kmeans,
    /// Clusters of different sizes.
    Gmm,
    /// As StreamFace does it.
    Complete,
    /// As facerec does it.
    SizeConstrained,
    /// Density.
    Dbscan,
    /// As StreamFace's index does it.
    Online,
}

impl Choice for Algorithm {
    const ALL: &'static [Worded<Self>] = &[
        Worded::new(
            Self::Average,
            "average",
            "Average linkage of tracks; the video moves its threshold",
        ),
        Worded::new(
            Self::Kmeans,
            "kmeans",
            "K-means, the number of groups chosen by silhouette",
        )
        .labelled("K-means, the number of clusters chosen by silhouette"),
        Worded::new(
            Self::Gmm,
            "gmm",
            "A mixture of Gaussians, the number of groups chosen by silhouette: groups may differ in size",
        )
        .labelled("Mixture of Gaussians, the number of clusters chosen by silhouette"),
        Worded::new(
            Self::Complete,
            "complete",
            "Complete linkage in batches, groups of one track merged",
        )
        .labelled("Complete linkage in batches, merged over matches"),
        Worded::new(
            Self::SizeConstrained,
            "bundles",
            "Bundles of tracks of a size to label by hand: no identities",
        )
        .labelled("Bundles of tracks of a size to label by hand"),
        Worded::new(Self::Dbscan, "dbscan", "By density; faces in sparse places are unsure")
            .labelled("DBSCAN; noise is unsure"),
        Worded::new(
            Self::Online,
            "online",
            "One face after the other, to the nearest group or to a new one",
        )
        .labelled("One face after the other, to the nearest or to a new group"),
    ];
}

/// What a user says about grouping. A setting of another algorithm than the one chosen is not
/// looked at.
#[derive(Debug, Clone, PartialEq)]
pub struct GroupingSettings {
    /// The way to group.
    pub algorithm: Algorithm,
    /// Cosine similarity at which groups stop merging; without one the model's own.
    pub threshold: Option<f32>,
    /// Let the video move the model's own threshold; for average linkage.
    pub calibrate: bool,
    /// Keep groups in which nobody could be recognised; for average linkage.
    pub keep_unrecognisable: bool,
    /// Numbers of clusters to try, see [`Clusters`]; for k-means and mixtures.
    pub clusters: String,
    /// Keep the pictures of every number tried; for k-means and mixtures.
    pub save_all: bool,
    /// Seed; for k-means and mixtures.
    pub random_state: u64,
    /// Largest cosine distance within a cluster; for complete linkage, and without one 3/5 of 1 -
    /// the threshold. Distance at which a face still joins a group; for online grouping, and
    /// without one 1 - the threshold.
    pub matching_threshold: Option<f32>,
    /// Mean cosine distance below which matched clusters merge; for complete linkage. Without one
    /// 1 - the threshold.
    pub merging_threshold: Option<f32>,
    /// Faces of a batch; for complete linkage.
    pub batch_size: usize,
    /// Sizes of bundles.
    pub bundles: SizeConstrained,
    /// Cosine distance of neighbours; for DBSCAN. Without one 3/5 of 1 - the threshold.
    pub eps: Option<f32>,
    /// Neighbours of a core face, itself included; for DBSCAN.
    pub min_points: usize,
}

impl Default for GroupingSettings {
    fn default() -> Self {
        Self {
            algorithm: Algorithm::default(),
            threshold: None,
            calibrate: true,
            keep_unrecognisable: false,
            clusters: Clusters::default().to_string(),
            save_all: false,
            random_state: 0,
            matching_threshold: None,
            merging_threshold: None,
            batch_size: Complete::new(0.0).batch_size,
            bundles: SizeConstrained::default(),
            eps: None,
            min_points: Dbscan::new(0.0).min_points,
        }
    }
}

impl GroupingSettings {
    /// Options for the embeddings of a model of the catalogue (or of another one).
    ///
    /// A threshold given is taken as it is; without one the model's own is moved by what the video
    /// shows, if `calibrate` says so. The distances of the other algorithms belong to an embedder
    /// too: those of the systems they come from were found with other networks (0.3 joins all
    /// strangers of dlib's), so without a distance given it follows from 1 - threshold.
    ///
    /// # Errors
    /// A setting of the algorithm chosen that is out of its range; no threshold where the algorithm needs
    /// one and the embedder has none of its own.
    pub fn options(&self, model: Option<&Entry>) -> Result<Options, GroupError> {
        let own = model.map(|entry| entry.thresholds.group);
        match self.threshold.or(own) {
            Some(threshold) => self.with(threshold, model),
            None if self.needs_threshold() => Err(GroupError::NoThreshold),
            None => self.with(0.0, model),
        }
    }

    /// Options for faces without embeddings, which are nobody's by any threshold.
    ///
    /// # Errors
    /// A setting of the algorithm chosen that is out of its range.
    pub fn without_embeddings(&self) -> Result<Options, GroupError> {
        self.with(self.threshold.unwrap_or(0.0), None)
    }

    /// Whether the algorithm compares with a distance that was not given.
    fn needs_threshold(&self) -> bool {
        match self.algorithm {
            Algorithm::Average => true,
            Algorithm::Kmeans | Algorithm::Gmm | Algorithm::SizeConstrained => false,
            Algorithm::Complete => {
                self.matching_threshold.is_none() || self.merging_threshold.is_none()
            }
            Algorithm::Dbscan => self.eps.is_none(),
            Algorithm::Online => self.matching_threshold.is_none(),
        }
    }

    fn with(&self, threshold: f32, model: Option<&Entry>) -> Result<Options, GroupError> {
        let distance = 1.0 - threshold;
        let single = SINGLE_DISTANCES * distance;
        let mut options = Options::new(threshold);
        options.calibrate = self.calibrate && self.threshold.is_none();
        let level = |level: catalogue::Level| Level { mean: level.mean, spread: level.spread };
        let recognisable = model.map(|entry| entry.thresholds.recognisable);
        options.recognisable = recognisable.filter(|least| *least > 0.0);
        options.keep_unrecognisable = self.keep_unrecognisable;
        options.levels = model.map(|Entry { thresholds, .. }| Levels {
            impostor: level(thresholds.impostor),
            genuine: level(thresholds.genuine),
        });
        options.algorithm = match self.algorithm {
            Algorithm::Average => cluster::Algorithm::Average,
            Algorithm::Kmeans => cluster::Algorithm::KMeans(KMeans {
                clusters: self.clusters.parse()?,
                save_all: self.save_all,
                random_state: self.random_state,
            }),
            Algorithm::Gmm => cluster::Algorithm::GaussianMixture(GaussianMixture {
                clusters: self.clusters.parse()?,
                save_all: self.save_all,
                random_state: self.random_state,
            }),
            Algorithm::Complete => cluster::Algorithm::Complete(Complete {
                matching_threshold: self.matching_threshold.unwrap_or(single),
                merging_threshold: self.merging_threshold.unwrap_or(distance),
                batch_size: self.batch_size,
            }),
            Algorithm::SizeConstrained => cluster::Algorithm::SizeConstrained(self.bundles),
            Algorithm::Dbscan => cluster::Algorithm::Dbscan(Dbscan {
                eps: self.eps.unwrap_or(single),
                min_points: self.min_points,
            }),
            Algorithm::Online => {
                cluster::Algorithm::Online(Online::new(self.matching_threshold.unwrap_or(distance)))
            }
        };
        options.check()?;
        Ok(options)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn options(settings: &GroupingSettings, model: &str) -> Options {
        settings.options(models::catalogue::find(model)).unwrap()
    }

    /// The numbers of other systems' embedders would join everybody.
    #[test]
    fn distances_follow_the_model_unless_given() {
        let model = models::catalogue::find("dlib-resnet").unwrap();
        let distance = 1.0 - model.thresholds.group;
        let complete = GroupingSettings { algorithm: Algorithm::Complete, ..Default::default() };
        let found = options(&complete, "dlib-resnet").algorithm;
        let cluster::Algorithm::Complete(found) = found else { unreachable!("{found:?}") };
        assert_eq!((found.matching_threshold, found.merging_threshold), (0.6 * distance, distance));
        let online = GroupingSettings { algorithm: Algorithm::Online, ..Default::default() };
        let found = options(&online, "dlib-resnet").algorithm;
        assert_eq!(found, cluster::Algorithm::Online(Online::new(distance)));
        let given = GroupingSettings { threshold: Some(0.5), ..online };
        let found = options(&given, "dlib-resnet").algorithm;
        assert_eq!(found, cluster::Algorithm::Online(Online::new(0.5)));
        let streamface = GroupingSettings {
            matching_threshold: Some(0.3),
            merging_threshold: Some(0.5),
            ..complete
        };
        let found = options(&streamface, "dlib-resnet").algorithm;
        let cluster::Algorithm::Complete(found) = found else { unreachable!("{found:?}") };
        assert_eq!((found.matching_threshold, found.merging_threshold), (0.3, 0.5));
        assert_eq!(found.batch_size, 20_000);
    }

    #[test]
    fn a_given_threshold_is_not_moved_by_the_video() {
        let settings = GroupingSettings::default();
        assert!(options(&settings, "dlib-resnet").calibrate);
        assert!(
            !options(&GroupingSettings { threshold: Some(0.9), ..settings }, "dlib-resnet")
                .calibrate
        );
    }

    /// A threshold of another embedder would join everybody or nobody.
    #[test]
    fn an_unknown_embedder_needs_a_threshold() {
        let settings = |algorithm| GroupingSettings { algorithm, ..Default::default() };
        for algorithm in
            [Algorithm::Average, Algorithm::Complete, Algorithm::Dbscan, Algorithm::Online]
        {
            assert_eq!(settings(algorithm).options(None), Err(GroupError::NoThreshold));
            let given = GroupingSettings { threshold: Some(0.4), ..settings(algorithm) };
            assert!(given.options(None).is_ok());
        }
        let eps = GroupingSettings { eps: Some(0.4), ..settings(Algorithm::Dbscan) };
        assert!(eps.options(None).is_ok());
        assert!(settings(Algorithm::Kmeans).options(None).is_ok());
        assert!(settings(Algorithm::Gmm).options(None).is_ok());
        assert!(settings(Algorithm::SizeConstrained).options(None).is_ok());
    }

    #[test]
    fn settings_out_of_range_are_refused_if_they_are_used() {
        let wrong = GroupingSettings { min_points: 0, ..Default::default() };
        assert!(wrong.without_embeddings().is_ok());
        let dbscan = GroupingSettings { algorithm: Algorithm::Dbscan, ..wrong };
        assert!(dbscan.without_embeddings().is_err());
    }
}
