// SPDX-License-Identifier: MIT OR Apache-2.0
//! FaceGrab's command line in our words.

use clap::Parser;

use super::Translation;

/// Their measure's own threshold, which the preset has.
const BLUR: f32 = 10.0;

#[derive(Debug, Parser)]
#[command(name = "facegrab", disable_help_flag = true)]
struct Theirs {
    #[arg(short, long)]
    reference: String,
    #[arg(short, long)]
    input: String,
    #[arg(short, long)]
    output: String,
    #[arg(long)]
    sr: Option<String>,
    #[arg(long)]
    bs: Option<u32>,
    #[arg(long, default_value_t = 6, allow_negative_numbers = true)]
    sf: i64,
    #[arg(long, default_value_t = 256)]
    xs: u32,
    #[arg(short)]
    scale: Option<f32>,
    #[arg(long = "do")]
    display: bool,
    #[arg(short)]
    tolerance: Option<f32>,
    #[arg(short, default_value_t = 5)]
    jitters: u32,
    #[arg(long, default_value_t = BLUR)]
    bt: f32,
    #[arg(long)]
    ds: bool,
}

/// The same in our words.
pub fn translate(arguments: &[String]) -> Result<Translation, clap::Error> {
    // One dash and two letters is not clap's way.
    let arguments: Vec<String> = arguments
        .iter()
        .map(|word| match word.as_str() {
            "-sr" | "-bs" | "-sf" | "-xs" | "-do" | "-bt" | "-ds" => format!("-{word}"),
            _ => word.clone(),
        })
        .collect();
    let theirs: Theirs = super::parse("facegrab", &arguments)?;
    let mut ours = Translation::default();
    ours.say(&["run", &theirs.input, "-o", &theirs.output]);
    if theirs.sf <= 0 {
        ours.say(&["--every-frame"]);
    } else {
        ours.set("--every", theirs.sf + 1);
    }
    ours.say(&["--align", "points", "--crop-size", &theirs.xs.to_string()]);
    // Every face is a picture there, at OpenCV's quality.
    ours.say(&["--samples", "0", "--quality", "95"]);
    if theirs.bt == BLUR {
        ours.say(&["--blur", "facegrab"]);
    } else if theirs.bt > 0.0 {
        ours.set("--blur", theirs.bt);
        ours.note_if(true, "-bt: measured on the face in the frame's own pixels, not on the crop");
    }
    // Its numbers are distances of dlib's network, and so are the vectors of its files.
    ours.say(&["--embedder", "dlib-resnet", "--refs", &theirs.reference]);
    if theirs.reference != "*" {
        ours.say(&["--name-like", "facegrab", "--others", "drop"]);
        if let Some(tolerance) = theirs.tolerance {
            ours.set("--name-threshold", tolerance);
        }
        ours.set("--jitters", theirs.jitters);
    }
    if let Some(file) = &theirs.sr {
        let refs = super::quoted(&theirs.reference);
        ours.notes.push(format!("-sr: facegroup refs save {refs} {}", super::quoted(file)));
    }
    ours.note_if(theirs.ds, "-ds: facegroup refs inspect shows how alike the references are");
    if theirs.display {
        ours.say(&["--display"]);
    }
    ours.note_if(
        theirs.bs.is_some(),
        "-bs: frames are looked at one by one; see --detection-batch",
    );
    ours.note_if(
        theirs.scale.is_some(),
        "-s: frames are always scaled to the detector's size; see --detection-size",
    );
    ours.note_if(
        true,
        "dlib's detectors are not used: faces are found by centerface, the crop is aligned by five points \
         instead of 51, and files are named by frame",
    );
    Ok(ours)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn ours(line: &str) -> Translation {
        translate(&line.split_whitespace().map(str::to_owned).collect::<Vec<_>>()).unwrap()
    }

    #[test]
    fn the_defaults_are_theirs() {
        assert_eq!(
            ours("-r people/ann -i film.mp4 -o out").command(),
            "facegroup run film.mp4 -o out --every 7 --align points --crop-size 256 --samples 0 \
             --quality 95 --blur facegrab --embedder dlib-resnet --refs people/ann --name-like facegrab --others drop \
             --jitters 5"
        );
    }

    #[test]
    fn every_option_is_taken_or_named() {
        let ours =
            ours("-r * -i img_%04d.jpg -o out -sf 0 -xs 128 -bt 0 -s 0.3 -do -bs 32 -sr a.npz -ds");
        assert_eq!(
            ours.command(),
            "facegroup run img_%04d.jpg -o out --every-frame --align points --crop-size 128 --samples 0 \
             --quality 95 --embedder dlib-resnet --refs '*' --display"
        );
        for word in ["-s:", "-bs:", "refs save '*' a.npz", "refs inspect"] {
            assert!(ours.notes.iter().any(|note| note.contains(word)), "{word}: {:?}", ours.notes);
        }
        let own = self::ours("-r a.jpg -i a.mp4 -o out -t 0.5 -j 1 -bt 30").command();
        assert!(
            own.contains("--blur 30 ") && own.ends_with("--name-threshold 0.5 --jitters 1"),
            "{own}"
        );
        assert!(translate(&["-i".into(), "a.mp4".into()]).is_err());
    }
}
