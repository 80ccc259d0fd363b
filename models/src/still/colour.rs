// SPDX-License-Identifier: MIT OR Apache-2.0
//! Pictures of cameras and telephones with more colours than sRGB has, brought to sRGB.

use image::RgbImage;
use moxcms::{ColorProfile, DataColorSpace, Layout, TransformOptions};

/// Converts a picture from its embedded profile to sRGB, which the networks learned from. A profile that
/// cannot be read, or is not one of RGB (four inks are three colours by now), leaves it as it is.
pub fn to_srgb(picture: &mut RgbImage, profile: Option<&[u8]>) {
    let Some(profile) = profile.and_then(|bytes| ColorProfile::new_from_slice(bytes).ok()) else {
        return;
    };
    if profile.color_space != DataColorSpace::Rgb {
        return;
    }
    let (srgb, options) = (ColorProfile::new_srgb(), TransformOptions::default());
    let Ok(transform) = profile.create_transform_8bit(Layout::Rgb, &srgb, Layout::Rgb, options)
    else {
        return;
    };
    let mut converted = vec![0; picture.as_raw().len()];
    if transform.transform(picture.as_raw(), &mut converted).is_ok() {
        picture.copy_from_slice(&converted);
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn wide_colours_become_those_of_srgb() {
        let skin = image::Rgb([200, 150, 120]);
        let after = |profile: Option<&[u8]>| {
            let mut picture = RgbImage::from_pixel(3, 3, skin);
            to_srgb(&mut picture, profile);
            picture.get_pixel(1, 1).0
        };
        let wide = after(Some(&ColorProfile::new_display_p3().encode().unwrap()));
        let adobe = after(Some(&ColorProfile::new_adobe_rgb().encode().unwrap()));
        // Redder, as colour management elsewhere says: 208 149 116 and 220 150 118.
        assert!(wide[0].abs_diff(208) <= 2 && wide[2].abs_diff(116) <= 2, "{wide:?}");
        assert!(adobe[0].abs_diff(220) <= 3 && adobe[2].abs_diff(118) <= 3, "{adobe:?}");
        let same = after(Some(&ColorProfile::new_srgb().encode().unwrap()));
        assert!(same.iter().zip(skin.0).all(|(a, b)| a.abs_diff(b) <= 1), "{same:?}");
        assert_eq!((after(None), after(Some(b"no profile"))), (skin.0, skin.0));
    }
}
