// SPDX-License-Identifier: MIT OR Apache-2.0
//! Names of groups and labels that stand for no one person.

/// The group of the unassigned faces.
pub const UNSURE: &str = "unsure";

/// The group of the faces that are none of the enrolled identities.
pub const OTHER: &str = "other";

/// Groups that are nobody: each of their faces counts as a group of its own, and says nothing about
/// anybody in a ground truth. Labels that begin with `NOT_` or `UNKNOWN` are nobody too.
pub const NOBODY: [&str; 4] = [UNSURE, "noise", OTHER, "ignore"];

/// What the labels of nobody begin with.
const NOBODIES: [&str; 2] = ["NOT_", "UNKNOWN"];

/// Whether a group or a label stands for one person.
pub fn is_somebody(label: &str) -> bool {
    !label.is_empty()
        && !NOBODY.contains(&label)
        && !NOBODIES.iter().any(|begin| label.starts_with(begin))
}
