//! The settings of a `green_api` sender.

use crate::config::{Environment, SecretSource, Unusable, base_url, endpoint, parse, read_optional};
use crate::http::HttpOptions;
use reqwest::Url;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::Value;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Section {
    /// The `apiUrl` of the instance, as Green-API's console shows it.
    base_url: String,
    /// The `idInstance`: digits.
    instance: String,
    /// The `apiTokenInstance`.
    token: SecretSource,
    /// The instance's *Webhook URL Token*. Without it no call is believed, so there are no receipts and no inbox.
    webhook_token: Option<SecretSource>,
    #[serde(default)]
    http: HttpOptions,
}

/// The section, checked.
pub(super) struct GreenApiConfig {
    pub base_url: Url,
    pub instance: String,
    pub urls: Urls,
    pub webhook_token: Option<SecretString>,
    pub http: HttpOptions,
}

/// The URLs of the methods. The token is part of each, so they are secret and never shown.
pub(super) struct Urls {
    pub send_message: Url,
    pub send_file: Url,
    pub state: Url,
}

impl GreenApiConfig {
    pub fn read(section: &Value, environment: Environment<'_>) -> Result<Self, Unusable> {
        let section: Section = parse(section)?;
        let instance = section.instance;
        if instance.is_empty() || !instance.bytes().all(|c| c.is_ascii_digit()) {
            return Err(Unusable::Wrong(format!(
                "instance = {instance:?} is not an idInstance; copy the digits from Green-API's console"
            )));
        }
        let base = base_url("base_url", &section.base_url)?;
        let token = section.token.read(environment).map_err(|why| why.at("token"))?;
        let webhook_token = read_optional("webhook_token", section.webhook_token.as_ref(), environment)?;
        Ok(Self {
            urls: Urls::new(&base, &instance, &token)?,
            base_url: base,
            instance,
            webhook_token,
            http: section.http,
        })
    }
}

impl Urls {
    fn new(base: &Url, instance: &str, token: &SecretString) -> Result<Self, String> {
        let token = token.expose_secret();
        if !token.bytes().all(|c| c.is_ascii_alphanumeric()) {
            return Err("token: it is not an apiTokenInstance, which is letters and digits; copy it again".to_owned());
        }
        let url = |method: &str| endpoint(base, &format!("/waInstance{instance}/{method}/{token}"));
        Ok(Self {
            send_message: url("sendMessage")?,
            send_file: url("sendFileByUrl")?,
            state: url("getStateInstance")?,
        })
    }
}
