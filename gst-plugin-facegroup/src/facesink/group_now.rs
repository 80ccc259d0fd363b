// SPDX-License-Identifier: MIT OR Apache-2.0
//! Grouping when told to, in the middle of a stream: the action signal `group-now`.

use std::path::Path;
use std::sync::LazyLock;

use dataset::Dataset;
use gst::glib;
use gst::glib::subclass::Signal;
use gst::prelude::*;
use gst::subclass::prelude::*;

use super::imp::FaceSink;
use super::message::SummaryMessage;
use super::writer::Job;

pub(super) fn signals() -> &'static [Signal] {
    static SIGNALS: LazyLock<Vec<Signal>> = LazyLock::new(|| {
        let handler = |args: &[glib::Value]| {
            let sink = args.first()?.get::<super::FaceSink>().ok()?;
            Some(sink.group_now().to_value())
        };
        vec![
            Signal::builder("group-now")
                .action()
                .return_type::<bool>()
                .class_handler(handler)
                .build(),
        ]
    });
    SIGNALS.as_ref()
}

impl FaceSink {
    /// Has the faces that came so far grouped, and named where people are known, behind the writing that still waits; `false` where
    /// there is nothing to group, or the dataset is the application's.
    pub(super) fn group_now(&self) -> bool {
        let Some(writer) = self.own_writer() else {
            return false;
        };
        let sink = self.obj().downgrade();
        writer.also(Job(Box::new(move |dataset: &mut Dataset| {
            let Some(sink) = sink.upgrade() else {
                return;
            };
            let imp = sink.imp();
            let model = dataset.run().embedding_model.clone();
            let identification = imp.identification();
            let grouped = imp
                .grouping_options(model.as_deref(), dataset.location())
                .map_err(anyhow::Error::from)
                .and_then(|options| identification.group_now(dataset, &options));
            match grouped {
                Ok(grouped) => imp.tell(dataset.location(), &grouped),
                // The stream goes on, and so does the writing.
                Err(error) => {
                    gst::element_imp_warning!(imp, gst::ResourceError::Write, ("{error:#}"))
                }
            }
        })))
    }

    pub(super) fn post_summary(&self, location: &Path, summary: &facegroup::Summary) {
        let message = SummaryMessage {
            element: self.obj().factory().map_or("facesink".into(), |f| f.name().into()),
            location: location.to_owned(),
            faces: summary.faces as u64,
            people: summary.people().count() as u64,
            unsure: summary.unsure as u64,
            report: summary.report.clone(),
        };
        let message = gst::message::Element::builder(message.into()).src(&*self.obj()).build();
        // Fails without a bus, which is nobody's fault.
        let _ = self.post_message(message);
    }
}
