// SPDX-License-Identifier: MIT OR Apache-2.0
//! `cargo run --release -p facegroup-benches --bin kept -- [SECONDS] [CLIP…]`: how many of the faces of 40
//! pixels and more that all of every sampled frame in full detail shows (`--coarse-scale 0 --full-frame-interval 0`) default settings
//! find too, and the people of both.
//!
//! Clips as they are, and laid on canvases of 1080p and 4K in five sizes; the first SECONDS (10) of each, five
//! pictures a second. Then crowds of 50 to 300. Without a clip, all of the footage.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};
use dataset::{Dataset, FaceRecord};
use facegroup_benches::footage;
use image::{Rgb, RgbImage};
use imaging::geometry::Rect;

const CANVASES: [(u32, u32); 2] = [(1920, 1080), (3840, 2160)];
/// Parts of a canvas's height.
const PARTS: [f32; 5] = [1.0, 0.7, 0.5, 0.35, 0.25];
const CROWDS: [u32; 4] = [50, 100, 200, 300];
/// Least height of a face that counts, in pixels.
const LEAST: f32 = 40.0;
const SAME_FACE: f32 = 0.4;

fn main() -> Result<()> {
    let mut words = std::env::args().skip(1).peekable();
    let seconds: u32 =
        words.next_if(|word| word.parse::<u32>().is_ok()).map_or(Ok(10), |word| word.parse())?;
    let mut clips: Vec<PathBuf> = words.map(PathBuf::from).collect();
    if clips.is_empty() {
        let entries = std::fs::read_dir(footage().join("clips")).context("no footage")?;
        clips = entries.flatten().map(|entry| entry.path()).collect();
        clips.retain(|path| path.extension().is_some_and(|extension| extension == "mp4"));
        clips.sort();
    }
    let folder = tempfile::tempdir()?;
    let film = folder.path().join("film.mp4");
    println!("| film | canvas | part | faces | kept | found | people | in full |");
    println!("|---|---|---|---|---|---|---|---|");
    let mut sum = Kept::default();
    for clip in &clips {
        let name = clip.file_stem().unwrap_or_default().to_string_lossy();
        let source = format!("filesrc location={} ! decodebin", clip.display());
        write(&source, "videoscale", seconds, &film)?;
        sum.add(&compare(&format!("{name} | as it is | 1"), &film, folder.path())?);
        for (width, height) in CANVASES {
            for part in PARTS {
                let lines = (height as f32 * part / 2.0) as u32 * 2;
                let scaled = format!(
                    "videoscale ! video/x-raw,height={lines},width=[2,{width},2],pixel-aspect-ratio=1/1 ! videobox autocrop=true ! video/x-raw,width={width},height={height}"
                );
                write(&source, &scaled, seconds, &film)?;
                let name = format!("{name} | {width}x{height} | {part}");
                sum.add(&compare(&name, &film, folder.path())?);
            }
        }
    }
    for count in CROWDS {
        let picture = folder.path().join("crowd.png");
        if !crowd(count, &picture)? {
            continue;
        }
        let still =
            format!("filesrc location={} ! pngdec ! imagefreeze num-buffers=50", picture.display());
        write(&still, "videoscale", 2, &film)?;
        sum.add(&compare(&format!("crowd of {count} | 1920x1080 | 1"), &film, folder.path())?);
    }
    println!("| all | | | {} | {:.3} | {} | | |", sum.faces, sum.part(), sum.found);
    Ok(())
}

/// Makes a film of a source through a part of a pipeline, its first seconds, five pictures a second.
fn write(source: &str, through: &str, seconds: u32, film: &Path) -> Result<()> {
    let pipeline = format!(
        "{source} ! videoconvert ! videorate drop-only=true ! video/x-raw,framerate=[1/1,5/1] ! identity eos-after={} ! {through} ! videoconvert ! video/x-raw,format=I420 ! x264enc speed-preset=ultrafast quantizer=18 pass=quant ! mp4mux ! filesink location={}",
        5 * seconds + 1,
        film.display()
    );
    let mut command = Command::new("gst-launch-1.0");
    command.arg("-q").args(pipeline.split(' '));
    if !command.status()?.success() {
        bail!("{command:?} failed");
    }
    Ok(())
}

