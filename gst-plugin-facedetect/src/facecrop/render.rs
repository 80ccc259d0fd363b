// SPDX-License-Identifier: MIT OR Apache-2.0
//! How the picture of a face is made: cut as it stands or turned upright, scaled to fit, and assessed.
//!
//! Holds the properties for that, apart from the sides of the crop, which are an [`Area`].

use facemeta::StoredBox;
use gst::glib;
use gst::prelude::*;
use gst_frameview::EnumType;
use image::RgbImage;
use imaging::Detection;
use imaging::align::{self, Alignment};
use imaging::blur::{self, Blur};
use imaging::frame::{FrameError, FrameView, Sampler};
use imaging::geometry::{Point, Rect, Similarity};

use super::Area;

/// Whether and how faces are turned.
struct AlignType;

impl EnumType for AlignType {
    type Choice = Option<Alignment>;
    const NAME: &'static str = "GstRsFaceCropAlign";
}

/// What the user may set.
#[derive(Debug, Clone)]
pub(super) struct CropStyle {
    /// Long side of the crop in pixels; 0 for its own size.
    pub(super) size: u32,
    /// The crop is scaled to fit these; 0 for its own size.
    fit: (u32, u32),
    align: Option<Alignment>,
    /// Negative for that of the alignment.
    padding: f64,
    /// Faces that it calls blurred are marked.
    blur: Option<Blur>,
}

impl Default for CropStyle {
    fn default() -> Self {
        Self { size: 0, fit: (0, 0), align: None, padding: -1.0, blur: None }
    }
}

pub(super) fn specs() -> Vec<glib::ParamSpec> {
    let default = CropStyle::default();
    let length = |name: &'static str, nick: &'static str, blurb: &'static str| {
        glib::ParamSpecUInt::builder(name)
            .nick(nick)
            .blurb(blurb)
            .maximum(8192)
            .mutable_playing()
            .build()
    };
    vec![
        length(
            "size",
            "Size",
            "Long side of the crops in pixels, larger and smaller ones are scaled (0 = as they are; \
             aligned: 256 by points, 128 by eyes)",
        ),
        length("fit-width", "Fit width", "Scale crops up or down to fit this width (0 = any)"),
        length("fit-height", "Fit height", "Scale crops up or down to fit this height (0 = any)"),
        AlignType::spec("align", default.align)
            .nick("Align")
            .blurb("Whether faces are turned upright; aligned crops are square and not cut by sides")
            .mutable_playing()
            .build(),
        glib::ParamSpecDouble::builder("padding")
            .nick("Padding")
            .blurb(
                "Added on all sides: part of the box's shorter side, or of an aligned picture (-1 = 0, \
                 and 0.18 by points)",
            )
            .minimum(-1.0)
            .maximum(10.0)
            .default_value(default.padding)
            .mutable_playing()
            .build(),
        glib::ParamSpecString::builder("blur")
            .nick("Blur")
            .blurb(
                "Mark faces as blurry: facegrab, faceripper, streamface, or the least variance of the \
                 Laplacian (unset = none)",
            )
            .mutable_playing()
            .build(),
    ]
}

impl CropStyle {
    /// Takes a property's new value. A blur that cannot be read is refused with a reason.
    #[allow(clippy::expect_used)]
    pub(super) fn set(&mut self, name: &str, value: &glib::Value) -> Result<(), String> {
        match name {
            "size" => self.size = value.get().expect("type checked"),
            "fit-width" => self.fit.0 = value.get().expect("type checked"),
            "fit-height" => self.fit.1 = value.get().expect("type checked"),
            "align" => self.align = AlignType::choice(value).expect("type checked"),
            "padding" => self.padding = value.get().expect("type checked"),
            "blur" => {
                let text: Option<String> = value.get().expect("type checked");
                self.blur = match text {
                    Some(text) => Some(text.parse().map_err(|e| format!("{e}"))?),
                    None => None,
                };
            }
            _ => unimplemented!("own pspecs only"),
        }
        Ok(())
    }

