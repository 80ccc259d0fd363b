// SPDX-License-Identifier: MIT OR Apache-2.0
//! axe-core's rules on a page: whether people with screen readers and keyboards can use it.

use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::OnceLock;
use std::{fs, io};

use crate::browser::Page;
use crate::skip;

/// What is asked of npm: one package, at one version, with its hash.
const FILES: [(&str, &str); 3] = [
    ("package.json", include_str!("../axe/package.json")),
    ("package-lock.json", include_str!("../axe/package-lock.json")),
    (".npmrc", include_str!("../axe/.npmrc")),
];
/// Rules of WCAG 2.2 AA and what is good besides, and what each violation says.
const RUN: &str = "(async () => {
  const found = await axe.run(document, { resultTypes: ['violations'] });
  return found.violations.map((v) => `${v.id} (${v.impact}): ${v.help}: ` +
    v.nodes.slice(0, 4).map((n) => `${n.target} ${n.any.concat(n.all).map((c) => c.message).join('; ')}`).join(' | '));
})()";

/// What is wrong on a page, a line a rule; skips and gives `None` where axe-core is not here and cannot be obtained.
#[track_caller]
pub fn violations(page: &Page<'_>) -> Option<Vec<String>> {
    static SCRIPT: OnceLock<Result<String, String>> = OnceLock::new();
    let script = match SCRIPT.get_or_init(|| obtain().map_err(|error| error.to_string())) {
        Ok(script) => script,
        Err(error) => {
            skip("axe-core", error);
            return None;
        }
    };
    // An expression of its own: the script's value cannot be returned.
    page.eval(&format!("{script}\n;0"));
    let found = page.eval(RUN);
    let found = found.as_array().into_iter().flatten();
    Some(found.filter_map(|line| line.as_str().map(str::to_owned)).collect())
}

/// The script, fetched once by npm's own client and kept beside what was built.
fn obtain() -> io::Result<String> {
    let built = std::env::current_exe()?;
    let below = built.ancestors().nth(2).map_or_else(std::env::temp_dir, PathBuf::from);
    let script = |folder: PathBuf| folder.join("node_modules/axe-core/axe.min.js");
    let kept = below.join("axe-core");
    if let Ok(text) = fs::read_to_string(script(kept.clone())) {
        return Ok(text);
    }
    let made = tempfile::Builder::new().prefix("axe-core-").tempdir_in(&below)?;
    for (name, text) in FILES {
        fs::write(made.path().join(name), text)?;
    }
    let mut npm = Command::new("npm");
    npm.arg("ci").current_dir(made.path()).stdin(Stdio::null()).stdout(Stdio::null());
    let done = npm.output().map_err(|error| io::Error::other(format!("npm: {error}")))?;
    if !done.status.success() {
        let said = String::from_utf8_lossy(&done.stderr);
        return Err(io::Error::other(format!("npm ci: {}", said.trim())));
    }
    let text = fs::read_to_string(script(made.path().to_path_buf()))?;
    // Another test may have been quicker.
    if fs::rename(made.path(), &kept).is_ok() {
        let _ = made.keep();
    }
    Ok(text)
}
