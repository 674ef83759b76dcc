//! Delivery reports by callback (PROVIDERS §4.6 to §4.9).

pub(super) mod kannel;
pub(super) mod sms_ru;
pub(super) mod twilio;

use chrono::Utc;
use md5::{Digest, Md5};
use reqwest::{Method, RequestBuilder};
use secrecy::{ExposeSecret, SecretString};

use crate::callbacks::{self, CallbackConfig};
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

/// A report of any of the gateways.
#[derive(Debug)]
pub(super) enum Call {
    Smsc(Report),
    Twilio(twilio::Report),
    SmsRu(sms_ru::Report),
    Kannel(kannel::Report),
}

impl callbacks::Call for Call {
    /// The word that signs.
    type Account = SecretString;

    fn address(&self) -> Option<(Method, &str)> {
        match self {
            Self::Smsc(_) => None,
            Self::Twilio(report) => Some((Method::POST, &report.url)),
            Self::SmsRu(report) => Some((Method::POST, &report.url)),
            Self::Kannel(report) => Some((Method::GET, &report.url)),
        }
    }

    fn write(&self, secret: &SecretString, request: RequestBuilder) -> RequestBuilder {
        match self {
            Self::Smsc(report) => report.write(secret, request),
            Self::Twilio(report) => report.write(secret.expose_secret(), request),
            Self::SmsRu(report) => report.write(request),
            // Everything is in the address.
            Self::Kannel(_) => request,
        }
    }
}

impl Report {
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
