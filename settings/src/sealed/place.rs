//! The place that a sealed secret is bound to.

use bellhop_domain::setting::SettingKey;

/// Where a sealed secret stands.
#[derive(Debug, Clone, Copy)]
pub struct Place<'a> {
    pub key: &'a SettingKey,
    /// As in `settings.secrets.password`; all members of a list share one place.
    pub field: &'a str,
}

impl std::fmt::Display for Place<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.key, self.field)
    }
}
