// SPDX-License-Identifier: MIT OR Apache-2.0
//! Who each group of a new dataset is.

use std::collections::{BTreeMap, BTreeSet};

use super::Between;

/// A second group of a dataset is a person whom another of its groups is already only from this probability on: the
/// dataset itself did not take them for one.
const TWICE: f32 = 0.9;
/// Two people are one from this probability on with the same group.
const MERGED: f32 = 0.9;

/// How similar a group is to what one video shows of a person.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Link {
    /// The group.
    pub group: usize,
    /// The person.
    pub person: u32,
    /// The video, by dataset and its number there.
    pub video: (u32, u32),
    /// Mean similarity of their templates, -1 to 1.
    pub similarity: f32,
    /// The scale of that video and the group's.
    pub between: Between,
    /// Faces of the group, and of the person in that video.
    pub faces: [u32; 2],
}

/// What is known before anything is compared.
#[derive(Debug, Default)]
pub struct Rules {
    /// Number of groups.
    pub groups: usize,
    /// Groups that are certain people.
    pub must: BTreeMap<usize, u32>,
    /// Groups that are certainly not each other, the smaller number first: seen on one frame, or of two names.
    pub apart: BTreeSet<(usize, usize)>,
    /// Groups that are certainly not certain people.
    pub cannot: BTreeSet<(usize, u32)>,
    /// People who are certainly not each other, the smaller number first: two in one dataset, or of two names.
    pub different: BTreeSet<(u32, u32)>,
}

/// Who a group is, and how sure that is.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Decision {
    /// The person; `None` for somebody new.
    pub person: Option<u32>,
    /// The person compared best with, of those that were not ruled out.
    pub best: Option<Match>,
    /// The next best.
    pub next: Option<Match>,
    /// People who turned out to be the same as `person`, since the group is all of them.
    pub merged: Vec<u32>,
}

/// A group and a person.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Match {
    /// The person.
    pub person: u32,
    /// Probability that they are one, 0 to 1.
    pub likelihood: f32,
    /// The link of the video that was nearest.
    pub link: Link,
}

/// Says who each group is, the surest first; at a probability of `accept`, 0 to 1, a group is a person.
///
/// A person is compared with by the nearer half of the videos that show it: nobody looks alike everywhere, and one video of a
/// look-alike is not enough.
pub fn assign(links: &[Link], rules: &Rules, accept: f32) -> Vec<Decision> {
    let mut decisions = vec![Decision::default(); rules.groups];
    let mut matches = matches(links);
    matches.retain(|(group, found)| {
        *group < rules.groups && !rules.cannot.contains(&(*group, found.person))
    });
    let mut groups: BTreeMap<u32, Vec<usize>> = BTreeMap::new();
    for (group, person) in &rules.must {
        if let Some(decision) = decisions.get_mut(*group) {
            decision.person = Some(*person);
            groups.entry(*person).or_default().push(*group);
        }
    }
    let apart = |a: usize, b: usize| rules.apart.contains(&(a.min(b), a.max(b)));
    for (group, found) in &matches {
        let others = groups.entry(found.person).or_default();
        let free = others.iter().all(|other| other == group || !apart(*other, *group));
        let alone = others.iter().all(|other| other == group);
        let Some(decision) = decisions.get_mut(*group) else { continue };
        if free {
            let place =
                if decision.best.is_none() { &mut decision.best } else { &mut decision.next };
            place.get_or_insert(*found);
        }
        let enough = if alone { accept } else { accept.max(TWICE) };
        if decision.person.is_none() && free && found.likelihood >= enough {
            decision.person = Some(found.person);
            others.push(*group);
        }
    }
    let different = |a: u32, b: u32| rules.different.contains(&(a.min(b), a.max(b)));
    let mut gone: BTreeSet<u32> = BTreeSet::new();
    for (group, found) in &matches {
        let Some(decision) = decisions.get_mut(*group) else { continue };
        let Some(person) = decision.person.filter(|person| !gone.contains(person)) else {
            continue;
        };
        let own = matches.iter().find(|(g, m)| g == group && m.person == person);
        let sure = own.is_some_and(|(_, own)| own.likelihood >= MERGED);
        let other = found.person;
        let taken = groups.get(&other).is_some_and(|groups| !groups.is_empty());
        if sure
            && other != person
            && found.likelihood >= MERGED
            && !gone.contains(&other)
            && !taken
            && !different(person, other)
            && decision.merged.iter().all(|merged| !different(*merged, other))
        {
            decision.merged.push(other);
            gone.insert(other);
        }
    }
    decisions
}

