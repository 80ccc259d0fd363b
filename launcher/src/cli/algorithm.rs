// SPDX-License-Identifier: MIT OR Apache-2.0
//! The options that say how faces become people.

use anyhow::{Result, bail};
use clap::Args;
use facegroup::{Algorithm, GroupingSettings};
use grouping::cluster::Clusters;
use imaging::choice::Choice;

use super::choice::choice;
use super::cosine;

const OTHER: &str = "Other ways to group";

/// How faces become people.
#[derive(Debug, Args, Clone, Default)]
pub struct GroupingArgs {
    /// Cosine similarity at which groups stop merging [default: the embedder's own]
    #[arg(long, value_name = "COSINE", value_parser = cosine, allow_negative_numbers = true, help_heading = "People")]
    pub group_threshold: Option<f32>,
    /// Cut at the threshold, whatever the video itself says
    #[arg(long, help_heading = "People")]
    pub no_calibrate: bool,
    /// Keep people whom nobody could recognise (backs of heads, half faces at the border, black, smears)
    /// instead of putting their faces into unsure
    #[arg(long, help_heading = "People")]
    pub keep_unrecognisable: bool,
    /// The way to group
    #[arg(
        long,
        value_parser = choice::<Algorithm>(),
        default_value = "average",
        value_name = "NAME",
        help_heading = "People"
    )]
    pub algorithm: Algorithm,

    /// kmeans, gmm: numbers of groups to try: 5, 2,4,8 or 2-9; the best silhouette wins [default: 2-9]
    #[arg(long, value_name = "NUMBERS", help_heading = OTHER)]
    pub clusters: Option<Clusters>,
    /// kmeans, gmm: keep the pictures of every number tried too, in faces/G<number>/
    #[arg(long, help_heading = OTHER)]
    pub save_all: bool,
    /// kmeans, gmm: the same seed gives the same groups [default: 0]
    #[arg(long, value_name = "SEED", help_heading = OTHER)]
    pub random_state: Option<u64>,
    /// complete: largest cosine distance within a group [default: 3/5 of 1 - the group threshold];
    /// online: distance at which a face still joins a group [default: 1 - the group threshold]
    #[arg(long, value_name = "DISTANCE", value_parser = distance, help_heading = OTHER)]
    pub matching_threshold: Option<f32>,
    /// complete: mean cosine distance below which groups joined by a track merge [default: 1 - the
    /// group threshold]
    #[arg(long, value_name = "DISTANCE", value_parser = distance, help_heading = OTHER)]
    pub merging_threshold: Option<f32>,
    /// complete: faces compared at a time; memory is 2 bytes times its square [default: 20000]
    #[arg(long, value_name = "FACES", help_heading = OTHER)]
    pub batch_size: Option<usize>,
    /// bundles: mean number of tracks of one [default: 18]
    #[arg(long, value_name = "TRACKS", help_heading = OTHER)]
    pub bundle_size: Option<usize>,
    /// bundles: fewest tracks of a part where one was too large [default: 12]
    #[arg(long, value_name = "TRACKS", help_heading = OTHER)]
    pub bundle_min: Option<usize>,
    /// bundles: most tracks of one [default: 24]
    #[arg(long, value_name = "TRACKS", help_heading = OTHER)]
    pub bundle_max: Option<usize>,
    /// dbscan: cosine distance of neighbours [default: 3/5 of 1 - the group threshold]
    #[arg(long, value_name = "DISTANCE", value_parser = distance, help_heading = OTHER)]
    pub eps: Option<f32>,
    /// dbscan: neighbours that make a face the core of a group, itself included [default: 3]
    #[arg(long, value_name = "FACES", help_heading = OTHER)]
    pub min_points: Option<usize>,
}

