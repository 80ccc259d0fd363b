// SPDX-License-Identifier: MIT OR Apache-2.0
//! Where `facetrack` cuts real footage, at every frame, at 5 and at 1 a second.
#![allow(clippy::unwrap_used, clippy::panic)]

use crate::common;
use std::path::Path;
use std::sync::{Arc, Mutex};

use gst::prelude::*;

/// A film with its cuts, as seen by eye.
struct Film {
    path: &'static str,
    /// First and last frame that may begin the shot: the same for a hard cut, the extent of a
    /// dissolve or of the blank of a fade. Counted from 0 in the order shown.
    cuts: &'static [(usize, usize)],
    /// At most this many cuts elsewhere: at every frame, at 5 and at 1 a second.
    elsewhere: [usize; 3],
}

const SITCOM: Film = Film {
    path: "clips/sitcom-poker-720p.mp4",
    cuts: &[(104, 104), (270, 270), (401, 401), (452, 452), (553, 553)],
    elsewhere: [0, 0, 0],
};
/// A singer, and an audience in which heads pass close by.
const CONCERT: Film = Film {
    path: "clips/concert-360p.mp4",
    cuts: &[(20, 20), (82, 82), (211, 211)],
    elsewhere: [2, 4, 4],
};
const VFR: Film = Film {
    path: "shots/vfr-dropped-frames.mp4",
    cuts: &[(60, 60), (140, 140)],
    elsewhere: [0, 0, 0],
};
/// Nothing but grey: black at 84 and 168, white at 42, 126 and 210.
const FADES: Film = Film {
    path: "shots/fades.mp4",
    cuts: &[(40, 46), (80, 88), (122, 130), (164, 172), (206, 214)],
    elsewhere: [0, 0, 1],
};
/// Black 0 to 29, 180 to 210 (a hard cut there, a fade back) and 360 to 393, at the end a fade out;
/// a dissolve from 527 to 558.
const TESTVIDEO: Film = Film {
    path: "shots/testvideo.mp4",
    cuts: &[(30, 30), (180, 180), (210, 214), (360, 397), (527, 558)],
    elsewhere: [0, 0, 2],
};
/// The camera tilts around 430 and 463.
const ANAMORPHIC: Film = Film {
    path: "shots/anamorphic.mp4",
    cuts: &[(70, 70), (170, 170), (301, 301), (421, 421), (484, 484)],
    elsewhere: [4, 5, 4],
};
/// The camera flies through both shots.
const OPEN_GOP: Film =
    Film { path: "shots/open-gop-split.mkv", cuts: &[(19, 19)], elsewhere: [1, 5, 1] };
const DARK: Film = Film {
    path: "clips/dark-short-film-720p.mp4",
    cuts: &[
        (84, 84),
        (170, 170),
        (309, 309),
        (441, 441),
        (470, 470),
        (519, 519),
        (595, 595),
        (628, 628),
        (709, 709),
        (776, 776),
        (814, 814),
        (857, 857),
        (916, 916),
        (986, 986),
        (1371, 1371),
    ],
    elsewhere: [8, 8, 12],
};
/// One shot, the camera pans with a walking group.
const NEWS: Film = Film { path: "clips/news-handshake-360p.mp4", cuts: &[], elsewhere: [2, 2, 3] };
const CROWD: Film = Film { path: "clips/street-crowd-1080p.mp4", cuts: &[], elsewhere: [0, 0, 0] };
const TALK: Film = Film { path: "clips/talking-head-mpeg4.mp4", cuts: &[], elsewhere: [0, 0, 2] };

#[test]
fn sitcom() {
    check(&SITCOM);
}

#[test]
fn concert() {
    check(&CONCERT);
}

#[test]
fn variable_frame_rate() {
    check(&VFR);
}

#[test]
fn fades_of_grey() {
    check(&FADES);
}

#[test]
fn hard_cuts_fades_and_a_dissolve() {
    check(&TESTVIDEO);
}

#[test]
fn anamorphic_and_open_gop() {
    check(&ANAMORPHIC);
    check(&OPEN_GOP);
}

#[test]
fn dark() {
    check(&DARK);
}

#[test]
fn moving_cameras_and_people() {
    [NEWS, CROWD, TALK].iter().for_each(check);
}

/// 32 shots of people on cards of one colour: what changes is a small part of the picture.
#[test]
fn reel() {
    let Some(table) = testkit::footage("clips/portrait-reel-720p.csv") else {
        return;
    };
    let table = std::fs::read_to_string(table).unwrap();
    let mut first: Vec<usize> = table
        .lines()
        .skip(1)
        .map(|line| line.split(',').nth(1).unwrap().parse().unwrap())
        .collect();
    first.sort_unstable();
    first.dedup();
    assert_eq!(first.len(), 32);
    let cuts: Vec<_> = first.into_iter().skip(1).map(|first| (first, first)).collect();
    let path = "clips/portrait-reel-720p.mp4";
    check(&Film { path, cuts: cuts.leak(), elsewhere: [0, 0, 0] });
}

