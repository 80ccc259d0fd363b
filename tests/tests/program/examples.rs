// SPDX-License-Identifier: MIT OR Apache-2.0
//! The examples run as they stand, with the plugins loaded as files.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use facegroup_tests::plugins::{Plugins, Running, has};
use facegroup_tests::{check_dataset, existing, faces, program, text};

/// Debian's Python: the packages that the examples name are for that one.
const PYTHON: &str = "/usr/bin/python3";
const LONG: Duration = Duration::from_secs(300);

fn example(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples").join(name)
}

/// The sample reel; made by set-up together with the models that the examples use.
fn reel() -> Option<PathBuf> {
    existing("sample-reel", models::store::home().join("sample-reel.mp4"))
}

/// Waits until so many faces are written, by a program that goes on meanwhile; `said` is what it printed.
fn wait_for_faces(running: &mut Running, out: &Path, count: usize, said: impl Fn() -> String) {
    let started = Instant::now();
    // Whole lines only: the last may be half written.
    let written = || {
        let lines = std::fs::read(out.join("faces.jsonl")).unwrap_or_default();
        lines.iter().filter(|byte| **byte == b'\n').count()
    };
    while written() < count {
        let ended = running.child().try_wait().unwrap();
        assert!(ended.is_none(), "ended by itself: {ended:?}: {}", said());
        assert!(started.elapsed() < LONG, "{} faces after {LONG:?}: {}", written(), said());
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// One line of `examples/launch`, looking once a second.
fn launch(plugins: &Plugins, arguments: &[&str]) -> Command {
    let mut command = plugins.command(example("launch"));
    command.args(arguments).env("EVERY", "1000000000").stdout(Stdio::null());
    command
}

fn run(plugins: &Plugins, arguments: &[&str]) {
    let output = launch(plugins, arguments).output().unwrap();
    assert!(output.status.success(), "{arguments:?}: {}", text(&output));
}

#[test]
fn launch_files_the_people_of_a_video_and_hides_them() {
    let Some(reel) = reel() else { return };
    let plugins = Plugins::default();
    let folder = tempfile::tempdir().unwrap();
    let place = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let reel = reel.to_str().unwrap();
    run(&plugins, &["file", reel, &place("out")]);
    check_dataset(Path::new(&place("out")));
    let visible = faces(Path::new(&place("out"))).len();
    assert!(visible >= 8, "{visible}");

    run(&plugins, &["anonymise", reel, &place("hidden.mp4")]);
    run(&plugins, &["file", &place("hidden.mp4"), &place("hidden")]);
    let hidden = faces(Path::new(&place("hidden"))).len();
    assert!(hidden * 4 <= visible, "{hidden} of {visible} faces are found where all are hidden");

    run(&plugins, &["anonymise", reel, &place("kept.mp4"), &place("out")]);
    run(&plugins, &["file", &place("kept.mp4"), &place("kept")]);
    let kept = faces(Path::new(&place("kept"))).len();
    assert!(kept * 4 >= visible * 3, "{kept} of {visible} faces are left where all are known");
}

#[test]
fn launch_previews_with_boxes() {
    let Some(reel) = reel() else { return };
    let plugins = Plugins::default();
    let mut preview = launch(&plugins, &["preview", reel.to_str().unwrap()]);
    preview.env("GST_DEBUG", "facedetect:6").env("GST_DEBUG_NO_COLOR", "1");
    let output = preview.env("SINK", "fakesink").output().unwrap();
    let said = text(&output);
    assert!(output.status.success(), "{said}");
    // Each frame is reported: what was found and how long it took, or why it was skipped.
    let reported = |what: &str| said.lines().filter(|line| line.contains(what)).count();
    assert!(reported(" faces in ") >= 8, "{said}");
    assert!(reported("skipped: its turn has not come") > reported(" faces in "), "{said}");
}

#[test]
fn a_camera_ends_with_ctrl_c_and_its_faces_are_grouped() {
    if reel().is_none() {
        return;
    }
    let plugins = Plugins::default();
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out");
    let mut command = launch(&plugins, &["camera", out.to_str().unwrap()]);
    let mut running = Running::start(&mut command);
    // The dataset is opened when the first frame is through.
    while !out.join("run.json").exists() {
        assert!(running.child().try_wait().unwrap().is_none(), "ended by itself");
        std::thread::sleep(Duration::from_millis(50));
    }
    running.interrupt();
    assert!(running.end(LONG).success());
    assert!(out.join("groups.json").exists() && out.join("report.html").exists());
}

/// Without `-e` no EOS comes; what came is grouped all the same.
#[test]
fn ctrl_c_in_the_middle_of_a_film_groups_what_came() {
    let Some(reel) = reel() else { return };
    let plugins = Plugins::default();
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out");
    let line = format!(
        "filesrc location={} ! decodebin ! video/x-raw ! rsfacedetect interval=200000000 \
         ! facetrack ! faceembed ! facecrop ! facesink sync=true location={}",
        reel.display(),
        out.display()
    );
    let mut command = plugins.command("gst-launch-1.0");
    let mut running = Running::start(command.args(line.split_whitespace()).stdout(Stdio::null()));
    wait_for_faces(&mut running, &out, 3, String::new);
    running.interrupt();
    running.end(LONG);
    check_dataset(&out);
    assert!(out.join("groups.json").exists());
}

#[test]
fn a_network_camera_and_a_live_channel_play_over_loopback() {
    let Some(reel) = reel() else { return };
    let plugins = Plugins::default();
    let folder = tempfile::tempdir().unwrap();
    if has(
        PYTHON,
        &["-c", "import gi; gi.require_version('GstRtspServer', '1.0')"],
        "gir1.2-gst-rtsp-server-1.0 python3-gi",
    ) {
        let mut server = plugins.command(PYTHON);
        // What the server's library thinks of a client that goes is not ours to judge.
        server.env_remove("G_DEBUG");
        server.arg(example("rtsp_server.py")).arg(&reel).arg("0").stdout(Stdio::piped());
        let mut server = Running::start(&mut server);
        let mut address = String::new();
        let talk = server.child().stdout.take().unwrap();
        BufReader::new(talk).read_line(&mut address).unwrap();
        let out = folder.path().join("rtsp");
        let mut client = launch(&plugins, &["rtsp", address.trim(), out.to_str().unwrap()]);
        let talk = folder.path().join("talk");
        // Nor is what rtspsrc thinks of being stopped.
        client.env_remove("G_DEBUG").stderr(std::fs::File::create(&talk).unwrap());
        let mut client = Running::start(&mut client);
        let said = || std::fs::read_to_string(&talk).unwrap();
        wait_for_faces(&mut client, &out, 1, said);
        client.interrupt();
        let end = client.end(LONG);
        assert!(end.success(), "{end}: {}", said());
        check_dataset(&out);
    }

    let channel = folder.path().join("channel");
    std::fs::create_dir(&channel).unwrap();
    let mut make = plugins.command("gst-launch-1.0");
    let segments = format!("location={}/%05d.ts", channel.display());
    let list = format!("playlist-location={}/list.m3u8", channel.display());
    make.args([
        "filesrc",
        &format!("location={}", reel.display()),
        "!",
        "qtdemux",
        "!",
        "h264parse",
    ])
    .args([
        "!",
        "hlssink2",
        "playlist-length=0",
        "max-files=0",
        "target-duration=5",
        &segments,
        &list,
    ]);
    make.stdout(Stdio::null());
    // GStreamer's own muxers and sinks only, and in 1.26 they now and then do not come to their end.
    let minute = Duration::from_secs(60);
    let made = |_| Running::start(&mut make).ended(minute).is_some_and(|status| status.success());
    assert!((0..3).any(made), "no channel was made");
    let mut server = Command::new("python3");
    server
        .args(["-u", "-m", "http.server", "0", "--bind", "127.0.0.1", "--directory"])
        .arg(&channel)
        .stdout(Stdio::piped())
        .stderr(Stdio::null());
    let mut server = Running::start(&mut server);
    let mut line = String::new();
    BufReader::new(server.child().stdout.take().unwrap()).read_line(&mut line).unwrap();
    let port: String =
        line.split("port ").nth(1).unwrap().chars().take_while(char::is_ascii_digit).collect();
    let out = folder.path().join("hls");
    let address = format!("http://127.0.0.1:{port}/list.m3u8");
    // A client that hangs is a failure, and says what it was at.
    let talk = folder.path().join("hls-talk");
    let mut client = launch(&plugins, &["hls", &address, out.to_str().unwrap()]);
    client.stderr(std::fs::File::create(&talk).unwrap());
    let end = Running::start(&mut client).end(LONG);
    assert!(end.success(), "{end}: {}", std::fs::read_to_string(&talk).unwrap());
    check_dataset(&out);
    assert!(faces(&out).len() >= 8, "{}", faces(&out).len());
}

#[test]
fn python_draws_names_and_prints_messages() {
    let Some(reel) = reel() else { return };
    // ValueArray is of the overrides that python3-gst-1.0 brings.
    let imports = "import gi; gi.require_version('Gst', '1.0'); from gi.repository import Gst; \
        Gst.ValueArray; gi.require_foreign('cairo')";
    if !has(PYTHON, &["-c", imports], "python3-gst-1.0 python3-gi-cairo") {
        return;
    }
    let plugins = Plugins::default();
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out");
    run(&plugins, &["file", reel.to_str().unwrap(), out.to_str().unwrap()]);
    let mut names = plugins.command(PYTHON);
    // PyGObject itself is not free of criticals.
    names.env_remove("G_DEBUG").arg(example("names.py")).args([&reel, &out]).arg("fakesink");
    let output = names.output().unwrap();
    assert!(output.status.success(), "{}", text(&output));
    let said = text(&output);
    assert!(said.contains("s: 1 faces") && said.contains("s: track-started"), "{said}");
    // The folders are called 0, 1, …
    assert!(said.lines().any(|line| line.starts_with("names: 0, 1")), "{said}");
}

#[test]
fn c_prints_faces_and_groups() {
    let Some(reel) = reel() else { return };
    let plugins = Plugins::default();
    let folder = tempfile::tempdir().unwrap();
    let binary = folder.path().join("messages");
    let flags = Command::new("pkg-config").args(["--cflags", "--libs", "gstreamer-1.0"]).output();
    let flags = String::from_utf8(flags.unwrap().stdout).unwrap();
    let mut compile = Command::new("cc");
    compile.args(["-Wall", "-Wextra", "-Werror"]).arg(example("messages.c")).arg("-o").arg(&binary);
    let output = compile.args(flags.split_whitespace()).output().unwrap();
    assert!(output.status.success(), "{}", text(&output));
    let out = folder.path().join("out");
    let output = plugins.command(&binary).args([&reel, &out]).output().unwrap();
    assert!(output.status.success(), "{}", text(&output));
    let said = text(&output);
    assert!(said.contains(" at ") && said.contains(" people: "), "{said}");
    check_dataset(&out);
}

#[test]
fn rust_receives_embeddings() {
    let Some(reel) = reel() else { return };
    let binary = program().with_file_name("examples").join("embeddings");
    assert!(binary.exists(), "{} is missing: cargo build --examples first", binary.display());
    let output = Command::new(binary).arg(&reel).output().unwrap();
    assert!(output.status.success(), "{}", text(&output));
    let said = text(&output);
    let count: usize = said.split(' ').next().unwrap().parse().unwrap();
    assert!(count >= 8 && said.contains("most alike"), "{said}");
}
