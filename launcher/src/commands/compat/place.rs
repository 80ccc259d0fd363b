// SPDX-License-Identifier: MIT OR Apache-2.0
//! Where a result goes whose folder may hold that of other videos.

use std::path::{Path, PathBuf};

use dataset::{Dataset, RunInfo};
use framesource::input::{Source, collect};

/// `folder`, or a folder in it named after the input where another input's result lies there; with a note then.
///
/// The programs whose command lines are translated write one video's pictures over another's.
pub fn of(folder: &Path, input: Option<&Path>) -> (PathBuf, Option<String>) {
    let Some(input) = input else { return (folder.to_owned(), None) };
    let held = Dataset::run_info(folder).ok();
    if held.is_none_or(|held| is_of(&held, input)) {
        return (folder.to_owned(), None);
    }
    let own = folder.join(input.file_stem().unwrap_or(input.as_os_str()));
    let note = format!(
        "{} holds the result of another video: this one's goes to {}",
        folder.display(),
        own.display()
    );
    (own, Some(note))
}

/// Whether a run is one of this input: the file, files of the folder, or those of the list.
fn is_of(run: &RunInfo, input: &Path) -> bool {
    let at = absolute(input);
    let listed = listed(input);
    run.inputs.iter().all(|held| {
        let held = Path::new(&held.path);
        held == at
            || held == input
            || held.starts_with(&at)
            || listed.iter().any(|file| file == held)
    })
}

/// The files of a list; of anything else, and of one that cannot be read, none.
fn listed(input: &Path) -> Vec<PathBuf> {
    if !input.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("txt")) {
        return Vec::new();
    }
    let sources = collect(&[input.into()], &[], false, dataset::is_result).unwrap_or_default();
    let files = sources.into_iter().filter_map(|source| match source {
        Source::File(path) | Source::Picture { path, .. } | Source::Missing(path) => Some(path),
        _ => None,
    });
    files.map(|path| absolute(&path)).collect()
}

fn absolute(path: &Path) -> PathBuf {
    std::path::absolute(path).unwrap_or_else(|_| path.to_owned())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use dataset::InputInfo;

    use super::*;

    #[test]
    fn a_folder_takes_one_input_and_others_get_folders_in_it() {
        let root = tempfile::tempdir().unwrap();
        let root = root.path().canonicalize().unwrap();
        let (a, b, out) = (root.join("a.mkv"), root.join("films/b.mkv"), root.join("out"));
        for file in [&a, &b] {
            std::fs::create_dir_all(file.parent().unwrap()).unwrap();
            std::fs::write(file, "").unwrap();
        }
        assert_eq!(of(&out, Some(&a)), (out.clone(), None));
        let run = RunInfo::new(InputInfo::for_files(&[&a]));
        drop(Dataset::create_or_resume(&out, run).unwrap());
        assert_eq!(of(&out, Some(&a)), (out.clone(), None));
        assert_eq!(of(&out, None).0, out);
        let (place, note) = of(&out, Some(&b));
        assert_eq!(place, out.join("b"));
        assert!(note.unwrap().contains("another video"));
        assert_eq!(of(&out, Some(&root)).0, out, "a folder with the film in it");
        assert_eq!(of(&out, Some(&root.join("films"))).0, out.join("films"));
        for (name, films, expected) in [
            ("same.txt", "a.mkv\nfilms/b.mkv\n", out.clone()),
            ("other.txt", "films/b.mkv\n", out.join("other")),
        ] {
            let list = root.join(name);
            std::fs::write(&list, films).unwrap();
            assert_eq!(of(&out, Some(&list)).0, expected, "{name}");
        }
    }
}
