//! What a file contributes: its own sections, and defaults only where the database has nothing.

use crate::order::{self, names};
use crate::{Document, Sections, SettingsError};
use bellhop_domain::setting::SettingKey;
use bellhop_store::settings::Snapshot;

/// Which kinds of section the file, or the environment beside it, really has. The other kinds were filled in from the
/// defaults.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Said {
    pub marketing: bool,
    pub organisations: bool,
    pub restaurants: bool,
    pub senders: bool,
}

impl Said {
    pub const ALL: Said = Said {
        marketing: true,
        organisations: true,
        restaurants: true,
        senders: true,
    };

    pub fn anything(self) -> bool {
        self != Said::default()
    }

    /// Whether the file has settings of this kind.
    pub(crate) fn of(self, key: &SettingKey) -> bool {
        match key {
            SettingKey::Marketing => self.marketing,
            SettingKey::Organisation(_) => self.organisations,
            SettingKey::Restaurant { .. } => self.restaurants,
            SettingKey::Sender { .. } => self.senders,
        }
    }
}

/// The documents that a file contributes to these settings, in its order. Senders are in the order of the file,
/// followed by those that only the database has. An organisation that the file does not mention gets only a new list
/// of senders.
///
/// # Errors
/// When a section cannot be written as JSON.
pub fn given(file: &Sections, said: Said, base: &Snapshot) -> Result<Vec<Document>, SettingsError> {
    let mut documents = own(file, said, base)?;
    for document in &mut documents {
        if let (SettingKey::Organisation(_), Some(there)) = (&document.key, base.get(&document.key)) {
            let names = order::joined(&names(&document.body), &names(&there.body));
            if !said.organisations {
                document.body = there.body.clone();
            }
            order::set(&mut document.body, &names);
        }
    }
    Ok(documents)
}

/// The documents that a file contributes to, as the file and the defaults have them.
pub(crate) fn own(file: &Sections, said: Said, base: &Snapshot) -> Result<Vec<Document>, SettingsError> {
    let has = |code| base.settings.iter().any(|it| it.key.code() == code);
    let mut documents = file.documents()?;
    documents.retain(|it| {
        let is_there = matches!(it.key, SettingKey::Organisation(_)) && base.get(&it.key).is_some();
        said.of(&it.key) || !has(it.key.code()) || is_there && said.senders
    });
    Ok(documents)
}
