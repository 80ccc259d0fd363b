// SPDX-License-Identifier: MIT OR Apache-2.0
//! The plugin `faceembed`: describing faces by a network, so that they can be compared
//! ([`faceembed`]).

use gst::glib;

pub mod faceembed;

/// Registers the element as `rsfaceembed`, and as `faceembed` unless another plugin owns that.
fn plugin_init(plugin: &gst::Plugin) -> Result<(), glib::BoolError> {
    facemeta::init();
    faceembed::register(plugin)
}

pub use plugin::plugin_register_static;

// The macro leaves what it makes public without documentation.
#[allow(missing_docs)]
mod plugin {
    use super::plugin_init;

    gst::plugin_define!(
        faceembed,
        env!("CARGO_PKG_DESCRIPTION"),
        plugin_init,
        concat!(env!("CARGO_PKG_VERSION"), "-", env!("COMMIT_ID")),
        // GStreamer knows a fixed list of licence words; this is the one for MIT OR Apache-2.0.
        "MIT/X11",
        env!("CARGO_PKG_NAME"),
        env!("CARGO_PKG_NAME"),
        "the facegroup project",
        env!("BUILD_REL_DATE")
    );
}
