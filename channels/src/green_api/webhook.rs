//! Green-API's calls: verified by a secret in a header, then read (PROVIDERS.md §5.9).
//!
//! Green-API signs nothing. Its *Webhook URL Token* is said to come as the `Authorization` header; its documentation
//! does not say in which form, so both the bare token and `Bearer` with the token are accepted.

use super::call::Call;
use super::inbound;
use super::instance::InstanceState;
use crate::chat_id;
use crate::json;
use crate::{Event, Receipt, ReceiptFor, ReceiptStatus, Webhook, WebhookError, WebhookRequest};
use aws_lc_rs::constant_time::verify_slices_are_equal;
use bellhop_domain::Timestamp;
use bellhop_domain::incoming::{Health, HealthState, Preference};
use bellhop_domain::masking::words;
use reqwest::header::{AUTHORIZATION, HeaderMap};
use secrecy::{ExposeSecret, SecretString};

/// The calls of one instance.
pub(super) struct Calls {
    token: SecretString,
    instance: String,
}

impl Calls {
    pub fn new(token: SecretString, instance: String) -> Self {
        Self { token, instance }
    }

    fn verify(&self, headers: &HeaderMap) -> Result<(), WebhookError> {
        let given = headers.get(AUTHORIZATION).ok_or(WebhookError::BadSignature)?;
        let given = given.as_bytes().trim_ascii();
        let bare = given.strip_prefix(b"Bearer ").unwrap_or(given);
        let token = self.token.expose_secret().as_bytes();
        // The secret may itself have been written with its scheme.
        let right = [bare, given].map(|given| verify_slices_are_equal(given, token).is_ok());
        (right[0] | right[1]).then_some(()).ok_or(WebhookError::BadSignature)
    }
}

/// The chat that Green-API names if WhatsApp does not say who has blocked the number.
const NOBODY: &str = "10000000000@c.us";

/// The limit on a call, which includes the preview of a picture.
const CALL_BYTES: usize = 1 << 20;

impl Webhook for Calls {
    fn admits(&self, _query: &str, headers: &HeaderMap) -> bool {
        self.verify(headers).is_ok()
    }

    fn body_bytes(&self) -> usize {
        CALL_BYTES
    }

    fn parse(&self, request: &WebhookRequest<'_>) -> Result<Vec<Event>, WebhookError> {
        self.verify(request.headers)?;
        let unreadable = |e: serde_json::Error| WebhookError::Unreadable(e.to_string());
        let call: Call = json::read(request.body).map_err(unreadable)?;
        let unrecognised = |kind: String| Event::Unrecognised {
            kind,
            raw: String::from_utf8_lossy(request.body).into_owned(),
        };
        if call.instance().is_some_and(|instance| instance != self.instance) {
            return Ok(vec![unrecognised(format!("{} of another instance", call.type_webhook))]);
        }
        let events = match call.type_webhook.as_str() {
            "incomingMessageReceived" => inbound::message(&call, Timestamp::now()).map(|event| vec![event]),
            "outgoingMessageStatus" => status(&call),
            "stateInstanceChanged" => state(&call).map(|event| vec![event]),
            "quotaExceeded" => Some(vec![quota(&call, Timestamp::now())]),
            "incomingBlock" => blocked(&call, Timestamp::now()),
            // The echo of what we sent.
            "outgoingAPIMessageReceived" => Some(Vec::new()),
            _ => None,
        };
        Ok(events.unwrap_or_else(|| vec![unrecognised(call.type_webhook)]))
    }
}

/// How far a message got. A yellow card concerns the number as much as the message.
fn status(call: &Call) -> Option<Vec<Event>> {
    let undelivered = |gone: bool, meaning: &str| {
        let words = call.text("/description").map_or_else(|| meaning.to_owned(), words);
        let why = format!("{}: {words}", call.text("/status").unwrap_or_default());
        ReceiptStatus::Undelivered { why, gone }
    };
    let status = match call.text("/status")? {
        "sent" | "yellowCard" => ReceiptStatus::Pending,
        "delivered" => ReceiptStatus::Delivered,
        "read" => ReceiptStatus::Read,
        "failed" | "fail" => undelivered(false, "WhatsApp did not take the message"),
        "noAccount" => undelivered(true, "the number has no WhatsApp"),
        "notInGroup" => undelivered(false, "the number is not in the group"),
        _ => return None,
    };
    let receipt = Event::Receipt(Receipt {
        attempt: ReceiptFor::Provider(call.id_message.clone()?),
        status,
        at: call.at(),
        cost: None,
    });
    let flagged = (call.text("/status") == Some("yellowCard"))
        .then(|| health(call, InstanceState::YellowCard))
        .flatten();
    Some([Some(receipt), flagged].into_iter().flatten().collect())
}

fn state(call: &Call) -> Option<Event> {
    health(call, InstanceState::from_name(call.text("/stateInstance")?)?)
}

fn health(call: &Call, state: InstanceState) -> Option<Event> {
    Some(Event::Health(Health {
        state: state.health(),
        why: format!("{}: {}", state.name(), state.advice()),
        at: call.at()?,
        ends: None,
    }))
}

/// A guest blocked the number, or let it in again, which grants nothing. Green-API's examples give the tariff's notice
/// this name too. `None` for anything else, and if the chat is the one that stands for all those that are not told.
fn blocked(call: &Call, received: Timestamp) -> Option<Vec<Event>> {
    if call.rest.get("quotaData").is_some() {
        return Some(vec![quota(call, received)]);
    }
    match call.text("/chatState")? {
        "blocked" => {}
        "unblocked" => return Some(Vec::new()),
        _ => return None,
    }
    let chat = call.text("/chatId").filter(|chat| *chat != NOBODY)?;
    Some(vec![Event::Preference(Preference {
        address: chat_id::person(chat)?,
        given: false,
        at: call.at().unwrap_or(received),
        how: "WhatsApp: blocked the number".to_owned(),
    })])
}

/// The tariff allows no new chats; existing chats continue.
fn quota(call: &Call, received: Timestamp) -> Event {
    Event::Health(Health {
        state: HealthState::Degraded,
        why: format!(
            "{}: the tariff's quota of chats is used up; change the tariff in Green-API's console",
            words(call.text("/quotaData/status").unwrap_or("quota exceeded"))
        ),
        // Green-API's example has no time.
        at: call.at().unwrap_or(received),
        ends: None,
    })
}
