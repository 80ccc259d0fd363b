// SPDX-License-Identifier: MIT OR Apache-2.0
//! What was asked for, on standard output, and words as a shell reads them.

use std::fmt::Arguments;
use std::io::{ErrorKind, Write};

use dataset::DatasetError;

/// Writes a line. Whoever reads may stop reading, as `head` does: the program then ends, and well.
pub fn line(text: Arguments<'_>) {
    or_end(writeln!(std::io::stdout(), "{text}"));
}

/// The same of a whole file.
pub fn bytes(text: &[u8]) {
    let mut out = std::io::stdout().lock();
    or_end(out.write_all(text).and_then(|()| out.flush()));
}

fn or_end(written: std::io::Result<()>) {
    if let Err(error) = written {
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

/// An error with its causes, and what to do about it by the names of our options.
pub fn reported(error: &anyhow::Error) -> String {
    match error.downcast_ref::<DatasetError>() {
        Some(error) => error.reported("-o", "--force"),
        None => format!("{error:#}"),
    }
}

/// A word as a shell must have it.
pub fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || "-_./:,=+@%".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', "'\\''"))
    }
}

/// `println!` for what was asked for.
macro_rules! say {
    ($($text:tt)*) => { $crate::output::line(format_args!($($text)*)) };
}
pub(crate) use say;
