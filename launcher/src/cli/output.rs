// SPDX-License-Identifier: MIT OR Apache-2.0
//! Where a result goes that nobody gave a place.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// The folder in which such results lie.
const FOLDER: &str = "out";

/// `out/movie` for `shows/movie.mkv`; of several inputs after the first, and how many more there are.
pub fn named_after(inputs: &[OsString]) -> PathBuf {
    let Some(first) = inputs.first() else { return FOLDER.into() };
    let name = name(&first.to_string_lossy());
    match inputs.len() {
        1 => Path::new(FOLDER).join(name),
        more => Path::new(FOLDER).join(format!("{name}+{}", more - 1)),
    }
}

fn name(input: &str) -> String {
    if input == "-" || input.starts_with("fd://") {
        return "stdin".into();
    }
    let path = match input.split_once("://") {
        Some((_, address)) => address.split(['?', '#']).next().unwrap_or(address),
        None => input,
    };
    // "." and ".." have a name of their own.
    let real = Path::new(path).canonicalize();
    let path = match &real {
        Ok(real) if Path::new(path).file_name().is_none() => real,
        _ => Path::new(path),
    };
    let stem = if path.is_dir() { path.file_name() } else { path.file_stem() };
    let stem = stem.unwrap_or_default().to_string_lossy();
    // img_%04d: the numbers are not part of it.
    let stem = stem.split('%').next().unwrap_or_default().trim_end_matches(['_', '-', '.', ' ']);
    if stem.is_empty() { "result".into() } else { stem.into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_result_is_named_after_what_it_is_of() {
        let named = |inputs: &[&str]| {
            let inputs: Vec<OsString> = inputs.iter().map(OsString::from).collect();
            named_after(&inputs).display().to_string()
        };
        for (input, expected) in [
            ("shows/movie.part.mkv", "out/movie.part"),
            ("list.txt", "out/list"),
            ("img_%04d.jpg", "out/img"),
            ("%d.png", "out/result"),
            ("https://host/a/stream.m3u8?key=1", "out/stream"),
            ("rtsp://host", "out/host"),
            ("-", "out/stdin"),
            ("fd://0", "out/stdin"),
            ("/", "out/result"),
            ("src", "out/src"),
        ] {
            assert_eq!(named(&[input]), expected, "{input}");
        }
        assert_eq!(named(&["."]), "out/launcher");
        assert_eq!(named(&["a.mkv", "b.mkv", "c"]), "out/a+2");
    }
}
