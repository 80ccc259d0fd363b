// SPDX-License-Identifier: MIT OR Apache-2.0
//! Coarse-to-fine detection: a coarse pass over all of a picture finds what might be a face, and only
//! that is refined at full scale.
//!
//! Measured with `centerface` on the seven clips of `footage/clips` with faces, five frames per second: of 1,292
//! faces of 40 pixels and more that whole passes at 960 find, a coarse pass at a third of that keeps .993, for
//! a fifth of the work, and at .4 .995; whole passes at 640 keep .990, for half of it. That holds for frames up to
//! 720p, where faces of 40 pixels have 10 in the coarse pass. In a wide shot of 1080p and 2160p a third keeps 53 of
//! 75 faces, a quarter of the frame 75 to 79 of 76.

use super::letterbox::Letterbox;
use super::network::Network;
use super::nms;
use crate::ModelError;
use crate::catalogue::Kind;
use imaging::Detection;
use imaging::frame::FrameView;
use imaging::geometry::Rect;

/// What might be a face has at least this part of the score of one: small faces are unsure.
const MIGHT_BE: f32 = 0.3;

/// The coarse pass in parts of the fine one, and the least of it in pixels: the measured ones.
const SCALE: f32 = 1.0 / 3.0;
pub(super) const LEAST: f32 = 320.0;

/// Faces of so many display pixels and more are to be found, and so many in the coarse pass.
const SMALLEST: f32 = 40.0;
const SEEN: f32 = 10.0;

/// From so many places on that might be faces, a crowd, all is refined: who stands behind them is
/// smaller.
const CROWD: usize = 24;

/// Whether a coarse pass suits a kind of network: `yunet` misses a tenth of the small faces then.
pub(super) fn suits(kind: Kind) -> bool {
    kind == Kind::CenterFace
}

/// How large the coarse pass is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum CoarseScale {
    /// In parts of the size of the fine one.
    Part(f32),
    /// As large as the smallest faces of the region demand.
    Fitting,
}

impl CoarseScale {
    /// Long side of the input for a region of (width, height), where the fine pass has `size`.
    fn size(self, (width, height): (f32, f32), size: u32) -> u32 {
        let fine = size as f32;
        let first = match self {
            Self::Part(scale) => fine * scale,
            Self::Fitting => {
                (width.max(height) * SEEN / SMALLEST).max(LEAST).max(fine * SCALE).min(fine)
            }
        };
        first.round() as u32
    }
}

impl Network {
    /// As [`find`](Self::find), with a coarse pass.
    pub(super) fn find_coarse_to_fine(
        &self,
        views: &[(&FrameView<'_>, Rect)],
        first: CoarseScale,
    ) -> Result<Vec<Vec<Detection>>, ModelError> {
        let size = |region: &Rect| first.size((region.width, region.height), self.size());
        let mut found = Vec::with_capacity(views.len());
        for views in views.chunk_by(|a, b| size(&a.1) == size(&b.1)) {
            let Some(size) = views.first().map(|(_, region)| size(region)) else { continue };
            if size >= self.size() {
                found.extend(self.find_at(views, self.size(), self.threshold())?);
                continue;
            }
            let might_be = self.find_at(views, size, MIGHT_BE * self.threshold())?;
            for (view, might_be) in views.iter().zip(might_be) {
                found.push(match self.find_fine(*view, might_be, size)? {
                    Some(faces) => faces,
                    None => {
                        let whole = self.find_at(&[*view], self.size(), self.threshold())?;
                        whole.into_iter().flatten().collect()
                    }
                });
            }
        }
        Ok(found)
    }

    /// The faces among what might be some after a coarse pass at `size`; `None` where there are so many that a fine pass over all of the region costs little more, or a crowd.
    fn find_fine(
        &self,
        (frame, region): (&FrameView<'_>, Rect),
        mut might_be: Vec<Detection>,
        size: u32,
    ) -> Result<Option<Vec<Detection>>, ModelError> {
        let letterbox = |size| Letterbox::new((region.width, region.height), size, None, false);
        let scale = letterbox(size).scale();
        if scale >= letterbox(self.size()).scale() {
            might_be.retain(|face| face.score >= self.threshold());
            return Ok(Some(might_be));
        }
        let might_be = nms::suppress(might_be, super::DEFAULT_IOU_THRESHOLD);
        if might_be.len() >= CROWD {
            return Ok(None);
        }
        let boxes: Vec<Rect> = might_be.iter().map(|face| face.bbox).collect();
        self.find_near(frame, region, &boxes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_coarse_pass_shows_the_smallest_wanted_faces() {
        let size = |width, height| CoarseScale::Fitting.size((width, height), 960);
        assert_eq!(size(1280.0, 720.0), 320);
        assert_eq!([size(1920.0, 1080.0), size(1080.0, 1920.0)], [480; 2]);
        // All of it, at full scale.
        assert_eq!([size(3840.0, 2160.0), size(7680.0, 4320.0)], [960; 2]);
        // Whoever asks for more wants smaller ones, whoever asks for less has less.
        assert_eq!(CoarseScale::Fitting.size((1280.0, 720.0), 1920), 640);
        assert_eq!(CoarseScale::Fitting.size((1280.0, 720.0), 256), 256);
        assert_eq!(CoarseScale::Part(0.25).size((3840.0, 2160.0), 960), 240);
    }
}
