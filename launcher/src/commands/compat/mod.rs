// SPDX-License-Identifier: MIT OR Apache-2.0
//! Command lines of other programs, said in this one's words.
//!
//! Each program has a module that reads its options and says the same with ours. What cannot be said becomes a
//! note. The translation is shown, and run unless that is not wanted. These programs write into any folder; here
//! no result is mixed with another ([`place`]).

mod facegrab;
mod faceripper;
mod place;
mod v2f;

use std::ffi::OsString;
use std::path::Path;

use anyhow::{Context, Result, anyhow};
use clap::{CommandFactory, Parser};
use dataset::{Dataset, DatasetError};

use crate::cli::{Cli, Command, CompatArgs, Program};
use crate::exit::Exit;
use crate::output::{quoted, say};

/// What the help of another program's options ends with.
const AFTER_HELP: &str = "\
Ours, on either side of --:
  --show   only show the command that is run
  --force  replace the result of another run in the folder";

/// A command line of ours, and what it does not honour.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Translation {
    /// The words after `facegroup` of what is done before.
    pub before: Option<Vec<String>>,
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
    #[cfg(test)]
    pub fn command(&self) -> String {
        command(&self.arguments)
    }
}

/// Translates, shows and runs.
///
/// # Errors
/// Arguments that the other program does not have, and what the command itself reports.
pub fn run(arguments: &CompatArgs) -> Result<Exit> {
    let line = arguments.line();
    let Some(program) = arguments.program.filter(|_| !line.help) else {
        say!("{}", helping(arguments.program).render_help());
        return Ok(Exit::Done);
    };
    let mut translation = match program {
        Program::V2f => v2f::translate(&line.words),
        Program::Facegrab => facegrab::translate(&line.words),
        Program::Faceripper => faceripper::translate(&line.words),
    }
    .map_err(shown)?;
    if line.force && translation.arguments.first().is_some_and(|job| job == "run") {
        translation.say(&["--force"]);
    }
    for note in &translation.notes {
        eprintln!("facegroup: {note}");
    }
    for words in translation.before.iter().chain([&translation.arguments]) {
        if line.show {
            say!("{}", command(words));
        } else {
            eprintln!("{}", command(words));
        }
    }
    if line.show {
        return Ok(Exit::Done);
    }
    if let Some(before) = &translation.before {
        execute(before)?;
    }
    match execute(&translation.arguments) {
        Err(error) => {
            let Some(location) = held_by_another_run(&error) else { return Err(error) };
            // None of these programs knows what a person did in its folders, so none may be asked for that.
            if Dataset::is_corrected(location)? {
                eprintln!(
                    "facegroup: {} was corrected by hand, and is not replaced unasked",
                    location.display()
                );
                return Err(error);
            }
            eprintln!(
                "facegroup: the result there was made with other options, and is replaced as {} does it",
                program.title()
            );
            translation.say(&["--force"]);
            execute(&translation.arguments)
        }
        done => done,
    }
}

/// The command whose help tells the options of another program and what they become, or those of the job itself.
pub fn helping(program: Option<Program>) -> clap::Command {
    let Some(program) = program else {
        let command = Cli::whole_command();
        let compat = command.find_subcommand("compat").cloned().unwrap_or(command);
        return compat.bin_name("facegroup compat");
    };
    let help = match program {
        Program::V2f => v2f::Theirs::command(),
        Program::Facegrab => facegrab::Theirs::command(),
        Program::Faceripper => faceripper::Theirs::command(),
    };
    help.bin_name(format!("facegroup compat {} --", program.name()))
}

/// Runs a command of ours.
fn execute(words: &[String]) -> Result<Exit> {
    let words: Vec<OsString> =
        ["facegroup"].into_iter().map(OsString::from).chain(words.iter().map(Into::into)).collect();
    match Cli::try_read(&words).map_err(shown)?.command {
        Some(Command::Run(arguments)) => crate::commands::run::run(*arguments),
        Some(Command::Group(arguments)) => crate::commands::group::run(&arguments),
        Some(Command::Refs(arguments)) => crate::commands::refs::run(&arguments),
        _ => None.context("a translation into another job"),
    }
}

fn command(words: &[String]) -> String {
    let words: Vec<String> = words.iter().map(|word| quoted(word)).collect();
    format!("facegroup {}", words.join(" "))
}

/// The folder that was refused because of the result in it.
fn held_by_another_run(error: &anyhow::Error) -> Option<&Path> {
    match error.downcast_ref() {
        Some(DatasetError::OtherRun { location, .. }) => Some(location),
        _ => None,
    }
}

/// clap's own words, without the word "error" that ours would follow.
fn shown(error: clap::Error) -> anyhow::Error {
    let text = error.to_string();
    anyhow!("{}", text.strip_prefix("error: ").unwrap_or(&text).trim_end())
}

/// Reads another program's arguments. Python's programs take one dash with several letters, which stand in
/// `short`, and the beginnings of long options.
fn parse<T: Parser>(arguments: &[String], short: &[(&str, &str)]) -> Result<T, clap::Error> {
    let long = |word: &String| {
        let (_, long) = short.iter().find(|(short, _)| short == word)?;
        Some((*long).to_owned())
    };
    let words = arguments.iter().map(|word| long(word).unwrap_or_else(|| word.clone()));
    T::try_parse_from(std::iter::once(T::command().get_name().to_owned()).chain(words))
}

/// Where a result goes that is asked for in `folder`, and a note where that is elsewhere.
fn placed(ours: &mut Translation, folder: &Path, input: Option<&Path>) -> String {
    let (place, note) = place::of(folder, input);
    ours.notes.extend(note);
    place.display().to_string()
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