    /// A property's value.
    pub(super) fn value(&self, name: &str) -> glib::Value {
        match name {
            "size" => self.size.to_value(),
            "fit-width" => self.fit.0.to_value(),
            "fit-height" => self.fit.1.to_value(),
            "align" => AlignType::value(self.align),
            "padding" => self.padding.to_value(),
            "blur" => self.blur.map(|blur| blur.to_string()).to_value(),
            _ => unimplemented!("own pspecs only"),
        }
    }

    /// The size that all crops will have, if it is known before the first.
    pub(super) fn likely_size(&self) -> Option<(u32, u32)> {
        let size = match (self.align, self.size) {
            (Some(alignment), 0) => alignment.defaults().0,
            (_, size) => size,
        };
        (size > 0).then_some((size, size))
    }

    /// The picture of a face; `None` where nothing of it lies within the frame, whose display size is
    /// `size`.
    pub(super) fn picture(
        &self,
        frame: &FrameView<'_>,
        face: &Detection,
        area: &Area,
        size: (f64, f64),
        sampler: &mut Sampler,
    ) -> Result<Option<Shown>, FrameError> {
        if let Some(alignment) = self.align {
            let (own_size, own_padding) = alignment.defaults();
            let side = if self.size > 0 { self.size } else { own_size };
            let padding = if self.padding < 0.0 { own_padding } else { self.padding as f32 };
            let aligned = align::aligned(frame, face, alignment, side, padding)?;
            let place = Place::Turned(aligned.to_picture);
            return Ok(Some(Shown { picture: aligned.picture, place }));
        }
        let area = Area { padding: self.padding.max(0.0), ..*area };
        let Some(region) = area.around(face.bbox, size.0, size.1) else {
            return Ok(None);
        };
        let (width, height) = self.scaled(region);
        let mut picture = RgbImage::default();
        sampler.sample(frame, region, width, height, &mut picture)?;
        Ok(Some(Shown { picture, place: Place::Cut(region) }))
    }

    /// The crop's size in pixels: its own, or scaled to fit.
    fn scaled(&self, region: Rect) -> (u32, u32) {
        let (width, height) = if self.size > 0 { (self.size, self.size) } else { self.fit };
        let scale = |wanted: u32, length: f32| (wanted > 0).then(|| wanted as f32 / length);
        let scales = [scale(width, region.width), scale(height, region.height)];
        let scale = scales.into_iter().flatten().reduce(f32::min).unwrap_or(1.0);
        let side = |length: f32| (length * scale).round().max(1.0) as u32;
        (side(region.width), side(region.height))
    }

    /// Whether the face counts as blurred.
    pub(super) fn is_blurred(
        &self,
        frame: &FrameView<'_>,
        face: &Detection,
    ) -> Result<bool, FrameError> {
        self.blur.map_or(Ok(false), |blur| blur.is_blurred(frame, face))
    }
}

/// The picture of a face and where it comes from.
pub(super) struct Shown {
    pub(super) picture: RgbImage,
    pub(super) place: Place,
}

/// Where a crop's pixels lie on the frame.
#[derive(Debug, Clone, Copy)]
pub(super) enum Place {
    /// This part of it, in display pixels.
    Cut(Rect),
    /// Those that this brings onto the crop.
    Turned(Similarity),
}

impl Shown {
    /// The face as far as the crop shows it, for measuring its sharpness: of an aligned one the box in
    /// the frame's own pixels, so that the figures can be compared.
    pub(super) fn face(
        &self,
        frame: &FrameView<'_>,
        face: &Detection,
    ) -> Result<RgbImage, FrameError> {
        let Place::Cut(region) = self.place else {
            return blur::native(frame, face);
        };
        let (picture, b) = (&self.picture, face.bbox);
        let scale = picture.width() as f32 / region.width;
        let clamp = |v: f32, size: u32| (v * scale).round().clamp(0.0, size as f32) as u32;
        let x = clamp(b.x - region.x, picture.width());
        let y = clamp(b.y - region.y, picture.height());
        let w = clamp(b.width, picture.width() - x);
        let h = clamp(b.height, picture.height() - y);
        Ok(image::imageops::crop_imm(picture, x, y, w, h).to_image())
    }

