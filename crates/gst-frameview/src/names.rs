// SPDX-License-Identifier: MIT OR Apache-2.0
//! Who may use an element's plain name.

use glib::prelude::*;
use gst::prelude::*;

/// Whether `plugin` may register an element as `name`: nobody else owns it, or the plugin is part
/// of the program itself, whose own elements always win. When two plugin files share a name,
/// GStreamer takes the one scanned last, whatever their ranks.
pub fn owns_plain_name(plugin: &gst::Plugin, name: &str) -> bool {
    if plugin.filename().is_none() {
        return true;
    }
    gst::Registry::get()
        .find_feature(name, gst::ElementFactory::static_type())
        .and_then(|feature| feature.plugin())
        .is_none_or(|owner| owner.plugin_name() == plugin.plugin_name())
}
