//! Twilio, SMS.ru and Kannel by their presets: every row of PROVIDERS.md §4.6, §4.8 and §4.9.

mod kannel;
mod sms_ru;
mod twilio;

use super::{environment, registry, sms};
use crate::test_server::{Reply, Seen, TestServer};
use crate::{Event, Provider, Receipt, ReceiptFor, ReceiptStatus, WebhookError, WebhookRequest};
use bellhop_domain::Outcome;
use reqwest::header::HeaderMap;
use serde_json::json;
use std::sync::{Arc, Mutex};

/// A gateway that answers as it was last told.
struct Gateway {
    server: TestServer,
    answer: Arc<Mutex<(u16, String)>>,
}

impl Gateway {
    async fn start() -> Self {
        let answer = Arc::new(Mutex::new((200, String::new())));
        let script = Arc::clone(&answer);
        let server = TestServer::plain(move |_: &Seen| {
            let (status, body) = script.lock().unwrap().clone();
            Reply::Answer(status, "application/json", body)
        })
        .await;
        Self { server, answer }
    }

    async fn asked(&self, provider: &Arc<dyn Provider>, status: u16, body: impl Into<String>) -> Outcome {
        *self.answer.lock().unwrap() = (status, body.into());
        provider.send(&sms()).await
    }
}

fn accepted(id: Option<&str>, parts: Option<u16>) -> Outcome {
    Outcome::Accepted {
        provider_id: id.map(str::to_owned),
        cost: None,
        parts,
    }
}

fn pairs(text: &str) -> Vec<(String, String)> {
    form_urlencoded::parse(text.as_bytes()).into_owned().collect()
}

fn holds(pairs: &[(String, String)], expected: &[(&str, &str)]) {
    for (name, value) in expected {
        let found = pairs.iter().find(|(known, _)| known == name);
        assert_eq!(
            found.map(|(_, value)| value.as_str()),
            Some(*value),
            "{name} in {pairs:?}"
        );
    }
}

fn class(outcome: &Outcome) -> String {
    let text = format!("{outcome:?}");
    text.split([' ', '(']).next().unwrap().to_owned()
}

fn call<'a>(url: &'a str, headers: &'a HeaderMap, body: &'a str) -> WebhookRequest<'a> {
    WebhookRequest {
        url,
        query: url.split_once('?').map_or("", |(_, query)| query),
        headers,
        body: body.as_bytes(),
    }
}

fn receipts(
    provider: &Arc<dyn Provider>,
    request: &WebhookRequest<'_>,
) -> Result<Vec<(ReceiptFor, ReceiptStatus)>, WebhookError> {
    let receipt = |event| match event {
        Event::Receipt(Receipt { attempt, status, .. }) => Some((attempt, status)),
        Event::Health(_) => None,
        other => panic!("{other:?}"),
    };
    let events = provider.webhook().unwrap().parse(request)?;
    Ok(events.into_iter().filter_map(receipt).collect())
}

#[test]
fn a_preset_says_what_it_lacks() {
    for (section, told) in [
        (json!({"preset": "twilio"}), "{account} is not set"),
        (json!({"preset": "sms_ru"}), "{api_id} is not set"),
        (json!({"preset": "kannel"}), "missing field `base_url`"),
        (
            json!({"preset": "twillio"}),
            "known are kannel, sms_ru, smsc_ru, twilio",
        ),
    ] {
        let error = registry::build("sms_http", &section, &environment)
            .err()
            .unwrap()
            .to_string();
        assert!(error.contains(told), "{error}");
    }
}
