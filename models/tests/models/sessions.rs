// SPDX-License-Identifier: MIT OR Apache-2.0
//! Opening networks: own files, broken files, devices that are not there. The networks are synthetic
//! here and have a node or three.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::path::Path;

use image::{Rgb, RgbImage};
use imaging::Detection;
use imaging::frame::FrameView;
use imaging::geometry::Rect;
use models::catalogue::Kind;
use models::onnx::{Attribute, Dimension, GraphBuilder};
use models::runtime::{self, Device};
use models::store::ModelFile;
use models::{Detector, DetectorOptions, Embedder, EmbedderOptions, ModelError};

fn file(path: &Path, kind: Kind) -> ModelFile {
    let id = "synthetic".to_owned();
    ModelFile {
        id,
        path: path.to_owned(),
        kind,
        sha256: String::new(),
        entry: None,
        parts: Vec::new(),
        weight: 1.0,
    }
}

fn has_runtime() -> bool {
    testkit::have("runtime", runtime::init()).is_some()
}

/// The mean of each colour over the picture; `batch` is a number or a name.
fn mean_colour(directory: &Path, batch: Option<i64>) -> ModelFile {
    let batch = batch.map_or_else(|| "n".into(), Into::into);
    let mut graph = GraphBuilder::new("mean_colour");
    graph.input("x", &[batch, 3.into(), 112.into(), 112.into()]);
    let mean = graph.node("GlobalAveragePool", &["x"], &[]);
    graph.node_to("Flatten", &[&mean], &[], "y");
    graph.output("y", &["m".into(), 3.into()]);
    let path = directory.join("mean.onnx");
    std::fs::write(&path, graph.finish()).unwrap();
    file(&path, Kind::ArcFace)
}

/// Output = input, of the given dimensions.
fn identity(directory: &Path, input: &[i64], kind: Kind) -> ModelFile {
    let dims: Vec<_> = input.iter().map(|&d| d.into()).collect();
    let mut graph = GraphBuilder::new("identity");
    graph.input("x", &dims);
    graph.node_to("Relu", &["x"], &[], "y");
    graph.output("y", &dims);
    let path = directory.join("identity.onnx");
    std::fs::write(&path, graph.finish()).unwrap();
    file(&path, kind)
}

/// A network made for drawn faces takes the box as it is, stretched to whatever its file says.
#[test]
fn own_embedder_of_boxes_sees_the_box_alone() {
    if !has_runtime() {
        return;
    }
    let directory = tempfile::tempdir().unwrap();
    let mut graph = GraphBuilder::new("mean_colour");
    graph.input("x", &["n".into(), 3.into(), 64.into(), 48.into()]);
    let mean = graph.node("GlobalAveragePool", &["x"], &[]);
    graph.node_to("Flatten", &[&mean], &[], "y");
    graph.output("y", &["m".into(), 3.into()]);
    let path = directory.path().join("boxes.onnx");
    std::fs::write(&path, graph.finish()).unwrap();
    let embedder = Embedder::open(&EmbedderOptions::new(file(&path, Kind::Crop))).unwrap();
    let mut picture = RgbImage::from_pixel(300, 200, Rgb([9, 200, 90]));
    let bbox = Rect { x: 40.0, y: 20.0, width: 120.0, height: 60.0 };
    for (x, y, pixel) in picture.enumerate_pixels_mut() {
        if (40..160).contains(&x) && (20..80).contains(&y) {
            *pixel = if x < 100 { Rgb([255, 0, 0]) } else { Rgb([255, 0, 255]) };
        }
    }
    let face = Detection { bbox, landmarks: None, score: 1.0 };
    let chip = embedder.chip(&FrameView::from_rgb(&picture), &face).unwrap();
    assert_eq!((chip.picture().unwrap().dimensions(), embedder.chip_size()), ((48, 64), 64));
    let vectors: Vec<_> =
        embedder.embed(&[chip]).unwrap().into_iter().map(|one| one.values).collect();
    // Red everywhere, no green, blue in half of it: 1, -1, 0 before it is brought to length 1.
    let [red, green, blue] = vectors[0][..] else { unreachable!() };
    let length = 2f32.sqrt();
    assert!((red * length - 1.0).abs() < 0.01 && (green * length + 1.0).abs() < 0.01);
    assert!(blue.abs() < 0.02, "{blue}");
}

