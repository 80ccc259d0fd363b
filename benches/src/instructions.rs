// SPDX-License-Identifier: MIT OR Apache-2.0
//! Instructions per call of each kernel, recorded and compared: they are the same on a busy machine as on
//! an idle one.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};

/// From this part more on a kernel has become slower. Two runs differ by a hundredth at most with ONNX
/// Runtime in it, else by next to nothing.
const SLOWER: f64 = 0.05;

/// What was measured, and what with.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// The compiler, as it names itself.
    pub toolchain: String,
    /// The processor under valgrind: architecture and the extensions that code is chosen by.
    pub cpu: String,
    /// Instructions per call by the kernels' names.
    pub kernels: BTreeMap<String, u64>,
}

impl Record {
    /// Reads one.
    ///
    /// # Errors
    /// The file is not there, or is no record.
    pub fn read(path: &Path) -> Result<Self> {
        let text = std::fs::read(path).with_context(|| path.display().to_string())?;
        serde_json::from_slice(&text).with_context(|| path.display().to_string())
    }

    /// Writes it.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn write(&self, path: &Path) -> Result<()> {
        let text = serde_json::to_string_pretty(self)? + "\n";
        std::fs::write(path, text).with_context(|| path.display().to_string())
    }

    /// Why figures measured now say nothing beside the recorded ones, if they do not.
    pub fn differs(&self, now: &Self) -> Option<String> {
        let other = |what: &str, then: &str, now: &str| {
            (then != now).then(|| format!("recorded with another {what}: {then}, now {now}"))
        };
        other("compiler", &self.toolchain, &now.toolchain)
            .or_else(|| other("processor", &self.cpu, &now.cpu))
    }

    /// How much more a kernel takes now, in parts of what was recorded; `None` for a new one.
    pub fn change(&self, name: &str, now: u64) -> Option<f64> {
        let then = *self.kernels.get(name)?;
        Some(now as f64 / then.max(1) as f64 - 1.0)
    }

    /// The kernels that have become slower, with the change. Those not measured now are not among them.
    pub fn slower<'a>(&self, now: &'a Self) -> Vec<(&'a str, f64)> {
        let changes = now.kernels.iter().filter_map(|(name, &count)| {
            let change = self.change(name, count)?;
            (change > SLOWER).then_some((name.as_str(), change))
        });
        changes.collect()
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn record(kernels: &[(&str, u64)]) -> Record {
        Record {
            toolchain: "rustc 1.95.0".to_owned(),
            cpu: "x86_64 avx2".to_owned(),
            kernels: kernels.iter().map(|&(name, count)| (name.to_owned(), count)).collect(),
        }
    }

    #[test]
    fn a_slow_down_of_more_than_a_twentieth_is_seen() {
        let then = record(&[("a", 1000), ("b", 1000), ("c", 1000), ("gone", 1000)]);
        let now = record(&[("a", 1049), ("b", 1051), ("c", 400), ("new", 1_000_000)]);
        let slower = then.slower(&now);
        assert_eq!(slower.iter().map(|(name, _)| *name).collect::<Vec<_>>(), ["b"]);
        assert!((slower[0].1 - 0.051).abs() < 1e-9);
        assert!((then.change("c", 400).unwrap() + 0.6).abs() < 1e-9);
        assert_eq!(then.change("new", 1), None);
    }

    #[test]
    fn other_compilers_and_processors_are_told() {
        let then = record(&[]);
        assert_eq!(then.differs(&record(&[("a", 1)])), None);
        let compiler = Record { toolchain: "rustc 1.96.0".to_owned(), ..record(&[]) };
        let why = then.differs(&compiler).unwrap();
        assert!(why.contains("1.95.0") && why.contains("1.96.0"), "{why}");
        let processor = Record { cpu: "aarch64 neon".to_owned(), ..record(&[]) };
        assert!(then.differs(&processor).unwrap().contains("aarch64 neon"));
    }

    #[test]
    fn a_record_survives_its_file() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("instructions.json");
        assert!(Record::read(&path).is_err());
        let written = record(&[("sample", u64::MAX)]);
        written.write(&path).unwrap();
        assert_eq!(Record::read(&path).unwrap(), written);
    }
}
