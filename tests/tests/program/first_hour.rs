// SPDX-License-Identifier: MIT OR Apache-2.0
//! What somebody reads who tries the program for the first time.
#![allow(clippy::unwrap_used)]

use std::fs;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::path::Path;
use std::process::Output;

use facegroup_tests::{existing, facegroup, run, run_ok, text};

/// Runs the program in a folder of its own.
fn run_in(folder: &Path, line: &str) -> Output {
    let words: Vec<&str> = line.split(' ').collect();
    facegroup(&words).current_dir(folder).output().unwrap()
}

/// What it says of a mistake in a line.
fn said(line: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    let output = run_in(folder.path(), line);
    assert_eq!(output.status.code(), Some(2), "{line}: {}", text(&output));
    let left: Vec<_> = fs::read_dir(folder.path()).unwrap().collect();
    assert!(left.is_empty(), "{line}: {left:?}");
    text(&output)
}

/// Answers every call in the same way, as long as the test runs.
fn server(answer: Option<&'static str>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}/film", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        let mut silent = Vec::new();
        for call in listener.incoming() {
            let mut call = call.unwrap();
            match answer {
                Some(answer) => {
                    let _ = call.read(&mut [0; 4096]);
                    let _ = call.write_all(answer.as_bytes());
                }
                // Kept open, and silent.
                None => silent.push(call),
            }
        }
    });
    address
}

#[test]
fn what_was_probably_meant_is_asked() {
    assert!(said("grup out").contains("did you mean facegroup group?"));
    assert!(said("evalute out truth").contains("did you mean facegroup evaluate?"));
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("a.mkv"), "").unwrap();
    for (option, meant) in [("--detector centerfase", "centerface"), ("--embedder sfase", "sface")]
    {
        let output = run_in(folder.path(), &format!("a.mkv {option}"));
        assert!(text(&output).contains(&format!("did you mean {meant}?")), "{}", text(&output));
    }
    assert!(said("-i movie.mkv -s live").contains("facegroup compat v2f -- -i movie.mkv -s live"));
    assert!(said("a.mkv --min-border -5").contains("-5 is not in 0.."));
    assert!(said("a.mkv --every 0").contains("from 1 on"));
}

#[test]
fn a_cause_is_said_once() {
    for line in [
        "gallery nowhere",
        "gallery nowhere.csv",
        "refs inspect nowhere",
        "evaluate nowhere nowhere",
        "export nowhere there",
        "group nowhere",
        "explain nowhere 1",
        "nowhere.mkv",
        "nowhere.txt",
    ] {
        let said = said(line);
        assert!(said.matches("o such file").count() <= 1, "{line}: {said}");
        assert!(said.matches("os error").count() <= 1, "{line}: {said}");
        assert_eq!(said.lines().count(), 1, "{line}: {said}");
    }
}

#[test]
fn dead_names_closed_ports_silence_pages_and_texts_have_words_of_their_own() {
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let page = server(Some(
        "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 40\r\n\r\n\
                            <!DOCTYPE html><html><body>A</body></html>",
    ));
    let gone = server(Some("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"));
    let words = [
        (format!("http://{closed}/film"), "nobody listens"),
        ("http://nobody.invalid/film".into(), "no host of the name nobody.invalid"),
        (server(None), "sends nothing"),
        (page, "is a page and no video"),
        (gone, "is not there"),
    ];
    // One waits for long.
    let mut threads = Vec::new();
    for (address, expected) in words {
        threads.push(std::thread::spawn(move || {
            let said = said(&address);
            assert!(said.contains(expected), "{address}: {said}");
        }));
    }
    for thread in threads {
        thread.join().unwrap();
    }
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("notes.mp4"), "These are notes.\n").unwrap();
    let output = run_in(folder.path(), "notes.mp4");
    assert!(text(&output).contains("notes.mp4: no video in it"), "{}", text(&output));
    assert!(!folder.path().join("out/notes").exists(), "a failed first try left something");
}

/// A part of the program that warns did so in colours, and told its module.
#[test]
fn what_is_redirected_has_no_colours_and_no_module_names() {
    let Some(reel) = existing("sample-reel", models::store::home().join("sample-reel.mp4")) else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out");
    let out = out.to_str().unwrap();
    run_ok(&[reel.to_str().unwrap(), "--keyframes", "-o", out]);
    let truth = folder.path().join("another-name.csv");
    fs::write(&truth, "frame,person,box_x,box_y,box_w,box_h\n0,Ann,9,9,9,9\n").unwrap();
    let output = run(&["evaluate", out, truth.to_str().unwrap()]);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(said.contains("facegroup: the truth another-name is taken to be about"), "{said}");
    assert!(!said.contains('\u{1b}') && !said.contains("::") && !said.contains("WARN"), "{said}");
}

#[test]
fn a_missing_model_names_one_command_that_obtains_all() {
    let home = tempfile::tempdir().unwrap();
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("a.mkv"), "").unwrap();
    let said = |words: &[&str]| {
        let mut command = facegroup(words);
        command.current_dir(folder.path()).env("FACEGROUP_HOME", home.path());
        text(&command.env_remove("ORT_DYLIB_PATH").output().unwrap())
    };
    let all = said(&["a.mkv", "--confirm-detector", "mtcnn", "--embedder", "sface,dlib-resnet"]);
    let command = "run `facegroup models get --default dlib-resnet mtcnn`";
    assert!(all.contains("ONNX Runtime") && all.contains(command), "{all}");
    assert_eq!(all.lines().count(), 1, "{all}");
    // One whose licence asks for a word keeps nobody from the others.
    let mirror = tempfile::tempdir().unwrap();
    let mut get = facegroup(&["models", "get", "edgeface-xs", "anime-histograms"]);
    let get = get.env("FACEGROUP_HOME", home.path()).env("FACEGROUP_MODELS_MIRROR", mirror.path());
    let output = get.output().unwrap();
    assert_eq!(output.status.code(), Some(1), "{}", text(&output));
    assert!(text(&output).contains("anime-histograms: needs no file"), "{}", text(&output));
    assert!(text(&output).trim_end().ends_with("to say that you may use it"), "{}", text(&output));
}
