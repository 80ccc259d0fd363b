// SPDX-License-Identifier: MIT OR Apache-2.0
//! Recognising recurring shots: a camera that stands as it stood, as in a dialogue that is cut to and fro.
//!
//! Two shots are one that recurs where the edges of what is around the people lie at the same places.
//! People move, so faces and what is below them are left out; a picture that holds little else, or
//! a plain background, says nothing and recurs nowhere.

use std::collections::VecDeque;

use image::RgbImage;

use super::signature::luma;

/// Correlation of edges from which two pictures are of one recurring shot. Those of a sitcom have
/// .76 and more, others .18 and less.
const LEAST_SIMILARITY: f32 = 0.5;
/// Least part of the picture that shows surroundings in both.
const LEAST_PART: f32 = 0.25;
/// Least part of these that lies on edges, in both: a room has .7 and more, black bars or a frame
/// around a plain background .1 and less.
const LEAST_EDGES: f32 = 0.3;
/// Change of 8-bit luma from one place of the thumbnail to the next that makes an edge.
const EDGE: f32 = 6.0;
/// Change of luma from which on stronger edges count little more.
const STRONG_EDGE: f32 = 8.0;
/// Shots looked back.
const SHOTS_BACK: usize = 64;
/// How far a head reaches beyond its box to either side and above, in sizes of the box.
const HEAD: f32 = 0.6;

/// The edges around the people of a picture.
#[derive(Debug, Clone)]
pub struct Surroundings {
    /// `None` where people are.
    places: Vec<Option<Edge>>,
}

/// Change of luma to the right and downwards of a place, of limited strength.
#[derive(Debug, Clone, Copy)]
struct Edge {
    right: f32,
    down: f32,
    is_edge: bool,
}

/// The recurring shots of a stream so far.
#[derive(Debug, Default)]
pub struct RecurringShots {
    current: Option<Shot>,
    ended: VecDeque<Shot>,
}

/// The first and the last picture of a shot: the camera may move between them.
#[derive(Debug)]
struct Shot {
    number: u64,
    recurring_shot: u64,
    first: Surroundings,
    last: Surroundings,
}

impl RecurringShots {
    /// Takes the next picture, which belongs to shot `number`; the shot that it recurs from, called by the
    /// number of the first such shot.
    pub fn recurring_shot(&mut self, number: u64, picture: Surroundings) -> u64 {
        if let Some(shot) = self.current.as_mut().filter(|shot| shot.number == number) {
            shot.last = picture;
            return shot.recurring_shot;
        }
        self.ended.extend(self.current.take());
        if self.ended.len() > SHOTS_BACK {
            self.ended.pop_front();
        }
        let most_similar = (self.ended.iter())
            .map(|shot| (shot.similarity(&picture), shot.recurring_shot))
            .max_by(|a, b| a.0.total_cmp(&b.0));
        let recurring_shot = most_similar
            .filter(|(similarity, _)| *similarity >= LEAST_SIMILARITY)
            .map_or(number, |(_, s)| s);
        self.current = Some(Shot { number, recurring_shot, first: picture.clone(), last: picture });
        recurring_shot
    }
}

impl Shot {
    fn similarity(&self, picture: &Surroundings) -> f32 {
        self.first.similarity(picture).max(self.last.similarity(picture))
    }
}

impl Surroundings {
    /// Of a thumbnail with `faces` on it: left, top, width, height in parts of the picture.
    pub fn new(thumb: &RgbImage, faces: &[[f32; 4]]) -> Self {
        let (width, height) = thumb.dimensions();
        let luma = luma(thumb);
        let part = |v: u32, of: u32| (v as f32 + 0.5) / of as f32;
        let person = |x: u32, y: u32| {
            let (x, y) = (part(x, width), part(y, height));
            faces.iter().any(|[left, top, w, h]| {
                y >= top - HEAD * h && (left - HEAD * w..=left + (1.0 + HEAD) * w).contains(&x)
            })
        };
        let edge = |x: u32, y: u32| {
            let here = (y * width + x) as usize;
            Edge::new(luma[here + 1] - luma[here], luma[here + width as usize] - luma[here])
        };
        let mut places = Vec::with_capacity((width * height) as usize);
        for y in 0..height.saturating_sub(1) {
            for x in 0..width.saturating_sub(1) {
                places.push((!person(x, y)).then(|| edge(x, y)));
            }
        }
        Self { places }
    }

