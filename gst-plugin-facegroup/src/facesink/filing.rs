// SPDX-License-Identifier: MIT OR Apache-2.0
//! What becomes of the faces once no more come: duplicates are put away, the rest is grouped.

use std::path::{Path, PathBuf};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Arc, PoisonError};
use std::thread;
use std::time::Duration;

use grouping::cluster::Options;
use grouping::dataset::{Dataset, DatasetError, Keeping, Summary};

use super::SharedDataset;

/// A closed dataset and what is to be done with it.
#[derive(Debug)]
pub(super) struct Filing {
    location: PathBuf,
    keeping: Keeping,
    /// `None` where nothing is to be grouped.
    options: Option<Options>,
}

/// How far filing came within its time.
pub(super) enum Filed {
    /// Done; `None` where nothing was to be grouped.
    Done(Option<Summary>),
    /// It goes on unwatched.
    StillRunning,
}

impl Filing {
    /// Saves and closes the dataset, of which nobody else may hold a clone: grouping needs the
    /// folder's lock.
    pub(super) fn close(
        dataset: SharedDataset,
        location: PathBuf,
        keeping: Keeping,
        options: Option<Options>,
    ) -> Result<Self, DatasetError> {
        if let Some(dataset) = Arc::into_inner(dataset) {
            dataset.into_inner().unwrap_or_else(PoisonError::into_inner).finish()?;
        }
        Ok(Self { location, keeping, options })
    }

    /// Where the dataset lies.
    pub(super) fn location(&self) -> &Path {
        &self.location
    }

    /// Does it; `None` where nothing is to be grouped.
    pub(super) fn run(&self) -> Result<Option<Summary>, DatasetError> {
        let Self { location, keeping, options } = self;
        if keeping.duplicates.is_searched() {
            Dataset::deduplicate(location, &keeping.duplicates, keeping.save_duplicates)?;
        }
        options.as_ref().map(|options| Dataset::regroup(location, options)).transpose()
    }

    /// The same on a thread of its own, watched for that time. A process that ends meanwhile loses
    /// nothing but the groups.
    pub(super) fn run_within(self, limit: Duration) -> Result<Filed, DatasetError> {
        let path = self.location.clone();
        let done = within(limit, move || self.run()).map_err(|source| DatasetError::Io {
            action: "start a thread that groups",
            path,
            source,
        })?;
        done.map_or(Ok(Filed::StillRunning), |done| done.map(Filed::Done))
    }
}

/// What a job comes to, if it comes to it in time.
fn within<T: Send + 'static>(
    limit: Duration,
    job: impl FnOnce() -> T + Send + 'static,
) -> std::io::Result<Option<T>> {
    let (sender, receiver) = mpsc::channel();
    thread::Builder::new().name("facesink-group".into()).spawn(move || {
        // Nobody may be waiting any more.
        let _ = sender.send(job());
    })?;
    match receiver.recv_timeout(limit) {
        Ok(done) => Ok(Some(done)),
        Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => Ok(None),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn what_takes_too_long_is_left_to_itself() {
        assert_eq!(within(Duration::from_secs(60), || 7).unwrap(), Some(7));
        let (go, wait) = mpsc::channel::<()>();
        let (done, ended) = mpsc::channel();
        let endless = within(Duration::from_millis(20), move || {
            wait.recv().unwrap();
            done.send(()).unwrap();
        });
        assert_eq!(endless.unwrap(), None);
        // It still comes to its end.
        go.send(()).unwrap();
        ended.recv_timeout(Duration::from_secs(60)).unwrap();
    }
}
