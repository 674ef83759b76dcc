//! The settings of a `waha` sender.

use crate::config::{Environment, SecretSource, Unusable, base_url, parse, read_optional};
use crate::http::HttpOptions;
use aws_lc_rs::hmac;
use reqwest::Url;
use reqwest::header::HeaderValue;
use secrecy::ExposeSecret;
use serde::Deserialize;
use serde_json::Value;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Section {
    /// The brand's own WAHA server: `http://waha:3000`.
    base_url: String,
    /// The session of the connected number.
    #[serde(default = "default_session")]
    session: String,
    /// The server's `WAHA_API_KEY`.
    api_key: SecretSource,
    /// The `hmac.key` of the session's webhook. Without it no call is believed, so there are no receipts and no
    /// inbox.
    webhook_key: Option<SecretSource>,
    /// Whether to check, before the first message to a number that never wrote to us, that it has WhatsApp.
    #[serde(default = "yes")]
    check_numbers: bool,
    #[serde(default)]
    http: HttpOptions,
}

/// The name of the only session that WAHA's free edition has.
fn default_session() -> String {
    "default".to_owned()
}

fn yes() -> bool {
    true
}

/// The section, checked.
pub(super) struct WahaConfig {
    pub base_url: Url,
    pub session: String,
    /// For the header `X-Api-Key`.
    pub api_key: HeaderValue,
    pub webhook_key: Option<hmac::Key>,
    pub check_numbers: bool,
    pub http: HttpOptions,
}

impl WahaConfig {
    pub fn read(section: &Value, environment: Environment<'_>) -> Result<Self, Unusable> {
        let section: Section = parse(section)?;
        let allowed = |c: u8| c.is_ascii_alphanumeric() || b"-_.".contains(&c);
        if section.session.is_empty() || !section.session.bytes().all(allowed) {
            let session = section.session;
            return Err(Unusable::Wrong(format!(
                "session = {session:?} is not the name of a session; copy it from the WAHA dashboard, like \"default\""
            )));
        }
        let api_key = section.api_key.read(environment).map_err(|why| why.at("api_key"))?;
        let mut api_key = HeaderValue::from_str(api_key.expose_secret())
            .map_err(|_| "api_key: it contains characters that no header can carry; check the secret".to_owned())?;
        api_key.set_sensitive(true);
        let webhook_key = read_optional("webhook_key", section.webhook_key.as_ref(), environment)?;
        Ok(Self {
            base_url: base_url("base_url", &section.base_url)?,
            session: section.session,
            api_key,
            webhook_key: webhook_key.map(|key| hmac::Key::new(hmac::HMAC_SHA512, key.expose_secret().as_bytes())),
            check_numbers: section.check_numbers,
            http: section.http,
        })
    }
}
