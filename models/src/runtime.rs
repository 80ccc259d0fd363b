// SPDX-License-Identifier: MIT OR Apache-2.0
//! ONNX Runtime, loaded once in the process, and the devices it can run on.

use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::{Mutex, OnceLock, PoisonError};

use ort::environment::Environment;
use ort::ep;
use ort::session::Session;

use crate::error::ModelError;
use crate::onnx::GraphBuilder;
use crate::store;

/// The loaded runtime. Lives as long as the process.
#[derive(Debug)]
pub struct RuntimeInfo {
    /// The library, as given to the loader.
    pub path: PathBuf,
    /// Its version, e.g. `1.31.1`.
    pub version: String,
    /// What sessions are made in.
    pub environment: Environment,
}

static LOADED: OnceLock<RuntimeInfo> = OnceLock::new();
static LOADING: Mutex<()> = Mutex::new(());

/// Loads ONNX Runtime, from `ORT_DYLIB_PATH` or else from where set-up put it; at once when it is
/// loaded already. Errors: no library there, or one that is not ONNX Runtime or too old.
pub fn init() -> Result<&'static RuntimeInfo, ModelError> {
    if let Some(loaded) = LOADED.get() {
        return Ok(loaded);
    }
    let _guard = LOADING.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(loaded) = LOADED.get() {
        return Ok(loaded);
    }
    let info = load(&library())?;
    Ok(LOADED.get_or_init(|| info))
}

/// Where the library is looked for.
pub fn library() -> PathBuf {
    match std::env::var_os("ORT_DYLIB_PATH") {
        Some(path) if !path.is_empty() => path.into(),
        _ => store::runtime_path(),
    }
}

fn load(path: &Path) -> Result<RuntimeInfo, ModelError> {
    let failed = |why: String| ModelError::Runtime { path: path.to_owned(), why };
    let builder = ort::init_from(path).map_err(|e| failed(e.to_string()))?;
    let environment = builder
        .with_name("facegroup")
        .with_telemetry(false)
        .build()
        .map_err(|e| failed(e.to_string()))?;
    Ok(RuntimeInfo { path: path.to_owned(), version: version(path), environment })
}

/// The version at the end of the library's file name, else the library's own words about its build.
fn version(path: &Path) -> String {
    let file = std::fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
    match name.rsplit_once(".so.") {
        Some((_, version)) => version.to_owned(),
        None => ort::info().trim_start_matches("ORT Build Info: ").to_owned(),
    }
}

/// What a network runs on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Device {
    /// The first CUDA device where one really loads, else the processor.
    #[default]
    Auto,
    /// The processor.
    Cpu,
    /// The CUDA device of that number.
    Cuda(u32),
}

impl fmt::Display for Device {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Device::Auto => f.write_str("auto"),
            Device::Cpu => f.write_str("cpu"),
            Device::Cuda(number) => write!(f, "cuda:{number}"),
        }
    }
}

/// No device of that name.
#[derive(Debug, Clone, thiserror::Error)]
#[error("unknown device '{0}': use auto, cpu, cuda or cuda:N")]
pub struct UnknownDevice(pub String);

impl From<UnknownDevice> for ModelError {
    fn from(unknown: UnknownDevice) -> Self {
        Self::Device { device: unknown.0.clone(), why: unknown.to_string() }
    }
}

impl FromStr for Device {
    type Err = UnknownDevice;

    fn from_str(name: &str) -> Result<Self, UnknownDevice> {
        match name.to_ascii_lowercase().as_str() {
            "auto" => Ok(Device::Auto),
            "cpu" => Ok(Device::Cpu),
            "cuda" => Ok(Device::Cuda(0)),
            other => other
                .strip_prefix("cuda:")
                .and_then(|number| number.parse::<u16>().ok())
                .map(|number| Device::Cuda(number.into()))
                .ok_or_else(|| UnknownDevice(name.to_owned())),
        }
    }
}

