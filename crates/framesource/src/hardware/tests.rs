// SPDX-License-Identifier: MIT OR Apache-2.0
//! Ranks and what follows from them, with elements that stand in for decoders of hardware.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::sync::{LazyLock, Mutex, MutexGuard, Once, PoisonError};

use gst::glib;
use gst::subclass::prelude::*;

use super::*;
use crate::decode::Decoding;
use crate::failing::Failure;
use crate::fallback::{Failed, or_in_software};
use crate::input::Source;
use crate::sampling::{Pace, Sampling};

mod stand_in {
    use super::*;

    /// Decodes PNG as a graphics card would; one called `…closed…` has no device.
    #[derive(Default)]
    pub struct StandIn;

    #[glib::object_subclass]
    impl ObjectSubclass for StandIn {
        const NAME: &'static str = "FacegroupStandIn";
        type Type = super::StandIn;
        type ParentType = gst::Bin;
    }

    impl ObjectImpl for StandIn {
        fn constructed(&self) {
            self.parent_constructed();
            let bin = self.obj();
            let decoder = gst::ElementFactory::make("pngdec").build().unwrap();
            bin.add(&decoder).unwrap();
            for name in ["sink", "src"] {
                let template = bin.pad_template(name).unwrap();
                let target = decoder.static_pad(name).unwrap();
                let pad = gst::GhostPad::from_template_with_target(&template, &target).unwrap();
                bin.add_pad(&pad).unwrap();
            }
        }
    }

    impl GstObjectImpl for StandIn {}
    impl BinImpl for StandIn {}

    impl ElementImpl for StandIn {
        fn metadata() -> Option<&'static gst::subclass::ElementMetadata> {
            static METADATA: LazyLock<gst::subclass::ElementMetadata> = LazyLock::new(|| {
                let class = "Codec/Decoder/Video/Hardware";
                gst::subclass::ElementMetadata::new("Stand-in", class, "For tests", "facegroup")
            });
            Some(&*METADATA)
        }

        fn pad_templates() -> &'static [gst::PadTemplate] {
            static TEMPLATES: LazyLock<Vec<gst::PadTemplate>> = LazyLock::new(|| {
                let template = |name, direction, media| {
                    let caps = gst::Caps::new_empty_simple(media);
                    gst::PadTemplate::new(name, direction, gst::PadPresence::Always, &caps).unwrap()
                };
                let sink = template("sink", gst::PadDirection::Sink, "image/png");
                vec![sink, template("src", gst::PadDirection::Src, "video/x-raw")]
            });
            TEMPLATES.as_ref()
        }

        fn change_state(
            &self,
            transition: gst::StateChange,
        ) -> Result<gst::StateChangeSuccess, gst::StateChangeError> {
            let name = self.obj().factory().map(|factory| factory.name().to_string());
            let closed = name.is_some_and(|name| name.contains("closed"));
            if closed && transition == gst::StateChange::NullToReady {
                gst::element_imp_error!(self, gst::ResourceError::NotFound, ("no such device"));
                return Err(gst::StateChangeError);
            }
            self.parent_change_state(transition)
        }
    }

    unsafe impl<T: BinImpl> IsSubclassable<T> for super::StandIn {}
}

glib::wrapper! {
    pub struct StandIn(ObjectSubclass<stand_in::StandIn>)
        @extends gst::Bin, gst::Element, gst::Object, @implements gst::ChildProxy;
}

/// A factory of that name: a type can carry the name of one only.
macro_rules! factory {
    ($module:ident, $name:literal) => {{
        mod $module {
            use super::*;
            #[derive(Default)]
            pub struct Decoder;
            #[glib::object_subclass]
            impl ObjectSubclass for Decoder {
                const NAME: &'static str = concat!("FacegroupStandIn-", $name);
                type Type = Wrapper;
                type ParentType = StandIn;
            }
            impl ObjectImpl for Decoder {}
            impl GstObjectImpl for Decoder {}
            impl ElementImpl for Decoder {}
            impl BinImpl for Decoder {}
            glib::wrapper! {
                pub struct Wrapper(ObjectSubclass<Decoder>)
                    @extends StandIn, gst::Bin, gst::Element, gst::Object,
                    @implements gst::ChildProxy;
            }
        }
        gst::Element::register(None, $name, gst::Rank::NONE, $module::Wrapper::static_type())
            .unwrap();
    }};
}

