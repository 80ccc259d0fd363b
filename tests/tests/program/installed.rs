// SPDX-License-Identifier: MIT OR Apache-2.0
//! The plugins as files: installed, beside OpenCV's of the same name, and looked at by GStreamer's own tools.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::path::{Path, PathBuf};
use std::process::Command;

use facegroup_tests::plugins::{PLUGINS, Plugins, file};
use facegroup_tests::{existing, program, skip, text};

const ELEMENTS: [&str; 6] =
    ["facedetect", "facetrack", "facecrop", "faceembed", "facemask", "facesink"];

/// What gst-inspect-1.0 says with these plugin folders, and a registry of their own.
struct Inspect {
    path: String,
    registry: PathBuf,
}

impl Inspect {
    fn new(folders: &[&Path], registry: &Path) -> Self {
        let path: Vec<_> = folders.iter().map(|f| f.display().to_string()).collect();
        Self { path: path.join(":"), registry: registry.to_owned() }
    }

    fn said(&self, arguments: &[&str]) -> String {
        let mut command = Command::new("gst-inspect-1.0");
        command
            .args(arguments)
            .env("GST_PLUGIN_PATH", &self.path)
            .env("GST_REGISTRY", &self.registry);
        text(&command.output().unwrap())
    }

    /// The file an element comes from; `None` where there is no such element.
    fn owner(&self, element: &str) -> Option<PathBuf> {
        let said = self.said(&[element]);
        let line = said.lines().find(|line| line.trim().starts_with("Filename"))?;
        Some(PathBuf::from(line.split_whitespace().nth(1)?))
    }

    /// Files that GStreamer could not load.
    fn refused(&self) -> Vec<String> {
        let said = self.said(&["-b"]);
        said.lines().filter(|line| line.contains("libgst")).map(ToOwned::to_owned).collect()
    }
}

#[test]
fn make_install_puts_everything_where_it_is_looked_for() {
    let root = tempfile::tempdir().unwrap();
    let make = |target: &str| {
        let mut make = Command::new("make");
        make.current_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("..")).env_remove("MAKEFLAGS");
        let release = program().parent().unwrap().parent().unwrap().to_owned();
        make.env("CARGO_TARGET_DIR", release).arg(target).arg("PREFIX=/usr");
        make.arg(format!("DESTDIR={}", root.path().display()));
        let output = make.output().unwrap();
        assert!(output.status.success(), "{}", text(&output));
    };
    make("install");
    let pc = root.path().join("usr/lib/pkgconfig");
    let variable = |name: &str| {
        let mut command = Command::new("pkg-config");
        command.env("PKG_CONFIG_PATH", &pc).args([&format!("--variable={name}"), "facegroup"]);
        text(&command.output().unwrap()).trim().to_owned()
    };
    assert_eq!(variable("prefix"), "/usr");
    // GStreamer's own folder, by its own word.
    let plugins = root.path().join(variable("pluginsdir").trim_start_matches('/'));
    let inspect = Inspect::new(&[&plugins], &root.path().join("registry.bin"));
    for element in ELEMENTS {
        let own = inspect.owner(&format!("rs{element}")).expect(element);
        assert!(own.starts_with(&plugins), "{}", own.display());
    }
    assert_eq!(inspect.refused(), [""; 0]);
    for file in [
        "bin/facegroup",
        "share/doc/facegroup/plugins.json",
        "share/doc/facegroup/examples/launch",
        "share/man/man1/facegroup.1",
        "share/bash-completion/completions/facegroup",
        "share/zsh/vendor-completions/_facegroup",
        "share/fish/vendor_completions.d/facegroup.fish",
    ] {
        let made = std::fs::metadata(root.path().join("usr").join(file)).expect(file);
        assert!(made.is_file() && made.len() > 0, "{file}");
    }
    let version = Command::new(root.path().join("usr/bin/facegroup")).arg("--version").output();
    assert!(version.unwrap().status.success());
    make("uninstall");
    let mut left = Command::new("find");
    left.arg(root.path()).args(["-type", "f", "-not", "-name", "registry.bin"]);
    let left = left.output().unwrap();
    assert_eq!(text(&left), "");
}

