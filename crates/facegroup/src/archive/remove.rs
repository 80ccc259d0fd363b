// SPDX-License-Identifier: MIT OR Apache-2.0
//! A dataset goes out of a library; its folder stays as it is.

use dataset::library::Library;
use dataset::path_text;

use super::ArchiveError;
use super::roster::Roster;

/// Removes a dataset by its path, its name or its number from a library, with the people whom nothing else shows, and writes the
/// store anew, so that no vector of it stays on disk. Says what it was called, and the library that is open now.
///
/// # Errors
/// No such dataset, a library that another process writes, no room for the store to be written anew.
pub fn remove(library: Library, dataset: &str) -> Result<(String, Library), ArchiveError> {
    let mut writing = library.write()?;
    let mut datasets = writing.view().datasets()?;
    let path = std::fs::canonicalize(dataset).map(|path| path_text(&path));
    let path = path.unwrap_or_else(|_| dataset.trim_end_matches('/').to_owned());
    let by = |is: &dyn Fn(u32, &dataset::library::DatasetRecord) -> bool| {
        datasets.iter().find(|(number, record)| is(**number, record)).map(|(number, _)| *number)
    };
    let number = by(&|_, record| record.path == path)
        .or_else(|| by(&|_, record| record.name == dataset))
        .or_else(|| by(&|number, _| dataset.parse() == Ok(number)));
    let Some(number) = number else {
        let known = datasets.values().map(|record| record.name.clone()).take(10).collect();
        let (location, name) = (library.location().to_path_buf(), dataset.to_owned());
        return Err(ArchiveError::Unknown { location, what: "dataset", name, known });
    };
    let name = datasets.remove(&number).map(|record| record.name).unwrap_or_default();
    let templates: Vec<u32> = writing.view().templates_of(number)?.into_keys().collect();
    writing.remove_templates(&templates)?;
    writing.remove_dataset(number)?;
    let mut roster = Roster::read(&writing.view())?;
    roster.save(&mut writing, &mut datasets)?;
    writing.commit()?;
    Ok((name, library.rewrite()?))
}
