// SPDX-License-Identifier: MIT OR Apache-2.0
//! The converted networks against values recorded from the programs they come from.
#![allow(clippy::unwrap_used)]

use crate::common;
use std::path::{Path, PathBuf};

use image::RgbImage;
use models::catalogue::{self, Task};
use models::store::{self, ModelFile};
use models::{onnx, runtime};
use prost::Message;

#[derive(serde::Deserialize)]
struct Recorded {
    synthetic: Vec<Synthetic>,
    chips: Vec<Chip>,
}

#[derive(serde::Deserialize)]
struct Synthetic {
    seed: u32,
    descriptor: Vec<f32>,
}

#[derive(serde::Deserialize)]
struct Chip {
    file: String,
    descriptor: Vec<f32>,
}

/// dlib's descriptor to 1e-4, on its own chips of real photographs and on generated ones.
#[test]
fn dlib_resnet_reproduces_dlib() {
    let Some(mut session) = session("dlib-resnet", Task::Embed) else {
        return;
    };
    let recorded: Recorded =
        serde_json::from_slice(&std::fs::read(data("dlib_chips.json")).unwrap()).unwrap();
    let synthetic = recorded.synthetic.iter().map(|s| (generated(s.seed), &s.descriptor));
    let real = recorded.chips.iter().map(|c| {
        let chip = image::open(data("chips").join(&c.file)).unwrap();
        (chip.to_rgb8(), &c.descriptor)
    });
    let (chips, expected): (Vec<_>, Vec<_>) = synthetic.chain(real).unzip();
    let input: Vec<f32> = chips.iter().flat_map(planes).collect();
    let (shape, found) = run(&mut session, [chips.len(), 3, 150, 150], input);
    assert_eq!(shape, [chips.len() as i64, 128]);
    let worst = found
        .iter()
        .zip(expected.into_iter().flatten())
        .map(|(found, expected)| (found - expected).abs())
        .fold(0.0, f32::max);
    println!("largest difference from dlib: {worst:e}");
    assert!(worst < 1e-4, "{worst}");
}

#[derive(serde::Deserialize)]
struct Embeddings {
    sface: Vec<Embedding>,
    #[serde(rename = "face-reid-0095")]
    face_reid: Vec<Embedding>,
}

#[derive(serde::Deserialize)]
struct Embedding {
    /// A chip of a photograph, or the seed of a generated picture.
    of: serde_json::Value,
    embedding: Vec<f32>,
}

/// The published graphs to 1e-4 of their length, on photographs and on generated pictures.
#[test]
fn embedders_reproduce_the_published_graphs() {
    let recorded: Embeddings =
        serde_json::from_slice(&std::fs::read(data("embeddings.json")).unwrap()).unwrap();
    let models = [
        (common::model("sface", Task::Embed), recorded.sface, 112, false),
        (common::optional("face-reid-0095"), recorded.face_reid, 128, true),
    ];
    let Some(runtime) = runtime() else { return };
    for (model, recorded, side, bgr) in models {
        let Some(model) = model else { continue };
        let mut builder = ort::session::Session::builder(&runtime.environment).unwrap();
        let mut session = builder.commit_from_file(&model.path).unwrap();
        let picture = |of: &serde_json::Value| match of.as_str() {
            Some(name) => {
                let chip = image::open(data("chips").join(name)).unwrap().to_rgb8();
                let edge = (150 - side) / 2;
                image::imageops::crop_imm(&chip, edge, edge, side, side).to_image()
            }
            None => generated_of(of.as_u64().unwrap() as u32, side),
        };
        let input = |of| {
            let planes: Vec<f32> = planes(&picture(of)).collect();
            match bgr {
                true => planes.rchunks((side * side) as usize).flatten().copied().collect(),
                false => planes,
            }
        };
        let input: Vec<f32> = recorded.iter().flat_map(|one| input(&one.of)).collect();
        let shape = [recorded.len(), 3, side as usize, side as usize];
        let (_, found) = run(&mut session, shape, input);
        let lengths = recorded.iter().map(|one| one.embedding.len()).sum::<usize>();
        assert_eq!(found.len(), lengths);
        for (found, one) in found.chunks(lengths / recorded.len()).zip(&recorded) {
            let pairs = || found.iter().zip(&one.embedding);
            let apart = pairs().map(|(a, b)| (a - b).powi(2)).sum::<f32>().sqrt();
            let length = one.embedding.iter().map(|v| v * v).sum::<f32>().sqrt();
            println!("{} of {}: {:e} of its length", model.id, one.of, apart / length);
            assert!(apart < 1e-4 * length, "{} of {}: {apart} of {length}", model.id, one.of);
        }
    }
}

