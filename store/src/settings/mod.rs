//! Settings as the database keeps them: documents with versions, and who changed what.
//!
//! What a document means is read elsewhere (crate `bellhop-settings`); here it is JSON. All settings together have one
//! version, which every write makes one higher and which a process asks for to notice a change. A write says which
//! version it was made from, and is refused if that is no longer the one.

mod read;
mod sql_store;
mod write;

use crate::Result;
use crate::guests::OrganisationSpec;
use async_trait::async_trait;
use bellhop_domain::Timestamp;
use bellhop_domain::setting::{SettingKey, SettingsVersion};
use serde_json::Value;
use std::collections::BTreeMap;

/// A setting that is in force.
#[derive(Debug, Clone, PartialEq)]
pub struct Setting {
    pub key: SettingKey,
    pub body: Value,
    /// The version of all settings that it came with.
    pub version: SettingsVersion,
}

/// All settings in force, at one instant.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Snapshot {
    pub version: SettingsVersion,
    /// In the order of their keys.
    pub settings: Vec<Setting>,
    /// A digest of each section of the file that was applied last by an embedded installation.
    pub file: FileDigests,
}

impl Snapshot {
    pub fn get(&self, key: &SettingKey) -> Option<&Setting> {
        self.settings.iter().find(|setting| setting.key == *key)
    }
}

/// Of sections of a file, by their key's words.
pub type FileDigests = BTreeMap<String, String>;

/// What is to become of a setting.
#[derive(Debug, Clone, PartialEq)]
pub struct Change {
    pub key: SettingKey,
    /// Absent: it is removed.
    pub body: Option<Value>,
}

/// Changes that are made together or not at all.
#[derive(Debug, Clone)]
pub struct Changes<'a> {
    /// The version that they were decided on.
    pub based_on: SettingsVersion,
    pub changes: &'a [Change],
    /// The rows of organisations that follow from the settings as they are then.
    pub organisations: &'a [OrganisationSpec],
    /// Other digests of the file; absent: they stay.
    pub file: Option<&'a FileDigests>,
    pub who: &'a str,
    pub now: Timestamp,
}

/// A change of before, with its secrets left out.
#[derive(Debug, Clone, PartialEq)]
pub struct PastChange {
    pub key: SettingKey,
    pub version: SettingsVersion,
    pub at: Timestamp,
    pub who: String,
    /// Absent: the setting was not there.
    pub before: Option<Value>,
    /// Absent: it was removed.
    pub after: Option<Value>,
}

/// The settings, as processes read and people change them.
#[async_trait]
pub trait SettingsBook: Send + Sync {
    /// The version of all settings together: one row of one table, cheap enough to be asked for every second.
    async fn settings_version(&self) -> Result<SettingsVersion>;
    async fn load_settings(&self) -> Result<Snapshot>;
    /// Makes the changes, with their history and audit rows and the organisations' rows, in one transaction.
    ///
    /// # Errors
    /// [`StoreError::Moved`](crate::StoreError::Moved) if the settings are not at the version they were decided on:
    /// nothing is written then.
    async fn change_settings(&self, changes: Changes<'_>) -> Result<SettingsVersion>;
    /// The latest changes of an organisation's settings and of those that hold for all, the last one first.
    async fn settings_history(&self, organisation: &str, most: u32) -> Result<Vec<PastChange>>;
}
