//! Where this process looks up secrets.

use crate::config::Config;
use bellhop_settings::sealed::Keys;

/// The process' own environment, for references to variables.
pub fn environment(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

/// The engineer's keys, which open what is sealed in the database.
pub fn keys(config: &Config) -> anyhow::Result<Keys> {
    Keys::read(&config.settings.keys, &environment).map_err(anyhow::Error::msg)
}

/// Random bytes for tokens, secrets and salts of people.
pub fn random() -> [u8; 32] {
    rand::random()
}

/// Random bytes, different for every sealed secret.
pub fn nonce() -> [u8; 12] {
    rand::random()
}
