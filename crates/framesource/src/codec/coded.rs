// SPDX-License-Identifier: MIT OR Apache-2.0
//! What is known of a coded picture without decoding it.

/// Whether decoding can begin at a picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Entry {
    /// It needs earlier ones.
    No,
    /// It can, but pictures that follow in decoding order and are shown before it may need earlier
    /// ones (open group of pictures).
    Open,
    /// Nothing that follows needs anything earlier.
    Closed,
}

/// How many frames come out of the decoder for one buffer that goes in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shown {
    /// None: it only serves as a reference.
    No,
    /// One.
    Once,
    /// Only decoding tells.
    Unknown,
}

/// Which of the pictures before it, in decoding order, a picture is decoded from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Needs {
    /// Any that others may need.
    AllBefore,
    /// Those so many places before it. The rest may be left out where [`Recoder`](super::parser::Recoder) sees what is fed.
    These(Vec<usize>),
}

/// A coded picture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Coded {
    /// Whether decoding can begin here.
    pub entry: Entry,
    /// Whether others may need it.
    pub reference: bool,
    /// What it needs itself.
    pub needs: Needs,
    /// What comes out.
    pub shown: Shown,
    /// Whether the decoder must see it whatever comes out: it brings new parameters.
    pub keep: bool,
}

impl Coded {
    /// What is said of anything that could not be parsed: it is decoded.
    pub const UNKNOWN: Self = Self {
        entry: Entry::No,
        reference: true,
        needs: Needs::AllBefore,
        shown: Shown::Unknown,
        keep: true,
    };
}
