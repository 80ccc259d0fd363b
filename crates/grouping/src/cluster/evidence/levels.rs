// SPDX-License-Identifier: MIT OR Apache-2.0
//! How similar faces of different people are, and those of one person, in one video.
//!
//! Similarities are compared by their log-distance, the logarithm of 1 - cosine with its sign turned: the last
//! tenth towards identity counts as much as the first. On that scale the pairs of a video are a mixture of two
//! normal distributions, impostors and genuine pairs. Tracks seen on one frame are impostors for certain; all
//! other pairs are fitted by expectation maximisation (Dempster, Laird and Rubin 1977), leaning on what is
//! usual with the embedder where the video has few pairs.

use std::f64::consts::PI;

/// Closer than this to identity distances are noise.
const LEAST_DISTANCE: f64 = 1e-3;
/// Pairs that weigh as much as what is usual with the embedder. Measured with four embedders on seven clips
/// and their parts: 10 to 100 are equally good.
const PRIOR_PAIRS: f64 = 30.0;
/// Weight of a pair that may be an impostor beside one that is seen on one frame: most of the former are of
/// different scenes, and people are confused within a scene. Measured as above: .03 to 1 are equally good.
const FREE_WEIGHT: f64 = 0.3;
/// Genuine pairs assumed beside those of a video, and pairs in all.
const PRIOR_SHARE: (f64, f64) = (2.0, 10.0);
/// Rounds of the fit; it stands still after some twenty.
const ROUNDS: usize = 60;
/// Width of a bar of the histogram of pairs, in log-distance.
const BAR: f64 = 0.005;
/// Bars: from a cosine of -1 to identity.
const BARS: usize = 1600;
/// Log-distance of a cosine of -1.
const LOWEST: f64 = -std::f64::consts::LN_2;

/// How close to identity a cosine is, as a logarithm: 0 for a cosine of 0, growing without end towards 1.
pub fn log_distance(cosine: f32) -> f64 {
    -(1.0 - f64::from(cosine)).max(LEAST_DISTANCE).ln()
}

/// The reverse of [`log_distance`].
pub fn cosine(log_distance: f64) -> f32 {
    (1.0 - (-log_distance).exp()) as f32
}

/// A normal distribution of log-distances.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Level {
    /// Its mean, as a cosine.
    pub mean: f32,
    /// Its standard deviation, in log-distance.
    pub spread: f32,
}

/// How similar track templates are.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Levels {
    /// Of different people.
    pub impostor: Level,
    /// Of one person.
    pub genuine: Level,
}

impl Levels {
    /// The log-distance at a part of the way from impostors (0) to genuine pairs (1).
    pub fn at(&self, part: f64) -> f64 {
        let low = log_distance(self.impostor.mean);
        low + part * (log_distance(self.genuine.mean) - low)
    }

    /// Which part of that way a log-distance has gone.
    pub fn part(&self, log_distance: f64) -> f64 {
        let low = self.at(0.0);
        (log_distance - low) / (self.at(1.0) - low).max(1e-6)
    }

    /// The levels of pairs of templates of which it is not known whether they are one person, leaning on these: the
    /// more, the fewer there are. Of similarities from -1 to 1.
    pub fn fitted(&self, similarities: impl IntoIterator<Item = f32>) -> Self {
        let mut pairs = Pairs::default();
        similarities.into_iter().filter(|s| s.is_finite()).for_each(|s| pairs.add(s));
        self.fit(&pairs)
    }

    /// Where to cut with these levels what is cut at `threshold` with usual ones: as far on the way from impostors to
    /// genuine pairs, and so many standard deviations above impostors at least. A similarity from -1 to 1.
    pub fn cut_as(&self, usual: &Self, threshold: f32, least_deviations: f64) -> f32 {
        let part = usual.part(log_distance(threshold));
        let spread = f64::from(self.impostor.spread);
        let least = self.at(0.0) + least_deviations * spread;
        cosine(self.at(part).max(least)).clamp(-1.0, 1.0)
    }

    /// A similarity farther from identity by so much, in log-distance.
    pub fn lowered(&self, similarity: f32, by: f32) -> f32 {
        cosine(log_distance(similarity) - f64::from(by)).clamp(-1.0, 1.0)
    }

    /// The levels of the pairs of a video, leaning on these.
    pub(super) fn fit(&self, pairs: &Pairs) -> Self {
        let prior = [Normal::of(&self.impostor), Normal::of(&self.genuine)];
        let [mut impostor, mut genuine] = prior;
        let mut share = PRIOR_SHARE.0 / PRIOR_SHARE.1;
        for _ in 0..ROUNDS {
            let mut sums = [Sums::default(), Sums::default()];
            for (bar, &count) in pairs.together.iter().enumerate().filter(|(_, c)| **c > 0) {
                sums[0].add(middle(bar), f64::from(count));
            }
            let (mut expected, mut all) = PRIOR_SHARE;
            for (bar, &count) in pairs.free.iter().enumerate().filter(|(_, count)| **count > 0) {
                let (at, count) = (middle(bar), f64::from(count));
                let (one, other) =
                    (share * genuine.density(at), (1.0 - share) * impostor.density(at));
                // Far out neither says anything, but order does.
                let is_genuine = if one + other > 0.0 {
                    one / (one + other)
                } else {
                    f64::from(at > genuine.mean)
                };
                sums[0].add(at, FREE_WEIGHT * count * (1.0 - is_genuine));
                sums[1].add(at, count * is_genuine);
                expected += count * is_genuine;
                all += count;
            }
            [impostor, genuine] = [sums[0].normal(&prior[0]), sums[1].normal(&prior[1])];
            share = (expected / all).clamp(0.01, 0.9);
        }
        Self { impostor: impostor.level(), genuine: genuine.level() }
    }
}

