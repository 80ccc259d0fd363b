// SPDX-License-Identifier: MIT OR Apache-2.0
//! The elements `facemask` and `facesink`.

mod common;
mod facemask;
mod facesink;
mod facesink_events;
mod facesink_pipeline;
