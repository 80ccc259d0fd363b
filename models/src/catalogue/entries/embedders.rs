// SPDX-License-Identifier: MIT OR Apache-2.0
//! What describes faces.

use super::super::{Entry, Kind, Licence, Origin, Package, Source, Style, Task, Thresholds};
use super::{MIT, NONE, PARTS, PLAIN};
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

pub(super) const ENTRIES: [Entry; 5] = [
    Entry {
        id: "dlib-resnet",
        task: Task::Embed,
        kind: Kind::DlibResnet,
        default: true,
        about: "128 numbers a face; dlib's face recognition network",
        source: Source {
            origin: Origin::Package {
                package: &FACE_RECOGNITION_MODELS,
                path: "face_recognition_models/models/dlib_face_recognition_resnet_model_v1.dat",
            },
            file: "dlib_face_recognition_resnet_model_v1.dat",
            sha256: "55533b28a95800a551ba546ba62fe69625c7e95a7061c338adffead08719da30",
            size: 22_466_066,
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
            stranger_mean: 0.855,
            same_mean: 0.962,
            ..NONE
        },
        ..PLAIN
    },
    Entry {
        id: "mobilefacenet",
        task: Task::Embed,
        kind: Kind::MobileFaceNet,
        about: "128 numbers a face; small",
        source: Source {
            origin: Origin::Repository {
                repository: "foamliu/MobileFaceNet",
                commit: "a6cc9032",
                path: "weights/MobileFaceNet.onnx",
            },
            file: "mobilefacenet_foamliu.onnx",
            sha256: "b7120c095d60094f28a4a54ba6a8bf51b297a6273fb40ef6350dfec1f63d9507",
            size: 3_998_070,
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
            group: 0.31,
            same_pair: 0.40,
            name: 0.31,
            stranger_mean: 0.04,
            same_mean: 0.82,
            ..NONE
        },
        ..PLAIN
    },
    Entry {
        id: "edgeface-xs",
        task: Task::Embed,
        kind: Kind::ArcFace,
        about: "512 numbers a face; the most accurate here, above all on small faces",
        source: Source {
            origin: Origin::Mirror {
                made_from: "checkpoints/edgeface_xs_q.pt of yayoimizuha/face_recognition_train \
                            at 3e631e35, dequantised",
            },
            file: "edgeface_xs.onnx",
            sha256: "0be722073de56a9ce204970ec266712f57ddfd04773796e3cf9dbd2f530cc304",
            size: 9_201_056,
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
            group: 0.23,
            same_pair: 0.32,
            name: 0.30,
            stranger_mean: 0.04,
            same_mean: 0.70,
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
        source: PARTS,
        licence: Licence { note: "part of the program", ..MIT },
        thresholds: Thresholds {
            group: 0.66,
            same_pair: 0.72,
            name: 0.66,
            stranger_mean: 0.52,
            same_mean: 0.85,
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
        source: Source { origin: Origin::Parts(&["dlib-resnet"]), ..PARTS },
        licence: Licence { name: "CC0-1.0", ..MIT },
        thresholds: Thresholds {
            group: 0.72,
            same_pair: 0.77,
            name: 0.72,
            stranger_mean: 0.61,
            same_mean: 0.88,
            ..NONE
        },
        doubt: DRAWN,
        ..PLAIN
    },
];
