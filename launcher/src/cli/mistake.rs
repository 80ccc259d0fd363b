// SPDX-License-Identifier: MIT OR Apache-2.0
//! What a command line that was not understood leads to.
//!
//! Old habits bring options of the programs that this one replaces. Their names lead to `facegroup compat`, which
//! runs such a command line as it is.

use std::ffi::{OsStr, OsString};

use clap::builder::StyledStr;
use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Command, CommandFactory, FromArgMatches};

use super::{Cli, Program};

/// Options by which a program is known; those that are ours too tell nothing.
const OPTIONS: [(Program, &[&str]); 3] = [
    (
        Program::V2f,
        &[
            "-i",
            "-s",
            "-m",
            "-d",
            "-op",
            "--input-path",
            "--input-ext",
            "--out-dir",
            "--out-prefix",
            "--save-dupes",
            "--video-step",
            "--video-fragment",
            "--video-area",
            "--video-reader",
            "--det-model",
            "--det-batch-size",
            "--det-min-score",
            "--det-min-size",
            "--det-min-border",
            "--det-scale",
            "--det-square",
            "--hash-thr",
            "--enc-model",
            "--enc-batch-size",
            "--enc-area",
            "--enc-dup-thr",
            "--group-mode",
            "--clusters-save-all",
            "--ref-dir",
            "--enc-oth-thr",
            "--group-log",
        ],
    ),
    (
        Program::Facegrab,
        &[
            "-i",
            "-sr",
            "-bs",
            "-sf",
            "-xs",
            "-s",
            "-do",
            "-t",
            "-bt",
            "-ds",
            "--reference",
            "--input",
            "--save_references",
            "--batch_size",
            "--skip_frames",
            "--extract_size",
            "--scale",
            "--display_output",
            "--tolerance",
            "--jitter",
        ],
    ),
    (
        Program::Faceripper,
        &["--config", "--video-dir", "--target-dir", "--tolerance", "--model", "--save_blurry"],
    ),
];

impl Cli {
    /// Reads the command line; what is wrong with it is said, and ends the program.
    pub fn read() -> Self {
        let words: Vec<OsString> = std::env::args_os().collect();
        Self::try_read(&words).unwrap_or_else(|error| error.exit())
    }

    /// Reads a command line.
    ///
    /// # Errors
    /// What clap says, with the way to `compat` where the options are another program's.
    pub fn try_read(words: &[OsString]) -> Result<Self, clap::Error> {
        let mut command = Self::whole_command();
        command
            .try_get_matches_from_mut(words)
            .and_then(|matches| Self::from_arg_matches(&matches))
            .map_err(|error| led_to_compat(error.format(&mut command), words))
    }

    /// The command with all of its jobs. A negative number is a value, so that the range is what is said of it.
    pub fn whole_command() -> Command {
        fn negative(command: Command) -> Command {
            command.allow_negative_numbers(true).mut_subcommands(negative)
        }
        negative(super::short::shortened(Self::command()))
    }
}

/// The job that was probably meant by what is taken for an input: `facegroup grup out`.
pub fn meant_job(input: &OsStr) -> Option<String> {
    let command = Cli::command();
    let jobs: Vec<&str> = command.get_subcommands().map(Command::get_name).collect();
    models::store::nearest(input.to_str()?, &jobs).map(str::to_owned)
}

/// The same error, with what other program has such an option.
fn led_to_compat(mut error: clap::Error, words: &[OsString]) -> clap::Error {
    let Some(program) = program(&error, words) else { return error };
    let line: Vec<_> =
        words.iter().skip(1).map(|word| crate::output::quoted(&word.to_string_lossy())).collect();
    let tip = format!(
        "these are options of {}, whose command line runs as it is:\n       facegroup compat {} -- {}",
        program.title(),
        program.name(),
        line.join(" ")
    );
    error.remove(ContextKind::SuggestedArg);
    error.insert(ContextKind::Suggested, ContextValue::StyledStrs(vec![StyledStr::from(tip)]));
    error
}

