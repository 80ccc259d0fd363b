// SPDX-License-Identifier: MIT OR Apache-2.0
//! The plugin `facegroup`: sorting faces into one folder per person ([`facesink`]), and hiding those of
//! everybody else ([`facemask`]).

use gst::glib;

pub mod facemask;
pub mod facesink;

pub use plugin::plugin_register_static;

/// Registers the elements: always as `rs…`, and under their plain names unless another plugin
/// owns those.
fn plugin_init(plugin: &gst::Plugin) -> Result<(), glib::BoolError> {
    facemeta::init();
    facemask::register(plugin)?;
    facesink::register(plugin)
}

// The macro leaves what it makes public without documentation.
#[allow(missing_docs)]
mod plugin {
    use super::plugin_init;

    gst::plugin_define!(
        facegroup,
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
