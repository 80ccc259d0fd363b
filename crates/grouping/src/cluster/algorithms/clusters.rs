// SPDX-License-Identifier: MIT OR Apache-2.0
//! Numbers of clusters to try, as a person writes them.

use std::fmt;
use std::str::FromStr;

use crate::cluster::GroupError;

/// The most clusters that can be asked for.
const MOST: usize = 9999;
/// The most numbers that can be tried: each is a k-means of its own.
const MOST_NUMBERS: usize = 100;

/// Numbers of clusters to try, in this order: a number (`5`), a list (`2,4,8`) or a range (`2-9`,
/// both ends included), of at most 100 numbers from 1 to 9999. The default is 2 to 9.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Clusters {
    /// Without repetitions, never empty.
    numbers: Vec<usize>,
    /// As it was written.
    text: String,
}

impl Clusters {
    /// Whether at least one of the numbers is no more than there are faces.
    pub fn fit(&self, faces: usize) -> bool {
        faces == 0 || self.numbers.iter().any(|number| *number <= faces)
    }

    /// The numbers that `faces` faces allow: at most as many clusters as faces. Where all are more,
    /// every face is a cluster; without a face there is nothing to try.
    pub fn candidates(&self, faces: usize) -> Vec<usize> {
        let fit: Vec<usize> = self.numbers.iter().copied().filter(|k| *k <= faces).collect();
        match faces {
            0 => Vec::new(),
            _ if fit.is_empty() => vec![faces],
            _ => fit,
        }
    }
}

impl Default for Clusters {
    fn default() -> Self {
        Self { numbers: (2..=9).collect(), text: "2-9".to_owned() }
    }
}

impl From<usize> for Clusters {
    /// This many; a number out of range becomes the nearest one in it.
    fn from(number: usize) -> Self {
        let number = number.clamp(1, MOST);
        Self { numbers: vec![number], text: number.to_string() }
    }
}

impl FromStr for Clusters {
    type Err = GroupError;

    fn from_str(text: &str) -> Result<Self, GroupError> {
        let number = |part: &str| {
            part.trim().parse().ok().filter(|number: &usize| (1..=MOST).contains(number))
        };
        let numbers = match text.split_once('-') {
            Some((first, last)) => number(first)
                .zip(number(last))
                .filter(|(first, last)| first <= last)
                .map(|(first, last)| (first..=last).collect()),
            None => text.split(',').map(number).collect::<Option<Vec<usize>>>(),
        };
        let wrong = || GroupError::Option {
            option: "clusters",
            value: format!("{text:?}"),
            expected: "a number (5), a list (2,4,8) or a range (2-9), of at most 100 numbers from 1 to 9999",
        };
        let mut numbers = numbers.ok_or_else(wrong)?;
        let mut seen = std::collections::HashSet::new();
        numbers.retain(|number| seen.insert(*number));
        if numbers.len() > MOST_NUMBERS {
            return Err(wrong());
        }
        Ok(Self { numbers, text: text.to_owned() })
    }
}

impl fmt::Display for Clusters {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn numbers(text: &str) -> Vec<usize> {
        text.parse::<Clusters>().unwrap().numbers
    }

    /// docs/design/predecessors.md 1.11 #5: a single number was refused.
    #[test]
    fn a_number_a_list_and_a_range() {
        assert_eq!(numbers("5"), [5]);
        assert_eq!(numbers("1"), [1]);
        assert_eq!(numbers("8, 2,4,8"), [8, 2, 4]);
        assert_eq!(numbers("2-9"), (2..=9).collect::<Vec<_>>());
        assert_eq!(numbers("3-3"), [3]);
        assert_eq!(numbers("9900-9999").len(), 100);
        assert_eq!(numbers("2-9"), Clusters::default().numbers);
        assert_eq!("2-9".parse::<Clusters>().unwrap().to_string(), "2-9");
    }

    #[test]
    fn what_makes_no_sense_is_refused_with_what_would() {
        for text in [
            "",
            "x",
            "0",
            "0-3",
            "5-2",
            "-3",
            "3-",
            "2,,4",
            "2-4-6",
            "1.5",
            "10000",
            "1-99999999",
            "1-101",
        ] {
            let error = text.parse::<Clusters>().unwrap_err().to_string();
            assert!(error.contains("from 1 to 9999"), "{error}");
        }
    }

    /// docs/design/predecessors.md 1.11 #7: nothing was left to try, and the pictures went with it.
    #[test]
    fn something_is_left_for_any_number_of_faces() {
        let default = Clusters::default();
        assert!(default.candidates(0).is_empty());
        assert_eq!(default.candidates(1), [1]);
        assert_eq!(default.candidates(2), [2]);
        assert_eq!(default.candidates(4), [2, 3, 4]);
        assert_eq!(Clusters::from(5).candidates(3), [3]);
        assert_eq!(Clusters::from(5).candidates(5), [5]);
        assert_eq!(Clusters::from(0).candidates(5), [1]);
    }
}
