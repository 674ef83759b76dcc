//! Green-API's calls to Bellhop: JSON with the Webhook URL Token in a header.

use chrono::Utc;
use reqwest::RequestBuilder;
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};

use crate::callbacks;
use std::borrow::Cow;

/// What every call carries.
pub(super) struct Account {
    pub(super) token: SecretString,
    pub(super) instance: u64,
}

/// One event of the instance.
pub(super) struct Call {
    pub(super) kind: Cow<'static, str>,
    pub(super) id: Option<String>,
    /// The event's own keys.
    pub(super) rest: Value,
}

impl callbacks::Call for Call {
    type Account = Account;

    fn write(&self, account: &Account, request: RequestBuilder) -> RequestBuilder {
        let mut body = json!({
            "typeWebhook": self.kind,
            "instanceData": {
                "idInstance": account.instance, "wid": "79000000000@c.us", "typeInstance": "whatsapp",
            },
            "timestamp": Utc::now().timestamp(),
        });
        if let Some(id) = &self.id {
            body["idMessage"] = json!(id);
        }
        for (key, value) in self.rest.as_object().into_iter().flatten() {
            body[key] = value.clone();
        }
        request.bearer_auth(account.token.expose_secret()).json(&body)
    }
}
