// SPDX-License-Identifier: MIT OR Apache-2.0
//! Which files are pictures.

use std::path::Path;

/// Extensions of pictures, in lower case.
const EXTENSIONS: [&str; 8] = ["jpg", "jpeg", "png", "webp", "bmp", "gif", "tif", "tiff"];

/// Whether a file's name is that of a picture.
pub fn is_picture(name: &str) -> bool {
    let extension = Path::new(name).extension().unwrap_or_default().to_ascii_lowercase();
    EXTENSIONS.iter().any(|known| extension == *known)
}