/// How often pairs of templates have which log-distance.
#[derive(Debug, Clone)]
pub(super) struct Pairs {
    together: Vec<u32>,
    free: Vec<u32>,
}

impl Default for Pairs {
    fn default() -> Self {
        Self { together: vec![0; BARS], free: vec![0; BARS] }
    }
}

impl Pairs {
    /// Counts a pair of which it is not known whether it is one person.
    pub(super) fn add(&mut self, cosine: f32) {
        count(&mut self.free, cosine, 1);
    }

    /// Counts a pair seen on one frame, which was counted as one of those before.
    pub(super) fn seen_together(&mut self, cosine: f32) {
        count(&mut self.free, cosine, -1);
        count(&mut self.together, cosine, 1);
    }
}

fn count(bars: &mut [u32], cosine: f32, by: i32) {
    let bar = ((log_distance(cosine) - LOWEST) / BAR).max(0.0) as usize;
    let last = bars.len() - 1;
    let bar = &mut bars[bar.min(last)];
    *bar = bar.saturating_add_signed(by);
}

/// The log-distance in the middle of a bar.
fn middle(bar: usize) -> f64 {
    LOWEST + (bar as f64 + 0.5) * BAR
}

#[derive(Debug, Clone, Copy)]
struct Normal {
    mean: f64,
    spread: f64,
}

impl Normal {
    fn of(level: &Level) -> Self {
        Self { mean: log_distance(level.mean), spread: f64::from(level.spread).max(1e-3) }
    }

    fn level(&self) -> Level {
        Level { mean: cosine(self.mean), spread: self.spread as f32 }
    }

    fn density(&self, at: f64) -> f64 {
        let away = (at - self.mean) / self.spread;
        (-0.5 * away * away).exp() / (self.spread * (2.0 * PI).sqrt())
    }
}

/// Weighted sums of log-distances.
#[derive(Debug, Default)]
struct Sums {
    weight: f64,
    sum: f64,
    squares: f64,
}

impl Sums {
    fn add(&mut self, at: f64, weight: f64) {
        self.weight += weight;
        self.sum += weight * at;
        self.squares += weight * at * at;
    }

    /// Their distribution, with so many pairs more that are as the prior says.
    fn normal(&self, prior: &Normal) -> Normal {
        let weight = self.weight + PRIOR_PAIRS;
        let mean = (self.sum + PRIOR_PAIRS * prior.mean) / weight;
        let own = self.squares - 2.0 * mean * self.sum + self.weight * mean * mean;
        let usual = prior.spread.powi(2) + (mean - prior.mean).powi(2);
        Normal { mean, spread: ((own.max(0.0) + PRIOR_PAIRS * usual) / weight).sqrt() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const USUAL: Levels = Levels {
        impostor: Level { mean: 0.1, spread: 0.1 },
        genuine: Level { mean: 0.6, spread: 0.3 },
    };

    /// Pairs spread evenly over a range of log-distances, not unlike a normal distribution.
    fn spread(pairs: &mut Pairs, mean: f64, width: f64, count: usize, together: bool) {
        for i in 0..count {
            let part = (i as f64 + 0.5) / count as f64 - 0.5;
            let at = cosine(mean + part * width);
            pairs.add(at);
            if together {
                pairs.seen_together(at);
            }
        }
    }

    #[test]
    fn log_distance_and_back() {
        for similarity in [-0.5, 0.0, 0.3, 0.92, 0.99] {
            assert!((cosine(log_distance(similarity)) - similarity).abs() < 1e-5);
        }
        assert!(log_distance(1.0).is_finite() && log_distance(1.5).is_finite());
        assert!((USUAL.part(USUAL.at(0.3)) - 0.3).abs() < 1e-9);
    }

    #[test]
    fn without_pairs_all_is_as_usual() {
        let found = USUAL.fit(&Pairs::default());
        assert!(
            (found.impostor.mean - 0.1).abs() < 1e-3 && (found.genuine.mean - 0.6).abs() < 1e-3
        );
        assert!((found.genuine.spread - 0.3).abs() < 1e-3);
    }

    #[test]
    fn both_levels_are_found_where_the_video_has_others() {
        let mut pairs = Pairs::default();
        spread(&mut pairs, 0.4, 0.3, 2000, false);
        spread(&mut pairs, 1.4, 0.6, 400, false);
        let found = USUAL.fit(&pairs);
        assert!((log_distance(found.impostor.mean) - 0.4).abs() < 0.05, "{found:?}");
        assert!((log_distance(found.genuine.mean) - 1.4).abs() < 0.1, "{found:?}");
    }

    #[test]
    fn who_is_seen_together_is_different_however_alike() {
        let (mut together, mut free) = (Pairs::default(), Pairs::default());
        spread(&mut together, 0.7, 0.4, 200, true);
        spread(&mut free, 0.7, 0.4, 200, false);
        assert!(USUAL.fit(&together).impostor.mean > 0.4);
        assert!(USUAL.fit(&free).impostor.mean < 0.2);
    }
}
