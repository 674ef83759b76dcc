//! Time zones of restaurants that a file or a person sets: settings like any other, with their history and audit.

use super::types::Change;
use super::{read, write};
use crate::guests::{RestaurantSpec, restaurant_rows};
use crate::sql::{Session, sql};
use crate::{Result, SqlStore};
use bellhop_domain::Timestamp;
use bellhop_domain::setting::{SettingKey, SettingsVersion};
use serde_json::{Value, json};

impl SqlStore {
    /// Sets the time zones of restaurants in one transaction, whatever version the settings have: who names a zone has
    /// seen none. An unknown restaurant is created, and one that has its zone already is left alone.
    pub async fn set_restaurant_zones(&self, zones: &[RestaurantSpec], who: &str, now: Timestamp) -> Result<()> {
        let mut tx = Session::begin(&self.db).await?;
        let text = "SELECT version FROM settings_state {lock}";
        let row = tx.first(sql(text).lock("FOR UPDATE")).await?;
        let next = row.ok_or(sqlx::Error::RowNotFound)?.columns().int("version")? + 1;
        let mut news = Vec::new();
        for spec in zones {
            let before = read::body(&mut tx, &key(spec)).await?;
            let change = change(spec, before.as_ref());
            if before != change.body {
                news.push((spec.clone(), change));
            }
        }
        if news.is_empty() {
            return Ok(());
        }
        tx.execute(sql("UPDATE settings_state SET version = $1").int(next))
            .await?;
        let (specs, changes): (Vec<_>, Vec<_>) = news.into_iter().unzip();
        restaurant_rows::put(&mut tx, &specs).await?;
        for change in &changes {
            let before = write::put(&mut tx, change, SettingsVersion(next)).await?;
            write::note(&mut tx, (who, now), change, before.as_ref(), SettingsVersion(next)).await?;
        }
        tx.commit().await
    }
}

fn key(spec: &RestaurantSpec) -> SettingKey {
    SettingKey::restaurant(spec.organisation.as_str(), spec.name.as_str())
}

/// The setting that says it, of the form of a section in a file. What else the section says stays.
fn change(spec: &RestaurantSpec, before: Option<&Value>) -> Change {
    let document = |zone: &bellhop_domain::Zone| -> Value {
        let mut section = before.and_then(Value::as_object).cloned().unwrap_or_default();
        section.insert("organisation".to_owned(), json!(spec.organisation));
        section.insert("name".to_owned(), json!(spec.name));
        section.insert("timezone".to_owned(), json!(zone.name()));
        Value::Object(section)
    };
    Change {
        key: key(spec),
        body: spec.timezone.as_ref().map(document),
    }
}
