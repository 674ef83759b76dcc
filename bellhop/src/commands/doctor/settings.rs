//! Checks whether the sections in the file are the ones in force, because a file that says something else misleads
//! its readers.

use super::Diagnosis;
use crate::applying;
use crate::commands::Context;
use crate::opening::Parts;
use bellhop_channels::Finding;
use bellhop_domain::Timestamp;
use bellhop_store::SettingsBook;
use bellhop_store::settings::TroubleReports;

/// The most settings that are named.
const SHOWN: usize = 5;
const MEND_THERE: &str = "mend it where that process runs; it tries again every ten seconds";
const MEND: &str =
    "`bellhop apply FILE --dry-run` shows how; apply the file, or take its sections out: the database's hold";

/// Adds what running processes could not make of the settings in force. This process may well be able to make it.
async fn of_processes(parts: &Parts, diagnosis: &mut Diagnosis) {
    match parts.store.troubles(Timestamp::now()).await {
        Ok(told) => {
            for it in told {
                for trouble in &it.troubles {
                    let what = format!("{}, at version {}: {trouble}", it.process, it.version);
                    diagnosis.add("processes", Finding::error(what, MEND_THERE));
                }
            }
        }
        Err(error) => diagnosis.add("processes", Finding::error(error.to_string(), "see the database's log")),
    }
}

pub async fn check(context: &Context, parts: &Parts, diagnosis: &mut Diagnosis) {
    let counts = format!(
        "version {}: {} organisation(s), {} sender(s)",
        parts.version,
        parts.sections.organisations.len(),
        parts.sections.senders.len()
    );
    diagnosis.add("settings", Finding::fine(counts));
    of_processes(parts, diagnosis).await;
    if !context.config.said.anything() {
        return;
    }
    let base = match parts.store.load_settings().await {
        Ok(base) => base,
        Err(error) => return diagnosis.add("settings", Finding::error(error.to_string(), "see the database's log")),
    };
    match applying::decide(&context.config, &base, false) {
        Ok(decision) if decision.plan.lines.is_empty() => {}
        Ok(decision) => {
            let names: Vec<_> = decision.plan.lines.iter().map(|line| line.key.to_string()).collect();
            let shown = names.iter().take(SHOWN).cloned().collect::<Vec<_>>().join(", ");
            let more = match names.len().saturating_sub(SHOWN) {
                0 => String::new(),
                more => format!(" and {more} more"),
            };
            let what = format!("the file differs from the database in {shown}{more}");
            diagnosis.add("settings", Finding::warning(what, MEND));
        }
        Err(error) => diagnosis.add(
            "settings",
            Finding::error(error.to_string(), "correct the file's section"),
        ),
    }
}
