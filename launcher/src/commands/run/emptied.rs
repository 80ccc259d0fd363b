// SPDX-License-Identifier: MIT OR Apache-2.0
//! Saying which option left nothing, and by how much it missed.

use std::path::Path;

use anyhow::Result;
use dataset::{Dataset, InputState};

use super::progress::clock;
use crate::cli::RunArgs;

/// What left a result without frames, or without pictures, where an option did.
pub fn said(arguments: &RunArgs, location: &Path) -> Result<Vec<String>> {
    let run = Dataset::run_info(location)?;
    let mut said = Vec::new();
    let empty =
        run.inputs.iter().filter(|i| i.state == InputState::Complete && i.frames == Some(0));
    for input in empty {
        let ends = arguments.from.zip(input.duration).map(|(from, end)| (from.seconds, end));
        said.push(match ends {
            Some((from, end)) if from >= end => format!(
                "{}: nothing to look at: --from {} is {:.1} s behind its end ({})",
                input.name,
                clock(from),
                from - end,
                clock(end)
            ),
            _ => format!("{}: no frame lies where it was to be looked at", input.name),
        });
    }
    let count = |what: &str| run.counts.get(what).copied().unwrap_or_default();
    let Some(blur) = arguments.look.blur.filter(|_| count("faces") > 0 && count("pictures") == 0)
    else {
        return Ok(said);
    };
    let faces = Dataset::read(location)?.faces;
    let blurry = faces.iter().filter(|face| face.blurry).count();
    if blurry > 0 {
        let mut sharp: Vec<f32> = faces.iter().map(|face| face.sharpness).collect();
        sharp.sort_by(f32::total_cmp);
        let best = sharp.last().copied().unwrap_or_default();
        let middle = sharp.get(sharp.len() / 2).copied().unwrap_or_default().floor();
        said.push(format!(
            "--blur {blur} left out {blurry} of {} faces, and no picture is left: the sharpest has \
             {best:.0} (variance of the Laplacian); --blur {middle:.0} keeps half of them, no --blur all",
            faces.len()
        ));
    }
    Ok(said)
}
