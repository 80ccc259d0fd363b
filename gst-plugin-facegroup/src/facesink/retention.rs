// SPDX-License-Identifier: MIT OR Apache-2.0
//! The properties of `facesink` that say which pictures are kept.

use dataset::Retention;
use gst::glib;
use gst::prelude::*;
use gst_frameview::EnumType;
use imaging::HashKind;

use super::properties::get;

/// Turns a search off; 0 is a threshold.
const OFF: i32 = -1;

struct HashKindType;

impl EnumType for HashKindType {
    type Choice = HashKind;
    const NAME: &'static str = "GstRsFaceSinkHashKind";
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
        HashKindType::spec("duplicate-hash-kind", HashKind::default())
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
        "duplicate-hash-kind" => {
            retention.duplicates.kind = HashKindType::choice(value).unwrap_or_default();
        }
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
        "duplicate-hash-kind" => HashKindType::value(retention.duplicates.kind),
        "duplicate-embedding" => retention.duplicates.embedding.unwrap_or(OFF as f32).to_value(),
        "save-duplicates" => retention.save_duplicates.to_value(),
        "save-blurry" => retention.save_blurry.to_value(),
        _ => return None,
    })
}
