//! What a check of a program found, where people and programs read it.

use crate::commands::print_json;
use anyhow::Result;
use bellhop_domain::fault::{Found, Severity};
use std::process::ExitCode;

/// Prints what keeps a program from being kept or switched on, each with its place.
pub(super) fn refuse(found: &[Found], what: &str, json: bool) -> Result<ExitCode> {
    if json {
        print_json(&serde_json::json!({ "problems": found }))?;
    } else {
        tell(found);
    }
    eprintln!("{what}: correct the errors first.");
    Ok(ExitCode::FAILURE)
}

/// Prints findings where people read them.
pub(super) fn tell(found: &[Found]) {
    for it in found {
        let mark = if it.severity == Severity::Error { "✗" } else { "!" };
        eprintln!("{mark} {}", it.fault);
    }
}
