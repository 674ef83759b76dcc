//! The simulator's section `max_bot`.

use std::net::{Ipv4Addr, SocketAddr};

use secrecy::SecretString;
use serde::Deserialize;

use crate::callbacks::CallbackConfig;

/// MAX's Bot API with one bot.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct MaxBotConfig {
    /// Port 0 takes a free one.
    pub addr: SocketAddr,
    pub token: SecretString,
    /// The `secret` of the subscription.
    pub secret: SecretString,
    pub webhook: CallbackConfig,
    /// Probability that a guest answers a message.
    pub answer: f64,
    /// The possible answers of guests.
    pub answers: Vec<String>,
}

impl Default for MaxBotConfig {
    fn default() -> Self {
        Self {
            addr: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            token: "simulated-token-of-a-bot-in-max".into(),
            secret: "secret".into(),
            webhook: CallbackConfig::default(),
            answer: 0.0,
            answers: ["Спасибо!", "А до скольки вы работаете?", "СТОП"]
                .map(str::to_owned)
                .into(),
        }
    }
}
