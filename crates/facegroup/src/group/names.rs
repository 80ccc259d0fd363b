// SPDX-License-Identifier: MIT OR Apache-2.0
//! What groups are called: people by their names, the others by numbers.

use std::collections::{BTreeMap, BTreeSet};

use dataset::format::segments;
use dataset::{GroupSummary, UNSURE};
use grouping::OTHER;
use grouping::cluster::Grouping;
use grouping::identification::Name;

use super::stored::OnScreen;

/// The names of groups, by their labels.
pub(crate) struct GroupNames {
    names: Vec<Name>,
    folders: Vec<String>,
}

impl GroupNames {
    /// Names given stay. Numbers go by time on screen: "0" for the longest, then "1", …; or in the order of the
    /// groups, which algorithms other than the default one have of their own.
    pub(crate) fn new(
        grouping: &Grouping,
        mut names: Vec<Name>,
        on_screen: &[OnScreen],
        by_time: bool,
    ) -> Self {
        names.resize_with(grouping.groups.len(), Name::default);
        let time = |group: usize| -> f64 {
            let videos = on_screen.get(group).into_iter().flat_map(BTreeMap::values);
            videos.map(|segments| segments::seconds(segments)).sum()
        };
        let mut numbered: Vec<usize> =
            (0..names.len()).filter(|group| names[*group].folder.is_none()).collect();
        if by_time {
            // Grouping's own order, by size, decides between equals.
            numbered.sort_by(|&a, &b| time(b).total_cmp(&time(a)).then(a.cmp(&b)));
        }
        let mut folders: Vec<String> =
            names.iter().map(|name| name.folder.clone().unwrap_or_default()).collect();
        // A person may have given a number as a name.
        let taken: BTreeSet<String> = folders.iter().cloned().collect();
        let free = (0..).map(|rank: usize| rank.to_string()).filter(|rank| !taken.contains(rank));
        for (group, rank) in numbered.into_iter().zip(free) {
            folders[group] = rank;
        }
        Self { names, folders }
    }

    /// The folder of a group.
    pub(crate) fn folder(&self, group: usize) -> &str {
        self.folders.get(group).map_or(UNSURE, String::as_str)
    }

    /// The name as the gallery has it.
    pub(crate) fn person(&self, group: usize) -> Option<String> {
        self.names.get(group)?.person.clone()
    }

    pub(crate) fn shares(&self, group: usize) -> BTreeMap<String, f64> {
        self.names.get(group).map(|name| name.shares.clone()).unwrap_or_default()
    }

    /// People longest on screen first, then numbers, then everybody else.
    pub(crate) fn sort(&self, summaries: &mut [GroupSummary]) {
        let class = |group: &GroupSummary| match (&group.person, group.name.as_str()) {
            (Some(_), _) => 0,
            (None, OTHER) => 2,
            (None, _) => 1,
        };
        summaries.sort_by(|a, b| {
            let number = |group: &GroupSummary| group.name.parse().unwrap_or(usize::MAX);
            class(a).cmp(&class(b)).then_with(|| match class(a) {
                0 => b.total_seconds().total_cmp(&a.total_seconds()),
                _ => number(a).cmp(&number(b)),
            })
        });
    }
}
