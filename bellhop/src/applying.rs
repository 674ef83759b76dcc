//! Brings the sections of a file into the database.

use crate::config::Config;
use crate::secrets;
use bellhop_domain::Timestamp;
use bellhop_domain::setting::SettingsVersion;
use bellhop_settings::{Document, Ground, Plan, SettingsError, What, change, digests, given, plan};
use bellhop_store::settings::{FileDigests, SettingsBook, Snapshot};
use bellhop_store::{SqlStore, StoreError};

/// How often to decide again while others change settings.
const TRIES: u32 = 5;

/// What applying a file would change, and what is recorded about the file.
pub struct Decision {
    pub plan: Plan,
    pub file: FileDigests,
}

/// Decides about a whole file.
pub fn decide(config: &Config, base: &Snapshot, prune: bool) -> Result<Decision, SettingsError> {
    let documents = given(&config.sections(), config.said, base)?;
    let file = noted(config, base, &documents)?;
    Ok(Decision {
        plan: plan(base, &documents, config.said, prune),
        file,
    })
}

/// The digests of the file's sections for these documents, merged over the previous ones.
fn noted(config: &Config, base: &Snapshot, documents: &[Document]) -> Result<FileDigests, SettingsError> {
    let mut own = digests(&config.sections().documents()?);
    own.retain(|key, _| documents.iter().any(|it| it.key.to_string() == *key));
    let mut file = base.file.clone();
    file.extend(own);
    Ok(file)
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

/// Applies those sections of the file that have changed since it was last applied, so that changes made elsewhere
/// stay. Returns the plan that was carried out, if there was anything to do.
pub async fn bring_in(config: &Config, store: &SqlStore, who: &str) -> anyhow::Result<Option<Plan>> {
    let mut tries = 1;
    loop {
        let base = store.load_settings().await?;
        let mut decision = decide(config, &base, false)?;
        decision.plan.lines.retain(|line| {
            let name = line.key.to_string();
            line.what == What::OnlyThere || base.file.get(&name) != decision.file.get(&name)
        });
        if decision.plan.changes_nothing() && decision.file == base.file {
            return Ok(None);
        }
        match write(config, store, &base, &decision, who).await {
            Ok(_) => return Ok(Some(decision.plan)),
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
