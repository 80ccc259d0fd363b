// SPDX-License-Identifier: MIT OR Apache-2.0
//! What set-up obtains beside models: ONNX Runtime and a few photographs.

use std::path::PathBuf;

use super::fetch::{Fetcher, Inner};
use super::{file, home};
use crate::catalogue::Package;
use crate::error::ModelError;

/// File name of the library; its end is its version.
const LIBRARY: &str = "libonnxruntime.so.1.31.1";

#[cfg(not(target_arch = "aarch64"))]
static RUNTIME: Package = Package {
    name: "onnxruntime",
    version: "1.31.1",
    archive: "onnxruntime-1.31.1-cp311-cp311-manylinux_2_28_x86_64.whl",
    sha256: "5752bd508126ae7c49894d3b9d2e83f0c3d487319246d04c444b393308d7ad7f",
    size: 23_753_652,
    select: &[
        "--only-binary=:all:",
        "--python-version=311",
        "--implementation=cp",
        "--abi=cp311",
        "--platform=manylinux_2_28_x86_64",
    ],
};
#[cfg(not(target_arch = "aarch64"))]
const LIBRARY_SHA256: &str = "fc44112fbe06d7d689c57e11d3862031f64711007e4ee020f8eed5185fd2c1d3";

#[cfg(target_arch = "aarch64")]
static RUNTIME: Package = Package {
    name: "onnxruntime",
    version: "1.31.1",
    archive: "onnxruntime-1.31.1-cp311-cp311-manylinux_2_28_aarch64.whl",
    sha256: "da05378364c44d4407e463982d2bf8d5e4cfea873283757e48beeb41df97b7f3",
    size: 21_413_526,
    select: &[
        "--only-binary=:all:",
        "--python-version=311",
        "--implementation=cp",
        "--abi=cp311",
        "--platform=manylinux_2_28_aarch64",
    ],
};
#[cfg(target_arch = "aarch64")]
const LIBRARY_SHA256: &str = "8aa3b76b28c778a2b1dd660d34161adb1d508c9ccd04ff9dc80e26eca5df8467";

/// Where set-up puts ONNX Runtime.
pub fn runtime_path() -> PathBuf {
    home().join("lib").join(LIBRARY)
}

/// Makes sure that ONNX Runtime is installed and gives its path; instant when it is.
///
/// Errors: not to be had for this processor, download failed, wrong hash, disk trouble.
pub fn obtain_runtime(progress: &mut dyn FnMut(&str)) -> Result<PathBuf, ModelError> {
    let path = runtime_path();
    if path.is_file() && file::remembered_sha256(&path)? == LIBRARY_SHA256 {
        return Ok(path);
    }
    if !cfg!(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64"))) {
        return Err(ModelError::Obtain {
            what: "ONNX Runtime".to_owned(),
            why: "there is no package for this system: build it and point ORT_DYLIB_PATH at it"
                .to_owned(),
        });
    }
    let inner = Inner {
        path: "onnxruntime/capi/libonnxruntime.so.1.31.1",
        file: LIBRARY,
        sha256: LIBRARY_SHA256,
    };
    for library in Fetcher::new(None, progress)?.package(&RUNTIME, &[inner])? {
        file::write(&path, &library)?;
    }
    file::Stamp::of(&path, Some(RUNTIME.sha256))?.write(&path)?;
    Ok(path)
}

static FACE_RECOGNITION: Package = Package {
    name: "face_recognition",
    version: "1.3.0",
    archive: "face_recognition-1.3.0.tar.gz",
    sha256: "5e5efdd1686aa566af0d3cc1313b131e4b197657a8ffd03669e6d3fad92705ec",
    size: 3_182_249,
    select: &["--no-binary=:all:"],
};

static PHOTOGRAPHS: [Inner; 6] = [
    Inner {
        path: "tests/test_images/biden.jpg",
        file: "biden.jpg",
        sha256: "3c17508bb91554c637a2eabddfae790e5bb1caba93130814fc2ac50be9760c4c",
    },
    Inner {
        path: "tests/test_images/obama.jpg",
        file: "obama.jpg",
        sha256: "0930e3aa8cae5920329c0c8cbc6a2ab70f47b0e67b432875beaa95cbf7e741f6",
    },
    Inner {
        path: "tests/test_images/obama2.jpg",
        file: "obama2.jpg",
        sha256: "a7efcc907375274796f39646510704aa86672d59f6d5469d69af3c85590976a6",
    },
    Inner {
        path: "tests/test_images/obama3.jpg",
        file: "obama3.jpg",
        sha256: "76ac6bf97c36dc2da0ad16a537d6a5ac1b10f48d49aac29a0cca9a17cdbc3ca3",
    },
    Inner {
        path: "tests/test_images/obama_partial_face.jpg",
        file: "obama_partial_face.jpg",
        sha256: "c2d1f09e7ef3042352b41e41286e6eb0522f64f88308be13886991b95db52117",
    },
    Inner {
        path: "tests/test_images/obama_partial_face2.jpg",
        file: "obama_partial_face2.jpg",
        sha256: "9a812347f97633542b8cd9992de22def11b74f79d82056bc3ee830f13878e028",
    },
];

/// Makes sure that the sample photographs (official portraits of two people) are there and gives
/// their directory; instant when they are. Errors: as [`obtain_runtime`].
pub fn obtain_photographs(progress: &mut dyn FnMut(&str)) -> Result<PathBuf, ModelError> {
    let directory = home().join("photographs");
    let intact = |photo: &Inner| {
        file::sha256(&directory.join(photo.file)).is_ok_and(|sha256| sha256 == photo.sha256)
    };
    if !PHOTOGRAPHS.iter().all(intact) {
        let contents = Fetcher::new(None, progress)?.package(&FACE_RECOGNITION, &PHOTOGRAPHS)?;
        for (photo, bytes) in PHOTOGRAPHS.iter().zip(contents) {
            file::write(&directory.join(photo.file), &bytes)?;
        }
    }
    Ok(directory)
}
