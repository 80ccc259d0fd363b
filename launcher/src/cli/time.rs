// SPDX-License-Identifier: MIT OR Apache-2.0
//! Moments of a video as people write them.

use std::str::FromStr;

/// A moment of a video.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Time {
    /// Seconds from its beginning.
    pub seconds: f64,
}

impl FromStr for Time {
    type Err = String;

    /// `90`, `1:30` and `0:01:30` are the same.
    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("'{text}' is no time: expected seconds, m:ss or h:mm:ss");
        let mut seconds = 0.0;
        let parts: Vec<&str> = text.split(':').collect();
        if parts.len() > 3 {
            return Err(wrong());
        }
        for part in parts {
            let value: f64 = part.parse().map_err(|_| wrong())?;
            if !(0.0..1e9).contains(&value) {
                return Err(wrong());
            }
            seconds = seconds * 60.0 + value;
        }
        Ok(Self { seconds })
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_as_people_write_them() {
        for (text, seconds) in [("90", 90.0), ("1:30", 90.0), ("0:01:30.5", 90.5)] {
            assert_eq!(text.parse::<Time>().unwrap().seconds, seconds);
        }
        assert!("-1".parse::<Time>().is_err());
        assert!("x".parse::<Time>().is_err());
    }
}
