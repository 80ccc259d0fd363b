// SPDX-License-Identifier: MIT OR Apache-2.0
//! What others on the machine, other pages in the browser, and hostile datasets try.
#![allow(clippy::unwrap_used)]

use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::time::{Duration, Instant};

use dataset::Layout;
use review::Limits;
use serde_json::json;
use tempfile::TempDir;

use crate::fixture::{Cast, Server, result, write};

fn server() -> (TempDir, Server) {
    let folder = result(&Cast::default());
    let server = Server::over(&folder);
    (folder, server)
}

/// Changes the lines of a dataset as somebody would who sends it to another person.
fn change_lines(out: &Path, change: impl Fn(&str) -> String) {
    let lines = Layout::new(out).lines();
    let text = fs::read_to_string(&lines).unwrap();
    fs::write(&lines, change(&text)).unwrap();
}

#[test]
fn a_wrong_token_opens_nothing() {
    let (_folder, server) = server();
    let wrong = "0".repeat(32);
    for path in ["/", "/0/", &format!("/{wrong}/"), &format!("/{wrong}/0/"), "/favicon.ico"] {
        let answer = server.ask("GET", path, &[], "");
        assert_eq!(answer.status, 403, "{path}");
        assert!(answer.body.contains("facegroup review"), "{path}: how to go on");
        assert!(!answer.body.contains(&server.token));
    }
    let said = json!({ "action": { "do": "name", "person": "0", "name": "Eve" } }).to_string();
    let answer = server.ask("POST", &format!("/{wrong}/0/say"), &[], &said);
    assert_eq!(answer.status, 403);
    assert!(!server.get("").body.contains("Eve"));
}

#[test]
fn another_host_header_is_refused() {
    let (_folder, server) = server();
    let page = format!("/{}/0/", server.token);
    let port = server.port;
    for host in [
        "evil.example".to_owned(),
        format!("evil.example:{port}"),
        format!("127.0.0.1:{}", port ^ 1),
        "127.0.0.1".to_owned(),
        format!("127.0.0.1.evil.example:{port}"),
        String::new(),
    ] {
        let answer = server.ask("GET", &page, &[("host", &host)], "");
        assert!([421, 400].contains(&answer.status), "{host}: {answer:?}");
        assert!(!answer.body.contains("Person"), "{host}");
    }
    assert_eq!(server.ask("GET", &page, &[("host", &format!("localhost:{port}"))], "").status, 200);
}

#[test]
fn other_sites_have_no_say() {
    let (_folder, server) = server();
    let path = format!("/{}/0/say", server.token);
    let said = json!({ "action": { "do": "name", "person": "0", "name": "Eve" } }).to_string();
    let own = format!("http://127.0.0.1:{}", server.port);
    for (line, status) in [
        (("content-type", "text/plain"), 415),
        (("content-type", "application/x-www-form-urlencoded"), 415),
        (("content-type", "multipart/form-data; boundary=application/json"), 415),
        (("origin", "https://evil.example"), 403),
        (("origin", "null"), 403),
        (("origin", &format!("{own}.evil.example")), 403),
        (("sec-fetch-site", "cross-site"), 403),
        (("sec-fetch-site", "same-site"), 403),
    ] {
        let answer = server.ask("POST", &path, &[line], &said);
        assert_eq!(answer.status, status, "{line:?}");
    }
    for method in ["PUT", "DELETE", "OPTIONS", "PATCH"] {
        let answer = server.ask(method, &path, &[("origin", "https://evil.example")], &said);
        assert_eq!(answer.status, 405, "{method}");
        assert!(!answer.head.contains("access-control"), "{method}");
    }
    // A link or a form of another site is a GET, which changes nothing.
    for name in ["say", "undo", "redo", "group", "file", "add-face", "skip"] {
        assert_eq!(server.get(name).status, 405, "{name}");
    }
    assert!(!server.get("").body.contains("Eve"));
    let lines = [("origin", own.as_str()), ("sec-fetch-site", "same-origin")];
    assert_eq!(server.ask("POST", &path, &lines, &said).status, 200);
    assert!(server.get("").body.contains("Eve"));
}

