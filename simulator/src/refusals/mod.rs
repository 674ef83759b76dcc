//! Refusals that only one provider has: the names for `own` among the faults of its lane and, in tables, the answers.

pub(crate) mod apns;
pub(crate) mod graph;

/// WhatsApp restricts the number for writing to strangers.
pub(crate) const WAHA_TIMELOCK: &str = "timelock";
/// The number's quota of new contacts is used up.
pub(crate) const WAHA_CAPPED: &str = "capped";
/// The tariff's quota is used up.
pub(crate) const GREEN_API_QUOTA: &str = "quota";
/// The guest has blocked the bot.
pub(crate) const TELEGRAM_BLOCKED: &str = "bot_blocked";
/// A code that no specification knows.
pub(crate) const SMPP_VENDOR_CODE: &str = "vendor_code";
/// The SMSC has forgotten the bind.
pub(crate) const SMPP_NOT_BOUND: &str = "not_bound";
/// A `generic_nack` instead of a response.
pub(crate) const SMPP_NACK: &str = "nack";
