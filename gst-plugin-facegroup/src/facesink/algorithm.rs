// SPDX-License-Identifier: MIT OR Apache-2.0
//! The properties of `facesink` that choose a way to group.
//!
//! Each setting is a property of its own and not a field of one structure: `gst-inspect-1.0` then
//! shows its range and default, and a misspelt one is an error.

use facegroup::{Algorithm, GroupingSettings};
use gst::glib;
use gst::prelude::*;
use gst_frameview::EnumType;

use super::properties::get;

/// Below 0 a distance follows from the threshold.
const UNSET: f32 = -1.0;
const MOST: u32 = 1_000_000;

struct AlgorithmType;

impl EnumType for AlgorithmType {
    type Choice = Algorithm;
    const NAME: &'static str = "GstRsFaceSinkAlgorithm";
}

pub(super) fn specs() -> Vec<glib::ParamSpec> {
    let default = GroupingSettings::default();
    let distance = |name: &'static str, nick: &'static str, blurb: &'static str| {
        glib::ParamSpecFloat::builder(name)
            .nick(nick)
            .blurb(blurb)
            .minimum(UNSET)
            .maximum(2.0)
            .default_value(UNSET)
            .mutable_ready()
            .build()
    };
    let number =
        |name: &'static str, nick: &'static str, blurb: &'static str, least, most, default| {
            glib::ParamSpecUInt::builder(name)
                .nick(nick)
                .blurb(blurb)
                .minimum(least)
                .maximum(most)
                .default_value(default as u32)
                .mutable_ready()
                .build()
        };
    vec![
        AlgorithmType::spec("algorithm", default.algorithm)
            .nick("Algorithm")
            .blurb("The way to group; each has properties of its own")
            .mutable_ready()
            .build(),
        glib::ParamSpecBoolean::builder("keep-unrecognisable")
            .nick("Keep unrecognisable")
            .blurb(
                "average: keep people whom nobody could recognise (backs of heads, half faces at the border, \
                 black, smears) instead of putting their faces into unsure",
            )
            .default_value(default.keep_unrecognisable)
            .mutable_ready()
            .build(),
        glib::ParamSpecString::builder("clusters")
            .nick("Clusters")
            .blurb(
                "kmeans, gmm: numbers of groups to try, a number (5), a list (2,4,8) or a range (2-9)",
            )
            .default_value(Some(default.clusters.as_str()))
            .mutable_ready()
            .build(),
        glib::ParamSpecBoolean::builder("save-all")
            .nick("Save all")
            .blurb("kmeans, gmm: keep the pictures of every number tried too, in faces/G<number>/")
            .default_value(default.save_all)
            .mutable_ready()
            .build(),
        glib::ParamSpecUInt64::builder("random-state")
            .nick("Random state")
            .blurb("kmeans, gmm: the same seed gives the same groups")
            .default_value(default.random_state)
            .mutable_ready()
            .build(),
        distance(
            "matching-threshold",
            "Matching threshold",
            "complete: largest cosine distance within a group (-1 = 3/5 of 1 - threshold); online: \
             distance at which a face still joins a group (-1 = 1 - threshold)",
        ),
        distance(
            "merging-threshold",
            "Merging threshold",
            "complete: mean cosine distance below which groups joined by a track merge (-1 = 1 - \
             threshold)",
        ),
        number(
            "batch-size",
            "Batch size",
            "complete: faces compared at a time; memory is 2 bytes times its square",
            2,
            50_000,
            default.batch_size,
        ),
        number(
            "bundle-size",
            "Bundle size",
            "bundles: mean number of tracks of one",
            1,
            100_000,
            default.bundles.size,
        ),
        number(
            "bundle-min",
            "Bundle minimum",
            "bundles: fewest tracks of a part where one was too large, at most bundle-size",
            1,
            100_000,
            default.bundles.min_size,
        ),
        number(
            "bundle-max",
            "Bundle maximum",
            "bundles: most tracks of one, at least bundle-size",
            1,
            100_000,
            default.bundles.max_size,
        ),
        distance("eps", "Eps", "dbscan: cosine distance of neighbours (-1 = 3/5 of 1 - threshold)"),
        number(
            "min-points",
            "Minimum points",
            "dbscan: neighbours that make a face the core of a group, itself included",
            1,
            MOST,
            default.min_points,
        ),
    ]
}

/// Takes a property's new value; `false` for a property that is not one of these.
pub(super) fn set(settings: &mut GroupingSettings, name: &str, value: &glib::Value) -> bool {
    let distance = || Some(get::<f32>(value)).filter(|distance| *distance >= 0.0);
    let number = || get::<u32>(value) as usize;
    match name {
        "algorithm" => {
            settings.algorithm = AlgorithmType::choice(value).unwrap_or_default();
        }
        "clusters" => {
            settings.clusters = get::<Option<String>>(value).unwrap_or_default();
        }
        "save-all" => settings.save_all = get(value),
        "keep-unrecognisable" => settings.keep_unrecognisable = get(value),
        "random-state" => settings.random_state = get(value),
        "matching-threshold" => settings.matching_threshold = distance(),
        "merging-threshold" => settings.merging_threshold = distance(),
        "batch-size" => settings.batch_size = number(),
        "bundle-size" => settings.bundles.size = number(),
        "bundle-min" => settings.bundles.min_size = number(),
        "bundle-max" => settings.bundles.max_size = number(),
        "eps" => settings.eps = distance(),
        "min-points" => settings.min_points = number(),
        _ => return false,
    }
    true
}

/// A property's value; `None` for a property that is not one of these.
pub(super) fn value(settings: &GroupingSettings, name: &str) -> Option<glib::Value> {
    let distance = |distance: Option<f32>| distance.unwrap_or(UNSET).to_value();
    let number = |number: usize| u32::try_from(number).unwrap_or(u32::MAX).to_value();
    Some(match name {
        "algorithm" => AlgorithmType::value(settings.algorithm),
        "clusters" => settings.clusters.to_value(),
        "save-all" => settings.save_all.to_value(),
        "keep-unrecognisable" => settings.keep_unrecognisable.to_value(),
        "random-state" => settings.random_state.to_value(),
        "matching-threshold" => distance(settings.matching_threshold),
        "merging-threshold" => distance(settings.merging_threshold),
        "batch-size" => number(settings.batch_size),
        "bundle-size" => number(settings.bundles.size),
        "bundle-min" => number(settings.bundles.min_size),
        "bundle-max" => number(settings.bundles.max_size),
        "eps" => distance(settings.eps),
        "min-points" => number(settings.min_points),
        _ => return None,
    })
}
