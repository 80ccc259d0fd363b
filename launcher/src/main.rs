// SPDX-License-Identifier: MIT OR Apache-2.0
//! The program `facegroup`: give it video, get the people.
//!
//! It parses ([`cli`]), does one job and turns its outcome into an exit code ([`exit`]). What was
//! asked for goes to standard output, talk to standard error.

mod cli;
mod compat;
mod demo;
mod doctor;
mod evaluate;
mod exit;
mod export;
mod gallery;
mod group;
mod models_command;
mod output;
mod pictures;
mod references;
mod run;

use std::process::ExitCode;

use clap::Parser;
use cli::{Cli, Command};
use exit::Exit;
use tracing_subscriber::EnvFilter;

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
    let cli = Cli::parse();
    let verbosity = cli.verbose;
    tracing_subscriber::fmt()
        .with_env_filter(EnvFilter::try_from_default_env().unwrap_or_else(
            // What it does not know of a file's tables is nothing to be warned of.
            |_| EnvFilter::new(if verbosity { "debug" } else { "warn,mp4_atom=off" }),
        ))
        .with_writer(std::io::stderr)
        .without_time()
        .init();
    models::still::set_heif_reader(framesource::heif::decode);
    let outcome = match cli.command {
        Some(Command::Run(arguments)) => run::run(*arguments),
        Some(Command::Group(arguments)) => group::run(&arguments),
        Some(Command::Evaluate(arguments)) => evaluate::run(&arguments),
        Some(Command::Refs(arguments)) => references::run(&arguments),
        Some(Command::Export(arguments)) => export::run(&arguments),
        Some(Command::Gallery(arguments)) => gallery::run(&arguments),
        Some(Command::Compat(arguments)) => compat::run(&arguments),
        Some(Command::Models(arguments)) => models_command::run(&arguments),
        Some(Command::Doctor) => doctor::run(),
        Some(Command::DemoReel { output }) => demo::run(&output),
        None => run::run(cli.run),
    };
    match outcome {
        Ok(exit) => exit.code(),
        Err(error) => {
            eprintln!("facegroup: {error:#}");
            Exit::Nothing.code()
        }
    }
}