/// Groups and people by their likelihoods, the surest first; of equals the lower numbers. See [`assign`] for how a person is
/// compared with.
pub fn matches(links: &[Link]) -> Vec<(usize, Match)> {
    let mut of: BTreeMap<(usize, u32), Vec<(f32, Link)>> = BTreeMap::new();
    for link in links.iter().filter(|link| link.similarity.is_finite()) {
        let likelihood = link.between.likelihood_of(link.similarity, link.faces);
        of.entry((link.group, link.person)).or_default().push((logit(likelihood), *link));
    }
    let mut matches: Vec<(usize, Match)> = of
        .into_iter()
        .filter_map(|((group, person), mut links)| {
            links.sort_by(|a, b| b.0.total_cmp(&a.0));
            let half = links.len().div_ceil(2);
            let mean = links.iter().take(half).map(|(logit, _)| logit).sum::<f32>() / half as f32;
            let likelihood = 1.0 / (1.0 + (-mean).exp());
            let (_, link) = *links.first()?;
            Some((group, Match { person, likelihood, link }))
        })
        .collect();
    matches.sort_by(|(_, a), (_, b)| b.likelihood.total_cmp(&a.likelihood));
    matches
}

fn logit(likelihood: f32) -> f32 {
    let likelihood = likelihood.clamp(1e-6, 1.0 - 1e-6);
    (likelihood / (1.0 - likelihood)).ln()
}

#[cfg(test)]
mod tests {
    use super::*;

    const BETWEEN: Between = Between { levels: None, cut: 0.4 };

    fn link(group: usize, person: u32, video: u32, similarity: f32) -> Link {
        Link { group, person, video: (0, video), similarity, between: BETWEEN, faces: [9, 9] }
    }

    fn rules(groups: usize) -> Rules {
        Rules { groups, ..Rules::default() }
    }

    fn people(links: &[Link], rules: &Rules) -> Vec<Option<u32>> {
        assign(links, rules, 0.5).into_iter().map(|decision| decision.person).collect()
    }

    #[test]
    fn whoever_resembles_nobody_is_new() {
        let links = [link(0, 7, 0, 0.8), link(1, 7, 0, 0.1), link(1, 8, 0, 0.3)];
        let decisions = assign(&links, &rules(3), 0.5);
        assert_eq!(decisions[0].person, Some(7));
        assert!(decisions[0].best.unwrap().likelihood > 0.9);
        assert_eq!((decisions[1].person, decisions[1].best.unwrap().person), (None, 8));
        assert_eq!(decisions[2], Decision::default());
    }

    #[test]
    fn who_is_seen_together_is_never_one() {
        let links = [link(0, 7, 0, 0.9), link(1, 7, 0, 0.85), link(1, 8, 0, 0.5)];
        let mut apart = rules(2);
        apart.apart.insert((0, 1));
        assert_eq!(people(&links, &apart), [Some(7), Some(8)]);
        // Without such evidence the dataset may have taken one for two, where that is very likely.
        assert_eq!(people(&links, &rules(2)), [Some(7), Some(7)]);
        let less = [link(0, 7, 0, 0.9), link(1, 7, 0, 0.45)];
        assert_eq!(people(&less, &rules(2)), [Some(7), None]);
    }

    #[test]
    fn one_video_of_a_look_alike_is_not_enough() {
        let links =
            [link(0, 7, 0, 0.6), link(0, 7, 1, 0.0), link(0, 7, 2, 0.0), link(0, 7, 3, 0.0)];
        assert_eq!(people(&links, &rules(1)), [None]);
        let links = [link(0, 7, 0, 0.6), link(0, 7, 1, 0.1)];
        assert_eq!(people(&links, &rules(1)), [Some(7)]);
    }

    #[test]
    fn names_bind_and_what_is_ruled_out_is_not() {
        let links = [link(0, 7, 0, 0.9), link(1, 8, 0, 0.9)];
        let mut rules = rules(2);
        rules.must.insert(0, 9);
        rules.cannot.insert((1, 8));
        assert_eq!(people(&links, &rules), [Some(9), None]);
    }

    #[test]
    fn who_turns_out_to_be_one_is_merged_unless_they_were_seen_as_two() {
        let links = [link(0, 7, 0, 0.9), link(0, 8, 1, 0.88), link(0, 9, 1, 0.42)];
        let decisions = assign(&links, &rules(1), 0.5);
        assert_eq!((decisions[0].person, &decisions[0].merged[..]), (Some(7), &[8][..]));
        let mut different = rules(1);
        different.different.insert((7, 8));
        assert!(assign(&links, &different, 0.5)[0].merged.is_empty());
    }
}