const OURS: [&str; 4] = ["nvstandindec", "vastandindec", "vaapistandindec", "vaclosedstandindec"];

/// Ranks are the whole process's: one test at a time, with those of GStreamer to begin with.
fn alone() -> MutexGuard<'static, ()> {
    static ALONE: Mutex<()> = Mutex::new(());
    static INIT: Once = Once::new();
    let guard = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    INIT.call_once(|| {
        gst::init().unwrap();
        factory!(nv, "nvstandindec");
        factory!(va, "vastandindec");
        factory!(vaapi, "vaapistandindec");
        factory!(closed, "vaclosedstandindec");
        factory!(other, "v4l2standindec");
    });
    set(&OURS, gst::Rank::NONE);
    set(&["v4l2standindec"], gst::Rank::MARGINAL);
    guard
}

fn set(names: &[&str], rank: gst::Rank) {
    names.iter().for_each(|name| find(name).set_rank(rank));
}

fn find(name: &str) -> gst::ElementFactory {
    gst::ElementFactory::find(name).expect(name)
}

fn ranks() -> Vec<i32> {
    let names = OURS.iter().chain(&["v4l2standindec"]);
    names.map(|name| i32::from(find(name).rank())).collect()
}

#[test]
fn what_works_and_is_asked_for_is_raised() {
    let _guard = alone();
    let software = find("pngdec").rank();
    let of = |wanted| {
        set(&OURS, gst::Rank::NONE);
        set(&["v4l2standindec"], gst::Rank::MARGINAL);
        let decoders = Decoders::choose(wanted).unwrap();
        assert_eq!(find("pngdec").rank(), software, "software keeps its rank");
        let raised = OURS.iter().filter(|name| i32::from(find(name).rank()) > 0).count();
        assert_eq!(decoders.opened().len(), raised);
        ranks()
    };
    assert_eq!(of(Decoder::Auto), [512, 512, 511, 0, 64]);
    assert_eq!(of(Decoder::Nv), [512, 0, 0, 0, 0]);
    assert_eq!(of(Decoder::Va), [0, 512, 511, 0, 0]);
    // Also what the distribution prefers is put down.
    set(&OURS, gst::Rank::PRIMARY);
    Decoders::choose(Decoder::Software).unwrap();
    assert_eq!(ranks(), [0; 5]);
}

#[test]
fn a_device_that_does_not_open_is_an_error_where_it_is_asked_for() {
    let _guard = alone();
    let wanted = Decoder::Va;
    let closed = DecoderError::Closed {
        wanted,
        tried: vec!["vah264dec".into(), "vaclosedstandindec".into()],
        why: "no such device".into(),
    };
    assert_eq!(open(&find("vaclosedstandindec")), Err("no such device".into()));
    for (error, says) in [
        (closed, &["--decoder va: none of vah264dec", "no such device", "/dev/dri"][..]),
        (DecoderError::Missing(Decoder::Nv), &["--decoder nv: GStreamer has no", "nvidia-smi"]),
    ] {
        let text = error.to_string();
        assert!(says.iter().all(|part| text.contains(part)), "{text}");
        assert!(text.ends_with("or take --decoder auto"), "{text}");
    }
}

