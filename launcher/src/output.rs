// SPDX-License-Identifier: MIT OR Apache-2.0
//! What was asked for, on standard output.

use std::fmt::Arguments;
use std::io::{ErrorKind, Write};

/// Writes a line. Whoever reads may stop reading, as `head` does: the program then ends, and well.
pub fn line(text: Arguments<'_>) {
    if let Err(error) = writeln!(std::io::stdout(), "{text}") {
        let code = match error.kind() {
            ErrorKind::BrokenPipe => 0,
            _ => {
                eprintln!("facegroup: could not write to standard output: {error}");
                2
            }
        };
        std::process::exit(code);
    }
}

/// `println!` for what was asked for.
macro_rules! say {
    ($($text:tt)*) => { $crate::output::line(format_args!($($text)*)) };
}
pub(crate) use say;
