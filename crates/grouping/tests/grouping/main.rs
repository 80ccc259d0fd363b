// SPDX-License-Identifier: MIT OR Apache-2.0
//! Vectors in, labels out, on synthetic data.

mod algorithms;
mod linkage;
mod metrics;
mod people;
