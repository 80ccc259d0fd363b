// SPDX-License-Identifier: MIT OR Apache-2.0
//! The implementation of `facesink`.
// Only on locks and on own pspecs, whose types GObject has checked.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::path::Path;
use std::sync::{Arc, LazyLock, Mutex};

use dataset::{self, Dataset, DatasetError, InputInfo, InputState, RunInfo};
use grouping::cluster::Options;
use gst::glib;
use gst::prelude::*;
use gst::subclass::prelude::*;
use gst_base::prelude::*;
use gst_base::subclass::prelude::*;

use super::identification::IdentificationSettings;
use super::numbering::Numbers;
use super::properties::{self, CropFormat, Settings};
use super::queue::Refused;
use super::record::face;
use super::writer::{Item, Writer};
use super::{SharedDataset, group_now, upstream};

static CAT: LazyLock<gst::DebugCategory> = LazyLock::new(|| {
    gst::DebugCategory::new("facesink", gst::DebugColorFlags::empty(), Some("Face sink"))
});

/// What is known while running.
#[derive(Default)]
pub(super) struct State {
    pub(super) info: Option<gst_video::VideoInfo>,
    /// Given by the application.
    pub(super) shared: Option<(SharedDataset, String)>,
    pub(super) open: Option<Open>,
    /// Faces have come that were not there yet.
    pub(super) came: bool,
    pub(super) numbers: Numbers,
    pub(super) stats: Stats,
}

#[derive(Debug, Default, Clone)]
pub(super) struct Stats {
    faces: u64,
    repeated: u64,
}

/// A dataset being written.
#[derive(Clone)]
pub(super) struct Open {
    pub(super) dataset: SharedDataset,
    pub(super) video: String,
    pub(super) writer: Writer,
    /// The first frame that is not there yet.
    first: u64,
    /// Ours to finish.
    pub(super) own: bool,
}

/// The element.
#[derive(Default)]
pub struct FaceSink {
    pub(super) settings: Mutex<Settings>,
    pub(super) state: Mutex<State>,
}

#[glib::object_subclass]
impl ObjectSubclass for FaceSink {
    const NAME: &'static str = "GstRsFaceSink";
    type Type = super::FaceSink;
    type ParentType = gst_base::BaseSink;
}

impl ObjectImpl for FaceSink {
    gst_frameview::element_properties!(properties::specs);

    fn signals() -> &'static [glib::subclass::Signal] {
        group_now::signals()
    }

    fn set_property(&self, _id: usize, value: &glib::Value, pspec: &glib::ParamSpec) {
        self.settings.lock().unwrap().set(pspec.name(), value);
    }

    fn property(&self, _id: usize, pspec: &glib::ParamSpec) -> glib::Value {
        if pspec.name() == "stats" {
            return self.stats().to_value();
        }
        self.settings.lock().unwrap().get(pspec.name())
    }

    fn constructed(&self) {
        self.parent_constructed();
        let obj = self.obj();
        // As fast as the frames come, and without pinning the last of them.
        obj.set_sync(false);
        obj.set_property("enable-last-sample", false);
    }
}

impl GstObjectImpl for FaceSink {}

impl ElementImpl for FaceSink {
    gst_frameview::element_metadata!(
        "Face sink",
        "Sink/Video",
        "Writes faces to a folder and files them by person"
    );

    fn pad_templates() -> &'static [gst::PadTemplate] {
        static TEMPLATES: LazyLock<Vec<gst::PadTemplate>> = LazyLock::new(|| {
            let caps =
                gst_video::VideoCapsBuilder::new().format(gst_video::VideoFormat::Rgb).build();
            gst::PadTemplate::new("sink", gst::PadDirection::Sink, gst::PadPresence::Always, &caps)
                .into_iter()
                .collect()
        });
        TEMPLATES.as_ref()
    }

    fn change_state(
        &self,
        transition: gst::StateChange,
    ) -> Result<gst::StateChangeSuccess, gst::StateChangeError> {
        let changed = self.parent_change_state(transition);
        // The base class stops on the way to NULL only, where a pipeline throws its messages away. No
        // buffer is on its way any more.
        if transition == gst::StateChange::PausedToReady {
            self.close();
        }
        changed
    }
}

