// SPDX-License-Identifier: MIT OR Apache-2.0
//! Which files are pictures, which are litter, and how their names are written.

use std::ffi::OsStr;
use std::fmt::Write;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

/// Extensions of pictures, in lower case.
const EXTENSIONS: [&str; 8] = ["jpg", "jpeg", "png", "webp", "bmp", "gif", "tif", "tiff"];

/// Whether a file's name is that of a picture.
pub fn is_picture(name: &str) -> bool {
    let extension = Path::new(name).extension().unwrap_or_default().to_ascii_lowercase();
    EXTENSIONS.iter().any(|known| extension == *known)
}

/// Whether a file or folder of that name lies where others put it and is none of the user's: hidden ones
/// (`._film.mp4` of macOS, `.DS_Store`, `.thumbnails`), thumbnails and bins of network storage (`@eaDir`,
/// `#recycle`), of Windows and of archives.
pub fn is_litter(name: &OsStr) -> bool {
    const FOREIGN: [&str; 5] =
        ["__MACOSX", "$RECYCLE.BIN", "System Volume Information", "lost+found", "#recycle"];
    let bytes = name.as_bytes();
    let snapshots = ["@eaDir", "@tmp", "@Recycle", "@Recently-Snapshot", "#snapshot"];
    bytes.starts_with(b".") || FOREIGN.iter().chain(&snapshots).any(|known| name == *known)
}

/// A path as text that no other path has: bytes that are not UTF-8 are written as `%E9`.
pub fn path_text(path: impl AsRef<Path>) -> String {
    let mut text = String::new();
    for chunk in path.as_ref().as_os_str().as_bytes().utf8_chunks() {
        text += chunk.valid();
        for byte in chunk.invalid() {
            // Writing to a string never fails.
            let _ = write!(text, "%{byte:02X}");
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_that_differ_in_one_byte_differ_as_text() {
        let text = |bytes: &[u8]| path_text(OsStr::from_bytes(bytes));
        assert_eq!(text(b"caf\xe9.mp4"), "caf%E9.mp4");
        assert_eq!(text(b"caf\xe8.mp4"), "caf%E8.mp4");
        assert_eq!(text("café \u{6620}.mp4".as_bytes()), "café \u{6620}.mp4");
    }

    #[test]
    fn litter_is_what_the_user_did_not_put_there() {
        for name in ["._film.mp4", ".DS_Store", "@eaDir", "#recycle", "__MACOSX"] {
            assert!(is_litter(OsStr::new(name)), "{name}");
        }
        for name in ["film.mp4", "#1 film.mp4", "@home", "_a.jpg"] {
            assert!(!is_litter(OsStr::new(name)), "{name}");
        }
    }
}