impl Device {
    /// What ONNX Runtime is told to run on; nothing where its own default, the processor, is meant.
    /// A device that does not load is an error of the session, never a silent run on the processor.
    pub fn execution_providers(self) -> Vec<ep::ExecutionProviderDispatch> {
        match self {
            Device::Auto | Device::Cpu => Vec::new(),
            Device::Cuda(number) => {
                // Numbers are parsed as 16 bits.
                let number = i32::try_from(number).unwrap_or(i32::MAX);
                // Batches and tiles come in many shapes; by default each new one has every algorithm tried.
                let cuda = ep::CUDA::default()
                    .with_device_id(number)
                    .with_conv_algorithm_search(ep::cuda::ConvAlgorithmSearch::Heuristic);
                vec![cuda.build().error_on_failure()]
            }
        }
    }

    /// The device to use for this choice: `Auto` is resolved once in the process, by trying.
    pub fn resolve(self) -> Device {
        static AUTO: OnceLock<Device> = OnceLock::new();
        match self {
            Device::Auto => *AUTO.get_or_init(|| {
                if Device::Cuda(0).try_out().is_ok() { Device::Cuda(0) } else { Device::Cpu }
            }),
            other => other,
        }
    }

    /// Runs a network of one node on the device. Errors: no runtime, or the device does not load.
    pub fn try_out(self) -> Result<(), ModelError> {
        let environment = &init()?.environment;
        let failed = |why: String| ModelError::Device { device: self.to_string(), why };
        let mut builder = Session::builder(environment)
            .map_err(|e| failed(e.to_string()))?
            .with_execution_providers(self.execution_providers())
            .map_err(|e| failed(e.to_string()))?;
        let mut session =
            builder.commit_from_memory(&one_node()).map_err(|e| failed(e.to_string()))?;
        let input = ort::value::Tensor::from_array(([1_usize], vec![-1.0_f32]))
            .map_err(|e| failed(e.to_string()))?;
        session.run(ort::inputs![input]).map_err(|e| failed(e.to_string()))?;
        Ok(())
    }
}

/// Every device that could be asked for, and whether it really loads.
pub fn available_devices() -> Vec<(Device, Result<(), String>)> {
    [Device::Cpu, Device::Cuda(0)]
        .map(|device| (device, device.try_out().map_err(|e| e.to_string())))
        .to_vec()
}

fn one_node() -> Vec<u8> {
    let mut builder = GraphBuilder::new("one_node");
    builder.input("x", &[1.into()]);
    builder.node_to("Relu", &["x"], &[], "y");
    builder.output("y", &[1.into()]);
    builder.finish()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic)]

    use super::*;

    #[test]
    fn devices_are_named_as_they_are_read() {
        for name in ["auto", "cpu", "cuda:0", "cuda:12"] {
            assert_eq!(name.parse::<Device>().unwrap().to_string(), name);
        }
        assert_eq!("CUDA".parse::<Device>().unwrap(), Device::Cuda(0));
        for name in ["", "gpu", "cuda:", "cuda:-1", "cuda:70000"] {
            assert!(name.parse::<Device>().is_err(), "{name}");
        }
    }

    #[test]
    fn a_missing_or_wrong_library_is_an_error_that_names_it() {
        let directory = tempfile::tempdir().unwrap();
        let text = directory.path().join("libonnxruntime.so");
        std::fs::write(&text, "not a library").unwrap();
        for path in [directory.path().join("missing.so"), text] {
            let error = load(&path).unwrap_err();
            let ModelError::Runtime { path: named, .. } = &error else { panic!("{error}") };
            assert_eq!(named, &path);
        }
    }

    #[test]
    fn the_version_is_read_off_the_file_the_link_leads_to() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("libonnxruntime.so.1.99.2");
        std::fs::write(&file, "").unwrap();
        let link = directory.path().join("libonnxruntime.so");
        std::os::unix::fs::symlink(&file, &link).unwrap();
        assert_eq!(version(&link), "1.99.2");
    }
}
