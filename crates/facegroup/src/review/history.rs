// SPDX-License-Identifier: MIT OR Apache-2.0
//! What can be taken back, and taken back again, without end: read from the statements themselves.

use dataset::format::corrections::{Correction, Corrections, Statement};

use super::action::count;

/// Statements that were said together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Act {
    /// Number of its first statement.
    pub(super) first: usize,
    /// Number of its statements.
    pub(super) length: usize,
}

impl Act {
    /// The numbers of its statements.
    pub(super) fn numbers(&self) -> std::ops::Range<usize> {
        self.first..self.first + self.length
    }
}

/// What could be done next.
#[derive(Debug, Default)]
pub(super) struct History {
    done: Vec<Act>,
    /// What was taken back, with the act that did so.
    undone: Vec<(Act, Act)>,
}

impl History {
    pub(super) fn read(corrections: &Corrections) -> Self {
        let mut history = Self::default();
        for act in acts(corrections.all()) {
            match corrections.all().get(act.first).map(|said| &said.what) {
                Some(Statement::Undo { statement }) => history.take_back(*statement, act),
                // Its picture is gone: it comes back by hand alone.
                Some(Statement::Hide) | None => (),
                Some(_) => {
                    history.undone.clear();
                    history.done.push(act);
                }
            }
        }
        history
    }

    fn take_back(&mut self, statement: usize, by: Act) {
        if let Some(at) = self.done.iter().rposition(|act| act.first == statement) {
            let act = self.done.remove(at);
            self.undone.push((act, by));
        } else if let Some(at) = self.undone.iter().rposition(|(_, by)| by.first == statement) {
            let (act, _) = self.undone.remove(at);
            self.done.push(act);
        }
    }

    /// What [`Session::undo`](super::Session::undo) takes back.
    pub(super) fn undoable(&self) -> Option<&Act> {
        self.done.last()
    }

    /// What [`Session::redo`](super::Session::redo) does again, and what took it back.
    pub(super) fn redoable(&self) -> Option<&(Act, Act)> {
        self.undone.last()
    }
}

/// Statements said together.
fn acts(said: &[Correction]) -> Vec<Act> {
    let mut acts: Vec<Act> = Vec::new();
    for (number, correction) in said.iter().enumerate() {
        match acts.last_mut().filter(|_| correction.also) {
            Some(act) => act.length += 1,
            None => acts.push(Act { first: number, length: 1 }),
        }
    }
    acts
}

/// What an act is called, for a button's hint.
pub(super) fn title(corrections: &Corrections, act: &Act) -> String {
    let Some(said) = corrections.all().get(act.first) else { return String::new() };
    let faces = count(said.faces.len());
    match &said.what {
        Statement::Name { name } => format!("{name}: {faces}"),
        Statement::Same { .. } => format!("the same person: {faces}"),
        Statement::Person => format!("a new person: {faces}"),
        Statement::Unsure => format!("unassigned: {faces}"),
        Statement::NotAFace => format!("not a face: {}", said.faces.len()),
        Statement::Hide => format!("not wanted: {faces}"),
        Statement::Different { .. } => "two people".to_owned(),
        Statement::Cover => "a cover".to_owned(),
        Statement::Conceal => "a person hidden".to_owned(),
        Statement::Reveal => "a person shown".to_owned(),
        Statement::Undo { .. } => "taken back".to_owned(),
    }
}
