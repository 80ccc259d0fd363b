// SPDX-License-Identifier: MIT OR Apache-2.0
//! Completions of shells and the page of the manual, made of the options themselves.

use std::io::{self, Write};

use anyhow::Result;
use clap_mangen::Man;

use crate::cli::{Cli, Manual};
use crate::exit::Exit;
use crate::output;

/// Prints them.
pub fn run(of: Manual) -> Result<Exit> {
    let mut text = Vec::new();
    write(of, &mut text)?;
    output::bytes(&text);
    Ok(Exit::Done)
}

/// The page has the jobs' options behind those of the program, each under its name.
fn write(of: Manual, text: &mut Vec<u8>) -> io::Result<()> {
    let mut command = Cli::whole_command();
    let Some(shell) = of.shell() else {
        command.build();
        let page = Man::new(command.clone());
        page.render(text)?;
        let jobs =
            command.get_subcommands().filter(|job| !["help", "run"].contains(&job.get_name()));
        for job in jobs {
            writeln!(text, ".SH FACEGROUP {}", job.get_name().to_uppercase())?;
            let page = Man::new(job.clone());
            page.render_synopsis_section(text)?;
            page.render_description_section(text)?;
            page.render_options_section(text)?;
        }
        return Ok(());
    };
    clap_complete::generate(shell, &mut command, "facegroup", text);
    Ok(())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn every_shell_and_the_manual_know_the_options() {
        for of in [Manual::Bash, Manual::Zsh, Manual::Fish, Manual::Man] {
            let mut text = Vec::new();
            write(of, &mut text).unwrap();
            let text = String::from_utf8(text).unwrap().replace("\\-", "-");
            for word in ["keep-unrecognisable", "evaluate", "recursive", "accept-licence"] {
                let deeper = of == Manual::Man && word == "accept-licence";
                assert!(text.contains(word) || deeper, "{of:?} without {word}");
            }
        }
    }
}
