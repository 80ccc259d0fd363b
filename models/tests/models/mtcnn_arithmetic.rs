// SPDX-License-Identifier: MIT OR Apache-2.0
//! MTCNN's pyramid, suppression and box arithmetic with networks made here, where its own are not
//! installed: what `facenet-pytorch` finds with the same networks in a picture of a few bright spots.
#![allow(clippy::unwrap_used)]

use std::path::Path;

use image::{Rgb, RgbImage};
use imaging::frame::FrameView;
use models::catalogue::Kind;
use models::onnx::{Attribute, Dimension, GraphBuilder};
use models::store::ModelFile;
use models::{Detector, DetectorOptions, runtime};

const WIDTH: u32 = 200;
const HEIGHT: u32 = 150;
/// Middle, radius, and parts of the colours in percent.
const SPOTS: [([i64; 2], i64, [i64; 3]); 4] = [
    ([52, 60], 42, [100, 80, 60]),
    ([141, 44], 24, [70, 100, 90]),
    ([118, 112], 31, [90, 60, 100]),
    ([178, 122], 16, [100, 90, 95]),
];

#[derive(serde::Deserialize)]
struct Recorded {
    faces: Vec<Face>,
}

#[derive(serde::Deserialize)]
struct Face {
    /// Left, top, right, bottom.
    #[serde(rename = "box")]
    bbox: [f32; 4],
    score: f32,
    points: [[f32; 2]; 5],
}

fn recorded() -> Vec<Face> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/mtcnn_arithmetic.json");
    serde_json::from_slice::<Recorded>(&std::fs::read(path).unwrap()).unwrap().faces
}

fn picture() -> RgbImage {
    let picture = RgbImage::from_fn(WIDTH, HEIGHT, |x, y| {
        let mut colour = [12i64; 3];
        for ([left, top], radius, parts) in SPOTS {
            let (distance, radius) =
                ((i64::from(x) - left).pow(2) + (i64::from(y) - top).pow(2), radius * radius);
            if distance < radius {
                let bright = 255 * (radius - distance) / radius;
                for (value, part) in colour.iter_mut().zip(parts) {
                    *value = (*value).max(bright * part / 100);
                }
            }
        }
        Rgb(colour.map(|value| value as u8))
    });
    // The very picture that was looked at.
    assert_eq!(picture.as_raw().iter().map(|v| u64::from(*v)).sum::<u64>(), 4_217_945);
    picture
}

/// Cells that a network looks at, from side to side.
const CELLS: i64 = 3;
/// How much brighter than around it the middle of a face is.
const GAIN: f32 = 6.0;

/// One of the three: pooled to means, then three by three of them for everything it says.
struct Network {
    pool: i64,
    stride: i64,
    /// From one of the means that it looks at to the next.
    dilation: i64,
    bias: f32,
    /// The larger, the less boxes move.
    still: f32,
    points: bool,
}

impl Network {
    fn write(&self, directory: &Path, name: &str) -> ModelFile {
        let mut graph = GraphBuilder::new(name);
        graph.input("x", &["n".into(), 3.into(), "h".into(), "w".into()]);
        let pool = [
            ("kernel_shape", Attribute::Ints(&[self.pool, self.pool])),
            ("strides", Attribute::Ints(&[self.stride, self.stride])),
        ];
        let means = graph.node("AveragePool", &["x"], &pool);
        self.output(&mut graph, &means, "box", (4, 0.0), Self::moves);
        self.output(&mut graph, &means, "score", (2, self.bias), Self::likeness);
        if self.points {
            self.output(&mut graph, &means, "points", (10, 0.5), Self::moves);
        }
        let path = directory.join(format!("{name}.onnx"));
        std::fs::write(&path, graph.finish()).unwrap();
        file(&path, Vec::new())
    }

