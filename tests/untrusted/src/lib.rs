// SPDX-License-Identifier: MIT OR Apache-2.0
//! Bytes of anybody to every parser. None may panic, hang or eat up the memory, whatever they are.
//!
//! `make fuzz` makes the bytes up; the test here gives each parser those that are stored in `fuzz/corpus`, among
//! them all that ever broke it.

use std::io::Cursor;
use std::path::Path;

use dataset::FaceRecord;
use dataset::format::corrections::Corrections;
use dataset::format::lines::{Lines, encode};
use framesource::fuzzing;
use interchange::Stored;
use models::convert::{Conversion, Stage};
use models::onnx::Model;
use prost::Message;

/// What is done with anybody's bytes.
pub type Target = fn(&[u8]);

/// Each target by its name, which is that of its corpus.
pub const TARGETS: [(&str, Target); 13] = [
    ("h264", h264),
    ("h265", h265),
    ("vpx", vpx),
    ("av1", av1),
    ("mp4", mp4),
    ("heif", heif),
    ("list", list),
    ("onnx", onnx),
    ("openvino", openvino),
    ("torch", torch),
    ("dlib", dlib),
    ("npz", npz),
    ("lines", lines),
];

/// Buffers of coded pictures, each behind two bytes: its length, and by the highest bit that it is left out.
fn buffers(mut data: &[u8]) -> impl Iterator<Item = (&[u8], bool)> {
    std::iter::from_fn(move || {
        let (length, rest) = data.split_first_chunk()?;
        let length = u16::from_le_bytes(*length);
        let (buffer, rest) = rest.split_at(usize::from(length & 0x7fff).min(rest.len()));
        data = rest;
        Some((buffer, length >> 15 == 1))
    })
}

/// A byte of settings, a header behind its length in a byte, buffers. Bit 0: units behind start codes, without a
/// header; bit 1: frames only.
fn units(kind: &str, packing: &str, data: &[u8]) {
    let Some((settings, data)) = data.split_first() else { return };
    let frames_only = settings & 2 != 0;
    if settings & 1 == 1 {
        let stream = (kind, "au", "byte-stream");
        return fuzzing::pictures(stream, None, (frames_only, true), buffers(data));
    }
    let Some((length, data)) = data.split_first() else { return };
    let (header, data) = data.split_at(usize::from(*length).min(data.len()));
    let stream = (kind, "au", packing);
    fuzzing::pictures(stream, Some(header), (frames_only, true), buffers(data));
}

/// H.264.
pub fn h264(data: &[u8]) {
    units("video/x-h264", "avc", data);
}

/// H.265.
pub fn h265(data: &[u8]) {
    units("video/x-h265", "hvc1", data);
}

/// VP8 and VP9.
pub fn vpx(data: &[u8]) {
    for kind in ["video/x-vp8", "video/x-vp9"] {
        fuzzing::pictures((kind, "frame", ""), None, (false, true), buffers(data));
    }
}

/// AV1.
pub fn av1(data: &[u8]) {
    fuzzing::pictures(("video/x-av1", "tu", ""), None, (false, true), buffers(data));
}

/// Tables of MP4 and QuickTime.
pub fn mp4(data: &[u8]) {
    fuzzing::tables(data);
}

/// HEIC and AVIF.
pub fn heif(data: &[u8]) {
    fuzzing::heif(data);
}

/// Lists of inputs.
pub fn list(data: &[u8]) {
    fuzzing::list(data, Path::new("/nowhere"));
}

/// ONNX, and what is made of it.
pub fn onnx(data: &[u8]) {
    if let Ok(model) = Model::decode(data) {
        // What is read is written as it was understood; bytes, since NaN differs from itself.
        let written = model.encode_to_vec();
        let again = Model::decode(&written[..]).map(|model| model.encode_to_vec());
        assert_eq!(again.ok(), Some(written));
    }
    let source = [data.to_vec()];
    for conversion in [Conversion::Sface, Conversion::CenterFace, Conversion::FreeBatch] {
        let _ = conversion.apply(&source);
    }
}

/// OpenVINO's graph, and its constants behind the first byte of zero.
pub fn openvino(data: &[u8]) {
    let mut parts = data.splitn(2, |byte| *byte == 0).map(<[u8]>::to_vec);
    let sources = [parts.next().unwrap_or_default(), parts.next().unwrap_or_default()];
    let _ = Conversion::OpenVino.apply(&sources);
}

/// PyTorch's pickles.
pub fn torch(data: &[u8]) {
    let _ = Conversion::Mtcnn(Stage::Proposal).apply(&[data.to_vec()]);
}

/// dlib's networks.
pub fn dlib(data: &[u8]) {
    let _ = Conversion::DlibResnet.apply(&[data.to_vec()]);
}

/// Files of galleries.
pub fn npz(data: &[u8]) {
    let _ = Stored::parse(Cursor::new(data), "somebody");
}

/// `faces.jsonl` and `corrections.jsonl`.
pub fn lines(data: &[u8]) {
    let path = Path::new("faces.jsonl");
    let records: Vec<FaceRecord> =
        Lines::of(Cursor::new(data.to_vec()), path).map_while(Result::ok).collect();
    let written: Vec<u8> =
        records.iter().filter_map(|record| encode(record, path).ok()).flatten().collect();
    let again: Vec<FaceRecord> =
        Lines::of(Cursor::new(written), path).map_while(Result::ok).collect();
    // But for the last digit of numbers that nobody here writes.
    let said = |record: &FaceRecord| {
        let FaceRecord { video, file, group, .. } = record.clone();
        (video, file, group, record.frame, record.face, record.bbox.0.map(f32::to_bits))
    };
    assert!(records.iter().map(said).eq(again.iter().map(said)), "what was read is written");
    let _ = Corrections::parse(data, path);
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::fs;
    use std::path::PathBuf;
    use std::time::{Duration, Instant};

    use super::*;

    #[test]
    fn no_parser_stumbles_over_what_is_stored() {
        let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus");
        for (name, target) in TARGETS {
            let seeds = fs::read_dir(corpus.join(name)).unwrap();
            let mut seeds: Vec<PathBuf> = seeds.map(|seed| seed.unwrap().path()).collect();
            assert!(!seeds.is_empty(), "no seed for {name}");
            seeds.sort();
            for seed in seeds {
                let bytes = fs::read(&seed).unwrap();
                let begin = Instant::now();
                // The harness prints this where the next line panics.
                println!("{}", seed.display());
                target(&bytes);
                // Cut anywhere, as downloads and kills cut them.
                for part in 0..8 {
                    target(&bytes[..bytes.len() * part / 8]);
                }
                let took = begin.elapsed();
                assert!(took < Duration::from_secs(5), "{} took {took:?}", seed.display());
            }
        }
        let known: Vec<&str> = TARGETS.iter().map(|(name, _)| *name).collect();
        for folder in fs::read_dir(&corpus).unwrap() {
            let name = folder.unwrap().file_name().into_string().unwrap();
            assert!(known.contains(&name.as_str()), "fuzz/corpus/{name} belongs to no target");
        }
    }
}
