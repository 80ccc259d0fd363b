// SPDX-License-Identifier: MIT OR Apache-2.0
//! Names of the pictures: `[prefix][KK_]FFFFFF_I.jpg`.

use crate::{CropFormat, DatasetError, RunInfo};

/// How the pictures of one run are named. Every name is unique within the run, whatever folder it is in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CropNames {
    prefix: String,
    /// Digits of the input's number; 0 when there is one input and no number.
    digits: usize,
    extension: &'static str,
}

impl CropNames {
    /// The names of a run.
    ///
    /// # Errors
    /// A prefix that cannot begin a file name.
    pub fn new(run: &RunInfo) -> Result<Self, DatasetError> {
        Self::with(&run.prefix, run.inputs.len(), run.pictures)
    }

    fn with(prefix: &str, inputs: usize, pictures: CropFormat) -> Result<Self, DatasetError> {
        let why = if prefix.contains(['/', '\\', '\0']) {
            Some("it names a folder")
        } else if prefix.starts_with('.') {
            Some("files that begin with a dot are hidden")
        } else if prefix.len() > 128 {
            Some("it is longer than 128 bytes")
        } else {
            None
        };
        if let Some(why) = why {
            return Err(DatasetError::Prefix { prefix: prefix.to_owned(), why });
        }
        let digits = if inputs > 1 { inputs.to_string().len().max(2) } else { 0 };
        Ok(Self { prefix: prefix.to_owned(), digits, extension: pictures.extension() })
    }

    /// The file name of a face; `input` is 0-based, its number in the name 1-based.
    pub fn name(&self, input: usize, frame: u64, face: u32) -> String {
        let Self { prefix, digits, extension } = self;
        match digits {
            0 => format!("{prefix}{frame:06}_{face}.{extension}"),
            _ => format!(
                "{prefix}{number:0digits$}_{frame:06}_{face}.{extension}",
                number = input + 1
            ),
        }
    }

    /// The file name of a whole frame, and with a number that of a face rejected on it; `JPEG` both.
    pub fn debug(&self, input: usize, frame: u64, reject: Option<usize>) -> String {
        let face = self.name(input, frame, 0);
        let stem = face.rsplit_once('_').map_or(face.as_str(), |(stem, _)| stem);
        reject.map_or(format!("{stem}.jpg"), |number| format!("{stem}_r{number}.jpg"))
    }

    /// Input and frame of any file name of this run: a face's, a frame's or a reject's.
    pub fn frame_of(&self, name: &str) -> Option<(usize, u64)> {
        let (stem, extension) = name.rsplit_once('.')?;
        let rest = stem.strip_prefix(self.prefix.as_str())?;
        let frame = |rest: &str| rest.split('_').next()?.parse().ok();
        let (input, frame) = match self.digits {
            0 => (0, frame(rest)?),
            _ => {
                let (number, rest) = rest.split_once('_')?;
                (number.parse::<usize>().ok()?.checked_sub(1)?, frame(rest)?)
            }
        };
        let whole = self.debug(input, frame, None);
        let whole = whole.strip_suffix(".jpg")?;
        // Only what we would write is ours.
        let tail = stem.strip_prefix(whole)?;
        let number = tail.strip_prefix("_r").or_else(|| tail.strip_prefix('_'));
        let ours = match number {
            None => tail.is_empty() && extension == "jpg",
            Some(number) => number.parse::<u32>().is_ok_and(|n| n.to_string() == number),
        };
        ours.then_some((input, frame))
    }

    /// Input, frame and face of a file name of this run; `None` for any other file's name.
    pub fn parse(&self, name: &str) -> Option<(usize, u64, u32)> {
        let stem = name
            .strip_prefix(self.prefix.as_str())?
            .strip_suffix(self.extension)?
            .strip_suffix('.')?;
        let (input, rest) = match self.digits {
            0 => (0, stem),
            _ => {
                let (number, rest) = stem.split_once('_')?;
                (number.parse::<usize>().ok()?.checked_sub(1)?, rest)
            }
        };
        let (frame, face) = rest.split_once('_')?;
        let parsed = (input, frame.parse().ok()?, face.parse().ok()?);
        // Only what `name` would write is ours: no signs, no missing or added zeros.
        (self.name(parsed.0, parsed.1, parsed.2) == name).then_some(parsed)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
mod tests {
    use super::*;

    fn names(prefix: &str, inputs: usize) -> CropNames {
        CropNames::with(prefix, inputs, CropFormat::default()).unwrap()
    }

    #[test]
    fn follow_the_design() {
        assert_eq!(names("", 1).name(0, 1224, 0), "001224_0.jpg");
        assert_eq!(names("show-", 2).name(1, 1224, 3), "show-02_001224_3.jpg");
        assert_eq!(names("", 100).name(99, 12_345_678, 10), "100_12345678_10.jpg");
        assert_eq!(CropNames::with("", 1, CropFormat::Png).unwrap().name(0, 1, 0), "000001_0.png");
    }

    #[test]
    fn are_recognised_and_nothing_else_is() {
        for (prefix, inputs) in [("", 1), ("", 2), ("映画 ", 3), ("01_", 1), ("1_2_", 120)] {
            let names = names(prefix, inputs);
            for id in [(inputs - 1, 0, 0), (0, 1_000_000, 12)] {
                assert_eq!(names.parse(&names.name(id.0, id.1, id.2)), Some(id));
            }
        }
        for foreign in [
            "holiday.jpg",
            "1_0.jpg",
            "000001_+1.jpg",
            "000001_01.jpg",
            "000001_0.jpeg",
            "000001_0.png",
            "x000001_0.jpg",
            "01_000001_0.jpg",
            "",
        ] {
            assert_eq!(names("", 1).parse(foreign), None, "{foreign}");
        }
        assert_eq!(names("", 2).parse("00_000001_0.jpg"), None);
    }

    #[test]
    fn frames_and_rejects_are_named_like_their_faces() {
        for (prefix, inputs) in [("", 1), ("映画 ", 3), ("1_2_", 120)] {
            let names = names(prefix, inputs);
            let input = inputs - 1;
            for name in [
                names.name(input, 7, 1),
                names.debug(input, 7, None),
                names.debug(input, 7, Some(3)),
            ] {
                assert_eq!(names.frame_of(&name), Some((input, 7)), "{name}");
            }
        }
        assert_eq!(names("a-", 1).debug(0, 1224, None), "a-001224.jpg");
        assert_eq!(names("", 2).debug(1, 1224, Some(0)), "02_001224_r0.jpg");
        for foreign in ["1.jpg", "000001_x.jpg", "000001_r01.jpg", "000001.txt", "000001"] {
            assert_eq!(names("", 1).frame_of(foreign), None, "{foreign}");
        }
    }

    #[test]
    fn refuse_a_prefix_that_is_a_path() {
        for prefix in ["../", "a/b", ".hidden", "a\0b", &"x".repeat(300)] {
            assert!(CropNames::with(prefix, 1, CropFormat::default()).is_err(), "{prefix:?}");
        }
    }
}
