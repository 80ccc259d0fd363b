// SPDX-License-Identifier: MIT OR Apache-2.0
//! What a page shows of faces.

/// How many pictures a page holds. The default holds about 8 MB for any number of people.
///
/// ```
/// use report::Options;
///
/// // A page to hand on: who, when and how sure, without a face.
/// let page = Options { faces: false, ..Options::default() };
/// assert_eq!(page.images, None);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Options {
    /// Most pictures of a person, the cover included; `None` chooses by the person's rank.
    pub images: Option<usize>,
    /// Whether faces are shown at all.
    pub faces: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self { images: None, faces: true }
    }
}
