// SPDX-License-Identifier: MIT OR Apache-2.0
//! The properties of `facesink` that say which pictures are kept.

use dataset::Retention;
use gst::glib;
use gst::prelude::*;
use imaging::HashKind;

use super::properties::get;

/// Turns a search off; 0 is a threshold.
const OFF: i32 = -1;

/// What the bits of a hash say.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, glib::Enum)]
#[repr(u32)]
#[enum_type(name = "GstRsFaceSinkHashKind")]
pub(super) enum Kind {
    /// As video-to-faces does it.
    #[default]
    #[enum_value(name = "Lighter than the mean, as video-to-faces has it", nick = "average")]
    Average,
    /// dHash.
    #[enum_value(name = "Lighter than what is left of it", nick = "gradient")]
    Gradient,
    /// dHash in both directions.
    #[enum_value(
        name = "Lighter than what is left of it, and than what is above it: 60 bits",
        nick = "double-gradient"
    )]
    DoubleGradient,
    /// As the average hash, by the median.
    #[enum_value(name = "Not darker than the median", nick = "median")]
    Median,
    /// As blockhash.io does it.
    #[enum_value(name = "Blocks lighter than the median of their quarter", nick = "block")]
    Block,
}

impl From<Kind> for HashKind {
    fn from(kind: Kind) -> Self {
        match kind {
            Kind::Average => Self::Average,
            Kind::Gradient => Self::Gradient,
            Kind::DoubleGradient => Self::DoubleGradient,
            Kind::Median => Self::Median,
            Kind::Block => Self::Block,
        }
    }
}

impl From<HashKind> for Kind {
    fn from(kind: HashKind) -> Self {
        match kind {
            HashKind::Average => Self::Average,
            HashKind::Gradient => Self::Gradient,
            HashKind::DoubleGradient => Self::DoubleGradient,
            HashKind::Median => Self::Median,
            HashKind::Block => Self::Block,
        }
    }
}

pub(super) fn specs() -> Vec<glib::ParamSpec> {
    let bits = |name: &'static str, nick: &'static str, blurb: &'static str| {
        glib::ParamSpecInt::builder(name)
            .nick(nick)
            .blurb(blurb)
            .minimum(OFF)
            .maximum(64)
            .default_value(OFF)
            .mutable_ready()
            .build()
    };
    let flag = |name: &'static str, nick: &'static str, blurb: &'static str| {
        glib::ParamSpecBoolean::builder(name).nick(nick).blurb(blurb).mutable_ready().build()
    };
    vec![
        bits(
            "duplicate-window",
            "Duplicate window",
            "Leave out pictures whose hash differs in at most so many bits from one of the last \
             five kept (0 = equal ones, -1 = off)",
        ),
        bits(
            "duplicate-hash",
            "Duplicate hash",
            "The same from any picture kept before, at the end of the stream (-1 = off)",
        ),
        glib::ParamSpecEnum::builder_with_default("duplicate-hash-kind", Kind::default())
            .nick("Duplicate hash kind")
            .blurb("What the bits of both hashes say; a number of bits means something else for each")
            .mutable_ready()
            .build(),
        glib::ParamSpecFloat::builder("duplicate-embedding")
            .nick("Duplicate embedding")
            .blurb(
                "Leave out pictures whose embedding is at most this cosine distance from that of any \
                 picture kept before, at the end of the stream (0 = equal ones, -1 = off)",
            )
            .minimum(OFF as f32)
            .maximum(2.0)
            .default_value(OFF as f32)
            .mutable_ready()
            .build(),
        flag(
            "save-duplicates",
            "Save duplicates",
            "Keep duplicates in intermediate/dupes1, dupes2 and dupes3, with a log of each",
        ),
        flag(
            "save-blurry",
            "Save blurry",
            "Keep pictures that facecrop marked as blurry in intermediate/blurry",
        ),
    ]
}

/// Takes a property's new value; `false` for a property that is not one of these.
pub(super) fn set(retention: &mut Retention, name: &str, value: &glib::Value) -> bool {
    let bits = || u32::try_from(get::<i32>(value)).ok();
    match name {
        "duplicate-window" => retention.duplicates.window = bits(),
        "duplicate-hash" => retention.duplicates.hash = bits(),
        "duplicate-hash-kind" => retention.duplicates.kind = get::<Kind>(value).into(),
        "duplicate-embedding" => {
            retention.duplicates.embedding = Some(get::<f32>(value)).filter(|value| *value >= 0.0);
        }
        "save-duplicates" => retention.save_duplicates = get(value),
        "save-blurry" => retention.save_blurry = get(value),
        _ => return false,
    }
    true
}

/// A property's value; `None` for a property that is not one of these.
pub(super) fn value(retention: &Retention, name: &str) -> Option<glib::Value> {
    let bits = |bits: Option<u32>| {
        bits.and_then(|bits| i32::try_from(bits).ok()).unwrap_or(OFF).to_value()
    };
    Some(match name {
        "duplicate-window" => bits(retention.duplicates.window),
        "duplicate-hash" => bits(retention.duplicates.hash),
        "duplicate-hash-kind" => Kind::from(retention.duplicates.kind).to_value(),
        "duplicate-embedding" => retention.duplicates.embedding.unwrap_or(OFF as f32).to_value(),
        "save-duplicates" => retention.save_duplicates.to_value(),
        "save-blurry" => retention.save_blurry.to_value(),
        _ => return None,
    })
}
