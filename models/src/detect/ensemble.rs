// SPDX-License-Identifier: MIT OR Apache-2.0
//! Several detectors as one: each looks at its own size, and their boxes are brought to one shape, so that
//! the same face found twice is one face.

use super::network::Network;
use super::{DEFAULT_INPUT_SIZE, DetectorOptions};
use crate::ModelError;
use crate::store::ModelFile;
use imaging::Detection;
use imaging::frame::FrameView;
use imaging::geometry::Rect;

/// One run of one network.
struct Member {
    /// Which of the model's parts.
    part: usize,
    /// Long side of its input where the user asks for [`DEFAULT_INPUT_SIZE`].
    size: u32,
    /// Where the box of a head reaches, in halves of this network's box from its centre: left, right,
    /// up, down.
    reach: [f32; 4],
}

/// Drawn heads: `animefaceboxes` sees the large ones, `yunet` the small ones and, at half the size, those
/// that fill the picture. YuNet's boxes hold the face alone; the reach is the median over the 73 pictures
/// of `anime/characters` in which both found one face, left and right made equal.
const ANIME: [Member; 3] = [
    Member { part: 0, size: 512, reach: [1.0; 4] },
    Member { part: 1, size: 640, reach: FACE_TO_HEAD },
    Member { part: 1, size: 320, reach: FACE_TO_HEAD },
];
const FACE_TO_HEAD: [f32; 4] = [1.75, 1.75, 1.27, 1.2];

/// Networks that run one after the other.
#[derive(Debug)]
pub(super) struct Several(Vec<(Network, [f32; 4])>);

impl Several {
    /// Loads all of them.
    pub(super) fn open(options: &DetectorOptions) -> Result<Self, ModelError> {
        let members = ANIME.iter().map(|member| {
            let missing = || ModelError::Corrupt {
                path: options.model.path.clone(),
                why: format!("{} has no part {}", options.model.id, member.part),
            };
            let model: ModelFile =
                options.model.parts.get(member.part).cloned().ok_or_else(missing)?;
            let size = u64::from(options.size()) * u64::from(member.size);
            let input_size = (size / u64::from(DEFAULT_INPUT_SIZE)) as u32;
            let coarse_scale = Some(0.0);
            let options = DetectorOptions { model, input_size, coarse_scale, ..options.clone() };
            let network = Network::open(&options)?;
            Ok((network, member.reach))
        });
        Ok(Self(members.collect::<Result<_, ModelError>>()?))
    }

    /// Every face that any of them sees, in display pixels.
    pub(super) fn find(
        &self,
        frame: &FrameView<'_>,
        region: Rect,
    ) -> Result<Vec<Detection>, ModelError> {
        let mut faces = Vec::new();
        for (network, reach) in &self.0 {
            let found = network.find(&[(frame, region)])?.into_iter().flatten();
            faces.extend(found.map(|face| reaching(face, *reach)));
        }
        Ok(faces)
    }

    /// The device really used.
    pub(super) fn device(&self) -> &str {
        self.0.first().map_or("cpu", |(network, _)| network.device())
    }
}

/// The face with a larger box; without its landmarks, which the other networks do not give.
fn reaching(face: Detection, [left, right, up, down]: [f32; 4]) -> Detection {
    let (centre, width, height) =
        (face.bbox.centre(), face.bbox.width / 2.0, face.bbox.height / 2.0);
    let bbox = Rect {
        x: centre.x - left * width,
        y: centre.y - up * height,
        width: (left + right) * width,
        height: (up + down) * height,
    };
    Detection { bbox, landmarks: None, ..face }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn boxes_reach_as_far_as_asked() {
        let bbox = Rect { x: 10.0, y: 20.0, width: 20.0, height: 40.0 };
        let face = Detection { bbox, landmarks: None, score: 0.5 };
        assert_eq!(reaching(face, [1.0; 4]), face);
        let grown = reaching(face, [1.5, 2.0, 1.0, 1.25]).bbox;
        assert_eq!(grown, Rect { x: 5.0, y: 20.0, width: 35.0, height: 45.0 });
    }
}
