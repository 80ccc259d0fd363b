// SPDX-License-Identifier: MIT OR Apache-2.0
//! Where GStreamer's frames and the models meet: what the face elements share.
//!
//! [`VideoStream`] follows a stream's caps and orientation, [`view`] shows a mapped frame to the
//! models, [`Geometry`] turns their display pixels into coordinates of the stored frame and back,
//! and [`model_error`] words a model's error for the bus.

mod error;
mod geometry;
mod names;
mod stream;
mod view;

pub use error::{map_error, model_error};
pub use geometry::Geometry;
pub use names::owns_plain_name;
pub use stream::VideoStream;
pub use view::{in_place_templates, raw_caps, view};