/// Every cut of a film is found at the picture it is on or the next one looked at.
fn check(film: &Film) {
    let Some(path) = testkit::footage(film.path) else {
        return;
    };
    let rates = shown(&path);
    let frames = &rates[0].sampled;
    let place = |sampled: &[gst::ClockTime], cut| sampled.iter().position(|&time| time >= cut);
    let mut wrong = Vec::new();
    for (rate, (name, elsewhere)) in
        rates.iter().zip([("every frame", 0), ("5 a second", 1), ("1 a second", 2)])
    {
        // Two cuts within one interval are one.
        let mut found = vec![false; rate.cuts.len()];
        for &(first, last) in film.cuts {
            let from = frames[first];
            // One sampling interval later at most; a fade is over when it has turned.
            let next = place(&rate.sampled, frames[last]).map_or(0, |place| place + 1);
            let to = rate.sampled.get(next).copied().unwrap_or(gst::ClockTime::MAX);
            let here: Vec<bool> = rate.cuts.iter().map(|cut| (from..=to).contains(cut)).collect();
            if !here.contains(&true) {
                wrong.push(format!("{name}: none at {first} to {last}"));
            }
            found.iter_mut().zip(here).for_each(|(found, here)| *found |= here);
        }
        let left = rate.cuts.iter().zip(found).filter(|(_, found)| !found);
        let left: Vec<_> = left.map(|(&cut, _)| place(frames, cut).unwrap()).collect();
        println!("{} at {name}: {} cuts, elsewhere {left:?}", film.path, rate.cuts.len());
        if left.len() > film.elsewhere[elsewhere] {
            wrong.push(format!("{name}: cuts at {left:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}: {wrong:#?}", film.path);
}

#[derive(Default, Clone)]
struct Rate {
    /// Time stamps of the sampled frames.
    sampled: Vec<gst::ClockTime>,
    /// Those that begin a shot, but the first.
    cuts: Vec<gst::ClockTime>,
}

/// What a film gives at every frame, at 5 and at 1 a second.
fn shown(path: &Path) -> [Rate; 3] {
    common::init();
    let branch = |name| {
        format!("t. ! queue ! facetrack name={name} post-messages=true ! fakesink sync=false")
    };
    let pipeline = gst::parse::launch(&format!(
        "filesrc location=\"{}\" ! decodebin ! video/x-raw ! tee name=t {} {} {}",
        path.display(),
        branch("r0"),
        branch("r5"),
        branch("r1"),
    ));
    let pipeline = pipeline.unwrap().downcast::<gst::Pipeline>().unwrap();
    let names = ["r0", "r5", "r1"];
    let sampled = [0, 5, 1].map(|rate: u64| {
        let sampled = Arc::new(Mutex::new(Vec::new()));
        let element = pipeline.by_name(names[[0, 5, 1].iter().position(|&r| r == rate).unwrap()]);
        let shared = sampled.clone();
        element.unwrap().static_pad("sink").unwrap().add_probe(
            gst::PadProbeType::BUFFER,
            move |_, info| {
                let time = info.buffer().unwrap().pts().unwrap();
                let mut sampled = shared.lock().unwrap();
                // One in each interval.
                let slot = |time: gst::ClockTime| time.nseconds() * rate / 1_000_000_000;
                if rate > 0 && sampled.last().is_some_and(|&last| slot(last) == slot(time)) {
                    return gst::PadProbeReturn::Handled;
                }
                sampled.push(time);
                gst::PadProbeReturn::Ok
            },
        );
        sampled
    });
    pipeline.set_state(gst::State::Playing).unwrap();
    let mut rates = names.map(|_| Rate::default());
    for message in pipeline.bus().unwrap().iter_timed(gst::ClockTime::NONE) {
        match message.view() {
            gst::MessageView::Eos(_) => break,
            gst::MessageView::Error(error) => panic!("{}: {error:?}", path.display()),
            gst::MessageView::Element(element) => {
                let structure = element.structure().unwrap();
                let from = message.src().unwrap().name();
                if structure.get::<&str>("event") == Ok("shot") {
                    let rate = names.iter().position(|name| *name == from).unwrap();
                    rates[rate].cuts.push(structure.get("timestamp").unwrap());
                }
            }
            _ => (),
        }
    }
    pipeline.set_state(gst::State::Null).unwrap();
    for (rate, sampled) in rates.iter_mut().zip(sampled) {
        rate.sampled = sampled.lock().unwrap().clone();
    }
    rates
}