/// A crowd of so many people in rows, whose faces are about 45 pixels; `false` without footage.
fn crowd(count: u32, file: &Path) -> Result<bool> {
    let folders = footage().join("faces/lfw10");
    let mut people = Vec::new();
    for folder in std::fs::read_dir(&folders).into_iter().flatten().flatten() {
        people.extend(std::fs::read_dir(folder.path())?.flatten().map(|entry| entry.path()));
    }
    if people.is_empty() {
        println!("skipped: no footage ({})", folders.display());
        return Ok(false);
    }
    people.sort();
    let mut picture = RgbImage::from_pixel(1920, 1080, Rgb([90, 100, 90]));
    let (columns, side) = (25, 76);
    for (place, person) in (0..count).zip(people.iter().cycle()) {
        let head = image::open(person)?.into_rgb8();
        let (width, height) = head.dimensions();
        let middle =
            image::imageops::crop_imm(&head, width / 5, height / 5, width * 3 / 5, height * 3 / 5);
        let head = image::imageops::thumbnail(&middle.to_image(), side, side);
        let (row, column) = (place / columns, place % columns);
        let (x, y) = (column * side + row % 2 * 10, row * (side + 12));
        image::imageops::replace(&mut picture, &head, i64::from(x), i64::from(y));
    }
    picture.save(file)?;
    Ok(true)
}

/// What default settings keep.
#[derive(Debug, Default)]
struct Kept {
    faces: usize,
    kept: usize,
    found: usize,
}

impl Kept {
    fn add(&mut self, other: &Self) {
        self.faces += other.faces;
        self.kept += other.kept;
        self.found += other.found;
    }

    fn part(&self) -> f64 {
        self.kept as f64 / self.faces.max(1) as f64
    }
}

fn compare(name: &str, film: &Path, folder: &Path) -> Result<Kept> {
    let (full, people_in_full) =
        run(film, folder, &["--coarse-scale", "0", "--full-frame-interval", "0"])?;
    let (own, people) = run(film, folder, &[])?;
    let large = |face: &&FaceRecord| face.bbox.0[3] >= LEAST;
    let rect = |[x, y, width, height]: [f32; 4]| Rect { x, y, width, height };
    let again = |face: &&FaceRecord| {
        let same = own.iter().filter(|other| other.frame == face.frame);
        rect(face.bbox.0)
            .most_overlapping(same.map(|other| rect(other.bbox.0)), SAME_FACE)
            .is_some()
    };
    let kept = Kept {
        faces: full.iter().filter(large).count(),
        kept: full.iter().filter(large).filter(again).count(),
        found: own.iter().filter(large).count(),
    };
    println!(
        "| {name} | {} | {:.3} | {} | {people} | {people_in_full} |",
        kept.faces,
        kept.part(),
        kept.found
    );
    Ok(kept)
}

/// The faces of a film, and how many people are shown.
fn run(film: &Path, folder: &Path, arguments: &[&str]) -> Result<(Vec<FaceRecord>, usize)> {
    let out = folder.join("out");
    let mut command = Command::new(std::env::current_exe()?.with_file_name("facegroup"));
    command.arg(film).arg("-o").arg(&out).args(["-q", "--force"]).args(arguments);
    if !command.status()?.success() {
        bail!("{command:?} failed");
    }
    let faces = Dataset::read(&out)?.faces;
    let people = faces.iter().filter_map(|face| face.group.as_deref());
    let people: std::collections::BTreeSet<_> = people.filter(|group| *group != "unsure").collect();
    let people = people.len();
    Ok((faces, people))
}
