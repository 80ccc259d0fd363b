// SPDX-License-Identifier: MIT OR Apache-2.0
//! Lists: a file a line, as people and other programs write them.

use std::ffi::{OsStr, OsString};
use std::fs;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use super::{Source, is_uri};

/// What a line of ffmpeg's concat lists begins with, beside `file`.
const CONCAT: [&str; 8] = [
    "ffconcat version",
    "duration ",
    "inpoint ",
    "outpoint ",
    "stream",
    "option ",
    "exact_stream_id",
    "file_packet_meta",
];

/// The files that a list names. Lines are bytes, as file names are; with a byte order mark they are UTF-8 or
/// UTF-16. `#` begins a comment and quotes stand around a name, unless a file is called so.
pub(super) fn list(path: &Path) -> Result<Vec<Source>> {
    let bytes = fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
    let folder = path.parent().unwrap_or(Path::new(""));
    let sources = sources(bytes, folder).with_context(|| path.display().to_string())?;
    if sources.is_empty() {
        bail!("{}: the list names no file", path.display());
    }
    Ok(sources)
}

/// The files that a list beside them in a folder names.
pub(crate) fn sources(list: Vec<u8>, folder: &Path) -> Result<Vec<Source>> {
    let bytes = unmarked(list)?;
    let lines = bytes.split(|byte| *byte == b'\n').map(|line| line.trim_ascii());
    let named = lines.filter(|line| !line.is_empty());
    Ok(named.filter_map(|line| source(line, folder)).collect())
}

/// A line's source; `None` for one that names none.
fn source(line: &[u8], folder: &Path) -> Option<Source> {
    if let Some(file) = find(line, folder) {
        return Some(Source::of_file(file));
    }
    let text = String::from_utf8_lossy(line);
    if line.starts_with(b"#") || CONCAT.iter().any(|word| text.starts_with(word)) {
        return None;
    }
    let name = unquoted(line.strip_prefix(b"file ").map_or(line, <[u8]>::trim_ascii));
    if let Some(file) = find(&name, folder) {
        return Some(Source::of_file(file));
    }
    let text = String::from_utf8_lossy(&name);
    if is_uri(OsStr::from_bytes(&name)) {
        return Some(Source::Uri(text.into_owned()));
    }
    // A list of another system may be in another alphabet than the names here.
    let latin: String = name.iter().map(|byte| char::from(*byte)).collect();
    let found = find(latin.as_bytes(), folder).map(Source::of_file);
    Some(found.unwrap_or_else(|| Source::Missing(OsString::from_vec(name).into())))
}

/// The file of that name here or beside the list: they are written beside the files as often as where they
/// are used.
fn find(name: &[u8], folder: &Path) -> Option<PathBuf> {
    let here = PathBuf::from(OsStr::from_bytes(name));
    [here.clone(), folder.join(&here)].into_iter().find(|file| file.is_file())
}

/// Without the quotes around it, and without a shell's backslashes.
fn unquoted(name: &[u8]) -> Vec<u8> {
    for quote in [b'"', b'\''] {
        if let [first, inner @ .., last] = name
            && [*first, *last] == [quote; 2]
        {
            // How a single quote is written between single quotes.
            let inner = String::from_utf8(inner.to_vec());
            return match inner {
                Ok(text) if quote == b'\'' => text.replace("'\\''", "'").into_bytes(),
                Ok(text) => text.into_bytes(),
                Err(bytes) => bytes.into_bytes(),
            };
        }
    }
    name.to_vec()
}

/// The bytes of a list without a byte order mark, UTF-16 as UTF-8.
fn unmarked(bytes: Vec<u8>) -> Result<Vec<u8>> {
    let wide = |bytes: &[u8], order: fn([u8; 2]) -> u16| {
        let units: Vec<u16> = bytes.chunks_exact(2).map(|pair| order([pair[0], pair[1]])).collect();
        String::from_utf16(&units).map(String::into_bytes).context("a list in damaged UTF-16")
    };
    match bytes.as_slice() {
        [0xef, 0xbb, 0xbf, rest @ ..] => Ok(rest.to_vec()),
        [0xff, 0xfe, rest @ ..] => wide(rest, u16::from_le_bytes),
        [0xfe, 0xff, rest @ ..] => wide(rest, u16::from_be_bytes),
        // Names hold no zero byte.
        [_, 0, ..] => wide(&bytes, u16::from_le_bytes),
        [0, _, ..] => wide(&bytes, u16::from_be_bytes),
        _ => Ok(bytes),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn named(folder: &Path, text: &[u8]) -> Vec<Source> {
        let path = folder.join("list.txt");
        fs::write(&path, text).unwrap();
        list(&path).unwrap()
    }

    #[test]
    fn lists_name_files_here_beside_them_and_missing() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("ä b.mp4"), "").unwrap();
        let found = named(folder.path(), "\n ä b.mp4 \nnowhere.mp4\nrtsp://host/x\n".as_bytes());
        assert_eq!(
            found,
            [
                Source::File(folder.path().join("ä b.mp4")),
                Source::Missing("nowhere.mp4".into()),
                Source::Uri("rtsp://host/x".into()),
            ]
        );
        let path = folder.path().join("list.txt");
        for empty in [" \n", "# nothing\n"] {
            fs::write(&path, empty).unwrap();
            assert!(list(&path).is_err());
        }
    }

    #[test]
    fn marks_quotes_comments_and_other_alphabets_lose_no_file() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path();
        for name in ["one.mp4", "#2.mp4", "it's.mp4", "café.mp4"] {
            fs::write(folder.join(name), "").unwrap();
        }
        let file = |name: &str| Source::File(folder.join(name));
        let one = [file("one.mp4"), file("#2.mp4")];
        let wide = |text: &str, order: fn(u16) -> [u8; 2]| -> Vec<u8> {
            text.encode_utf16().flat_map(order).collect()
        };
        let text = "one.mp4\r\n#2.mp4\r\n";
        let marked = format!("\u{feff}{text}");
        assert_eq!(named(folder, marked.as_bytes()), one);
        assert_eq!(named(folder, &wide(&marked, u16::to_le_bytes)), one);
        assert_eq!(named(folder, &wide(&marked, u16::to_be_bytes)), one);
        assert_eq!(named(folder, &wide(text, u16::to_le_bytes)), one);
        assert_eq!(named(folder, b"# films\n\"one.mp4\"\n'#2.mp4'\n"), one);
        let concat = b"ffconcat version 1.0\nfile 'one.mp4'\nduration 3\nfile it\\'s.mp4\nfile 'it'\\''s.mp4'";
        let found = named(folder, concat);
        assert_eq!((&found[0], found.last().unwrap()), (&file("one.mp4"), &file("it's.mp4")));
        assert_eq!(named(folder, b"caf\xe9.mp4"), [file("café.mp4")]);
    }
}
