// SPDX-License-Identifier: MIT OR Apache-2.0
//! Who is who as the files of a dataset say it.

use std::collections::HashMap;

use dataset::format::corrections::FaceKey;
use dataset::{FaceRecord, Groups, Outlier, UNSURE};
use grouping::cluster::{GroupInfo, MergeSuggestion};
use grouping::identification::Name;

use crate::group::relabel::Labelling;
use crate::group::stored::Stored;

impl Labelling {
    /// Who is who as the files of a dataset say it.
    pub(super) fn stored(groups: &Groups, records: &[FaceRecord], stored: &Stored) -> Self {
        let mut labelling = Self::default();
        let mut labels: HashMap<&str, usize> = HashMap::new();
        for group in &groups.groups {
            labels.insert(&group.name, labels.len());
            let GroupInfo { best, .. } = GroupInfo::default();
            let (size, tracks, cohesion) = (group.size, group.tracks, group.cohesion);
            labelling.grouping.groups.push(GroupInfo { size, tracks, best, cohesion });
            let (folder, person) = (Some(group.name.clone()), group.person.clone());
            labelling.names.push(Name { folder, person, shares: group.shares.clone() });
        }
        for record in records {
            let name = record.group.as_deref().filter(|name| *name != UNSURE);
            let label = name.map(|name| {
                *labels.entry(name).or_insert_with(|| {
                    // Put there by hand since.
                    labelling.grouping.groups.push(GroupInfo::default());
                    let person = Some(name.to_owned());
                    labelling.names.push(Name {
                        folder: person.clone(),
                        person,
                        ..Name::default()
                    });
                    labelling.names.len() - 1
                })
            });
            labelling.grouping.labels.push(label);
        }
        labelling.grouping.suggestions = groups
            .suggestions
            .iter()
            .filter_map(|s| {
                let [a, b] = [labels.get(s.groups[0].as_str())?, labels.get(s.groups[1].as_str())?];
                let (similarity, likelihood) = (s.similarity, s.likelihood);
                Some(MergeSuggestion { groups: (*a, *b), similarity, likelihood })
            })
            .collect();
        let key = |o: &Outlier| FaceKey(o.video.clone(), o.frame, o.face);
        let outliers = groups.outliers.iter().filter_map(|o| stored.keys.get(&key(o)).copied());
        labelling.grouping.outliers = outliers.collect();
        labelling
    }
}