/// Whose options stand here, where one is not ours: of whom the most are known, the first of equals.
fn program(error: &clap::Error, words: &[OsString]) -> Option<Program> {
    if error.kind() != ErrorKind::UnknownArgument {
        return None;
    }
    let Some(ContextValue::String(unknown)) = error.get(ContextKind::InvalidArg) else {
        return None;
    };
    let option = |word: &str| word.split('=').next().unwrap_or(word).to_owned();
    let (unknown, words) =
        (option(unknown), words.iter().skip(1).map(|word| word.to_string_lossy().into_owned()));
    let words: Vec<String> = words.collect();
    // FaceGrab's -s is a number, video-to-faces' a word.
    let scales = words.windows(2).any(|pair| pair[0] == "-s" && pair[1].parse::<f32>().is_ok());
    let known =
        |options: &[&str]| words.iter().filter(|word| options.contains(&&*option(word))).count();
    let mut best = None;
    for (program, options) in OPTIONS {
        // clap names the first letter of "-op" and its kind.
        let fits = words
            .iter()
            .any(|word| options.contains(&&*option(word)) && word.starts_with(&unknown));
        let score = known(options) + usize::from(scales && matches!(program, Program::Facegrab));
        if fits && best.is_none_or(|(_, most)| score > most) {
            best = Some((program, score));
        }
    }
    best.map(|(program, _)| program)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn said(line: &str) -> String {
        let words: Vec<OsString> = line.split(' ').map(OsString::from).collect();
        Cli::try_read(&words).unwrap_err().to_string()
    }

    #[test]
    fn options_of_other_programs_lead_to_compat() {
        for (line, program) in [
            ("facegroup -i a.mkv -s live", "v2f"),
            ("facegroup a.mkv -s live", "v2f"),
            ("facegroup a.mkv -o x -s anime -op vid", "v2f"),
            ("facegroup a.mkv --ref-dir people", "v2f"),
            ("facegroup a.mkv --det-min-size 20", "v2f"),
            ("facegroup a.mkv --det-min-size=20", "v2f"),
            ("facegroup -r ann.jpg -i a.mp4 -o out -sf 3", "facegrab"),
            ("facegroup -i a.mp4 -s 0.5", "facegrab"),
            ("facegroup a.mp4 --save_references a.npz", "facegrab"),
            ("facegroup a.mp4 --tolerance 0.5", "facegrab"),
            (
                "facegroup --config c.json --video-dir v --target-dir t --tolerance 0.3",
                "faceripper",
            ),
        ] {
            let said = said(line);
            let words = line.strip_prefix("facegroup ").unwrap();
            assert!(
                said.contains(&format!("facegroup compat {program} -- {words}\n")),
                "{line}: {said}"
            );
            assert!(!said.contains("similar"), "{said}");
        }
        assert!(!said("facegroup a.mkv --stepp 1").contains("compat"));
        assert!(said("facegroup a.mkv --stepp 1").contains("'--step'"));
    }

    #[test]
    fn a_negative_number_is_out_of_range_and_no_option() {
        for (line, range) in [
            ("facegroup a.mkv --min-border -5", "0..="),
            ("facegroup a.mkv --step -1", "above 0"),
            ("facegroup run a.mkv --min-size -1", "0..="),
            ("facegroup a.mkv --every -2", "from 1 on"),
            ("facegroup a.mkv --every 0", "from 1 on"),
            ("facegroup a.mkv --threshold -0.5", "0 to 1"),
            ("facegroup a.mkv --area 0 0 -5 9", "0..="),
            ("facegroup group out --clusters -3", "clusters"),
        ] {
            let said = said(line);
            assert!(said.contains("invalid value '-") || line.ends_with(" 0"), "{line}: {said}");
            assert!(said.contains(range) && !said.contains("tip:"), "{line}: {said}");
        }
    }
}
