//! What the benches without a fleet take from the fleet's configuration, so that both send in the same way: where the
//! broker is, the senders, and how much a worker does at once.

use anyhow::{Context, Result};
use serde::Deserialize;
use std::path::Path;

/// The product's own default. The benches' configurations leave `[worker]` as it is there.
const DEFAULT: &str = include_str!("../../bellhop/default.toml");

/// The part of the fleet's configuration that matters without a fleet. Unlike the product, this ignores the rest of
/// the file.
#[derive(Debug, Deserialize)]
pub struct BareConfig {
    pub broker: Broker,
    #[serde(rename = "sender")]
    pub senders: Vec<Sender>,
}

#[derive(Debug, Deserialize)]
pub struct Broker {
    pub url: String,
}

#[derive(Debug, Deserialize)]
pub struct Sender {
    pub name: String,
    /// A name of `bellhop_channels::registry`.
    pub provider: String,
    /// The provider's own section.
    pub settings: serde_json::Value,
}

/// How much a worker has under way at once.
#[derive(Debug, Clone, Copy, Deserialize)]
pub struct Width {
    pub batches_at_once: u16,
    pub requests_per_batch: usize,
}

impl BareConfig {
    /// # Errors
    /// When the file cannot be read, or lacks one of these parts.
    pub fn read(file: &Path) -> Result<Self> {
        let place = || format!("{}", file.display());
        let text = std::fs::read_to_string(file).with_context(place)?;
        toml::from_str(&text).with_context(place)
    }
}

impl Width {
    /// # Errors
    /// When the product's default no longer has these values.
    pub fn of_a_worker() -> Result<Self> {
        #[derive(Deserialize)]
        struct Default {
            worker: Width,
        }
        let default: Default = toml::from_str(DEFAULT).context("bellhop/default.toml")?;
        Ok(default.worker)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_worker_of_the_default_has_more_than_one_request_under_way() {
        let width = Width::of_a_worker().unwrap();
        assert!(width.batches_at_once > 1 && width.requests_per_batch > 1, "{width:?}");
    }

    #[test]
    fn senders_are_read_with_their_settings_from_among_all_else() {
        let text = "[marketing]\nquiet_hours = \"off\"\n[broker]\nurl = \"amqp://x\"\n[[sender]]\norganisation = \"a\"\n\
                    name = \"fcm\"\nprovider = \"fcm\"\nrate = \"1/s\"\n[sender.settings]\nkey_file = \"k\"\n\
                    [sender.settings.http]\nca_file = \"ca\"\n";
        let config: BareConfig = toml::from_str(text).unwrap();
        assert_eq!(config.broker.url, "amqp://x");
        assert_eq!(
            (config.senders[0].name.as_str(), config.senders[0].provider.as_str()),
            ("fcm", "fcm")
        );
        assert_eq!(config.senders[0].settings["http"]["ca_file"], "ca");
    }
}
