//! `{"locale":["ru"]}`: the guest's locale is one of these or a narrower one: `ru` lets in `ru-RU`
//! (basic filtering, RFC 4647 §3.3.1).

use super::one_of;
use crate::fault::Why;
use crate::segment::{Asked, Condition, FilterError, Guest};
use serde::{Deserialize, Serialize};

/// BCP 47 language ranges, in any case.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Locale(pub Vec<String>);

impl Locale {
    /// The ranges in lower case, as they are compared.
    pub fn ranges(&self) -> impl Iterator<Item = String> {
        self.0.iter().map(|l| l.to_ascii_lowercase())
    }
}

impl Condition for Locale {
    fn check(&self) -> Result<(), FilterError> {
        let sound = |l: &str| !l.is_empty() && l.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
        match self.0.iter().position(|l| !sound(l)) {
            None => Ok(()),
            Some(i) => {
                let tag = self.0[i].clone();
                Err(FilterError::new(format!("[{i}]"), Why::LanguageTagUnfit { tag }))
            }
        }
    }

    fn holds(&self, guest: &Guest, _: &Asked) -> bool {
        let Some(own) = guest.locale.as_deref().map(str::to_ascii_lowercase) else {
            return self.0.is_empty();
        };
        self.0.is_empty()
            || self
                .ranges()
                .any(|range| own == range || own.starts_with(&format!("{range}-")))
    }

    fn clause(&self, _: &Asked) -> String {
        format!("locale is {}", one_of(&self.0))
    }

    fn fact(&self, guest: &Guest, _: &Asked) -> String {
        guest.locale.clone().unwrap_or("not known".to_owned())
    }
}
