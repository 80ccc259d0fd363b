// SPDX-License-Identifier: MIT OR Apache-2.0
//! A CSV as a table, with the pictures that its cells name.

use std::cmp::Ordering;
use std::collections::HashMap;
use std::path::{Path, PathBuf};

use askama::Template;
use dataset::is_picture;

use super::page::{PageOptions, Written};
use super::{GalleryError, folder};

/// Rows whose value in a column is a number from `least` to `most`, both included.
#[derive(Debug, Clone, PartialEq)]
pub struct Filter {
    /// The column's name.
    pub column: String,
    /// Smallest value.
    pub least: f64,
    /// Largest value.
    pub most: f64,
}

/// What of a table is shown.
#[derive(Debug, Clone, PartialEq)]
pub struct TableOptions {
    /// Which rows, and how large their pictures.
    pub page: PageOptions,
    /// Where the pictures lie, in folders of any depth; `None` for the table's own folder, and of a log of
    /// ours for the whole result.
    pub pictures: Option<PathBuf>,
    /// Rows by this column, numbers by value and in front of text; else in the order of the file.
    pub sort_by: Option<String>,
    /// The rows that are shown; else all.
    pub filter: Option<Filter>,
}

/// `templates/table.html` says how it looks.
#[derive(Template)]
#[template(path = "table.html", whitespace = "minimize")]
struct Page {
    title: String,
    shown: String,
    height: u32,
    columns: Vec<Column>,
    rows: Vec<Vec<Cell>>,
}

struct Column {
    name: String,
    /// Its cells are numbers.
    number: bool,
}

struct Cell {
    text: String,
    image: Option<String>,
    number: bool,
}

/// Writes a page of a CSV's rows to `target`: each column whose first value is the name of a picture shows
/// the pictures, found by their names wherever they lie.
///
/// # Errors
/// A table or folder that cannot be read, a column that is not there, a page beyond the last, a target that
/// cannot be written.
pub fn table(csv: &Path, target: &Path, options: &TableOptions) -> Result<Written, GalleryError> {
    let (names, mut rows) = read(csv)?;
    let column = |name: &str| {
        names.iter().position(|found| found == name).ok_or_else(|| GalleryError::Column {
            path: csv.to_owned(),
            column: name.to_owned(),
            columns: names.join(", "),
        })
    };
    if let Some(filter) = &options.filter {
        let column = column(&filter.column)?;
        let wanted = filter.least..=filter.most;
        rows.retain(|row| number(row, column).is_some_and(|value| wanted.contains(&value)));
    }
    if let Some(name) = &options.sort_by {
        let column = column(name)?;
        rows.sort_by(|a, b| compare(a, b, column));
    }
    let part = options.page.part(rows.len())?;
    let rows = rows.get(part.range.clone()).unwrap_or_default();
    let first = |column: usize| rows.iter().map(|row| text(row, column)).find(|t| !t.is_empty());
    let pictured: Vec<bool> =
        (0..names.len()).map(|column| first(column).is_some_and(is_picture)).collect();
    let files = if pictured.contains(&true) { found(csv, options)? } else { HashMap::new() };
    let numeric: Vec<bool> = (0..names.len())
        .map(|column| {
            rows.iter().all(|row| text(row, column).is_empty() || number(row, column).is_some())
        })
        .collect();
    let cell = |(column, text): (usize, &String)| {
        let is = |of: &[bool]| of.get(column).copied().unwrap_or(false);
        let name = Path::new(text).file_name().and_then(|name| name.to_str());
        let file = name.filter(|_| is(&pictured)).and_then(|name| files.get(name));
        let image = file.and_then(|file| options.page.image(file));
        Cell { text: text.clone(), image, number: is(&numeric) }
    };
    let page = Page {
        title: csv.file_name().unwrap_or_default().to_string_lossy().into_owned(),
        shown: part.shown.clone(),
        height: options.page.height,
        rows: rows.iter().map(|row| row.iter().enumerate().map(cell).collect()).collect(),
        columns: names
            .into_iter()
            .zip(numeric)
            .map(|(name, number)| Column { name, number })
            .collect(),
    };
    part.write(&page.render().map_err(GalleryError::Render)?, target)
}

type Rows = Vec<Vec<String>>;

/// The header and the rows, each as long as the header.
fn read(csv: &Path) -> Result<(Vec<String>, Rows), GalleryError> {
    let bad = |error: csv::Error| match error.into_kind() {
        csv::ErrorKind::Io(source) => GalleryError::io("read", csv, source),
        csv::ErrorKind::Utf8 { pos, .. } => GalleryError::Table {
            path: csv.to_owned(),
            why: format!("line {} is no UTF-8", pos.map_or(0, |pos| pos.line())),
        },
        kind => GalleryError::Table { path: csv.to_owned(), why: format!("{kind:?}") },
    };
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_path(csv).map_err(bad)?;
    let names: Vec<String> = reader.headers().map_err(bad)?.iter().map(str::to_owned).collect();
    let mut rows = Vec::new();
    for row in reader.records() {
        let row = row.map_err(bad)?;
        // A row that is being written is shorter.
        rows.push((0..names.len()).map(|i| row.get(i).unwrap_or("").to_owned()).collect());
    }
    Ok((names, rows))
}

/// Pictures by name; of several of one name the first by path.
fn found(csv: &Path, options: &TableOptions) -> Result<HashMap<String, PathBuf>, GalleryError> {
    let root = options.pictures.clone().unwrap_or_else(|| {
        let beside = csv.parent().filter(|folder| *folder != Path::new(""));
        let beside = beside.map_or_else(|| PathBuf::from("."), Path::to_owned);
        let is_result = |folder: &PathBuf| folder.join("run.json").is_file();
        let above = [beside.join(".."), beside.join("../..")].into_iter().find(is_result);
        above.unwrap_or(beside)
    });
    let mut files = folder::pictures(&root, true)?;
    files.sort();
    let named = |path: PathBuf| Some((path.file_name()?.to_str()?.to_owned(), path));
    Ok(files.into_iter().rev().filter_map(named).collect())
}

fn text(row: &[String], column: usize) -> &str {
    row.get(column).map_or("", |text| text.trim())
}

fn number(row: &[String], column: usize) -> Option<f64> {
    text(row, column).parse().ok().filter(|value: &f64| value.is_finite())
}

fn compare(a: &[String], b: &[String], column: usize) -> Ordering {
    match (number(a, column), number(b, column)) {
        (Some(a), Some(b)) => a.total_cmp(&b),
        (Some(_), None) => Ordering::Less,
        (None, Some(_)) => Ordering::Greater,
        (None, None) => text(a, column).cmp(text(b, column)),
    }
}
