// SPDX-License-Identifier: MIT OR Apache-2.0
//! The elements `facedetect`, `facetrack` and `facecrop`.

mod citizen;
mod common;
mod dmabuf;
mod facecrop;
mod facedetect;
mod facedetect_batch;
mod facedetect_coarse_to_fine;
mod facedetect_full_frame;
mod facedetect_settings;
mod facetrack;
mod facetrack_shots;
mod facetrack_transitions;
