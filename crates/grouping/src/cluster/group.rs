// SPDX-License-Identifier: MIT OR Apache-2.0
//! The whole way from faces to groups.

use ndarray::ArrayView2;

use super::grouping::Grouping;
use super::hierarchy::{Hierarchy, build, check};
use super::summary::{best_face, by_size, describe};
use super::templates::Template;
use super::{Face, GroupError, Options, algorithms, suggestions};

/// Groups faces into people.
///
/// `embeddings` has one row an embedding, of any length but zero; a row that is not finite is
/// ignored with a warning. Fails when an option is out of range or a face names a row that is not
/// there.
pub fn group(
    faces: &[Face],
    embeddings: ArrayView2<'_, f32>,
    options: &Options,
) -> Result<Grouping, GroupError> {
    check(faces, embeddings, options)?;
    if let Some(grouping) = algorithms::group(faces, embeddings, options) {
        return Ok(grouping);
    }
    let hierarchy = build(faces, embeddings, options);
    let labels = hierarchy.cut(faces, hierarchy.cut.threshold);
    let Hierarchy { templates, forbidden, cut, .. } = hierarchy;
    let labels = by_size(faces, &labels);
    let mut groups = describe(faces, &labels);
    // From here on only templates whose faces belong to somebody.
    let owner_of = |template: &Template| labels[*template.faces.first()?];
    let members: Vec<usize> = (0..templates.members.len())
        .filter(|&template| owner_of(&templates.members[template]).is_some())
        .collect();
    let shown = templates.retain(|template| owner_of(template).is_some());
    let owner: Vec<usize> = shown.members.iter().filter_map(owner_of).collect();
    let (centres, counts) = suggestions::centres(&shown, &owner, groups.len());
    for (group, centre) in groups.iter_mut().zip(centres.rows()) {
        group.cohesion = centre.dot(&centre);
    }
    let forbidden = forbidden.select(&members);
    let outliers = suggestions::outliers(&shown, &owner, &centres, &counts, cut.threshold)
        .into_iter()
        .filter_map(|template| best_face(faces, &shown.members[template].faces))
        .collect();
    Ok(Grouping {
        suggestions: suggestions::suggestions(&centres, &owner, &forbidden, &cut),
        labels,
        groups,
        outliers,
        cut,
        tried: Vec::new(),
    })
}
