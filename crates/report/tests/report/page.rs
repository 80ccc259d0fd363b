// SPDX-License-Identifier: MIT OR Apache-2.0
//! What the page of a result says, and where it leads.
#![allow(clippy::unwrap_used)]

use std::fs;
use std::path::Path;

use dataset::{Groups, Histograms, InputInfo, Layout, RunInfo};
use report::Options;

use crate::fixture::{crowd, group, result};

fn page(folder: &Path) -> String {
    fs::read_to_string(report::write(folder, Options::default()).unwrap()).unwrap()
}

/// What stands between two words, each time.
fn between<'a>(html: &'a str, begin: &'a str, end: &str) -> Vec<&'a str> {
    html.split(begin).skip(1).map(|part| part.split(end).next().unwrap()).collect()
}

/// The text of HTML, without its tags.
fn text(html: &str) -> String {
    let parts = html.split('<').map(|part| part.split_once('>').map_or(part, |(_, text)| text));
    parts.collect::<Vec<_>>().join(" ").split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn a_person_says_in_which_films_and_when() {
    let folder = crowd(3, 6);
    let html = page(folder.path());
    let places = between(&html, "<ul class=\"where\"", "</ul>");
    let said: Vec<_> = places.iter().map(|place| text(&format!("<ul{place}"))).collect();
    assert_eq!(said.len(), 6);
    assert_eq!(said[1], "1.mkv 4:50 – 9:51 2 times");
    let film = "file:///films/Some%20show/1.mkv#t=";
    assert_eq!(between(places[1], "href=\"", "\""), [format!("{film}290"), format!("{film}590")]);
}

#[test]
fn every_face_and_every_stretch_leads_to_its_moment() {
    let folder = crowd(3, 1);
    let html = page(folder.path());
    let film = "file:///films/Some%20show/0.mkv#t=";
    let bars = between(&html, "\" tabindex=\"-1\"><title>", "</title><rect").len();
    assert_eq!(bars, 2);
    assert!(html.contains(&format!("<a href=\"{film}300\" tabindex=\"-1\"><title>")));
    let faces = between(&html, "class=\"moment\" href=\"", "\"");
    // The cover's moment is the first that the card names.
    assert_eq!(faces.len(), 19);
    assert!(faces.contains(&format!("{film}6").as_str()), "{faces:?}");
    assert!(faces.iter().all(|face| face.starts_with(film)));
}

#[test]
fn nothing_leads_to_what_is_no_file() {
    let folder = crowd(3, 3);
    let layout = Layout::new(folder.path());
    let mut run = RunInfo::read(&layout).unwrap().unwrap();
    for (input, path) in run.inputs.iter_mut().zip(["rtsp://camera/1", "/dev/video0", "-"]) {
        (input.path, input.size) = (path.to_owned(), None);
    }
    run.write(&layout).unwrap();
    let html = page(folder.path());
    assert!(!html.contains("#t=") && !html.contains("rtsp://"));
    assert!(text(&html).contains("1.mkv 4:50 – 9:51"), "times are said all the same");
}

#[test]
fn what_was_looked_at_is_said() {
    let folder = result();
    let html = page(folder.path());
    let processed = html.split_once("<h2 id=\"processed\">").unwrap().1;
    let processed = text(processed.split_once("</section>").unwrap().0);
    for said in [
        "2 videos 307 frames a frame every 0.2 s only from 0:01 on",
        "a.mkv 1 min 2 s long looked at 1 min 1 s 307 frames 640 × 360",
    ] {
        assert!(processed.contains(said), "{said:?} in {processed:?}");
    }
    // Where nobody was found that matters most.
    let empty = tempfile::tempdir().unwrap();
    let layout = Layout::new(empty.path());
    let input = InputInfo { name: "a.mkv".into(), duration: Some(5.0), ..InputInfo::default() };
    RunInfo::new(vec![input]).write(&layout).unwrap();
    let html = page(empty.path());
    assert!(html.contains("No faces were found") && text(&html).contains("1 video Each of them"));
}

#[test]
fn one_is_one_and_two_are_two() {
    let folder = tempfile::tempdir().unwrap();
    let layout = Layout::new(folder.path());
    RunInfo::new(vec![InputInfo::default()]).write(&layout).unwrap();
    let mut groups = Groups { groups: vec![group("0", None, &[0])], ..Groups::default() };
    let same = vec![1, 0, 0];
    let histograms = Histograms { low: 0.0, high: 1.0, different: vec![0, 1, 1], same };
    groups.cut.histograms = Some(histograms);
    let said = |groups: &Groups| {
        groups.write(&layout).unwrap();
        page(folder.path())
    };
    let html = said(&groups);
    assert!(text(&html).contains("1 person 1 face"), "{}", text(&html));
    assert!(html.contains("(1 pair)") && html.contains("(2 pairs)"));
    assert!(html.contains("1 pair of one person") && html.contains("2 pairs of different people"));
    groups.groups = (0..201).map(|name| group(&name.to_string(), None, &[0])).collect();
    assert!(said(&groups).contains("1 more person, on screen for less, has a folder in"));
    groups.groups.push(group("201", None, &[0]));
    assert!(said(&groups).contains("2 more people, on screen for less, have their folders in"));
}

#[test]
fn many_films_are_called_by_their_folder() {
    let folder = crowd(12, 2);
    let html = page(folder.path());
    assert_eq!(between(&html, "<h1>", "</h1>"), ["12 videos in Some show"]);
    assert_eq!(between(&html, "<title>", "</title>")[0], "Who is in 12 videos in Some show");
    // The time lines beyond the first are folded up, the table of films too.
    assert_eq!(between(&html, "<details class=\"folded\"><summary>", "<"), ["4 more"]);
    assert!(html.contains("<details class=\"processed\"><summary>"));
    let folder = crowd(9, 2);
    assert!(!page(folder.path()).contains("class=\"folded\""));
}

#[test]
fn people_can_be_found_where_there_are_several() {
    let folder = crowd(3, 6);
    let html = page(folder.path());
    let form = between(&html, "<form", "</form>")[0];
    let choices = between(form, "<option value=\"", "\"");
    assert_eq!(choices, ["seconds", "faces", "name", "first", "", "0", "1", "2"]);
    // Each control has its label, and what is found is said aloud.
    assert_eq!(form.matches("<label>").count(), 3);
    assert!(form.contains("role=\"search\"") && form.contains("role=\"status\""));
    // Without scripts there is no form, and everything else.
    assert!(form.split('>').next().unwrap().ends_with(" hidden"));
    assert_eq!(html.split("<script>").next().unwrap().matches(" hidden").count(), 1);
    assert!(!page(crowd(3, 1).path()).contains("<form"));
    assert!(!page(crowd(1, 2).path()).contains("name=\"video\""));
}

#[test]
fn nothing_is_fetched_and_no_other_script_runs() {
    let folder = crowd(3, 6);
    let html = page(folder.path());
    for (place, _) in html.match_indices("://") {
        let is_link =
            ["href=\"file", "data-film=\"file"].iter().any(|a| html[..place].ends_with(a));
        assert!(is_link, "{}", &html[place - 40..place + 20]);
    }
    let policy = between(&html, "http-equiv=\"Content-Security-Policy\" content=\"", "\"")[0];
    assert!(policy.starts_with("default-src 'none'") && policy.contains("script-src 'sha256-"));
    assert!(!policy.replace("style-src 'unsafe-inline'", "").contains("unsafe"));
    assert_eq!((html.matches("<script").count(), html.matches(" src=\"data:").count()), (1, 165));
    assert!(!html.contains("onclick") && !html.contains("javascript:"));
}

#[test]
fn a_reader_of_screens_hears_what_everything_is() {
    let folder = result();
    let html = page(folder.path());
    for image in between(&html, "<img", ">") {
        assert!(!between(image, "alt=\"", "\"")[0].is_empty(), "{image}");
    }
    for drawing in between(&html, "<svg", ">") {
        // What holds links is no picture.
        let is_named = ["img", "group"]
            .iter()
            .any(|role| drawing.contains(&format!("role=\"{role}\" aria-label=\"")));
        assert!(is_named, "{drawing}");
    }
    for link in between(&html, "<a ", "</a>") {
        let named = link.contains("aria-label=") || link.contains("alt=") || link.contains("<rect");
        assert!(named || !text(&format!("<a {link}")).is_empty(), "{link}");
    }
    assert!(html.contains("<a class=\"skip\" href=\"#people\">"));
}

#[test]
fn a_page_without_faces_shows_none_and_one_with_few_shows_few() {
    let folder = crowd(3, 6);
    let write =
        |options| fs::read_to_string(report::write(folder.path(), options).unwrap()).unwrap();
    let bare = write(Options { faces: false, ..Options::default() });
    assert_eq!(bare.matches("data:image").count(), 0);
    assert!(bare.contains("Zo\u{eb}") && bare.contains("<rect"));
    let few = write(Options { images: Some(2), ..Options::default() });
    let each = between(&few, "<article", "</article>");
    assert!(each.iter().all(|person| person.matches("data:image").count() <= 2));
    assert!(each.iter().any(|person| person.matches("data:image").count() == 2));
    assert!(few.len() < write(Options::default()).len());
}

#[test]
fn every_table_is_written_as_csv_and_as_json() {
    let folder = crowd(3, 6);
    let tables = folder.path().join("tables");
    let count = report::write_tables(folder.path(), &tables).unwrap();
    let all: serde_json::Value =
        serde_json::from_slice(&fs::read(tables.join("tables.json")).unwrap()).unwrap();
    let all = all.as_object().unwrap();
    assert_eq!(all.len(), count);
    for (name, rows) in all {
        let mut text = csv::Reader::from_path(tables.join(format!("{name}.csv"))).unwrap();
        assert_eq!(text.records().count(), rows.as_array().unwrap().len(), "{name}");
    }
    let people = all["people"].as_array().unwrap();
    assert_eq!(people.iter().filter(|row| row["group"] != "unsure").count(), 6);
    assert!(people.iter().any(|row| row["name"] == "Zo\u{eb}" || row["group"] == "Zo\u{eb}"));
    let stretches = all["appearances"].as_array().unwrap();
    assert!(stretches.iter().all(|row| row["end"].as_f64() >= row["start"].as_f64()));
    assert_eq!(all["videos"].as_array().unwrap().len(), 6 / 2);
}
