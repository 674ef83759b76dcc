//! Changing settings: one transaction with their history, the audit log and the organisations' rows.

use super::read;
use super::types::Change;
use crate::base::audit::{Deed, log};
use crate::sql::{Session, sql};
use crate::{Result, StoreError};
use bellhop_domain::setting::{SettingsVersion, without_secrets};
use bellhop_domain::{OrgId, Timestamp};
use serde_json::Value;

/// The organisation in audit rows that concern all organisations.
const ALL: OrgId = OrgId(0);

/// Takes the next version, whose row keeps other writers out until the end.
pub(super) async fn next(tx: &mut Session, based_on: SettingsVersion) -> Result<SettingsVersion> {
    let text = "UPDATE settings_state SET version = version + 1 WHERE version = $1 RETURNING version";
    if let Some(row) = tx.first(sql(text).int(based_on.0)).await? {
        return Ok(SettingsVersion(row.columns().int("version")?));
    }
    Err(StoreError::Moved {
        expected: based_on,
        found: read::version(tx).await?,
    })
}

/// Writes the row; returns the previous document, if it was in force.
pub(super) async fn put(tx: &mut Session, change: &Change, version: SettingsVersion) -> Result<Option<Value>> {
    let key = &change.key;
    let organisation = key.organisation().unwrap_or_default();
    let before = read::body(tx, key).await?;
    let text = "INSERT INTO settings (organisation, kind, name, body, version, removed) VALUES ($1, $2, $3, $4, $5, $6)
                ON CONFLICT (organisation, kind, name) DO UPDATE SET
                body = excluded.body, version = excluded.version, removed = excluded.removed";
    // For a removed setting only its existence is kept; the history has the rest.
    let body = change.body.as_ref().map_or_else(|| "null".to_owned(), Value::to_string);
    let statement = sql(text)
        .text(organisation)
        .int(i64::from(key.code()))
        .text(key.name())
        .text(body.as_str())
        .int(version.0)
        .flag(change.body.is_none());
    tx.execute(statement).await?;
    Ok(before)
}

/// Writes the history and the audit log.
pub(super) async fn note(
    tx: &mut Session,
    (who, now): (&str, Timestamp),
    change: &Change,
    before: Option<&Value>,
    version: SettingsVersion,
) -> Result<()> {
    let key = &change.key;
    let organisation = key.organisation().unwrap_or_default();
    let shown = |document: Option<&Value>| document.map(|it| without_secrets(it).to_string());
    let (before, after) = (shown(before), shown(change.body.as_ref()));
    let text = "INSERT INTO settings_history (version, organisation, kind, name, at, who, before, after)
                VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
    let statement = sql(text)
        .int(version.0)
        .text(organisation)
        .int(i64::from(key.code()))
        .text(key.name())
        .int(now.0)
        .text(who)
        .text(before.as_deref())
        .text(after.as_deref());
    tx.execute(statement).await?;
    let action = match (&before, &after) {
        (None, _) => "setting.add",
        (_, Some(_)) => "setting.change",
        (_, None) => "setting.remove",
    };
    let detail = format!("version {version}");
    let deed = Deed {
        org: org(tx, organisation).await?,
        who,
        action,
        object: key.to_string(),
        detail: Some(&detail),
        at: now,
    };
    log(tx, deed).await
}

async fn org(tx: &mut Session, slug: &str) -> Result<OrgId> {
    let row = tx
        .first(sql("SELECT id FROM organisations WHERE slug = $1").text(slug))
        .await?;
    row.map_or(Ok(ALL), |row| Ok(OrgId(row.columns().int("id")? as i32)))
}
