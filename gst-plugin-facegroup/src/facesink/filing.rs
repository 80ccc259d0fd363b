// SPDX-License-Identifier: MIT OR Apache-2.0
//! What becomes of the faces once no more come, at EOS or before it: duplicates are put away, the
//! rest is grouped.
// Only on locks.
#![allow(clippy::unwrap_used)]

use std::path::{Path, PathBuf};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Arc, PoisonError};
use std::thread;
use std::time::Duration;

use grouping::cluster::Options;
use grouping::dataset::{Dataset, DatasetError, InputState, Keeping, Summary};
use gst::subclass::prelude::*;

use super::SharedDataset;
use super::imp::{FaceSink, Open, State};
use super::properties::Mode;

/// How long a state change may take for grouping. Thousands of faces take a second or two.
const WHILE_STOPPING: Duration = Duration::from_secs(10);

/// A closed dataset and what is to be done with it.
#[derive(Debug)]
struct Filing {
    location: PathBuf,
    keeping: Keeping,
    /// `None` where nothing is to be grouped.
    options: Option<Options>,
}

/// How far filing came within its time.
enum Filed {
    /// Done; `None` where nothing was to be grouped.
    Done(Option<Summary>),
    /// It goes on unwatched.
    StillRunning,
}

impl Filing {
    /// Saves and closes the dataset, of which nobody else may hold a clone: grouping needs the
    /// folder's lock.
    fn close(
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
    fn location(&self) -> &Path {
        &self.location
    }

    /// Does it; `None` where nothing is to be grouped.
    fn run(&self) -> Result<Option<Summary>, DatasetError> {
        let Self { location, keeping, options } = self;
        if keeping.duplicates.is_searched() {
            Dataset::deduplicate(location, &keeping.duplicates, keeping.save_duplicates)?;
        }
        options.as_ref().map(|options| Dataset::regroup(location, options)).transpose()
    }

    /// The same on a thread of its own, watched for that time. A process that ends meanwhile loses
    /// nothing but the groups.
    fn run_within(self, limit: Duration) -> Result<Filed, DatasetError> {
        let path = self.location.clone();
        let done = within(limit, move || self.run()).map_err(|source| DatasetError::Io {
            action: "start a thread that groups",
            path,
            source,
        })?;
        done.map_or(Ok(Filed::StillRunning), |done| done.map(Filed::Done))
    }
}

impl FaceSink {
    /// Everything is written, and grouped if that is wanted.
    pub(super) fn finish(&self) -> Result<(), DatasetError> {
        // Also a stream without a single face leaves a dataset.
        let Ok(open) = self.opened() else {
            return Ok(());
        };
        {
            let mut state = self.state.lock().unwrap();
            (state.open, state.came) = (None, false);
        }
        open.writer.finish()?;
        if !open.own {
            return Ok(());
        }
        open.dataset.lock().unwrap().finish_input(&open.video)?;
        let filing = self.filing(open.dataset)?;
        if let Some(summary) = filing.run()? {
            self.post_summary(filing.location(), &summary);
        }
        Ok(())
    }

    /// Closes the sink's own dataset, for its faces to be filed.
    fn filing(&self, dataset: SharedDataset) -> Result<Filing, DatasetError> {
        let settings = self.settings.lock().unwrap().clone();
        let (location, model) = {
            let dataset = dataset.lock().unwrap();
            (dataset.location().to_owned(), dataset.run().embedding_model.clone())
        };
        let options = (settings.mode == Mode::Group)
            .then(|| self.grouping_options(model.as_deref(), &location))
            .transpose()?;
        Filing::close(dataset, location, settings.keeping, options)
    }

    /// Stopped before the end: what came is written and filed, and the rest can follow in another run. A
    /// state change downwards must not fail, so what goes wrong is told on the bus.
    pub(super) fn close(&self) {
        let (open, came) = {
            let mut state = self.state.lock().unwrap();
            let shared = state.shared.take();
            // The counts stay readable after the end.
            let stats = state.stats.clone();
            let state = std::mem::replace(&mut *state, State { shared, stats, ..State::default() });
            (state.open, state.came)
        };
        let Some(open) = open else {
            return;
        };
        if let Err(error) = open.writer.finish() {
            gst::element_imp_error!(self, gst::ResourceError::Write, ("{error}"));
        } else if came && let Err(error) = self.file_stopped(open) {
            // The faces are there all the same, and can be grouped again.
            gst::element_imp_warning!(self, gst::ResourceError::Write, ("{error}"));
        }
    }

    /// Files what came before the pipeline was stopped, as long as that takes no time that anybody
    /// would call hanging.
    fn file_stopped(&self, open: Open) -> Result<(), DatasetError> {
        let ended = {
            let dataset = open.dataset.lock().unwrap();
            let input = dataset.run().input(&open.video);
            input.is_some_and(|(_, input)| input.state == InputState::Complete)
        };
        if !open.own || ended {
            return Ok(());
        }
        let filing = self.filing(open.dataset)?;
        let location = filing.location().to_owned();
        match filing.run_within(WHILE_STOPPING)? {
            Filed::Done(None) => (),
            Filed::Done(Some(summary)) => self.post_summary(&location, &summary),
            Filed::StillRunning => gst::element_imp_warning!(
                self,
                gst::ResourceError::Busy,
                ("{} is still being grouped", location.display()),
                ["stopped before the end; if the program ends first: facegroup group OUT"]
            ),
        }
        Ok(())
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
