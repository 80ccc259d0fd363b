// SPDX-License-Identifier: MIT OR Apache-2.0
//! Command lines of other programs, said in this one's words.
//!
//! Each program has a module that reads its options and says the same with ours. What cannot be said
//! becomes a note. The translation is shown, and run unless that is not wanted.

mod facegrab;
mod faceripper;
mod v2f;

use anyhow::{Context, Result, anyhow};
use clap::Parser;

use crate::cli::{Cli, Command, CompatArgs, Program};
use crate::exit::Exit;
use crate::output::say;

/// A command line of ours, and what it does not honour.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Translation {
    /// The words after `facegroup`.
    pub arguments: Vec<String>,
    /// What is different, a sentence each.
    pub notes: Vec<String>,
}

impl Translation {
    /// Adds words as they are.
    fn say(&mut self, words: &[&str]) {
        self.arguments.extend(words.iter().map(|word| (*word).to_owned()));
    }

    /// Adds an option with a value.
    fn set(&mut self, option: &str, value: impl ToString) {
        self.arguments.extend([option.to_owned(), value.to_string()]);
    }

    /// Adds a sentence where something is different.
    fn note_if(&mut self, different: bool, note: &str) {
        if different {
            self.notes.push(note.to_owned());
        }
    }

    /// The command as a shell reads it.
    pub fn command(&self) -> String {
        let words: Vec<String> = self.arguments.iter().map(|word| quoted(word)).collect();
        format!("facegroup {}", words.join(" "))
    }
}

/// Translates, shows and runs.
///
/// # Errors
/// Arguments that the other program does not have, and what the command itself reports.
pub fn run(arguments: &CompatArgs) -> Result<Exit> {
    let translation = match arguments.program {
        Program::V2f => v2f::translate(&arguments.arguments),
        Program::Facegrab => facegrab::translate(&arguments.arguments),
        Program::Faceripper => faceripper::translate(&arguments.arguments),
    }
    .map_err(shown)?;
    for note in &translation.notes {
        eprintln!("facegroup: {note}");
    }
    if arguments.show {
        say!("{}", translation.command());
        return Ok(Exit::Done);
    }
    eprintln!("{}", translation.command());
    let words = std::iter::once("facegroup".to_owned()).chain(translation.arguments);
    match Cli::try_parse_from(words).map_err(shown)?.command {
        Some(Command::Run(arguments)) => crate::commands::run::run(*arguments),
        Some(Command::Group(arguments)) => crate::commands::group::run(&arguments),
        _ => None.context("a translation into another job"),
    }
}

/// clap's own words, without the word "error" that ours would follow.
fn shown(error: clap::Error) -> anyhow::Error {
    let text = error.to_string();
    anyhow!("{}", text.strip_prefix("error: ").unwrap_or(&text).trim_end())
}

/// Reads another program's arguments.
fn parse<T: Parser>(name: &str, arguments: &[String]) -> Result<T, clap::Error> {
    T::try_parse_from(std::iter::once(name.to_owned()).chain(arguments.iter().cloned()))
}

/// A word as a shell must have it.
fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || "-_./:,=+@%".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', "'\\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_quoted_for_a_shell() {
        let mut translation = Translation::default();
        translation.say(&["run", "my film.mkv", "-o", "it's", "*", "", "ä_1"]);
        assert_eq!(translation.command(), "facegroup run 'my film.mkv' -o 'it'\\''s' '*' '' ä_1");
    }
}
