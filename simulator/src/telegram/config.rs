//! The simulator's section `telegram`.

use std::net::{Ipv4Addr, SocketAddr};

use secrecy::SecretString;
use serde::Deserialize;

use crate::callbacks::CallbackConfig;

/// The Bot API with one bot.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct TelegramConfig {
    /// Port 0 takes a free one.
    pub addr: SocketAddr,
    pub token: SecretString,
    /// The `secret_token` that the webhook was set with.
    pub secret_token: SecretString,
    pub webhook: CallbackConfig,
    /// Probability that a guest answers a message.
    pub answer: f64,
    /// What guests answer, one of these.
    pub answers: Vec<String>,
}

impl Default for TelegramConfig {
    fn default() -> Self {
        Self {
            addr: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            token: "7000000001:AAsimulated-bot_token".into(),
            secret_token: "secret".into(),
            webhook: CallbackConfig::default(),
            answer: 0.0,
            answers: ["Спасибо!", "А до скольки вы работаете?", "СТОП"]
                .map(str::to_owned)
                .into(),
        }
    }
}
