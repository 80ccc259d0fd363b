// SPDX-License-Identifier: MIT OR Apache-2.0
//! What is said over HTTP: it holds, it is told to others, and nothing old is taken for new.
#![allow(clippy::unwrap_used)]

use std::fs;

use serde_json::{Value, json};

use crate::fixture::{Cast, Server, result};

fn name(person: &str, name: &str) -> Value {
    json!({ "do": "name", "person": person, "name": name })
}

fn stamp(server: &Server, person: &str) -> u64 {
    let page = server.get(&format!("person?name={person}")).body;
    let (_, rest) = page.split_once("data-stamp=\"").unwrap();
    rest.split_once('"').unwrap().0.parse().unwrap()
}

#[test]
fn a_name_is_on_disk_before_it_is_said_to_be() {
    let folder = result(&Cast::default());
    let server = Server::over(&folder);
    let answer = server.post("say", &json!({ "action": name("0", "Phoebe") })).json();
    let kept = fs::read_to_string(folder.path().join("out/corrections.jsonl")).unwrap();
    assert!(kept.contains("Phoebe") && kept.ends_with('\n'), "{kept}");
    assert_eq!((&answer["filed"], &answer["version"]), (&json!(false), &json!(1)), "{answer}");
    assert!(answer["undo"].is_string() && answer["redo"].is_null());
    let undone = server.post("undo", &json!({})).json();
    assert!(undone["redo"].is_string(), "{undone}");
    assert!(!server.get("").body.contains("data-title=\"Phoebe\""));
    server.post("redo", &json!({}));
    assert!(server.get("").body.contains("data-title=\"Phoebe\""));
    // The folders follow when it ends.
    assert!(!folder.path().join("out/faces/Phoebe").exists());
    server.stop().unwrap();
    assert!(folder.path().join("out/faces/Phoebe").is_dir());
}

#[test]
fn what_was_said_of_an_old_page_is_refused() {
    let folder = result(&Cast::default());
    let server = Server::over(&folder);
    let (old, other) = (stamp(&server, "0"), stamp(&server, "1"));
    let say = |action: Value, person: &str, stamp: u64| {
        server.post("say", &json!({ "action": action, "stamps": { person: stamp } }))
    };
    assert_eq!(say(name("0", "Ann"), "0", old).status, 200);
    let answer = say(name("0", "Bob"), "0", old);
    assert_eq!(answer.status, 409);
    assert!(answer.json()["error"].as_str().unwrap().contains("elsewhere"));
    let answer = say(json!({ "do": "hide", "person": "Ann", "hidden": true }), "Ann", old);
    assert_eq!(answer.status, 409);
    assert!(!server.get("").body.contains("Bob"));
    // Of somebody else nothing changed.
    assert_eq!(say(name("1", "Bob"), "1", other).status, 200);
}

#[test]
fn what_another_program_did_is_seen_and_no_face_is_mistaken_for_another() {
    let folder = result(&Cast::default());
    let server = Server::over(&folder);
    let out = folder.path().join("out");
    facegroup::group(&out, &grouping::cluster::Options::new(0.6)).unwrap();
    let move_one = json!({ "do": "move", "faces": [0], "to": "1" });
    let answer = server.post("say", &json!({ "action": move_one, "edition": 0 }));
    assert_eq!(answer.status, 409, "{answer:?}");
    let news = server.get("news?since=0").json();
    assert_eq!((&news["all"], &news["edition"]), (&json!(true), &json!(1)), "{news}");
    let answer = server.post("say", &json!({ "action": move_one, "edition": 1 }));
    assert_eq!(answer.status, 200, "{answer:?}");
}

#[test]
fn others_are_told_what_changed() {
    let folder = result(&Cast::default());
    let server = Server::over(&folder);
    let news = |since: u64| server.get(&format!("news?since={since}&cards=true")).json();
    let nothing = news(0);
    assert_eq!((&nothing["version"], &nothing["changed"]), (&json!(0), &json!([])));
    server.post("say", &json!({ "action": name("0", "Ann") }));
    let told = news(0);
    assert_eq!(told["changed"], json!(["0", "Ann"]), "{told}");
    assert!(told["cards"]["0"].is_null() && told["cards"]["Ann"].as_str().unwrap().contains("Ann"));
    assert!(told["text"].as_str().unwrap().contains("Ann"));
    assert_eq!(news(1)["changed"], json!([]));
    // From before the server began, or of another one.
    assert_eq!(news(77)["all"], true);
    let grouped = server.post("group", &json!({})).json();
    assert_eq!(grouped["all"], true);
    assert_eq!(news(1)["all"], true);
    assert!(server.get("").body.contains("Ann"), "grouping again keeps what was said");
}

#[test]
fn a_face_that_was_drawn_reaches_the_hook() {
    let folder = result(&Cast::default());
    let server = Server::over(&folder);
    let drawn = json!({ "video": 0, "frame": 5, "box": [10.5, 20, 30, 40] });
    let answer = server.post("add-face", &drawn);
    assert_eq!(answer.status, 200, "{answer:?}");
    let noted = fs::read_to_string(folder.path().join("out/drawn.json")).unwrap();
    let noted: Value = serde_json::from_str(&noted).unwrap();
    assert_eq!(noted["box"], json!([10.5, 20.0, 30.0, 40.0]));
    assert_eq!(noted["video"], "Some film.mkv");
}

#[test]
fn films_come_in_the_ranges_asked_for() {
    let folder = result(&Cast::default());
    let server = Server::over(&folder);
    let path = format!("/{}/0/film/0", server.token);
    let part = server.ask("GET", &path, &[("range", "bytes=10-19")], "");
    assert_eq!(part.status, 206, "{part:?}");
    assert!(part.head.contains("content-range: bytes 10-19/100000"), "{}", part.head);
    assert_eq!(part.body.as_bytes(), (10..20).collect::<Vec<u8>>());
    assert!(part.head.contains("content-type: video/"), "{}", part.head);
    assert_eq!(server.ask("GET", &path, &[("range", "bytes=200000-")], "").status, 416);
    assert_eq!(server.ask("GET", &path, &[], "").status, 200);
    fs::remove_file(folder.path().join("Some film.mkv")).unwrap();
    assert_eq!(server.ask("GET", &path, &[], "").status, 404);
    let frame = server.get("frame/0/5?pts=0.2");
    assert_eq!(frame.status, 404);
    assert!(frame.json()["error"].as_str().unwrap().contains("Some film.mkv"));
}

#[test]
fn several_datasets_have_a_page_of_their_own() {
    let (a, b) = (result(&Cast::default()), result(&Cast { tracks: &[2, 2], ..Cast::default() }));
    let both = [a.path().join("out"), b.path().join("out")];
    let server = Server::start(&both, review::Limits::default());
    let start = server.ask("GET", &format!("/{}/", server.token), &[], "");
    assert!(start.body.contains("5 people") && start.body.contains("2 people"), "{}", start.body);
    let said = json!({ "action": name("0", "Zoe") }).to_string();
    assert_eq!(server.ask("POST", &format!("/{}/1/say", server.token), &[], &said).status, 200);
    assert!(!server.get("").body.contains("Zoe"));
    assert_eq!(server.ask("GET", &format!("/{}/2/", server.token), &[], "").status, 404);
    server.stop().unwrap();
    assert!(b.path().join("out/faces/Zoe").is_dir() && !a.path().join("out/faces/Zoe").exists());
}