impl BaseSinkImpl for FaceSink {
    fn start(&self) -> Result<(), gst::ErrorMessage> {
        // Not only after hours, at the end of the stream.
        let settings = self.settings.lock().unwrap().clone();
        self.state.lock().unwrap().stats = Stats::default();
        let checked = settings.options(None).map_err(anyhow::Error::from);
        let checked = checked.and_then(|_| settings.identification.check());
        checked.map_err(|e| gst::error_msg!(gst::ResourceError::Settings, ("{e:#}")))
    }

    fn set_caps(&self, caps: &gst::Caps) -> Result<(), gst::LoggableError> {
        let info = gst_video::VideoInfo::from_caps(caps)?;
        self.state.lock().unwrap().info = Some(info);
        Ok(())
    }

    fn unlock(&self) -> Result<(), gst::ErrorMessage> {
        self.set_flushing(true);
        Ok(())
    }

    fn unlock_stop(&self) -> Result<(), gst::ErrorMessage> {
        self.set_flushing(false);
        Ok(())
    }

    fn render(&self, buffer: &gst::Buffer) -> Result<gst::FlowSuccess, gst::FlowError> {
        let open = self.opened()?;
        let info = self.state.lock().unwrap().info.clone().ok_or(gst::FlowError::NotNegotiated)?;
        let mut item = face(buffer, &info, &open.video).map_err(|error| {
            self.post_error_message(error);
            gst::FlowError::Error
        })?;
        if let Item::Face(face) = &mut item {
            let mut state = self.state.lock().unwrap();
            state.stats.faces += 1;
            let came = !state.numbers.face(&mut face.record) || face.record.frame < open.first;
            let frame = face.record.frame;
            if came {
                state.stats.repeated += 1;
                gst::log!(CAT, imp = self, "frame {frame}: is there already");
                return Ok(gst::FlowSuccess::Ok);
            }
            state.came = true;
            gst::log!(CAT, imp = self, "frame {frame}: {} wait", open.writer.waiting());
        }
        self.queue(&open, item)
    }

    fn event(&self, event: gst::Event) -> bool {
        match event.view() {
            gst::EventView::Gap(gap) => {
                let frame = gap.structure().and_then(|s| s.get::<u64>("frame").ok());
                let frame = frame.and_then(|f| self.state.lock().unwrap().numbers.frame(f));
                if let (Some(frame), Ok(open)) = (frame, self.opened()) {
                    // The frame had no faces, so it is done. Where that is not taken, a resumed run
                    // only looks at it again.
                    if frame >= open.first {
                        let _ = open.writer.push(Item::Progress(frame.saturating_add(1)));
                    }
                }
            }
            gst::EventView::StreamStart(_) => self.state.lock().unwrap().numbers.next_stream(),
            gst::EventView::FlushStop(_) => self.state.lock().unwrap().numbers.interrupted(),
            gst::EventView::Eos(_) => {
                // A failure is posted; the stream has ended all the same.
                if let Err(error) = self.finish() {
                    gst::element_imp_error!(self, gst::ResourceError::Write, ("{error:#}"));
                }
            }
            _ => (),
        }
        self.parent_event(event)
    }
}

impl FaceSink {
    pub(super) fn share(&self, dataset: SharedDataset, video: &str) {
        self.state.lock().unwrap().shared = Some((dataset, video.to_owned()));
    }

    /// What writes the sink's own dataset.
    pub(super) fn own_writer(&self) -> Option<Writer> {
        let state = self.state.lock().unwrap();
        state.open.as_ref().filter(|open| open.own).map(|open| open.writer.clone())
    }

    /// How to group the embeddings of `model`.
    pub(super) fn grouping_options(
        &self,
        model: Option<&str>,
        location: &Path,
    ) -> Result<Options, DatasetError> {
        let options = self.settings.lock().unwrap().options(model);
        options.map_err(|cause| DatasetError::Group { location: location.to_owned(), cause })
    }

    /// What is known of people.
    pub(super) fn identification(&self) -> IdentificationSettings {
        self.settings.lock().unwrap().identification.clone()
    }

    fn stats(&self) -> gst::Structure {
        let state = self.state.lock().unwrap();
        gst::Structure::builder("stats")
            .field("faces", state.stats.faces)
            .field("repeated", state.stats.repeated)
            .field("waiting", state.open.as_ref().map_or(0, |o| o.writer.waiting() as u64))
            .build()
    }

    fn set_flushing(&self, flushing: bool) {
        let open = self.state.lock().unwrap().open.clone();
        if let Some(open) = open {
            open.writer.set_flushing(flushing);
        }
    }

