// SPDX-License-Identifier: MIT OR Apache-2.0
//! The plugins as files, as other people's programs load them.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::Once;
use std::time::{Duration, Instant};

/// The plugins' names.
pub const PLUGINS: [&str; 3] = ["facedetect", "faceembed", "facegroup"];

/// A plugin's file, built in the same profile as this test.
pub fn file(plugin: &str) -> PathBuf {
    let path = crate::program().with_file_name(format!("libgst{plugin}.so"));
    assert!(path.exists(), "{} is missing: cargo build --workspace first", path.display());
    path
}

/// Registers the plugins with GStreamer in this very process, once.
pub fn register() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        gst::init().unwrap();
        gstfacedetect::plugin_register_static().unwrap();
        gstfaceembed::plugin_register_static().unwrap();
        gstfacegroup::plugin_register_static().unwrap();
    });
}

/// A folder with nothing but our plugins, and a registry of GStreamer's beside it.
pub struct Plugins {
    directory: tempfile::TempDir,
}

impl Default for Plugins {
    fn default() -> Self {
        let directory = tempfile::tempdir().unwrap();
        std::fs::create_dir(directory.path().join("plugins")).unwrap();
        for plugin in PLUGINS {
            let link = directory.path().join("plugins").join(format!("libgst{plugin}.so"));
            std::os::unix::fs::symlink(file(plugin), link).unwrap();
        }
        Self { directory }
    }
}

impl Plugins {
    /// Where the plugins lie.
    pub fn folder(&self) -> PathBuf {
        self.directory.path().join("plugins")
    }

    /// A program that finds our plugins, as a user starts it, with the checks that GLib offers.
    pub fn command(&self, program: impl AsRef<Path>) -> Command {
        let mut command = Command::new(program.as_ref());
        command
            .env("GST_PLUGIN_PATH", self.folder())
            .env("GST_REGISTRY", self.directory.path().join("registry.bin"))
            .env("G_DEBUG", "fatal-criticals")
            .stdin(Stdio::null());
        command
    }
}

/// Ends with the test, whatever becomes of it.
pub struct Running(Child);

impl Running {
    /// Starts a program.
    pub fn start(command: &mut Command) -> Self {
        Self(command.spawn().unwrap_or_else(|e| panic!("{command:?}: {e}")))
    }

    /// The process.
    pub fn child(&mut self) -> &mut Child {
        &mut self.0
    }

    /// As Ctrl-C does.
    pub fn interrupt(&self) {
        let id = self.0.id().to_string();
        assert!(Command::new("kill").args(["-INT", &id]).status().unwrap().success());
    }

    /// Waits for the end, which must come.
    pub fn end(&mut self, within: Duration) -> ExitStatus {
        self.ended(within).unwrap_or_else(|| panic!("still running after {within:?}"))
    }

    /// Waits for the end; `None` where it has not come by then.
    pub fn ended(&mut self, within: Duration) -> Option<ExitStatus> {
        let started = Instant::now();
        while started.elapsed() < within {
            if let Some(status) = self.0.try_wait().unwrap() {
                return Some(status);
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        None
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Whether a program answers; a skip where it does not.
#[track_caller]
pub fn has(program: &str, arguments: &[&str], package: &str) -> bool {
    let mut command = Command::new(program);
    command.args(arguments).stdout(Stdio::null()).stderr(Stdio::null());
    let there = command.status().is_ok_and(|status| status.success());
    if !there {
        let arguments = arguments.join(" ");
        testkit::skip(
            "packages",
            format_args!("{program} {arguments} (apt-get install {package})"),
        );
    }
    there
}