#[test]
fn own_embedder_runs_in_any_batch() {
    if !has_runtime() {
        return;
    }
    let directory = tempfile::tempdir().unwrap();
    let colours = [[255, 0, 127], [255, 255, 255], [0, 40, 90]];
    let chips = colours.map(|colour| RgbImage::from_pixel(112, 112, Rgb(colour)).into());
    for batch in [None, Some(1), Some(2)] {
        let model = mean_colour(directory.path(), batch);
        for flip in [Some(false), Some(true)] {
            let options = EmbedderOptions { flip, ..EmbedderOptions::new(model.clone()) };
            let embedder = Embedder::open(&options).unwrap();
            assert_eq!((embedder.dimensions(), embedder.device()), (3, "cpu"));
            let vectors: Vec<_> =
                embedder.embed(&chips).unwrap().into_iter().map(|one| one.values).collect();
            assert_eq!(vectors.len(), chips.len());
            for (vector, colour) in vectors.iter().zip(colours) {
                let raw = colour.map(|c| (f32::from(c) - 127.5) / 127.5);
                let length = raw.iter().map(|v| v * v).sum::<f32>().sqrt();
                let fits = vector.iter().zip(raw).all(|(v, r)| (v - r / length).abs() < 1e-5);
                assert!(fits, "{vector:?} of {colour:?}, batch {batch:?}");
            }
            assert!(embedder.embed(&[]).unwrap().is_empty());
        }
        // Another batch is another file.
        std::fs::remove_file(&model.path).unwrap();
    }
}

#[test]
fn chips_of_another_size_are_errors() {
    if !has_runtime() {
        return;
    }
    let directory = tempfile::tempdir().unwrap();
    let embedder =
        Embedder::open(&EmbedderOptions::new(mean_colour(directory.path(), None))).unwrap();
    let error = embedder.embed(&[RgbImage::new(112, 111).into()]).unwrap_err().to_string();
    assert!(error.contains("(112, 111)") && error.contains("(112, 112)"), "{error}");
}

#[test]
fn networks_of_another_shape_are_refused_by_name() {
    if !has_runtime() {
        return;
    }
    let directory = tempfile::tempdir().unwrap();
    let detector = |model| match Detector::open(&DetectorOptions::new(model)) {
        Err(error @ ModelError::Corrupt { .. }) => error.to_string(),
        other => panic!("{other:?}"),
    };
    for (input, kind, words) in [
        (&[1, 3, 64, 64][..], Kind::CenterFace, "1 outputs, expected 4"),
        (&[1, 3, 64, 64], Kind::YuNet, "1 outputs, expected 12"),
        (&[1, 3, 64, 64], Kind::Scrfd, "1 outputs, expected 9"),
        (&[1, 4, 64, 64], Kind::CenterFace, "expected one input f32[N, 3, H, W]"),
        (&[1, 64, 64], Kind::CenterFace, "expected one input f32[N, 3, H, W]"),
    ] {
        let directory = tempfile::tempdir_in(directory.path()).unwrap();
        let error = detector(identity(directory.path(), input, kind));
        assert!(error.contains(words), "{error}");
        assert!(error.contains("identity.onnx"), "{error}");
    }
    let embedder = Embedder::open(&EmbedderOptions::new(identity(
        directory.path(),
        &[1, 3, 64, 64],
        Kind::DlibResnet,
    )));
    let error = embedder.unwrap_err().to_string();
    assert!(error.contains("expected [N, 3, 150, 150]"), "{error}");
}

