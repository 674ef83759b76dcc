//! Settings as values: what is in force, what is to change, what was changed.

use crate::guests::{OrganisationSpec, RestaurantSpec};
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
    /// The sections of the file that an embedded installation applied last.
    pub file: FileSections,
}

impl Snapshot {
    pub fn get(&self, key: &SettingKey) -> Option<&Setting> {
        self.settings.iter().find(|setting| setting.key == *key)
    }
}

/// Sections of a file as documents without secrets, by their key's words.
pub type FileSections = BTreeMap<String, Value>;

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
    /// The rows of restaurants that follow from the changes.
    pub restaurants: &'a [RestaurantSpec],
    /// Other sections of the file; absent: they stay.
    pub file: Option<&'a FileSections>,
    pub who: &'a str,
    pub now: Timestamp,
}

/// Whose changes are asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PastOf<'a> {
    /// An organisation's alone, by its slug.
    Organisation(&'a str),
    /// Those of what holds for all, too.
    OrganisationAndAll(&'a str),
}

/// A past change, without its secrets.
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
