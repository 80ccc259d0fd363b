// SPDX-License-Identifier: MIT OR Apache-2.0
//! What the networks find and say, on synthetic pictures and on photographs.

mod adapters;
mod coarse_to_fine;
mod common;
mod conversion;
mod mtcnn;
mod mtcnn_arithmetic;
mod photographs;
mod sessions;
