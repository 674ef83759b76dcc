//! Reading settings and their history.

use crate::sql::{Columns, Session, sql};
use crate::{Result, StoreError};
use bellhop_domain::setting::{SettingKey, SettingsVersion};
use serde::de::DeserializeOwned;
use serde_json::Value;

/// The version of all settings.
pub(super) async fn version(session: &mut Session) -> Result<SettingsVersion> {
    let row = session.first(sql("SELECT version FROM settings_state")).await?;
    let row = row.ok_or(sqlx::Error::RowNotFound)?;
    Ok(SettingsVersion(row.columns().int("version")?))
}

/// The document in force of one setting.
pub(super) async fn body(tx: &mut Session, key: &SettingKey) -> Result<Option<Value>> {
    let text = "SELECT body FROM settings WHERE organisation = $1 AND kind = $2 AND name = $3 AND NOT removed";
    let statement = sql(text).text(key.organisation().unwrap_or_default());
    let statement = statement.int(i64::from(key.code())).text(key.name());
    let row = tx.first(statement).await?;
    let text = row.map(|row| row.columns().text("body")).transpose()?;
    text.map(|text| json("setting", &key.to_string(), &text)).transpose()
}

/// From the columns kind, organisation and name.
pub(super) fn key(c: &Columns<'_>) -> Result<SettingKey> {
    let (code, organisation, name) = (c.int("kind")?, c.text("organisation")?, c.text("name")?);
    let known = i16::try_from(code)
        .ok()
        .and_then(|code| SettingKey::stored(code, organisation, name));
    known.ok_or_else(|| StoreError::Corrupt {
        what: "setting",
        id: code.to_string(),
        problem: "is of a kind that this version does not know; run the version that wrote it".to_owned(),
    })
}

pub(super) fn json<T: DeserializeOwned>(what: &'static str, id: &str, text: &str) -> Result<T> {
    serde_json::from_str(text).map_err(|e| StoreError::Corrupt {
        what,
        id: id.to_owned(),
        problem: e.to_string(),
    })
}
