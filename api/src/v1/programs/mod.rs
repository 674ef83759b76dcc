//! `/v1/programs`: what the command line does with programs, thin over `bellhop_campaigns::program` (docs/programs.md).

mod document;
mod journal;
mod statistics;
mod switch;
mod write;

pub(crate) use document::{get, list, presets};
pub(crate) use journal::{Entries, journal};
pub(crate) use statistics::{Days, statistics};
pub(crate) use switch::{off, on};
pub(crate) use write::{post, put};

use crate::problem::Problem;
use crate::v1::mailings::Finding;
use bellhop_domain::fault::{Found, Severity, Why};
use bellhop_domain::words::Language;

/// Errors and warnings of a definition, in the caller's language.
fn findings(found: &[Found], language: Language) -> Vec<Finding> {
    found.iter().map(|it| Finding::of(it, language)).collect()
}

/// What keeps a program from being kept or switched on; the report has the warnings too.
fn refused(found: &[Found], language: Language) -> Problem {
    let errors = found.iter().filter(|it| it.severity == Severity::Error);
    let errors = errors.map(|it| it.fault.clone()).collect();
    // All keys are texts, so that it always can be written.
    let report = serde_json::json!({ "problems": findings(found, language) });
    Problem::reported(Why::ProgramUnfit, errors, report)
}
