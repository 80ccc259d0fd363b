// SPDX-License-Identifier: MIT OR Apache-2.0
//! What others may rely on: every element's pads, properties and signals, as JSON.

use gst::glib;
use gst::prelude::*;
use serde_json::{Map, Value, json};

/// The plugins, and the signals of their elements: GObject offers no list of those to Rust.
const SIGNALS: [&str; 1] = ["group-now"];

/// Pads, properties and signals of all elements of our plugins, under their plain names. Only what
/// is ours: what comes from GStreamer's base classes differs between its versions.
pub fn describe() -> Value {
    crate::plugins::register();
    let mut plugins = Map::new();
    for plugin in ["facedetect", "faceembed", "facegroup"] {
        let features = gst::Registry::get().features_by_plugin(plugin);
        let mut features: Vec<_> = features.into_iter().collect();
        features.sort_by_key(|feature| feature.name());
        let elements: Map<String, Value> = features
            .into_iter()
            .filter_map(|feature| feature.downcast::<gst::ElementFactory>().ok())
            .filter(|factory| !factory.name().starts_with("rs"))
            .map(|factory| (factory.name().to_string(), element(&factory)))
            .collect();
        plugins.insert(plugin.to_owned(), json!({ "elements": elements }));
    }
    Value::Object(plugins)
}

fn element(factory: &gst::ElementFactory) -> Value {
    let element = factory.create().build().unwrap();
    let twin = gst::ElementFactory::find(&format!("rs{}", factory.name()));
    let pads: Map<String, Value> = factory
        .static_pad_templates()
        .iter()
        .map(|template| {
            let about = json!({
                "direction": format!("{:?}", template.direction()),
                "presence": format!("{:?}", template.presence()),
                "caps": caps(&template.caps()),
            });
            (template.name_template().to_string(), about)
        })
        .collect();
    let mut properties = element.list_properties().to_vec();
    properties.retain(|p| p.owner_type().name().starts_with("GstRs"));
    properties.sort_by_key(|p| p.name().to_owned());
    let properties: Map<String, Value> =
        properties.iter().map(|p| (p.name().to_owned(), property(p))).collect();
    let signals: Map<String, Value> = SIGNALS
        .iter()
        .filter_map(|name| glib::subclass::SignalId::lookup(name, element.type_()))
        .map(|signal| {
            let about = signal.query();
            let types: Vec<_> = about.param_types().iter().map(|t| t.type_().name()).collect();
            let flags = format!("{:?}", about.flags());
            let returns = about.return_type().type_().name();
            (
                about.signal_name().to_owned(),
                json!({ "arguments": types, "returns": returns, "flags": flags }),
            )
        })
        .collect();
    json!({
        "also": twin.map(|twin| twin.name().to_string()),
        "long-name": factory.metadata("long-name"),
        "klass": factory.metadata("klass"),
        "description": factory.metadata("description"),
        "rank": i32::from(factory.rank()),
        "pads": pads,
        "properties": properties,
        "signals": signals,
    })
}

/// One entry a structure, its fields as lists and ranges: the text of caps differs between versions.
fn caps(caps: &gst::Caps) -> Value {
    let structures = caps.iter_with_features().map(|(structure, features)| {
        let fields: Map<String, Value> =
            structure.iter().map(|(name, value)| (name.to_string(), field(value))).collect();
        json!({ "media": format!("{}({features})", structure.name()), "fields": fields })
    });
    structures.collect()
}

fn field(value: &glib::Value) -> Value {
    if let Ok(list) = value.get::<gst::ListRef<'_>>() {
        let values = list.as_slice().iter();
        let values: Vec<_> =
            values.map(|v| text(v).as_str().unwrap_or_default().to_owned()).collect();
        return values.join(", ").into();
    }
    if let Ok(range) = value.get::<gst::IntRange<i32>>() {
        return format!("{} to {}", range.min(), range.max()).into();
    }
    if let Ok(range) = value.get::<gst::FractionRange>() {
        return format!("{} to {}", range.min(), range.max()).into();
    }
    text(value)
}

fn property(spec: &glib::ParamSpec) -> Value {
    use glib::ParamFlags as F;
    let flags = spec.flags();
    let mut about = Map::new();
    about.insert("type".into(), spec.value_type().name().into());
    about.insert("blurb".into(), spec.blurb().into());
    about.insert("default".into(), text(spec.default_value()));
    let range = |min: Value, max: Value| Value::from(format!("{min} to {max}"));
    let limits = if let Some(s) = spec.downcast_ref::<glib::ParamSpecUInt>() {
        Some(range(s.minimum().into(), s.maximum().into()))
    } else if let Some(s) = spec.downcast_ref::<glib::ParamSpecUInt64>() {
        Some(range(s.minimum().into(), s.maximum().into()))
    } else if let Some(s) = spec.downcast_ref::<glib::ParamSpecFloat>() {
        Some(range(s.minimum().into(), s.maximum().into()))
    } else {
        let double = spec.downcast_ref::<glib::ParamSpecDouble>();
        double.map(|s| range(s.minimum().into(), s.maximum().into()))
    };
    if let Some(limits) = limits {
        about.insert("range".into(), limits);
    }
    if let Some(spec) = spec.downcast_ref::<glib::ParamSpecEnum>() {
        let class = spec.enum_class();
        let values = class.values().iter().map(|v| (v.nick().to_owned(), v.name().into()));
        about.insert("values".into(), Value::Object(values.collect()));
    }
    let mutable = if !flags.contains(F::WRITABLE) {
        "never"
    } else if flags.contains(gst::PARAM_FLAG_MUTABLE_PLAYING) {
        "playing"
    } else if flags.contains(gst::PARAM_FLAG_MUTABLE_READY) {
        "ready"
    } else {
        "null"
    };
    about.insert("mutable".into(), mutable.into());
    Value::Object(about)
}

fn text(value: &glib::Value) -> Value {
    if let Some((_, value)) = glib::EnumValue::from_value(value) {
        return value.nick().into();
    }
    if let Ok(text) = value.get::<Option<String>>() {
        return text.into();
    }
    value.serialize().map_or(Value::Null, |text| text.to_string().into())
}