    /// A point of the frame in coordinates of the crop, 0 to 1.
    fn point(&self, Point { x, y }: Point) -> [f64; 2] {
        match self.place {
            Place::Cut(region) => [
                f64::from((x - region.x) / region.width),
                f64::from((y - region.y) / region.height),
            ],
            Place::Turned(to_crop) => {
                let (x, y) = to_crop.apply(x.into(), y.into());
                let (width, height) = self.picture.dimensions();
                [x / f64::from(width), y / f64::from(height)]
            }
        }
    }

    /// The face normalised to its crop: of a turned box the one around it.
    pub(super) fn on_crop(&self, face: &facemeta::Face, detection: &Detection) -> facemeta::Face {
        let Rect { x, y, width, height } = detection.bbox;
        let corners = [(x, y), (x + width, y), (x, y + height), (x + width, y + height)];
        let corners = corners.map(|(x, y)| self.point(Point { x, y }));
        let span = |axis: usize| {
            let values = corners.iter().map(|corner| corner[axis]);
            let low = values.clone().fold(f64::INFINITY, f64::min);
            (low, values.fold(f64::NEG_INFINITY, f64::max) - low)
        };
        let ((left, width), (top, height)) = (span(0), span(1));
        facemeta::Face {
            bbox: StoredBox([left, top, width, height]),
            landmarks: detection.landmarks.map(|points| points.map(|p| self.point(p))),
            ..face.clone()
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use image::Rgb;

    use super::*;

    fn shown(style: &CropStyle) -> Shown {
        let picture = RgbImage::from_pixel(400, 300, Rgb([90; 3]));
        let face = Detection {
            bbox: Rect { x: 100.0, y: 100.0, width: 40.0, height: 80.0 },
            landmarks: Some(
                [(110.0, 130.0), (130.0, 130.0), (120.0, 145.0), (112.0, 160.0), (128.0, 160.0)]
                    .map(|(x, y)| Point { x, y }),
            ),
            score: 1.0,
        };
        let area = Area { left: 1.0, right: 1.0, up: 1.0, down: 1.0, padding: 0.0, square: false };
        let frame = FrameView::from_rgb(&picture);
        style
            .picture(&frame, &face, &area, (400.0, 300.0), &mut Sampler::default())
            .unwrap()
            .unwrap()
    }

    #[test]
    fn scales_up_and_down_to_fit_and_keeps_the_shape() {
        for (size, fit, expected) in [
            (0, (0, 0), (40, 80)),
            (160, (0, 0), (80, 160)),
            (0, (100, 100), (50, 100)),
            (0, (100, 0), (100, 200)),
            (0, (20, 1000), (20, 40)),
            (0, (0, 40), (20, 40)),
        ] {
            let style = CropStyle { size, fit, ..CropStyle::default() };
            assert_eq!(shown(&style).picture.dimensions(), expected, "{size} {fit:?}");
        }
    }

    #[test]
    fn aligned_crops_have_a_size_of_their_own_and_know_where_the_face_is() {
        for (align, size, side) in [
            (Some(Alignment::Points), 0, 256),
            (Some(Alignment::Eyes), 0, 128),
            (Some(Alignment::Points), 112, 112),
            (Some(Alignment::Eyes), 300, 300),
        ] {
            let style = CropStyle { align, size, ..CropStyle::default() };
            assert_eq!(style.likely_size(), Some((side, side)));
            let shown = shown(&style);
            assert_eq!(shown.picture.dimensions(), (side, side));
            let middle = shown.point(Point { x: 120.0, y: 140.0 });
            assert!(middle.iter().all(|v| (0.3..0.7).contains(v)), "{align:?}: {middle:?}");
        }
    }

    #[test]
    fn padding_makes_room() {
        let style = CropStyle { padding: 0.1, ..CropStyle::default() };
        assert_eq!(shown(&style).picture.dimensions(), (48, 88));
    }
}