    /// `bias` is that of every output, of a score's second one only.
    fn output(
        &self,
        graph: &mut GraphBuilder,
        means: &str,
        name: &str,
        (outputs, bias): (i64, f32),
        weight: impl Fn(&Self, [i64; 4]) -> f32,
    ) {
        let mut weights = Vec::new();
        for output in 0..outputs {
            for colour in 0..3 {
                for y in 0..CELLS {
                    weights.extend((0..CELLS).map(|x| weight(self, [output, colour, y, x])));
                }
            }
        }
        let weights = graph.floats(&[outputs, 3, CELLS, CELLS], weights);
        let is_score = name == "score";
        let biases = (0..outputs).map(|i| if is_score && i == 0 { 0.0 } else { bias });
        let biases = graph.floats(&[outputs], biases);
        let dilation = [("dilations", Attribute::Ints(&[self.dilation, self.dilation]))];
        let said = graph.node("Conv", &[means, &weights, &biases], &dilation);
        // The first network keeps its rows and columns.
        let (said, places) = match self.dilation {
            2 => (said, vec!["r".into(), "c".into()]),
            _ => (graph.node("Flatten", &[&said], &[]), Vec::new()),
        };
        let last = if is_score { "Softmax" } else { "Identity" };
        let axis = [("axis", Attribute::Int(1))];
        graph.node_to(last, &[&said], if is_score { &axis } else { &[] }, name);
        let dims: Vec<Dimension> = [vec!["m".into(), outputs.into()], places].concat();
        graph.output(name, &dims);
    }

    fn moves(&self, [output, colour, y, x]: [i64; 4]) -> f32 {
        ((output * 31 + colour * 17 + y * 7 + x * 3) % 13 - 6) as f32 / self.still
    }

    fn likeness(&self, [output, _, y, x]: [i64; 4]) -> f32 {
        match (output, (y, x) == (CELLS / 2, CELLS / 2)) {
            (0, _) => 0.0,
            (_, true) => GAIN / 3.0,
            (_, false) => -GAIN / 36.0,
        }
    }
}

fn file(path: &Path, parts: Vec<ModelFile>) -> ModelFile {
    let (id, path, kind) = ("synthetic".to_owned(), path.to_owned(), Kind::Mtcnn);
    ModelFile { id, path, kind, sha256: String::new(), entry: None, parts, weight: 1.0 }
}

#[test]
fn boxes_and_points_are_those_of_facenet_pytorch_with_the_same_networks() {
    if testkit::have("runtime", runtime::init()).is_none() {
        return;
    }
    let directory = tempfile::tempdir().unwrap();
    let proposal =
        Network { pool: 4, stride: 2, dilation: 2, bias: -1.6, still: 200.0, points: false };
    let refinement =
        Network { pool: 8, stride: 8, dilation: 1, bias: -1.0, still: 90.0, points: false };
    let output = Network { pool: 16, stride: 16, bias: -1.2, points: true, ..refinement };
    let parts = [("proposal", &proposal), ("refinement", &refinement), ("output", &output)];
    let parts = parts.map(|(name, network)| network.write(directory.path(), name)).to_vec();
    let options =
        DetectorOptions { threshold: 0.7, ..DetectorOptions::new(file(directory.path(), parts)) };
    let detector = Detector::open(&options).unwrap();
    let (mut found, mut expected) =
        (detector.detect(&FrameView::from_rgb(&picture())).unwrap(), recorded());
    assert!(found.is_sorted_by(|a, b| a.score >= b.score));
    // The scores of two differ by less than two runtimes do.
    found.sort_by(|a, b| a.bbox.x.total_cmp(&b.bbox.x));
    expected.sort_by(|a, b| a.bbox[0].total_cmp(&b.bbox[0]));
    assert_eq!((found.len(), expected.len()), (5, 5));
    for (index, (found, expected)) in found.iter().zip(&expected).enumerate() {
        let b = found.bbox;
        let sides = [b.x, b.y, b.x + b.width, b.y + b.height].into_iter().zip(expected.bbox);
        let points = found.landmarks.unwrap().into_iter().zip(expected.points);
        let places = sides.chain(points.flat_map(|(p, [x, y])| [(p.x, x), (p.y, y)]));
        let off = places.map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
        assert!(off < 0.01, "face {index} is off by {off} px");
        assert!((found.score - expected.score).abs() < 1e-4, "face {index}");
    }
}
