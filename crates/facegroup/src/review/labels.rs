// SPDX-License-Identifier: MIT OR Apache-2.0
//! Labels that somebody gave elsewhere, taken over as corrections.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use dataset::UNSURE;
use dataset::format::corrections::Statement;
use grouping::identification::folders;

use super::action::Wanted;
use super::{Done, ReviewError, Session};

impl Session {
    /// Takes over who faces are, each label a person: what agrees already is left as it is. A label that is a number is no
    /// name; `nobody` are faces that are nobody's. Faces that no label speaks of stay with theirs.
    ///
    /// Of labels that share a person the one with most of its faces keeps it, the others become people of their own.
    ///
    /// # Errors
    /// A face that is not there, a dataset that another process writes.
    pub fn take_labels(
        &mut self,
        labels: &[(usize, String)],
        nobody: &[usize],
    ) -> Result<Done, ReviewError> {
        self.catch_up()?;
        let mut faces: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        for (face, label) in labels {
            self.face(*face).ok_or(ReviewError::NoFace { face: *face })?;
            faces.entry(label).or_default().push(*face);
        }
        let homes = self.homes(&faces);
        let of: HashMap<usize, &str> =
            labels.iter().map(|(face, label)| (*face, label.as_str())).collect();
        let mut wanted: Vec<Wanted> = Vec::new();
        let mut moved = 0;
        for (label, faces) in &faces {
            let home = homes.get(label).map(String::as_str);
            let is_name = label.parse::<u64>().is_err();
            let name = folders([*label]).swap_remove(0);
            let away: Vec<usize> = faces
                .iter()
                .copied()
                .filter(|face| self.person_of(*face).map(|p| p.name.as_str()) != home)
                .collect();
            if is_name && home != Some(&name) {
                // The whole person gets the name, but for those of whom another label speaks.
                let rest =
                    home.and_then(|home| self.person(home)).map(|person| person.faces.clone());
                let rest = rest.into_iter().flatten().chain(faces.iter().copied());
                let all: BTreeSet<usize> =
                    rest.filter(|face| of.get(face).is_none_or(|own| own == label)).collect();
                let all: Vec<usize> = all.into_iter().collect();
                moved += all.len();
                wanted.push(self.all(Statement::Name { name }, &all)?);
            } else if !away.is_empty() {
                moved += away.len();
                match home {
                    Some(home) => wanted.push(self.belong(&away, home)?),
                    None => wanted.extend(self.apart(faces)?),
                }
            }
        }
        let nobody: Vec<usize> = nobody
            .iter()
            .copied()
            .filter(|face| self.person_of(*face).is_some_and(|person| person.name != UNSURE))
            .collect();
        if !nobody.is_empty() {
            moved += nobody.len();
            wanted.push(self.all(Statement::Unsure, &nobody)?);
        }
        if wanted.is_empty() {
            return Err(ReviewError::Nothing {
                what: "the labels say what the result says already",
            });
        }
        self.add(wanted, format!("{moved} faces by labels"))
    }

    /// The person of each label: that of most of its faces, unless another label has more of it.
    fn homes<'l>(&self, faces: &BTreeMap<&'l str, Vec<usize>>) -> BTreeMap<&'l str, String> {
        let mut shares: Vec<(usize, &str, &str)> = Vec::new();
        for (label, faces) in faces {
            let mut votes: BTreeMap<&str, usize> = BTreeMap::new();
            for person in faces.iter().filter_map(|face| self.person_of(*face)) {
                if person.name != UNSURE && !person.is_other() {
                    *votes.entry(&person.name).or_default() += 1;
                }
            }
            shares.extend(votes.into_iter().map(|(person, votes)| (votes, *label, person)));
        }
        shares.sort_by(|a, b| b.0.cmp(&a.0).then((a.1, a.2).cmp(&(b.1, b.2))));
        let mut homes: BTreeMap<&str, String> = BTreeMap::new();
        let mut taken: BTreeSet<&str> = BTreeSet::new();
        for (_, label, person) in shares {
            if !homes.contains_key(label) && taken.insert(person) {
                let label = faces.keys().find(|known| **known == label);
                homes.extend(label.map(|label| (*label, person.to_owned())));
            }
        }
        homes
    }
}
