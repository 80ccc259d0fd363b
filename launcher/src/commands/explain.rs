// SPDX-License-Identifier: MIT OR Apache-2.0
//! Why a face is in its group.

use anyhow::{Result, anyhow};
use dataset::library::{Library, is_library};
use facegroup::archive;
use facegroup::explain::{Explanation, Near, Track, explain};

use crate::cli::ExplainArgs;
use crate::exit::Exit;
use crate::output::say;

/// Says it.
pub fn run(arguments: &ExplainArgs) -> Result<Exit> {
    if is_library(&arguments.location) {
        return person(arguments);
    }
    let face =
        arguments.face.parse().map_err(|why: String| anyhow!("{}: {why}", arguments.face))?;
    let explained = explain(&arguments.location, &face)?;
    if arguments.json {
        say!("{}", serde_json::to_string_pretty(&explained)?);
    } else {
        say!("{}", lines(&explained).join("\n"));
    }
    Ok(Exit::Done)
}

/// Why a person of a library is one.
fn person(arguments: &ExplainArgs) -> Result<Exit> {
    let library = Library::open(&arguments.location)?;
    let (name, reasons) = archive::who(&library, &arguments.face)?;
    if arguments.json {
        let said = serde_json::json!({ "person": name, "groups": reasons });
        say!("{}", serde_json::to_string_pretty(&said)?);
        return Ok(Exit::Done);
    }
    say!("{name}");
    for reason in &reasons {
        say!("  {}/{}: {}", reason.dataset, reason.group, archive::in_words(&reason.why));
        if let Some(nearest) = &reason.nearest {
            say!("    nearest in {nearest}");
        }
        if let (Some(next), Some((_, likelihood))) = (&reason.next, reason.why.next) {
            say!("    next best {next}, at {:.0} %", 100.0 * likelihood);
        }
    }
    Ok(Exit::Done)
}

fn lines(explained: &Explanation) -> Vec<String> {
    let mut lines = vec![
        format!(
            "face       {}, frame {}, face {}, at {:.2} s, quality {:.2}",
            explained.face.0, explained.face.1, explained.face.2, explained.pts, explained.quality
        ),
        format!("picture    {}", explained.file.as_deref().unwrap_or("none was kept")),
        format!("group      {}", explained.group),
    ];
    lines.push(format!("track      {}", explained.track.as_ref().map_or("none".into(), track)));
    lines.push(format!(
        "cut        {} groups join from a similarity of {:.3} on ({})",
        explained.algorithm,
        explained.cut,
        match explained.cut_source.as_str() {
            "video" => format!("the video moved it from the model's {:.3}", explained.cut_of_model),
            _ => "the model's own".to_owned(),
        }
    ));
    if !explained.seen_with.is_empty() {
        lines.push(format!(
            "not        {}: seen on a frame together",
            explained.seen_with.join(", ")
        ));
    }
    if let Some(correction) = &explained.correction {
        lines.push(format!("said       {correction}"));
    }
    lines.extend(near("people", &explained.groups, |near| near.name.clone()));
    lines
        .extend(near("faces", &explained.faces, |near| format!("{} in {}", near.name, near.group)));
    lines.extend(explained.remarks.iter().map(|remark| format!("remark     {remark}")));
    lines
}

fn track(track: &Track) -> String {
    let [begin, end] = track.span;
    let alike = track.cohesion.map(|c| format!(", {c:.2} alike")).unwrap_or_default();
    let groups = match track.groups.as_slice() {
        [_] => String::new(),
        several => format!(", in {}", several.join(", ")),
    };
    format!("{}, {} faces from {begin:.2} to {end:.2} s{alike}{groups}", track.number, track.faces)
}

fn near(what: &str, all: &[Near], name: impl Fn(&Near) -> String) -> Vec<String> {
    let line = |(rank, near): (usize, &Near)| {
        let title = if rank == 0 { what } else { "" };
        format!("{title:10} {:.3} {}", near.similarity, name(near))
    };
    all.iter().enumerate().map(line).collect()
}
