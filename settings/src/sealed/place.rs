//! The place that a sealed secret is bound to.

use bellhop_domain::setting::SettingKey;

/// Where a sealed secret stands.
#[derive(Debug, Clone, Copy)]
pub struct Place<'a> {
    pub key: &'a SettingKey,
    /// As in `settings.secrets.password`; all members of a list share one place.
    pub field: &'a str,
}

impl Place<'_> {
    pub(super) fn refused(self, problem: &'static str) -> crate::SettingsError {
        crate::SettingsError::Sealed {
            key: self.key.clone(),
            field: self.field.to_owned(),
            problem,
        }
    }
}
