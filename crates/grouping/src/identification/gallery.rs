// SPDX-License-Identifier: MIT OR Apache-2.0
//! A gallery: enrolled identities and the vectors of their faces.

use ndarray::{Array2, Axis};

use super::EnrolmentError;

/// One face of an enrolled identity.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Reference {
    /// The picture it was taken from, as a person would name it.
    pub source: String,
    /// SHA-256 of that file in lower-case hexadecimal digits; `None` where there is no file.
    pub sha256: Option<String>,
    /// Left, top, width, height of the face in pixels of the upright picture.
    pub bbox: Option<[f32; 4]>,
    /// The embedding, of length one.
    pub vector: Vec<f32>,
}

/// An enrolled identity.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Person {
    /// The name, as given; see [`folders`](super::folders) for that of the folder.
    pub name: String,
    /// What the person belongs to, where FaceRipper's configuration says so.
    pub group: Option<String>,
    /// At least one.
    pub references: Vec<Reference>,
}

/// A gallery: enrolled identities, of whom at least one face each is known; all vectors of one model.
#[derive(Debug, Clone, PartialEq)]
pub struct Gallery {
    people: Vec<Person>,
    dimensions: usize,
}

impl Gallery {
    /// Takes people whose faces were found. Vectors are brought to length one; people of one name
    /// become one.
    ///
    /// # Errors
    /// Nobody, a person without a face, vectors of different lengths or that are none.
    pub fn new(people: Vec<Person>) -> Result<Self, EnrolmentError> {
        let faceless: Vec<&str> =
            people.iter().filter(|p| p.references.is_empty()).map(|p| p.name.as_str()).collect();
        if !faceless.is_empty() {
            return Err(EnrolmentError::Faceless { names: faceless.join(", ") });
        }
        let mut merged: Vec<Person> = Vec::with_capacity(people.len());
        for person in people {
            match merged.iter_mut().find(|known| known.name == person.name) {
                Some(known) => known.references.extend(person.references),
                None => merged.push(person),
            }
        }
        let first = merged.first().and_then(|p| p.references.first());
        let dimensions = first.ok_or(EnrolmentError::Empty)?.vector.len();
        for person in &mut merged {
            for reference in &mut person.references {
                if reference.vector.len() != dimensions {
                    return Err(EnrolmentError::Model {
                        given: reference.vector.len(),
                        given_model: reference.source.clone(),
                        held: dimensions,
                        held_model: "the references before it".to_owned(),
                    });
                }
                let squares: f64 = reference.vector.iter().map(|v| f64::from(*v).powi(2)).sum();
                let length = squares.sqrt();
                if !(length.is_finite() && length > 0.0) {
                    return Err(EnrolmentError::NoVector {
                        name: person.name.clone(),
                        source_name: reference.source.clone(),
                    });
                }
                reference.vector.iter_mut().for_each(|v| *v = (f64::from(*v) / length) as f32);
            }
        }
        Ok(Self { people: merged, dimensions })
    }

    /// The people, in the order they were given.
    pub fn people(&self) -> &[Person] {
        &self.people
    }

    /// Length of the vectors.
    pub fn dimensions(&self) -> usize {
        self.dimensions
    }

    /// The vectors of all people one after another, a row each, and whose each row is.
    pub(super) fn rows(&self) -> (Array2<f32>, Vec<usize>) {
        let mut rows = Array2::zeros((0, self.dimensions));
        let mut owner = Vec::new();
        for (index, person) in self.people.iter().enumerate() {
            for reference in &person.references {
                // All are of this length: `new` saw to it.
                let _ = rows.push(Axis(0), ndarray::ArrayView1::from(&reference.vector));
                owner.push(index);
            }
        }
        (rows, owner)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn person(name: &str, vectors: &[&[f32]]) -> Person {
        let references = vectors
            .iter()
            .map(|vector| Reference { vector: vector.to_vec(), ..Reference::default() })
            .collect();
        Person { name: name.to_owned(), references, ..Person::default() }
    }

    /// FaceGrab took a reference without a face for "everyone matches" (docs/design/predecessors.md 2.2).
    #[test]
    fn a_person_without_a_face_is_an_error() {
        let error = Gallery::new(vec![person("Ann", &[&[1.0, 0.0]]), person("Bob", &[])]);
        assert!(error.unwrap_err().to_string().contains("Bob"));
        assert!(matches!(Gallery::new(Vec::new()), Err(EnrolmentError::Empty)));
    }

    #[test]
    fn vectors_become_units_and_people_of_one_name_one() {
        let people = vec![
            person("A", &[&[3.0, 4.0]]),
            person("B", &[&[0.0, 2.0]]),
            person("A", &[&[1.0, 0.0]]),
        ];
        let gallery = Gallery::new(people).unwrap();
        assert_eq!(gallery.people().len(), 2);
        let (rows, owner) = gallery.rows();
        assert_eq!(owner, [0, 0, 1]);
        assert_eq!(rows, ndarray::arr2(&[[0.6, 0.8], [1.0, 0.0], [0.0, 1.0]]));
    }

    #[test]
    fn what_is_no_vector_is_refused() {
        for vectors in [&[&[0.0f32, 0.0][..]][..], &[&[f32::NAN, 1.0]], &[&[1.0, 0.0], &[1.0]]] {
            assert!(Gallery::new(vec![person("A", vectors)]).is_err(), "{vectors:?}");
        }
    }
}
