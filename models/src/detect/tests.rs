// SPDX-License-Identifier: MIT OR Apache-2.0
//! The decoders on tensors with one face in them.
#![allow(clippy::unwrap_used, clippy::panic)]

use super::*;

/// Outputs full of zeros, by shape; `set` writes into them.
struct Outputs(Vec<(Vec<usize>, Vec<f32>)>);

impl Outputs {
    fn new(shapes: &[&[usize]]) -> Self {
        let zeros = |shape: &&[usize]| (shape.to_vec(), vec![0.0; shape.iter().product()]);
        Self(shapes.iter().map(zeros).collect())
    }

    fn set(&mut self, output: usize, index: usize, values: &[f32]) {
        self.0[output].1[index..index + values.len()].copy_from_slice(values);
    }

    fn tensors(&self) -> Vec<Tensor<'_>> {
        self.0
            .iter()
            .map(|(shape, data)| Tensor { name: "out", shape: shape.clone(), data })
            .collect()
    }
}

fn only(faces: Vec<Detection>) -> ([f32; 4], Vec<(f32, f32)>, f32) {
    let [face] = faces[..] else { panic!("{} faces", faces.len()) };
    let Rect { x, y, width, height } = face.bbox;
    let points = face.landmarks.unwrap().iter().map(|p| (p.x, p.y)).collect();
    ([x, y, width, height], points, face.score)
}

fn near(found: &[f32], expected: &[f32]) {
    let fits = found.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-3);
    assert!(found.len() == expected.len() && fits, "{found:?}, expected {expected:?}");
}

#[test]
fn centerface_cells_become_faces() {
    // 64 wide, 32 high: 16 columns, 8 rows. The face sits in column 5, row 2.
    let shapes: [&[usize]; 4] = [&[1, 1, 8, 16], &[1, 2, 8, 16], &[1, 2, 8, 16], &[1, 10, 8, 16]];
    let mut outputs = Outputs::new(&shapes);
    let (cells, cell) = (128, 2 * 16 + 5);
    outputs.set(0, cell, &[0.8]);
    outputs.set(0, 0, &[0.4]);
    // Height 4 e^1, width 4 e^0.5, centre moved down by .25 and right by .5 cells.
    outputs.set(1, cell, &[1.0]);
    outputs.set(1, cells + cell, &[0.5]);
    outputs.set(2, cell, &[0.25]);
    outputs.set(2, cells + cell, &[0.5]);
    for i in 0..5 {
        outputs.set(3, 2 * i * cells + cell, &[0.1 * i as f32]);
        outputs.set(3, (2 * i + 1) * cells + cell, &[0.2 * i as f32]);
    }
    let (bbox, points, score) =
        only(centerface::decode(&outputs.tensors(), (64, 32), 0.5).unwrap());
    let (width, height) = (4.0 * 0.5f32.exp(), 4.0 * 1f32.exp());
    let (left, top) = (24.0 - width / 2.0, 11.0 - height / 2.0);
    near(&bbox, &[left, top, width, height]);
    near(&[points[3].0, points[3].1], &[left + 0.6 * width, top + 0.3 * height]);
    assert_eq!(score, 0.8);
    assert_eq!(centerface::decode(&outputs.tensors(), (64, 32), 0.3).unwrap().len(), 2);
}

#[test]
fn yunet_cells_become_faces() {
    // 64 x 32: 8x4, 4x2 and 2x1 cells. The face sits at stride 16, column 3, row 1.
    let mut shapes: Vec<Vec<usize>> = Vec::new();
    for channels in [1, 1, 4, 10] {
        shapes.extend([32, 8, 2].map(|cells| vec![1, cells, channels]));
    }
    let shapes: Vec<&[usize]> = shapes.iter().map(Vec::as_slice).collect();
    let mut outputs = Outputs::new(&shapes);
    let cell = 4 + 3;
    outputs.set(1, cell, &[0.81]);
    outputs.set(4, cell, &[1.2]);
    outputs.set(7, cell * 4, &[0.5, 0.25, 1.0, 0.0]);
    outputs.set(10, cell * 10, &[0.0, 0.0, 1.0, 0.0, 0.5, 0.5, 0.0, 1.0, 1.0, 1.0]);
    let (bbox, points, score) = only(yunet::decode(&outputs.tensors(), (64, 32), 0.5).unwrap());
    let width = 16.0 * 1f32.exp();
    near(&bbox, &[56.0 - width / 2.0, 20.0 - 8.0, width, 16.0]);
    near(&[points[2].0, points[2].1, points[4].0, points[4].1], &[56.0, 24.0, 64.0, 32.0]);
    near(&[score], &[0.9]);
}

#[test]
fn scrfd_anchors_become_faces() {
    let mut shapes: Vec<Vec<usize>> = Vec::new();
    for channels in [1, 4, 10] {
        shapes.extend([32, 8, 2].map(|cells| vec![cells * 2, channels]));
    }
    let shapes: Vec<&[usize]> = shapes.iter().map(Vec::as_slice).collect();
    let mut outputs = Outputs::new(&shapes);
    // Stride 8, column 2, row 3, second anchor.
    let anchor = (3 * 8 + 2) * 2 + 1;
    outputs.set(0, anchor, &[0.7]);
    outputs.set(3, anchor * 4, &[1.0, 0.5, 2.0, 1.5]);
    outputs.set(6, anchor * 10, &[-1.0, 0.5]);
    let (bbox, points, score) = only(scrfd::decode(&outputs.tensors(), (64, 32), 0.5).unwrap());
    near(&bbox, &[8.0, 20.0, 24.0, 16.0]);
    near(&[points[0].0, points[0].1, points[1].0], &[8.0, 28.0, 16.0]);
    assert_eq!(score, 0.7);
}

#[test]
fn other_shapes_are_named() {
    let decoders: [(Decoder, usize); 3] =
        [(centerface::decode, 4), (yunet::decode, 12), (scrfd::decode, 9)];
    for (decode, count) in decoders {
        let none = decode(&[], (64, 32), 0.5).unwrap_err();
        assert_eq!(none, format!("0 outputs, expected {count}"));
        let wrong = Outputs::new(&vec![&[1, 3, 5][..]; count]);
        let error = decode(&wrong.tensors(), (64, 32), 0.5).unwrap_err();
        assert!(error.starts_with("output 'out' is [1, 3, 5], expected [1, "), "{error}");
    }
}

#[test]
fn infinite_boxes_are_no_faces() {
    let bbox = Rect { x: 0.0, y: 0.0, width: 5.0, height: 5.0 };
    let face = Detection { bbox, landmarks: None, score: 0.9 };
    assert!(is_sane(&face));
    assert!(!is_sane(&Detection { score: f32::NAN, ..face }));
    let wide = Rect { width: f32::INFINITY, ..bbox };
    assert!(!is_sane(&Detection { bbox: wide, ..face }));
    let flat = Rect { height: 0.0, ..bbox };
    assert!(!is_sane(&Detection { bbox: flat, ..face }));
    let points = Some([Point { x: f32::NAN, y: 0.0 }; 5]);
    assert!(!is_sane(&Detection { landmarks: points, ..face }));
}
