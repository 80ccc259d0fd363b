// SPDX-License-Identifier: MIT OR Apache-2.0
//! The jobs of the program.

use std::path::PathBuf;

use clap::Subcommand;

use super::{
    CompatArgs, EvaluateArgs, ExplainArgs, ExportArgs, FindArgs, ForgetArgs, GalleryArgs,
    GroupArgs, ImportArgs, LibraryArgs, Manual, ModelsArgs, RefsArgs, ReportArgs, ReviewArgs,
    RunArgs,
};

/// The jobs.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Find the people in videos (the default)
    Run(Box<RunArgs>),
    /// Group a result again, without the video, or a folder of pictures
    ///
    /// Everything it needs is stored in the result. What you renamed, moved and deleted in faces/ holds.
    Group(Box<GroupArgs>),
    /// Say how good the groups of a result are
    ///
    /// Against a ground truth (folders you sorted, a table), or without one by themselves.
    Evaluate(EvaluateArgs),
    /// Look at pictures of known people, keep what is known of them
    Refs(RefsArgs),
    /// Put a result right, on a page in your browser
    ///
    /// Name, merge and split people, answer which of them are one. The page is on this machine only, under an address
    /// that nobody can guess. What you say is kept at once; folders follow when you file it, and at the end.
    Review(Box<ReviewArgs>),
    /// Write the report again, with more figures or without faces
    ///
    /// Silhouettes and distances of faces are measured and drawn; every table can be had as CSV and JSON.
    Report(ReportArgs),
    /// Remember the people of many results, with one name and one number through all of them
    Library(LibraryArgs),
    /// Find anybody again in the results of a library, by pictures or by name
    ///
    /// Says who it is, and where: videos and times, the likeliest first. Likelihoods are estimated from how similar people
    /// are in each video. Several pictures are of one person. Nothing is changed.
    Find(Box<FindArgs>),
    /// Forget a person of a library: vectors, pictures, lines and names, in the library and in its results
    ///
    /// What is gone cannot be brought back; the videos themselves are not touched.
    Forget(ForgetArgs),
    /// Say why a face is in its group, or why a person of a library is one
    ///
    /// Its track, who is near and how near, where the cut fell, what was said of it.
    Explain(ExplainArgs),
    /// Copy a result into a layout that another program reads
    Export(ExportArgs),
    /// Take over who faces are, as another program or a sorted folder says it
    ///
    /// What it says binds every later grouping, as what was renamed and moved in faces/ does.
    Import(ImportArgs),
    /// Make a page of a folder's pictures, or of a table of pictures
    ///
    /// A table is a CSV whose cells name pictures, as the logs in intermediate/ do.
    Gallery(GalleryArgs),
    /// Run the command line of video-to-faces, FaceGrab or FaceRipper
    ///
    /// As in facegroup compat v2f -- -i film.mkv -o out. The command of ours that it becomes is shown, with what
    /// is different.
    #[command(disable_help_flag = true)]
    Compat(CompatArgs),
    /// List the models, or get them
    Models(ModelsArgs),
    /// Print the completions of a shell, or the manual page
    ///
    /// For a shell of your own: facegroup completions bash > ~/.local/share/bash-completion/completions/facegroup
    Completions {
        /// The shell, or man for the manual page
        #[arg(value_enum, value_name = "SHELL")]
        of: Manual,
    },
    /// Say what is here and what is missing
    ///
    /// GStreamer, its elements, ONNX Runtime, devices, models.
    Doctor,
    /// Make a short film to try things out on
    ///
    /// Of real photographs that come with the models.
    DemoReel {
        /// The file to write (MP4)
        output: PathBuf,
    },
}
