// SPDX-License-Identifier: MIT OR Apache-2.0
//! What the program says of itself and of mistakes, as people read it; `CONTRIBUTING.md` says how to renew it.
#![allow(clippy::unwrap_used)]

use clap::{Command, Parser, ValueEnum};
use insta::assert_snapshot;

use crate::cli::{self, Cli};

/// Columns of the terminal.
const WIDTH: usize = 100;

/// Every command below, by the words that it is called with.
fn below(command: &Command) -> Vec<Vec<String>> {
    let name = command.get_name().to_owned();
    let deeper = command.get_subcommands().filter(|below| below.get_name() != "help");
    let deeper = deeper.flat_map(below).map(|words| [vec![name.clone()], words].concat());
    std::iter::once(vec![name.clone()]).chain(deeper).collect()
}

/// What a command line is answered with before anything is done.
fn answer(words: &[&str]) -> String {
    let mut command = Cli::whole_command().term_width(WIDTH);
    command.try_get_matches_from_mut(words).unwrap_err().render().to_string()
}

#[test]
fn help() {
    for words in below(&Cli::whole_command()) {
        // It prints its own.
        if words.last().is_some_and(|word| word == "compat") {
            continue;
        }
        let said = ["-h", "--help"].map(|flag| {
            let mut words: Vec<&str> = words.iter().map(String::as_str).collect();
            words.push(flag);
            format!("$ {}\n{}", words.join(" "), answer(&words))
        });
        assert_snapshot!(words.join("-"), said.join("\n"));
    }
}

#[test]
fn help_of_other_programs() {
    let programs = cli::Program::value_variants().iter().copied().map(Some);
    let said = [None].into_iter().chain(programs).map(|program| {
        let name = program.map(|program| format!(" {}", program.name())).unwrap_or_default();
        let mut command = crate::commands::compat::helping(program).term_width(WIDTH);
        format!("$ facegroup compat{name} --help\n{}", command.render_help())
    });
    assert_snapshot!("facegroup-compat", said.collect::<Vec<_>>().join("\n"));
}

#[test]
fn mistakes_in_the_command_line() {
    let lines = [
        "facegroup",
        "facegroup run",
        "facegroup a.mkv --step 0",
        "facegroup a.mkv --step 1 --every-frame",
        "facegroup a.mkv --stpe 1",
        "facegroup a.mkv --mode ful",
        "facegroup a.mkv --from 1:2:3:4",
        "facegroup a.mkv --area 1 2 3",
        "facegroup a.mkv --threshold 2",
        "facegroup a.mkv --quality 0",
        "facegroup a.mkv --decoder cuda",
        "facegroup a.mkv --png --webp",
        "facegroup group",
        "facegroup group out --detector yunet",
        "facegroup evaluate out",
        "facegroup export out there --format csv",
        "facegroup gallery pictures --recursive --sort-by score",
        "facegroup compat ffmpeg",
        "facegroup models get",
    ];
    let said = lines.map(|line| {
        let words: Vec<&str> = line.split(' ').collect();
        format!("$ {line}\n{}", answer(&words))
    });
    assert_snapshot!(said.join("\n"));
}

/// Of what is no result, or not there.
#[test]
fn mistakes_in_what_is_named() {
    let run = |line: &str| {
        let done = match Cli::parse_from(line.split(' ')).command.unwrap() {
            cli::Command::Group(arguments) => crate::commands::group::run(&arguments),
            cli::Command::Evaluate(arguments) => crate::commands::evaluate::run(&arguments),
            cli::Command::Export(arguments) => crate::commands::export::run(&arguments),
            cli::Command::Gallery(arguments) => crate::commands::gallery::run(&arguments),
            _ => return format!("$ {line}\n"),
        };
        format!("$ {line}\nfacegroup: {}\n", crate::output::reported(&done.unwrap_err()))
    };
    let lines = [
        "facegroup group /nowhere/out",
        "facegroup evaluate /nowhere/out /nowhere/truth.csv",
        "facegroup export /nowhere/out /nowhere/there",
        "facegroup gallery /nowhere/log.csv",
        "facegroup gallery /nowhere/log.csv -o report.html",
    ];
    assert_snapshot!(lines.map(run).join("\n"));
}

/// Of inputs, which are looked for before any is played.
#[test]
fn mistakes_in_inputs() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    std::fs::write(at("empty.txt"), "# nothing\n").unwrap();
    std::fs::create_dir(at("no-videos")).unwrap();
    let said = ["none.mkv", "empty.txt", "no-videos", "img_%04d.jpg"].map(|name| {
        let found = framesource::input::collect(&[at(name).into()], &[], false, |_| false);
        format!("{:#}\n", found.unwrap_err()).replace(&folder.path().display().to_string(), "…")
    });
    assert_snapshot!(said.concat());
}
