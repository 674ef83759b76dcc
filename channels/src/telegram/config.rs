//! The settings of a `telegram` sender.

use crate::config::{Environment, SecretSource, Unusable, base_url, endpoint, parse, read_optional};
use crate::http::HttpOptions;
use reqwest::Url;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::Value;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Section {
    /// What BotFather gave: `123456:ABC-DEF`.
    token: SecretSource,
    /// The `secret_token` that the webhook was set with. Without it no call is believed, so there are no inbox and no
    /// opt-outs.
    webhook_secret: Option<SecretSource>,
    /// Telegram's base URL, or that of one's own Bot API server.
    #[serde(default = "telegram")]
    base_url: String,
    #[serde(default)]
    http: HttpOptions,
}

fn telegram() -> String {
    "https://api.telegram.org".to_owned()
}

/// The section, checked.
pub(super) struct TelegramConfig {
    pub base_url: Url,
    pub urls: Urls,
    pub webhook_secret: Option<SecretString>,
    pub http: HttpOptions,
}

/// The URLs of the methods. The token is part of each, so they are secret and never shown.
pub(super) struct Urls {
    pub send_message: Url,
    pub send_photo: Url,
    pub get_me: Url,
    pub get_webhook_info: Url,
}

impl TelegramConfig {
    pub fn read(section: &Value, environment: Environment<'_>) -> Result<Self, Unusable> {
        let section: Section = parse(section)?;
        let base = base_url("base_url", &section.base_url)?;
        let token = section.token.read(environment).map_err(|why| why.at("token"))?;
        let webhook_secret = read_optional("webhook_secret", section.webhook_secret.as_ref(), environment)?;
        Ok(Self {
            urls: Urls::new(&base, token.expose_secret())?,
            base_url: base,
            webhook_secret,
            http: section.http,
        })
    }
}

impl Urls {
    fn new(base: &Url, token: &str) -> Result<Self, String> {
        let (bot, secret) = token.split_once(':').unwrap_or_default();
        let allowed = |c: u8| c.is_ascii_alphanumeric() || b"-_".contains(&c);
        let right = !bot.is_empty() && bot.bytes().all(|c| c.is_ascii_digit()) && !secret.is_empty();
        if !right || !secret.bytes().all(allowed) {
            return Err(
                "token: it is not a bot's token, which is digits, a colon and letters; copy it from BotFather"
                    .to_owned(),
            );
        }
        let url = |method: &str| endpoint(base, &format!("/bot{token}/{method}"));
        Ok(Self {
            send_message: url("sendMessage")?,
            send_photo: url("sendPhoto")?,
            get_me: url("getMe")?,
            get_webhook_info: url("getWebhookInfo")?,
        })
    }
}