#[test]
fn the_debian_package_puts_the_plugins_where_gstreamer_of_this_architecture_looks() {
    let tool = Command::new("cargo").args(["deb", "--version"]).output();
    if !tool.is_ok_and(|output| output.status.success()) {
        skip("cargo-deb", "cargo install --locked cargo-deb");
        return;
    }
    let root = tempfile::tempdir().unwrap();
    let package = root.path().join("facegroup.deb");
    let mut make = Command::new("make");
    make.current_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("..")).env_remove("MAKEFLAGS");
    make.env("CARGO_TARGET_DIR", program().parent().unwrap().parent().unwrap());
    // Without building: what is tested is what is packed.
    make.args(["-o", "build", "deb", &format!("DEB=--output {}", package.display())]);
    let output = make.output().unwrap();
    assert!(output.status.success(), "{}", text(&output));
    let said = |tool: &str, arguments: &[&str]| {
        let output = Command::new(tool).args(arguments).output().unwrap();
        assert!(output.status.success(), "{}", text(&output));
        text(&output).trim().to_owned()
    };
    let package = package.to_str().unwrap();
    assert_eq!(said("dpkg-deb", &["--field", package, "Package"]), "facegroup");
    let here = said("dpkg", &["--print-architecture"]);
    assert_eq!(said("dpkg-deb", &["--field", package, "Architecture"]), here);
    let depends = said("dpkg-deb", &["--field", package, "Depends"]);
    assert!(depends.contains("libgstreamer1.0-0"), "{depends}");
    let tree = root.path().join("tree");
    said("dpkg-deb", &["--extract", package, tree.to_str().unwrap()]);
    let plugins = said("pkg-config", &["--variable=pluginsdir", "gstreamer-1.0"]);
    let plugins = tree.join(plugins.trim_start_matches('/'));
    let inspect = Inspect::new(&[&plugins], &root.path().join("registry.bin"));
    for element in ELEMENTS {
        let own = inspect.owner(&format!("rs{element}")).expect(element);
        assert!(own.starts_with(&plugins), "{}", own.display());
    }
    assert_eq!(inspect.refused(), [""; 0]);
    assert!(tree.join("usr/share/doc/facegroup/examples/launch").is_file());
    let version = said(tree.join("usr/bin/facegroup").to_str().unwrap(), &["--version"]);
    assert!(version.starts_with("facegroup "), "{version}");
}

#[test]
fn inspect_finds_every_element_in_its_plugin() {
    let plugins = Plugins::default();
    let inspect = Inspect::new(&[&plugins.folder()], &plugins.folder().join("../own.bin"));
    for plugin in PLUGINS {
        let said = inspect.said(&["--plugin", plugin]);
        assert!(said.contains("MIT/X11"), "{said}");
    }
    for element in ELEMENTS {
        assert!(inspect.owner(element).is_some(), "{element}");
    }
    assert_eq!(inspect.refused(), [""; 0]);
}

/// OpenCV's plugin: installed, or in `FACEGROUP_OPENCV`, a folder that dpkg unpacked
/// gstreamer1.0-opencv and what it needs into (with `LD_LIBRARY_PATH` to match).
fn opencv() -> Option<PathBuf> {
    let mut roots = vec![PathBuf::from("/")];
    roots.extend(std::env::var_os("FACEGROUP_OPENCV").map(PathBuf::from));
    let found = roots.iter().find_map(|root| {
        let folders = std::fs::read_dir(root.join("usr/lib")).ok()?;
        let files = folders.flatten().map(|f| f.path().join("gstreamer-1.0/libgstopencv.so"));
        { files }.find(|file| file.exists())
    });
    if found.is_none() {
        skip("packages", "no OpenCV plugin (apt-get install gstreamer1.0-opencv)");
    }
    found
}

