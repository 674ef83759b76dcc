//! Delivery reports by callback (PROVIDERS §4.7).

use chrono::Utc;
use md5::{Digest, Md5};
use reqwest::RequestBuilder;
use secrecy::{ExposeSecret, SecretString};

use crate::callbacks::{Call, CallbackConfig};
use crate::config::ReportsConfig;

pub(super) const DELIVERED: i8 = 1;
pub(super) const UNDELIVERABLE: i8 = 20;

#[derive(Debug, Clone)]
pub(super) struct Report {
    pub(super) id: String,
    pub(super) phone: String,
    pub(super) status: i8,
}

impl ReportsConfig {
    pub(super) fn callback(&self) -> CallbackConfig {
        CallbackConfig {
            url: self.url.clone(),
            delay_ms: self.delay_ms,
            retry_ms: self.retry_ms,
            max_tries: self.max_tries,
        }
    }
}

impl Call for Report {
    /// The word that signs.
    type Account = SecretString;

    fn write(&self, secret: &SecretString, request: RequestBuilder) -> RequestBuilder {
        let Self { id, phone, status } = self;
        request.form(&[
            ("id", id.as_str()),
            ("phone", phone),
            ("status", &status.to_string()),
            ("time", &Utc::now().format("%d.%m.%Y %H:%M:%S").to_string()),
            ("err", if *status == DELIVERED { "0" } else { "1" }),
            ("md5", &signature(id, phone, *status, secret.expose_secret())),
        ])
    }
}

fn signature(id: &str, phone: &str, status: i8, secret: &str) -> String {
    hex::encode(Md5::digest(format!("{id}:{phone}:{status}:{secret}")))
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_golden_signature() {
        assert_eq!(
            super::signature("17", "79990000000", 1, "secret"),
            "5a9dfe521fbdb81fe5d0c6bf94da1626"
        );
    }
}
