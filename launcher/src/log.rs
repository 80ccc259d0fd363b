// SPDX-License-Identifier: MIT OR Apache-2.0
//! What the parts of the program have to say, on standard error.

use std::fmt;
use std::io::IsTerminal;

use tracing::{Event, Subscriber};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields};
use tracing_subscriber::registry::LookupSpan;

/// Listens to all parts; `RUST_LOG` chooses among what they say. With `verbose` it is told who says it.
pub fn listen(verbose: bool) {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(
        // What it does not know of a file's tables is nothing to be warned of.
        |_| EnvFilter::new(if verbose { "debug" } else { "warn,mp4_atom=off" }),
    );
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    if verbose {
        log.with_ansi(std::io::stderr().is_terminal()).without_time().init();
    } else {
        log.with_ansi(false).event_format(Line).init();
    }
}

/// A line as all others of the program.
struct Line;

impl<S, N> FormatEvent<S, N> for Line
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(
        &self,
        context: &FmtContext<'_, S, N>,
        mut line: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        write!(line, "facegroup: ")?;
        context.field_format().format_fields(line.by_ref(), event)?;
        writeln!(line)
    }
}
