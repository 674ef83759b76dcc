//! What can be wrong with settings: each error says where, and what to do.

use bellhop_channels::config::Unusable;
use bellhop_domain::setting::{SettingKey, SettingsVersion};
use bellhop_store::StoreError;

#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    #[error("organisation {0:?} is named twice; each organisation has its own slug")]
    OrganisationTwice(String),
    #[error("organisation {slug:?}: {key}: {problem}")]
    Organisation {
        slug: String,
        key: &'static str,
        problem: Unusable,
    },
    #[error("marketing.{key}: {problem}")]
    Marketing { key: &'static str, problem: String },
    #[error("restaurant {name:?} belongs to organisation {organisation:?}, which the settings do not have")]
    RestaurantOfNobody { name: String, organisation: String },
    #[error("restaurant {name:?} of organisation {organisation:?} has two sections; a restaurant has one time zone")]
    RestaurantTwice { name: String, organisation: String },
    /// The field is that of its section, as in `timezone`.
    #[error("restaurant {name:?}: {field}: {problem}")]
    Restaurant {
        name: String,
        field: &'static str,
        problem: String,
    },
    #[error("sender {name:?} belongs to organisation {organisation:?}, which the settings do not have")]
    SenderOfNobody { name: String, organisation: String },
    #[error("organisation {organisation:?} has two senders named {name:?}; name each differently")]
    SenderTwice { name: String, organisation: String },
    /// The field is that of its section, as in `rate`.
    #[error("sender {name:?}: {problem}")]
    Sender {
        name: String,
        field: &'static str,
        problem: Unusable,
    },
    /// A document that does not have the form of its kind, at this field; as a whole if the field is empty.
    #[error("{key}: {field}{}{problem}", if field.is_empty() { "" } else { ": " })]
    Document {
        key: SettingKey,
        field: String,
        problem: String,
    },
    #[error("the database has no settings yet; `bellhop apply FILE` brings those of a file in")]
    NothingYet,
    /// Somebody else changed it first.
    #[error("{key} was changed meanwhile (version {found:?} instead of {expected:?}); look at it again")]
    Moved {
        key: SettingKey,
        expected: Option<SettingsVersion>,
        found: Option<SettingsVersion>,
    },
    /// A problem with the engineer's keys, or with what is sealed by them.
    #[error("{key}: {field}: {problem}")]
    Sealed {
        key: SettingKey,
        field: String,
        problem: &'static str,
    },
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl SettingsError {
    /// Whether only this process cannot work with the setting, because it cannot read a secret or a file that another
    /// process may be able to read.
    pub fn is_not_here(&self) -> bool {
        match self {
            SettingsError::Organisation { problem, .. } | SettingsError::Sender { problem, .. } => {
                matches!(problem, Unusable::NotHere(_))
            }
            _ => false,
        }
    }
}
