//! Version and commit for the plugin description.
fn main() {
    gst_plugin_version_helper::info()
}
