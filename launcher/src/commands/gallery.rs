// SPDX-License-Identifier: MIT OR Apache-2.0
//! Pages of pictures.

use anyhow::{Result, bail};
use report::gallery::{self, Filter, FolderOptions, PageOptions, TableOptions};

use crate::cli::GalleryArgs;
use crate::exit::Exit;
use crate::output::say;

/// Writes the page.
pub fn run(arguments: &GalleryArgs) -> Result<Exit> {
    let page = PageOptions {
        height: arguments.height(),
        size: arguments.page_size,
        number: arguments.page,
    };
    let target = arguments.target();
    let written = if arguments.is_table() {
        let options = TableOptions {
            page,
            pictures: arguments.pictures.clone(),
            sort_by: arguments.sort_by.clone(),
            filter: arguments.filter.as_deref().map(filter).transpose()?,
        };
        gallery::table(&arguments.source, &target, &options)?
    } else {
        let of_tables =
            [arguments.pictures.is_some(), arguments.sort_by.is_some(), arguments.filter.is_some()];
        if of_tables.contains(&true) {
            bail!(
                "--pictures, --sort-by and --filter are options for a CSV; {} is a folder",
                arguments.source.display()
            );
        }
        gallery::folder(
            &arguments.source,
            &target,
            &FolderOptions { page, recursive: arguments.recursive },
        )?
    };
    let more = match written.pages {
        1 => String::new(),
        pages => {
            format!(" (page {} of {pages}; --page NUMBER for the others)", arguments.page.max(1))
        }
    };
    say!("{}{more}\n{}", written.shown, written.path.display());
    Ok(Exit::Done)
}

fn filter(words: &[String]) -> Result<Filter> {
    if let [column, least, most] = words
        && let (Ok(least), Ok(most)) = (least.parse::<f64>(), most.parse::<f64>())
    {
        return Ok(Filter { column: column.clone(), least, most });
    }
    bail!("--filter {}: expected a column and two numbers", words.join(" "))
}
