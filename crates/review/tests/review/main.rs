// SPDX-License-Identifier: MIT OR Apache-2.0
//! The page from outside: by hostile clients, and in a real browser.

mod attacks;
mod fixture;
mod pages;
mod scale;
mod statements;
