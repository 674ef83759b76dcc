//! Meta's calls (PROVIDERS.md §5.6): the handshake, the signature over the raw bytes, and what the envelope holds.

use super::account;
use super::call::{Ours, time, unrecognised};
use super::config::CloudConfig;
use super::{inbound, preferences, statuses};
use crate::json::items;
use crate::{Event, Webhook, WebhookError, WebhookRequest};
use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::hmac;
use bellhop_domain::Timestamp;
use reqwest::header::HeaderMap;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::Value as Json;
use serde_json::value::RawValue;
use std::borrow::Cow;

const SIGNATURE: &str = "x-hub-signature-256";

/// The number's webhook.
pub(super) struct CloudWebhook {
    key: hmac::Key,
    verify_token: SecretString,
    ours: Ours,
}

#[derive(Deserialize)]
struct Envelope<'a> {
    object: Cow<'a, str>,
    #[serde(borrow, default, deserialize_with = "items")]
    entry: Vec<&'a RawValue>,
}

#[derive(Deserialize)]
struct Entry<'a> {
    /// The id of the account, a text.
    #[serde(default)]
    id: Json,
    /// Unix seconds; present in changes that concern the account.
    #[serde(default)]
    time: Json,
    #[serde(borrow, default, deserialize_with = "items")]
    changes: Vec<&'a RawValue>,
}

#[derive(Deserialize)]
struct Change<'a> {
    #[serde(borrow)]
    field: Cow<'a, str>,
    #[serde(borrow)]
    value: &'a RawValue,
}

/// The value of a change, with what all kinds of messages have in common. Each item is read separately, so that an
/// odd one affects only itself.
#[derive(Deserialize)]
pub(super) struct Value<'a> {
    #[serde(default)]
    metadata: Json,
    #[serde(borrow, default, deserialize_with = "items")]
    pub contacts: Vec<&'a RawValue>,
    #[serde(borrow, default, deserialize_with = "items")]
    pub messages: Vec<&'a RawValue>,
    #[serde(borrow, default, deserialize_with = "items")]
    pub statuses: Vec<&'a RawValue>,
    #[serde(borrow, default, deserialize_with = "items")]
    pub user_preferences: Vec<&'a RawValue>,
}

impl CloudWebhook {
    pub fn new(config: &CloudConfig) -> Self {
        Self {
            key: hmac::Key::new(hmac::HMAC_SHA256, config.app_secret.expose_secret().as_bytes()),
            verify_token: config.verify_token.clone(),
            ours: Ours {
                phone_number_id: config.phone_number_id.clone(),
                waba_id: config.waba_id.clone(),
                display_phone_number: config.display_phone_number.clone(),
                people: config.people_limit.as_ref().map(|limit| limit.people),
            },
        }
    }

    fn verify(&self, request: &WebhookRequest<'_>) -> Result<(), WebhookError> {
        let given = request.headers.get(SIGNATURE).and_then(|value| value.to_str().ok());
        let tag = given
            .and_then(|text| text.strip_prefix("sha256="))
            .and_then(|text| hex::decode(text).ok())
            .ok_or(WebhookError::BadSignature)?;
        // In constant time, over the bytes as they came: re-serialised JSON would not have Meta's escapes.
        hmac::verify(&self.key, request.body, &tag).map_err(|_| WebhookError::BadSignature)
    }
}

/// Meta batches up to a thousand updates into one call of up to 3 MB.
const CALL_BYTES: usize = 3 << 20;

impl Webhook for CloudWebhook {
    fn admits(&self, _query: &str, headers: &HeaderMap) -> bool {
        headers.contains_key(SIGNATURE)
    }

    fn body_bytes(&self) -> usize {
        CALL_BYTES
    }

    fn parse(&self, request: &WebhookRequest<'_>) -> Result<Vec<Event>, WebhookError> {
        self.verify(request)?;
        read(request.body, &self.ours, Timestamp::now())
    }

