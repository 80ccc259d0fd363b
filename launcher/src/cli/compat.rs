// SPDX-License-Identifier: MIT OR Apache-2.0
//! The options of `facegroup compat`.

use clap::{Args, ValueEnum};

/// Whose command line, and which.
///
/// What is ours may stand on either side of the program's own arguments, with `--` between them or without: none of
/// these programs has an option of such a name.
#[derive(Debug, Args)]
pub struct CompatArgs {
    /// The program whose arguments follow
    #[arg(value_enum, value_name = "PROGRAM", required_unless_present = "help")]
    pub program: Option<Program>,
    /// Only show the command
    #[arg(long)]
    show: bool,
    /// Replace the result of another run in the folder
    #[arg(long)]
    force: bool,
    /// Print this, or behind a PROGRAM its options and what they become
    #[arg(short, long)]
    help: bool,
    /// Its arguments, unchanged
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, value_name = "ARGUMENTS")]
    arguments: Vec<String>,
}

/// What is ours of the words, and what is the program's.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct CompatLine {
    /// The program's arguments.
    pub words: Vec<String>,
    /// Only show the command.
    pub show: bool,
    /// Replace the result of another run.
    pub force: bool,
    /// Say what there is.
    pub help: bool,
}

impl CompatArgs {
    /// Sorts the words.
    pub fn line(&self) -> CompatLine {
        let mut line =
            CompatLine { words: Vec::new(), show: self.show, force: self.force, help: self.help };
        let mut between = false;
        for word in &self.arguments {
            match word.as_str() {
                "--show" => line.show = true,
                "--force" => line.force = true,
                "--help" | "-h" => line.help = true,
                "--" if !between => between = true,
                _ => line.words.push(word.clone()),
            }
        }
        line
    }
}

/// Programs whose command lines are known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Program {
    /// video-to-faces (python -m videotofaces)
    V2f,
    /// FaceGrab
    Facegrab,
    /// FaceRipper
    Faceripper,
}

impl Program {
    /// What its users call it.
    pub fn title(self) -> &'static str {
        match self {
            Self::V2f => "video-to-faces",
            Self::Facegrab => "FaceGrab",
            Self::Faceripper => "FaceRipper",
        }
    }

    /// What it is called here.
    pub fn name(self) -> String {
        self.to_possible_value().map_or_else(String::new, |value| value.get_name().to_owned())
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::ffi::OsString;

    use super::super::{Cli, Command};
    use super::*;

    fn line(text: &str) -> (Option<Program>, CompatLine) {
        let words: Vec<OsString> = text.split(' ').map(OsString::from).collect();
        match Cli::try_read(&words).unwrap().command {
            Some(Command::Compat(arguments)) => (arguments.program, arguments.line()),
            _ => (None, CompatLine::default()),
        }
    }

    #[test]
    fn what_is_ours_stands_on_either_side() {
        let words: Vec<String> = ["-i", "a.mkv", "-d", "cpu"].map(str::to_owned).into();
        for text in [
            "facegroup compat --show --force v2f -- -i a.mkv -d cpu",
            "facegroup compat v2f --show --force -- -i a.mkv -d cpu",
            "facegroup compat v2f -- --show -i a.mkv --force -d cpu",
            "facegroup compat v2f -i a.mkv -d cpu --force --show",
        ] {
            let expected =
                CompatLine { words: words.clone(), show: true, force: true, help: false };
            assert_eq!(line(text), (Some(Program::V2f), expected), "{text}");
        }
        for text in [
            "facegroup compat v2f --help",
            "facegroup compat v2f -- --help",
            "facegroup compat v2f -h",
            "facegroup compat --help v2f",
        ] {
            assert!(line(text).1.help, "{text}");
        }
        assert_eq!(line("facegroup compat --help").0, None);
    }
}