/// Both plugins load in whatever order they are scanned, and both are reachable: ours by `rs…` names
/// always, OpenCV's by its own.
#[test]
fn beside_opencv_nothing_is_refused_and_both_are_reachable() {
    let Some(opencv) = opencv() else { return };
    let plugins = Plugins::default();
    let folder = tempfile::tempdir().unwrap();
    let place = |name: &str, files: &[&Path]| {
        let place = folder.path().join(name);
        std::fs::create_dir(&place).unwrap();
        for file in files {
            std::os::unix::fs::symlink(file, place.join(file.file_name().unwrap())).unwrap();
        }
        place
    };
    let theirs = place("theirs", &[&opencv]);
    let ours: Vec<_> = PLUGINS.map(file).to_vec();
    let mut both: Vec<&Path> = ours.iter().map(PathBuf::as_path).collect();
    both.push(&opencv);
    let together = place("together", &both);
    let orders: [&[&Path]; 3] =
        [&[&plugins.folder(), &theirs], &[&theirs, &plugins.folder()], &[&together]];
    for (turn, folders) in orders.into_iter().enumerate() {
        let inspect = Inspect::new(folders, &folder.path().join(format!("{turn}.bin")));
        assert_eq!(inspect.refused(), [""; 0], "order {turn}");
        let name = |element: &str| {
            let file =
                inspect.owner(element).unwrap_or_else(|| panic!("no {element} in order {turn}"));
            file.file_name().unwrap().to_string_lossy().into_owned()
        };
        assert_eq!(name("rsfacedetect"), "libgstfacedetect.so");
        assert_eq!(name("facetrack"), "libgstfacedetect.so");
        assert_eq!(name("faceblur"), "libgstopencv.so");
        println!("order {turn}: facedetect is that of {}", name("facedetect"));
        // Scanned anew because it is newer: whoever gets the name, both stay reachable.
        let again = folder.path().join(format!("again{turn}"));
        std::fs::create_dir(&again).unwrap();
        std::fs::copy(file("facegroup"), again.join("libgstfacegroup.so")).unwrap();
        let more: Vec<&Path> = [&[again.as_path()], folders].concat();
        let inspect = Inspect::new(&more, &folder.path().join(format!("{turn}.bin")));
        assert_eq!(inspect.refused(), [""; 0], "order {turn} again");
        assert!(inspect.owner("rsfacesink").is_some() && inspect.owner("faceblur").is_some());
    }
}

/// OpenCV's detector attaches regions of interest, which our elements take as they take their own.
#[test]
fn faces_of_opencvs_detector_are_cut_out_and_filed() {
    let Some(opencv) = opencv() else { return };
    let root = opencv.ancestors().nth(5).unwrap();
    let cascade = root.join("usr/share/opencv4/haarcascades/haarcascade_frontalface_default.xml");
    let reel = models::store::home().join("sample-reel.mp4");
    if !cascade.exists() {
        skip("packages", format_args!("no {} (apt-get install opencv-data)", cascade.display()));
        return;
    }
    let Some(reel) = existing("sample-reel", reel) else { return };
    let plugins = Plugins::default();
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out");
    // No library of ours is looked at before OpenCV's: the plain name is theirs.
    let path = format!("{}:{}", opencv.parent().unwrap().display(), plugins.folder().display());
    let line = format!(
        "filesrc location={} ! decodebin ! videorate ! video/x-raw,framerate=1/1 ! videoconvert \
         ! video/x-raw,format=RGB ! facedetect profile={} display=false ! rsfacetrack ! rsfacecrop \
         ! rsfacesink mode=collect location={}",
        reel.display(),
        cascade.display(),
        out.display()
    );
    let mut command = plugins.command("gst-launch-1.0");
    let output =
        command.env("GST_PLUGIN_PATH", path).args(line.split_whitespace()).output().unwrap();
    assert!(output.status.success(), "{}", text(&output));
    let faces = facegroup_tests::faces(&out);
    assert!(faces.len() >= 8, "{}", faces.len());
    assert!(faces.iter().all(|face| face.track.is_some()), "followed by facetrack");
}
