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

use dataset::{DatasetError, InputState, Retention};
use facegroup::Summary;
use grouping::cluster::Options;
use gst::subclass::prelude::*;

use super::SharedDataset;
use super::identification::IdentificationSettings;
use super::imp::{FaceSink, Open, State};
use super::properties::Mode;

/// How long a state change may take for grouping. Thousands of faces take a second or two.
const WHILE_STOPPING: Duration = Duration::from_secs(10);

/// A closed dataset and what is to be done with it.
#[derive(Debug)]
struct Commit {
    location: PathBuf,
    retention: Retention,
    identification: IdentificationSettings,
    /// `None` where nothing is to be grouped.
    options: Option<Options>,
}

/// What grouping came to: the groups, and what was left out of the pictures of known people, a line
/// each.
type Grouped = (Summary, Vec<String>);

/// How far it came within its time.
enum Committed {
    /// Done; `None` where nothing was to be grouped.
    Done(Option<Grouped>),
    /// It goes on unwatched.
    StillRunning,
}

impl Commit {
    /// Where the dataset lies.
    fn location(&self) -> &Path {
        &self.location
    }

    /// Does it; `None` where nothing is to be grouped.
    fn run(&self) -> anyhow::Result<Option<Grouped>> {
        let Self { location, retention, identification, options } = self;
        if retention.duplicates.is_searched() {
            facegroup::deduplicate(location, &retention.duplicates, retention.save_duplicates)?;
        }
        options.as_ref().map(|options| identification.group(location, options)).transpose()
    }

    /// The same on a thread of its own, watched for that time. A process that ends meanwhile loses
    /// nothing but the groups.
    fn run_within(self, limit: Duration) -> anyhow::Result<Committed> {
        let path = self.location.clone();
        let done = within(limit, move || self.run()).map_err(|cause| DatasetError::Io {
            action: "start a thread that groups",
            path,
            cause,
        })?;
        done.map_or(Ok(Committed::StillRunning), |done| done.map(Committed::Done))
    }
}

impl FaceSink {
    /// Everything is written, and grouped if that is wanted.
    pub(super) fn finish(&self) -> anyhow::Result<()> {
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
        let commit = self.close_for_commit(open.dataset)?;
        if let Some(grouped) = commit.run()? {
            self.tell(commit.location(), &grouped);
        }
        Ok(())
    }

    pub(super) fn tell(&self, location: &Path, (summary, troubles): &Grouped) {
        if !troubles.is_empty() {
            let troubles = troubles.join("\n");
            gst::element_imp_warning!(self, gst::ResourceError::Read, ("{troubles}"));
        }
        self.post_summary(location, summary);
    }

    /// Saves and closes the sink's own dataset, of which nobody else may hold a clone: grouping needs
    /// the folder's lock.
    fn close_for_commit(&self, dataset: SharedDataset) -> Result<Commit, DatasetError> {
        let settings = self.settings.lock().unwrap().clone();
        let (location, model) = {
            let dataset = dataset.lock().unwrap();
            (dataset.location().to_owned(), dataset.run().embedding_model.clone())
        };
        let options = (settings.mode == Mode::Group)
            .then(|| self.grouping_options(model.as_deref(), &location))
            .transpose()?;
        if let Some(dataset) = Arc::into_inner(dataset) {
            dataset.into_inner().unwrap_or_else(PoisonError::into_inner).finish()?;
        }
        let (retention, identification) = (settings.retention, settings.identification);
        Ok(Commit { location, retention, identification, options })
    }

    /// Stopped before the end: what came is written and grouped, and the rest can follow in another run. A
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
        } else if came && let Err(error) = self.commit_stopped(open) {
            // The faces are there all the same, and can be grouped again.
            gst::element_imp_warning!(self, gst::ResourceError::Write, ("{error:#}"));
        }
    }

    /// Commits what came before the pipeline was stopped, as long as that takes no time that anybody
    /// would call hanging.
    fn commit_stopped(&self, open: Open) -> anyhow::Result<()> {
        let ended = {
            let dataset = open.dataset.lock().unwrap();
            let input = dataset.run().input(&open.video);
            input.is_some_and(|(_, input)| input.state == InputState::Complete)
        };
        if !open.own || ended {
            return Ok(());
        }
        let commit = self.close_for_commit(open.dataset)?;
        let location = commit.location().to_owned();
        match commit.run_within(WHILE_STOPPING)? {
            Committed::Done(None) => (),
            Committed::Done(Some(grouped)) => self.tell(&location, &grouped),
            Committed::StillRunning => gst::element_imp_warning!(
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
