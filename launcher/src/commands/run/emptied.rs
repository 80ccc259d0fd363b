// SPDX-License-Identifier: MIT OR Apache-2.0
//! Saying what options left out, and by how much they missed where nothing is left.

use std::path::Path;

use anyhow::Result;
use dataset::{Dataset, FaceRecord, InputState, RunInfo};
use grouping::identification::Others;

use super::progress::clock;
use crate::cli::RunArgs;

/// What options left out of a result: frames, faces, pictures.
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
    if count("faces") == 0 {
        if arguments.min_size > LEAST_SIZE && empty_of_faces(&run) {
            said.push(format!(
                "no face of {0} pixels and more was found: --min-size {0} leaves out smaller ones",
                arguments.min_size
            ));
        }
        return Ok(said);
    }
    let drops = arguments.enrolment.others == Some(Others::Drop);
    if arguments.crop.blur.is_none() && (!drops || count("pictures") > 0) {
        return Ok(said);
    }
    let faces = Dataset::read(location)?.faces;
    let none_is_left = count("pictures") == 0;
    let blurry = faces.iter().filter(|face| face.blurry).count();
    if let Some(blur) = arguments.crop.blur.filter(|_| blurry > 0) {
        let left = format!("--blur {blur} left out {blurry} of {} faces", faces.len());
        said.push(match blurry < faces.len() {
            true => left,
            false => format!("{left}, and no picture is left: {}", sharpest(&faces)),
        });
    }
    if drops && none_is_left && blurry < faces.len() {
        said.push(format!(
            "none of the {} other faces is a known person's, and --others drop keeps nobody else: \
             --others one keeps them, a higher --name-threshold is less strict",
            faces.len() - blurry
        ));
    }
    Ok(said)
}

/// Least size of a face that is asked for unless something else is.
const LEAST_SIZE: u32 = 20;

/// Whether inputs were looked at, and none of them has a face.
fn empty_of_faces(run: &RunInfo) -> bool {
    run.inputs.iter().any(|input| input.frames.is_some_and(|frames| frames > 0))
}

/// How sharp the faces are that a limit left out, and which limit would not.
fn sharpest(faces: &[FaceRecord]) -> String {
    let mut sharp: Vec<f32> = faces.iter().map(|face| face.sharpness).collect();
    sharp.sort_by(f32::total_cmp);
    let best = sharp.last().copied().unwrap_or_default();
    let middle = sharp.get(sharp.len() / 2).copied().unwrap_or_default().floor();
    format!(
        "the sharpest has {best:.0} (variance of the Laplacian); --blur {middle:.0} keeps half of them, \
         no --blur all"
    )
}
