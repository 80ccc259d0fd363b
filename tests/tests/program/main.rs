// SPDX-License-Identifier: MIT OR Apache-2.0
//! Whole runs of the program, and what holds for the whole repository.

mod angles;
mod anime;
mod bad_input;
mod compat;
mod damage;
mod decode_skipping;
mod decoders;
mod evaluate;
mod examples;
mod first_hour;
mod frame_exactness;
mod house;
mod installed;
mod interface;
mod kept;
mod known_faces;
mod library;
mod main_job;
mod pictures;
mod readme;
mod references;
mod resumption;
mod review;
mod scheduler;
mod sources;
mod strangers;
