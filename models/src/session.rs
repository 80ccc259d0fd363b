// SPDX-License-Identifier: MIT OR Apache-2.0
//! ONNX Runtime sessions: one per model, device and thread count in the whole process.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError, TryLockError, Weak};
use std::time::{Duration, Instant};

use ort::session::builder::{GraphOptimizationLevel, SessionBuilder};
use ort::value::{TensorElementType, TensorRef, ValueType};

use crate::ModelError;
use crate::runtime::{self, Device};
use crate::store::{self, ModelFile};
use crate::tensor::Tensor;

/// Runs of all networks of this process.
static RUNS: AtomicU64 = AtomicU64::new(0);

/// How often networks ran in this process: while this grows, somebody works.
pub fn runs() -> u64 {
    RUNS.load(Ordering::Relaxed)
}

/// Which device, how many threads.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SessionOptions {
    /// As asked for.
    pub(crate) device: Device,
    /// Threads inside one run; 0 chooses.
    pub(crate) threads: usize,
    /// Run on the CPU, with a warning, where the device is not to be had.
    pub(crate) allow_fallback: bool,
    /// Runs that may happen at once on the CPU; the first to open a session says. 0 is one.
    pub(crate) runs: usize,
}

/// What makes two sessions the same.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Key {
    path: PathBuf,
    // A file replaced while it is loaded is another model.
    sha256: String,
    device: Device,
    threads: usize,
}

static SESSIONS: LazyLock<Mutex<HashMap<Key, Weak<Session>>>> = LazyLock::new(Mutex::default);

/// A loaded network with one input of type `f32[N, 3, H, W]`.
#[derive(Debug)]
pub(crate) struct Session {
    // `ort` lets one run at a time into a session; others take a copy, or wait here.
    inner: Mutex<ort::session::Session>,
    copies: Vec<Mutex<ort::session::Session>>,
    /// Whose turn it is to be waited for.
    turn: AtomicUsize,
    model: String,
    device: String,
    input: [Option<usize>; 4],
    /// Nanoseconds that runs took so far, waiting left out.
    spent: AtomicU64,
}

impl Session {
    /// Loads the model, or finds it loaded already.
    pub(crate) fn open(
        model: &ModelFile,
        options: &SessionOptions,
    ) -> Result<Arc<Self>, ModelError> {
        match Self::shared(model, options.device.resolve(), options) {
            Err(error @ ModelError::Device { .. }) if options.allow_fallback => {
                tracing::warn!("{error}: running {} on the CPU instead", model.id);
                Self::shared(model, Device::Cpu, options)
            }
            opened => opened,
        }
    }

    fn shared(
        model: &ModelFile,
        device: Device,
        options: &SessionOptions,
    ) -> Result<Arc<Self>, ModelError> {
        let SessionOptions { threads, runs, .. } = *options;
        let io = |cause| ModelError::Io { path: model.path.clone(), cause };
        let path = model.path.canonicalize().map_err(io)?;
        let cores = || std::thread::available_parallelism().map_or(1, usize::from);
        let threads = if threads == 0 { default_threads(cores()) } else { threads };
        let sha256 = model.sha256.clone();
        let key = Key { path, sha256, device, threads };
        // Held while loading, so that two elements starting at once load once.
        let mut sessions = SESSIONS.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(session) = sessions.get(&key).and_then(Weak::upgrade) {
            return Ok(session);
        }
        // Elsewhere runs are queued by the device, whose memory holds one network.
        let runs = if device == Device::Cpu { runs } else { 1 };
        let session = Arc::new(Self::load(model, device, threads, runs)?);
        sessions.retain(|_, session| session.strong_count() > 0);
        sessions.insert(key, Arc::downgrade(&session));
        Ok(session)
    }

