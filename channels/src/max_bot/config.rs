//! The settings of a `max_bot` sender.

use crate::config::{Environment, SecretSource, Unusable, base_url, endpoint, parse, read_optional};
use crate::http::HttpOptions;
use reqwest::Url;
use reqwest::header::HeaderValue;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::Value;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Section {
    /// Which contract with MAX allows mailings, in the operator's words: its number and date.
    contract: Option<String>,
    /// From the bot's page on business.max.ru.
    token: SecretSource,
    /// The `secret` of the webhook's subscription. Without it no call is believed: no inbox, no opt-outs.
    webhook_secret: Option<SecretSource>,
    #[serde(default = "max")]
    base_url: String,
    #[serde(default)]
    http: HttpOptions,
}

fn max() -> String {
    "https://platform-api2.max.ru".to_owned()
}

/// MAX's rules forbid what its API does not prevent (dev.max.ru/docs/legal/requirements, 1.5).
const NO_CONTRACT: &str = "contract: MAX forbids mailings and service messages by its API unless a contract with MAX directly allows them \
    (dev.max.ru/docs/legal/requirements, 1.5), so this sender stays off. If there is one, write its number and date: \
    contract = \"No. 12 of 2026-05-01\"";

/// The section, checked.
pub(super) struct MaxConfig {
    pub contract: String,
    /// The token alone, without `Bearer`; marked as sensitive.
    pub authorization: HeaderValue,
    pub webhook_secret: Option<SecretString>,
    pub base_url: Url,
    pub urls: Urls,
    pub http: HttpOptions,
}

pub(super) struct Urls {
    /// The query still lacks the guest's id.
    pub messages: Url,
    pub me: Url,
    pub subscriptions: Url,
}

impl MaxConfig {
    pub fn read(section: &Value, environment: Environment<'_>) -> Result<Self, Unusable> {
        let section: Section = parse(section)?;
        let contract = section.contract.unwrap_or_default().trim().to_owned();
        if contract.is_empty() {
            return Err(NO_CONTRACT.into());
        }
        let base = base_url("base_url", &section.base_url)?;
        let token = section.token.read(environment).map_err(|why| why.at("token"))?;
        let webhook_secret = read_optional("webhook_secret", section.webhook_secret.as_ref(), environment)?;
        webhook_secret.as_ref().map(check_secret).transpose()?;
        Ok(Self {
            contract,
            authorization: raw(&token)?,
            webhook_secret,
            urls: Urls::new(&base)?,
            base_url: base,
            http: section.http,
        })
    }
}

impl Urls {
    fn new(base: &Url) -> Result<Self, String> {
        let mut messages = endpoint(base, "/messages")?;
        // The fetcher of a preview would open the guest's personal link before the guest does.
        messages.query_pairs_mut().append_pair("disable_link_preview", "true");
        Ok(Self {
            messages,
            me: endpoint(base, "/me")?,
            subscriptions: endpoint(base, "/subscriptions")?,
        })
    }
}

fn raw(token: &SecretString) -> Result<HeaderValue, String> {
    let text = token.expose_secret();
    let header = HeaderValue::try_from(text).ok();
    let mut header = header
        .filter(|_| text.bytes().all(|c| c.is_ascii_graphic()))
        .ok_or("token: it holds a space or a letter that no token of MAX's has; copy it alone, without \"Bearer\"")?;
    header.set_sensitive(true);
    Ok(header)
}

/// What MAX accepts as a subscription's secret: `^[A-Za-z0-9_-]{5,256}$`.
fn check_secret(secret: &SecretString) -> Result<(), String> {
    let text = secret.expose_secret();
    let allowed = |c: u8| c.is_ascii_alphanumeric() || b"-_".contains(&c);
    if (5..=256).contains(&text.len()) && text.bytes().all(allowed) {
        return Ok(());
    }
    Err(
        "webhook_secret: MAX takes 5 to 256 letters, digits, - and _; make another and subscribe with it anew"
            .to_owned(),
    )
}
