//! The bot's webhook: an `Update` in JSON, with the secret that it was set with in a header.

use reqwest::RequestBuilder;
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};

use crate::callbacks::Call;
use std::borrow::Cow;

/// One update.
pub(super) struct Update {
    pub(super) id: u64,
    /// Which of the update's fields is there.
    pub(super) kind: Cow<'static, str>,
    pub(super) told: Value,
}

impl Call for Update {
    type Account = SecretString;

    fn write(&self, secret_token: &SecretString, request: RequestBuilder) -> RequestBuilder {
        request
            .header("X-Telegram-Bot-Api-Secret-Token", secret_token.expose_secret())
            .json(&json!({"update_id": self.id, &*self.kind: self.told}))
    }
}
