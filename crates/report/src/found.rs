// SPDX-License-Identifier: MIT OR Apache-2.0
//! A page of where somebody was found.
//!
//! One file: styles and pictures lie in it, it has no scripts, and it opens without a network.

use std::path::{Path, PathBuf};

use askama::Template;
use dataset::DatasetError;
use dataset::atomic::replace;

use crate::thumbnail;

/// Height of the pictures, in pixels of the page.
const HEIGHT: u32 = 160;

/// What was found, for each face that was asked for.
#[derive(Debug, Clone, Default)]
pub struct Page {
    /// The answers, in order.
    pub answers: Vec<Answer>,
}

/// What was found for one face.
#[derive(Debug, Clone, Default)]
pub struct Answer {
    /// What was asked.
    pub title: String,
    /// People, in words.
    pub people: Vec<String>,
    /// Where it was seen.
    pub seen: Vec<Seen>,
}

/// An appearance.
#[derive(Debug, Clone, Default)]
pub struct Seen {
    /// Its picture, if there is one.
    pub picture: Option<PathBuf>,
    /// Where and when, in words.
    pub title: String,
}

#[derive(Template)]
#[template(path = "found.html")]
struct Rendered {
    title: String,
    height: u32,
    shown: String,
    sections: Vec<Section>,
}

struct Section {
    title: String,
    people: Vec<String>,
    pictures: Vec<Picture>,
}

struct Picture {
    name: String,
    image: Option<String>,
}

impl Page {
    /// Writes the page, and replaces what was there as a whole.
    ///
    /// # Errors
    /// A file that cannot be written.
    pub fn write(&self, path: &Path) -> Result<(), DatasetError> {
        let seen: usize = self.answers.iter().map(|answer| answer.seen.len()).sum();
        let sections = self.answers.iter().map(|answer| Section {
            title: answer.title.clone(),
            people: answer.people.clone(),
            pictures: answer
                .seen
                .iter()
                .map(|seen| Picture {
                    name: seen.title.clone(),
                    image: seen
                        .picture
                        .as_deref()
                        .and_then(|path| thumbnail::of_height(path, 2 * HEIGHT)),
                })
                .collect(),
        });
        let rendered = Rendered {
            title: "Found".to_owned(),
            height: HEIGHT,
            shown: crate::text::count(seen, "appearance", "appearances"),
            sections: sections.collect(),
        };
        let failed = |cause: askama::Error| DatasetError::Report {
            path: path.to_path_buf(),
            cause: cause.into(),
        };
        replace(path, rendered.render().map_err(failed)?.as_bytes())
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn what_was_found_is_on_the_page_and_nothing_breaks_out_of_it() {
        let folder = tempfile::tempdir().unwrap();
        let picture = folder.path().join("a.png");
        image::RgbImage::new(8, 8).save(&picture).unwrap();
        let seen = |picture: Option<PathBuf>| Seen { picture, title: "<b>0:12-0:14".into() };
        let answer = Answer {
            title: "photo.jpg".into(),
            people: vec!["Ann 99 %".into()],
            seen: vec![seen(Some(picture)), seen(Some("gone.jpg".into())), seen(None)],
        };
        let path = folder.path().join("found.html");
        Page { answers: vec![answer] }.write(&path).unwrap();
        let html = std::fs::read_to_string(&path).unwrap();
        assert!(html.contains("Ann 99 %") && html.contains("3 appearances"));
        assert_eq!(html.matches("data:image/jpeg").count(), 1);
        assert!(!html.contains("<b>0:12"));
    }
}
