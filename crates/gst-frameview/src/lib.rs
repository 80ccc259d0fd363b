// SPDX-License-Identifier: MIT OR Apache-2.0
//! Where GStreamer's frames and the models meet: what the face elements share.
//!
//! [`frame_caps`] says which frames are taken, [`VideoStream`] follows a stream's caps and
//! orientation, [`view`] shows a mapped frame to the models, [`Geometry`] turns their display
//! pixels into coordinates of the stored frame and back. [`Lateness`] and [`ProcessingTime`] keep
//! what QoS events and latency queries are about, [`MessageTimes`] the timestamps of bus messages,
//! and [`model_error`] words a model's error for the bus. [`EnumType`] makes
//! properties of choices. `scaffold` has the parts of the elements' classes that are
//! the same in all of them, as macros.

mod caps;
mod choice;
mod error;
mod geometry;
mod latency;
mod message;
mod names;
mod qos;
mod scaffold;
mod stream;
mod view;

pub use caps::{frame_caps, frame_info, in_place_templates, raw_caps};
pub use choice::{EnumDefault, EnumType};
pub use error::{map_error, model_error};
pub use geometry::Geometry;
pub use latency::ProcessingTime;
pub use message::{MessageError, MessageTimes};
pub use names::owns_plain_name;
pub use qos::Lateness;
pub use stream::VideoStream;
pub use view::view;
