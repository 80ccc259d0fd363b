// SPDX-License-Identifier: MIT OR Apache-2.0
//! Whether a face is described together with its mirror image.

use imaging::choice::{Choice, Worded};

/// When a face is averaged with its mirror image.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Flip {
    /// Where the model gains from it.
    #[default]
    Auto,
    /// Never.
    Never,
    /// Always.
    Always,
}

impl Flip {
    /// As [`EmbedderOptions`](super::EmbedderOptions) has it: `None` leaves it to the model.
    pub fn wanted(self) -> Option<bool> {
        match self {
            Self::Auto => None,
            Self::Never => Some(false),
            Self::Always => Some(true),
        }
    }
}

impl Choice for Flip {
    // The option says it all in one sentence.
    const ALL: &'static [Worded<Self>] = &[
        Worded::new(Self::Auto, "auto", "").labelled("Where the model gains from it"),
        Worded::new(Self::Never, "never", "").labelled("Never"),
        Worded::new(Self::Always, "always", "").labelled("Always"),
    ];
}
