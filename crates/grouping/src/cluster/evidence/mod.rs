// SPDX-License-Identifier: MIT OR Apache-2.0
//! What the video itself says: how similar its people are and where the dendrogram is cut, who is certainly somebody
//! else, who certainly the same.

pub(super) mod calibration;
pub(super) mod cannot_link;
pub(super) mod levels;
pub(super) mod must_link;