    fn handshake(&self, query: &str) -> Option<Result<String, WebhookError>> {
        let value = |name: &str| {
            let mut pairs = form_urlencoded::parse(query.as_bytes());
            pairs.find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
        };
        let token = value("hub.verify_token").unwrap_or_default();
        let expected = self.verify_token.expose_secret().as_bytes();
        let ours = verify_slices_are_equal(token.as_bytes(), expected).is_ok();
        let answer = match value("hub.challenge") {
            Some(challenge) if ours && value("hub.mode").as_deref() == Some("subscribe") => Ok(challenge),
            None if ours => Err(WebhookError::Unreadable("there is no hub.challenge".to_owned())),
            _ => Err(WebhookError::BadSignature),
        };
        Some(answer)
    }
}

/// Everything that a verified call says about our number. `received` is used where Meta gives no time.
pub(super) fn read(body: &[u8], ours: &Ours, received: Timestamp) -> Result<Vec<Event>, WebhookError> {
    let envelope: Envelope<'_> =
        serde_json::from_slice(body).map_err(|e| WebhookError::Unreadable(format!("no envelope of Meta's: {e}")))?;
    let mut events = Vec::new();
    if envelope.object != "whatsapp_business_account" {
        let kind = envelope.object.into_owned();
        let raw = String::from_utf8_lossy(body).into_owned();
        return Ok(vec![Event::Unrecognised { kind, raw }]);
    }
    for raw in envelope.entry {
        match serde_json::from_str::<Entry<'_>>(raw.get()) {
            Ok(entry) => of_entry(&entry, ours, received, &mut events),
            Err(_) => events.push(unrecognised("entry", raw.get())),
        }
    }
    Ok(one_health_a_state(events))
}

fn of_entry(entry: &Entry<'_>, ours: &Ours, received: Timestamp, events: &mut Vec<Event>) {
    let at = time(&entry.time).unwrap_or(received);
    let account_is_ours = entry.id.as_str() == Some(ours.waba_id.as_str());
    for raw in &entry.changes {
        let Ok(change) = serde_json::from_str::<Change<'_>>(raw.get()) else {
            events.push(unrecognised("change", raw.get()));
            continue;
        };
        let raw = change.value.get();
        let value = serde_json::from_str::<Value<'_>>(raw).ok();
        // The change may name its number.
        let number = value
            .as_ref()
            .and_then(|value| value.metadata["phone_number_id"].as_str());
        match value.as_ref().zip(number) {
            Some((value, number)) if number == ours.phone_number_id => {
                of_number(&change.field, raw, value, received, events);
            }
            Some(_) => {}
            None if account_is_ours => events.extend(account::read(&change.field, raw, at, ours)),
            None => {}
        }
    }
}

/// Reads what came for our number, in Meta's order; nothing is thrown away.
fn of_number(field: &str, raw: &str, value: &Value<'_>, received: Timestamp, events: &mut Vec<Event>) {
    let before = events.len();
    let statuses = value.statuses.iter();
    events.extend(statuses.flat_map(|status| statuses::read(status.get(), received)));
    events.extend(inbound::read_all(&value.messages, &value.contacts, received));
    let preferences = value.user_preferences.iter();
    events.extend(preferences.flat_map(|one| preferences::read(one.get(), &value.contacts, received)));
    if events.len() == before {
        events.push(unrecognised(field, raw));
    }
}

/// A broken account fails all its messages, up to a thousand in a call, and each says so; one event for each state,
/// the latest, is enough.
fn one_health_a_state(events: Vec<Event>) -> Vec<Event> {
    let mut kept: Vec<Event> = Vec::with_capacity(events.len());
    let mut healths: Vec<bellhop_domain::incoming::Health> = Vec::new();
    for event in events {
        match event {
            Event::Health(health) => match healths.iter_mut().find(|one| one.state == health.state) {
                Some(one) if one.at <= health.at && one.why == health.why => *one = health,
                Some(one) if one.why == health.why => one.at = one.at.max(health.at),
                _ => healths.push(health),
            },
            event => kept.push(event),
        }
    }
    kept.extend(healths.into_iter().map(Event::Health));
    kept
}
