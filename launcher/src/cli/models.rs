// SPDX-License-Identifier: MIT OR Apache-2.0
//! The options of `facegroup models`.

use clap::{Args, Subcommand};

/// What to do with models.
#[derive(Debug, Args)]
pub struct ModelsArgs {
    /// What to do; lists the models when left out
    #[command(subcommand)]
    pub command: Option<ModelsCommand>,
}

/// Jobs around models.
#[derive(Debug, Subcommand)]
pub enum ModelsCommand {
    /// Obtain models, check and convert them; at once when they are there
    Get {
        /// Ids of the catalogue
        #[arg(required_unless_present = "default")]
        ids: Vec<String>,
        /// ONNX Runtime, the default models and the photographs of the sample reel
        #[arg(long)]
        default: bool,
        /// Say that you may use models whose licence restricts their use
        #[arg(long)]
        accept_licence: bool,
    },
}
