// SPDX-License-Identifier: MIT OR Apache-2.0
//! From coarse to fine: a first look at all of a picture in small finds what might be a face, and only
//! that is looked at closely.
//!
//! Measured with `centerface` on the seven clips of `footage/clips` with faces, five frames a second: of 1,292
//! faces of 40 pixels and more that whole looks at 960 find, a first look at a third of that keeps .993, for
//! a fifth of the work, and at .4 .995; whole looks at 640 keep .990, for half of it.

use super::letterbox::Letterbox;
use super::network::Network;
use super::{Detection, nms};
use crate::ModelError;
use crate::catalogue::Kind;
use crate::frame::FrameView;
use crate::geometry::Rect;

/// What might be a face has at least this part of the score of one: small faces are unsure.
const MIGHT_BE: f32 = 0.3;

/// A first look in parts of the look that it is for, and the least of it in pixels: the measured ones.
const SCALE: f32 = 1.0 / 3.0;
pub(super) const LEAST: f32 = 320.0;

/// Whether a first look suits a kind of network: `yunet` misses a tenth of the small faces then.
pub(super) fn suits(kind: Kind) -> bool {
    kind == Kind::CenterFace
}

/// Scale of a first look where the user gives none, in parts of an input size.
pub(super) fn scale(size: u32) -> f32 {
    SCALE.max(LEAST / size as f32)
}

impl Network {
    /// As [`find`](Self::find), with a first look at this scale.
    pub(super) fn find_coarsely(
        &self,
        looks: &[(&FrameView<'_>, Rect)],
        scale: f32,
    ) -> Result<Vec<Vec<Detection>>, ModelError> {
        let size = (self.size() as f32 * scale).round() as u32;
        let might_be = self.find_at(looks, size, MIGHT_BE * self.threshold())?;
        let closely = |((frame, region), might_be): (&(&FrameView<'_>, Rect), _)| match self
            .find_closely(frame, *region, might_be, size)?
        {
            Some(faces) => Ok(faces),
            None => {
                let whole = [(*frame, *region)];
                let found = self.find_at(&whole, self.size(), self.threshold())?;
                Ok(found.into_iter().flatten().collect())
            }
        };
        looks.iter().zip(might_be).map(closely).collect()
    }

    /// The faces among what might be some after a look at `size`; `None` where there are so many that a
    /// look at all of the region in full costs little more.
    fn find_closely(
        &self,
        frame: &FrameView<'_>,
        region: Rect,
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
        let boxes: Vec<Rect> = might_be.iter().map(|face| face.bbox).collect();
        self.find_near(frame, region, &boxes)
    }
}
