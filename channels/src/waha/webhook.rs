//! WAHA's calls: verified by the HMAC over the raw body, then read (PROVIDERS.md §5.8).

use super::call::{Call, is_own};
use super::inbound;
use super::outcome::message_id;
use super::session::SessionState;
use crate::chat_id::person;
use crate::json;
use crate::{Event, Receipt, ReceiptFor, ReceiptStatus, Webhook, WebhookError, WebhookRequest};
use aws_lc_rs::hmac;
use bellhop_domain::Timestamp;
use bellhop_domain::incoming::{Ends, Health, HealthState};
use bellhop_domain::masking::words;
use reqwest::header::HeaderMap;
use serde_json::Value;

const SIGNATURE: &str = "x-webhook-hmac";

/// The calls of one session.
pub(super) struct Calls {
    key: hmac::Key,
    session: String,
}

impl Calls {
    pub fn new(key: hmac::Key, session: String) -> Self {
        Self { key, session }
    }

    fn verify(&self, request: &WebhookRequest<'_>) -> Result<(), WebhookError> {
        let given = request.headers.get(SIGNATURE).and_then(|given| given.to_str().ok());
        let given = given.and_then(|given| hex::decode(given.trim()).ok());
        // Compares in constant time.
        given
            .and_then(|given| hmac::verify(&self.key, request.body, &given).ok())
            .ok_or(WebhookError::BadSignature)
    }
}

/// Some engines put a picture's preview into the call.
const CALL_BYTES: usize = 1 << 20;

impl Webhook for Calls {
    fn admits(&self, _query: &str, headers: &HeaderMap) -> bool {
        headers.contains_key(SIGNATURE)
    }

    fn body_bytes(&self) -> usize {
        CALL_BYTES
    }

    fn parse(&self, request: &WebhookRequest<'_>) -> Result<Vec<Event>, WebhookError> {
        self.verify(request)?;
        let unreadable = |e: serde_json::Error| WebhookError::Unreadable(e.to_string());
        let call: Call = json::read(request.body).map_err(unreadable)?;
        let received = Timestamp::now();
        let unrecognised = |kind: String| Event::Unrecognised {
            kind,
            raw: String::from_utf8_lossy(request.body).into_owned(),
        };
        if call.session != self.session {
            // The webhook is set for all sessions of the server; this call concerns another number.
            return Ok(vec![unrecognised(format!("{} of another session", call.event))]);
        }
        let read = match call.event.as_str() {
            "message" | "message.any" => message(&call, received),
            "message.reaction" => inbound::reaction(&call, received).map(Read::event),
            "message.edited" => inbound::edited(&call, received).map(Read::event),
            "message.revoked" => inbound::revoked(&call, received).map(Read::event),
            "message.ack" => ack(&call),
            "session.status" => health(&call).map(|health| Read::event(Event::Health(health))),
            _ => None,
        };
        Ok(match read {
            Some(Read::Event(event)) => vec![*event],
            Some(Read::Own) => Vec::new(),
            None => vec![unrecognised(call.event)],
        })
    }
}

/// What a call says, if we understand it.
enum Read {
    Event(Box<Event>),
    /// The echo of what we sent, or the mark of what we read: nothing new.
    Own,
}

impl Read {
    fn event(event: Event) -> Self {
        Read::Event(Box::new(event))
    }
}

/// What was typed on the phone itself is not an echo of ours, so it is kept as it came.
fn message(call: &Call, received: Timestamp) -> Option<Read> {
    match (is_own(&call.payload), call.text("/source")) {
        (true, Some("api")) => Some(Read::Own),
        (true, _) => None,
        (false, _) => inbound::message(call, received).map(Read::event),
    }
}

fn ack(call: &Call) -> Option<Read> {
    // For a guest's message, the ack only says that we read it.
    if call.payload["fromMe"] != true {
        return Some(Read::Own);
    }
    // Acks of a group come from its members.
    call.text("/from")
        .is_none_or(|chat| person(chat).is_some())
        .then_some(())?;
    let name = call
        .text("/ackName")
        .or_else(|| ack_name(call.payload["ack"].as_i64()?));
    let status = match name? {
        "ERROR" => ReceiptStatus::Undelivered {
            why: "ERROR: WhatsApp did not take the message".to_owned(),
            gone: false,
        },
        "PENDING" | "SERVER" => ReceiptStatus::Pending,
        "DEVICE" => ReceiptStatus::Delivered,
        "READ" | "PLAYED" => ReceiptStatus::Read,
        _ => return None,
    };
    Some(Read::event(Event::Receipt(Receipt {
        attempt: ReceiptFor::Provider(message_id(call.text("/id")?).to_owned()),
        status,
        at: call.timestamp.map(Timestamp),
        cost: None,
    })))
}

fn ack_name(ack: i64) -> Option<&'static str> {
    let names = ["ERROR", "PENDING", "SERVER", "DEVICE", "READ", "PLAYED"];
    names.get(usize::try_from(ack + 1).ok()?).copied()
}

fn health(call: &Call) -> Option<Health> {
    let state = SessionState::from_name(call.text("/status")?)?;
    let (state, why) = match restriction(&call.payload["data"]) {
        Some(restricted) if state == SessionState::Working => restricted,
        _ => (state.health(), format!("{}: {}", state.name(), state.advice())),
    };
    Some(Health {
        state,
        why,
        at: call.timestamp.map(Timestamp)?,
        ends: Some(Ends::AllBut(unsaid(&call.payload["data"]))),
    })
}

/// How the reasons of WhatsApp's restrictions begin.
const TIMELOCK: &str = "reachout timelock";
const CAPPED: &str = "CAPPED";

/// The restrictions of which a call says nothing. A session that works again, because somebody restarted it, has the
/// restriction that it had before.
fn unsaid(data: &Value) -> &'static [&'static str] {
    let timelock = data
        .pointer("/reachoutTimelock/isActive")
        .is_some_and(Value::is_boolean);
    let quota = data
        .pointer("/messageCapping/cappingStatus")
        .is_some_and(Value::is_string);
    match (timelock, quota) {
        (false, false) => &[TIMELOCK, CAPPED],
        (false, true) => &[TIMELOCK],
        (true, false) => &[CAPPED],
        (true, true) => &[],
    }
}

/// WhatsApp's warnings to a number that still works. It stops at once (PRODUCT.md §8), because every further message
/// to a stranger makes it worse.
fn restriction(data: &Value) -> Option<(HealthState, String)> {
    if data.pointer("/reachoutTimelock/isActive").and_then(Value::as_bool) == Some(true) {
        let end = data
            .pointer("/reachoutTimelock/timeEnforcementEnds")
            .and_then(Value::as_i64);
        let until = end.map_or_else(String::new, |end| {
            format!(" until {}", Timestamp(end.saturating_mul(1000)))
        });
        return Some((
            HealthState::Stopped,
            format!(
                "{TIMELOCK}: WhatsApp restricts the number for writing to too many new contacts{until}; do not restart the session, answer existing chats only"
            ),
        ));
    }
    let status = data.pointer("/messageCapping/cappingStatus").and_then(Value::as_str)?;
    match status {
        "NONE" => None,
        CAPPED => Some((
            HealthState::Stopped,
            format!("{CAPPED}: the number's quota of new contacts is used up; wait for WhatsApp's next cycle"),
        )),
        warning => Some((
            HealthState::Degraded,
            format!("{}: the number nears its quota of new contacts", words(warning)),
        )),
    }
}
