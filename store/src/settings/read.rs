//! Reading settings and their history.

use crate::sql::{Cells, Session, sql};
use crate::{Result, StoreError};
use bellhop_domain::setting::SettingKey;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// The document in force of one setting.
pub(super) async fn body(tx: &mut Session, key: &SettingKey) -> Result<Option<Value>> {
    let text = "SELECT body FROM settings WHERE organisation = $1 AND kind = $2 AND name = $3 AND NOT removed";
    let statement = sql(text).text(key.organisation().unwrap_or_default());
    let statement = statement.int(i64::from(key.code())).text(key.name());
    let text = tx.first(statement).await?.map(|row| row.cells().text()).transpose()?;
    text.map(|text| json("setting", &key.to_string(), &text)).transpose()
}

/// From the columns kind, organisation and name.
pub(super) fn key(c: &mut Cells<'_>) -> Result<SettingKey> {
    let (code, organisation, name) = (c.int()?, c.text()?, c.text()?);
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
