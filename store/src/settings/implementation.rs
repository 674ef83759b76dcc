//! The settings on either database.

use super::types::Setting;
use super::{Changes, PastChange, PastOf, SettingsBook, Snapshot, read, write};
use crate::guests::{organisation_rows, restaurant_rows};
use crate::sql::{Session, sql};
use crate::{Result, SqlStore};
use async_trait::async_trait;
use bellhop_domain::Timestamp;
use bellhop_domain::setting::{SettingsVersion, without_secrets};
use serde_json::Value;

#[async_trait]
impl SettingsBook for SqlStore {
    async fn settings_version(&self) -> Result<SettingsVersion> {
        let mut session = Session::read(&self.db).await?;
        let row = session.first(sql("SELECT version FROM settings_state")).await?;
        Ok(SettingsVersion(row.ok_or(sqlx::Error::RowNotFound)?.cells().int()?))
    }

    async fn load_settings(&self) -> Result<Snapshot> {
        let mut session = Session::snapshot(&self.db).await?;
        let row = session.first(sql("SELECT version, file FROM settings_state")).await?;
        let row = row.ok_or(sqlx::Error::RowNotFound)?;
        let mut c = row.cells();
        let version = SettingsVersion(c.int()?);
        let file = read::json("settings", "the file's sections", &c.text()?)?;
        let text = "SELECT kind, organisation, name, body, version FROM settings WHERE NOT removed";
        let rows = session.fetch(sql(text)).await?;
        let settings = rows.iter().map(|row| {
            let mut c = row.cells();
            let key = read::key(&mut c)?;
            Ok(Setting {
                body: read::json("setting", &key.to_string(), &c.text()?)?,
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

    async fn change_settings(&self, all: Changes<'_>) -> Result<SettingsVersion> {
        let mut tx = Session::begin(&self.db).await?;
        let version = write::next(&mut tx, all.based_on).await?;
        for spec in all.organisations {
            organisation_rows::put(&mut tx, spec).await?;
        }
        restaurant_rows::put(&mut tx, all.restaurants).await?;
        for change in all.changes {
            let before = write::put(&mut tx, change, version).await?;
            write::note(&mut tx, (all.who, all.now), change, before.as_ref(), version).await?;
        }
        if let Some(file) = all.file {
            let file = serde_json::to_value(file).unwrap_or_default().to_string();
            tx.execute(sql("UPDATE settings_state SET file = $1").text(file.as_str()))
                .await?;
        }
        tx.commit().await?;
        Ok(version)
    }

    async fn settings_history(&self, of: PastOf<'_>, most: u32) -> Result<Vec<PastChange>> {
        let (organisation, and) = match of {
            PastOf::Organisation(slug) => (slug, slug),
            PastOf::OrganisationAndAll(slug) => (slug, ""),
        };
        let mut session = Session::read(&self.db).await?;
        let text = "SELECT kind, organisation, name, version, at, who, before, after FROM settings_history
                    WHERE organisation IN ($1, $2) ORDER BY version DESC, kind, name LIMIT $3";
        let rows = session
            .fetch(sql(text).text(organisation).text(and).int(i64::from(most)))
            .await?;
        let past = rows.iter().map(|row| {
            let mut c = row.cells();
            let key = read::key(&mut c)?;
            let words = key.to_string();
            let document = |text: Option<String>| -> Result<Option<Value>> {
                let kept = text.map(|text| read::json("setting", &words, &text)).transpose()?;
                // An older version has written the password in an address.
                Ok(kept.as_ref().map(without_secrets))
            };
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
}
