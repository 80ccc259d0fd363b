// SPDX-License-Identifier: MIT OR Apache-2.0
//! The opened datasets, and what changed in each since when.

use std::collections::{BTreeSet, HashSet, VecDeque};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use facegroup::review::{Done, Session};

use crate::error::{Refusal, ServeError};
use crate::hooks::Hooks;

/// Changes that are remembered for other windows; who missed more loads all.
const REMEMBERED: usize = 1000;
/// Decoded frames that are kept: a step to a neighbour and back decodes nothing.
const FRAMES: usize = 12;

/// Everything that is served.
#[derive(Debug)]
pub(crate) struct App {
    pub(crate) hooks: Hooks,
    books: Vec<Book>,
}

/// One dataset.
#[derive(Debug)]
pub(crate) struct Book {
    pub(crate) location: PathBuf,
    state: Mutex<State>,
    /// Of the session, so that nobody waits for a lock to learn that nothing changed.
    version: AtomicU64,
    /// Whether something runs that takes seconds.
    pub(crate) busy: AtomicBool,
    frames: Mutex<VecDeque<Decoded>>,
}

/// Index of a film, number of a frame, and the frame as JPEG.
type Decoded = ((usize, u64), Arc<Vec<u8>>);

/// What the lock of a dataset guards.
pub(crate) struct State {
    pub(crate) session: Session,
    /// Questions that were put off, by a face of each side.
    pub(crate) skipped: HashSet<(usize, usize)>,
    /// Grows where faces may have other numbers: pictures of before are then others'.
    pub(crate) edition: u64,
    history: VecDeque<Change>,
    /// The version before the first of the history.
    begun: u64,
}

impl std::fmt::Debug for State {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("State").field("edition", &self.edition).finish_non_exhaustive()
    }
}

struct Change {
    version: u64,
    text: String,
    /// People to draw anew; `None` for all.
    people: Option<Vec<String>>,
}

/// What changed since a version.
#[derive(Debug, Default)]
pub(crate) struct Since {
    pub(crate) text: String,
    pub(crate) people: BTreeSet<String>,
    pub(crate) all: bool,
}

impl State {
    /// Takes in what another program did to the files.
    pub(crate) fn catch_up(&mut self) -> Result<(), Refusal> {
        if self.session.catch_up()? {
            self.note_all("changed by another program");
        }
        Ok(())
    }

    /// Remembers what was done, for other windows.
    pub(crate) fn note(&mut self, done: &Done) {
        self.remember(done.version, done.text.clone(), Some(done.changed.clone()));
    }

    /// Remembers that anything may have changed.
    pub(crate) fn note_all(&mut self, text: &str) {
        self.edition += 1;
        self.skipped.clear();
        self.remember(self.session.version(), text.to_owned(), None);
    }

    fn remember(&mut self, version: u64, text: String, people: Option<Vec<String>>) {
        self.history.push_back(Change { version, text, people });
        if self.history.len() > REMEMBERED
            && let Some(forgotten) = self.history.pop_front()
        {
            self.begun = forgotten.version;
        }
    }

    /// What changed after this version.
    pub(crate) fn since(&self, version: u64) -> Since {
        if version < self.begun || version > self.session.version() {
            return Since { all: true, ..Since::default() };
        }
        let mut since = Since::default();
        for change in self.history.iter().filter(|change| change.version > version) {
            since.text.clone_from(&change.text);
            match &change.people {
                Some(people) => since.people.extend(people.iter().cloned()),
                None => since.all = true,
            }
        }
        since
    }
}

impl Book {
    fn open(location: PathBuf) -> Result<Self, ServeError> {
        let session = Session::open(&location)?;
        let version = session.version();
        let state = State {
            session,
            skipped: HashSet::new(),
            edition: 0,
            history: VecDeque::new(),
            begun: version,
        };
        Ok(Self {
            location,
            state: Mutex::new(state),
            version: AtomicU64::new(version),
            busy: AtomicBool::new(false),
            frames: Mutex::default(),
        })
    }

    /// Does something with the session, and nobody else does meanwhile.
    pub(crate) fn with<T>(&self, what: impl FnOnce(&mut State) -> T) -> T {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let told = what(&mut state);
        self.version.store(state.session.version(), Ordering::Release);
        told
    }

    /// The version that was last seen, without waiting.
    pub(crate) fn version(&self) -> u64 {
        self.version.load(Ordering::Acquire)
    }

    /// A frame that was decoded before, of the film of this index.
    pub(crate) fn frame(&self, video: usize, frame: u64) -> Option<Arc<Vec<u8>>> {
        let frames = self.frames.lock().unwrap_or_else(PoisonError::into_inner);
        let held = frames.iter().find(|(key, _)| *key == (video, frame));
        held.map(|(_, bytes)| bytes.clone())
    }

    /// Keeps a decoded frame.
    pub(crate) fn keep_frame(&self, video: usize, frame: u64, bytes: Arc<Vec<u8>>) {
        let mut frames = self.frames.lock().unwrap_or_else(PoisonError::into_inner);
        frames.push_back(((video, frame), bytes));
        if frames.len() > FRAMES {
            frames.pop_front();
        }
    }
}

impl App {
    /// Opens the datasets.
    pub(crate) fn open(datasets: &[PathBuf], hooks: Hooks) -> Result<Self, ServeError> {
        let books = datasets.iter().cloned().map(Book::open).collect::<Result<Vec<_>, _>>()?;
        if books.is_empty() {
            return Err(ServeError::Nothing);
        }
        Ok(Self { hooks, books })
    }

    pub(crate) fn books(&self) -> &[Book] {
        &self.books
    }

    pub(crate) fn book(&self, index: usize) -> Result<&Book, Refusal> {
        self.books.get(index).ok_or_else(|| Refusal::missing("This dataset"))
    }

    /// Lets the folders of all datasets show what was said; one that fails keeps the others from nothing.
    pub(crate) fn file_all(&self) -> Result<(), ServeError> {
        let mut failed = None;
        for book in &self.books {
            let filed = book.with(|state| match state.session.is_committed() {
                true => Ok(()),
                false => state.session.commit(),
            });
            if let Err(cause) = filed {
                failed = Some(ServeError::File { location: book.location.clone(), cause });
            }
        }
        failed.map_or(Ok(()), Err)
    }
}

/// Does something with a dataset, off the threads that answer.
pub(crate) async fn with<T: Send + 'static>(
    app: &Arc<App>,
    book: usize,
    what: impl FnOnce(&App, &Book) -> Result<T, Refusal> + Send + 'static,
) -> Result<T, Refusal> {
    let app = app.clone();
    let done = tokio::task::spawn_blocking(move || what(&app, app.book(book)?)).await;
    done.unwrap_or_else(|error| {
        tracing::error!("{error}");
        Err(Refusal::failed("The server failed at this; nothing was changed by it."))
    })
}
