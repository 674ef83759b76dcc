//! The location that a sealed secret is bound to.

use bellhop_domain::setting::SettingKey;

/// Where a sealed secret stands.
#[derive(Debug, Clone, Copy)]
pub struct SecretLocation<'a> {
    pub key: &'a SettingKey,
    /// As in `settings.secrets.password`; all members of a list share one place.
    pub field: &'a str,
}

impl SecretLocation<'_> {
    pub(super) fn refused(self, problem: &'static str) -> crate::SettingsError {
        crate::SettingsError::Sealed {
            key: self.key.clone(),
            field: self.field.to_owned(),
            problem,
        }
    }
}