    fn load(
        model: &ModelFile,
        device: Device,
        threads: usize,
        runs: usize,
    ) -> Result<Self, ModelError> {
        let environment = &runtime::init()?.environment;
        if device != Device::Cpu {
            // Tells a device that does not load from a model that does not.
            device.try_out()?;
        }
        let corrupt = |why: String| ModelError::Corrupt { path: model.path.clone(), why };
        let converted = store::converted(&model.path)?;
        let load = || {
            ort::session::Session::builder(environment)
                .and_then(|builder| configure(builder, device, threads))
                .and_then(|mut builder| match &converted {
                    Some(bytes) => builder.commit_from_memory(bytes),
                    None => builder.commit_from_file(&model.path),
                })
                .map_err(|e| corrupt(e.to_string()))
        };
        let inner = load()?;
        let input = input_shape(&inner).map_err(corrupt)?;
        let copies = (1..runs).map(|_| load().map(Mutex::new)).collect::<Result<_, _>>()?;
        Ok(Self {
            inner: Mutex::new(inner),
            copies,
            turn: AtomicUsize::new(0),
            model: model.id.clone(),
            device: device.to_string(),
            input,
            spent: AtomicU64::new(0),
        })
    }

    /// The device runs happen on, e.g. `cpu` or `cuda:0`.
    pub(crate) fn device(&self) -> &str {
        &self.device
    }

    /// Time that runs took so far, of all who share the session.
    pub(crate) fn spent(&self) -> Duration {
        Duration::from_nanos(self.spent.load(Ordering::Relaxed))
    }

    /// Dimensions N, 3, H, W of the input; `None` where any size goes.
    pub(crate) fn input(&self) -> [Option<usize>; 4] {
        self.input
    }

