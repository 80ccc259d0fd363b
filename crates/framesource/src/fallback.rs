// SPDX-License-Identifier: MIT OR Apache-2.0
//! Software after hardware that could not do it.

use crate::failing::Failure;
use crate::hardware::Decoders;

/// Does it, and once more in software where it failed for a decoder of hardware that we chose.
pub fn or_in_software<T>(
    decoders: &Decoders,
    video: &str,
    say: impl Fn(&str),
    once: impl Fn() -> Result<T, Failed>,
) -> Result<T, Failure> {
    match once() {
        Err(Failed { failure: Failure::Input(why), idle_decoder: Some(decoder) })
            if decoders.may_fall_back(&decoder) =>
        {
            say(&format!("{video}: {decoder} cannot decode it ({why}); now in software"));
            decoders.without_hardware(once)
        }
        other => other,
    }
    .map_err(|failed| failed.failure)
}

/// Why playing failed, and which decoder had given nothing yet.
pub struct Failed {
    /// Why.
    pub failure: Failure,
    /// The decoder plugged, where it gave no picture.
    pub idle_decoder: Option<String>,
}

impl From<Failure> for Failed {
    fn from(failure: Failure) -> Self {
        Self { failure, idle_decoder: None }
    }
}
