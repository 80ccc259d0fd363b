// SPDX-License-Identifier: MIT OR Apache-2.0
//! The options that say which pictures show nothing new, and where what is not kept goes.

use clap::Args;
use dataset::Retention;
use grouping::deduplication::Thresholds;
use imaging::HashKind;
use serde_json::json;

use super::choice::choice;

const HEADING: &str = "Duplicates";

/// When a picture is a duplicate. The defaults keep all: tracks already keep to `--samples`.
#[derive(Debug, Args, Clone, Copy)]
pub struct DuplicateArgs {
    /// Leave out pictures whose hash differs in at most so many of 64 bits from one of the last
    /// five kept of the same video; 0 for equal ones, -1 for none
    #[arg(long, default_value = "-1", value_name = "BITS", value_parser = bits, allow_negative_numbers = true, help_heading = HEADING)]
    pub duplicate_window: Bits,
    /// The same from any picture kept before, of all videos, at the end (video-to-faces uses 8 for both)
    #[arg(long, default_value = "-1", value_name = "BITS", value_parser = bits, allow_negative_numbers = true, help_heading = HEADING)]
    pub duplicate_hash: Bits,
    /// What the bits of both hashes say; a number of bits means something else for each
    #[arg(
        long,
        value_parser = choice::<HashKind>(),
        default_value = "average",
        value_name = "KIND",
        help_heading = HEADING
    )]
    pub duplicate_hash_kind: HashKind,
    /// Leave out pictures whose embedding is at most this cosine distance from that of any picture kept
    /// before, at the end; 0 for equal ones, -1 for none
    #[arg(long, default_value = "-1", value_name = "DISTANCE", value_parser = distance, allow_negative_numbers = true, help_heading = HEADING)]
    pub duplicate_embedding: Distance,
    /// Keep duplicates in OUT/intermediate/dupes1 (window), dupes2 (hash) and dupes3 (embedding), with a
    /// log of each
    #[arg(long, help_heading = HEADING)]
    pub save_duplicates: bool,
}

/// A number of bits, if any.
#[derive(Debug, Clone, Copy)]
pub struct Bits(Option<u32>);

/// A distance, if any.
#[derive(Debug, Clone, Copy)]
pub struct Distance(Option<f32>);

fn bits(text: &str) -> Result<Bits, String> {
    match text.parse() {
        Ok(-1) => Ok(Bits(None)),
        Ok(bits @ 0..=64) => Ok(Bits(Some(bits as u32))),
        _ => Err("expected a number of bits from 0 to 64, or -1".into()),
    }
}

fn distance(text: &str) -> Result<Distance, String> {
    match text.parse() {
        Ok(-1.0) => Ok(Distance(None)),
        Ok(distance) if (0.0..=2.0).contains(&distance) => Ok(Distance(Some(distance))),
        _ => Err("expected a cosine distance from 0 to 2, or -1".into()),
    }
}

impl DuplicateArgs {
    /// What is looked for.
    pub fn thresholds(&self) -> Thresholds {
        Thresholds {
            kind: self.duplicate_hash_kind,
            window: self.duplicate_window.0,
            hash: self.duplicate_hash.0,
            embedding: self.duplicate_embedding.0,
        }
    }

    /// Which crops are kept, decided one by one.
    pub fn retention(&self, save_blurry: bool) -> Retention {
        Retention {
            duplicates: self.thresholds(),
            save_duplicates: self.save_duplicates,
            save_blurry,
        }
    }

    /// For `run.json`.
    pub fn settings(&self) -> Vec<serde_json::Value> {
        let Thresholds { kind, window, hash, embedding } = self.thresholds();
        let mut settings = vec![json!(window), json!(hash), json!(embedding)];
        // Results from before there were kinds can be resumed, and none is told by hashes that
        // nothing asks for.
        if !kind.is_default() && (window.is_some() || hash.is_some()) {
            settings.push(json!(kind));
        }
        settings
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Debug, Parser)]
    struct Line {
        #[command(flatten)]
        duplicates: DuplicateArgs,
    }

    fn arguments(line: &str) -> Result<DuplicateArgs, clap::Error> {
        let words = std::iter::once("facegroup").chain(line.split_whitespace());
        Line::try_parse_from(words).map(|line| line.duplicates)
    }

    fn thresholds(line: &str) -> Result<Thresholds, clap::Error> {
        arguments(line).map(|arguments| arguments.thresholds())
    }

    /// Bits of two kinds are not comparable, so that another kind is another run.
    #[test]
    fn the_kind_is_part_of_the_settings_where_hashes_are_asked_for() {
        let settings = |line: &str| json!(arguments(line).unwrap().settings()).to_string();
        assert_eq!(settings("--duplicate-hash 8"), "[null,8,null]");
        assert_eq!(settings("--duplicate-hash 8 --duplicate-hash-kind average"), "[null,8,null]");
        let block = settings("--duplicate-window 8 --duplicate-hash-kind block");
        assert_eq!(block, r#"[8,null,null,"block"]"#);
        assert_eq!(settings("--duplicate-hash-kind block"), "[null,null,null]");
    }

    /// In video-to-faces 0 and -1 both turn a search off.
    #[test]
    fn nought_is_nought_and_minus_one_is_off() {
        assert!(thresholds("").unwrap().is_off());
        let off = "--duplicate-window -1 --duplicate-hash -1 --duplicate-embedding -1";
        assert!(thresholds(off).unwrap().is_off());
        let nought = "--duplicate-window 0 --duplicate-hash 0 --duplicate-embedding 0";
        let expected = Thresholds {
            kind: HashKind::Average,
            window: Some(0),
            hash: Some(0),
            embedding: Some(0.0),
        };
        assert_eq!(thresholds(nought).unwrap(), expected);
        for wrong in ["--duplicate-window 65", "--duplicate-hash -2", "--duplicate-embedding 2.5"] {
            assert!(thresholds(wrong).is_err(), "{wrong}");
        }
    }
}
