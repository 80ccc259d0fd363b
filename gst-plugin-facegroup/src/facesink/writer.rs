// SPDX-License-Identifier: MIT OR Apache-2.0
//! The thread that writes faces, so that compressing pictures never holds up the stream.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};

use dataset::{Dataset, DatasetError, FaceRecord};
use image::RgbImage;

use super::SharedDataset;
use super::queue::{Queue, Refused};

/// Crops that may wait: some frames of a crowd.
const CAPACITY: usize = 64;

/// One thing to write.
#[derive(Debug)]
pub(super) enum Item {
    /// A face.
    Face(Box<NewFace>),
    /// Every frame before this one is done.
    Progress(u64),
    /// Something to do with the dataset once all that came before is written.
    Job(Job),
}

/// Work on a dataset.
pub(super) struct Job(pub(super) Box<dyn FnOnce(&mut Dataset) + Send>);

impl std::fmt::Debug for Job {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Job")
    }
}

/// A face, and the picture and embedding that came with it.
#[derive(Debug)]
pub(super) struct NewFace {
    pub(super) record: FaceRecord,
    pub(super) picture: RgbImage,
    pub(super) embedding: Option<facemeta::Embedding>,
}

/// Writes into a dataset on a thread of its own.
#[derive(Debug, Clone)]
pub(super) struct Writer {
    queue: Arc<Queue<Item>>,
    error: Arc<Mutex<Option<DatasetError>>>,
    thread: Arc<Mutex<Option<JoinHandle<()>>>>,
}

impl Writer {
    /// Begins to write the faces of `video`.
    pub(super) fn start(dataset: SharedDataset, video: String) -> std::io::Result<Self> {
        let queue = Arc::new(Queue::new(CAPACITY));
        let error = Arc::new(Mutex::new(None));
        let thread = thread::Builder::new().name("facesink".into()).spawn({
            let (queue, error) = (queue.clone(), error.clone());
            move || {
                let mut known = HashSet::new();
                while let Some(item) = queue.pop() {
                    if let Err(failed) = write(&dataset, &video, item, &mut known) {
                        *error.lock().unwrap_or_else(PoisonError::into_inner) = Some(failed);
                        queue.abandon();
                        return;
                    }
                }
            }
        })?;
        Ok(Self { queue, error, thread: Arc::new(Mutex::new(Some(thread))) })
    }

    /// Queues an item; waits for a place.
    pub(super) fn push(&self, item: Item) -> Result<(), Refused<Item>> {
        self.queue.push(item)
    }

    /// Queues work behind what is waiting, without waiting for a place; `false` where nothing is
    /// written any more.
    pub(super) fn also(&self, job: Job) -> bool {
        self.queue.insert(Item::Job(job))
    }

    /// How many items wait.
    pub(super) fn waiting(&self) -> usize {
        self.queue.len()
    }

    /// Why writing stopped, if it did; told once.
    pub(super) fn error(&self) -> Option<DatasetError> {
        self.error.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// Lets a waiting `push` go, or lets it wait again.
    pub(super) fn set_flushing(&self, flushing: bool) {
        self.queue.set_flushing(flushing);
    }

    /// Writes what is queued and ends.
    pub(super) fn finish(&self) -> Result<(), DatasetError> {
        self.queue.close();
        let thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take();
        // The thread keeps its errors for us; a panic in it would be ours, and is no reason for another.
        let _ = thread.map(JoinHandle::join);
        self.error().map_or(Ok(()), Err)
    }
}

/// `known` are the tracks of which a face with an embedding was written.
fn write(
    dataset: &SharedDataset,
    video: &str,
    item: Item,
    known: &mut HashSet<u64>,
) -> Result<(), DatasetError> {
    let mut dataset = dataset.lock().unwrap_or_else(PoisonError::into_inner);
    match item {
        Item::Progress(frame) => dataset.progress(video, frame),
        Item::Job(Job(job)) => {
            job(&mut dataset);
            Ok(())
        }
        Item::Face(face) => {
            let NewFace { record, picture, embedding } = *face;
            let sampled = embedding.is_some();
            let track = record.track;
            // Past the samples of its track a picture shows nothing new.
            let surplus = !sampled && track.is_some_and(|track| known.contains(&track));
            if let (true, Some(track)) = (sampled, track) {
                known.insert(track);
            }
            let values = embedding.as_ref().map(|e| e.values.as_slice());
            let model = embedding.as_ref().map_or("", |e| e.model.as_str());
            dataset.append(record, (!surplus).then_some(&picture), values, model)
        }
    }
}
