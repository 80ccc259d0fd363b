// SPDX-License-Identifier: MIT OR Apache-2.0
//! What comes through a pipe is read to its end first, into a file: films have their tables anywhere.

use std::fs::File;
use std::io::{self, Read, Seek};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

/// Whether an input is standard input or another pipe.
pub fn is_pipe(input: &str) -> bool {
    use std::os::unix::fs::FileTypeExt;
    let kind = || Path::new(input).metadata().map(|file| file.file_type());
    input == "-" || kind().is_ok_and(|kind| kind.is_fifo() || kind.is_socket())
}

/// Reads a pipe to its end. The file has no name but that under `/proc`, and goes with the program.
pub fn read(input: &str) -> Result<PathBuf> {
    let mut spool = tempfile::tempfile().context("no temporary file for what comes in")?;
    let copied = if input == "-" {
        copy(&mut io::stdin().lock(), &mut spool)
    } else {
        let mut pipe = File::open(input).with_context(|| format!("cannot read {input}"))?;
        copy(&mut pipe, &mut spool)
    };
    let bytes = copied.with_context(|| {
        format!("{input}: could not be copied into {}", std::env::temp_dir().display())
    })?;
    if bytes == 0 {
        bail!("{input}: nothing came through it");
    }
    spool.rewind()?;
    let path = format!("/proc/self/fd/{}", std::os::fd::IntoRawFd::into_raw_fd(spool));
    Ok(PathBuf::from(path))
}

fn copy(from: &mut dyn Read, to: &mut File) -> io::Result<u64> {
    io::copy(from, to)
}
