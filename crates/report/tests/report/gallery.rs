// SPDX-License-Identifier: MIT OR Apache-2.0
//! Pages of pictures and of tables: what is on them, in which order, and what they say of what is not.
#![allow(clippy::unwrap_used)]

use std::fs;
use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use image::{Rgb, RgbImage};
use report::gallery::{self, Filter, FolderOptions, GalleryError, PageOptions, TableOptions};
use tempfile::TempDir;

const ALL: PageOptions = PageOptions { height: 20, size: 0, number: 1 };

/// A picture of one colour.
fn picture(path: &Path, (width, height): (u32, u32), colour: [u8; 3]) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    RgbImage::from_pixel(width, height, Rgb(colour)).save(path).unwrap();
}

/// The result of a run with a log and its pictures, one of which is gone.
fn result() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    picture(&at("faces/0/000010_0.jpg"), (60, 90), [200, 0, 0]);
    picture(&at("intermediate/rejects/000010_r0.jpg"), (30, 20), [0, 200, 0]);
    picture(&at("intermediate/rejects/000200_r0.jpg"), (8, 8), [0, 0, 200]);
    let log = "file_name,score,width,rejected\n000010_0.jpg,0.91,60,0\n000010_r0.jpg,0.30,9,1\n\
               000200_r0.jpg,0.28,100,1\n000300_r0.jpg,0.40,<b>,1\n";
    fs::write(at("intermediate/log_rejects.csv"), log).unwrap();
    fs::write(at("run.json"), "{}").unwrap();
    folder
}

fn options() -> TableOptions {
    TableOptions { page: ALL, pictures: None, sort_by: None, filter: None }
}

/// Size and mean colour of the pictures on a page, in order.
fn images(html: &str) -> Vec<((u32, u32), [u8; 3])> {
    let parts = html.split("src=\"data:image/jpeg;base64,").skip(1);
    let decode = |part: &str| {
        let bytes = STANDARD.decode(part.split('"').next().unwrap()).unwrap();
        let picture = image::load_from_memory(&bytes).unwrap().into_rgb8();
        let middle = picture.get_pixel(picture.width() / 2, picture.height() / 2).0;
        (picture.dimensions(), middle.map(|v| if v > 128 { 200 } else { 0 }))
    };
    parts.map(decode).collect()
}

/// The first word of each row.
fn rows(html: &str) -> Vec<&str> {
    let rows = html.split("<tr>").skip(2);
    rows.map(|row| row.split("<span>").nth(1).unwrap().split('<').next().unwrap()).collect()
}

fn table(folder: &TempDir, options: &TableOptions) -> (String, gallery::Written) {
    let log = folder.path().join("intermediate/log_rejects.csv");
    let target = folder.path().join("page.html");
    let written = gallery::table(&log, &target, options).unwrap();
    assert_eq!(written.path, target);
    (fs::read_to_string(target).unwrap(), written)
}

#[test]
fn a_log_shows_the_pictures_that_it_names() {
    let folder = result();
    let (html, written) = table(&folder, &options());
    assert_eq!((written.shown.as_str(), written.pages), ("1-4 out of 4", 1));
    assert!(html.contains("1-4 out of 4") && html.contains("log_rejects.csv"));
    assert_eq!(rows(&html), ["000010_0.jpg", "000010_r0.jpg", "000200_r0.jpg", "000300_r0.jpg"]);
    // Twice as fine as shown, never enlarged; the last has gone.
    let red_green_blue = [((27, 40), [200, 0, 0]), ((30, 20), [0, 200, 0]), ((8, 8), [0, 0, 200])];
    assert_eq!(images(&html), red_green_blue);
    // One file: nothing is fetched, and what cells say is text.
    assert!(!html.contains("://") && !html.contains("src=\"f") && !html.contains("<b>"));
    assert!(html.contains("&#60;b&#62;") || html.contains("&lt;b&gt;"));
}

