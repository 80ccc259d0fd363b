// SPDX-License-Identifier: MIT OR Apache-2.0
//! The folders of people: names as they are wherever a file system can have them so.

use std::collections::HashMap;

use crate::NOBODY;

/// Bytes of a file name, less room for a number and for the `.part` of a file being written.
const LONGEST: usize = 200;

/// A folder for each name, in their order. The same name has the same folder; different names never
/// share one, not even on file systems where large and small letters are the same.
///
/// What cannot be in a file name becomes `_`. Names that mean something else here (`other`, numbers,
/// `G2`, …) get `person_` before them; a name that is taken gets a number behind it.
pub fn folders<'a>(names: impl IntoIterator<Item = &'a str>) -> Vec<String> {
    let mut given: HashMap<&str, String> = HashMap::new();
    let mut taken: HashMap<String, ()> = HashMap::new();
    names
        .into_iter()
        .map(|name| {
            if let Some(folder) = given.get(name) {
                return folder.clone();
            }
            let wanted = safe(name);
            let mut folder = wanted.clone();
            let mut number = 2;
            while taken.contains_key(&folder.to_lowercase()) {
                folder = format!("{wanted}_{number}");
                number += 1;
            }
            taken.insert(folder.to_lowercase(), ());
            given.insert(name, folder.clone());
            folder
        })
        .collect()
}

/// The name as a file name that means nothing else.
fn safe(name: &str) -> String {
    let plain = |c: char| {
        let bad =
            c.is_control() || matches!(c, '/' | '\\' | ':' | '*' | '?' | '"' | '<' | '>' | '|');
        if bad { '_' } else { c }
    };
    let mut folder: String = name.trim().chars().map(plain).collect();
    // A dot at the beginning hides it; dots and spaces at the end get lost on other systems.
    let kept = folder.trim_end_matches(['.', ' ']).len();
    folder.truncate(kept);
    if folder.starts_with('.') {
        folder.replace_range(..1, "_");
    }
    let mut end = folder.len().min(LONGEST);
    while !folder.is_char_boundary(end) {
        end -= 1;
    }
    folder.truncate(end);
    if is_reserved(&folder) { format!("person_{folder}") } else { folder }
}

/// Whether the folder of that name means something else: nobody in particular, a group without a
/// name, the copies of k-means, a log.
fn is_reserved(folder: &str) -> bool {
    let lower = folder.to_lowercase();
    let number = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    NOBODY.contains(&lower.as_str())
        || lower.starts_with("not_")
        || number(&lower)
        // The logs lie beside the folders.
        || (lower.starts_with("log_") && lower.ends_with(".csv"))
        || lower.strip_prefix('g').is_some_and(|rest| !rest.is_empty() && number(rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_stay_as_they_are_where_they_can() {
        let names = ["Ann", "김철수", "山田 太郎", "Zoë O'Hara", "G", "Mr. T", "a,b", "Group 7"];
        assert_eq!(folders(names), names);
    }

    /// docs/design/predecessors.md 1.11 #10: a class called "other" collided with the reserved one.
    #[test]
    fn names_that_mean_something_else_are_told_apart() {
        let names =
            ["other", "Unsure", "noise", "7", "G3", "g3", "NOT_me", "log_clustering.csv", "", "."];
        let expected = [
            "person_other",
            "person_Unsure",
            "person_noise",
            "person_7",
            "person_G3",
            "person_g3_2",
            "person_NOT_me",
            "person_log_clustering.csv",
            "person_",
            "person__2",
        ];
        assert_eq!(folders(names), expected);
    }

    #[test]
    fn no_name_leaves_its_folder_or_hides() {
        let found = folders(["../x", "a/b", "a\\b", ".hidden", "a\0b", "con.", "tab\there"]);
        let expected = ["_._x", "a_b", "a_b_2", "_hidden", "a_b_3", "con", "tab_here"];
        assert_eq!(found, expected);
        let long = "é".repeat(300);
        let found = folders([long.as_str(), &format!("{long}x")]);
        assert!(found.iter().all(|name| name.len() <= 210) && found[0] != found[1]);
    }

    #[test]
    fn one_name_has_one_folder_and_two_names_have_two() {
        assert_eq!(folders(["Ann", "ann", "Ann", "ann_2"]), ["Ann", "ann_2", "Ann", "ann_2_2"]);
    }
}
