// SPDX-License-Identifier: MIT OR Apache-2.0
//! What `facegroup completions` prints.

use clap::ValueEnum;
use clap_complete::Shell;

/// A shell, or the page of the manual.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Manual {
    /// share/bash-completion/completions/facegroup
    Bash,
    /// share/zsh/vendor-completions/_facegroup
    Zsh,
    /// share/fish/vendor_completions.d/facegroup.fish
    Fish,
    /// The manual page: share/man/man1/facegroup.1
    Man,
}

impl Manual {
    /// The shell, where it is one.
    pub fn shell(self) -> Option<Shell> {
        match self {
            Self::Bash => Some(Shell::Bash),
            Self::Zsh => Some(Shell::Zsh),
            Self::Fish => Some(Shell::Fish),
            Self::Man => None,
        }
    }
}
