// SPDX-License-Identifier: MIT OR Apache-2.0
//! The program `facegroup`: give it video, get the people.
//!
//! It parses ([`cli`]), does one job ([`commands`]) and turns its outcome into an exit code ([`exit`]). What was
//! asked for goes to standard output, talk to standard error.

mod cli;
mod commands;
mod exit;
mod log;
mod output;
#[cfg(test)]
mod snapshots;

use std::process::ExitCode;

use cli::{Cli, Command};
use exit::Exit;

/// Heaps of all threads together. glibc gives most threads one of their own, which keeps what the others
/// could use: 30 of 265 MB on 26 seconds of 720p, without being faster.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
const HEAPS: libc::c_int = 2;

fn main() -> ExitCode {
    // SAFETY: no other thread runs yet, and no memory but glibc's own settings is touched.
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    unsafe {
        libc::mallopt(libc::M_ARENA_MAX, HEAPS);
    }
    let cli = Cli::read();
    log::listen(cli.verbose);
    models::still::set_heif_reader(framesource::heif::decode);
    let outcome = match cli.command {
        Some(Command::Run(arguments)) => commands::run::run(*arguments),
        Some(Command::Group(arguments)) => commands::group::run(&arguments),
        Some(Command::Evaluate(arguments)) => commands::evaluate::run(&arguments),
        Some(Command::Refs(arguments)) => commands::refs::run(&arguments),
        Some(Command::Review(arguments)) => commands::review::run(*arguments),
        Some(Command::Report(arguments)) => commands::report::run(&arguments),
        Some(Command::Find(arguments)) => commands::find::run(&arguments),
        Some(Command::Forget(arguments)) => commands::forget::run(&arguments),
        Some(Command::Library(arguments)) => commands::library::run(&arguments),
        Some(Command::Explain(arguments)) => commands::explain::run(&arguments),
        Some(Command::Export(arguments)) => commands::export::run(&arguments),
        Some(Command::Import(arguments)) => commands::import::run(&arguments),
        Some(Command::Gallery(arguments)) => commands::gallery::run(&arguments),
        Some(Command::Compat(arguments)) => commands::compat::run(&arguments),
        Some(Command::Models(arguments)) => commands::models::run(&arguments),
        Some(Command::Completions { of }) => commands::completions::run(of),
        Some(Command::Doctor) => commands::doctor::run(),
        Some(Command::DemoReel { output }) => commands::demo::run(&output),
        None => commands::run::run(cli.run),
    };
    match outcome {
        Ok(exit) => exit.code(),
        Err(error) => {
            eprintln!("facegroup: {}", output::reported(&error));
            Exit::Nothing.code()
        }
    }
}