/// A network of the kind `centerface`: every white spot is a face of one cell. `shared` lets it see the
/// spots of all the pictures that run through together; `pictures` is a number or a name.
fn spots(directory: &Path, pictures: Option<i64>, shared: bool) -> ModelFile {
    let pictures: Dimension = pictures.map_or_else(|| "n".into(), Into::into);
    let mut graph = GraphBuilder::new("spots");
    graph.input("x", &[pictures, 3.into(), "h".into(), "w".into()]);
    let four = Attribute::Ints(&[4, 4]);
    let cells =
        graph.node("AveragePool", &["x"], &[("kernel_shape", four.clone()), ("strides", four)]);
    let all = graph.node("ReduceMax", &[&cells], &[("axes", Attribute::Ints(&[0]))]);
    let seen = if shared { graph.node("Max", &[&cells, &all], &[]) } else { cells };
    for (name, channels, weight) in
        [("heat", 1, 1.0 / 765.0), ("scale", 2, 0.0), ("offset", 2, 0.0), ("points", 10, 0.0)]
    {
        let weights = graph.floats(&[channels, 3, 1, 1], vec![weight; 3 * channels as usize]);
        graph.node_to("Conv", &[&seen, &weights], &[], name);
        graph.output(name, &["m".into(), channels.into(), "r".into(), "c".into()]);
    }
    let path = directory.join(format!("spots{shared}.onnx"));
    std::fs::write(&path, graph.finish()).unwrap();
    file(&path, Kind::CenterFace)
}

/// Pictures of two sizes, the first three of one, each with as many spots as its place in the row.
fn pictures() -> Vec<RgbImage> {
    let sizes = [(128, 64), (128, 64), (128, 64), (64, 64), (128, 64)];
    let picture = |(count, (width, height)): (usize, (u32, u32))| {
        let white = |x: u32, y: u32| y / 4 == 5 && x % 12 < 4 && x / 12 < count as u32;
        RgbImage::from_fn(width, height, |x, y| Rgb([if white(x, y) { 255 } else { 0 }; 3]))
    };
    sizes.into_iter().enumerate().map(picture).collect()
}

fn detect_all(detector: &Detector, pictures: &[RgbImage]) -> Vec<Vec<Detection>> {
    let views: Vec<_> = pictures.iter().map(FrameView::from_rgb).collect();
    let regions: Vec<_> = views.iter().map(|view| (view, whole(view))).collect();
    detector.detect_all(&regions).unwrap()
}

fn whole(view: &FrameView<'_>) -> Rect {
    let (width, height) = view.display_size();
    Rect { x: 0.0, y: 0.0, width, height }
}

#[test]
fn frames_that_run_together_keep_their_own_faces() {
    if !has_runtime() {
        return;
    }
    let directory = tempfile::tempdir().unwrap();
    let open = |pictures, shared| {
        let model = spots(directory.path(), pictures, shared);
        Detector::open(&DetectorOptions::new(model)).unwrap()
    };
    let pictures = pictures();
    let counts = |found: &[Vec<Detection>]| found.iter().map(Vec::len).collect::<Vec<_>>();
    let detector = open(None, false);
    detector.takes_several().unwrap();
    let together = detect_all(&detector, &pictures);
    assert_eq!(counts(&together), [0, 1, 2, 3, 4]);
    let alone: Vec<_> =
        pictures.iter().map(|p| detector.detect(&FrameView::from_rgb(p)).unwrap()).collect();
    assert_eq!(together, alone);
    assert_eq!(detect_all(&detector, &[]), Vec::<Vec<Detection>>::new());
    // The three of one size in a row did run together.
    assert_eq!(counts(&detect_all(&open(None, true), &pictures)), [2, 2, 2, 3, 4]);
    // A file for one picture runs one by one, and says so to who wants more.
    drop(detector);
    let single = open(Some(1), false);
    assert_eq!(detect_all(&single, &pictures), alone);
    let error = single.takes_several().unwrap_err();
    assert!(matches!(error, ModelError::Batch { .. }), "{error}");
    assert!(error.to_string().contains("fixes the number at 1"), "{error}");
}

