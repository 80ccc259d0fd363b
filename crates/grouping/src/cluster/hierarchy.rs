// SPDX-License-Identifier: MIT OR Apache-2.0
//! Everything on the way from faces to groups that comes before the cut: the dendrogram, which can be
//! cut anywhere.

use ndarray::ArrayView2;

use super::embeddings::Embeddings;
use super::evidence::{calibration, cannot_link, must_link};
use super::grouping::CutInfo;
use super::linkage::{self, Constraints, Dendrogram};
use super::recognition::Recognition;
use super::templates::Templates;
use super::{Face, GroupError, Options, templates};

/// How much of the way from the cut to identity two crops of one moment lie apart at most.
const IDENTICAL: f32 = 0.75;

/// The dendrogram of the faces of a dataset.
pub struct Hierarchy {
    /// The leaves.
    pub(super) templates: Templates,
    /// Pairs of templates that never merge.
    pub(super) forbidden: Constraints,
    /// Where [`group`](super::group()) cuts.
    pub(super) cut: CutInfo,
    recognition: Recognition,
    dendrogram: Dendrogram,
}

/// Builds the dendrogram that [`group`](super::group()) cuts, from the same arguments. Of more templates
/// than a matrix is made for it reaches down to that cut only.
///
/// # Errors
/// An option out of range, a face that names a row that is not there.
pub fn hierarchy(
    faces: &[Face],
    embeddings: ArrayView2<'_, f32>,
    options: &Options,
) -> Result<Hierarchy, GroupError> {
    check(faces, embeddings, options)?;
    Ok(build(faces, embeddings, options))
}

/// Builds the dendrogram from arguments that were checked.
pub(super) fn build(
    faces: &[Face],
    embeddings: ArrayView2<'_, f32>,
    options: &Options,
) -> Hierarchy {
    let embeddings = Embeddings::new(embeddings);
    let templates = templates::pool(faces, &embeddings);
    let identical = options.threshold + IDENTICAL * (1.0 - options.threshold);
    let mut cannot_link = cannot_link::pairs(faces, &embeddings, &templates, identical);
    let cut = calibration::cut(faces, &embeddings, &templates, &cannot_link, options);
    let must_link = must_link::sets(faces, &templates, &mut cannot_link, &cut, options);
    let forbidden = Constraints::cannot_link(cannot_link).must_link(must_link);
    let dendrogram =
        linkage::build(templates.vectors.view(), &forbidden, cut.levels.as_ref(), cut.threshold);
    Hierarchy { templates, forbidden, cut, recognition: Recognition::of(options), dendrogram }
}

/// Refuses options out of range and faces that name rows that are not there.
pub(crate) fn check(
    faces: &[Face],
    embeddings: ArrayView2<'_, f32>,
    options: &Options,
) -> Result<(), GroupError> {
    options.check()?;
    for (index, face) in faces.iter().enumerate() {
        if let Some(row) = face.embedding.filter(|row| *row >= embeddings.nrows()) {
            return Err(GroupError::NoSuchEmbedding { face: index, row, rows: embeddings.nrows() });
        }
    }
    Ok(())
}

impl Hierarchy {
    /// Cosine similarity of the last and of the first merge: cuts outside change nothing. `None`
    /// where nothing ever merges.
    pub fn span(&self) -> Option<(f32, f32)> {
        let merges = self.dendrogram.merges();
        Some((merges.last()?.similarity, merges.first()?.similarity))
    }

    /// Group of each face when the dendrogram is cut at a cosine similarity, as
    /// [`group`](super::group()) does it but in no order of size; `None` where nobody is clearly
    /// nearest. `faces` are those the dendrogram was built from.
    pub fn cut(&self, faces: &[Face], threshold: f32) -> Vec<Option<usize>> {
        let clusters = self.dendrogram.cut(threshold);
        let mut labels = vec![None; faces.len()];
        for (member, cluster) in self.templates.members.iter().zip(clusters) {
            for &face in &member.faces {
                if let Some(label) = labels.get_mut(face) {
                    *label = Some(cluster);
                }
            }
        }
        self.recognition.hide(faces, &mut labels);
        labels
    }
}