#[test]
fn rows_are_sorted_by_value_filtered_and_paged() {
    let folder = result();
    let by = |column: &str| TableOptions { sort_by: Some(column.into()), ..options() };
    let (html, _) = table(&folder, &by("width"));
    // 9 before 60 before 100, text last.
    assert_eq!(rows(&html), ["000010_r0.jpg", "000010_0.jpg", "000200_r0.jpg", "000300_r0.jpg"]);
    let filter = Filter { column: "score".into(), least: 0.3, most: 0.91 };
    let page = PageOptions { size: 2, number: 2, ..ALL };
    let some = TableOptions { filter: Some(filter), page, ..by("score") };
    let (html, written) = table(&folder, &some);
    assert_eq!(rows(&html), ["000010_0.jpg"], "0.30, 0.40 and 0.91, of which two are on page 1");
    assert_eq!((written.shown.as_str(), written.pages), ("3-3 out of 3", 2));
    let log = folder.path().join("intermediate/log_rejects.csv");
    let refused =
        |options: &TableOptions| gallery::table(&log, Path::new("/x"), options).unwrap_err();
    let error = refused(&by("size")).to_string();
    assert!(error.contains("\"size\"") && error.contains("file_name, score, width"), "{error}");
    let far = TableOptions { page: PageOptions { size: 2, number: 9, ..ALL }, ..options() };
    assert!(matches!(refused(&far), GalleryError::Page { page: 9, entries: 4, pages: 2 }));
}

#[test]
fn pictures_are_where_one_says_and_of_two_of_a_name_the_first_by_path() {
    let folder = result();
    picture(&folder.path().join("other/b/000010_0.jpg"), (10, 10), [0, 0, 200]);
    picture(&folder.path().join("other/a/000010_0.jpg"), (10, 10), [0, 200, 0]);
    let there = TableOptions { pictures: Some(folder.path().join("other")), ..options() };
    assert_eq!(images(&table(&folder, &there).0), [((10, 10), [0, 200, 0])]);
    let nowhere = TableOptions { pictures: Some("/nowhere".into()), ..options() };
    let log = folder.path().join("intermediate/log_rejects.csv");
    let error = gallery::table(&log, Path::new("/x"), &nowhere).unwrap_err();
    assert!(error.to_string().contains("/nowhere"), "{error}");
}

#[test]
fn a_table_without_rows_is_a_page_and_a_missing_one_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("log.csv");
    fs::write(&log, "file_name,score\n").unwrap();
    let target = folder.path().join("log.html");
    assert_eq!(gallery::table(&log, &target, &options()).unwrap().shown, "nothing");
    assert!(fs::read_to_string(target).unwrap().contains("file_name"));
    let error = gallery::table(&folder.path().join("no.csv"), &log, &options()).unwrap_err();
    assert!(error.to_string().contains("no.csv"), "{error}");
    fs::write(&log, b"name\na.jpg\n\xff.jpg\n").unwrap();
    let error = gallery::table(&log, &log, &options()).unwrap_err().to_string();
    assert!(error.contains("line 3"), "{error}");
}

#[test]
fn a_folder_shows_its_pictures_by_name_under_the_folders_within_it() {
    let folder = result();
    let place = folder.path().join("intermediate");
    let target = folder.path().join("gallery.html");
    let show = |recursive, size, number| {
        let page = PageOptions { size, number, ..ALL };
        gallery::folder(&place, &target, &FolderOptions { page, recursive })
    };
    let error = show(false, 0, 1).unwrap_err().to_string();
    assert!(error.contains("--recursive"), "{error}");
    // No picture, though it is called one.
    fs::write(place.join("broken.PNG"), "no picture").unwrap();
    assert_eq!(show(true, 0, 1).unwrap().shown, "1-3 out of 3");
    let html = fs::read_to_string(&target).unwrap();
    assert_eq!(images(&html), [((30, 20), [0, 200, 0]), ((8, 8), [0, 0, 200])]);
    let at = |word: &str| html.find(word).unwrap();
    assert!(
        at("broken.PNG") < at("<h2>rejects</h2>") && at("cannot be read") < at("000010_r0.jpg")
    );
    picture(&place.join("10/a.png"), (9, 9), [200, 0, 0]);
    picture(&place.join("9/a.png"), (9, 9), [200, 0, 0]);
    show(true, 0, 1).unwrap();
    let html = fs::read_to_string(&target).unwrap();
    let order: Vec<_> = html.split("<h2>").skip(1).map(|h| h.split('<').next().unwrap()).collect();
    assert_eq!(order, ["9", "10", "rejects"]);
    fs::remove_dir_all(place.join("9")).unwrap();
    fs::remove_dir_all(place.join("10")).unwrap();
    assert_eq!(show(true, 2, 2).unwrap().shown, "3-3 out of 3");
    let html = fs::read_to_string(&target).unwrap();
    assert_eq!((images(&html).len(), html.matches("<h2>").count()), (1, 1));
}
