// SPDX-License-Identifier: MIT OR Apache-2.0
//! The shape of pixels where a file tells it wrong: one for all, or by a table of the sizes at which videos are to be
//! seen, as facerec has it.

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;
use std::str::FromStr;

use gst::prelude::*;

const COLUMNS: [&str; 3] = ["filename", "display_width", "display_height"];

/// Display sizes by the names of files, with or without their extensions.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Aspects(BTreeMap<String, DisplaySize>);

/// Width and height at which a video is to be seen, in square pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DisplaySize {
    width: u32,
    height: u32,
}

/// Width of a pixel to its height.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PixelAspect(gst::Fraction);

impl FromStr for PixelAspect {
    type Err = String;

    /// `16:15`.
    fn from_str(text: &str) -> Result<Self, String> {
        let parts =
            text.split_once(':').and_then(|(n, d)| Some((n.parse().ok()?, d.parse().ok()?)));
        match parts {
            Some((n @ 1..=100_000, d @ 1..=100_000)) => Ok(Self(gst::Fraction::new(n, d))),
            _ => Err("expected two whole numbers, as 16:15".into()),
        }
    }
}

impl fmt::Display for PixelAspect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.0.numer(), self.0.denom())
    }
}

impl From<PixelAspect> for gst::Fraction {
    fn from(aspect: PixelAspect) -> Self {
        aspect.0
    }
}

impl Aspects {
    /// Reads a CSV with the columns `filename`, `display_width` and `display_height`, in any order.
    ///
    /// # Errors
    /// A file that cannot be read; a line without a name or with a size that is none, and a name that comes
    /// twice, by file and line.
    pub fn read(path: &str) -> Result<Self, String> {
        let failed = |error: &dyn std::fmt::Display| format!("{path}: {error}");
        let mut table = csv::ReaderBuilder::new().trim(csv::Trim::All).from_path(path);
        let table = table.as_mut().map_err(|error| failed(error))?;
        let header = table.headers().map_err(|error| failed(&error))?;
        let column = |name: &str| header.iter().position(|found| found == name);
        let columns: Option<Vec<usize>> = COLUMNS.into_iter().map(column).collect();
        let Some([name, width, height]) =
            columns.as_deref().and_then(|c| <[usize; 3]>::try_from(c).ok())
        else {
            return Err(format!("{path}: line 1 must name the columns {}", COLUMNS.join(", ")));
        };
        let mut sizes = BTreeMap::new();
        for row in table.records() {
            let row = row.map_err(|error| failed(&error))?;
            let line = row.position().map_or(0, csv::Position::line);
            let bad = |what: String| format!("{path}: line {line}: {what}");
            let field = |column| row.get(column).unwrap_or_default();
            let side = |column: usize, what: &str| match field(column).parse() {
                Ok(side @ 1..=100_000) => Ok(side),
                _ => Err(bad(format!(
                    "{what} is {:?}, expected whole pixels from 1 to 100000",
                    field(column)
                ))),
            };
            let size =
                DisplaySize { width: side(width, COLUMNS[1])?, height: side(height, COLUMNS[2])? };
            if field(name).is_empty() {
                return Err(bad("there is no filename".to_owned()));
            }
            if sizes.insert(field(name).to_owned(), size).is_some() {
                return Err(bad(format!("{} comes twice", field(name))));
            }
        }
        Ok(Self(sizes))
    }

    /// What is said of a video, by the path or address of its file: of its name, else of its name without
    /// extension.
    pub fn of(&self, video: &str) -> Option<DisplaySize> {
        let name = Path::new(video).file_name()?.to_str()?;
        let stem = Path::new(name).file_stem()?.to_str()?;
        self.0.get(name).or_else(|| self.0.get(stem)).copied()
    }

    /// All names with their widths and heights, by name.
    pub fn sizes(&self) -> impl Iterator<Item = (&str, [u32; 2])> {
        self.0.iter().map(|(name, size)| (name.as_str(), [size.width, size.height]))
    }
}

