// SPDX-License-Identifier: MIT OR Apache-2.0
//! The part of the frame that is processed.

use std::str::FromStr;

use imaging::geometry::Rect;

/// A part of the upright frame in pixels, written `x,y,width,height`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Region {
    /// Left edge.
    pub x: u32,
    /// Top edge.
    pub y: u32,
    /// Not zero.
    pub width: u32,
    /// Not zero.
    pub height: u32,
}

/// A region that could not be read.
#[derive(Debug, thiserror::Error)]
#[error("'{0}' is no region: expected x,y,width,height in pixels, width and height above 0")]
pub struct RegionError(String);

impl FromStr for Region {
    type Err = RegionError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let numbers: Option<Vec<u32>> = text.split(',').map(|n| n.trim().parse().ok()).collect();
        match numbers.as_deref() {
            Some(&[x, y, width, height]) if width > 0 && height > 0 => {
                Ok(Self { x, y, width, height })
            }
            _ => Err(RegionError(text.to_owned())),
        }
    }
}

impl std::fmt::Display for Region {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{},{},{},{}", self.x, self.y, self.width, self.height)
    }
}

impl Region {
    /// The region in display pixels, of which there are `scale` to a pixel of the upright frame.
    pub(super) fn display(&self, scale: (f64, f64)) -> Rect {
        let (sx, sy) = (scale.0 as f32, scale.1 as f32);
        Rect {
            x: self.x as f32 * sx,
            y: self.y as f32 * sy,
            width: self.width as f32 * sx,
            height: self.height as f32 * sy,
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_it_writes_and_refuses_the_rest() {
        let region: Region = "1, 2,30,40".parse().unwrap();
        assert_eq!(region.to_string(), "1,2,30,40");
        for bad in ["", "1,2,3", "1,2,0,4", "1,2,-3,4", "a,b,c,d", "1,2,3,4,5"] {
            assert!(bad.parse::<Region>().is_err(), "{bad}");
        }
    }
}
