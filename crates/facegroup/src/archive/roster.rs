// SPDX-License-Identifier: MIT OR Apache-2.0
//! The people of a library while it is changed.

use std::collections::{BTreeMap, BTreeSet};

use dataset::library::{DatasetRecord, LibraryError, PersonRecord, Source, View, Writing};

use super::now;

/// Everybody, by number.
#[derive(Debug, Default)]
pub(super) struct Roster {
    records: BTreeMap<u32, PersonRecord>,
    changed: BTreeSet<u32>,
}

impl Roster {
    pub(super) fn read(view: &View<'_>) -> Result<Self, LibraryError> {
        Ok(Self { records: view.people()?, changed: BTreeSet::new() })
    }

    /// The person that this one turned out to be; itself where it did not.
    pub(super) fn who(&self, mut person: u32) -> u32 {
        // Merges make no rings; should a file say so, somebody in the ring is as good as another.
        for _ in 0..self.records.len() {
            match self.records.get(&person).and_then(|record| record.alias) {
                Some(alias) => person = alias,
                None => break,
            }
        }
        person
    }

    /// The name of a person.
    pub(super) fn name(&self, person: u32) -> Option<&str> {
        self.records.get(&person)?.name.as_deref()
    }

    /// What a person is called in answers.
    pub(super) fn display(&self, person: u32) -> String {
        self.name(person).map_or_else(|| format!("person-{person}"), str::to_owned)
    }

    /// Who has a name.
    pub(super) fn named(&self, name: &str) -> Option<u32> {
        let mut people = self.records.iter().filter(|(_, record)| record.alias.is_none());
        people.find(|(_, record)| record.name.as_deref() == Some(name)).map(|(person, _)| *person)
    }

    /// Who is meant: a name, else `person-17` or `17`, also of those that turned out to be others.
    pub(super) fn find(&self, text: &str) -> Option<u32> {
        self.named(text).or_else(|| {
            let number = text.strip_prefix("person-").unwrap_or(text).parse().ok()?;
            let person = self.who(number);
            self.records.contains_key(&person).then_some(person)
        })
    }

    /// Everybody who is nobody else.
    pub(super) fn people(&self) -> impl Iterator<Item = (u32, &PersonRecord)> {
        let people = self.records.iter().filter(|(_, record)| record.alias.is_none());
        people.map(|(person, record)| (*person, record))
    }

    /// The others that turned out to be this person.
    pub(super) fn aliases(&self, person: u32) -> Vec<u32> {
        let others = self.records.iter().filter(|(_, record)| record.alias.is_some());
        others.map(|(other, _)| *other).filter(|other| self.who(*other) == person).collect()
    }

    /// Somebody new.
    pub(super) fn add(&mut self, writing: &mut Writing<'_>) -> Result<u32, LibraryError> {
        let person = writing.new_person()?;
        self.records.insert(person, PersonRecord { since: now(), ..PersonRecord::default() });
        self.changed.insert(person);
        Ok(person)
    }

    /// Gives a person a name.
    pub(super) fn call(&mut self, person: u32, name: &str) {
        if let Some(record) = self.records.get_mut(&person)
            && record.name.as_deref() != Some(name)
        {
            record.name = Some(name.to_owned());
            self.changed.insert(person);
        }
    }

    /// Makes a person another one; who has a name keeps it, and gives it where the other has none.
    pub(super) fn merge(&mut self, from: u32, into: u32) {
        let (from, into) = (self.who(from), self.who(into));
        if from == into {
            return;
        }
        let name = self.records.get(&from).and_then(|record| record.name.clone());
        if let Some(record) = self.records.get_mut(&from) {
            record.alias = Some(into);
            record.name = None;
        }
        if let (Some(record), Some(name)) = (self.records.get_mut(&into), name) {
            record.name.get_or_insert(name);
        }
        self.changed.extend([from, into]);
    }

    /// Notes changes, lets every dataset and template name people by who they are now, and removes those whom nothing shows
    /// any more.
    pub(super) fn save(
        &mut self,
        writing: &mut Writing<'_>,
        datasets: &mut BTreeMap<u32, DatasetRecord>,
    ) -> Result<(), LibraryError> {
        for (number, record) in datasets.iter_mut() {
            let moved: Vec<u32> = record
                .members
                .iter()
                .map(|member| member.person)
                .filter(|person| self.who(*person) != *person)
                .collect();
            if moved.is_empty() {
                continue;
            }
            for member in &mut record.members {
                let person = self.who(member.person);
                if person != member.person {
                    member.person = person;
                    member.why.source = Source::Merged;
                }
            }
            let mut templates = writing.view().templates_of(*number)?;
            templates.retain(|_, template| {
                template.person.is_some_and(|person| moved.contains(&person))
            });
            for template in templates.values_mut() {
                template.person = template.person.map(|person| self.who(person));
            }
            writing.put_records(&templates)?;
            writing.put_dataset(*number, record)?;
        }
        let members = datasets.values().flat_map(|record| &record.members);
        let shown: BTreeSet<u32> = members.map(|member| member.person).collect();
        let gone: Vec<u32> = self
            .records
            .keys()
            .copied()
            .filter(|person| !shown.contains(&self.who(*person)))
            .collect();
        for person in gone {
            self.records.remove(&person);
            self.changed.remove(&person);
            writing.remove_person(person)?;
        }
        for person in std::mem::take(&mut self.changed) {
            if let Some(record) = self.records.get(&person) {
                writing.put_person(person, record)?;
            }
        }
        Ok(())
    }
}
