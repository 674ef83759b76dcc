//! Reading settings and their history.

use super::types::{PastChange, PastOf, Setting, Snapshot};
use crate::db::Db;
use crate::sql::{Cells, Session, sql};
use crate::{Result, StoreError};
use bellhop_domain::Timestamp;
use bellhop_domain::setting::{SettingKey, SettingsVersion};
use serde::de::DeserializeOwned;

pub(super) async fn version(db: &Db) -> Result<SettingsVersion> {
    let mut session = Session::read(db).await?;
    let row = session.first(sql("SELECT version FROM settings_state")).await?;
    Ok(SettingsVersion(row.ok_or(sqlx::Error::RowNotFound)?.cells().int()?))
}

pub(super) async fn all(db: &Db) -> Result<Snapshot> {
    let mut session = Session::snapshot(db).await?;
    let row = session.first(sql("SELECT version, file FROM settings_state")).await?;
    let row = row.ok_or(sqlx::Error::RowNotFound)?;
    let mut c = row.cells();
    let version = SettingsVersion(c.int()?);
    let file = json("settings", "the file's digests", &c.text()?)?;
    let text = "SELECT kind, organisation, name, body, version FROM settings WHERE NOT removed";
    let rows = session.fetch(sql(text)).await?;
    let settings = rows.iter().map(|row| {
        let mut c = row.cells();
        let key = key(&mut c)?;
        Ok(Setting {
            body: json("setting", &key.to_string(), &c.text()?)?,
            key,
            version: SettingsVersion(c.int()?),
        })
    });
    let mut settings = settings.collect::<Result<Vec<_>>>()?;
    settings.sort_by(|a, b| a.key.cmp(&b.key));
    Ok(Snapshot {
        version,
        settings,
        file,
    })
}

pub(super) async fn history(db: &Db, of: PastOf<'_>, most: u32) -> Result<Vec<PastChange>> {
    let (organisation, and) = match of {
        PastOf::Organisation(slug) => (slug, slug),
        PastOf::OrganisationAndAll(slug) => (slug, ""),
    };
    let mut session = Session::read(db).await?;
    let text = "SELECT kind, organisation, name, version, at, who, before, after FROM settings_history
                WHERE organisation IN ($1, $2) ORDER BY version DESC, kind, name LIMIT $3";
    let rows = session
        .fetch(sql(text).text(organisation).text(and).int(i64::from(most)))
        .await?;
    let past = rows.iter().map(|row| {
        let mut c = row.cells();
        let key = key(&mut c)?;
        let words = key.to_string();
        let document = |text: Option<String>| text.map(|text| json("setting", &words, &text)).transpose();
        Ok(PastChange {
            version: SettingsVersion(c.int()?),
            at: Timestamp(c.int()?),
            who: c.text()?,
            before: document(c.opt_text()?)?,
            after: document(c.opt_text()?)?,
            key,
        })
    });
    past.collect()
}

/// From the columns kind, organisation and name.
fn key(c: &mut Cells<'_>) -> Result<SettingKey> {
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
