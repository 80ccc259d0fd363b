// SPDX-License-Identifier: MIT OR Apache-2.0
//! The options of `facegroup evaluate`.

use std::path::PathBuf;

use clap::Args;

const TRUTHS: &str = "\
TRUTH is one of
  a CSV    who is in which box on frames:         frame,person,box_x,box_y,box_w,box_h
           or in which part of it during a shot:
           shot,first_frame,last_frame,person,region_x,region_y,region_w,region_h
           It is about the video of its own name, or the only one.
  a folder of such CSVs, named like the videos
  a folder with a folder of pictures for each person, such as a corrected copy of OUT/faces:
           pictures are found by file name
  an annotations.json of StreamFace: pictures are found by the stem of their names
  a folder of another result: faces are found by video, frame and box

Names of people and of groups are never compared. What is labelled unsure, noise, other, ignore,
NOT_... or UNKNOWN... is nobody and not scored; unsure faces of OUT count as a group of one each. The figures are
kept in OUT/evaluation.json and shown in OUT/report.html until the faces are grouped again.";

/// Which result to evaluate, and against which ground truth.
#[derive(Debug, Args)]
#[command(after_help = TRUTHS)]
pub struct EvaluateArgs {
    /// Folder of a result, or a folder with a folder of pictures for each group
    #[arg(value_name = "OUT")]
    pub location: PathBuf,
    /// Who the faces really are
    #[arg(required_unless_present_any = ["scores", "distances"])]
    pub truth: Option<PathBuf>,
    /// Score groups by their embeddings alone too; needs no ground truth
    #[arg(long)]
    pub scores: bool,
    /// Say how far faces are from each other: their nearest, mean and farthest distances, and those on both sides of 0.1
    /// to 0.375; needs no ground truth
    #[arg(long)]
    pub distances: bool,
    /// Print figures and curve as JSON
    #[arg(long)]
    pub json: bool,
}
