//! Converts sections to documents and back.

use crate::senders::in_order;
use crate::{Sections, SettingsError};
use bellhop_domain::setting::SettingKey;
use bellhop_store::settings::Snapshot;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// A section as it is stored.
#[derive(Debug, Clone, PartialEq)]
pub struct Document {
    pub key: SettingKey,
    pub body: Value,
}

impl Sections {
    /// The sections that are in force.
    ///
    /// # Errors
    /// When there are none yet, or one cannot be read by this version.
    pub fn of(snapshot: &Snapshot) -> Result<Self, SettingsError> {
        Self::read(snapshot.settings.iter().map(|it| (&it.key, &it.body)))
    }

    /// The sections of these documents, checked as a whole.
    ///
    /// # Errors
    /// The first thing that is wrong with them.
    pub fn read<'a>(documents: impl IntoIterator<Item = (&'a SettingKey, &'a Value)>) -> Result<Self, SettingsError> {
        let (mut marketing, mut organisations, mut senders) = (None, Vec::new(), Vec::new());
        for (key, body) in documents {
            match key {
                SettingKey::Marketing => marketing = Some(section(key, body)?),
                SettingKey::Organisation(_) => organisations.push(section(key, body)?),
                SettingKey::Sender { .. } => senders.push(section(key, body)?),
            }
        }
        let read = Self {
            marketing: marketing.ok_or(SettingsError::NothingYet)?,
            senders: in_order(&organisations, senders),
            organisations,
        };
        if read.organisations.is_empty() {
            return Err(SettingsError::NothingYet);
        }
        read.checked()?;
        Ok(read)
    }

    /// The sections as documents, in their order; each organisation lists its senders in their order.
    ///
    /// # Errors
    /// When one cannot be written as JSON.
    pub fn documents(&self) -> Result<Vec<Document>, SettingsError> {
        let mut all = vec![document(SettingKey::Marketing, &self.marketing)?];
        for organisation in &self.organisations {
            let mut organisation = organisation.clone();
            let names = self.senders_of(&organisation.slug).map(|it| it.name.clone());
            let unnamed: Vec<_> = names.filter(|name| !organisation.senders.contains(name)).collect();
            organisation.senders.extend(unnamed);
            all.push(document(organisation.key(), &organisation)?);
        }
        for sender in &self.senders {
            all.push(document(sender.key(), sender)?);
        }
        Ok(all)
    }
}

fn document(key: SettingKey, section: &impl Serialize) -> Result<Document, SettingsError> {
    match serde_json::to_value(section) {
        Ok(body) => Ok(Document { key, body }),
        Err(error) => Err(SettingsError::Document {
            key,
            field: String::new(),
            problem: error.to_string(),
        }),
    }
}

/// Reads a section and checks that the name in it is that of the key it is stored under.
fn section<T: DeserializeOwned + Keyed>(key: &SettingKey, body: &Value) -> Result<T, SettingsError> {
    let refused = |field: &str, problem: String| SettingsError::Document {
        key: key.clone(),
        field: field.to_owned(),
        problem,
    };
    let read: T = serde_path_to_error::deserialize(body).map_err(|error| {
        let place = error.path().to_string();
        let place = if matches!(place.as_str(), "." | "?") {
            ""
        } else {
            &place
        };
        refused(place, without_values(&error.into_inner().to_string()))
    })?;
    match read.is_of(key) {
        true => Ok(read),
        false => Err(refused(
            "",
            "its document names another organisation or sender; names never change".to_owned(),
        )),
    }
}

/// Serde's message without the offending text, which may be a secret in the wrong place.
fn without_values(error: &str) -> String {
    let Some((before, given)) = error.split_once("string \"") else {
        return error.to_owned();
    };
    let after = given.rsplit_once("\", expected").map_or("", |(_, after)| after);
    format!("{before}a text that is not shown, expected{after}")
}

trait Keyed {
    fn is_of(&self, key: &SettingKey) -> bool;
}

impl Keyed for crate::MarketingSection {
    fn is_of(&self, key: &SettingKey) -> bool {
        *key == SettingKey::Marketing
    }
}

impl Keyed for crate::OrganisationSection {
    fn is_of(&self, key: &SettingKey) -> bool {
        *key == self.key()
    }
}

impl Keyed for crate::SenderSection {
    fn is_of(&self, key: &SettingKey) -> bool {
        *key == self.key()
    }
}
