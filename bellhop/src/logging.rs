//! Where log lines go and in which form. They go to standard error: standard output is for answers.

use crate::config::{LogFormat, LogSection};
use std::io::IsTerminal;
use tracing_subscriber::EnvFilter;

/// Starts logging; `RUST_LOG` overrules the level. A `quiet` command, which prints what it does, logs only warnings.
pub fn start(section: &LogSection, quiet: bool) {
    let level = if quiet { "warn" } else { &section.level };
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(level));
    let lines = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr);
    match section.format {
        LogFormat::Json => lines.json().init(),
        LogFormat::Text => lines
            .with_target(false)
            .with_ansi(std::io::stderr().is_terminal())
            .init(),
    }
}
