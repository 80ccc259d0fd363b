// SPDX-License-Identifier: MIT OR Apache-2.0
//! Pictures of high dynamic range as an ordinary screen shows them: networks have seen no others, and people
//! would find them grey.

use std::sync::LazyLock;

/// How brightness is coded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Transfer {
    /// As ordinary screens show it (BT.709, BT.601, sRGB).
    #[default]
    Sdr,
    /// Absolute brightness (SMPTE ST 2084), of HDR10 and Dolby Vision.
    Pq,
    /// Relative brightness (ARIB STD-B67), of broadcasters and phones.
    Hlg,
}

/// Brightness of white paper in both, in cd/m² (ITU-R BT.2408).
const WHITE: f32 = 203.0;
/// Brightest of a screen for HLG (BT.2100), and its system gamma there.
const HLG_PEAK: f32 = 1000.0;
const HLG_GAMMA: f32 = 1.2;
/// Up to this part of white nothing changes; what is brighter is pressed together below it.
const KNEE: f32 = 0.8;
/// Screens for BT.709 raise to this power (BT.1886).
const SCREEN_GAMMA: f32 = 2.4;
/// Steps of the table from light to code, in square roots of light.
const STEPS: usize = 1024;

/// Light by code value: for PQ in parts of white, for HLG of the scene.
static PQ: LazyLock<[f32; 256]> = LazyLock::new(|| table(|code| pq(code) / WHITE));
static HLG: LazyLock<[f32; 256]> = LazyLock::new(|| table(hlg));
static CODES: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let code = |step: usize| {
        let light = (step as f32 / (STEPS - 1) as f32).powi(2);
        (light.powf(1.0 / SCREEN_GAMMA) * 255.0).round() as u8
    };
    (0..STEPS).map(code).collect()
});

impl Transfer {
    /// Changes pixels of BT.2020 colours to those of BT.709; those of an ordinary picture stay.
    pub(super) fn to_sdr(self, pixels: &mut [[u8; 3]]) {
        let table: &[f32; 256] = match self {
            Self::Sdr => return,
            Self::Pq => &PQ,
            Self::Hlg => &HLG,
        };
        let codes = &*CODES;
        for pixel in pixels {
            let mut light = pixel.map(|code| table[usize::from(code)]);
            if self == Self::Hlg {
                let luminance = 0.2627 * light[0] + 0.6780 * light[1] + 0.0593 * light[2];
                let gain = luminance.powf(HLG_GAMMA - 1.0) * HLG_PEAK / WHITE;
                light = light.map(|channel| channel * gain);
            }
            // All three by as much, so that no colour changes.
            let peak = light.iter().copied().fold(0.0, f32::max);
            let gain = if peak > KNEE { pressed(peak) / peak } else { 1.0 };
            let [r, g, b] = light.map(|channel| channel * gain);
            // Of BT.2020's primaries to those of BT.709 (BT.2407).
            let narrow = [
                1.6605 * r - 0.5876 * g - 0.0728 * b,
                -0.1246 * r + 1.1329 * g - 0.0083 * b,
                -0.0182 * r - 0.1006 * g + 1.1187 * b,
            ];
            *pixel = narrow.map(|channel| {
                let step = channel.clamp(0.0, 1.0).sqrt() * (STEPS - 1) as f32;
                codes[(step.round() as usize).min(STEPS - 1)]
            });
        }
    }
}

fn pressed(light: f32) -> f32 {
    let room = 1.0 - KNEE;
    KNEE + room * (1.0 - (-(light - KNEE) / room).exp())
}

fn table(light: impl Fn(f32) -> f32) -> [f32; 256] {
    std::array::from_fn(|code| light(code as f32 / 255.0))
}

/// ST 2084, in cd/m².
fn pq(code: f32) -> f32 {
    let (m1, m2) = (2610.0 / 16384.0, 2523.0 / 4096.0 * 128.0);
    let (c1, c2, c3) = (3424.0 / 4096.0, 2413.0 / 4096.0 * 32.0, 2392.0 / 4096.0 * 32.0);
    let power = code.powf(1.0 / m2);
    10_000.0 * ((power - c1).max(0.0) / (c2 - c3 * power)).powf(1.0 / m1)
}

/// ARIB STD-B67, in parts of the brightest.
fn hlg(code: f32) -> f32 {
    let (a, b, c) = (0.178_832_77, 0.284_668_92, 0.559_910_7);
    if code <= 0.5 { code * code / 3.0 } else { (((code - c) / a).exp() + b) / 12.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grey(transfer: Transfer, code: u8) -> u8 {
        let mut pixels = [[code; 3]];
        transfer.to_sdr(&mut pixels);
        let [[r, g, b]] = pixels;
        assert!(r.abs_diff(g) <= 1 && g.abs_diff(b) <= 1, "{r} {g} {b}");
        g
    }

    #[test]
    fn white_is_white_and_grey_is_grey_again() {
        assert!((pq(0.508) - 100.0).abs() < 2.0 && (hlg(0.75) - 0.265).abs() < 0.002);
        // White paper is .58 of PQ and .75 of HLG (BT.2408); a grey of a fifth of its light .43 and .42.
        for (transfer, white, fifth) in [(Transfer::Pq, 148, 106), (Transfer::Hlg, 191, 109)] {
            assert!(grey(transfer, white) > 240, "{transfer:?}");
            let expected = (0.2f32.powf(1.0 / SCREEN_GAMMA) * 255.0) as i32;
            let shown = i32::from(grey(transfer, fifth));
            assert!((shown - expected).abs() < 12, "{transfer:?}: {shown}, not {expected}");
            assert_eq!(grey(transfer, 0), 0);
            assert!(grey(transfer, 255) > 250);
        }
        assert_eq!(grey(Transfer::Sdr, 77), 77);
    }
}
