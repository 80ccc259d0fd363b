// SPDX-License-Identifier: MIT OR Apache-2.0
//! What coded pictures say of themselves without being decoded: plain bytes in, each parser as far as decode
//! skipping needs it.
//!
//! - [`coded`]: what is known of a coded picture
//! - [`parser`]: which parser reads which stream
//! - [`h264`], [`h265`], [`vpx`], [`av1`]: the parsers; that of H.264 also tells which frames a frame refers to, and
//!   renumbers what is left
//! - [`nal`]: bits and units, which they share

mod av1;
pub mod coded;
mod h264;
mod h265;
mod nal;
pub mod parser;
mod vpx;