    /// Correlation of the edges that both show, -1 to 1; 0 where they are too few to tell.
    fn similarity(&self, other: &Self) -> f32 {
        let (mut both, mut edges_a, mut edges_b) = (0usize, 0usize, 0usize);
        let (mut a2, mut b2, mut ab) = (0.0, 0.0, 0.0);
        for (a, b) in self.places.iter().zip(&other.places) {
            if let (Some(a), Some(b)) = (a, b) {
                both += 1;
                edges_a += usize::from(a.is_edge);
                edges_b += usize::from(b.is_edge);
                a2 += a.times(a);
                b2 += b.times(b);
                ab += a.times(b);
            }
        }
        let shown = both as f32 >= LEAST_PART * self.places.len() as f32;
        let edged = edges_a.min(edges_b) as f32 >= LEAST_EDGES * both.max(1) as f32;
        if shown && edged { ab / (a2 * b2).sqrt() } else { 0.0 }
    }
}

impl Edge {
    fn new(right: f32, down: f32) -> Self {
        let strength = right.hypot(down);
        let limit = 1.0 + strength / STRONG_EDGE;
        Self { right: right / limit, down: down / limit, is_edge: strength > EDGE }
    }

    fn times(&self, other: &Self) -> f32 {
        self.right * other.right + self.down * other.down
    }
}

#[cfg(test)]
mod tests {
    use image::Rgb;

    use super::super::shots::{THUMB_HEIGHT, THUMB_WIDTH};
    use super::*;

    const FACE: [f32; 4] = [0.4, 0.2, 0.15, 0.3];

    /// A room, and somebody in it who looks different each time.
    fn picture(room: u32, person: u32) -> RgbImage {
        RgbImage::from_fn(THUMB_WIDTH, THUMB_HEIGHT, |x, y| {
            let inside = (19..=26).contains(&x) && y > 5;
            let seed = if inside { person } else { room };
            let v = (x / 3 * 7919 + y / 3 * 104_729 + seed * 1_299_709).wrapping_mul(2_654_435_761);
            Rgb([(v >> 24) as u8; 3])
        })
    }

    fn seen(room: u32, person: u32) -> Surroundings {
        Surroundings::new(&picture(room, person), &[FACE])
    }

    #[test]
    fn a_setup_that_returns_is_known_whoever_is_in_it() {
        let mut shots = RecurringShots::default();
        let cuts = [(1, 1), (2, 2), (1, 3), (2, 4), (3, 1)];
        let found: Vec<u64> = (cuts.iter().enumerate())
            .map(|(shot, &(room, person))| shots.recurring_shot(shot as u64, seen(room, person)))
            .collect();
        assert_eq!(found, [0, 1, 0, 1, 4]);
    }

    #[test]
    fn a_shot_is_known_by_where_its_camera_came_to_rest() {
        let mut shots = RecurringShots::default();
        assert_eq!(shots.recurring_shot(0, seen(1, 1)), 0);
        assert_eq!(shots.recurring_shot(0, seen(2, 1)), 0, "a pan makes no other one");
        assert_eq!(shots.recurring_shot(1, seen(3, 1)), 1);
        assert_eq!(shots.recurring_shot(2, seen(2, 1)), 0);
    }

    #[test]
    fn a_plain_background_or_a_face_that_fills_the_picture_says_nothing() {
        let plain = RgbImage::from_pixel(THUMB_WIDTH, THUMB_HEIGHT, Rgb([90; 3]));
        let mut shots = RecurringShots::default();
        for shot in 0..2 {
            assert_eq!(shots.recurring_shot(shot, Surroundings::new(&plain, &[])), shot);
        }
        for shot in 2..4 {
            let large = Surroundings::new(&picture(1, 1), &[[0.1, 0.1, 0.8, 0.8]]);
            assert_eq!(shots.recurring_shot(shot, large), shot);
        }
    }
}