    /// Runs `input` of the given shape and hands the outputs, in the graph's order, to `read`, whose
    /// complaints become [`ModelError::Inference`].
    pub(crate) fn run<R>(
        &self,
        shape: [usize; 4],
        input: &[f32],
        read: impl FnOnce(&[Tensor<'_>]) -> Result<R, String>,
    ) -> Result<R, ModelError> {
        let failed = |why: String| ModelError::Inference { model: self.model.clone(), why };
        let runtime = |e: ort::Error| failed(e.to_string());
        let input = TensorRef::from_array_view((shape, input)).map_err(runtime)?;
        let mut session = self.idle();
        let started = Instant::now();
        let outputs = session.run(ort::inputs![input]).map_err(runtime)?;
        let took = u64::try_from(started.elapsed().as_nanos()).unwrap_or(u64::MAX);
        self.spent.fetch_add(took, Ordering::Relaxed);
        RUNS.fetch_add(1, Ordering::Relaxed);
        let values: Vec<_> = outputs.iter().collect();
        let tensors = values
            .iter()
            .map(|(name, value)| {
                let (shape, data) = value.try_extract_tensor::<f32>()?;
                let shape = shape.iter().map(|&d| d as usize).collect();
                Ok(Tensor { name, shape, data })
            })
            .collect::<Result<Vec<_>, ort::Error>>()
            .map_err(runtime)?;
        read(&tensors).map_err(failed)
    }

    /// A session that does nothing, waited for where all are busy.
    fn idle(&self) -> MutexGuard<'_, ort::session::Session> {
        let mut all = std::iter::once(&self.inner).chain(&self.copies);
        let idle = all.find_map(|session| match session.try_lock() {
            Ok(session) => Some(session),
            Err(TryLockError::Poisoned(session)) => Some(session.into_inner()),
            Err(TryLockError::WouldBlock) => None,
        });
        idle.unwrap_or_else(|| {
            let turn = self.turn.fetch_add(1, Ordering::Relaxed) % (self.copies.len() + 1);
            let session = self.copies.get(turn).unwrap_or(&self.inner);
            session.lock().unwrap_or_else(PoisonError::into_inner)
        })
    }
}

/// Threads inside one run where nobody says, on so many cores: half of them, one to four; decoding and the
/// other network want the rest.
pub fn default_threads(cores: usize) -> usize {
    (cores / 2).clamp(1, 4)
}

fn configure(
    builder: SessionBuilder,
    device: Device,
    threads: usize,
) -> ort::Result<SessionBuilder> {
    Ok(builder
        .with_execution_providers(device.execution_providers())?
        .with_optimization_level(GraphOptimizationLevel::All)?
        .with_intra_threads(threads)?
        // Threads that wait by spinning burn the decoder's cores.
        .with_intra_op_spinning(false)?
        // Plans made for one input size only cost memory when sizes vary.
        .with_memory_pattern(false)?)
}

/// Checks that there is one input `f32[N, 3, H, W]` and returns its dimensions.
fn input_shape(session: &ort::session::Session) -> Result<[Option<usize>; 4], String> {
    const EXPECTED: &str = "expected one input f32[N, 3, H, W]";
    let [input] = session.inputs() else {
        return Err(format!("it has {} inputs, {EXPECTED}", session.inputs().len()));
    };
    let found = || format!("input '{}' is {}, {EXPECTED}", input.name(), input.dtype());
    let ValueType::Tensor { ty: TensorElementType::Float32, shape, .. } = input.dtype() else {
        return Err(found());
    };
    let shape: [i64; 4] = shape[..].try_into().map_err(|_| found())?;
    let shape = shape.map(|d| usize::try_from(d).ok().filter(|&d| d > 0));
    if shape[1].is_some_and(|channels| channels != 3) {
        return Err(found());
    }
    Ok(shape)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::catalogue::Kind;
    use crate::onnx::GraphBuilder;

    /// A file with a network of one node, whose input is `dims`.
    fn one_node(
        directory: &std::path::Path,
        operator: &str,
        inputs: &[&str],
        [height, width]: [i64; 2],
    ) -> PathBuf {
        let path = directory.join("one.onnx");
        let mut graph = GraphBuilder::new("one");
        let dims = ["n".into(), 3.into(), height.into(), width.into()];
        graph.input("x", &dims);
        graph.node_to(operator, inputs, &[], "y");
        graph.output("y", &dims);
        std::fs::write(&path, graph.finish()).unwrap();
        path
    }

    fn open(path: &std::path::Path, threads: usize, runs: usize) -> Arc<Session> {
        let (id, sha256, path) = ("one".to_owned(), String::new(), path.to_owned());
        let kind = Kind::ArcFace;
        let model =
            ModelFile { id, path, kind, sha256, entry: None, parts: Vec::new(), weight: 1.0 };
        let options = SessionOptions { device: Device::Cpu, threads, allow_fallback: false, runs };
        Session::open(&model, &options).unwrap()
    }

    #[test]
    fn one_session_per_file_device_and_threads() {
        if testkit::have("runtime", runtime::init()).is_none() {
            return;
        }
        let directory = tempfile::tempdir().unwrap();
        let path = one_node(directory.path(), "Relu", &["x"], [2, 2]);
        // The same file by another path.
        let roundabout = directory.path().join(".").join("one.onnx");
        let first = open(&path, 1, 1);
        assert!(Arc::ptr_eq(&first, &open(&roundabout, 1, 1)));
        assert!(!Arc::ptr_eq(&first, &open(&path, 2, 1)));
        // Nobody holds it: it is let go.
        let weak = Arc::downgrade(&first);
        drop(first);
        assert!(weak.upgrade().is_none());
        assert_eq!(open(&path, 1, 1).input(), [None, Some(3), Some(2), Some(2)]);
    }

    /// A run that waits for another one: with a session for both they meet.
    #[test]
    fn as_many_runs_at_once_as_were_asked_for() {
        if testkit::have("runtime", runtime::init()).is_none() {
            return;
        }
        let directory = tempfile::tempdir().unwrap();
        let path = one_node(directory.path(), "Add", &["x", "x"], [1, 1]);
        let session = open(&path, 1, 2);
        let (inside, met) = (AtomicUsize::new(0), std::time::Duration::from_secs(20));
        let run = |number: f32| {
            session.run([1, 3, 1, 1], &[number; 3], |tensors| {
                inside.fetch_add(1, Ordering::Relaxed);
                let begun = std::time::Instant::now();
                while inside.load(Ordering::Relaxed) < 2 && begun.elapsed() < met {
                    std::thread::yield_now();
                }
                Ok((inside.load(Ordering::Relaxed), tensors[0].data.to_vec()))
            })
        };
        std::thread::scope(|scope| {
            let other = scope.spawn(|| run(3.0).unwrap());
            assert_eq!(run(1.0).unwrap(), (2, vec![2.0; 3]));
            assert_eq!(other.join().unwrap(), (2, vec![6.0; 3]));
        });
        // A third finds none idle, waits its turn and gets one.
        let (first, second) = (session.idle(), session.idle());
        std::thread::scope(|scope| {
            let third = scope.spawn(|| run(5.0).unwrap().1);
            drop((first, second));
            assert_eq!(third.join().unwrap(), [10.0; 3]);
        });
    }
}
