// SPDX-License-Identifier: MIT OR Apache-2.0
//! `facegroup doctor`: what is here and what is missing.

use anyhow::Result;
use framesource::hardware::{Decoder, Decoders};
use gst::prelude::*;
use models::{runtime, store};

use crate::exit::Exit;
use crate::output::say;

/// Prints it all on standard output; exits with 2 when the main job could not run.
pub fn run() -> Result<Exit> {
    gst::init()?;
    say!("{}", gst::version_string());
    decoders();
    names();
    let runtime = onnx_runtime();
    let models = models();
    Ok(if runtime && models { Exit::Done } else { Exit::Nothing })
}

fn decoders() {
    let kind = gst::ElementFactoryType::DECODER | gst::ElementFactoryType::MEDIA_VIDEO;
    let found = gst::ElementFactory::factories_with_type(kind, gst::Rank::MARGINAL);
    let able = |media: &str| {
        let caps = gst::Caps::new_empty_simple(media);
        let first = found.iter().find(|factory| factory.can_sink_any_caps(&caps));
        first.map_or_else(
            || "none: install gstreamer1.0-libav or gstreamer1.0-plugins-good".to_owned(),
            |factory| factory.name().to_string(),
        )
    };
    say!("decoders");
    for (name, media) in [
        ("H.264", "video/x-h264"),
        ("H.265", "video/x-h265"),
        ("VP9", "video/x-vp9"),
        ("AV1", "video/x-av1"),
        ("MPEG-2/4", "video/mpeg"),
        ("JPEG", "image/jpeg"),
    ] {
        say!("  {name:<10} {}", able(media));
    }
    for (name, wanted) in [("nv", Decoder::Nv), ("va", Decoder::Va)] {
        let opened = Decoders::choose(wanted).map(|decoders| decoders.opened().join(", "));
        say!("  {name:<10} {}", opened.unwrap_or_else(|error| error.why()));
    }
}

/// Before our own elements are registered, so that the owner is the one other programs see.
fn names() {
    say!("element names");
    for name in ["facedetect", "facetrack", "facecrop", "faceembed", "facesink"] {
        let owner =
            gst::ElementFactory::find(name).and_then(|factory| factory.plugin()).map(|plugin| {
                let file = plugin.filename().map(|f| f.display().to_string()).unwrap_or_default();
                format!("plugin {} {file}", plugin.plugin_name())
            });
        say!(
            "  {name:<10} {}",
            owner.unwrap_or_else(|| "nobody's (this program brings its own)".into())
        );
    }
}

fn onnx_runtime() -> bool {
    match runtime::init() {
        Ok(info) => {
            say!("ONNX Runtime {} {}", info.version, info.path.display());
            for (device, state) in runtime::available_devices() {
                say!(
                    "  {:<10} {}",
                    device.to_string(),
                    state.err().unwrap_or_else(|| "works".into())
                );
            }
            true
        }
        Err(error) => {
            say!("ONNX Runtime missing: {error}");
            false
        }
    }
}

fn models() -> bool {
    say!("models in {}", store::home().display());
    let mut complete = true;
    for status in store::status() {
        let entry = status.entry;
        let state = match &status.state {
            store::State::Installed => {
                format!("installed, sha256 {}", &entry.sha256[..12.min(entry.sha256.len())])
            }
            store::State::Missing => format!("missing: facegroup models get {}", entry.id),
            store::State::Broken(error) => error.to_string(),
        };
        complete &= !entry.default || matches!(status.state, store::State::Installed);
        say!("  {:<16} {:<40} {state}", entry.id, entry.licence.name);
    }
    complete
}
