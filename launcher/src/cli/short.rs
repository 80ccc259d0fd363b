// SPDX-License-Identifier: MIT OR Apache-2.0
//! What `-h` shows: what most people need, on two screens. `--help` explains every option.

use clap::{Arg, Command};

/// Options of the main job that most people need, in few words.
const MAIN: [(&str, &str); 11] = [
    ("inputs", "Files, folders, lists (.txt), img_%04d.jpg, URIs, -"),
    ("output", "Folder of the result [default: out/NAME]"),
    ("extensions", "Of folders, take files with these extensions"),
    ("force", "Replace the result of another run"),
    ("step", "Look every so many seconds [default: 0.2]"),
    ("keyframes", "Look at key frames only: quick"),
    ("from", "Begin here (seconds, or h:mm:ss)"),
    ("to", "End here"),
    ("min_size", "Least side of a face in pixels"),
    ("refs", "Sort into known people: a folder for each"),
    ("device", "auto, cpu, cuda, cuda:N"),
];
/// Options of every job.
const ALWAYS: [&str; 3] = ["help", "version", "verbose"];

/// The command with a short `-h` for the main job.
pub fn shortened(command: Command) -> Command {
    command.mut_args(shorten).mut_subcommand("run", |run| run.mut_args(shorten))
}

fn shorten(argument: Arg) -> Arg {
    let id = argument.get_id().to_string();
    let shown = MAIN.iter().find(|(shown, _)| *shown == id);
    match shown {
        Some((_, words)) => {
            let long = argument.get_help().cloned();
            let argument = argument.help(*words);
            match long {
                Some(long) => argument.long_help(long),
                None => argument,
            }
        }
        None => argument.hide_short_help(!ALWAYS.contains(&id.as_str())),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::super::Cli;

    #[test]
    fn the_short_help_fits_on_two_screens_and_the_long_one_has_everything() {
        let mut command = Cli::whole_command().term_width(80);
        let (short, long) =
            (command.render_help().to_string(), command.render_long_help().to_string());
        // A terminal's window as it opens today shows 30 lines or more.
        assert!(short.lines().count() <= 2 * 30, "{} lines\n{short}", short.lines().count());
        assert!(short.lines().all(|line| line.chars().count() <= 80), "{short}");
        for argument in command.get_arguments().filter(|argument| !argument.is_hide_set()) {
            let Some(option) = argument.get_long() else { continue };
            assert!(long.contains(&format!("--{option}")), "{option}");
        }
        assert!(long.contains("Look at a frame every so many seconds"), "{long}");
    }
}
