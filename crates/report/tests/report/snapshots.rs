// SPDX-License-Identifier: MIT OR Apache-2.0
//! The pages of a small result, word by word but for their pictures.
#![allow(clippy::unwrap_used)]

use std::fs;

use report::Options;
use report::gallery::{self, FolderOptions, PageOptions, TableOptions};

use crate::fixture::result;

/// The page without its pictures, which are the encoder's, and its styles and script, which stand in files of
/// their own; a line for each element.
fn words(html: &str) -> String {
    let mut words = String::new();
    let mut rest = html;
    while let Some((before, behind)) = rest.split_once(";base64,") {
        words += before;
        words += ";base64,…";
        rest = behind.trim_start_matches(|c: char| c.is_ascii_alphanumeric() || "+/=".contains(c));
    }
    words += rest;
    for (open, close) in [("<style>", "</style>"), ("<script>", "</script>"), ("'sha256-", "'")] {
        if let Some((head, behind)) = words.split_once(open) {
            let (_, body) = behind.split_once(close).unwrap();
            words = format!("{head}{open}…{close}{body}");
        }
    }
    words.replace("><", ">\n<")
}

#[test]
fn report() {
    let folder = result();
    let page = report::write(folder.path(), Options::default()).unwrap();
    insta::assert_snapshot!(words(&fs::read_to_string(page).unwrap()));
}

#[test]
fn gallery_of_a_folder_and_of_a_table() {
    let folder = result();
    let page = PageOptions { height: 20, size: 0, number: 1 };
    let target = folder.path().join("page.html");
    let faces = folder.path().join("faces");
    gallery::folder(&faces, &target, &FolderOptions { page, recursive: true }).unwrap();
    insta::assert_snapshot!("folder", words(&fs::read_to_string(&target).unwrap()));
    let log = folder.path().join("log.csv");
    fs::write(&log, "file_name,score\n000000_0.jpg,0.91\n000001_0.jpg,<b>\n").unwrap();
    let page = PageOptions { height: 20, size: 0, number: 1 };
    let options = TableOptions { page, pictures: Some(faces), sort_by: None, filter: None };
    gallery::table(&log, &target, &options).unwrap();
    insta::assert_snapshot!("table", words(&fs::read_to_string(&target).unwrap()));
}