/// Plays a picture of that kind; which decoder was plugged, or why not.
fn plugged(decoders: &Decoders, extension: &str) -> Result<Option<String>, String> {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join(format!("0000.{extension}"));
    image::RgbImage::new(32, 32).save(&file).unwrap();
    // As a film of one picture: photographs are not for GStreamer.
    let source = Source::File(file);
    let pipeline = gst::Pipeline::new();
    let sink = gst::ElementFactory::make("fakesink").build().unwrap();
    pipeline.add(&sink).unwrap();
    let pad = sink.static_pad("sink").unwrap();
    let (from, tolerance) = (gst::ClockTime::ZERO, gst::ClockTime::ZERO);
    let sampling = Sampling { pace: Pace::Every, from, to: None, first_frame: 0, tolerance };
    let decoding = Decoding::new(
        &pipeline,
        &source,
        &crate::survey::Survey::default(),
        decoders,
        sampling,
        false,
        &pad,
    )
    .unwrap();
    pipeline.set_state(gst::State::Playing).unwrap();
    let ends = [gst::MessageType::Eos, gst::MessageType::Error];
    let end = pipeline.bus().unwrap().timed_pop_filtered(gst::ClockTime::from_seconds(60), &ends);
    pipeline.set_state(gst::State::Null).unwrap();
    match end.expect("an end").view() {
        gst::MessageView::Error(error) => Err(error.error().message().to_owned()),
        _ => Ok(decoding.decoder()),
    }
}

#[test]
fn the_chosen_decoder_is_the_one_that_is_plugged() {
    let _guard = alone();
    for (wanted, name, is_hardware) in [
        (Decoder::Software, "pngdec", false),
        (Decoder::Nv, "nvstandindec", true),
        (Decoder::Va, "vastandindec", true),
        // Of equal rank the first by name.
        (Decoder::Auto, "nvstandindec", true),
    ] {
        let decoders = Decoders::choose(wanted).unwrap();
        assert_eq!(plugged(&decoders, "png"), Ok(Some(name.into())), "{wanted:?}");
        assert_eq!(decoders.is_hardware(name), is_hardware);
        assert_eq!(decoders.may_fall_back(name), wanted == Decoder::Auto);
        let before = ranks();
        let again = decoders.without_hardware(|| plugged(&decoders, "png"));
        match wanted {
            Decoder::Auto | Decoder::Software => assert_eq!(again, Ok(Some("pngdec".into()))),
            _ => assert!(again.unwrap_err().contains("only pngdec")),
        }
        assert_eq!(ranks(), before);
    }
}

#[test]
fn hardware_is_back_when_the_last_of_several_jobs_did_without() {
    let _guard = alone();
    let decoders = Decoders::choose(Decoder::Auto).unwrap();
    let before = ranks();
    let (first, second) = (std::sync::mpsc::channel::<()>(), std::sync::mpsc::channel::<()>());
    std::thread::scope(|scope| {
        let decoders = &decoders;
        let begun = first.0;
        scope.spawn(move || {
            decoders.without_hardware(|| {
                begun.send(()).unwrap();
                second.1.recv().unwrap();
            });
        });
        first.1.recv().unwrap();
        // Another begins and ends meanwhile.
        decoders.without_hardware(|| assert_eq!(ranks()[..3], [0; 3]));
        assert_eq!(ranks()[..3], [0; 3]);
        second.0.send(()).unwrap();
    });
    assert_eq!(ranks(), before);
}

#[test]
fn what_hardware_does_not_know_is_left_to_software_only_where_the_choice_is_ours() {
    let _guard = alone();
    let auto = Decoders::choose(Decoder::Auto).unwrap();
    assert_eq!(plugged(&auto, "jpg"), Ok(Some("jpegdec".into())));
    let nv = Decoders::choose(Decoder::Nv).unwrap();
    let why = plugged(&nv, "jpg").unwrap_err();
    assert!(why.contains("--decoder nv: only jpegdec decodes this here"), "{why}");
}

#[test]
fn hardware_that_gives_no_picture_is_followed_by_software_where_the_choice_is_ours() {
    let _guard = alone();
    for (wanted, idle_decoder, again) in [
        (Decoder::Auto, Some("nvstandindec"), true),
        (Decoder::Auto, Some("pngdec"), false),
        (Decoder::Auto, None, false),
        (Decoder::Nv, Some("nvstandindec"), false),
    ] {
        let decoders = Decoders::choose(wanted).unwrap();
        let played = or_in_software(
            &decoders,
            "film",
            |_| (),
            || match ranks()[0] {
                0 => Ok(()),
                _ => Err(Failed {
                    failure: Failure::Input("not a profile I know".into()),
                    idle_decoder: idle_decoder.map(Into::into),
                }),
            },
        );
        assert_eq!(played.is_ok(), again, "{wanted:?} {idle_decoder:?}");
    }
}