/// CenterFace takes any batch and size, and a picture's outputs do not depend on its neighbours.
#[test]
fn centerface_takes_any_batch_and_size() {
    let Some(mut session) = session("centerface", Task::Detect) else {
        return;
    };
    assert_eq!(session.inputs().len(), 1);
    batch_of_two_is_two_singles(&mut session, [3, 64, 96], &[1, 16, 24]);
}

#[test]
fn mobilefacenet_takes_any_batch() {
    let Some(mut session) = session("mobilefacenet", Task::Embed) else {
        return;
    };
    batch_of_two_is_two_singles(&mut session, [3, 112, 112], &[128]);
}

/// Reading and writing changes nothing in any installed file.
#[test]
fn onnx_files_survive_reading_and_writing() {
    let mut seen = 0;
    for entry in catalogue::entries() {
        let Ok(bytes) = std::fs::read(store::path(entry)) else {
            continue;
        };
        let model = onnx::Model::decode(bytes.as_slice()).unwrap();
        assert!(model.encode_to_vec() == bytes, "{} changed", entry.id);
        seen += 1;
    }
    if seen == 0 {
        testkit::skip("models", "none is installed");
    }
}

#[test]
fn the_processor_is_available_once_the_runtime_is() {
    let Some(_) = runtime() else { return };
    let devices = runtime::available_devices();
    let cpu = devices.iter().find(|(device, _)| *device == runtime::Device::Cpu);
    assert!(cpu.is_some_and(|(_, state)| state.is_ok()), "{devices:?}");
    assert_ne!(runtime::Device::Auto.resolve(), runtime::Device::Auto);
    assert!(runtime::Device::Cuda(4321).try_out().is_err());
}

fn batch_of_two_is_two_singles(
    session: &mut ort::session::Session,
    [channels, height, width]: [usize; 3],
    output: &[i64],
) {
    let length = channels * height * width;
    let input: Vec<f32> = (0..2 * length).map(|i| (i * i % 251) as f32).collect();
    let (shape, both) = run(session, [2, channels, height, width], input.clone());
    assert_eq!(shape, [&[2], output].concat());
    for (single, both) in input.chunks(length).zip(both.chunks(both.len() / 2)) {
        let (_, alone) = run(session, [1, channels, height, width], single.to_vec());
        let worst = alone.iter().zip(both).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
        assert!(worst < 1e-4, "{worst}");
    }
}

fn runtime() -> Option<&'static runtime::RuntimeInfo> {
    testkit::have("runtime", runtime::init())
}

fn session(id: &str, task: Task) -> Option<ort::session::Session> {
    let runtime = runtime()?;
    let ModelFile { path, .. } = common::model(id, task)?;
    let mut builder = ort::session::Session::builder(&runtime.environment).unwrap();
    Some(builder.commit_from_file(path).unwrap())
}

/// The first output.
fn run(
    session: &mut ort::session::Session,
    shape: [usize; 4],
    input: Vec<f32>,
) -> (Vec<i64>, Vec<f32>) {
    let input = ort::value::Tensor::from_array((shape, input)).unwrap();
    let outputs = session.run(ort::inputs![input]).unwrap();
    let (shape, values) = outputs[0].try_extract_tensor::<f32>().unwrap();
    (shape.to_vec(), values.to_vec())
}

fn planes(picture: &RgbImage) -> impl Iterator<Item = f32> + '_ {
    (0..3).flat_map(|channel| picture.pixels().map(move |pixel| f32::from(pixel.0[channel])))
}

/// The formula stands in the recorded file.
fn generated(seed: u32) -> RgbImage {
    generated_of(seed, 150)
}

fn generated_of(seed: u32, side: u32) -> RgbImage {
    let value =
        |x: u32, y: u32, c: u32| ((7 * x + 13 * y + 29 * c + x * y / 8 + 57 * seed) % 256) as u8;
    RgbImage::from_fn(side, side, |x, y| image::Rgb([0, 1, 2].map(|c| value(x, y, c))))
}

fn data(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data").join(name)
}