#[test]
fn every_answer_is_sealed() {
    let (_folder, server) = server();
    let wrong = server.ask("GET", "/x", &[], "");
    for answer in [server.get(""), server.get("face/0"), server.get("nothing"), wrong] {
        for line in [
            "content-security-policy: default-src 'none'",
            "referrer-policy: no-referrer",
            "x-content-type-options: nosniff",
            "cross-origin-resource-policy: same-origin",
            "cache-control: ",
        ] {
            assert!(answer.head.contains(line), "{line}: {}", answer.head);
        }
        assert!(!answer.head.contains("unsafe-inline"));
    }
    let page = server.get("");
    assert!(page.head.contains("cache-control: no-store"));
    // What the policy forbids is not on the page.
    for part in page.body.split('<') {
        let inline = part.starts_with("script") && !part.contains("src=");
        assert!(!inline && !part.starts_with("style") && !part.contains(" style="), "{part}");
        assert!(!part.contains(" onclick") && !part.contains("http://"), "{part}");
    }
}

#[test]
fn paths_lead_nowhere_else() {
    let (folder, server) = server();
    fs::write(folder.path().join("secret.txt"), "secret").unwrap();
    for path in [
        "face/../../../secret.txt",
        "face/..%2f..%2fsecret.txt",
        "face/%2e%2e/%2e%2e/secret.txt",
        "face/-1",
        "face/99999999999999999999",
        "face/faces%2F0%2F000000_0.jpg",
        "film/../../secret.txt",
        "film/7",
        "frame/0/../../../secret.txt?pts=0",
        "frame/9/0?pts=0",
        "../files/..%2f..%2fsecret.txt",
        "person?name=../../secret.txt",
        "run.json",
        "corrections.jsonl",
    ] {
        let answer = server.get(path);
        assert!([400, 404].contains(&answer.status), "{path}: {answer:?}");
        assert!(!answer.body.contains("secret\n") && answer.body != "secret", "{path}");
    }
    let absolute = server.raw(
        format!(
            "GET /{}/0//etc/passwd HTTP/1.1\r\nhost: 127.0.0.1:{}\r\nconnection: close\r\n\r\n",
            server.token, server.port
        )
        .as_bytes(),
    );
    assert!(absolute.starts_with("HTTP/1.1 404"), "{absolute}");
}

#[test]
fn lines_that_name_other_files_show_none() {
    let folder = result(&Cast::default());
    let out = folder.path().join("out");
    let secret = folder.path().join("secret.jpg");
    image::RgbImage::new(50, 50).save(&secret).unwrap();
    let first = "faces/0/000000_0.jpg";
    for file in [
        "../secret.jpg",
        secret.to_str().unwrap(),
        "faces/../../secret.jpg",
        "faces/0/../../../secret.jpg",
        "run.json",
    ] {
        change_lines(&out, |text| text.replacen(first, file, 1));
        let server = Server::over(&folder);
        assert_eq!(server.get("face/0").status, 404, "{file}");
        assert_eq!(server.get("").status, 200, "{file}");
        server.stop().unwrap();
        change_lines(&out, |text| text.replacen(file, first, 1));
    }
    let server = Server::over(&folder);
    assert_eq!(server.get("face/0").status, 200);
}

#[test]
fn links_out_of_the_dataset_are_not_followed() {
    let folder = result(&Cast::default());
    let out = folder.path().join("out");
    let secret = folder.path().join("secret.jpg");
    image::RgbImage::new(50, 50).save(&secret).unwrap();
    let picture = out.join("faces/0/000000_0.jpg");
    fs::remove_file(&picture).unwrap();
    std::os::unix::fs::symlink(&secret, &picture).unwrap();
    let server = Server::over(&folder);
    assert_eq!(server.get("face/0").status, 404);
    server.stop().unwrap();
    // The whole folder is one.
    fs::remove_file(&picture).unwrap();
    let away = folder.path().join("away");
    fs::rename(out.join("faces"), &away).unwrap();
    std::os::unix::fs::symlink(&away, out.join("faces")).unwrap();
    let server = Server::over(&folder);
    assert_eq!(server.get("face/4").status, 404);
}

#[test]
fn too_much_at_once_is_refused() {
    let (_folder, server) = server();
    let long = format!("{{\"action\": \"{}\"}}", "x".repeat(3 << 20));
    // The server may hang up before all was sent.
    let answer = server.ask("POST", &format!("/{}/0/say", server.token), &[], &long);
    assert!([413, 0].contains(&answer.status), "{}", answer.head);
    let announced = [("content-length", "99999999999")];
    let answer = server.ask("POST", &format!("/{}/0/say", server.token), &announced, "{}");
    assert!([413, 408].contains(&answer.status), "{}", answer.head);
    let head = format!(
        "GET /{}/0/ HTTP/1.1\r\nhost: 127.0.0.1:{}\r\nx: {}\r\n\r\n",
        server.token,
        server.port,
        "y".repeat(1 << 20)
    );
    let answer = server.raw(head.as_bytes());
    assert!(answer.starts_with("HTTP/1.1 431") || answer.is_empty(), "{answer}");
    assert_eq!(server.get("").status, 200);
}

