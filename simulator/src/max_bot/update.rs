//! The bot's webhook: an `Update` in JSON, with the subscription's secret in a header (dev.max.ru/docs-api/objects/Update).

use std::borrow::Cow;

use chrono::Utc;
use reqwest::RequestBuilder;
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Map, Value};

use crate::callbacks::Call;

/// One update, with the time at which it was made.
pub(super) struct Update {
    body: Map<String, Value>,
}

impl Update {
    /// An update of this type with these fields; the time is added.
    pub(super) fn new(kind: impl Into<Cow<'static, str>>, mut rest: Map<String, Value>) -> Self {
        rest.insert("update_type".to_owned(), Value::from(kind.into().into_owned()));
        rest.entry("timestamp")
            .or_insert_with(|| Utc::now().timestamp_millis().into());
        Self { body: rest }
    }
}

impl Call for Update {
    type Account = SecretString;

    fn write(&self, secret: &SecretString, request: RequestBuilder) -> RequestBuilder {
        request
            .header("X-Max-Bot-Api-Secret", secret.expose_secret())
            .json(&self.body)
    }
}
