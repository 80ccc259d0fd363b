// SPDX-License-Identifier: MIT OR Apache-2.0
//! The options of `facegroup gallery`.

use std::path::PathBuf;

use clap::Args;

/// Pixels of a picture's height: of a folder's, and in a table.
const HEIGHTS: (u32, u32) = (150, 120);

/// What to show, and how.
#[derive(Debug, Args)]
pub struct GalleryArgs {
    /// A folder of pictures, or a CSV such as OUT/intermediate/log_rejects.csv
    #[arg(value_name = "FOLDER|CSV")]
    pub source: PathBuf,
    /// The page [default: gallery.html in the folder, or beside the CSV under its name]
    #[arg(short, long, value_name = "HTML")]
    pub output: Option<PathBuf>,
    /// Height of the pictures in pixels [default: 150, in a table 120]
    #[arg(long, value_name = "PIXELS", value_parser = clap::value_parser!(u32).range(16..=2048))]
    pub height: Option<u32>,
    /// Pictures or rows on a page; 0 for all
    #[arg(long, default_value_t = 500, value_name = "NUMBER")]
    pub page_size: usize,
    /// Which page, from 1
    #[arg(long, default_value_t = 1, value_name = "NUMBER")]
    pub page: usize,
    /// Folder: the pictures in the folders within it too, under a heading each
    #[arg(short, long)]
    pub recursive: bool,
    /// CSV: where the pictures lie, in folders of any depth [default: the result that the log belongs to,
    /// else beside the CSV]
    #[arg(long, value_name = "FOLDER", conflicts_with = "recursive")]
    pub pictures: Option<PathBuf>,
    /// CSV: rows in the order of this column
    #[arg(long, value_name = "COLUMN", conflicts_with = "recursive")]
    pub sort_by: Option<String>,
    /// CSV: only rows whose value in a column is a number from LEAST to MOST
    #[arg(long, num_args = 3, value_names = ["COLUMN", "LEAST", "MOST"], allow_negative_numbers = true, conflicts_with = "recursive")]
    pub filter: Option<Vec<String>>,
}

impl GalleryArgs {
    /// Whether the source is a table.
    pub fn is_table(&self) -> bool {
        !self.source.is_dir()
    }

    /// Where the page goes.
    pub fn target(&self) -> PathBuf {
        self.output.clone().unwrap_or_else(|| match self.is_table() {
            true => self.source.with_extension("html"),
            false => self.source.join("gallery.html"),
        })
    }

    /// Height of the pictures in pixels.
    pub fn height(&self) -> u32 {
        self.height.unwrap_or(if self.is_table() { HEIGHTS.1 } else { HEIGHTS.0 })
    }
}
