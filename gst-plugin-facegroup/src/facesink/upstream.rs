// SPDX-License-Identifier: MIT OR Apache-2.0
//! What the elements before the sink are set to, which decides which faces come and how their pictures look:
//! with other values it is another run, and a result is not resumed.

use dataset::{RunSettings, TrackSettings};
use gst::glib;
use gst::prelude::*;
use serde_json::{Map, Value};

/// The elements that faces come from.
const KINDS: [&str; 4] = ["facedetect", "facetrack", "faceembed", "facecrop"];
/// What changes nothing about the faces.
const IDLE: [&str; 7] =
    ["allow-fallback", "batch-size", "device", "post-messages", "qos", "rejects", "threads"];

/// The settings of a run: each property that is not at its default, by its element and name, and what the
/// program calls `track` and `flip`.
pub(super) fn settings(sink: &gst::Element) -> RunSettings {
    let mut other = Map::new();
    let mut seen = Vec::new();
    gather(sink, &mut seen, &mut other);
    let length = other.get("facetrack min-hits").and_then(Value::as_u64);
    let flip = other.get("faceembed flip").and_then(Value::as_str).map(str::to_owned);
    RunSettings {
        flip,
        track: length
            .map(|length| TrackSettings { min_length: Some(length), ..TrackSettings::default() }),
        other,
        ..RunSettings::default()
    }
}

fn gather(element: &gst::Element, seen: &mut Vec<gst::Element>, settings: &mut Map<String, Value>) {
    for pad in element.sink_pads() {
        let Some(before) = before(&pad).filter(|before| !seen.contains(before)) else {
            continue;
        };
        seen.push(before.clone());
        let factory = before.factory().map(|factory| factory.name().to_string());
        let name = factory.as_deref().map(|name| name.strip_prefix("rs").unwrap_or(name));
        if let Some(kind) = name.and_then(|name| KINDS.iter().find(|kind| **kind == name)) {
            note(&before, kind, settings);
        }
        gather(&before, seen, settings);
    }
}

/// Notes what is not at its default. Of several elements of a kind the nearest counts.
fn note(element: &gst::Element, kind: &str, settings: &mut Map<String, Value>) {
    for property in element.list_properties().iter() {
        let own = property.owner_type().name().starts_with("GstRs");
        let set = property.flags().contains(glib::ParamFlags::READWRITE);
        if !own || !set || IDLE.contains(&property.name()) {
            continue;
        }
        let value = element.property_value(property.name());
        if let (Ok(now), Ok(usual)) = (value.serialize(), property.default_value().serialize())
            && now != usual
        {
            let key = format!("{kind} {}", property.name());
            settings.entry(key).or_insert_with(|| in_json(&value, &now));
        }
    }
}

fn in_json(value: &glib::Value, text: &str) -> Value {
    if let Some((_, choice)) = glib::EnumValue::from_value(value) {
        return choice.nick().into();
    }
    match value.get::<u32>() {
        Ok(number) => number.into(),
        Err(_) => value.get::<bool>().map_or_else(|_| text.into(), Value::from),
    }
}

/// The element whose frames come in through a pad, whatever bins are between.
fn before(pad: &gst::Pad) -> Option<gst::Element> {
    let mut pad = pad.peer()?;
    loop {
        if let Some(ghost) = pad.downcast_ref::<gst::GhostPad>() {
            pad = ghost.target()?;
        } else if let Some(ghost) = pad.parent().and_then(|p| p.downcast::<gst::GhostPad>().ok()) {
            pad = ghost.peer()?;
        } else {
            return pad.parent_element();
        }
    }
}
