// SPDX-License-Identifier: MIT OR Apache-2.0
//! Numbered pictures: those of a pattern's numbers that are there.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

/// Pictures with numbers in their names.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Numbered {
    /// Their names with a conversion such as `%04d` for the number.
    pub pattern: PathBuf,
    /// The pictures in the order of their numbers.
    pub files: Vec<PathBuf>,
    /// First and last numbers of what is missing between them.
    pub gaps: Vec<(u64, u64)>,
}

/// A file name around its number.
struct Name<'p> {
    before: &'p [u8],
    digits: usize,
    after: &'p [u8],
}

impl Numbered {
    /// Whether a path's file name holds one number conversion such as `%d` or `%04d`.
    pub fn is_pattern(path: &Path) -> bool {
        path.file_name().is_some_and(|name| Name::of(name).is_some())
    }

    /// The pictures of a pattern, from whichever number on.
    ///
    /// # Errors
    /// The folder cannot be read, or holds none of them.
    pub fn find(pattern: &Path) -> Result<Self> {
        let name = pattern.file_name().and_then(Name::of).context("no pattern")?;
        let folder = match pattern.parent() {
            Some(folder) if folder != Path::new("") => folder,
            _ => Path::new("."),
        };
        let entries =
            fs::read_dir(folder).with_context(|| format!("cannot read {}", folder.display()))?;
        let mut found: Vec<(u64, PathBuf)> = entries
            .filter_map(Result::ok)
            .filter_map(|entry| Some((name.number(&entry.file_name())?, entry.file_name())))
            .map(|(number, file)| (number, pattern.with_file_name(file)))
            .collect();
        found.sort();
        if found.is_empty() {
            bail!("{}: no picture with a name of this pattern is there", pattern.display());
        }
        let gap = |pair: &[(u64, PathBuf)]| match pair {
            [(one, _), (next, _)] if next - one > 1 => Some((one + 1, next - 1)),
            _ => None,
        };
        let gaps = found.windows(2).filter_map(gap).collect();
        let files = found.into_iter().map(|(_, file)| file).collect();
        Ok(Self { pattern: pattern.to_owned(), files, gaps })
    }

    /// Which numbers are missing, in words; `None` where none is.
    pub fn missing(&self) -> Option<String> {
        const SHOWN: usize = 5;
        let range = |(first, last): &(u64, u64)| match last - first {
            0 => first.to_string(),
            _ => format!("{first} to {last}"),
        };
        let mut ranges: Vec<String> = self.gaps.iter().take(SHOWN).map(range).collect();
        if self.gaps.len() > SHOWN {
            ranges.push(format!("{} more gaps", self.gaps.len() - SHOWN));
        }
        let all: u64 = self.gaps.iter().map(|(first, last)| last - first + 1).sum();
        let pictures = self.files.len();
        (all > 0).then(|| {
            format!(
                "{all} numbers are missing ({}); the {pictures} that are there are looked at",
                ranges.join(", ")
            )
        })
    }
}

impl<'p> Name<'p> {
    fn of(name: &'p OsStr) -> Option<Self> {
        let bytes = name.as_bytes();
        let start = bytes.iter().position(|byte| *byte == b'%')?;
        let (before, rest) = (&bytes[..start], &bytes[start + 1..]);
        let end = rest.iter().position(|byte| !byte.is_ascii_digit())?;
        let after = rest[end..].strip_prefix(b"d")?;
        let digits = std::str::from_utf8(&rest[..end]).ok()?;
        let digits = if digits.is_empty() { 0 } else { digits.parse().ok()? };
        (!after.contains(&b'%') && digits < 32).then_some(Self { before, digits, after })
    }

    /// The number of a file whose name is of this pattern.
    fn number(&self, name: &OsStr) -> Option<u64> {
        let bytes = name.as_bytes().strip_prefix(self.before)?.strip_suffix(self.after)?;
        let text = std::str::from_utf8(bytes).ok()?;
        let number: u64 = text.parse().ok()?;
        let digits = self.digits;
        (format!("{number:0digits$}") == text).then_some(number)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn the_numbers_that_are_there_count_from_any_start() {
        let folder = tempfile::tempdir().unwrap();
        for name in
            ["f098.jpg", "f099.jpg", "f103.jpg", "f1000.jpg", "f99.jpg", "f104.png", "f1.jpg"]
        {
            fs::write(folder.path().join(name), "").unwrap();
        }
        let found = |pattern: &str| Numbered::find(&folder.path().join(pattern));
        let names = |numbered: &Numbered| -> Vec<String> {
            let name = |file: &PathBuf| file.file_name().unwrap().to_string_lossy().into_owned();
            numbered.files.iter().map(name).collect()
        };
        let three = found("f%03d.jpg").unwrap();
        assert_eq!(names(&three), ["f098.jpg", "f099.jpg", "f103.jpg", "f1000.jpg"]);
        let missing = three.missing().unwrap();
        assert!(missing.contains("100 to 102") && missing.contains("104 to 999"), "{missing}");
        assert_eq!(
            names(&found("f%d.jpg").unwrap()),
            ["f1.jpg", "f99.jpg", "f103.jpg", "f1000.jpg"]
        );
        assert_eq!(found("f%03d.png").unwrap().missing(), None);
        assert!(found("g%d.jpg").unwrap_err().to_string().contains("g%d.jpg"));
    }

    #[test]
    fn a_pattern_holds_one_number() {
        for pattern in ["img_%04d.jpg", "a/%d.png", "50% off %d.jpg"] {
            let is = pattern != "50% off %d.jpg";
            assert_eq!(Numbered::is_pattern(Path::new(pattern)), is, "{pattern}");
        }
        for other in ["100%.mp4", "%s.jpg", "%d_%d.jpg", "a%dir/b.jpg"] {
            assert!(!Numbered::is_pattern(Path::new(other)), "{other}");
        }
    }
}