/// SCRFD's own files leave the number free, and put the anchors of all pictures into one row.
#[test]
fn outputs_of_one_picture_are_told_before_the_first_frame() {
    if !has_runtime() {
        return;
    }
    let directory = tempfile::tempdir().unwrap();
    let mut graph = GraphBuilder::new("rows");
    graph.input("x", &["n".into(), 3.into(), "h".into(), "w".into()]);
    for (name, channels) in [("score", 1), ("box", 4), ("points", 10)] {
        for stride in [8, 16, 32] {
            let pool = Attribute::Ints(&[stride, stride]);
            let cells = [("kernel_shape", pool.clone()), ("strides", pool)];
            let cells = graph.node("AveragePool", &["x"], &cells);
            let weights = graph.floats(&[2 * channels, 3, 1, 1], vec![0.0; 6 * channels as usize]);
            let values = graph.node("Conv", &[&cells, &weights], &[]);
            let shape = graph.ints(&[-1, channels]);
            let output = format!("{name}{stride}");
            graph.node_to("Reshape", &[&values, &shape], &[], &output);
            graph.output(&output, &["m".into(), channels.into()]);
        }
    }
    let path = directory.path().join("rows.onnx");
    std::fs::write(&path, graph.finish()).unwrap();
    let detector = Detector::open(&DetectorOptions::new(file(&path, Kind::Scrfd))).unwrap();
    let error = detector.takes_several().unwrap_err();
    assert!(matches!(error, ModelError::Batch { .. }), "{error}");
    assert!(error.to_string().contains("no part for each of 2 pictures"), "{error}");
}

#[test]
fn a_detector_is_no_embedder() {
    let model = file(Path::new("/nowhere.onnx"), Kind::CenterFace);
    let error = Embedder::open(&EmbedderOptions::new(model)).unwrap_err();
    assert!(matches!(error, ModelError::WrongTask { .. }), "{error}");
    let model = file(Path::new("/nowhere.onnx"), Kind::ArcFace);
    let error = Detector::open(&DetectorOptions::new(model)).unwrap_err();
    assert!(matches!(error, ModelError::WrongTask { .. }), "{error}");
}

#[test]
fn broken_and_missing_files_are_named() {
    if !has_runtime() {
        return;
    }
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("noise.onnx");
    for bytes in [&b""[..], b"not a network", &[0xff; 4096]] {
        std::fs::write(&path, bytes).unwrap();
        let error = Detector::open(&DetectorOptions::new(file(&path, Kind::YuNet))).unwrap_err();
        assert!(matches!(error, ModelError::Corrupt { .. }), "{error}");
        assert!(error.to_string().contains("noise.onnx"), "{error}");
    }
    let missing = directory.path().join("missing.onnx");
    let error = Detector::open(&DetectorOptions::new(file(&missing, Kind::YuNet))).unwrap_err();
    assert!(matches!(error, ModelError::Io { .. }), "{error}");
}

#[test]
fn a_device_that_is_not_there_is_an_error() {
    if !has_runtime() {
        return;
    }
    if Device::Cuda(0).try_out().is_ok() {
        testkit::skip("no-gpu", "this machine has a CUDA device");
        return;
    }
    let directory = tempfile::tempdir().unwrap();
    let mut options = EmbedderOptions::new(mean_colour(directory.path(), None));
    options.device = Device::Cuda(0);
    let error = Embedder::open(&options).unwrap_err();
    assert!(matches!(error, ModelError::Device { .. }), "{error}");
    assert!(error.to_string().contains("cuda:0"), "{error}");
    options.allow_fallback = true;
    assert_eq!(Embedder::open(&options).unwrap().device(), "cpu");
    options.allow_fallback = false;
    options.device = Device::Auto;
    assert_eq!(Embedder::open(&options).unwrap().device(), "cpu");
}
