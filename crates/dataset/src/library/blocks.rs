// SPDX-License-Identifier: MIT OR Apache-2.0
//! Vectors in blocks, read where they lie.
//!
//! A template's number says where its vector is: block `number / 256`, place `number % 256`. A block is one value of
//! the store: its owners, then its vectors, in the byte order of the processors that the program is built for. A query
//! runs over blocks as products of matrices, without a copy of a single vector.

use ndarray::{ArrayView1, ArrayView2, Axis};

/// Templates of a block.
pub const BLOCK: usize = 256;
/// Bytes of an owner: dataset, video, person, faces, length, first and last second.
const OWNER: usize = 28;
/// The dataset of a place that nobody owns; the person of those without one.
const NONE: u32 = u32::MAX;

/// Whose a vector is: what questions are narrowed by.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Owner {
    /// The dataset.
    pub dataset: u32,
    /// Index of the video in it.
    pub video: u32,
    /// The person, if it is somebody's.
    pub person: Option<u32>,
    /// Number of faces.
    pub faces: u32,
    /// Length of the mean of the track's unit vectors, 0 to 1.
    pub length: f32,
    /// First and last second of the track in the video.
    pub span: [f32; 2],
}

/// 256 templates side by side.
#[derive(Debug)]
pub struct Block<'t> {
    /// The number of the first.
    pub first: u32,
    /// Their unit vectors, those of nobody 0.
    pub vectors: ArrayView2<'t, f32>,
    owners: &'t [u8],
}

impl<'t> Block<'t> {
    /// Reads a block; `None` where the bytes are none, or do not lie as numbers must.
    pub(super) fn read(number: u32, dimensions: usize, bytes: &'t [u8]) -> Option<Self> {
        let (owners, vectors) = bytes.split_at_checked(BLOCK * OWNER)?;
        let vectors: &[f32] = bytemuck::try_cast_slice(vectors).ok()?;
        let vectors = ArrayView2::from_shape((BLOCK, dimensions), vectors).ok()?;
        Some(Self { first: number.checked_mul(BLOCK as u32)?, vectors, owners })
    }

    /// Whose the vector at a place is; `None` for one that is not there, or not any more.
    pub fn owner(&self, place: usize) -> Option<Owner> {
        decode(self.owners.get(place * OWNER..(place + 1) * OWNER)?)
    }

    /// The vector at a place; `None` for one that is not there.
    pub fn vector(&self, place: usize) -> Option<ArrayView1<'t, f32>> {
        self.owner(place)?;
        (place < BLOCK).then(|| self.vectors.index_axis_move(Axis(0), place))
    }

    /// Numbers and owners of all that are there.
    pub fn owners(&self) -> impl Iterator<Item = (u32, Owner)> + '_ {
        (0..BLOCK).filter_map(|place| Some((self.first + place as u32, self.owner(place)?)))
    }
}

/// The bytes of a block in which nobody is.
pub(super) fn empty(dimensions: usize) -> Vec<u8> {
    let mut bytes = vec![0; BLOCK * (OWNER + 4 * dimensions)];
    for place in 0..BLOCK {
        clear(&mut bytes, place, dimensions);
    }
    bytes
}

/// Puts a vector at a place.
pub(super) fn put(bytes: &mut [u8], place: usize, owner: &Owner, vector: &[f32]) {
    put_owner(bytes, place, owner);
    let at = BLOCK * OWNER + place * 4 * vector.len();
    for (bytes, value) in bytes[at..].chunks_exact_mut(4).zip(vector) {
        bytes.copy_from_slice(&value.to_le_bytes());
    }
}

/// Puts another owner at a place.
pub(super) fn put_owner(bytes: &mut [u8], place: usize, owner: &Owner) {
    bytes[place * OWNER..(place + 1) * OWNER].copy_from_slice(&encode(owner));
}

/// Empties a place: no byte of the vector stays.
pub(super) fn clear(bytes: &mut [u8], place: usize, dimensions: usize) {
    let owner = &mut bytes[place * OWNER..(place + 1) * OWNER];
    owner.fill(0);
    owner[..4].copy_from_slice(&NONE.to_le_bytes());
    let at = BLOCK * OWNER + place * 4 * dimensions;
    bytes[at..at + 4 * dimensions].fill(0);
}

fn encode(owner: &Owner) -> [u8; OWNER] {
    let mut bytes = [0; OWNER];
    let numbers = [
        owner.dataset,
        owner.video,
        owner.person.unwrap_or(NONE),
        owner.faces,
        owner.length.to_bits(),
        owner.span[0].to_bits(),
        owner.span[1].to_bits(),
    ];
    for (bytes, number) in bytes.chunks_exact_mut(4).zip(numbers) {
        bytes.copy_from_slice(&number.to_le_bytes());
    }
    bytes
}

fn decode(bytes: &[u8]) -> Option<Owner> {
    let (numbers, _) = bytes.as_chunks::<4>();
    let [dataset, video, person, faces, length, begin, end] = numbers else { return None };
    let [dataset, video, person, faces] =
        [dataset, video, person, faces].map(|b| u32::from_le_bytes(*b));
    let [length, begin, end] = [length, begin, end].map(|b| f32::from_le_bytes(*b));
    (dataset != NONE).then_some(Owner {
        dataset,
        video,
        person: Some(person).filter(|person| *person != NONE),
        faces,
        length,
        span: [begin, end],
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn what_is_put_is_read_and_what_is_cleared_is_gone() {
        let mut bytes = empty(3);
        let owner =
            Owner { dataset: 7, video: 1, person: None, faces: 3, length: 0.8, span: [1.5, 2.5] };
        put(&mut bytes, 5, &owner, &[0.25, 0.5, -0.75]);
        put(&mut bytes, 255, &Owner { person: Some(9), ..owner }, &[1.0, 0.0, 0.0]);
        // As the store has them: where numbers may lie.
        let numbers: Vec<f32> =
            bytes.chunks_exact(4).map(|b| f32::from_le_bytes(b.try_into().unwrap())).collect();
        let block = Block::read(2, 3, bytemuck::cast_slice(&numbers)).unwrap();
        assert_eq!(block.owners().map(|(id, _)| id).collect::<Vec<_>>(), [517, 767]);
        assert_eq!(block.owner(5), Some(owner));
        assert_eq!(block.owner(255).unwrap().person, Some(9));
        assert_eq!(block.vector(5).unwrap().to_vec(), [0.25, 0.5, -0.75]);
        assert!(block.vector(6).is_none() && block.vector(256).is_none());
        clear(&mut bytes, 5, 3);
        let needle = (-0.75f32).to_le_bytes();
        assert!(!bytes.windows(4).any(|bytes| bytes == needle));
        assert!(Block::read(0, 4, &bytes).is_none());
    }
}
