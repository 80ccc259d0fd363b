// SPDX-License-Identifier: MIT OR Apache-2.0
//! Who of one video is who of others: open-set identification across videos.
//!
//! A [`Template`] stands for a track. Templates of two videos are compared on the scale of those two videos
//! ([`Between`]): light, make-up and compression shift how much people resemble each other, and most pairs of two videos
//! are of different people, which shows the shift. [`assign`] then says who each group of a new dataset is: somebody who
//! is known, under what the dataset itself says of who is another person than whom, or somebody new.

mod assign;
mod between;
mod template;

pub use assign::{Decision, Link, Match, Rules, assign, matches};
pub use between::{Between, Usual};
pub use template::Template;