#[test]
fn what_is_no_statement_is_refused() {
    let (folder, server) = server();
    for said in [
        json!({}),
        json!([]),
        json!({ "action": { "do": "format", "disk": "c" } }),
        json!({ "action": { "do": "name", "person": "nobody", "name": "Eve" } }),
        json!({ "action": { "do": "name", "person": "0", "name": "///" } }),
        json!({ "action": { "do": "not-a-face", "faces": [123_456] } }),
        json!({ "action": { "do": "move", "faces": [], "to": "0" } }),
        json!({ "action": { "do": "cover", "face": -1 } }),
    ] {
        let answer = server.post("say", &said);
        assert!((400..500).contains(&answer.status), "{said}: {answer:?}");
        assert!(!answer.json()["error"].as_str().unwrap().is_empty());
    }
    for drawn in [
        json!({ "video": 0, "frame": 0, "box": [0, 0, 0, 0] }),
        json!({ "video": 5, "frame": 0, "box": [0, 0, 9, 9] }),
        json!({ "video": 0, "frame": 0, "box": [0, 0, 9] }),
    ] {
        assert!((400..500).contains(&server.post("add-face", &drawn).status), "{drawn}");
    }
    assert!(!folder.path().join("out/corrections.jsonl").exists());
}

#[test]
fn names_with_markup_are_text() {
    let folder = tempfile::tempdir().unwrap();
    let film = folder.path().join("<img src=x onerror=alert(1)> \"&.mkv");
    fs::write(&film, "film").unwrap();
    write(&folder.path().join("out"), &film, &Cast::default());
    let server = Server::over(&folder);
    let hostile = "<script>alert(1)<\u{2044}script> \" onload=\"x";
    let said = json!({ "action": { "do": "name", "person": "0", "name": hostile }, "cards": true });
    let answer = server.post("say", &said);
    assert_eq!(answer.status, 200, "{answer:?}");
    let changed = answer.json();
    let cards: Vec<String> = changed["cards"]
        .as_object()
        .unwrap()
        .values()
        .filter_map(|card| card.as_str().map(str::to_owned))
        .collect();
    assert_eq!(cards.len(), 1, "{changed}");
    let person = server.get("person?name=1").body;
    let moment = server.get("moment?face=0").body;
    for page in [&cards[0], &server.get("").body, &person, &moment, &server.get("queue").body] {
        assert!(!page.contains("<script>") && !page.contains("<img src=x"), "{page}");
        assert!(!page.contains("\" onload=\"x"), "{page}");
    }
    assert!(moment.contains("onerror"), "the film is named");
}

#[test]
fn a_slow_client_is_left_and_holds_nobody_up() {
    let folder = result(&Cast::default());
    let short = Duration::from_millis(400);
    let limits = Limits { head: short, body: short, ..Limits::default() };
    let server = Server::start(&[folder.path().join("out")], limits);
    let connect = || {
        let stream = TcpStream::connect(("127.0.0.1", server.port)).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        stream
    };
    let begun = Instant::now();
    let mut heads: Vec<TcpStream> = (0..20).map(|_| connect()).collect();
    for stream in &mut heads {
        stream.write_all(b"GET / HTTP/1.1\r\nhost: ").unwrap();
    }
    let mut body = connect();
    let head = format!(
        "POST /{}/0/say HTTP/1.1\r\nhost: 127.0.0.1:{}\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{{",
        server.token, server.port
    );
    body.write_all(head.as_bytes()).unwrap();
    assert_eq!(server.get("").status, 200, "others are served meanwhile");
    let mut said = String::new();
    let _ = body.read_to_string(&mut said);
    assert!(said.starts_with("HTTP/1.1 408"), "{said}");
    for stream in &mut heads {
        let mut rest = Vec::new();
        // Closed, with or without a word.
        let _ = stream.read_to_end(&mut rest);
    }
    assert!(begun.elapsed() < Duration::from_secs(15), "{:?}", begun.elapsed());
    server.stop().unwrap();
}