impl GroupingArgs {
    /// The same as settings.
    ///
    /// # Errors
    /// An option of another algorithm than the one asked for: it would do nothing.
    pub fn settings(&self) -> Result<GroupingSettings> {
        use Algorithm::{Complete, Dbscan, Gmm, Kmeans, Online, SizeConstrained};
        for (given, option, of) in [
            (self.clusters.is_some(), "--clusters", &[Kmeans, Gmm][..]),
            (self.save_all, "--save-all", &[Kmeans, Gmm]),
            (self.random_state.is_some(), "--random-state", &[Kmeans, Gmm]),
            (self.matching_threshold.is_some(), "--matching-threshold", &[Complete, Online]),
            (self.merging_threshold.is_some(), "--merging-threshold", &[Complete]),
            (self.batch_size.is_some(), "--batch-size", &[Complete]),
            (self.bundle_size.is_some(), "--bundle-size", &[SizeConstrained]),
            (self.bundle_min.is_some(), "--bundle-min", &[SizeConstrained]),
            (self.bundle_max.is_some(), "--bundle-max", &[SizeConstrained]),
            (self.eps.is_some(), "--eps", &[Dbscan]),
            (self.min_points.is_some(), "--min-points", &[Dbscan]),
        ] {
            if given && !of.contains(&self.algorithm) {
                let names: Vec<&str> = of.iter().map(|algorithm| algorithm.name()).collect();
                bail!("{option} is an option of --algorithm {}", names.join(" or "));
            }
        }
        let default = GroupingSettings::default();
        let mut bundles = default.bundles;
        bundles.size = self.bundle_size.unwrap_or(bundles.size);
        bundles.min_size = self.bundle_min.unwrap_or(bundles.min_size.min(bundles.size));
        bundles.max_size = self.bundle_max.unwrap_or(bundles.max_size.max(bundles.size));
        Ok(GroupingSettings {
            algorithm: self.algorithm,
            threshold: self.group_threshold,
            calibrate: !self.no_calibrate,
            keep_unrecognisable: self.keep_unrecognisable,
            clusters: self.clusters.as_ref().map_or(default.clusters, Clusters::to_string),
            save_all: self.save_all,
            random_state: self.random_state.unwrap_or(default.random_state),
            matching_threshold: self.matching_threshold,
            merging_threshold: self.merging_threshold,
            batch_size: self.batch_size.unwrap_or(default.batch_size),
            bundles,
            eps: self.eps,
            min_points: self.min_points.unwrap_or(default.min_points),
        })
    }
}

fn distance(text: &str) -> Result<f32, String> {
    super::number(text, 0.0..=2.0, "a distance from 0 to 2").map(|v| v as f32)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use clap::Parser;

    use super::super::{Cli, Command};
    use super::*;

    fn settings(arguments: &str) -> Result<GroupingSettings> {
        let arguments = ["facegroup", "group", "out"].into_iter().chain(arguments.split(' '));
        match Cli::try_parse_from(arguments)?.command {
            Some(Command::Group(arguments)) => arguments.grouping.settings(),
            _ => bail!("parsed as something else"),
        }
    }

    #[test]
    fn without_options_the_library_s_defaults_hold() {
        assert_eq!(GroupingArgs::default().settings().unwrap(), GroupingSettings::default());
    }

    #[test]
    fn options_arrive() {
        let kmeans =
            settings("--algorithm kmeans --clusters 5 --save-all --random-state 7").unwrap();
        assert_eq!(kmeans.algorithm, Algorithm::Kmeans);
        assert_eq!(
            (kmeans.clusters.as_str(), kmeans.save_all, kmeans.random_state),
            ("5", true, 7)
        );
        let gmm = settings("--algorithm gmm --clusters 2,4 --random-state 7").unwrap();
        assert_eq!((gmm.algorithm, gmm.clusters.as_str()), (Algorithm::Gmm, "2,4"));
        let complete = "--algorithm complete --matching-threshold 0.3 --merging-threshold 0.5 --batch-size 100";
        let complete = settings(complete).unwrap();
        assert_eq!((complete.matching_threshold, complete.batch_size), (Some(0.3), 100));
        assert_eq!(complete.merging_threshold, Some(0.5));
        let dbscan = settings("--algorithm dbscan --eps 0 --min-points 1").unwrap();
        assert_eq!((dbscan.eps, dbscan.min_points), (Some(0.0), 1));
        assert_eq!(
            settings("--algorithm online --matching-threshold 0.1").unwrap().matching_threshold,
            Some(0.1)
        );
    }

    #[test]
    fn another_bundle_size_brings_the_others_with_it() {
        let bundles = settings("--algorithm bundles --bundle-size 5").unwrap().bundles;
        assert_eq!((bundles.min_size, bundles.max_size), (5, 24));
        let bundles = settings("--algorithm bundles --bundle-size 50").unwrap().bundles;
        assert_eq!((bundles.min_size, bundles.max_size), (12, 50));
    }

    #[test]
    fn what_would_do_nothing_or_makes_no_sense_is_refused() {
        let error = settings("--eps 0.1").unwrap_err().to_string();
        assert_eq!(error, "--eps is an option of --algorithm dbscan");
        for wrong in [
            "--algorithm kmeans --clusters 0",
            "--algorithm kmeans --clusters 2..9",
            "--algorithm gmm --clusters 2..9",
            "--algorithm dbscan --eps -1",
            "--algorithm dbscan --eps nan",
            "--algorithm complete --clusters 3",
            "--algorithm nobody",
            "--save-all",
        ] {
            assert!(settings(wrong).is_err(), "{wrong}");
        }
    }
}