    /// The dataset, opened when the first thing comes.
    pub(super) fn opened(&self) -> Result<Open, gst::FlowError> {
        if let Some(open) = self.state.lock().unwrap().open.clone() {
            return Ok(open);
        }
        let settings = self.settings.lock().unwrap().clone();
        let shared = self.state.lock().unwrap().shared.clone();
        let own = shared.is_none();
        let opened = match shared {
            Some((dataset, video)) => attach(dataset, video, false),
            None => self
                .create(&settings)
                .and_then(|(dataset, video)| attach(Arc::new(Mutex::new(dataset)), video, true)),
        };
        let open = opened.map_err(|error| {
            let reported =
                if own { error.reported("location", "overwrite=true") } else { error.to_string() };
            gst::element_imp_error!(self, gst::ResourceError::OpenWrite, ("{reported}"));
            gst::FlowError::Error
        })?;
        gst::info!(CAT, imp = self, "{} from frame {}", open.video, open.first);
        self.state.lock().unwrap().open = Some(open.clone());
        Ok(open)
    }

    fn create(&self, settings: &Settings) -> Result<(Dataset, String), DatasetError> {
        let location = Path::new(&settings.location);
        let mut input = self.input();
        if let Some(video) = &settings.video {
            input.name.clone_from(video);
        }
        let video = input.name.clone();
        let mut run = RunInfo::new(vec![input]);
        run.settings = upstream::settings(self.obj().upcast_ref());
        run.prefix.clone_from(&settings.prefix);
        run.pictures = match settings.format {
            CropFormat::Jpeg => dataset::CropFormat::Jpeg { quality: settings.quality as u8 },
            CropFormat::Png => dataset::CropFormat::Png,
            CropFormat::WebP => dataset::CropFormat::WebP,
        };
        if settings.overwrite {
            Dataset::discard(location, &run)?;
        }
        let (mut dataset, _) = Dataset::create_or_resume(location, run)?;
        dataset.set_retention(settings.retention)?;
        Ok((dataset, video))
    }

    /// What is played, as far as upstream tells.
    fn input(&self) -> InputInfo {
        let mut query = gst::query::Uri::new();
        let uri = self
            .obj()
            .sink_pad()
            .peer_query(&mut query)
            .then(|| query.uri())
            .flatten()
            .map(|uri| uri.to_string());
        let path =
            uri.as_ref().and_then(|uri| glib::filename_from_uri(uri).ok()).map(|(path, _)| path);
        match (path, uri) {
            (Some(path), _) => InputInfo::for_files(&[path]).into_iter().next().unwrap_or_default(),
            (None, Some(uri)) => InputInfo::for_uri(&uri),
            (None, None) => InputInfo::for_uri("stream"),
        }
    }

    /// To be called from `render` only: waiting needs the lock that is held there.
    fn queue(&self, open: &Open, mut item: Item) -> Result<gst::FlowSuccess, gst::FlowError> {
        loop {
            item = match open.writer.push(item) {
                Ok(()) => return Ok(gst::FlowSuccess::Ok),
                Err(Refused::CalledBack(item)) => {
                    // To pause: the item is still to be written when playing again.
                    self.obj().wait_preroll()?;
                    item
                }
                Err(Refused::Closed) => {
                    if let Some(error) = open.writer.error() {
                        gst::element_imp_error!(self, gst::ResourceError::Write, ("{error}"));
                    }
                    return Err(gst::FlowError::Error);
                }
            };
        }
    }
}

fn attach(dataset: SharedDataset, video: String, own: bool) -> Result<Open, DatasetError> {
    let first = {
        let dataset = dataset.lock().unwrap();
        dataset.run().input(&video).map_or(0, |(_, input)| match input.state {
            // Played again to its end, it only needs grouping.
            InputState::Complete => u64::MAX,
            _ => input.next_frame,
        })
    };
    let writer = Writer::start(dataset.clone(), video.clone()).map_err(|cause| {
        let path = dataset.lock().unwrap().location().to_owned();
        DatasetError::Io { action: "start a thread that writes", path, cause }
    })?;
    Ok(Open { dataset, video, writer, first, own })
}

gst_frameview::plain_name!(PlainFaceSink, "GstRsPlainFaceSink", FaceSink, BaseSinkImpl {});

unsafe impl<T: BaseSinkImpl> IsSubclassable<T> for super::FaceSink {}
