//! Brings the sections of a file into the database.

use crate::config::Config;
use crate::secrets;
use bellhop_domain::Timestamp;
use bellhop_domain::setting::SettingsVersion;
use bellhop_settings::{Ground, Kept, Plan, SettingsError, change, given, merge, plan, remembered};
use bellhop_store::settings::{FileSections, SettingsBook, Snapshot};
use bellhop_store::{SqlStore, StoreError};

/// How often to decide again while others change settings.
const TRIES: u32 = 5;

/// What applying a file would change, and what is remembered of the file.
pub struct Decision {
    pub plan: Plan,
    pub file: FileSections,
    /// What the file has changed and yet stays as it is.
    pub kept: Vec<Kept>,
}

/// Decides about a file that is taken as a whole.
pub fn decide(config: &Config, base: &Snapshot, prune: bool) -> Result<Decision, SettingsError> {
    let documents = given(&config.sections(), config.said, base)?;
    Ok(Decision {
        plan: plan(base, &documents, config.said, prune),
        file: remembered(&config.sections(), config.said, base)?,
        kept: Vec::new(),
    })
}

/// Decides about what has changed in a file since it was last brought in.
fn decide_changed(config: &Config, base: &Snapshot) -> Result<Decision, SettingsError> {
    let merged = merge(&config.sections(), config.said, base)?;
    Ok(Decision {
        plan: plan(base, &merged.documents, config.said, false),
        file: merged.file,
        kept: merged.kept,
    })
}

/// Writes what was decided, unless the settings have changed since.
pub async fn write(
    config: &Config,
    store: &SqlStore,
    base: &Snapshot,
    decision: &Decision,
    who: &str,
) -> anyhow::Result<SettingsVersion> {
    let keys = secrets::keys(config)?;
    let on = ground(&keys, who);
    Ok(change(store, on, base, &decision.plan.changes(), Some(&decision.file)).await?)
}

/// In whose name, with which keys and at what time settings are changed.
pub fn ground<'a>(keys: &'a bellhop_settings::sealed::Keys, who: &'a str) -> Ground<'a> {
    Ground {
        keys,
        environment: &secrets::environment,
        who,
        now: Timestamp::now(),
    }
}

/// Applies those fields of the file that have changed since it was last brought in; what was changed elsewhere stays.
/// Returns what was decided.
pub async fn bring_in(config: &Config, store: &SqlStore, who: &str) -> anyhow::Result<Decision> {
    let mut tries = 1;
    loop {
        let base = store.load_settings().await?;
        let decision = decide_changed(config, &base)?;
        if decision.plan.changes_nothing() && decision.file == base.file {
            return Ok(decision);
        }
        match write(config, store, &base, &decision, who).await {
            Ok(_) => return Ok(decision),
            Err(error) if tries < TRIES && has_moved(&error) => tries += 1,
            Err(error) => return Err(error),
        }
    }
}

fn has_moved(error: &anyhow::Error) -> bool {
    matches!(
        error.downcast_ref(),
        Some(SettingsError::Store(StoreError::Moved { .. }))
    )
}
