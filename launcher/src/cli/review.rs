// SPDX-License-Identifier: MIT OR Apache-2.0
//! The options of `facegroup review`.

use std::path::PathBuf;

use clap::Args;

use models::catalogue::Style;

use super::choice::choice;
use super::{EnrolmentArgs, GroupingArgs};

/// Which results to put right, and where.
#[derive(Debug, Args)]
pub struct ReviewArgs {
    /// Folders of results
    #[arg(required = true, value_name = "OUT")]
    pub locations: Vec<PathBuf>,
    /// Port of this machine on which the page is; 0 takes any that is free
    #[arg(long, value_name = "PORT", default_value_t = 0, hide_default_value = true)]
    pub port: u16,
    /// Print the address and open no browser
    #[arg(long)]
    pub no_open: bool,
    /// How "Group again" groups
    #[command(flatten)]
    pub grouping: GroupingArgs,
    /// Whom "Group again" knows
    #[command(flatten)]
    pub enrolment: EnrolmentArgs,
    /// What is in the pictures: how far crops of added faces reach
    #[arg(long, value_parser = choice::<Style>(), default_value = "live", value_name = "STYLE")]
    pub style: Style,
    /// The face embedder, where it is a file of your own
    #[arg(long, value_name = "MODEL")]
    pub embedder: Option<String>,
    /// Kind of the embedder where it is a path
    #[arg(long, value_name = "KIND")]
    pub embedder_kind: Option<String>,
}
