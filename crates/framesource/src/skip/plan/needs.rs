// SPDX-License-Identifier: MIT OR Apache-2.0
//! What wanted pictures are decoded from.

use super::{Held, Planner};
use crate::codec::coded::Needs;

impl<T> Planner<T> {
    /// Which of the first `count` pictures are fed: what is wanted and what that needs.
    pub(super) fn needed(&self, count: usize, mut all_references: bool) -> Vec<bool> {
        let mut needed: Vec<bool> = self.held.iter().take(count).map(Held::needed).collect();
        for (at, held) in self.held.iter().enumerate().take(count).rev() {
            let coded = &held.picture.coded;
            let Some((this, before)) = needed.get_mut(..=at).and_then(<[bool]>::split_last_mut)
            else {
                continue;
            };
            *this |= all_references && coded.reference;
            if !*this {
                continue;
            }
            match &coded.needs {
                Needs::These(places) if self.followed => {
                    // What is farther back was fed with all references.
                    for place in places.iter().filter_map(|back| at.checked_sub(*back)) {
                        before.iter_mut().skip(place).take(1).for_each(|needed| *needed = true);
                    }
                }
                _ => all_references = true,
            }
        }
        needed
    }
}
