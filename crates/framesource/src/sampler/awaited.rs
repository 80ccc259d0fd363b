// SPDX-License-Identifier: MIT OR Apache-2.0
//! Pictures that the decoder was given, by their times in the file: what it loses is counted all the same.

use std::collections::BTreeSet;

use crate::sampling::Times;

/// Those that have not come out.
#[derive(Debug, Default)]
pub struct Awaited {
    pictures: BTreeSet<Times>,
    /// The decoder gives other times than the file.
    untimely: bool,
}

impl Awaited {
    /// Waits for these, too.
    pub fn note(&mut self, pictures: impl IntoIterator<Item = Times>) {
        if !self.untimely {
            self.pictures.extend(pictures);
        }
    }

    /// Takes the picture that comes out at this running time, and says which were lost before it, in the
    /// order in which they are shown.
    pub fn arrive(&mut self, running: gst::ClockTime) -> Vec<Times> {
        let mut lost = Vec::new();
        while let Some(first) = self.pictures.first().copied().filter(|(time, _)| *time <= running)
        {
            self.pictures.pop_first();
            if first.0 == running {
                return lost;
            }
            lost.push(first);
        }
        if !lost.is_empty() {
            // Nothing says which picture this is.
            *self = Self { pictures: BTreeSet::new(), untimely: true };
        }
        Vec::new()
    }

    /// Waits for none of them any more.
    pub fn clear(&mut self) {
        self.pictures.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn awaited(times: &[u64]) -> Awaited {
        let mut awaited = Awaited::default();
        awaited.note(times.iter().map(|time| at(*time)));
        awaited
    }

    fn at(time: u64) -> Times {
        (gst::ClockTime::from_mseconds(time), gst::ClockTime::from_mseconds(time))
    }

    #[test]
    fn what_does_not_come_out_is_lost() {
        let mut awaited = awaited(&[40, 80, 0, 120, 160]);
        assert_eq!(awaited.arrive(at(0).0), []);
        assert_eq!(awaited.arrive(at(120).0), [at(40), at(80)]);
        assert_eq!(awaited.arrive(at(160).0), []);
    }

    #[test]
    fn what_nobody_waits_for_is_no_sign() {
        let mut awaited = awaited(&[80, 120]);
        assert_eq!(awaited.arrive(at(40).0), []);
        assert_eq!(awaited.arrive(at(120).0), [at(80)]);
    }

    #[test]
    fn other_times_than_those_of_the_file_prove_nothing() {
        let mut awaited = awaited(&[40, 80, 120]);
        assert_eq!(awaited.arrive(at(41).0), []);
        awaited.note([at(200)]);
        assert_eq!(awaited.arrive(at(400).0), []);
    }
}
