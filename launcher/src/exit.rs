// SPDX-License-Identifier: MIT OR Apache-2.0
//! How the program ends.

use std::process::ExitCode;

/// The outcome of a job, as a shell sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// Everything was done; no face found is a result too.
    Done,
    /// Some inputs failed or ended before their end, the rest was done.
    SomeFailed,
    /// Wrong usage, or nothing could be done.
    Nothing,
    /// Interrupted; what was there is written, and the same command goes on.
    Interrupted,
}

impl Exit {
    /// 0, 1, 2 or 130.
    pub fn code(self) -> ExitCode {
        ExitCode::from(match self {
            Self::Done => 0,
            Self::SomeFailed => 1,
            Self::Nothing => 2,
            Self::Interrupted => 130,
        })
    }
}