impl DisplaySize {
    /// The shape of a pixel of a video that is stored in so many; `None` for no pixels.
    pub fn pixel_aspect(self, width: i32, height: i32) -> Option<gst::Fraction> {
        let n = u64::from(self.width) * u64::try_from(height).ok()?;
        let d = u64::from(self.height) * u64::try_from(width).ok()?;
        let (mut divisor, mut rest) = (n, d);
        while rest > 0 {
            (divisor, rest) = (rest, divisor % rest);
        }
        let part = |value: u64| i32::try_from(value.checked_div(divisor)?).ok().filter(|v| *v > 0);
        Some(gst::Fraction::new(part(n)?, part(d)?))
    }
}

/// Gives the pixels of a stream the shape that `aspect` says for its width and height.
///
/// # Errors
/// GStreamer has no `capssetter`.
pub fn with_aspect(
    aspect: impl Fn(i32, i32) -> Option<gst::Fraction> + Send + Sync + 'static,
) -> Result<gst::Element, glib::BoolError> {
    let setter = gst::ElementFactory::make("capssetter").build()?;
    let pad =
        setter.static_pad("sink").ok_or_else(|| glib::bool_error!("capssetter has no sink pad"))?;
    pad.add_probe(gst::PadProbeType::EVENT_DOWNSTREAM, move |pad, info| {
        let Some(gst::EventView::Caps(event)) = info.event().map(|event| event.view()) else {
            return gst::PadProbeReturn::Ok;
        };
        let size = event
            .caps()
            .structure(0)
            .and_then(|stream| Some((stream.get("width").ok()?, stream.get("height").ok()?)));
        let aspect = size.and_then(|(width, height)| aspect(width, height));
        if let (Some(aspect), Some(setter)) = (aspect, pad.parent_element()) {
            let caps =
                gst::Caps::builder("video/x-raw").field("pixel-aspect-ratio", aspect).build();
            setter.set_property("caps", caps);
        }
        gst::PadProbeReturn::Ok
    });
    Ok(setter)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Aspects, String> {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), text).unwrap();
        let path = file.path().to_str().unwrap();
        Aspects::read(path).map_err(|error| error.replace(path, "FILE"))
    }

    #[test]
    fn videos_are_found_by_name_and_by_stem() {
        let table =
            "filename,display_width,display_height\n 107-film.mpg , 768,576\n108-other,720,540\n";
        let aspects = read(table).unwrap();
        let size = |width, height| Some(DisplaySize { width, height });
        assert_eq!(aspects.of("/films/107-film.mpg"), size(768, 576));
        assert_eq!(aspects.of("https://host/108-other.mp4"), size(720, 540));
        assert_eq!(
            (aspects.of("107-film.mp4"), aspects.of("109.mp4"), aspects.of("/")),
            (None, None, None)
        );
        let turned = "display_height,filename,display_width\n576,107-film.mpg,768\n";
        assert_eq!(read(turned).unwrap().of("107-film.mpg"), size(768, 576));
    }

    #[test]
    fn pixels_become_what_makes_the_size() {
        let of = |width, height| DisplaySize { width, height };
        // PAL's 720 x 576 seen at 4:3, and HDV.
        assert_eq!(of(768, 576).pixel_aspect(720, 576), Some(gst::Fraction::new(16, 15)));
        assert_eq!(of(1920, 1080).pixel_aspect(1440, 1080), Some(gst::Fraction::new(4, 3)));
        assert_eq!(of(640, 360).pixel_aspect(1280, 720), Some(gst::Fraction::new(1, 1)));
        assert_eq!(of(640, 360).pixel_aspect(0, 720), None);
    }

    #[test]
    fn what_is_wrong_is_told_by_file_and_line() {
        let head = "filename,display_width,display_height\n";
        for (text, words) in [
            (
                "name,width,height\na,4,3\n".to_owned(),
                "FILE: line 1 must name the columns filename",
            ),
            (format!("{head}a.mp4,4,3\nb.mp4,4,0\n"), "FILE: line 3: display_height is \"0\""),
            (format!("{head}a.mp4,wide,3\n"), "FILE: line 2: display_width is \"wide\""),
            (format!("{head},4,3\n"), "FILE: line 2: there is no filename"),
            (format!("{head}a,4,3\nb,4,3\na,4,3\n"), "FILE: line 4: a comes twice"),
            (format!("{head}a,4\n"), "line: 2"),
        ] {
            let error = read(&text).unwrap_err();
            assert!(error.contains("FILE") && error.contains(words), "{error}");
        }
        assert!(Aspects::read("/nowhere.csv").unwrap_err().contains("/nowhere.csv"));
    }
}
