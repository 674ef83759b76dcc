//! What a file gives: its own sections, and the defaults only where the database has nothing.

use crate::{Document, Sections, SettingsError};
use bellhop_domain::setting::SettingKey;
use bellhop_store::settings::Snapshot;
use serde_json::{Value, json};

/// Which kinds of section a file has, or the environment beside it; the others it was lent by the default.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Said {
    pub marketing: bool,
    pub organisations: bool,
    pub senders: bool,
}

impl Said {
    pub const ALL: Said = Said {
        marketing: true,
        organisations: true,
        senders: true,
    };

    pub fn anything(self) -> bool {
        self != Said::default()
    }

    /// Whether the file speaks of settings of this one's kind.
    pub(crate) fn of(self, key: &SettingKey) -> bool {
        match key {
            SettingKey::Marketing => self.marketing,
            SettingKey::Organisation(_) => self.organisations,
            SettingKey::Sender { .. } => self.senders,
        }
    }
}

/// The documents that a file brings to these settings, in its order. The order of senders is the file's, and those that only
/// the database has come behind; of an organisation that the file does not speak of, nothing else changes.
///
/// # Errors
/// When a section cannot be written as JSON.
pub fn given(file: &Sections, said: Said, base: &Snapshot) -> Result<Vec<Document>, SettingsError> {
    let has = |code| base.settings.iter().any(|it| it.key.code() == code);
    let mut documents = file.documents()?;
    documents.retain(|it| {
        let is_there = matches!(it.key, SettingKey::Organisation(_)) && base.get(&it.key).is_some();
        said.of(&it.key) || !has(it.key.code()) || is_there && said.senders
    });
    for document in &mut documents {
        if let (SettingKey::Organisation(_), Some(there)) = (&document.key, base.get(&document.key)) {
            let names = merged(names(&document.body), self::names(&there.body));
            if !said.organisations {
                document.body = there.body.clone();
            }
            if !names.is_empty() {
                document.body["senders"] = json!(names);
            }
        }
    }
    Ok(documents)
}

/// The first names, and behind them those of the second that are not among them.
fn merged(mut names: Vec<String>, more: Vec<String>) -> Vec<String> {
    let more: Vec<_> = more.into_iter().filter(|name| !names.contains(name)).collect();
    names.extend(more);
    names
}

fn names(organisation: &Value) -> Vec<String> {
    let names = organisation["senders"].as_array().into_iter().flatten();
    names.filter_map(|name| name.as_str().map(str::to_owned)).collect()
}
