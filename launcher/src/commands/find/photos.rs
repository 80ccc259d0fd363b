// SPDX-License-Identifier: MIT OR Apache-2.0
//! The faces of pictures, described as those of a library were.

use std::io::{BufRead, IsTerminal, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use dataset::library::Library;
use facegroup::enrolment::{Described, Networks};
use models::catalogue::{self, Task};
use models::{Flip, store};

use crate::cli::Which;

/// Faces of a picture beside the largest count from this width and height on, in pixels.
const LEAST: f32 = 24.0;

/// A face to look for: what it is called, and its vectors.
pub struct Asked {
    /// The pictures, and which face of them.
    pub title: String,
    /// A vector a picture.
    pub vectors: Vec<Vec<f32>>,
}

/// The networks of a library.
///
/// # Errors
/// One that is not here.
pub fn networks(library: &Library) -> Result<Networks> {
    let id = &library.info().embeddings.model;
    let embedder = store::resolve(id, None, Task::Embed)
        .with_context(|| format!("the library holds vectors of {id}"))?;
    let style = embedder.entry.map(|entry| entry.style).unwrap_or_default();
    let detector = store::resolve(style.detector(), None, Task::Detect)?;
    debug_assert!(catalogue::find(style.detector()).is_some());
    Ok(Networks::new(detector, embedder, Flip::Auto, "cpu"))
}

/// Who is asked for: several pictures are of one person; of one with several faces each by itself where that is wanted.
///
/// # Errors
/// A picture that cannot be read or shows no face, a face that it has not.
pub fn asked(networks: &Networks, photos: &[PathBuf], which: Option<Which>) -> Result<Vec<Asked>> {
    let several = photos.len() > 1;
    let mut one = Asked { title: String::new(), vectors: Vec::new() };
    for photo in photos {
        let picture = models::still::read(photo)?;
        let mut faces = networks.describe_all(&picture, LEAST)?;
        if faces.is_empty() {
            bail!("no face is seen on {}: give a picture that shows one larger", photo.display());
        }
        let which = if several { Some(which.unwrap_or(Which::One(1))) } else { which };
        let which = match which {
            Some(which) => which,
            None if faces.len() == 1 => Which::One(1),
            None => ask(photo, &faces)?,
        };
        match which {
            Which::All if several => {
                bail!("several pictures are of one person: give one of them with --face all")
            }
            Which::All => {
                let all = faces.into_iter().enumerate();
                return Ok(all
                    .map(|(index, face)| Asked {
                        title: format!("face {} of {}", index + 1, photo.display()),
                        vectors: vec![face.embedding.values],
                    })
                    .collect());
            }
            Which::One(number) if number > faces.len() => {
                bail!("{} has {} faces, and no face {number}", photo.display(), faces.len())
            }
            Which::One(number) => {
                let face = faces.swap_remove(number - 1);
                if !one.title.is_empty() {
                    one.title += ", ";
                }
                one.title += &photo.display().to_string();
                one.vectors.push(face.embedding.values);
            }
        }
    }
    Ok(vec![one])
}

/// Asks which of several faces is meant; all where nobody is there to answer.
fn ask(photo: &Path, faces: &[Described]) -> Result<Which> {
    eprintln!("{} shows {} faces:", photo.display(), faces.len());
    for (index, face) in faces.iter().enumerate() {
        let bbox = face.face.face.bbox;
        eprintln!(
            "  {}: {:.0} x {:.0} pixels, at {:.0}, {:.0} from left and top",
            index + 1,
            bbox.width,
            bbox.height,
            bbox.x,
            bbox.y
        );
    }
    if !std::io::stdin().is_terminal() {
        eprintln!("all of them are looked for, each by itself; --face NUMBER chooses one");
        return Ok(Which::All);
    }
    loop {
        eprint!("Which one, or all? ");
        std::io::stderr().flush()?;
        let mut line = String::new();
        if std::io::stdin().lock().read_line(&mut line)? == 0 {
            return Ok(Which::All);
        }
        match line.trim().parse() {
            Ok(Which::One(number)) if number > faces.len() => continue,
            Ok(which) => return Ok(which),
            Err(why) => eprintln!("{why}"),
        }
    }
}
